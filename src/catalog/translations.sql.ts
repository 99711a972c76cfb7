import { sql, type Tx } from '#src/db/sql.ts'
import {
  mergeTexts,
  type Texts,
  type Translation,
  type TranslationSubject,
} from './translations.ts'

export type TranslationKey = {
  readonly subject: TranslationSubject
  readonly subject_id: string
  readonly locale: string
}

export const saveTranslation = (
  tx: Tx,
  { subject, subject_id, locale }: TranslationKey,
  texts: Texts,
  now: Date,
): Promise<number> =>
  tx.run`
    insert into translation (subject, subject_id, locale, texts, updated_at)
    values (${subject}, ${subject_id}, ${locale}, ${JSON.stringify(texts)}, ${now})
    on conflict (subject, subject_id, locale) do update
      set texts = excluded.texts, updated_at = excluded.updated_at`

export const deleteTranslation = (
  tx: Tx,
  { subject, subject_id, locale }: TranslationKey,
): Promise<number> =>
  tx.run`
    delete from translation
    where subject = ${subject} and subject_id = ${subject_id} and locale = ${locale}`

export const listTranslations = (
  tx: Tx,
  subject: TranslationSubject,
  subject_id: string,
): Promise<Translation[]> =>
  tx.many<Translation>`
    select locale, texts from translation
    where subject = ${subject} and subject_id = ${subject_id} order by locale`

const tables = {
  product: sql`product`,
  category: sql`category`,
  collection: sql`collection`,
  field: sql`field_definition`,
} as const

export const subjectExists = async (
  tx: Tx,
  subject: TranslationSubject,
  id: string,
): Promise<boolean> => (await tx.maybe`select id from ${tables[subject]} where id = ${id}`) !== null

/** What the languages of the chain have of these, merged; who has nothing is not in it. */
export async function readTexts(
  tx: Tx,
  subject: TranslationSubject,
  ids: readonly string[] | null,
  chain: readonly string[],
): Promise<Map<string, Texts>> {
  if (chain.length === 0) return new Map()
  const rows = await tx.many<{ subject_id: string; texts: Texts }>`
    select subject_id, texts from translation
    where subject = ${subject} and locale = any(${chain})
      and ${ids === null ? sql`true` : sql`subject_id = any(${ids}::uuid[])`}
    order by array_position(${chain}::text[], locale)`
  const of_each = Map.groupBy(rows, (row) => row.subject_id)
  return new Map([...of_each].map(([id, all]) => [id, mergeTexts(all.map((row) => row.texts))]))
}

/** Languages of which there are translations, by jumping through the index. */
export async function readTranslatedLocales(tx: Tx): Promise<Set<string>> {
  const rows = await tx.many<{ locale: string }>`
    with recursive known as (
      (select locale from translation order by locale limit 1)
      union all
      select (select locale from translation
        where translation.locale > known.locale order by locale limit 1)
      from known where known.locale is not null
    )
    select locale from known where locale is not null`
  return new Set(rows.map(({ locale }) => locale))
}
