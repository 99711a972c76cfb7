// The shop's own words: checked and compiled when they are saved, so that sending cannot fail
// later for a mistake that was there to see.
import { isAccountMail } from '#src/customers/accounts.ts'
import { transaction } from '#src/db/transaction.ts'
import { readLocale } from '#src/lib/format.ts'
import type { OrderId } from '#src/lib/ids.ts'
import { type FieldError, refuse } from '#src/lib/refusal.ts'
import { compileMjml } from './compile-mjml.ts'
import { readOrderFacts, readOrderShipments } from './messages.sql.ts'
import type { MessageFacts, MessageKind, Template } from './messages.ts'
import { composeFacts, no_cause } from './order-facts.ts'
import { checkTemplate, renderMessage, type TemplateParts } from './render-message.ts'
import { sampleFacts, sampleOrder } from './sample-facts.ts'
import { type Messaging, orderPageUrl } from './send-message.ts'
import { findTemplate, saveTemplate } from './templates.sql.ts'
import { defaultHtml, defaultTemplate } from './templates.ts'

/** How a template is named: a kind, and the locale it is written in. */
export type TemplateName = { readonly kind: MessageKind; readonly locale: string }

/**
 * The HTML of a template, when nothing is wrong with it.
 * @throws template_invalid with the line of each error
 */
async function compileChecked({ kind, locale }: TemplateName, template: Template): Promise<string> {
  const refuseWith = (errors: FieldError[]) => refuse('template_invalid', { errors })
  const problems = checkTemplate(template, sampleFacts(kind, locale))
  if (problems.length > 0) {
    throw refuseWith(
      problems.map(({ field, line, message }) => ({
        field,
        code: 'liquid_invalid',
        message: `Line ${line}: ${message}`,
      })),
    )
  }
  if (template.mjml === defaultTemplate(kind).mjml) return defaultHtml(kind)
  const [compiled] = await compileMjml([template.mjml])
  if (compiled!.errors.length > 0) {
    throw refuseWith(
      compiled!.errors.slice(0, 20).map(({ line, message }) => ({
        field: 'mjml',
        code: 'mjml_invalid',
        message: `Line ${line}: ${message.slice(0, 500)}`,
      })),
    )
  }
  return compiled!.html
}

export type SaveTemplate = TemplateName &
  Template & {
    readonly enabled: boolean
    /** The version that was edited; 0 when there was none. */
    readonly version: number
    readonly actor: string
  }

/** @throws template_invalid, template_has_changed */
export async function saveTemplateOf(app: Messaging, save: SaveTemplate): Promise<number> {
  const { kind, locale, subject, mjml, text, enabled, version, actor } = save
  const html = await compileChecked(save, save)
  const updated_at = app.clock()
  const row = { kind, locale, subject, mjml, html, text, enabled, version, updated_at }
  const saved = await transaction(app.db, (tx) => saveTemplate(tx, { ...row, updated_by: actor }))
  if (!saved) throw refuse('template_has_changed')
  return saved.version
}

/** A real order in place of the sample; what has not happened to it stays the sample's. */
async function previewFacts(
  app: Messaging,
  { kind, locale }: TemplateName,
  order_id: OrderId | null,
): Promise<MessageFacts> {
  if (!order_id || isAccountMail(kind)) return sampleFacts(kind, locale)
  const sample = sampleOrder(kind, locale)
  return transaction(app.db, async (tx) => {
    const order = await readOrderFacts(tx, order_id)
    if (!order) throw refuse('not_found')
    const [shipment = null] = await readOrderShipments(tx, order_id)
    const cause = { ...no_cause, shipment }
    const facts = composeFacts(kind, { ...order, locale }, cause, orderPageUrl(app, order_id))
    const { payment, invoice, refund, credit_note, pay } = sample
    return {
      ...facts,
      ...{ payment, invoice, refund, credit_note, pay },
      shipment: facts.shipment ?? sample.shipment,
    }
  })
}

export type PreviewTemplate = TemplateName & {
  /** Null shows what would be sent now. */
  readonly template: Template | null
  readonly order_id: OrderId | null
}

/** @throws template_invalid, not_found */
export async function previewTemplate(
  app: Messaging,
  { kind, locale, template, order_id }: PreviewTemplate,
): Promise<TemplateParts> {
  const facts = await previewFacts(app, { kind, locale }, order_id)
  const row = template ? null : await transaction(app.db, (tx) => findTemplate(tx, kind, [locale]))
  const { subject, mjml, text } = template ?? row ?? defaultTemplate(kind)
  const html = row?.html ?? (await compileChecked({ kind, locale }, { subject, mjml, text }))
  const rendered = renderMessage({ subject, html, text }, facts)
  if (rendered.kind === 'rendered') return rendered.parts
  const { field, line, message } = rendered.problem
  const errors = [{ field, code: 'liquid_invalid', message: `Line ${line}: ${message}` }]
  throw refuse('template_invalid', { errors })
}

/**
 * Templates are named by a canonical locale, so that `de-at` and `de-AT` are one.
 * @throws invalid_input
 */
export function readTemplateLocale(text: string): string {
  const locale = readLocale(text)
  if (locale.toLowerCase() === text.toLowerCase()) return locale
  const message = 'Send a locale such as en or de-AT.'
  throw refuse('invalid_input', { errors: [{ field: 'locale', code: 'locale', message }] })
}
