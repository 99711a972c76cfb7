// Which goods hold the words somebody typed: by the beginnings of words as they are written, and
// by their stems in the language they are written in. See search_text in migration 0029.
import { type Statement, sql, type Tx } from '#src/db/sql.ts'
import { fieldError } from '#src/lib/field-errors.ts'
import { refuse } from '#src/lib/refusal.ts'

/** Each word is looked up in the whole index. */
export const search_words_max = 20
const letters_max = 60

/** Small letters without accents and signs, as the database folds what it looks in. */
export const foldText = (text: string): string =>
  text
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')

/**
 * Letters and digits only, so that no sign that somebody types is an operator. Nothing is found
 * without one of its words, so none of too many is left out unsaid.
 * @throws invalid_input
 */
export function splitWords(text: string): string[] {
  const all = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
  const words = [...new Set(all.map((word) => word.slice(0, letters_max)))]
  if (words.length > search_words_max) {
    const message = `Look for ${search_words_max} words or fewer.`
    throw refuse('invalid_input', {
      in: 'query',
      errors: [fieldError('q', 'too_many_words', message)],
    })
  }
  return words
}

export const foldWords = (text: string): string[] => splitWords(foldText(text))

/** Every word must begin a word of the product; of several words at one place one is enough. */
const startsOf = (words: readonly (readonly string[])[], mark: string): string =>
  words.map((any) => `(${any.map((word) => `${word}:*${mark}`).join(' | ')})`).join(' & ')

export type TextsAsked = {
  readonly words: readonly (readonly string[])[]
  /** Languages of the shopper; the texts of the shop itself are looked at too. */
  readonly chain: readonly string[]
  /** Null looks at all; else at goods that transactions from this one on have changed. */
  readonly since: string | null
}
export type FoundTexts = {
  /** Numbers of goods, four bytes each. */
  readonly found: Buffer | null
  /** Of those, which hold the words in a translated title. */
  readonly in_title: Buffer | null
  /** All that were looked at again. */
  readonly touched: Buffer | null
  /** Changes of transactions before this one are seen. */
  readonly xmin: string
}

export function findTexts(tx: Tx, { words, chain, since }: TextsAsked): Promise<FoundTexts> {
  const starts = startsOf(words, '')
  const titles = startsOf(words, 'A')
  const scope = since === null ? sql`true` : sql`n in (select n from touched)`
  const matching = (config: Statement) => sql`
    words @@ (to_tsquery('pg_catalog.simple', ${starts}) || to_tsquery(${config}, ${starts}))
      and ${scope}`
  const own = sql`
    select n, false as in_title from search_text
    where locale in ('', '#sku') and ${matching(sql`(select text_config(base_locale()))`)}`
  const all = chain.reduce(
    (before, locale) => sql`${before}
      union all
      select n, words @@ to_tsquery('pg_catalog.simple', ${titles}) from search_text
      where locale = ${locale} and ${matching(sql`text_config(${locale})`)}`,
    own,
  )
  const touched =
    since === null
      ? sql`select null::int as n where false`
      : sql`select n from goods_mark where changed >= ${since}::xid8
          and changed < pg_snapshot_xmax(pg_current_snapshot())`
  return tx.one<FoundTexts>`
    with touched as materialized (${touched})
    select string_agg(int4send(n), '') as found,
      string_agg(int4send(n), '') filter (where in_title) as in_title,
      (select string_agg(int4send(n), '') from touched) as touched,
      pg_snapshot_xmin(pg_current_snapshot())::text as xmin
    from (${all}) as matching`
}

export function* numbersOf(bytes: Buffer | null): Generator<number> {
  if (bytes === null) return
  for (let at = 0; at < bytes.length; at += 4) yield bytes.readInt32BE(at)
}
