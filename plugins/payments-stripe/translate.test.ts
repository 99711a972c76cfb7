import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import type { Currency } from '#src/lib/money.ts'
import { Secret } from '#src/lib/secret.ts'
import type { RawWebhook } from '#src/ports/raw-webhook.ts'
import { type StripeConfig, stripe_settings } from './settings.ts'
import { stripePayments } from './stripe.ts'
import {
  fromStripeAmount,
  isFromStripe,
  mustBeClosed,
  readFailure,
  readIntent,
  readPage,
  readRefund,
  toOutcome,
  toStripeAmount,
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
      .filter((name) => mustBeClosed(readIntent(recorded(name.slice(0, -5)))!))
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
  const eventOf = (name: string) => toWebhookEvent(recorded(name), {})
  const event_id = (n: number) => `evt_3OnhandRec000${n}`
  const changed = (name: string, changes: object) => {
    const event = recorded(name) as { data: { object: object } }
    return { ...event, data: { object: { ...event.data.object, ...changes } } }
  }

  test('a payment', () => {
    const outcome = { kind: 'captured', reference, amount: inr(123_457n), fee: 'later' }
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
    for (const [status, state] of Object.entries(states)) {
      const told = toWebhookEvent(changed('event-dispute-created', { status }), {})
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
    for (const metadata of [{}, { attempt: 'o-1001' }, { attempt: 7 }, null]) {
      const told = toWebhookEvent(changed('event-intent-succeeded', { metadata }), {})
      assert(told.about === 'payment')
      assert.equal(told.attempt, null)
    }
  })
})

test('a page that is no list is null, never empty', () => {
  const page = { object: 'list', data: [{ id: 'pi_1' }, { id: 'pi_2' }], has_more: true }
  assert.deepEqual(readPage(page), { rows: page.data, next: 'pi_2' })
  assert.equal(readPage({ ...page, has_more: false })!.next, null)
  const odd_pages = [null, {}, { ...page, data: {} }, { ...page, has_more: 1 }, { data: [] }]
  // More rows are said to follow, and nobody can say after which.
  for (const odd of [...odd_pages, { ...page, data: [] }, { ...page, data: [{}] }])
    assert.equal(readPage(odd), null)
})

const raw = (body: string, signature: string | undefined, now_s: number): RawWebhook => ({
  headers: signature === undefined ? {} : { 'stripe-signature': signature },
  body: Buffer.from(body),
  received_at: new Date(now_s * 1000),
})

type Vectors = {
  readonly secret: string
  readonly body: string
  readonly v1: string
  readonly timestamp: number
  readonly cases: readonly {
    readonly name: string
    readonly header: string
    readonly now: number
    readonly ok: boolean
  }[]
}
describe('the published vectors', () => {
  const vectors = recorded('webhook-vectors') as Vectors
  test('there are some', () => assert(vectors.cases.length >= 9))
  for (const { name, header, now, ok } of vectors.cases) {
    test(name, () => {
      const secrets = [new Secret(vectors.secret)]
      assert.equal(isFromStripe(raw(vectors.body, header, now), secrets), ok)
    })
  }
  test('a time in the future is refused beyond the tolerance', () => {
    const secrets = [new Secret(vectors.secret)]
    const header = `t=${vectors.timestamp},v1=${vectors.v1}`
    assert(isFromStripe(raw(vectors.body, header, vectors.timestamp - 300), secrets))
    assert(!isFromStripe(raw(vectors.body, header, vectors.timestamp - 301), secrets))
  })
})

// Computed with `printf '%s' '1800000000.{"ok":true}' | openssl dgst -sha256 -hmac SECRET`.
const body = '{"ok":true}'
const time_s = 1_800_000_000
const first = {
  secret: 'whsec_onhandFirst',
  v1: 'dac20786786340e6543a98cf589005f41e4b3c983670666816b5f5d2b7f67dbb',
}
const second = {
  secret: 'whsec_onhandSecond',
  v1: '8356e88bda3e084bd23be4bda559493293a89ca3594fd86269e371ee683b8a08',
}

describe('known answers', () => {
  const both = [new Secret(first.secret), new Secret(second.secret)]
  const accepted = (signature: string | undefined, secrets = both, now_s = time_s) =>
    isFromStripe(raw(body, signature, now_s), secrets)

  test('either secret signs while one is rolled', () => {
    assert(accepted(`t=${time_s},v1=${first.v1}`))
    assert(accepted(`t=${time_s},v1=${second.v1}`))
    assert(accepted(`t=${time_s},v1=${first.v1},v1=${second.v1}`))
    assert(accepted(`t=${time_s},v1=${'0'.repeat(64)},v1=${second.v1}`))
    assert(!accepted(`t=${time_s},v1=${second.v1}`, [both[0]!]))
    assert(!accepted(`t=${time_s},v1=${first.v1}`, []))
  })
  test('headers that are not Stripe’s', () => {
    const good = `t=${time_s},v1=${first.v1}`
    for (const odd of [
      undefined,
      '',
      'v1',
      `t=,v1=${first.v1}`,
      `t=1e9,v1=${first.v1}`,
      `t=+${time_s},v1=${first.v1}`,
      `t=${time_s},t=${time_s},v1=${first.v1}`,
      `t=${time_s},v0=${first.v1}`,
      `t=${time_s},V1=${first.v1}`,
      `t=${time_s},v1=${first.v1.toUpperCase()}`,
      `t=${time_s};v1=${first.v1}`,
      `t=${time_s},${'v1=x,'.repeat(5_000)}v1=${first.v1}`,
    ]) {
      assert(!accepted(odd), odd?.slice(0, 80))
    }
    assert(accepted(good))
  })
})

const config: StripeConfig = {
  secret_key: new Secret('sk_test_51OnhandTestKey'),
  publishable_key: 'pk_test_51OnhandTestKey',
  webhook_secrets: [new Secret(first.secret)],
  api_base: 'https://api.stripe.com',
}
const never = () => assert.fail('nothing is sent')

describe('modes', () => {
  const sign = (text: string): string =>
    createHmac('sha256', first.secret).update(`${time_s}.${text}`).digest('hex')
  const read = (changed: Partial<StripeConfig>, livemode: boolean) => {
    const event = JSON.stringify({ id: 'evt_1', type: 'x.y', livemode, data: { object: {} } })
    const signature = `t=${time_s},v1=${sign(event)}`
    return stripePayments({ ...config, ...changed }, never).readWebhook(
      raw(event, signature, time_s),
    )
  }
  const live = {
    secret_key: new Secret('sk_live_51OnhandTestKey'),
    publishable_key: 'pk_live_51OnhandTestKey',
  }
  test('an event of the other mode is not believed', () => {
    assert.deepEqual(read({}, false), [{ event_id: 'evt_1', about: 'nothing' }])
    assert.equal(read({}, true), null)
    assert.equal(read(live, false), null)
    assert.deepEqual(read(live, true), [{ event_id: 'evt_1', about: 'nothing' }])
  })
  test('keys of two modes are refused at once', () => {
    const mixed = { ...config, publishable_key: 'pk_live_51OnhandTestKey' }
    assert.throws(() => stripePayments(mixed, never), /different modes/)
  })
})

test('each setting says why a value is bad', () => {
  const check = Object.fromEntries(stripe_settings.map(({ name, check }) => [name, check]))
  const good: [string, string][] = [
    ['STRIPE_SECRET_KEY', 'sk_test_51OnhandTestKey'],
    ['STRIPE_SECRET_KEY', 'rk_live_51OnhandTestKey'],
    ['STRIPE_PUBLISHABLE_KEY', 'pk_live_51OnhandTestKey'],
    ['STRIPE_WEBHOOK_SECRET', 'whsec_onhandFirst'],
    ['STRIPE_WEBHOOK_SECRET', 'whsec_onhandFirst, whsec_onhandSecond'],
    ['STRIPE_API_BASE', 'https://api.stripe.com'],
    ['STRIPE_API_BASE', 'http://127.0.0.1:4012'],
  ]
  const bad: [string, string][] = [
    ['STRIPE_SECRET_KEY', 'pk_test_51OnhandTestKey'],
    ['STRIPE_SECRET_KEY', ''],
    ['STRIPE_PUBLISHABLE_KEY', 'sk_test_51OnhandTestKey'],
    ['STRIPE_WEBHOOK_SECRET', 'onhandFirst'],
    ['STRIPE_WEBHOOK_SECRET', 'whsec_onhandFirst,'],
    ['STRIPE_API_BASE', 'http://api.stripe.com'],
    ['STRIPE_API_BASE', 'api.stripe.com'],
    ['STRIPE_API_BASE', 'https://user:pass@api.stripe.com'],
    ['STRIPE_API_BASE', 'https://api.stripe.com/v1'],
  ]
  for (const [name, text] of good) assert.equal(check[name]!(text), null, text)
  for (const [name, text] of bad) assert.equal(typeof check[name]!(text), 'string', text)
})
