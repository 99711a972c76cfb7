import Type from 'typebox'
import { isStaffMail } from '#src/customers/accounts.ts'
import { transaction } from '#src/db/transaction.ts'
import type { OrderId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import { type MessageKind, message_kinds } from '#src/messages/messages.ts'
import { previewTemplate, readTemplateLocale, saveTemplateOf } from '#src/messages/save-template.ts'
import { deleteTemplate, findTemplate, listTemplates } from '#src/messages/templates.sql.ts'
import { defaultTemplate } from '#src/messages/templates.ts'
import { Kind } from './admin-messages.ts'
import { actorOf, type Identity, mayDoAll } from './identity.ts'
import { Closed, Id, Moment, Nullable, type Route, route, Text } from './route.ts'

const named = Closed({ kind: Kind, locale: Text(35, 2) })
const words = {
  subject: Text(500, 1),
  mjml: Text(200_000, 1),
  text: Text(100_000, 1),
}
const example_words = {
  subject: 'Your order {{ order.number }}',
  mjml:
    '<mjml><mj-body><mj-section><mj-column><mj-text>Thank you for {{ order.number }}.</mj-text>' +
    '</mj-column></mj-section></mj-body></mjml>',
  text: 'Thank you for {{ order.number }}.',
}
const version = Type.Integer({ minimum: 0, description: '0 when it is the default' })
const state = {
  kind: Kind,
  locale: Type.String(),
  source: Type.Union([Type.Literal('shop'), Type.Literal('default')]),
  enabled: Type.Boolean({ description: 'false: not sent at all in this locale' }),
  version,
  updated_at: Nullable(Moment()),
  updated_by: Nullable(Type.String()),
}
const template_bytes_max = 1_000_000

/** By its words somebody who may less could lead staff who may more elsewhere, link and all. */
function assertMayWord(kind: MessageKind, identity: Identity): void {
  if (isStaffMail(kind) && !mayDoAll(identity)) throw refuse('permission_missing')
}

const list = route({
  method: 'GET',
  path: '/admin/message-templates',
  who: { staff: 'messages:read' },
  summary: 'All templates: those of the shop, and the defaults they replace',
  replies: {
    200: Closed({ items: Type.Array(Closed({ ...state, subject: Type.String() })) }),
  },
  async handle({ app }) {
    const rows = await transaction(app.db, listTemplates)
    const defaults = message_kinds.map((kind) => ({
      kind,
      locale: 'en',
      source: 'default',
      subject: defaultTemplate(kind).subject,
      enabled: true,
      version: 0,
      updated_at: null,
      updated_by: null,
    }))
    const items = [...rows.map((row) => ({ ...row, source: 'shop' })), ...defaults]
    return { status: 200, body: { items } }
  },
})

const read = route({
  method: 'GET',
  path: '/admin/message-templates/:kind/:locale',
  who: { staff: 'messages:read' },
  summary: 'A template of the shop, or the default when there is none',
  params: named,
  replies: { 200: Closed({ ...state, ...words }) },
  async handle({ app, params: { kind, locale: text } }) {
    const locale = readTemplateLocale(text)
    const row = await transaction(app.db, (tx) => findTemplate(tx, kind, [locale]))
    if (row) {
      const { html: _, ...rest } = row
      return { status: 200, body: { ...rest, source: 'shop' } }
    }
    const unset = { enabled: true, version: 0, updated_at: null, updated_by: null }
    const body = { kind, locale, source: 'default', ...unset, ...defaultTemplate(kind) }
    return { status: 200, body }
  },
})

const save = route({
  method: 'PUT',
  path: '/admin/message-templates/:kind/:locale',
  who: { staff: 'messages:write' },
  summary: 'Save a template; it is checked with a sample order and compiled first',
  params: named,
  body: Closed({ ...words, enabled: Type.Boolean(), version }),
  body_bytes_max: template_bytes_max,
  rate_per_minute: 60,
  example: {
    ...example_words,
    enabled: true,
    version: 0,
  },
  replies: { 200: Closed({ version }) },
  async handle({ app, params, body, identity }) {
    assertMayWord(params.kind, identity)
    const locale = readTemplateLocale(params.locale)
    const actor = actorOf(identity)
    const saved = await saveTemplateOf(app, { ...body, kind: params.kind, locale, actor })
    return { status: 200, body: { version: saved } }
  },
})

const reset = route({
  method: 'DELETE',
  path: '/admin/message-templates/:kind/:locale',
  who: { staff: 'messages:write' },
  summary: 'Go back to the default',
  params: named,
  replies: { 204: null },
  async handle({ app, params: { kind, locale: text }, identity }) {
    assertMayWord(kind, identity)
    const locale = readTemplateLocale(text)
    await transaction(app.db, (tx) => deleteTemplate(tx, kind, locale))
    return { status: 204 }
  },
})

const preview = route({
  method: 'POST',
  path: '/admin/message-templates/:kind/:locale/preview',
  who: { staff: 'messages:read' },
  summary: 'Show a message as it would be sent, with a sample order or one of the shop',
  params: named,
  body: Closed({
    template: Type.Optional(Closed(words)),
    order_id: Type.Optional(Id<OrderId>()),
  }),
  body_bytes_max: template_bytes_max,
  rate_per_minute: 60,
  example: { template: example_words },
  replies: {
    200: Closed({ subject: Type.String(), html: Type.String(), text: Type.String() }),
  },
  async handle({ app, params: { kind, locale: text }, body }) {
    const { template = null, order_id = null } = body
    const locale = readTemplateLocale(text)
    const parts = await previewTemplate(app, { kind, locale, template, order_id })
    return { status: 200, body: parts }
  },
})

export const admin_message_templates_routes: readonly Route[] = [list, read, save, reset, preview]
