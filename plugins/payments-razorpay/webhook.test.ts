import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { send } from '#src/lib/http-client.ts'
import { type AttemptId, newId } from '#src/lib/ids.ts'
import { Secret } from '#src/lib/secret.ts'
import { razorpayPayments } from './razorpay.ts'
import { configFor } from './razorpay-bench.ts'
import { isSignedByCheckout, notesFor } from './translate.ts'

const shared = process.env['ONHAND_SHARED'] ?? new URL('../../../shared', import.meta.url).pathname
const vectors = `${shared}/integrations/payments/specs/webhook-test-vectors.json`
const skip = existsSync(vectors) ? false : `there are no vectors at ${vectors}`

const key_secret = new Secret('webhook_key_secret')
const webhook_secrets = [new Secret('the_new_secret'), new Secret('the_old_secret')]
const provider = razorpayPayments(configFor({ key_secret, webhook_secrets }), send)

const received_at = new Date('2026-11-20T10:00:00Z')
function read(body: string, secret = 'the_new_secret', event_id: string | null = 'evt000000001') {
  const signature = createHmac('sha256', secret).update(body).digest('hex')
  const id = event_id === null ? {} : { 'x-razorpay-event-id': event_id }
  const headers = { 'x-razorpay-signature': signature, ...id }
  return provider.readWebhook({ headers, body: Buffer.from(body), received_at })
}

const attempt = newId<AttemptId>()
const order_id = 'order_Webhook000001'
const payment = (changes: object = {}) => ({
  id: 'pay_Webhook000001',
  amount: 49_900,
  currency: 'INR',
  status: 'captured',
  order_id,
  captured: true,
  notes: notesFor(key_secret, attempt, order_id),
  fee: 1_178,
  ...changes,
})
const eventOf = (event: string, entities: Record<string, object>): string =>
  JSON.stringify({
    entity: 'event',
    event,
    payload: Object.fromEntries(Object.entries(entities).map(([k, v]) => [k, { entity: v }])),
  })
function only(body: string) {
  const events = read(body)
  assert(events?.length === 1)
  return events[0]!
}
const attemptOf = (body: string) => {
  const event = only(body)
  assert(event.about === 'payment', event.about)
  assert.equal(event.reference, order_id)
  return event.attempt
}

test('the published vectors: raw bytes are signed, and nothing else', { skip }, () => {
  const { razorpay } = JSON.parse(readFileSync(vectors, 'utf8')) as {
    razorpay: { webhook: Record<string, string>; checkout: Record<string, string> }
  }
  const { webhook, checkout } = razorpay
  const config = configFor({ webhook_secrets: [new Secret(webhook['secret']!)] })
  const believe = (signature: string) =>
    razorpayPayments(config, send).readWebhook({
      headers: { 'x-razorpay-signature': signature, 'x-razorpay-event-id': 'evt000000001' },
      body: Buffer.from(webhook['body']!),
      received_at,
    })
  const [event] = believe(webhook['signature']!) ?? []
  assert(event?.about === 'payment' && event.outcome.kind === 'captured')
  assert.equal(event.outcome.amount.amount, 50_000n)
  assert.equal(event.outcome.fee?.amount, 1_180n)
  assert.equal(believe(webhook['bad_signature_reserialised']!), null)

  const secret = new Secret(checkout['key_secret']!)
  const { order_id: order, razorpay_payment_id: paid } = checkout
  assert(isSignedByCheckout(secret, order!, paid!, checkout['razorpay_signature']))
  assert(!isSignedByCheckout(secret, order!, paid!, checkout['swapped_must_fail']))
  assert(!isSignedByCheckout(secret, paid!, order!, checkout['razorpay_signature']))
})

test('the old secret is believed beside the new one, and no third', () => {
  const body = eventOf('payment.captured', { payment: payment() })
  assert(read(body, 'the_new_secret'))
  assert(read(body, 'the_old_secret'))
  assert.equal(read(body, 'the_new_secret,the_old_secret'), null)
  assert.equal(read(body, ''), null)
})

test('a body without an event id has one that its retry has too', () => {
  const body = eventOf('payment.captured', { payment: payment() })
  const idOf = (text: string, told: string | null) => read(text, undefined, told)?.[0]?.event_id
  assert.equal(idOf(body, 'evt_1'), 'evt_1')
  for (const told of [null, '', 'x'.repeat(65), 'a b']) {
    assert.equal(idOf(body, told), idOf(body, null))
  }
  assert.notEqual(idOf(body, null), idOf(`${body} `, null))
})

test('a body beyond any size of theirs is not even hashed', () => {
  assert.equal(read(' '.repeat(1024 * 1024 + 1)), null)
})

test('notes come through the browser, and are believed only with their proof', () => {
  const told = (notes: unknown) =>
    attemptOf(eventOf('payment.captured', { payment: payment({ notes }) }))
  const ours = notesFor(key_secret, attempt, order_id)
  assert.equal(told(ours), attempt)
  const other = newId<AttemptId>()
  const stolen = notesFor(key_secret, other, 'order_Another000001')
  for (const notes of [[], {}, null, { attempt }, { ...ours, attempt: other }, stolen]) {
    assert.equal(told(notes), null, JSON.stringify(notes))
  }
})

test('the receipt of a paid order is ours and names the attempt', () => {
  const bare = payment({ notes: [] })
  const body = (order: object) => eventOf('order.paid', { payment: bare, order })
  assert.equal(attemptOf(body({ id: order_id, receipt: attempt })), attempt)
  assert.equal(attemptOf(body({ id: 'order_Another000001', receipt: attempt })), null)
  assert.equal(attemptOf(body({ id: order_id, receipt: 'INV-7' })), null)
})

test('the sample of a failed payment that calls itself captured brings no money', () => {
  const event = only(
    readFileSync(new URL('recorded/payment-failed.webhook.json', import.meta.url), 'utf8'),
  )
  assert(event.about === 'payment' && event.outcome.kind === 'pending')
  assert.equal(event.reference, 'order_Recorded0001')
})

test('a payment without an order of ours is about nothing', () => {
  for (const order of [null, 7, '', 'pay_1', 'order_../../x']) {
    const body = eventOf('payment.captured', { payment: payment({ order_id: order }) })
    assert.equal(only(body).about, 'nothing', String(order))
  }
})

test('a refund from their dashboard is told without an id of ours', () => {
  const refund = { id: 'rfnd_Webhook000001', amount: 100, currency: 'INR', status: 'processed' }
  const body = (receipt: unknown) =>
    eventOf('refund.processed', { refund: { ...refund, receipt }, payment: payment() })
  for (const receipt of [null, 'Receipt No. 31', 5]) {
    const event = only(body(receipt))
    assert(event.about === 'refund' && event.refund === null)
    assert.equal(event.payment_reference, order_id)
    assert.equal(event.outcome.kind, 'succeeded')
  }
  const ours = newId<AttemptId>()
  const event = only(body(ours))
  assert(event.about === 'refund' && (event.refund as string) === ours)
})

test('each state of a dispute is told, and one that we do not know is about nothing', () => {
  const dispute = { id: 'disp_Webhook00001', amount: 49_900, currency: 'INR' }
  const state = (event: string, status: string) => {
    const told = only(eventOf(event, { payment: payment(), dispute: { ...dispute, status } }))
    return told.about === 'dispute' ? told.state : told.about
  }
  assert.equal(state('payment.dispute.created', 'open'), 'open')
  assert.equal(state('payment.dispute.under_review', 'under_review'), 'under_review')
  assert.equal(state('payment.dispute.won', 'won'), 'won')
  assert.equal(state('payment.dispute.lost', 'lost'), 'lost')
  assert.equal(state('payment.dispute.closed', 'closed'), 'closed')
  assert.equal(state('payment.dispute.created', 'thinking'), 'nothing')
})
