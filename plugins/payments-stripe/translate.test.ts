import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import type { Currency } from '#src/lib/money.ts'
import { fromStripeAmount, toStripeAmount } from './amounts.ts'
import {
  isOpenAfterDecline,
  readEvent,
  readFailure,
  readIntent,
  readPage,
  readRefund,
  toOutcome,
  toWebhookEvent,
} from './translate.ts'

const folder = new URL('./recorded/', import.meta.url)
const recorded = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'))
const errorOf = (name: string): unknown => recorded(name)['error']

const attempt = '0192f3a0-1111-7000-8000-0000000000a1'
const reference = 'pi_3OnhandRec0001'
const inr = (amount: bigint) => ({ amount, currency: 'INR' as Currency })
const money = (amount: bigint, currency: string) => ({ amount, currency: currency as Currency })

describe('amounts', () => {
  const same: [bigint, string, number][] = [
    [1099n, 'EUR', 1099],
    [4500n, 'JPY', 4500],
    [99_990n, 'KWD', 99_990],
    [500n, 'ISK', 50_000],
    [7n, 'UGX', 700],
    [1_000n, 'MGA', 10],
    [1_250n, 'HUF', 1_250],
  ]
  for (const [amount, currency, theirs] of same) {
    test(`${amount} minor units of ${currency} are ${theirs} at Stripe, and back`, () => {
      assert.equal(toStripeAmount(money(amount, currency)), theirs)
      assert.deepEqual(fromStripeAmount(theirs, currency.toLowerCase()), money(amount, currency))
    })
  }
  test('what Stripe cannot take exactly is not rounded', () => {
    assert.equal(toStripeAmount(money(99_991n, 'KWD')), null)
    assert.equal(toStripeAmount(money(1_050n, 'MGA')), null)
    assert.equal(toStripeAmount(money(0n, 'EUR')), null)
    assert.equal(toStripeAmount(money(-5n, 'EUR')), null)
    assert.equal(toStripeAmount(money(2n ** 60n, 'EUR')), null)
  })
  test('what is no amount is null', () => {
    for (const odd of [1.5, '12', null, Number.NaN, 2 ** 60])
      assert.equal(fromStripeAmount(odd, 'eur'), null)
    for (const odd of [7, null, 'xxx', '']) assert.equal(fromStripeAmount(100, odd), null)
    assert.equal(fromStripeAmount(50_050, 'isk'), null)
  })
})

describe('recorded payment intents', () => {
  const outcomeOf = (name: string) => toOutcome(readIntent(recorded(name))!, { from: 'test' })

  test('succeeded: captured, with the fee in its own currency', () => {
    const amount = inr(123_457n)
    assert.deepEqual(outcomeOf('intent-succeeded'), {
      kind: 'captured',
      reference,
      amount,
      fee: inr(3_610n),
    })
  })
  test('requires_capture: authorized until the network lets go', () => {
    assert.deepEqual(outcomeOf('intent-requires-capture'), {
      kind: 'authorized',
      reference,
      amount: inr(123_457n),
      capture_before: new Date(1_790_604_801_000),
    })
  })
  test('requires_action: what the browser needs', () => {
    const outcome = outcomeOf('intent-requires-action')
    assert(outcome.kind === 'requires_action')
    assert.deepEqual(outcome.client_data, {
      from: 'test',
      payment_intent: reference,
      client_secret: 'pi_3OnhandRec0001_secret_onhandRec',
      redirect_url: 'https://hooks.stripe.com/3d_secure_2/hosted?merchant=acct_1Onhand',
    })
  })
  test('all others', () => {
    assert.equal(outcomeOf('intent-waiting-for-card').kind, 'requires_action')
    assert.deepEqual(outcomeOf('intent-processing'), { kind: 'pending', reference })
    assert.deepEqual(outcomeOf('intent-canceled'), { kind: 'canceled', reference })
    const reason = 'authentication_failed'
    assert.deepEqual(outcomeOf('intent-failed-approval'), { kind: 'declined', reference, reason })
  })
  test('only a decline that waits for another card is open', () => {
    const open = readdirSync(folder)
      .filter((name) => name.startsWith('intent-'))
      .filter((name) => isOpenAfterDecline(readIntent(recorded(name.slice(0, -5)))!))
    assert.deepEqual(open, ['intent-failed-approval.json'])
  })
  test('a status that nobody knows is unknown', () => {
    const intent = readIntent({ ...recorded('intent-succeeded'), status: 'requires_moon' })!
    assert.equal(toOutcome(intent, {}).kind, 'unknown')
  })
  test('an intent without one of its necessary fields is none', () => {
    const whole = recorded('intent-succeeded')
    assert(readIntent(whole))
    for (const name of [
      'id',
      'object',
      'status',
      'currency',
      'amount_received',
      'amount_capturable',
    ])
      for (const odd of [undefined, null, 7.5, {}, ''])
        assert.equal(readIntent({ ...whole, [name]: odd }), null, `${name} ${odd}`)
    for (const odd of [null, [], 'x', 7, undefined]) assert.equal(readIntent(odd), null)
  })
})

describe('recorded errors', () => {
  const failures: [string, number, object][] = [
    [
      'error-402-declined',
      402,
      { kind: 'declined', reason: 'insufficient_funds', intent: reference },
    ],
    ['error-400-idempotency', 400, { kind: 'key_used' }],
  ]
  for (const [name, status, failure] of failures) {
    test(name, () => assert.deepEqual(readFailure(status, errorOf(name)), failure))
  }
  const kinds: [string, number, string][] = [
    ['error-400-unexpected-state', 400, 'refused'],
    ['error-409-in-use', 409, 'unclear'],
    ['error-401-key', 401, 'not_now'],
    ['error-429-rate', 429, 'not_now'],
    ['error-500', 500, 'unclear'],
  ]
  for (const [name, status, kind] of kinds) {
    test(name, () => assert.equal(readFailure(status, errorOf(name)).kind, kind))
  }
  test('an explicit no under a status that does not say no is unclear', () => {
    const declined = errorOf('error-402-declined')
    for (const status of [200, 400, 500, 502, null])
      assert.equal(readFailure(status, declined).kind, 'unclear')
    assert.equal(readFailure(402, errorOf('error-500')).kind, 'unclear')
  })
  test('lost, stolen and fraud are told as generic', () => {
    for (const decline_code of ['lost_card', 'stolen_card', 'fraudulent', 'moon', '__proto__']) {
      const failure = readFailure(402, { type: 'card_error', code: 'card_declined', decline_code })
      assert.deepEqual(failure, { kind: 'declined', reason: 'generic', intent: null })
    }
  })
})

describe('recorded refunds', () => {
  test('succeeded, pending, failed', () => {
    const outcomes = ['succeeded', 'pending', 'failed'].map(
      (name) => readRefund(recorded(`refund-${name}`))!.outcome,
    )
    const id = 're_3OnhandRec0001'
    assert.deepEqual(outcomes[0], { kind: 'succeeded', reference: id, fee: inr(0n) })
    assert.deepEqual(outcomes[1], { kind: 'pending', reference: id })
    assert.equal(outcomes[2]!.kind === 'refused' && outcomes[2]!.code, 'expired_or_canceled_card')
  })
})

describe('recorded events', () => {
  const eventOf = (name: string) => toWebhookEvent(readEvent(recorded(name))!, {})
  const event_id = (n: number) => `evt_3OnhandRec000${n}`

  test('a payment', () => {
    const outcome = { kind: 'captured', reference, amount: inr(123_457n), fee: null }
    const expected = { event_id: event_id(1), about: 'payment', attempt, reference, outcome }
    assert.deepEqual(eventOf('event-intent-succeeded'), expected)
  })
  test('a decline is not the last word while the intent is open', () => {
    const event = eventOf('event-intent-failed')
    assert(event.about === 'payment')
    assert.equal(event.outcome.kind, 'unknown')
  })
  test('a refund that failed days later', () => {
    const event = eventOf('event-refund-failed')
    assert(event.about === 'refund')
    assert.equal(event.refund, '0192f3a0-4444-7000-8000-0000000000d4')
    assert.equal(event.payment_reference, reference)
    assert.deepEqual(event.amount, inr(50_000n))
    assert.equal(event.outcome.kind, 'refused')
  })
  test('a dispute, in every state that Stripe has', () => {
    const states = {
      warning_needs_response: 'open',
      warning_under_review: 'under_review',
      warning_closed: 'closed',
      needs_response: 'open',
      under_review: 'under_review',
      won: 'won',
      lost: 'lost',
      prevented: 'won',
      appeal_needs_response: 'open',
      appeal_under_review: 'under_review',
      never_heard_of: 'open',
    }
    const event = readEvent(recorded('event-dispute-created'))!
    for (const [status, state] of Object.entries(states)) {
      const object = { ...(event.object as object), status }
      const told = toWebhookEvent({ ...event, object }, {})
      assert.deepEqual(told, {
        event_id: event_id(4),
        about: 'dispute',
        reference: 'dp_3OnhandRec0001',
        payment_reference: reference,
        amount: inr(123_457n),
        state,
      })
    }
  })
  test('an intent that is not ours has no attempt', () => {
    const event = readEvent(recorded('event-intent-succeeded'))!
    for (const metadata of [{}, { attempt: 'o-1001' }, { attempt: 7 }, null]) {
      const told = toWebhookEvent(
        { ...event, object: { ...(event.object as object), metadata } },
        {},
      )
      assert(told.about === 'payment')
      assert.equal(told.attempt, null)
    }
  })
})

test('a page that is no list is null, never empty', () => {
  const page = { object: 'list', data: [{ id: 'pi_1' }, { id: 'pi_2' }], has_more: true }
  assert.deepEqual(readPage(page), { rows: page.data, next: 'pi_2' })
  assert.equal(readPage({ ...page, has_more: false })!.next, null)
  for (const odd of [null, {}, { ...page, data: {} }, { ...page, has_more: 1 }, { data: [] }])
    assert.equal(readPage(odd), null)
})
