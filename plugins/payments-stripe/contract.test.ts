// The contract of all payment providers, then what is special about Stripe.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { HttpRequest, send } from '#src/lib/http-client.ts'
import type { Currency } from '#src/lib/money.ts'
import { Secret } from '#src/lib/secret.ts'
import { whileInTransaction } from '#src/lib/transaction-guard.ts'
import {
  at,
  type BuyerAct,
  captureOf,
  type MakeBench,
  openBench,
  type PaymentBench,
  pay,
  refundOf,
  someAttempt,
} from '#src/ports/payment-bench.ts'
import { testPaymentProvider } from '#src/ports/payment-provider.contract.ts'
import type { JsonObject } from '#src/ports/payment-provider.ts'
import type { StripeConfig } from './settings.ts'
import {
  type StripeSimulator,
  type StripeSimulatorOptions,
  startStripeSimulator,
} from './simulator.ts'
import { stripePayments } from './stripe.ts'

const secret_key = 'sk_test_51OnhandTestKey'
const publishable_key = 'pk_test_51OnhandTestKey'
const webhook_secret = 'whsec_onhandTestSecret'

type StripeBench = PaymentBench & { readonly simulator: StripeSimulator }

const cards: Readonly<Record<BuyerAct, string>> = {
  pays: 'pm_card_visa',
  is_declined: 'pm_card_visa_chargeDeclined',
  lacks_funds: 'pm_card_visa_chargeDeclinedInsufficientFunds',
  approves: 'pm_card_threeDSecure2Required',
  fails_approval: 'pm_card_threeDSecure2Required',
}

async function postAsBrowser(url: string, fields: Record<string, string>): Promise<JsonObject> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${publishable_key}` },
    body: new URLSearchParams(fields),
  })
  const json = (await answer.json()) as JsonObject
  // A decline is shown to the buyer; anything else means that Stripe did not let the buyer act.
  assert(answer.ok || answer.status === 402, JSON.stringify(json))
  return json
}

/** What the browser does with `client_data`: pay unless a card is there, then ask the bank. */
async function actInBrowser(
  url: string,
  client_data: JsonObject,
  act: BuyerAct,
): Promise<JsonObject> {
  const { payment_intent: id, client_secret } = client_data
  assert(typeof id === 'string' && typeof client_secret === 'string')
  const asked = client_data['redirect_url']
  let page = typeof asked === 'string' ? asked : null
  if (page === null) {
    const confirmed = await postAsBrowser(`${url}/v1/payment_intents/${id}/confirm`, {
      client_secret,
      payment_method: cards[act],
      return_url: 'http://127.0.0.1:4000/return',
    })
    if (confirmed['status'] === 'requires_action') page = `${url}/_3ds/${id}`
  }
  if (page === null) return { payment_intent: id, redirect_status: 'succeeded' }
  const outcome = act === 'fails_approval' ? 'fail' : 'approve'
  const body = new URLSearchParams({ outcome })
  const back = await fetch(page, { method: 'POST', body, redirect: 'manual' })
  assert.equal(back.status, 303, await back.text())
  const query = new URL(back.headers.get('location')!).searchParams
  return Object.fromEntries(query)
}

const makeStripeBench =
  (
    pays: 'with_token' | 'in_browser',
    options: Partial<StripeSimulatorOptions> = {},
    config: Partial<StripeConfig> = {},
  ) =>
  async ({ send, webhook_url }: Parameters<MakeBench>[0]): Promise<StripeBench> => {
    const simulator = await startStripeSimulator({
      port: 0,
      webhook_url,
      state_file: null,
      secret_key,
      publishable_key,
      webhook_secret,
      refunds_settle_ms: 0,
      ...options,
    })
    const provider = stripePayments(
      {
        secret_key: new Secret(secret_key),
        publishable_key,
        webhook_secrets: [new Secret(webhook_secret)],
        api_base: simulator.url,
        ...config,
      },
      send,
    )
    const { account } = simulator
    return {
      provider,
      simulator,
      tokenFor: (act) => (pays === 'with_token' ? cards[act] : null),
      buyerActs: (client_data, act) => actInBrowser(simulator.url, client_data, act),
      books: (attempt) => {
        const ours = [...account.intents.values()].filter(
          (row) => row.metadata['attempt'] === attempt,
        )
        const of = new Set(ours.map(({ id }) => id))
        const refunds = [...account.refunds.values()].filter(
          (row) => of.has(row.payment_intent) && row.status !== 'failed',
        )
        const sum = (amounts: readonly number[]) => BigInt(amounts.reduce((a, b) => a + b, 0))
        return {
          reserved: sum(ours.map((row) => row.amount_capturable)),
          captured: sum(ours.map((row) => row.amount_received)),
          refunded: sum(refunds.map((row) => row.amount)),
        }
      },
      signWebhook: (body, at) => ({
        headers: { 'stripe-signature': simulator.sign(body, at) },
        body,
      }),
    }
  }

testPaymentProvider('Stripe, charged with a token', makeStripeBench('with_token'), {})
testPaymentProvider('Stripe, paid in the browser', makeStripeBench('in_browser'), {})

type Options = {
  readonly pays?: 'with_token' | 'in_browser'
  readonly simulator?: Partial<StripeSimulatorOptions>
  readonly config?: Partial<StripeConfig>
  readonly before?: (request: HttpRequest, bench: StripeBench) => Promise<void>
}

async function open({ pays = 'with_token', simulator, config, before }: Options = {}) {
  let made: StripeBench | undefined
  const bench = await openBench(async (outside) => {
    const watched: typeof send = async (request) => {
      await before?.(request, made!)
      return outside.send(request)
    }
    made = await makeStripeBench(pays, simulator, config)({ ...outside, send: watched })
    return made
  })
  return { ...bench, simulator: made!.simulator, [Symbol.asyncDispose]: bench.close }
}
const price = (amount: bigint, currency: string) => ({ amount, currency: currency as Currency })
const hour_ms = 3_600_000

test('krónur are sent in hundredths and told in whole ones', async () => {
  await using bench = await open()
  const request = someAttempt({ price: price(500n, 'ISK') })
  const paid = await pay(bench, request)
  assert(paid.kind === 'captured')
  assert.deepEqual(paid.amount, request.price)
  assert.equal([...bench.simulator.account.intents.values()][0]!.amount, 50_000)
  const half = await bench.provider.refund(refundOf(request, paid.reference, 250n))
  assert.equal(half.kind, 'succeeded')
  assert.equal(bench.books(request.attempt).refunded, 25_000n)
})

test('an amount that Stripe cannot take is declined, and nothing is sent', async () => {
  await using bench = await open()
  for (const odd of [price(1_050n, 'MGA'), price(99_991n, 'KWD')]) {
    const request = someAttempt({ price: odd, token: 'pm_card_visa' })
    const outcome = await bench.provider.start(request)
    assert(outcome.kind === 'declined' && outcome.reason === 'not_supported')
    assert.equal(
      (await bench.provider.refund(refundOf(request, 'pi_1', odd.amount))).kind,
      'refused',
    )
  }
  assert.equal(bench.wire.sent, 0)
})

test('inside a transaction nothing is sent, and the bug is not called unknown', async () => {
  await using bench = await open()
  const request = someAttempt({ token: 'pm_card_visa' })
  await whileInTransaction(() =>
    assert.rejects(bench.provider.start(request), /network call inside a transaction/),
  )
  assert.equal(bench.simulator.seen.size, 0)
})

test('given up, and cut off before it was closed: whoever asks next closes it', async () => {
  let is_cut = true
  await using bench = await open({
    before: async ({ url }) => {
      if (is_cut && url.endsWith('/cancel')) throw new Error('the process died here')
    },
  })
  const attempt = at(someAttempt(), null)
  await assert.rejects(bench.provider.cancel(attempt), /died here/)
  is_cut = false
  const [intent] = [...bench.simulator.account.intents.values()]
  assert.equal(intent!.status, 'requires_payment_method')
  assert.deepEqual(await bench.provider.lookup(attempt), {
    kind: 'canceled',
    reference: intent!.id,
  })
})

test('a cut connection is not tried again by the SDK', async () => {
  await using bench = await open()
  bench.simulator.faults.lose_answers = 1
  assert.equal((await bench.provider.start(someAttempt({ token: 'pm_card_visa' }))).kind, 'unknown')
  assert.equal(bench.simulator.seen.get('POST /v1/payment_intents'), 1)
})

test('what is sent: our key, the pinned version, and nothing about this machine', async () => {
  const requests: HttpRequest[] = []
  await using bench = await open({ before: async (request) => void requests.push(request) })
  const request = someAttempt({ token: 'pm_card_visa' })
  await bench.provider.start(request)
  const headers = new Headers(requests[0]!.headers)
  assert.equal(headers.get('idempotency-key'), request.attempt)
  assert.equal(headers.get('stripe-version'), '2026-10-28.endive')
  assert.equal(headers.get('user-agent'), 'onhand')
  assert.equal([...headers.keys()].filter((name) => name.startsWith('x-stripe')).length, 0)
  const fields = new URLSearchParams(String(requests[0]!.body))
  assert.equal(fields.get('metadata[attempt]'), request.attempt)
  assert.equal(fields.get('metadata[order]'), request.order)
  assert.equal(fields.get('receipt_email'), null)
})

test('captures and refunds are sent under their own ids', async () => {
  const keys: (string | null)[] = []
  await using bench = await open({
    before: async ({ headers }) => void keys.push(new Headers(headers).get('idempotency-key')),
  })
  const request = someAttempt({ capture: 'later' })
  const held = await pay(bench, request)
  assert(held.kind === 'authorized')
  const capture = captureOf(request, held.reference, request.price.amount)
  const refund = refundOf(request, held.reference, 1_000n)
  await bench.provider.capture(capture)
  await bench.provider.refund(refund)
  const posted = keys.filter((key) => key !== null)
  assert.deepEqual(posted, [request.attempt, capture.capture, refund.refund])
})

test('a confirmation token pays like a payment method', async () => {
  await using bench = await open()
  const answer = await fetch(`${bench.simulator.url}/v1/test_helpers/confirmation_tokens`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk_test_51OnhandTestKey' },
    body: new URLSearchParams({ payment_method: 'pm_card_visa' }),
  })
  const { id } = (await answer.json()) as { id: string }
  assert.match(id, /^ctoken_/)
  assert.equal((await bench.provider.start(someAttempt({ token: id }))).kind, 'captured')
})

test('each test card that declines says why, and a token of nobody is declined', async () => {
  await using bench = await open()
  const reasons: Record<string, string> = {
    pm_card_visa_chargeDeclined: 'generic',
    pm_card_visa_chargeDeclinedInsufficientFunds: 'insufficient_funds',
    pm_card_visa_chargeDeclinedLostCard: 'generic',
    pm_card_visa_chargeDeclinedStolenCard: 'generic',
    pm_card_chargeDeclinedExpiredCard: 'expired_card',
    pm_card_chargeDeclinedIncorrectCvc: 'incorrect_cvc',
    pm_card_chargeDeclinedProcessingError: 'try_again',
    pm_card_visa_chargeDeclinedVelocityLimitExceeded: 'limit_exceeded',
    pm_card_radarBlock: 'generic',
    pm_made_up: 'generic',
    ctoken_made_up: 'generic',
    '': 'generic',
  }
  for (const [token, reason] of Object.entries(reasons)) {
    const outcome = await bench.provider.start(someAttempt({ token }))
    assert(outcome.kind === 'declined' && outcome.reason === reason, `${token} ${outcome.kind}`)
  }
  const dear = someAttempt({ token: 'pm_card_visa', price: price(100_000_000n, 'INR') })
  const outcome = await bench.provider.start(dear)
  assert(outcome.kind === 'declined' && outcome.reason === 'limit_exceeded')
})

test('approved by the buyer, and then declined by the bank', async () => {
  await using bench = await open()
  const token = 'pm_card_authenticationRequiredChargeDeclinedInsufficientFunds'
  const request = someAttempt({ token })
  const started = await bench.provider.start(request)
  assert(started.kind === 'requires_action')
  bench.simulator.answerChallenge(started.reference, true)
  const outcome = await bench.provider.finish({ ...at(request, started.reference), answer: {} })
  assert(outcome.kind === 'declined' && outcome.reason === 'insufficient_funds')
  assert.equal(bench.simulator.account.intents.get(started.reference)!.status, 'canceled')
  assert.deepEqual(await bench.provider.lookup(at(request, null)), outcome)
})

test('a buyer who pays with another card while the decline is being closed has paid', async () => {
  await using bench = await open({
    pays: 'in_browser',
    before: async ({ url }, { buyerActs, simulator }) => {
      const [intent] = [...simulator.account.intents.values()]
      if (!url.endsWith('/cancel') || intent?.status === 'succeeded') return
      const client_data = { payment_intent: intent!.id, client_secret: intent!.client_secret }
      await buyerActs({ ...client_data, redirect_url: null }, 'pays')
    },
  })
  const request = someAttempt()
  assert.equal((await pay(bench, request, 'is_declined')).kind, 'captured')
  assert.equal(bench.books(request.attempt).captured, request.price.amount)
})

test('the fee and the last day of an authorization are told', async () => {
  await using bench = await open()
  const paid = await pay(bench, someAttempt())
  assert(paid.kind === 'captured')
  assert.deepEqual(paid.fee, price(3_610n, 'INR'))
  const request = someAttempt({ capture: 'later' })
  const held = await pay(bench, request)
  assert(held.kind === 'authorized' && held.capture_before)
  const days = (held.capture_before.getTime() - Date.now()) / (24 * hour_ms)
  assert(days > 6.9 && days < 7.1)
  const part = await bench.provider.capture(captureOf(request, held.reference, 100_000n))
  assert(part.kind === 'succeeded')
  assert.deepEqual(part.fee, price(2_930n, 'INR'))
})

test('an authorization that lapsed is canceled, and its capture refused', async () => {
  let now = new Date()
  await using bench = await open({ simulator: { clock: () => now } })
  const request = someAttempt({ capture: 'later' })
  const held = await pay(bench, request)
  assert(held.kind === 'authorized')
  const where = at(request, held.reference)
  now = new Date(now.getTime() + 8 * 24 * hour_ms)
  const asked = captureOf(request, held.reference, request.price.amount)
  const late = await bench.provider.capture(asked)
  assert(late.kind === 'refused' && late.code === 'capture_charge_authorization_expired')
  assert.equal((await bench.provider.lookup(where)).kind, 'canceled')
})

test('a day later, when Stripe has forgotten the keys, an id still acts once', async () => {
  let now = new Date()
  await using bench = await open({ simulator: { clock: () => now } })
  const request = someAttempt({ capture: 'later' })
  const held = await pay(bench, request)
  assert(held.kind === 'authorized')
  const capture = captureOf(request, held.reference, request.price.amount)
  const refund = refundOf(request, held.reference, 50_000n)
  const captured = await bench.provider.capture(capture)
  const refunded = await bench.provider.refund(refund)
  now = new Date(now.getTime() + 30 * hour_ms)
  assert.deepEqual(await bench.provider.capture(capture), captured)
  assert.deepEqual(await bench.provider.refund(refund), refunded)
  assert.deepEqual(bench.books(request.attempt), {
    reserved: 0n,
    captured: request.price.amount,
    refunded: 50_000n,
  })
})

test('what is ours in a list and cannot be read is unknown, and is not made again', async () => {
  let now = new Date()
  await using bench = await open({ simulator: { clock: () => now } })
  const request = someAttempt()
  const paid = await pay(bench, request)
  assert(paid.kind === 'captured')
  const asked = refundOf(request, paid.reference, 50_000n)
  await bench.provider.refund(asked)
  // By now the idempotency key would not stop a second refund.
  now = new Date(now.getTime() + 30 * hour_ms)
  bench.wire.rewrite = (answer) => {
    const body = answer.body.toString().replaceAll('"currency":"inr"', '"currency":"xyz"')
    return { ...answer, body: Buffer.from(body) }
  }
  assert.equal((await bench.provider.refund(asked)).kind, 'unknown')
  assert.equal((await bench.provider.lookup(at(request, null))).kind, 'unknown')
  assert.equal(bench.books(request.attempt).refunded, 50_000n)
})

test('a capture that was carried out behind an error is found out', async () => {
  await using bench = await open()
  const request = someAttempt({ capture: 'later' })
  const held = await pay(bench, request)
  assert(held.kind === 'authorized')
  bench.wire.rewrite = (answer) => {
    bench.wire.rewrite = null
    const body = Buffer.from('{"error":{"type":"api_error","message":"sorry"}}')
    return { ...answer, status: 500, body }
  }
  const asked = captureOf(request, held.reference, request.price.amount)
  assert.equal((await bench.provider.capture(asked)).kind, 'succeeded')
})

test('a lookup without reference reads more than one page', async () => {
  await using bench = await open()
  const requests = Array.from({ length: 130 }, () => someAttempt({ token: 'pm_card_visa' }))
  for (const request of requests) await bench.provider.start(request)
  const found = await bench.provider.lookup(at(requests[0]!, null))
  assert.equal(found.kind, 'captured')
  assert.equal(bench.simulator.seen.get('GET /v1/payment_intents'), 2)
})

test('with a key that Stripe does not accept nothing is charged or guessed', async () => {
  const secret_key = new Secret('sk_test_revokedRevoked')
  await using bench = await open({ config: { secret_key } })
  const request = someAttempt({ token: 'pm_card_visa' })
  const outcome = await bench.provider.start(request)
  assert(outcome.kind === 'declined' && outcome.reason === 'try_again')
  for (const told of [
    await bench.provider.lookup(at(request, null)),
    await bench.provider.cancel(at(request, null)),
    await bench.provider.capture(captureOf(request, 'pi_1', 1_000n)),
    await bench.provider.refund(refundOf(request, 'pi_1', 1_000n)),
  ]) {
    assert.equal(told.kind, 'unknown')
  }
})

test('a start beside the same start is unknown, and both mean one charge', async () => {
  await using bench = await open({ simulator: { work_ms: 100 } })
  const request = someAttempt({ token: 'pm_card_visa' })
  const outcomes = await Promise.all([bench.provider.start(request), bench.provider.start(request)])
  assert.deepEqual(outcomes.map(({ kind }) => kind).sort(), ['captured', 'unknown'])
  assert.equal(bench.books(request.attempt).captured, request.price.amount)
})

test('refunds that end later are told by webhook', async () => {
  const endings: [string, string, string][] = [
    ['pm_card_pendingRefund', 'pending', 'succeeded'],
    ['pm_card_refundFail', 'succeeded', 'refused'],
  ]
  for (const [token, at_once, later] of endings) {
    await using bench = await open()
    const request = someAttempt({ token })
    const paid = await bench.provider.start(request)
    assert(paid.kind === 'captured')
    const asked = refundOf(request, paid.reference, 40_000n)
    assert.equal((await bench.provider.refund(asked)).kind, at_once)
    bench.simulator.settleRefunds()
    await bench.simulator.settled()
    const events = bench.webhooks.flatMap((raw) => bench.provider.readWebhook(raw)!)
    const outcomes = events.flatMap((event) =>
      event.about === 'refund' && event.refund === asked.refund ? [event.outcome.kind] : [],
    )
    assert.deepEqual(outcomes.sort(), [at_once, later].sort())
    assert.equal((await bench.provider.refund(asked)).kind, later)
  }
})

test('a dispute is told with its payment', async () => {
  await using bench = await open()
  const paid = await bench.provider.start(someAttempt({ token: 'pm_card_createDispute' }))
  assert(paid.kind === 'captured')
  await bench.simulator.settled()
  const events = bench.webhooks.flatMap((raw) => bench.provider.readWebhook(raw)!)
  const dispute = events.find((event) => event.about === 'dispute')
  assert(dispute?.about === 'dispute')
  assert.equal(dispute.payment_reference, paid.reference)
  assert.equal(dispute.state, 'open')
})

test('the payment of another attempt is not taken for ours', async () => {
  await using bench = await open()
  const theirs = await pay(bench, someAttempt())
  assert(theirs.kind === 'captured')
  const ours = at(someAttempt(), theirs.reference)
  assert.equal((await bench.provider.lookup(ours)).kind, 'unknown')
  assert.equal((await bench.provider.cancel(ours)).kind, 'unknown')
})

test('a restarted simulator knows what it knew', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'onhand-stripe-'))
  try {
    const state_file = join(folder, 'stripe.jsonl')
    const request = someAttempt({ capture: 'later', token: 'pm_card_visa' })
    await using first = await open({ simulator: { state_file } })
    const held = await first.provider.start(request)
    await first.close()
    await using second = await open({ simulator: { state_file } })
    assert.deepEqual(await second.provider.start(request), held)
    assert.deepEqual(await second.provider.lookup(at(request, null)), held)
    assert.equal([...second.simulator.account.intents.values()].length, 1)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
