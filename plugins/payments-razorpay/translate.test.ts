import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Currency } from '#src/lib/money.ts'
import { Secret } from '#src/lib/secret.ts'
import { fromAmount, toAmount } from './amounts.ts'
import {
  outcomeOf,
  type Payment,
  readDeclineReason,
  readPayment,
  readRefund,
  refundOutcome,
  releaseMark,
  weigh,
} from './translate.ts'

const secret = new Secret('translate_key_secret')
const shared = process.env['ONHAND_SHARED'] ?? new URL('../../../shared', import.meta.url).pathname
const specs = `${shared}/integrations/payments/specs`
const skip = existsSync(specs) ? false : `there are no specs at ${specs}`
const readJson = (path: string | URL): unknown => JSON.parse(readFileSync(path, 'utf8'))
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

test('every currency is counted as Razorpay documents it', { skip }, () => {
  const { exponent } = readJson(`${specs}/razorpay-currency-exponents.json`) as {
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
