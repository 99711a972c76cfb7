// Brings a product file into the shop: streamed, in batches that commit together with how far
// they came, so that a run that was killed goes on behind its last batch.
import pg from 'pg'
import { endGoodsChange } from '#src/catalog/edit-collections.ts'
import { readFields } from '#src/catalog/fields.sql.ts'
import type { FieldDefinition } from '#src/catalog/fields.ts'
import type { Db } from '#src/db/pool.ts'
import { readOnce, transaction } from '#src/db/transaction.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { holdsCardNumber } from '#src/lib/card-guard.ts'
import type { Clock } from '#src/lib/clock.ts'
import type { ImportId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import { type CsvRecord, readCsv } from './csv.ts'
import { type BatchResult, saveBatch } from './import-batch.ts'
import {
  advanceRun,
  countOnce,
  finishRun,
  type ImportRun,
  type ImportTarget,
  openRun,
  readRefusals,
} from './imports.sql.ts'
import { type Header, type Row, readHeader } from './product-columns.ts'
import {
  canonicalHandle,
  type ImportedProduct,
  type RowRefusal,
  readProductRows,
} from './product-rows.ts'

export type ImportProgress = {
  readonly lines: number
  readonly products: number
  readonly variants: number
  readonly rows_refused: number
}
export type ImportSummary = ImportProgress & {
  readonly import_id: ImportId
  /** The line a run before this one had come to; 0 when it began anew. */
  readonly resumed_from_line: number
  /** The first thousand; the table import_refusal has all. */
  readonly refusals: readonly RowRefusal[]
  /** Of rows that are in, but otherwise than they stand there: the first thousand too. */
  readonly warnings: readonly RowRefusal[]
  /** Columns of the file that no import reads, as the file writes them. */
  readonly ignored_columns: readonly string[]
}
export type ImportOptions = {
  readonly file_name: string
  /** Tells whether it is the same file again. */
  readonly file_hash: string
  readonly target: ImportTarget
  readonly clock: Clock
  readonly on_progress?: (progress: ImportProgress) => void
}

const batch_rows_max = 500
const shown_refusals_max = 1_000
/** Rows of one product that are kept until it ends; a file of one endless product stays small. */
const product_rows_max = 2_000

/** What was read and is not written yet. */
type Batch = {
  products: ImportedProduct[]
  refusals: RowRefusal[]
  rows: number
  /** The last line it covers. */
  to_line: number
}
const emptyBatch = (to_line: number): Batch => ({ products: [], refusals: [], rows: 0, to_line })

type Run = {
  readonly db: Db
  readonly options: ImportOptions
  readonly id: ImportId
  from_line: number
  done: ImportProgress
  readonly fields: readonly FieldDefinition[]
  ignored_columns: readonly string[]
}

/** Writes a part of a batch and how far it came; all of it or nothing. */
async function commit(
  run: Run,
  products: readonly ImportedProduct[],
  earlier: readonly RowRefusal[],
  to_line: number,
): Promise<void> {
  const { id, from_line } = run
  const { target, file_name, clock } = run.options
  const reached = await transaction(run.db, async (tx) => {
    const now = clock()
    const nothing: BatchResult = { products: [], variants: [], refusals: [] }
    const context = { import_id: id, target, file_name: file_name.slice(-200), now }
    const written = products.length === 0 ? nothing : await saveBatch(tx, products, context)
    const refusals = [...earlier, ...written.refusals]
    const counted = {
      products: await countOnce(tx, id, written.products),
      variants: await countOnce(tx, id, written.variants),
    }
    const advanced = await advanceRun(tx, { ...counted, id, from_line, to_line, refusals })
    if (!advanced) {
      throw refuse('request_in_progress', { reason: 'another process imports this file' })
    }
    // Last, so that the row every writer of the catalogue needs is locked for a moment only.
    if (written.products.length > 0) await endGoodsChange(tx, now)
    return advanced
  })
  run.from_line = to_line
  run.done = progressOf(reached)
}

/** What the database does not take is the fault of one product: the others go in without it. */
async function commitBatch(run: Run, { products, refusals, to_line }: Batch): Promise<void> {
  try {
    await commit(run, products, refusals, to_line)
  } catch (error) {
    const [first] = products
    if (!(error instanceof pg.DatabaseError) || !first) throw error
    if (products.length > 1) await commitOneByOne(run, { products, refusals, to_line })
    else await commitRefused(run, first, refusals, to_line, error)
  }
}

const commitRefused = (
  run: Run,
  product: ImportedProduct,
  refusals: readonly RowRefusal[],
  to_line: number,
  error: pg.DatabaseError,
): Promise<void> => {
  const reason = `the database refused the product: ${error.message.slice(0, 200)}`
  const lines = new Set([product.line, ...product.variants.map(({ line }) => line)])
  const all = [...refusals, ...[...lines].map((line) => ({ line, reason }))]
  return commit(run, [], all, to_line)
}

async function commitOneByOne(
  run: Run,
  { products, refusals, to_line }: Omit<Batch, 'rows'>,
): Promise<void> {
  for (const [i, product] of products.entries()) {
    const end_line = i === products.length - 1 ? to_line : product.end_line
    const own = refusals.filter(({ line }) => line > run.from_line && line <= end_line)
    await commitBatch(run, { products: [product], refusals: own, to_line: end_line, rows: 0 })
  }
}

const progressOf = (run: ImportRun): ImportProgress => ({
  lines: Number(run.lines_done),
  products: Number(run.products_done),
  variants: Number(run.variants_done),
  rows_refused: Number(run.rows_refused),
})

function reasonOfHeader({ problem, cells }: CsvRecord): string {
  if (problem !== null) return `the first line cannot be read. ${problem}`
  // UTF-16 without its mark: every other byte is zero.
  if (cells.some((cell) => cell.includes('\0'))) return 'the file is not in UTF-8'
  return 'the first line names no column "Handle": this is no product file'
}

/** Groups rows of one handle that stand together; a batch holds each handle once. */
async function* readBatches(chunks: AsyncIterable<Uint8Array>, run: Run): AsyncGenerator<Batch> {
  const { from_line } = run
  const { currency } = run.options.target
  let header: Header | null = null
  let rows: Row[] = []
  let handle: string | null = null
  let batch = emptyBatch(from_line)
  const handles = new Set<string>()

  const endProduct = (): void => {
    if (rows.length === 0) return
    const { product, refusals } = readProductRows(rows, currency)
    batch.refusals.push(...refusals)
    batch.rows += rows.length
    batch.to_line = Math.max(batch.to_line, rows.at(-1)!.end_line)
    if (product) {
      batch.products.push(product)
      handles.add(product.handle)
    }
    rows = []
    handle = null
  }

  for await (const record of readCsv(chunks)) {
    if (header === null) {
      header = record.problem === null ? readHeader(record.cells, run.fields) : null
      if (header === null) {
        const reason = reasonOfHeader(record)
        throw refuse('invalid_input', { reason })
      }
      run.ignored_columns = header.ignored_columns
      continue
    }
    if (record.end_line <= from_line) continue
    const row = header.toRow(record)
    const next = record.problem === null ? canonicalHandle(row) : null
    if (next === null || next !== handle || rows.length >= product_rows_max) {
      endProduct()
      // A handle that comes again is an update of what the batch before has written.
      if (batch.rows >= batch_rows_max || (next !== null && handles.has(next))) {
        yield batch
        batch = emptyBatch(batch.to_line)
        handles.clear()
      }
    }
    if (record.problem !== null) {
      batch.refusals.push({ line: record.line, reason: record.problem })
      batch.to_line = record.end_line
      batch.rows += 1
      continue
    }
    handle = next
    rows.push(row)
  }
  if (header === null) throw refuse('invalid_input', { reason: 'the file is empty' })
  endProduct()
  yield batch
}

/**
 * Imports a file, or goes on with it after a run that did not end. Products and variants are
 * known by handle and SKU and are updated. Bad rows are written down with line and reason.
 * @throws invalid_input when it is no product file, card_number_refused for its name,
 * request_in_progress when another process imports the same file now
 */
export async function importProducts(
  db: Db,
  chunks: AsyncIterable<Uint8Array>,
  options: ImportOptions,
): Promise<ImportSummary> {
  const { clock, on_progress, file_name } = options
  // It is the reason of each stock movement.
  if (holdsCardNumber(file_name)) {
    throw refuse('card_number_refused', { reason: 'the name of the file holds a card number' })
  }
  const opened = await transaction(db, (tx) => openRun(tx, options, clock()))
  const resumed_from_line = Number(opened.lines_done)
  const done = progressOf(opened)
  const { id } = opened
  const from_line = resumed_from_line
  const fields = (await readOnce(db, readFields)).filter((one) => one.archived_at === null)
  const run: Run = { db, options, id, from_line, done, fields, ignored_columns: [] }
  // The next batch is read while this one is written.
  let writing = Promise.resolve()
  try {
    for await (const batch of readBatches(chunks, run)) {
      await writing
      if (batch.to_line === run.from_line) continue
      writing = commitBatch(run, batch).then(() => on_progress?.(run.done))
      writing.catch(() => {})
    }
  } finally {
    // Also when the file could not be read on: nothing is written behind the caller's back.
    await writing
  }
  const finished = await transaction(db, async (tx) => {
    const now = clock()
    const subject = { subject: 'import', subject_id: opened.id, actor: 'import', at: now }
    await addEvents(tx, [{ kind: 'catalog.imported', ...subject, detail: run.done }])
    return finishRun(tx, opened.id, now)
  })
  const toldOf = (is_warning: boolean): Promise<RowRefusal[]> =>
    readOnce(db, (tx) => readRefusals(tx, opened.id, { is_warning, limit: shown_refusals_max }))
  return {
    ...progressOf(finished),
    import_id: opened.id,
    resumed_from_line,
    refusals: await toldOf(false),
    warnings: await toldOf(true),
    ignored_columns: run.ignored_columns,
  }
}
