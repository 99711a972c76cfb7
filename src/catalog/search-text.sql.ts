// Which goods hold the words somebody typed: by the beginnings of words as they are written, and
// by their stems in the language they are written in. See search_text in migration 0029.
import { sql, type Tx } from '#src/db/sql.ts'

const words_max = 10

/** Small letters without accents, as the database folds what it looks in. */
export const foldWords = (text: string): string[] =>
  (
    text
      .normalize('NFKD')
      .replaceAll(/\p{M}+/gu, '')
      .toLowerCase()
      .replaceAll('ß', 'ss')
      .match(/[\p{L}\p{N}]+/gu) ?? []
  )
    .slice(0, words_max)
    .map((word) => word.slice(0, 60))

/**
 * Every word must begin a word of the product; of several words at one place one is enough.
 * Letters and digits only, so that no sign of theirs is an operator.
 */
const startsOf = (words: readonly (readonly string[])[], mark: string): string =>
  words.map((any) => `(${any.map((word) => `${word}:*${mark}`).join(' | ')})`).join(' & ')

export type FoundTexts = {
  /** Numbers of the goods, the highest last four bytes first, as the database sends them. */
  readonly titles: Buffer | null
  readonly others: Buffer | null
}

/** `chain` are the languages of the shopper; the texts of the shop itself are looked at too. */
export const findTexts = (
  tx: Tx,
  words: readonly (readonly string[])[],
  chain: readonly string[],
): Promise<FoundTexts> => {
  const starts = startsOf(words, '')
  const in_title = startsOf(words, 'A')
  const found = (locale: ReturnType<typeof sql>, config: ReturnType<typeof sql>) => sql`
    select n, words @@ to_tsquery('pg_catalog.simple', ${in_title}) as in_title
    from search_text
    where words @@ (to_tsquery('pg_catalog.simple', ${starts}) || to_tsquery(${config}, ${starts}))
      and ${locale}`
  const own = found(sql`locale in ('', '#sku')`, sql`(select text_config(base_locale()))`)
  const translated = chain.map(
    (locale) => sql`
      union all ${found(sql`locale = ${locale}`, sql`text_config(${locale})`)}`,
  )
  const all = translated.reduce((before, one) => sql`${before} ${one}`, own)
  return tx.one<FoundTexts>`
    select string_agg(int4send(n), '') filter (where in_title) as titles,
      string_agg(int4send(n), '') filter (where not in_title) as others
    from (${all}) as found`
}

export function* numbersOf(bytes: Buffer | null): Generator<number> {
  if (bytes === null) return
  for (let at = 0; at < bytes.length; at += 4) yield bytes.readInt32BE(at)
}
