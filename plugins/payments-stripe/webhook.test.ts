import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Secret } from '#src/lib/secret.ts'
import type { RawWebhook } from '#src/ports/raw-webhook.ts'
import { type StripeConfig, stripe_settings } from './settings.ts'
import { stripePayments } from './stripe.ts'
import { isFromStripe } from './webhook.ts'

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
const shared = process.env['ONHAND_SHARED'] ?? join(import.meta.dirname, '../../../shared')
const file = join(shared, 'integrations/payments/specs/webhook-test-vectors.json')

describe('the shared vectors', { skip: existsSync(file) ? false : `no ${file} here` }, () => {
  const vectors: Vectors = existsSync(file)
    ? JSON.parse(readFileSync(file, 'utf8')).stripe
    : { secret: '', body: '', v1: '', timestamp: 0, cases: [] }
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
