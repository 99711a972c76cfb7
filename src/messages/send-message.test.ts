import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { transaction } from '#src/db/transaction.ts'
import { issueInvoices } from '#src/invoices/issue-invoices.ts'
import type { Effect } from '#src/jobs/effects.ts'
import { endBeats } from '#src/jobs/workers.sql.ts'
import { type EffectId, type MessageId, newId, type OrderId } from '#src/lib/ids.ts'
import { Refusal } from '#src/lib/refusal.ts'
import { Secret } from '#src/lib/secret.ts'
import { assertNoTransaction } from '#src/lib/transaction-guard.ts'
import type { Mail, Mailer, MailOutcome } from '#src/ports/mailer.ts'
import { testDatabase } from '#test/database.ts'
import {
  type InsertedOrder,
  insertTestAttempt,
  insertTestCapture,
  insertTestOrder,
  insertTestRefund,
  insertTestShipment,
  insertTestShop,
  type TestOrder,
  type TestShop,
} from '#test/placed-order.sql.ts'
import { listMessages, readMessage } from './messages.sql.ts'
import { resendMessage } from './resend-message.ts'
import { previewTemplate, saveTemplateOf } from './save-template.ts'
import { deliverMessage, type Messaging, sendMessage } from './send-message.ts'
import { deleteTemplate } from './templates.sql.ts'

const { db } = await testDatabase()
const now = new Date('2026-11-22T10:00:00Z')
const mailbox: Messaging = {
  db,
  clock: () => now,
  secret_key: new Secret('a-secret-of-at-least-32-characters!'),
  public_url: 'https://shop.example',
  mailer: null,
}

/** A mail server that remembers what it took and answers as told. */
function mailServer(...answers: MailOutcome['kind'][]) {
  const taken: Mail[] = []
  const mailer: Mailer = {
    name: 'test',
    async send(mail) {
      assertNoTransaction()
      const kind = answers.shift() ?? 'sent'
      // Lets everybody else run before the answer comes.
      await new Promise((resolve) => setImmediate(resolve))
      if (kind === 'sent' || kind === 'unknown') taken.push(mail)
      if (kind === 'sent') return { kind, reference: `250 ${taken.length}` }
      return { kind, reason: 'as told' }
    },
  }
  return { app: { ...mailbox, mailer }, taken }
}

const effect = (kind: Effect['kind'], cause_id: string): Effect => ({
  id: newId<EffectId>(),
  kind,
  cause_id,
  order_id: null,
  tries: 0,
  traceparent: null,
})

let shop: TestShop
let count = 0
before(async () => {
  shop = await transaction(db, (tx) => insertTestShop(tx))
})
const place = (order: Partial<TestOrder> = {}): Promise<InsertedOrder> =>
  transaction(db, (tx) =>
    insertTestOrder(tx, shop, {
      number: `M-${++count}`,
      lines: [
        {
          sku: 'MUG',
          title: 'Mug <b>',
          quantity: 2,
          unit_price: 123_456n,
          rates: { VAT: 190_000 },
          tax_included: true,
        },
      ],
      shipping: { amount: 490n, rates: { VAT: 190_000 }, tax_included: true },
      at: now,
      ...order,
    }),
  )
const messagesOf = (order_id: OrderId) =>
  transaction(db, (tx) => listMessages(tx, { order_id, limit: 50 }))
async function onlyMessage(order_id: OrderId) {
  const [head, ...more] = await messagesOf(order_id)
  assert(head && more.length === 0, 'not exactly one message')
  const message = await transaction(db, (tx) => readMessage(tx, head.id))
  assert(message)
  return message
}

describe('without a mail server', () => {
  test('the confirmation lies in the mailbox, once, with the signed link', async () => {
    const order = await place()
    const send = effect('message_confirmation', order.id)
    const outcomes = await Promise.all([sendMessage(mailbox, send), sendMessage(mailbox, send)])
    assert.deepEqual(outcomes, [{ kind: 'done' }, { kind: 'done' }])
    const message = await onlyMessage(order.id)
    assert.equal(message.state, 'mailbox')
    assert.equal(message.recipient, 'ada@buyer.example')
    assert.match(message.subject, /^Your order M-\d+$/)
    assert.match(message.html, /Mug &lt;b&gt;/)
    assert.match(message.html, /https:\/\/shop\.example\/o\/o\.[0-9a-f-]{36}\./)
    assert.match(message.text, /2 x Mug <b> \(MUG\): €2,469\.12/)
    assert.match(message.text, /Ada Löwe/)
  })

  test('the receipt waits for its invoice and takes it along', async () => {
    const order = await place()
    const capture = await transaction(db, async (tx) => {
      const paid = { order_id: order.id, currency: 'EUR', amount: order.total }
      const attempt_id = await insertTestAttempt(tx, paid)
      return insertTestCapture(tx, { ...paid, attempt_id, at: now })
    })
    const send = effect('message_receipt', capture)
    assert.equal((await sendMessage(mailbox, send)).kind, 'retry')
    assert.deepEqual(await messagesOf(order.id), [])
    const [invoice] = await transaction(db, (tx) => issueInvoices(tx, [capture], now))
    assert(invoice?.kind === 'issued')
    assert.deepEqual(await sendMessage(mailbox, send), { kind: 'done' })
    const message = await onlyMessage(order.id)
    assert.deepEqual(message.attachments, [{ kind: 'invoice', id: invoice.invoice_id }])
    assert(message.text.includes(invoice.number))
  })

  test('shipped and delivered name the parcel; a link that is a script is left out', async () => {
    const order = await place()
    const tracking_url = 'javascript:alert(1)'
    const shipment = await transaction(db, (tx) =>
      insertTestShipment(tx, order, { state: 'delivered', tracking_url, at: now }),
    )
    await sendMessage(mailbox, effect('message_shipped', shipment))
    await sendMessage(mailbox, effect('message_delivered', shipment))
    const kinds = (await messagesOf(order.id)).map(({ kind }) => kind)
    assert.deepEqual(kinds.toSorted(), ['delivered', 'shipped'])
    for (const { id } of await messagesOf(order.id)) {
      const message = await transaction(db, (tx) => readMessage(tx, id))
      assert(message!.text.includes('2 x Mug <b> (MUG)'))
      assert(!message!.html.includes('javascript:'))
    }
  })

  test('a refund without an invoice is told without a document', async () => {
    const order = await place()
    const refund = await transaction(db, async (tx) => {
      const paid = { order_id: order.id, currency: 'EUR', amount: order.total }
      const attempt_id = await insertTestAttempt(tx, paid)
      return insertTestRefund(tx, { ...paid, attempt_id, amount: 1_000n, at: now })
    })
    await sendMessage(mailbox, effect('message_refunded', refund))
    const message = await onlyMessage(order.id)
    assert.match(message.text, /€10\.00/)
    assert.deepEqual(message.attachments, [])
  })

  test('a cause that does not exist, and a kind that is unknown, go to a person', async () => {
    const nobody = effect('message_confirmation', newId<OrderId>())
    assert.equal((await sendMessage(mailbox, nobody)).kind, 'stuck')
    assert.equal((await sendMessage(mailbox, effect('label', newId<OrderId>()))).kind, 'stuck')
  })
})

describe('with a mail server', () => {
  test('twenty workers at once send one mail', async () => {
    const { app, taken } = mailServer()
    const order = await place()
    const send = effect('message_confirmation', order.id)
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => sendMessage(app, send)))
    assert(outcomes.every(({ kind }) => kind === 'done' || kind === 'retry'))
    assert.equal(taken.length, 1)
    assert.deepEqual(await sendMessage(app, send), { kind: 'done' })
    assert.equal(taken.length, 1)
    const message = await onlyMessage(order.id)
    assert.deepEqual([message.state, message.transport], ['sent', 'test'])
    const { sender, reply_to } = taken[0]!
    assert.deepEqual([sender, reply_to], ['Onhand Demo', 'orders@shop.example'])
    assert.equal(taken[0]!.message_id, `<${message.id}.0@shop.example>`)
  })

  test('the receipt carries the PDF', async () => {
    const { app, taken } = mailServer()
    const order = await place()
    const capture = await transaction(db, async (tx) => {
      const paid = { order_id: order.id, currency: 'EUR', amount: order.total }
      const attempt_id = await insertTestAttempt(tx, paid)
      const capture = await insertTestCapture(tx, { ...paid, attempt_id, at: now })
      await issueInvoices(tx, [capture], now)
      return capture
    })
    await sendMessage(app, effect('message_receipt', capture))
    const [attachment] = taken[0]!.attachments
    assert.match(attachment!.name, /^OH26I-\d{6}\.pdf$/)
    assert.equal(Buffer.from(attachment!.bytes).subarray(0, 5).toString(), '%PDF-')
  })

  test('unavailable and unknown are tried again with the same Message-ID', async () => {
    const { app, taken } = mailServer('unavailable', 'unknown', 'sent')
    const order = await place()
    const send = effect('message_confirmation', order.id)
    assert.equal((await sendMessage(app, send)).kind, 'retry')
    assert.equal(taken.length, 0)
    assert.equal((await sendMessage(app, send)).kind, 'retry')
    assert.deepEqual(await sendMessage(app, send), { kind: 'done' })
    assert.equal(taken.length, 2)
    assert.equal(taken[0]!.message_id, taken[1]!.message_id)
  })

  test('refused stands as failed; a person may try again', async () => {
    const { app } = mailServer('refused', 'sent')
    const order = await place()
    const send = effect('message_confirmation', order.id)
    assert.equal((await sendMessage(app, send)).kind, 'stuck')
    assert.equal((await onlyMessage(order.id)).state, 'failed')
    assert.deepEqual(await sendMessage(app, send), { kind: 'done' })
    assert.equal((await onlyMessage(order.id)).state, 'sent')
  })

  test('an address that is two, or a header, is never handed over', async () => {
    const { app, taken } = mailServer()
    const order = await place({ email: 'a@b.example, c@d.example' })
    const outcome = await sendMessage(app, effect('message_confirmation', order.id))
    assert.equal(outcome.kind, 'stuck')
    assert.equal(taken.length, 0)
  })

  test('a worker that died while sending is followed by another one, later', async () => {
    const order = await place()
    const { app, taken } = mailServer()
    const dead: Mailer = {
      name: 'dying',
      send: () => Promise.reject(new Error('killed')),
    }
    const send = effect('message_confirmation', order.id)
    await assert.rejects(sendMessage({ ...app, mailer: dead }, send), /killed/)
    assert.equal((await sendMessage(app, send)).kind, 'retry')
    assert.equal(taken.length, 0)
    const later = new Date(now.getTime() + 10 * 60_000)
    assert.deepEqual(await sendMessage({ ...app, clock: () => later }, send), { kind: 'done' })
    assert.equal(taken.length, 1)
  })

  test('a mail is taken over from a worker that is dead, and from no other', async () => {
    const order = await place()
    const { app, taken } = mailServer()
    const dying: Mailer = { name: 'dying', send: () => Promise.reject(new Error('killed')) }
    const send = effect('message_confirmation', order.id)
    const first = { ...app, mailer: dying, worker_id: 'worker-first' }
    const second = { ...app, worker_id: 'worker-second' }
    await assert.rejects(sendMessage(first, send), /killed/)
    // It has never beaten yet, but it was there a moment ago.
    assert.equal((await sendMessage(second, send)).kind, 'retry')
    assert.equal(taken.length, 0)
    await transaction(db, (tx) => endBeats(tx, ['worker-first']))
    assert.deepEqual(await sendMessage(second, send), { kind: 'done' })
    assert.equal(taken.length, 1)
  })

  test('what was sent is noted once the database is back, and not sent once more', async () => {
    const order = await place()
    const { app, taken } = mailServer()
    const send = effect('message_confirmation', order.id)
    let refusals = 2
    // The claim is the first of its transactions that follows the mail's way out.
    const connect = async () => {
      if (taken.length === 1 && refusals-- > 0) {
        await transaction(db, (tx) => endBeats(tx, ['worker-cut']))
        throw Object.assign(new Error('nobody listens'), { code: 'ECONNREFUSED' })
      }
      return db.connect()
    }
    const cut = new Proxy(db, {
      get: (of, name) => (name === 'connect' ? connect : Reflect.get(of, name, of)),
    })
    const sent = await sendMessage({ ...app, db: cut, worker_id: 'worker-cut' }, send)
    assert.deepEqual(sent, { kind: 'done' })
    assert.equal((await onlyMessage(order.id)).state, 'sent')
    assert.deepEqual(await sendMessage(app, send), { kind: 'done' })
    assert.equal(taken.length, 1)
  })

  test('staff sends again: one more mail with an id of its own, once per key', async () => {
    const { app, taken } = mailServer()
    const order = await place()
    await sendMessage(app, effect('message_confirmation', order.id))
    const { id } = await onlyMessage(order.id)
    const principal_id = newId<string>()
    const resend = { id, actor: 'staff:x', principal_id, route: 'r', key: 'resend-key-1' }
    const row = await resendMessage(app, resend)
    assert.deepEqual([row.state, row.resends], ['sent', 1])
    await resendMessage(app, resend)
    assert.equal(taken.length, 2)
    assert.notEqual(taken[0]!.message_id, taken[1]!.message_id)
    const refused = (code: string) => (error: unknown) =>
      error instanceof Refusal && error.code === code
    await assert.rejects(resendMessage(mailbox, resend), refused('mail_server_missing'))
    const nobody = { ...resend, id: newId<MessageId>(), key: 'resend-key-2' }
    await assert.rejects(resendMessage(app, nobody), refused('not_found'))
  })

  test('a mailbox message that nobody reopened is not sent', async () => {
    const { app, taken } = mailServer()
    const order = await place()
    await sendMessage(mailbox, effect('message_confirmation', order.id))
    const { id } = await onlyMessage(order.id)
    assert.equal((await deliverMessage(app, id)).kind, 'retry')
    assert.equal(taken.length, 0)
  })
})

describe("the shop's own templates", () => {
  const mjml =
    '<mjml><mj-body><mj-section><mj-column><mj-text>' +
    'Hallo {{ order.number }} {{ order.total }}' +
    '</mj-text></mj-column></mj-section></mj-body></mjml>'
  const german = {
    kind: 'confirmation' as const,
    locale: 'de',
    subject: 'Bestellung {{ order.number }}',
    mjml,
    text: 'Danke, {{ order.total }}',
    enabled: true,
    version: 0,
    actor: 'staff:x',
  }
  const rejectsWith = (promise: Promise<unknown>, code: string, detail: RegExp) =>
    assert.rejects(promise, (error: unknown) => {
      assert(error instanceof Refusal)
      assert.equal(error.code, code)
      assert.match(JSON.stringify(error.detail), detail)
      return true
    })

  test('replace the default for their language, until they are reset', async () => {
    assert.equal(await saveTemplateOf(mailbox, german), 1)
    const austrian = await place({ locale: 'de-AT' })
    const french = await place({ locale: 'fr' })
    for (const { id } of [austrian, french]) {
      await sendMessage(mailbox, effect('message_confirmation', id))
    }
    const message = await onlyMessage(austrian.id)
    assert.match(message.subject, /^Bestellung M-/)
    assert.match(message.text.replaceAll(/\s/g, ' '), /Danke, € 2\.474,02/)
    assert.match((await onlyMessage(french.id)).subject, /^Your order/)

    await rejectsWith(saveTemplateOf(mailbox, german), 'template_has_changed', /{}/)
    const off = { ...german, version: 1, enabled: false }
    assert.equal(await saveTemplateOf(mailbox, off), 2)
    const silent = await place({ locale: 'de' })
    const send = effect('message_confirmation', silent.id)
    assert.deepEqual(await sendMessage(mailbox, send), { kind: 'done' })
    assert.deepEqual(await messagesOf(silent.id), [])
    await transaction(db, (tx) => deleteTemplate(tx, 'confirmation', 'de'))
    await sendMessage(mailbox, send)
    assert.match((await onlyMessage(silent.id)).subject, /^Your order/)
  })

  test('are refused with the line of the mistake, and nothing is saved', async () => {
    const liquid = { ...german, mjml: `<mjml>\n{{ order.numbr }}` }
    await rejectsWith(saveTemplateOf(mailbox, liquid), 'template_invalid', /Line 2: undefined/)
    const tag = { ...german, mjml: mjml.replace('<mj-column>', '\n<mj-colum>') }
    await rejectsWith(saveTemplateOf(mailbox, tag), 'template_invalid', /mjml_invalid.*Line \d/)
  })

  test('are previewed with a sample, or with an order of the shop', async () => {
    const order = await place()
    const { kind } = german
    const template = { subject: german.subject, mjml, text: german.text }
    const name = { kind, locale: 'en' }
    const sample = await previewTemplate(mailbox, { ...name, template, order_id: null })
    assert.equal(sample.subject, 'Bestellung 10042')
    const real = await previewTemplate(mailbox, { ...name, template: null, order_id: order.id })
    assert.match(real.html, /Mug &lt;b&gt;/)
  })
})
