// The contract of all payment providers, then what is Razorpay's own and therefore in no contract:
// late money, releases in two steps, orders that can not be closed.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { type HttpAnswer, send } from '#src/lib/http-client.ts'
import { newId, type RefundId } from '#src/lib/ids.ts'
import type { Currency } from '#src/lib/money.ts'
import { Secret } from '#src/lib/secret.ts'
import type { SimulatorServer } from '#src/lib/simulator.ts'
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
  startAs,
  usual_price,
} from '#src/ports/payment-bench.ts'
import { testPaymentProvider } from '#src/ports/payment-provider.contract.ts'
import type { Json, JsonObject, PaymentWebhookEvent } from '#src/ports/payment-provider.ts'
import { razorpayPayments } from './razorpay.ts'
import type { RazorpayConfig } from './settings.ts'
import { type Bank, paymentsOf, signRazorpayWebhook } from './simulated-bank.ts'
import { startRazorpaySimulator } from './simulator.ts'

const keys = {
  key_id: 'rzp_test_Contract000001',
  key_secret: 'contract_key_secret',
  webhook_secret: 'contract_webhook_secret',
}
const configFor = (changes: Partial<RazorpayConfig>): RazorpayConfig => ({
  key_id: keys.key_id,
  key_secret: new Secret(keys.key_secret),
  webhook_secrets: [new Secret(keys.webhook_secret)],
  api_base: 'http://127.0.0.1:9',
  void: 'refund',
  ...changes,
})

const acts: Readonly<Record<BuyerAct, JsonObject>> = {
  pays: { method: 'upi', vpa: 'success@razorpay' },
  approves: { method: 'card', card_number: '4100 2800 0000 1007', outcome: 'success' },
  is_declined: { method: 'card', card_number: '4100 2800 0006 0003', outcome: 'failure' },
  lacks_funds: { method: 'card', card_number: '4100 2800 0008 0001', outcome: 'failure' },
  fails_approval: { method: 'card', card_number: '4100 2800 0000 0009', outcome: 'failure' },
}
const minor = (amounts: readonly number[]): bigint =>
  amounts.reduce((sum, amount) => sum + BigInt(amount), 0n)

type Told = { readonly status: number; readonly body: { readonly [name: string]: Json } }
type RazorpayBench = PaymentBench & {
  readonly simulator: SimulatorServer & { readonly bank: Bank }
  /** Speaks to the simulator without the plug-in: the browser, the bank, or the raw API. */
  ask(path: string, body?: JsonObject, headers?: Readonly<Record<string, string>>): Promise<Told>
}

async function startWith(
  { send: wired, webhook_url }: Parameters<MakeBench>[0],
  mode: RazorpayConfig['void'],
): Promise<RazorpayBench> {
  const options = { port: 0, webhook_url, state_file: null, ...keys }
  const simulator = await startRazorpaySimulator(options)
  const ask: RazorpayBench['ask'] = async (path, body, headers = {}) => {
    const answer = await send({
      method: body ? 'POST' : 'GET',
      url: simulator.url + path,
      headers: { 'content-type': 'application/json', ...headers },
      body: body ? JSON.stringify(body) : null,
      timeout_ms: 5_000,
    })
    assert(answer.kind === 'answer', 'the simulator does not answer')
    return { status: answer.status, body: JSON.parse(answer.body.toString()) }
  }
  return {
    provider: razorpayPayments(configFor({ api_base: simulator.url, void: mode }), wired),
    simulator,
    ask,
    tokenFor: () => null,
    buyerActs: async ({ order_id, notes }, act) => {
      const told = await ask('/_checkout/pay', { order_id: order_id!, notes: notes!, ...acts[act] })
      assert.equal(told.status, 200, 'checkout does not take it')
      return told.body
    },
    books: (attempt) => {
      const orders = [...simulator.bank.orders.values()]
      const ours = orders.filter(({ receipt }) => receipt === attempt)
      const payments = ours.flatMap(({ id }) => paymentsOf(simulator.bank, id))
      const held = payments.filter(({ status }) => status === 'authorized')
      const taken = payments.filter(({ captured }) => captured)
      return {
        reserved: minor(held.map(({ amount }) => amount)),
        captured: minor(taken.map(({ amount }) => amount)),
        refunded: minor(taken.map(({ amount_refunded }) => amount_refunded)),
      }
    },
    signWebhook: (body, at) => signRazorpayWebhook(keys.webhook_secret, `evt${at.getTime()}`, body),
  }
}

/** The open bench of the suite, with the doors that only this plug-in has. */
async function openRazorpay(mode: RazorpayConfig['void'] = 'refund') {
  let ours: RazorpayBench | undefined
  const bench = await openBench(async (outside) => {
    ours = await startWith(outside, mode)
    return ours
  })
  assert(ours)
  return { ...bench, simulator: ours.simulator, ask: ours.ask }
}

testPaymentProvider('razorpay', (outside) => startWith(outside, 'refund'), {
  'a declined attempt can not be paid afterwards':
    'A failed payment leaves its order open at Razorpay: a later one is only reserved, told by ' +
    'webhook, and captured or given back by the core.',
  'after `canceled` the buyer can not pay any more':
    'An order can not be closed at Razorpay. Made for manual capture it takes nothing by itself: ' +
    'a later payment is only reserved, told by webhook, and canceled by the core.',
  'a webhook of an hour ago is not believed':
    'The signature carries no time, and retries come for a day: the event id stops a replay.',
})

type Bench = Awaited<ReturnType<typeof openRazorpay>>
const on = (title: string, body: (bench: Bench) => Promise<void>, mode?: 'refund' | 'lapse') =>
  test(title, { timeout: 20_000 }, async () => {
    const bench = await openRazorpay(mode)
    try {
      await body(bench)
    } finally {
      await bench.close()
    }
  })

const whole = usual_price.amount
const kindOf = async (outcome: Promise<{ readonly kind: string }>) => (await outcome).kind

async function started(bench: Bench, request = someAttempt()) {
  const outcome = await startAs(bench, request, 'approves')
  assert(outcome.kind === 'requires_action', outcome.kind)
  return { request, client_data: outcome.client_data, where: at(request, outcome.reference) }
}
async function held(bench: Bench) {
  const request = someAttempt({ capture: 'later' })
  const outcome = await pay(bench, request)
  assert(outcome.kind === 'authorized', outcome.kind)
  return { request, outcome, where: at(request, outcome.reference) }
}
async function told(bench: Bench): Promise<readonly PaymentWebhookEvent[]> {
  await bench.simulator.settled()
  return bench.webhooks.flatMap((raw) => bench.provider.readWebhook(raw) ?? [])
}
/** Which kinds of outcome were told; webhooks come in any order. */
const toldKinds = (events: readonly PaymentWebhookEvent[]): string[] => {
  const kinds = events.flatMap((event) => (event.about === 'payment' ? [event.outcome.kind] : []))
  return [...new Set(kinds)].sort()
}
const findAbout = <K extends PaymentWebhookEvent['about']>(
  events: readonly PaymentWebhookEvent[],
  about: K,
  fits: (event: Extract<PaymentWebhookEvent, { about: K }>) => boolean,
): Extract<PaymentWebhookEvent, { about: K }> => {
  const found = events.filter((event) => event.about === about) as never[]
  const event = found.find(fits)
  assert(event, `no webhook about such a ${about}`)
  return event
}
const onlyPayment = (bench: Bench) => [...bench.simulator.bank.payments.values()].at(-1)!

on('an order is made for manual capture under the id of the attempt', async (bench) => {
  const { request, client_data } = await started(bench)
  const [order] = bench.simulator.bank.orders.values()
  assert(order)
  assert.equal(order.capture, 'manual')
  assert.equal(order.receipt, request.attempt)
  assert.equal(client_data['order_id'], order.id)
  assert.equal(client_data['amount'], 123_457)
  assert.equal(client_data['key_id'], bench.provider.browser['key_id'])
})

on('starting again makes no second order', async (bench) => {
  const { request, where } = await started(bench)
  const again = await startAs(bench, request, 'pays')
  assert(again.kind === 'requires_action' && again.reference === where.reference)
  assert.equal([...bench.simulator.bank.orders.values()].length, 1)
})

on('money on any order of an attempt is found', async (bench) => {
  const { request, client_data } = await started(bench)
  const [order] = bench.simulator.bank.orders.values()
  assert(order)
  bench.simulator.bank.orders.put('order_Twin0000000001', { ...order, id: 'order_Twin0000000001' })
  await bench.buyerActs(client_data, 'pays')
  const found = await bench.provider.lookup(at(request, null))
  assert(found.kind === 'authorized' && found.reference === order.id)
})

on('an amount that Razorpay can not carry is declined before anything is sent', async (bench) => {
  const prices = [
    [99n, 'INR'],
    [99_991n, 'KWD'],
    [0n, 'INR'],
    [1_000n, 'LYD'],
  ] as const
  for (const [amount, currency] of prices) {
    const price = { amount, currency: currency as Currency }
    assert.equal(await kindOf(bench.provider.start(someAttempt({ price }))), 'declined')
  }
  assert.equal(bench.wire.sent, 0)
})

on('a wrong key secret is in doubt and says why', async (bench) => {
  const config = configFor({ api_base: bench.simulator.url, key_secret: new Secret('another') })
  const outcome = await razorpayPayments(config, send).start(someAttempt())
  assert(outcome.kind === 'unknown')
  assert.match(outcome.reason, /Authentication failed/)
})

on('finish believes no signature over another order', async (bench) => {
  const theirs = await started(bench)
  const answer = await bench.buyerActs(theirs.client_data, 'pays')
  const ours = await started(bench)
  const posted = { ...answer, razorpay_order_id: ours.where.reference }
  assert.equal(
    await kindOf(bench.provider.finish({ ...ours.where, answer: posted })),
    'requires_action',
  )
})

on('finish reads no payment that checkout did not sign for', async (bench) => {
  const theirs = await started(bench)
  const answer = await bench.buyerActs(theirs.client_data, 'pays')
  const ours = await started(bench)
  const id = onlyPayment(bench).id
  await bench.provider.finish({ ...ours.where, answer })
  assert.equal(bench.simulator.seen.get(`GET /v1/payments/${id}`), undefined)
  await bench.provider.finish({ ...theirs.where, answer })
  assert.equal(bench.simulator.seen.get(`GET /v1/payments/${id}`), 1)
})

on('finish takes no payment of another order, whoever signed for it', async (bench) => {
  const theirs = await started(bench)
  await bench.buyerActs(theirs.client_data, 'pays')
  const ours = await started(bench)
  const razorpay_payment_id = onlyPayment(bench).id
  const razorpay_signature = createHmac('sha256', keys.key_secret)
    .update(`${ours.where.reference}|${razorpay_payment_id}`)
    .digest('hex')
  const answer = { razorpay_payment_id, razorpay_signature }
  const outcome = await bench.provider.finish({ ...ours.where, answer })
  assert.equal(outcome.kind, 'requires_action')
})

on('a capture that is done is not asked for again', async (bench) => {
  const { request, where } = await held(bench)
  const asked = captureOf(request, where.reference, whole)
  for (let i = 0; i < 2; i++) await bench.provider.capture(asked)
  const { id } = onlyPayment(bench)
  assert.equal(bench.simulator.seen.get(`POST /v1/payments/${id}/capture`), 1)
})

on('an authorization tells when it lapses', async (bench) => {
  const { outcome } = await held(bench)
  const days = (outcome.capture_before!.getTime() - Date.now()) / 86_400_000
  assert(days > 4.9 && days < 5.1, String(days))
})

on('a fee is told with the capture, tax included', async (bench) => {
  const outcome = await pay(bench, someAttempt())
  assert(outcome.kind === 'captured')
  assert.deepEqual(outcome.fee, { amount: 2_913n, currency: 'INR' })
})

on('a bank that is silent is pending, and neither cancel nor capture pretends', async (bench) => {
  const { request, client_data, where } = await started(bench)
  const upi = { order_id: where.reference, method: 'upi', vpa: 'success@razorpay' }
  await bench.ask('/_checkout/pay', { ...upi, notes: client_data['notes']!, outcome: 'silent' })
  assert.equal(await kindOf(bench.provider.lookup(where)), 'pending')
  assert.equal(await kindOf(bench.provider.cancel(where)), 'pending')
  const asked = captureOf(request, where.reference, whole)
  assert.equal(await kindOf(bench.provider.capture(asked)), 'refused')
})

on('a gateway error is in doubt, not a decline', async (bench) => {
  const { where } = await started(bench)
  const card = { method: 'card', card_number: '4100280000020007', outcome: 'failure' }
  await bench.ask('/_checkout/pay', { order_id: where.reference, ...card })
  assert.equal(await kindOf(bench.provider.lookup(where)), 'pending')
  assert.equal(await kindOf(bench.provider.cancel(where)), 'canceled')
})

on('a decline is no webhook but a lookup: another payment may have succeeded', async (bench) => {
  const { client_data, where } = await started(bench)
  await bench.buyerActs(client_data, 'is_declined')
  assert.deepEqual(toldKinds(await told(bench)), ['pending'])
  assert.equal(await kindOf(bench.provider.lookup(where)), 'declined')
  await bench.buyerActs(client_data, 'approves')
  assert.equal(await kindOf(bench.provider.lookup(where)), 'authorized')
})

on('money that comes late after a decline is told, and can be released', async (bench) => {
  const { request, client_data, where } = await started(bench)
  await bench.buyerActs(client_data, 'is_declined')
  assert.equal(await kindOf(bench.provider.cancel(where)), 'canceled')
  await bench.ask('/_bank/payment', { payment_id: onlyPayment(bench).id, event: 'authorize' })
  const events = await told(bench)
  assert.deepEqual(toldKinds(events), ['authorized', 'pending'])
  assert(events.every((event) => event.about === 'payment' && event.attempt === request.attempt))
  assert.equal(await kindOf(bench.provider.cancel(where)), 'canceled')
  assert.deepEqual(bench.books(request.attempt), { reserved: 0n, captured: whole, refunded: whole })
})

on('late money on a paid order goes back by itself and is not told as a refund', async (bench) => {
  const { request, client_data, where } = await started(bench)
  await bench.buyerActs(client_data, 'is_declined')
  const late = onlyPayment(bench)
  await bench.buyerActs(client_data, 'approves')
  await bench.provider.capture(captureOf(request, where.reference, whole))
  await bench.ask('/_bank/payment', { payment_id: late.id, event: 'authorize' })
  assert.equal(bench.simulator.bank.payments.get(late.id)!.status, 'refunded')
  assert.equal(await kindOf(bench.provider.lookup(where)), 'captured')
  const events = await told(bench)
  assert(events.every(({ about }) => about !== 'refund'))
  assert.deepEqual(bench.books(request.attempt), { reserved: 0n, captured: whole, refunded: 0n })
})

on('an authorization that lapsed is canceled', async (bench) => {
  const { where } = await held(bench)
  await bench.ask('/_bank/payment', { payment_id: onlyPayment(bench).id, event: 'lapse' })
  assert.equal(await kindOf(bench.provider.lookup(where)), 'canceled')
})

on('no webhook of a release says that money was kept', async (bench) => {
  const { where } = await held(bench)
  assert.equal(await kindOf(bench.provider.cancel(where)), 'canceled')
  const events = await told(bench)
  assert.deepEqual(toldKinds(events), ['authorized', 'canceled', 'pending'])
  assert(events.every(({ about }) => about !== 'refund'))
})

on('a release goes on where it was cut, and gives back once', async (bench) => {
  // The requests of a release: list, mark, capture, read, list, refund.
  for (let cut = 1; cut <= 6; cut++) {
    const { request, where } = await held(bench)
    const before = bench.wire.sent
    bench.wire.rewrite = (answer: HttpAnswer) =>
      bench.wire.sent - before >= cut ? { ...answer, status: 502 } : answer
    assert.equal(await kindOf(bench.provider.cancel(where)), 'unknown', `cut ${cut}`)
    assert.equal(bench.wire.sent - before, cut)
    bench.wire.rewrite = null
    const between = await kindOf(bench.provider.lookup(where))
    assert.equal(
      between,
      ['authorized', 'pending', 'pending', 'pending', 'pending', 'canceled'][cut - 1],
    )
    assert.equal(await kindOf(bench.provider.cancel(where)), 'canceled')
    const books = bench.books(request.attempt)
    assert.deepEqual(books, { reserved: 0n, captured: whole, refunded: whole }, `cut ${cut}`)
  }
})

on('a release waits for a pending refund, and asks again when it failed', async (bench) => {
  const { request, where } = await held(bench)
  const settle = async (event: string) => {
    const refund_id = [...bench.simulator.bank.refunds.values()].at(-1)!.id
    assert.equal((await bench.ask('/_bank/refund', { refund_id, event })).status, 200)
  }
  await bench.ask('/_bank/next', { refund: 'pending' })
  assert.equal(await kindOf(bench.provider.cancel(where)), 'pending')
  assert.equal(await kindOf(bench.provider.cancel(where)), 'pending')
  await settle('failed')
  const failed = findAbout(await told(bench), 'refund', (event) => event.refund === null)
  assert.equal(failed.outcome.kind, 'refused')
  assert.equal(failed.payment_reference, where.reference)
  await bench.ask('/_bank/next', { refund: 'pending' })
  assert.equal(await kindOf(bench.provider.cancel(where)), 'pending')
  await settle('processed')
  assert.equal(await kindOf(bench.provider.cancel(where)), 'canceled')
  assert.equal(await kindOf(bench.provider.lookup(where)), 'canceled')
  assert.equal(bench.books(request.attempt).refunded, whole)
  assert.equal([...bench.simulator.bank.refunds.values()].length, 2)
})

on(
  'with RAZORPAY_VOID=lapse a cancel takes nothing and is certain',
  async (bench) => {
    const { request, where } = await held(bench)
    assert.equal(await kindOf(bench.provider.cancel(where)), 'canceled')
    assert.equal(await kindOf(bench.provider.lookup(where)), 'canceled')
    assert.equal(await kindOf(bench.provider.cancel(where)), 'canceled')
    const asked = captureOf(request, where.reference, whole)
    assert.equal(await kindOf(bench.provider.capture(asked)), 'refused')
    assert.deepEqual(bench.books(request.attempt), { reserved: whole, captured: 0n, refunded: 0n })
  },
  'lapse',
)

on('a refund that is still running is in doubt, then found', async (bench) => {
  const request = someAttempt()
  const paid = await pay(bench, request)
  assert(paid.kind === 'captured')
  const asked = refundOf(request, paid.reference, 5_000n)
  await bench.ask('/_bank/next', { refund: 'busy' })
  assert.equal(await kindOf(bench.provider.refund(asked)), 'unknown')
  assert.equal(await kindOf(bench.provider.refund(asked)), 'succeeded')
  assert.equal(bench.books(request.attempt).refunded, 5_000n)
  // One id with another amount is our bug: the first refund stands and is what is told.
  const other = { ...asked, amount: { ...asked.amount, amount: 6_000n } }
  await bench.provider.refund(other)
  assert.equal(bench.books(request.attempt).refunded, 5_000n)
})

on('a refund whose key Razorpay has forgotten is not made again', async (bench) => {
  const request = someAttempt()
  const paid = await pay(bench, request)
  assert(paid.kind === 'captured')
  const asked = refundOf(request, paid.reference, 5_000n)
  const pair = Buffer.from(`${keys.key_id}:${keys.key_secret}`).toString('base64')
  const path = `/v1/payments/${onlyPayment(bench).id}/refund`
  const body = { amount: 5_000, receipt: asked.refund }
  await bench.ask(path, body, { authorization: `Basic ${pair}` })
  assert.equal(await kindOf(bench.provider.refund(asked)), 'succeeded')
  assert.equal(bench.books(request.attempt).refunded, 5_000n)
})

on('a refund that Razorpay calls a duplicate is found, not refused', async (bench) => {
  const request = someAttempt()
  const paid = await pay(bench, request)
  assert(paid.kind === 'captured')
  const asked = refundOf(request, paid.reference, 5_000n)
  const made = await bench.provider.refund(asked)
  const before = bench.wire.sent
  const error = { code: 'BAD_REQUEST_ERROR', description: 'again', reason: 'duplicate_refund_id' }
  // Payments, refunds (ours is not shown yet), the refund itself, refunds.
  bench.wire.rewrite = (answer) => {
    const step = bench.wire.sent - before
    if (step === 2) return { ...answer, body: Buffer.from('{"items":[]}') }
    if (step !== 3) return answer
    return { ...answer, status: 400, body: Buffer.from(JSON.stringify({ error })) }
  }
  assert.deepEqual(await bench.provider.refund(asked), made)
  assert.equal(bench.wire.sent - before, 4)
  assert.equal(bench.books(request.attempt).refunded, 5_000n)
})

on('an error that says only that the bank was silent is no refusal', async (bench) => {
  const reasons = [
    'request_timed_out',
    'gateway_technical_error',
    'server_error',
    'payment_pending',
  ]
  for (const reason of reasons) {
    const request = someAttempt()
    const paid = await pay(bench, request)
    assert(paid.kind === 'captured')
    const asked = refundOf(request, paid.reference, 5_000n)
    const error = { code: 'BAD_REQUEST_ERROR', description: 'wait', reason }
    const before = bench.wire.sent
    // Payments, refunds, the refund itself.
    bench.wire.rewrite = (answer) =>
      bench.wire.sent - before === 3
        ? { ...answer, status: 400, body: Buffer.from(JSON.stringify({ error })) }
        : answer
    assert.equal(await kindOf(bench.provider.refund(asked)), 'unknown', reason)
    bench.wire.rewrite = null
    assert.equal(await kindOf(bench.provider.refund(asked)), 'succeeded')
    assert.equal(bench.books(request.attempt).refunded, 5_000n)
  }
})

on('a refund that failed later is told by webhook with its id', async (bench) => {
  const request = someAttempt()
  const paid = await pay(bench, request)
  assert(paid.kind === 'captured')
  await bench.ask('/_bank/next', { refund: 'pending' })
  const refund = newId<RefundId>()
  const made = await bench.provider.refund({ ...refundOf(request, paid.reference, 5_000n), refund })
  assert(made.kind === 'pending')
  await bench.ask('/_bank/refund', { refund_id: made.reference, event: 'failed' })
  const events = await told(bench)
  const failed = findAbout(events, 'refund', ({ outcome }) => outcome.kind === 'refused')
  assert.equal(failed.refund, refund)
})

on('a dispute is told with the payment it is about', async (bench) => {
  const paid = await pay(bench, someAttempt())
  assert(paid.kind === 'captured')
  await bench.ask('/_bank/payment', { payment_id: onlyPayment(bench).id, event: 'dispute' })
  const dispute = findAbout(await told(bench), 'dispute', ({ state }) => state === 'open')
  assert.equal(dispute.payment_reference, paid.reference)
  assert.equal(dispute.amount.amount, whole)
})
