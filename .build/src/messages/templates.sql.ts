import type { Tx } from '../db/sql.ts'
import type { MessageKind } from './messages.ts'

export type TemplateRow = {
  readonly kind: MessageKind
  readonly locale: string
  readonly subject: string
  readonly mjml: string
  readonly html: string
  readonly text: string
  /** False: the shop does not send this kind in this locale. */
  readonly enabled: boolean
  readonly version: number
  readonly updated_at: Date
  readonly updated_by: string
}

/** The shop's own template, of the first locale that has one. */
export const findTemplate = (tx: Tx, kind: MessageKind, locales: readonly string[]) =>
  tx.maybe<TemplateRow>`
    select kind, locale, subject, mjml, html, text, enabled, version, updated_at, updated_by
    from message_template
    where kind = ${kind} and locale = any(${locales}::text[])
    order by array_position(${locales}::text[], locale)
    limit 1`

export const listTemplates = (tx: Tx) =>
  tx.many<Omit<TemplateRow, 'mjml' | 'html' | 'text'>>`
    select kind, locale, subject, enabled, version, updated_at, updated_by
    from message_template order by kind, locale limit 1000`

/** Null when somebody has saved another version meanwhile; version 0 is "there is none yet". */
export const saveTemplate = (tx: Tx, row: TemplateRow) =>
  tx.maybe<{ readonly version: number }>`
    insert into message_template as known (
      kind, locale, subject, mjml, html, text, enabled, version,
      updated_at, updated_by)
    select ${row.kind}, ${row.locale}, ${row.subject}, ${row.mjml}, ${row.html}, ${row.text},
      ${row.enabled}::boolean, 1, ${row.updated_at}::timestamptz, ${row.updated_by}
    where ${row.version}::int = 0
      or exists (select from message_template where kind = ${row.kind} and locale = ${row.locale})
    on conflict (kind, locale) do update set subject = excluded.subject, mjml = excluded.mjml,
      html = excluded.html, text = excluded.text, enabled = excluded.enabled,
      version = known.version + 1, updated_at = excluded.updated_at,
      updated_by = excluded.updated_by
    where known.version = ${row.version}::int
    returning version`

export const deleteTemplate = (tx: Tx, kind: MessageKind, locale: string) =>
  tx.run`delete from message_template where kind = ${kind} and locale = ${locale}`
