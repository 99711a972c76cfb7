import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type AttemptId, newId } from '#src/lib/ids.ts'
import type { Currency } from '#src/lib/money.ts'
import { Secret } from '#src/lib/secret.ts'
import { razorpayPayments } from './razorpay.ts'
import { type RazorpayConfig, razorpay_settings, readRazorpayConfig } from './settings.ts'
import {
  fromAmount,
  isSignedByCheckout,
  notesFor,
  outcomeOf,
  type Payment,
  readDeclineReason,
  readPayment,
  readRefund,
  refundOutcome,
  releaseMark,
  toAmount,
  weigh,
} from './translate.ts'

const secret = new Secret('translate_key_secret')
const shared = process.env['ONHAND_SHARED'] ?? new URL('../../../shared', import.meta.url).pathname
const specs = `${shared}/integrations/payments/specs`
const skip = existsSync(specs) ? false : `there are no specs at ${specs}`
const readJson = (path: string | URL): unknown => JSON.parse(readFileSync(path, 'utf8'))
const recorded = (name: string): unknown => readJson(new URL(`recorded/${name}`, import.meta.url))
const inr = (amount: bigint) => ({ amount, currency: 'INR' as Currency })

const entity = (changes: object = {}) => ({
  id: 'pay_Test0000000001',
  amount: 49_900,
  currency: 'INR',
  status: 'authorized',
  order_id: 'order_Test00000001',
  captured: false,
  notes: [],
  created_at: 1_790_000_000,
  ...changes,
})
const payment = (changes: object = {}): Payment => readPayment(entity(changes), secret)!
const kindOf = (...all: object[]): string | undefined =>
  outcomeOf(all.map((changes) => payment(changes)))?.kind

test('amounts are carried as they are, or not at all', () => {
  const cases = [
    [49_900n, 'INR', 49_900],
    [1n, 'INR', 1],
    [4_500n, 'JPY', 4_500],
    [99_990n, 'KWD', 99_990],
    [99_991n, 'KWD', null],
    [500n, 'ISK', 500],
    [500n, 'MGA', 500],
    [0n, 'INR', null],
    [-5n, 'INR', null],
    [2n ** 53n, 'INR', null],
    [100n, 'AFN', null],
  ] as const
  for (const [amount, currency, wire] of cases) {
    const money = { amount, currency: currency as Currency }
    assert.equal(toAmount(money), wire, `${amount} ${currency}`)
    if (wire !== null) assert.deepEqual(fromAmount(wire, currency), money)
  }
  for (const odd of [1.5, -1, '100', null, Number.NaN, 2 ** 53]) {
    assert.equal(fromAmount(odd, 'INR'), null, String(odd))
  }
  for (const odd of ['inr', 'XXX', '', null, 356]) assert.equal(fromAmount(100, odd), null)
})

test('every currency is counted as Razorpay documents it', () => {
  const { exponent } = recorded('currency-exponents.json') as {
    exponent: Record<string, number>
  }
  let known = 0
  for (const [code, digits] of Object.entries(exponent)) {
    // One whole unit; what our own table does not know can not be priced in the first place.
    const money = fromAmount(10 ** digits, code)
    if (money === null) continue
    known += 1
    assert.equal(toAmount(money), 10 ** digits, code)
  }
  assert(known >= 120, String(known))
})

test('every payment and refund of the published examples can be read', { skip }, () => {
  const { examples } = readJson(`${specs}/razorpay-sdk-doc-examples.json`) as {
    examples: { response: unknown }[]
  }
  const found = { payment: 0, refund: 0 }
  const visit = (value: unknown): void => {
    if (value === null || typeof value !== 'object') return
    const { entity: kind, id } = value as { entity?: unknown; id?: unknown }
    // Some examples hide the id behind x's or odd letters; those are no ids.
    const usable = /^(pay|rfnd)_[A-Za-z0-9]+$/.test(String(id))
    if (kind === 'payment' && usable) {
      assert(readPayment(value, secret), JSON.stringify(value))
      found.payment += 1
    }
    if (kind === 'refund' && usable) {
      assert(readRefund(value), JSON.stringify(value))
      found.refund += 1
    }
    for (const inner of Object.values(value)) visit(inner)
  }
  for (const { response } of examples) visit(response)
  assert(found.payment >= 10 && found.refund >= 5, JSON.stringify(found))
})

test('the weightiest payment of an order decides', () => {
  const { items } = readJson(new URL('recorded/order-payments.json', import.meta.url)) as {
    items: unknown[]
  }
  const read = items.map((item) => readPayment(item, secret)!)
  const fee = inr(1_178n)
  assert.deepEqual(outcomeOf(read), {
    kind: 'captured',
    reference: 'order_Recorded0001',
    amount: inr(49_900n),
    fee,
  })
  assert.equal(outcomeOf(read.slice(1))?.kind, 'pending')
  assert.deepEqual(outcomeOf(read.slice(1, 2)), {
    kind: 'declined',
    reference: 'order_Recorded0001',
    reason: 'insufficient_funds',
  })
  assert.equal(outcomeOf([]), null)
})

test('each state of a payment has one meaning', () => {
  assert.equal(kindOf({ status: 'created' }), 'pending')
  assert.equal(kindOf({ status: 'authorized' }), 'authorized')
  assert.equal(kindOf({ status: 'captured', captured: true }), 'captured')
  assert.equal(kindOf({ status: 'refunded', captured: true }), 'captured')
  assert.equal(kindOf({ status: 'refunded', captured: false }), 'canceled')
  assert.equal(kindOf({ status: 'failed' }), 'declined')
  assert.equal(kindOf({ status: 'failed', captured: true }), 'declined')
  assert.equal(kindOf({ status: 'failed', error_reason: 'deemed_transaction' }), 'pending')
  assert.equal(kindOf({ status: 'on_the_moon' }), 'unknown')
  assert.equal(kindOf({ status: 'failed' }, { status: 'on_the_moon' }), 'unknown')
  assert.equal(kindOf({ status: 'failed' }, { status: 'authorized' }), 'authorized')
})

test('a release is believed only with its proof', () => {
  const id = 'pay_Test0000000001'
  const marked = (mode: 'refund' | 'lapse', changes: object) =>
    payment({ notes: { void: releaseMark(secret, mode, id) }, ...changes })
  const taken = { status: 'captured', captured: true }
  assert.equal(weigh(marked('refund', {})), 'releasing')
  assert.equal(weigh(marked('refund', taken)), 'releasing')
  assert.equal(weigh(marked('refund', { ...taken, status: 'refunded' })), 'released')
  assert.equal(weigh(marked('lapse', {})), 'released')
  // Somebody captured by hand what was left to lapse: the money is there.
  assert.equal(weigh(marked('lapse', taken)), 'captured')
  for (const mark of ['yes', '', 7, null, releaseMark(secret, 'refund', 'pay_Another00001')]) {
    assert.equal(weigh(payment({ notes: { void: mark }, ...taken })), 'captured', String(mark))
  }
})

test('decline reasons keep their meaning, and the new ones are generic', () => {
  const cases = {
    insufficient_fund: 'insufficient_funds',
    credit_limit_exceeded: 'insufficient_funds',
    card_expired: 'expired_card',
    incorrect_cvv: 'incorrect_cvc',
    card_number_invalid: 'incorrect_number',
    payment_risk_check_failed: 'generic',
    debit_instrument_blocked: 'generic',
    card_daily_frequency_limit_exceeded: 'limit_exceeded',
    pin_attempt_count_exceeded: 'limit_exceeded',
    international_transaction_not_allowed: 'not_supported',
    incorrect_otp: 'authentication_failed',
    payment_cancelled: 'abandoned',
    moon_in_the_wrong_house: 'generic',
    constructor: 'generic',
    '': 'generic',
  }
  for (const [theirs, ours] of Object.entries(cases)) {
    assert.equal(readDeclineReason(theirs), ours, theirs)
  }
  assert.equal(readDeclineReason(null), 'generic')
})

test('a refund that is neither done, waiting nor failed is in doubt', () => {
  const base = { id: 'rfnd_Test000000001', amount: 100, currency: 'INR', payment_id: 'pay_1' }
  const outcome = (status: string) => refundOutcome(readRefund({ ...base, status })!).kind
  assert.equal(outcome('processed'), 'succeeded')
  assert.equal(outcome('pending'), 'pending')
  assert.equal(outcome('failed'), 'refused')
  assert.equal(outcome('reversed'), 'unknown')
})

const key_secret = new Secret('webhook_key_secret')
const webhook_secrets = [new Secret('the_new_secret'), new Secret('the_old_secret')]
const providerWith = (changes: Partial<RazorpayConfig>) =>
  razorpayPayments(
    {
      key_id: 'rzp_test_Translate00001',
      key_secret,
      webhook_secrets,
      api_base: 'http://127.0.0.1:9',
      void: 'refund',
      ...changes,
    },
    () => assert.fail('a webhook needs no network'),
  )
const provider = providerWith({})

const received_at = new Date('2026-11-20T10:00:00Z')
function read(body: string, secret = 'the_new_secret', event_id: string | null = 'evt000000001') {
  const signature = createHmac('sha256', secret).update(body).digest('hex')
  const id = event_id === null ? {} : { 'x-razorpay-event-id': event_id }
  const headers = { 'x-razorpay-signature': signature, ...id }
  return provider.readWebhook({ headers, body: Buffer.from(body), received_at })
}

const attempt = newId<AttemptId>()
const order_id = 'order_Webhook000001'
const toldPayment = (changes: object = {}) => ({
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

test('the published vectors: raw bytes are signed, and nothing else', () => {
  const { webhook, checkout } = recorded('webhook-vectors.json') as {
    webhook: Record<string, string>
    checkout: Record<string, string>
  }
  const published = providerWith({ webhook_secrets: [new Secret(webhook['secret']!)] })
  const believe = (signature: string) =>
    published.readWebhook({
      headers: { 'x-razorpay-signature': signature, 'x-razorpay-event-id': 'evt000000001' },
      body: Buffer.from(webhook['body']!),
      received_at,
    })
  const [event] = believe(webhook['signature']!) ?? []
  assert(event?.about === 'payment' && event.outcome.kind === 'captured')
  assert.equal(event.outcome.amount.amount, 50_000n)
  assert.deepEqual(event.outcome.fee, inr(1_180n))
  assert.equal(believe(webhook['bad_signature_reserialised']!), null)

  const secret = new Secret(checkout['key_secret']!)
  const { order_id: order, razorpay_payment_id: paid } = checkout
  assert(isSignedByCheckout(secret, order!, paid!, checkout['razorpay_signature']))
  assert(!isSignedByCheckout(secret, order!, paid!, checkout['swapped_must_fail']))
  assert(!isSignedByCheckout(secret, paid!, order!, checkout['razorpay_signature']))
})

test('the old secret is believed beside the new one, and no third', () => {
  const body = eventOf('payment.captured', { payment: toldPayment() })
  assert(read(body, 'the_new_secret'))
  assert(read(body, 'the_old_secret'))
  assert.equal(read(body, 'the_new_secret,the_old_secret'), null)
  assert.equal(read(body, ''), null)
})

test('a body without an event id has one that its retry has too', () => {
  const body = eventOf('payment.captured', { payment: toldPayment() })
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
    attemptOf(eventOf('payment.captured', { payment: toldPayment({ notes }) }))
  const ours = notesFor(key_secret, attempt, order_id)
  assert.equal(told(ours), attempt)
  const other = newId<AttemptId>()
  const stolen = notesFor(key_secret, other, 'order_Another000001')
  for (const notes of [[], {}, null, { attempt }, { ...ours, attempt: other }, stolen]) {
    assert.equal(told(notes), null, JSON.stringify(notes))
  }
})

test('the receipt of a paid order is ours and names the attempt', () => {
  const bare = toldPayment({ notes: [] })
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
    const body = eventOf('payment.captured', { payment: toldPayment({ order_id: order }) })
    assert.equal(only(body).about, 'nothing', String(order))
  }
})

test('a refund from their dashboard is told without an id of ours', () => {
  const refund = { id: 'rfnd_Webhook000001', amount: 100, currency: 'INR', status: 'processed' }
  const body = (receipt: unknown) =>
    eventOf('refund.processed', { refund: { ...refund, receipt }, payment: toldPayment() })
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
    const told = only(eventOf(event, { payment: toldPayment(), dispute: { ...dispute, status } }))
    return told.about === 'dispute' ? told.state : told.about
  }
  assert.equal(state('payment.dispute.created', 'open'), 'open')
  assert.equal(state('payment.dispute.under_review', 'under_review'), 'under_review')
  assert.equal(state('payment.dispute.won', 'won'), 'won')
  assert.equal(state('payment.dispute.lost', 'lost'), 'lost')
  assert.equal(state('payment.dispute.closed', 'closed'), 'closed')
  assert.equal(state('payment.dispute.created', 'thinking'), 'nothing')
})

test('each setting says why a value is bad, and all of them make the configuration', () => {
  const check = Object.fromEntries(razorpay_settings.map(({ name, check }) => [name, check]))
  const good = {
    RAZORPAY_KEY_ID: 'rzp_live_Translate0001',
    RAZORPAY_KEY_SECRET: 'translate_key_secret',
    RAZORPAY_WEBHOOK_SECRET: 'the_new_secret, the_old_secret',
    RAZORPAY_API_BASE: 'https://api.razorpay.com',
    RAZORPAY_VOID: 'lapse',
  }
  for (const [name, text] of Object.entries(good)) assert.equal(check[name]!(text), null, name)
  const config = readRazorpayConfig(good)
  const secrets = config.webhook_secrets.map((one) => one.reveal())
  assert.deepEqual(secrets, ['the_new_secret', 'the_old_secret'])
  assert.equal(config.void, 'lapse')
  const bad = [
    ['RAZORPAY_KEY_ID', 'rzp_Translate0001'],
    ['RAZORPAY_KEY_SECRET', 'short'],
    ['RAZORPAY_WEBHOOK_SECRET', 'the_new_secret,'],
    ['RAZORPAY_WEBHOOK_SECRET', Array(5).fill('the_new_secret').join()],
    ['RAZORPAY_API_BASE', 'http://api.razorpay.com'],
    ['RAZORPAY_API_BASE', 'https://api.razorpay.com/v1'],
    ['RAZORPAY_VOID', 'refunds'],
  ] as const
  for (const [name, text] of bad) assert.equal(typeof check[name]!(text), 'string', text)
})
