// SQL as tagged templates. What stands in the source is what runs: each ${value} becomes a
// parameter, each ${sql`…`} is inlined. Statements are prepared once per connection by name.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { Client, ClientBase, QueryResultRow } from 'pg'

export class Statement {
  readonly text: string
  readonly values: readonly unknown[]
  constructor(text: string, values: readonly unknown[]) {
    this.text = text
    this.values = values
  }
}

/** What has been put together from one template and the texts of the fragments in it. */
type Known = {
  text: string | null
  /** By the place of the next fragment and its text. */
  readonly next: Map<number, Map<string, Known>>
}
const known_texts = new WeakMap<TemplateStringsArray, Known>()
/** Fragments can vary without end, so what is kept of them is bounded. */
const fragments_max = 5_000
let fragments = 0

function knownOf(strings: TemplateStringsArray): Known {
  let known = known_texts.get(strings)
  if (known === undefined) {
    known = { text: null, next: new Map() }
    known_texts.set(strings, known)
  }
  return known
}

/** Null when it is not known and there is no room for more. */
function knownWith(known: Known, place: number, text: string): Known | null {
  const found = known.next.get(place)?.get(text)
  if (found !== undefined) return found
  if (fragments >= fragments_max) return null
  fragments += 1
  const added: Known = { text: null, next: new Map() }
  const here = known.next.get(place) ?? new Map<string, Known>()
  known.next.set(place, here.set(text, added))
  return added
}

function textOf(strings: TemplateStringsArray, parts: readonly unknown[]): string {
  let count = 0
  let text = strings[0]!
  parts.forEach((part, i) => {
    if (part instanceof Statement) {
      const shift = count
      text += part.text.replaceAll(/\$(\d+)/g, (_, n: string) => `$${Number(n) + shift}`)
      count += part.values.length
    } else {
      count += 1
      text += `$${count}`
    }
    text += strings[i + 1]!
  })
  return text
}

/** Its text is the same string each time, so that looking up its name costs next to nothing. */
export function sql(strings: TemplateStringsArray, ...parts: readonly unknown[]): Statement {
  const values: unknown[] = []
  let known: Known | null = knownOf(strings)
  for (const [i, part] of parts.entries()) {
    if (part instanceof Statement) {
      for (const value of part.values) values.push(value)
      known = known && knownWith(known, i, part.text)
    } else {
      values.push(part)
    }
  }
  if (known === null) return new Statement(textOf(strings, parts), values)
  known.text ??= textOf(strings, parts)
  return new Statement(known.text, values)
}

/** Joins conditions: `and([sql`a = 1`, sql`b = 2`])`. Nothing joins to `true`. */
export const and = (conditions: readonly Statement[]): Statement =>
  conditions.reduce((all, one) => sql`${all} and ${one}`, sql`true`)

type Row = QueryResultRow
type Tag<Result> = (strings: TemplateStringsArray, ...parts: readonly unknown[]) => Promise<Result>

/** An open transaction. Whoever takes one runs in the caller's and cannot commit. */
export type Tx = {
  many<T extends object>(strings: TemplateStringsArray, ...parts: readonly unknown[]): Promise<T[]>
  /** Asserts that exactly one row comes back. */
  one<T extends object>(strings: TemplateStringsArray, ...parts: readonly unknown[]): Promise<T>
  maybe<T extends object>(
    strings: TemplateStringsArray,
    ...parts: readonly unknown[]
  ): Promise<T | null>
  /** How many rows were written. */
  readonly run: Tag<number>
}

const names = new Map<string, string>()
const names_max = 2_000

/** Statements built from fragments can vary without end, so the names are bounded. */
function nameOf(text: string): string | undefined {
  const known = names.get(text)
  if (known !== undefined || names.size >= names_max) return known
  const name = createHash('md5').update(text).digest('base64url')
  names.set(text, name)
  return name
}

type Corkable = Client['connection']['stream']

function flush(stream: Corkable): void {
  while (stream.writableCorked > 0) stream.uncork()
}

const large_chars = 8_000
const lengthOf = (values: readonly unknown[]): number =>
  values.reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 16), 0)

/**
 * What is sent in one turn of the event loop leaves in one packet; but what is large leaves at
 * once, so that the database works on it while the rows of the next statement are written down.
 */
async function query<T extends Row>(client: ClientBase, statement: Statement) {
  const { text, values } = statement
  const name = nameOf(text)
  const { stream } = (client as Client).connection
  if (stream.writableCorked === 0) {
    stream.cork()
    process.nextTick(flush, stream)
  }
  const answer = client.query<T>({
    text,
    values: values as unknown[],
    ...(name ? { name } : {}),
  })
  if (lengthOf(values) > large_chars) flush(stream)
  return answer
}

/**
 * Statements that need nothing of each other, in their order, in one round trip. Waits for all
 * of them also when one fails, so that none is sent after the transaction has ended.
 */
export async function together<T extends readonly unknown[]>(
  ...sent: { [K in keyof T]: Promise<T[K]> }
): Promise<T> {
  await Promise.allSettled(sent)
  return Promise.all(sent) as unknown as Promise<T>
}

/** A statement after the end of its transaction would be committed alone: a bug. */
export function txOn(client: ClientBase, isOpen: () => boolean): Tx {
  const ask = <T extends Row>(strings: TemplateStringsArray, parts: readonly unknown[]) => {
    assert(isOpen(), 'a statement after the end of its transaction')
    return query<T>(client, sql(strings, ...parts))
  }
  const rows = async <T extends object>(
    strings: TemplateStringsArray,
    parts: readonly unknown[],
  ): Promise<T[]> => (await ask<T & Row>(strings, parts)).rows
  return {
    many: (strings, ...parts) => rows(strings, parts),
    one: async <T extends object>(strings: TemplateStringsArray, ...parts: readonly unknown[]) => {
      const found = await rows<T>(strings, parts)
      assert.equal(found.length, 1, `expected one row from: ${strings.join('?').slice(0, 120)}`)
      return found[0]!
    },
    maybe: async <T extends object>(
      strings: TemplateStringsArray,
      ...parts: readonly unknown[]
    ) => {
      const found = await rows<T>(strings, parts)
      assert(found.length <= 1, `expected at most one row from: ${strings.join('?').slice(0, 120)}`)
      return found[0] ?? null
    },
    run: async (strings, ...parts) => (await ask(strings, parts)).rowCount ?? 0,
  }
}
