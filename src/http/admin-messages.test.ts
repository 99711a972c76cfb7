import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { transaction } from '#src/db/transaction.ts'
import { issueInvoices } from '#src/invoices/issue-invoices.ts'
import { type ApiKeyId, type EffectId, newId } from '#src/lib/ids.ts'
import { message_kinds } from '#src/messages/messages.ts'
import { sendMessage } from '#src/messages/send-message.ts'
import { insertKey } from '#src/staff/keys.sql.ts'
import { hashKeyToken, hintOf, newKeyToken } from '#src/staff/keys.ts'
import type { Permission } from '#src/staff/staff.ts'
import { testApp, testServer } from '#test/app.ts'
import {
  insertTestAttempt,
  insertTestCapture,
  insertTestOrder,
  insertTestShop,
  type TestLine,
} from '#test/placed-order.sql.ts'
import { admin_invoices_routes } from './admin-invoices.ts'
import { admin_message_templates_routes } from './admin-message-templates.ts'
import { admin_messages_routes } from './admin-messages.ts'
import { order_page_routes } from './order-page.ts'
import type { Server } from './server.ts'
import { store_invoices_routes } from './store-invoices.ts'

const now = new Date('2026-11-22T10:00:00Z')
const app = await testApp({ clock: () => now })
const { db } = app
const mug: TestLine = {
  sku: 'MUG',
  title: 'Mug',
  quantity: 1,
  unit_price: 1190n,
  rates: { VAT: 190_000 },
  tax_included: true,
}

/** Three confirmed and invoiced orders of one shop. */
const seed = async () => {
  const orders = await transaction(db, async (tx) => {
    const shop = await insertTestShop(tx)
    const orders: { id: string; capture: string }[] = []
    for (let i = 1; i <= 3; i++) {
      const email = `buyer-${i}@buyer.example`
      const number = `A-${i}`
      const lines = [mug]
      const order = await insertTestOrder(tx, shop, {
        number,
        lines,
        shipping: null,
        at: now,
        email,
      })
      const paid = { order_id: order.id, currency: 'EUR', amount: order.total }
      const attempt_id = await insertTestAttempt(tx, paid)
      const capture = await insertTestCapture(tx, { ...paid, attempt_id, at: now })
      await issueInvoices(tx, [capture], now)
      orders.push({ id: order.id, capture })
    }
    return orders
  })
  for (const { id: cause_id } of orders) {
    const id = newId<EffectId>()
    const effect = {
      id,
      kind: 'message_confirmation',
      cause_id,
      order_id: null,
      tries: 0,
      traceparent: null,
    } as const
    await sendMessage(app, effect)
  }
  return orders
}

async function keyWith(permissions: readonly Permission[]): Promise<string> {
  const token = newKeyToken('secret')
  await transaction(db, (tx) =>
    insertKey(tx, {
      id: newId<ApiKeyId>(),
      kind: 'secret',
      name: 'test',
      hint: hintOf(token),
      channel_id: null,
      permissions,
      expires_at: null,
      created_at: now,
      token_hash: hashKeyToken(token),
    }),
  )
  return token
}

let server: Server
let url: string
let orders: Awaited<ReturnType<typeof seed>>
let reader: string
let writer: string
before(async () => {
  orders = await seed()
  reader = await keyWith(['messages:read', 'orders:read'])
  writer = await keyWith(['messages:read', 'messages:write'])
  server = await testServer(app, [
    ...admin_messages_routes,
    ...admin_message_templates_routes,
    ...admin_invoices_routes,
    ...store_invoices_routes,
    ...order_page_routes,
  ])
  url = `http://127.0.0.1:${await server.listen('127.0.0.1', 0)}`
})
after(() => server.drain(1_000))

type Item = {
  readonly id: string
  readonly order_id: string
  readonly number: string
  readonly total: number
  readonly source: string
}
/** The fields of all answers here; a test reads those of its own. */
type Body = {
  readonly items: Item[]
  readonly next_cursor: string | null
  readonly code: string
  readonly errors: { readonly message: string }[]
  readonly html: string
  readonly text: string
  readonly subject: string
  readonly mjml: string
  readonly source: string
  readonly version: number
  readonly locale: string
  readonly document: { readonly lines: { readonly net: number }[] }
}
type Answer = { status: number; headers: Headers; text: string; body: Body }
async function call(
  key: string,
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const answer = await fetch(url + path, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body ? { 'content-type': 'application/json' } : {}),
      ...headers,
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  const text = await answer.text()
  const is_json = /json/.test(answer.headers.get('content-type') ?? '')
  const { status, headers: answered } = answer
  return { status, headers: answered, text, body: is_json ? JSON.parse(text) : {} }
}

test('the mailbox is read page by page, by filter, and one by one', async () => {
  const first = await call(reader, 'GET', '/admin/messages?limit=2')
  assert.equal(first.status, 200, first.text)
  assert.equal(first.body.items.length, 2)
  const rest = await call(reader, 'GET', `/admin/messages?after=${first.body.next_cursor}`)
  assert.deepEqual([rest.body.items.length, rest.body.next_cursor], [1, null])

  const filter = 'kind=confirmation&state=mailbox&recipient=BUYER-2@buyer.example'
  const { body } = await call(reader, 'GET', `/admin/messages?${filter}`)
  assert.equal(body.items.length, 1)
  assert.equal(body.items[0]!.order_id, orders[1]!.id)
  assert(!('html' in body.items[0]!))
  const one = await call(reader, 'GET', `/admin/messages/${body.items[0]!.id}`)
  assert.match(one.body.html, /Thank you for your order/)
  assert.match(one.body.text, /A-2/)
  const shown = await call(reader, 'GET', `/admin/messages/${body.items[0]!.id}/html`)
  assert.match(shown.headers.get('content-security-policy') ?? '', /sandbox/)

  const wrong = await call(reader, 'GET', '/admin/messages?after=nonsense')
  assert.deepEqual([wrong.status, wrong.body.code], [400, 'invalid_input'])
  const nobody = await call(reader, 'GET', `/admin/messages/${newId()}`)
  assert.equal(nobody.status, 404)
})

test('sending again needs the right, a key and a mail server', async () => {
  const { body } = await call(reader, 'GET', '/admin/messages?limit=1')
  const path = `/admin/messages/${body.items[0]!.id}/resend`
  const key = { 'idempotency-key': 'resend-0001' }
  assert.equal((await call(reader, 'POST', path, undefined, key)).status, 403)
  assert.equal((await call(writer, 'POST', path)).body.code, 'idempotency_key_missing')
  const answer = await call(writer, 'POST', path, undefined, key)
  assert.deepEqual([answer.status, answer.body.code], [409, 'mail_server_missing'])
})

test('a template is read, previewed, refused with lines, saved and reset', async () => {
  const path = '/admin/message-templates/confirmation/de-at'
  const given = await call(writer, 'GET', path)
  assert.equal(given.status, 200, given.text)
  const { subject, mjml, text, source, version, locale } = given.body
  assert.deepEqual([source, version, locale], ['default', 0, 'de-AT'])
  const preview = await call(writer, 'POST', `${path}/preview`, { order_id: orders[0]!.id })
  assert.equal(preview.status, 200, preview.text)
  assert.match(preview.body.subject, /A-1/)

  const words = { subject: 'Bestellung {{ order.number }}', mjml, text, enabled: true, version }
  const broken = { ...words, text: `${text}\n{{ order.nmber }}` }
  const refused = await call(writer, 'PUT', path, broken)
  assert.deepEqual([refused.status, refused.body.code], [422, 'template_invalid'])
  assert.match(refused.body.errors[0]!.message, /^Line \d+: undefined variable/)

  const saved = await call(writer, 'PUT', path, words)
  assert.deepEqual([saved.status, saved.body], [200, { version: 1 }])
  assert.equal((await call(writer, 'PUT', path, words)).body.code, 'template_has_changed')
  assert.equal((await call(reader, 'PUT', path, words)).status, 403)
  const list = await call(reader, 'GET', '/admin/message-templates')
  assert.deepEqual(
    [list.body.items.length, list.body.items[0]!.source],
    [message_kinds.length + 1, 'shop'],
  )
  assert.equal((await call(writer, 'DELETE', path)).status, 204)
  assert.equal((await call(writer, 'GET', path)).body.subject, subject)
  const nowhere = await call(writer, 'GET', '/admin/message-templates/confirmation/--')
  assert.equal(nowhere.body.code, 'invalid_input')
})

test('invoices are listed by filter, read, and fetched as PDF', async () => {
  const { body } = await call(reader, 'GET', '/admin/invoices?limit=2&kind=invoice')
  assert.equal(body.items.length, 2)
  assert.match(body.items[0]!.number, /^OH26I-\d{6}$/)
  assert.equal(body.items[0]!.total, 1190)
  const by = async (filter: string) =>
    (await call(reader, 'GET', `/admin/invoices?${filter}`)).body.items.length
  assert.equal(await by(`order_id=${orders[0]!.id}`), 1)
  assert.equal(await by(`number=${body.items[0]!.number}`), 1)
  assert.equal(await by('issued_from=2026-11-22&issued_to=2026-11-22'), 3)
  assert.equal(await by('issued_from=2026-11-23'), 0)
  const no_day = await call(reader, 'GET', '/admin/invoices?issued_from=2026-02-31')
  assert.equal(no_day.body.code, 'invalid_input')
  const { id } = body.items[0]!
  const one = await call(reader, 'GET', `/admin/invoices/${id}`)
  assert.equal(one.status, 200, one.text)
  assert.equal(one.body.document.lines[0]!.net, 1000)
  const pdf = await call(reader, 'GET', `/admin/invoices/${id}/pdf`)
  assert.equal(pdf.headers.get('content-type'), 'application/pdf')
  assert.match(pdf.text, /^%PDF-/)
  assert.equal((await call(writer, 'GET', '/admin/invoices')).status, 403)
})

test('the order page keeps its own headers on the real server', async () => {
  const answer = await fetch(`${url}/o/nonsense`)
  assert.equal(answer.status, 404)
  assert.equal(answer.headers.get('referrer-policy'), 'no-referrer')
  assert.match(answer.headers.get('content-security-policy') ?? '', /default-src 'none'/)
  assert.match(await answer.text(), /does not open an order/)
})
