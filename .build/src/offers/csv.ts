// Comma-separated values as people's programs write them (RFC 4180 and its usual breaches), read
// as a stream. Written here because a broken record must cost its own line and nothing after it,
// and because a refusal must name the line an editor shows.

export type CsvRecord = {
  /** The line it begins and the line it ends on, counted from 1. */
  readonly line: number
  readonly end_line: number
  readonly cells: readonly string[]
  /** Why it could not be read. The reader went on with the next line. */
  readonly problem: string | null
}

const record_length_max = 1_000_000
const cells_max = 1_000

type Scanned =
  | { readonly kind: 'record'; readonly cells: string[]; readonly end: number }
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'not_closed' }
  | { readonly kind: 'too_many_cells' }

type Cell = { readonly value: string; readonly end: number }
/** Its quotation mark was ended by that of another cell, lines below. */
const swallowing = 'swallowing'

/** Finds the comma or the end of line, or null when neither has come yet. */
function endOfCell(text: string, from: number, delimiter: string, is_end: boolean): number | null {
  const comma = text.indexOf(delimiter, from)
  const line = text.indexOf('\n', from)
  if (line === -1 && !is_end) return comma === -1 ? null : comma
  const end = line === -1 ? text.length : line
  return comma === -1 || comma > end ? end : comma
}

function readCell(
  text: string,
  at: number,
  delimiter: string,
  is_end: boolean,
): Cell | typeof swallowing | null {
  let value = ''
  let from = at
  if (text[at] === '"') {
    from = at + 1
    for (;;) {
      const quote = text.indexOf('"', from)
      // The sign behind the quote tells whether it is the end.
      if (quote === -1 || (quote + 1 === text.length && !is_end)) return null
      value += text.slice(from, quote)
      from = quote + 1
      if (text[from] !== '"') break
      value += '"'
      from += 1
    }
    const next = text[from] ?? '\n'
    if (!`\r\n${delimiter}`.includes(next) && value.includes('\n')) return swallowing
  }
  const end = endOfCell(text, from, delimiter, is_end)
  if (end === null) return null
  const tail = text.slice(from, end)
  return { value: value + (text[end] === '\n' ? tail.replace(/\r$/, '') : tail), end }
}

function scanRecord(text: string, start: number, delimiter: string, is_end: boolean): Scanned {
  const cells: string[] = []
  for (let at = start; ; ) {
    const cell = readCell(text, at, delimiter, is_end)
    if (cell === null) return { kind: 'incomplete' }
    if (cell === swallowing) return { kind: 'not_closed' }
    cells.push(cell.value)
    if (cells.length > cells_max) return { kind: 'too_many_cells' }
    if (text[cell.end] !== delimiter) return { kind: 'record', cells, end: cell.end + 1 }
    at = cell.end + 1
  }
}

function countLines(text: string, from: number, to: number): number {
  let lines = 0
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) {
    lines += 1
  }
  return lines
}

/** Whichever stands in the first line most often; spreadsheets in Europe write semicolons. */
function findDelimiter(text: string): string {
  const header = text.slice(0, text.indexOf('\n') === -1 ? undefined : text.indexOf('\n'))
  const counts = [',', ';', '\t'].map((sign) => [header.split(sign).length, sign] as const)
  return counts.reduce((best, one) => (one[0] > best[0] ? one : best))[1]
}

type Cursor = {
  at: number
  line: number
  /** The rest of this line is given up. */
  skipping: boolean
}

function skipLine(text: string, cursor: Cursor): void {
  const newline = text.indexOf('\n', cursor.at)
  cursor.skipping = newline === -1
  cursor.at = newline === -1 ? text.length : newline + 1
  if (newline !== -1) cursor.line += 1
}

/** The next record of `text`; null when more text is needed or there is nothing left. */
function nextRecord(
  text: string,
  cursor: Cursor,
  delimiter: string,
  is_end: boolean,
): CsvRecord | null {
  if (cursor.skipping) skipLine(text, cursor)
  const { at, line } = cursor
  if (at >= text.length) return null
  const scanned = scanRecord(text, at, delimiter, is_end)
  if (scanned.kind === 'record') {
    const { cells, end } = scanned
    cursor.at = end
    cursor.line = line + Math.max(1, countLines(text, at, end))
    // A sign of its own stands for bytes that are no UTF-8.
    const problem = cells.some((cell) => cell.includes('\ufffd'))
      ? 'The line is not in UTF-8: save the file as "CSV UTF-8".'
      : null
    return { line, end_line: cursor.line - 1, cells: problem ? [] : cells, problem }
  }
  const is_hopeless = is_end || text.length - at > record_length_max
  if (scanned.kind === 'incomplete' && !is_hopeless) return null
  skipLine(text, cursor)
  const problem =
    scanned.kind === 'too_many_cells'
      ? `The line has more than ${cells_max} cells.`
      : 'A quotation mark is opened and not closed, or the line is too long.'
  return { line, end_line: line, cells: [], problem }
}

const isBlank = ({ cells, problem }: CsvRecord): boolean =>
  problem === null && cells.length === 1 && cells[0]!.trim() === ''

/** Holds one chunk and one record in memory, however long the file is. */
export async function* readCsv(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<CsvRecord> {
  // Drops a byte order mark; bytes that are no UTF-8 become U+FFFD.
  const decoder = new TextDecoder()
  const cursor: Cursor = { at: 0, line: 1, skipping: false }
  let text = ''
  let delimiter: string | null = null

  function* records(is_end: boolean): Generator<CsvRecord> {
    if (delimiter === null && (is_end || text.includes('\n'))) delimiter = findDelimiter(text)
    if (delimiter === null && text.length < record_length_max) return
    delimiter ??= ','
    for (;;) {
      const record = nextRecord(text, cursor, delimiter, is_end)
      if (record === null) break
      if (!isBlank(record)) yield record
    }
    text = text.slice(cursor.at)
    cursor.at = 0
  }

  for await (const chunk of chunks) {
    text += decoder.decode(chunk, { stream: true })
    yield* records(false)
  }
  text += decoder.decode()
  yield* records(true)
}
