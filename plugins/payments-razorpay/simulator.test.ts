// The wire of the simulator, asked directly: what Razorpay's documents say and the plug-in does
// not always need.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { JsonObject } from '#src/ports/payment-provider.ts'
import { startRazorpaySimulator } from './simulator.ts'

const keys = {
  key_id: 'rzp_test_Simulator00001',
  key_secret: 'simulator_key_secret',
  webhook_secret: 'simulator_webhook_secret',
}
type Told = { readonly status: number; readonly body: JsonObject }
type Bench = {
  ask(path: string, body?: JsonObject, headers?: Readonly<Record<string, string>>): Promise<Told>
}
const pair = Buffer.from(`${keys.key_id}:${keys.key_secret}`).toString('base64')
const basic = { authorization: `Basic ${pair}` }
const order = { amount: 50_000, currency: 'INR', receipt: 'r-1' }
const manual: JsonObject = { payment: { capture: 'manual' } }
const good_card = { method: 'card', card_number: '4100280000001007', outcome: 'success' }

const on = (title: string, body: (bench: Bench) => Promise<void>) =>
  test(title, { timeout: 20_000 }, async () => {
    const options = { port: 0, webhook_url: null, state_file: null, ...keys }
    const simulator = await startRazorpaySimulator(options)
    const ask: Bench['ask'] = async (path, asked, headers = {}) => {
      const answer = await fetch(simulator.url + path, {
        method: asked ? 'POST' : 'GET',
        headers: { 'content-type': 'application/json', ...headers },
        body: asked ? JSON.stringify(asked) : null,
      })
      return { status: answer.status, body: (await answer.json()) as JsonObject }
    }
    try {
      await body({ ask })
    } finally {
      await simulator.close()
    }
  })
const api = (bench: Bench, path: string, body?: JsonObject, more = {}) =>
  bench.ask(`/v1${path}`, body, { ...basic, ...more })
const describe = ({ body }: { readonly body: JsonObject }): string =>
  String((body['error'] as JsonObject)['description'])

async function paidPayment(bench: Bench, changes: JsonObject = {}): Promise<string> {
  const made = await api(bench, '/orders', { ...order, ...changes })
  const paid = await bench.ask('/_checkout/pay', { order_id: made.body['id']!, ...good_card })
  return String(paid.body['razorpay_payment_id'])
}

on('the scheme of the keys is Basic, spelled like that', async (bench) => {
  for (const authorization of [`basic ${pair}`, `BASIC ${pair}`, `Bearer ${pair}`, '']) {
    assert.equal((await bench.ask('/v1/orders', order, { authorization })).status, 401)
  }
  assert.equal((await api(bench, '/orders', order)).status, 200)
})

on('an order is checked field by field', async (bench) => {
  const wrong: JsonObject[] = [
    { amount: 99 },
    { amount: 10.5 },
    { amount: '50000' },
    { currency: 'inr' },
    { currency: 'KWD', amount: 99_991 },
    { receipt: 'x'.repeat(41) },
    { notes: { long: 'x'.repeat(257) } },
    { notes: Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`n${i}`, 'x'])) },
    { payment: { capture: 'later' } },
    { payment: { capture: 'automatic' } },
    { payment: { capture: 'manual', capture_options: { manual_expiry_period: 7201 } } },
    { payment: null },
  ]
  for (const changes of wrong) {
    const answer = await api(bench, '/orders', { ...order, ...changes })
    assert.equal(answer.status, 400, JSON.stringify(changes))
  }
  const strange = await api(bench, '/orders', { ...order, colour: 'red' })
  assert.match(describe(strange), /colour is\/are not required and should not be sent/)
})

on('empty notes are a list', async (bench) => {
  const made = await api(bench, '/orders', order)
  assert.deepEqual(made.body['notes'], [])
  assert.equal(made.body['amount_due'], 50_000)
})

on('an order without a word about capture is captured by itself', async (bench) => {
  const id = await paidPayment(bench)
  assert.equal((await api(bench, `/payments/${id}`)).body['status'], 'captured')
  assert.equal((await api(bench, '/orders')).status, 200)
})

on('collections are newest first, ten long, and can be paged', async (bench) => {
  for (let i = 0; i < 12; i++) await api(bench, '/orders', { ...order, receipt: `r-${i}` })
  const receipts = async (query: string) => {
    const { body } = await api(bench, `/orders${query}`)
    return (body['items'] as JsonObject[]).map(({ receipt }) => receipt)
  }
  assert.equal((await receipts('')).length, 10)
  assert.deepEqual(await receipts('?count=2'), ['r-11', 'r-10'])
  assert.deepEqual(await receipts('?count=5&skip=10'), ['r-1', 'r-0'])
  assert.deepEqual(await receipts('?receipt=r-3'), ['r-3'])
  assert.equal((await api(bench, '/orders?count=101')).status, 400)
})

on('a capture takes all or nothing, once', async (bench) => {
  const id = await paidPayment(bench, manual)
  const take = (amount: number) =>
    api(bench, `/payments/${id}/capture`, { amount, currency: 'INR' })
  assert.match(describe(await take(40_000)), /must be equal to the amount authorized/)
  assert.equal((await take(50_000)).body['status'], 'captured')
  assert.equal((await take(50_000)).status, 400)
  assert.equal((await api(bench, '/payments/pay_nothing/capture', {})).status, 400)
})

on('a refund under one key is made once, and another body is a conflict', async (bench) => {
  const id = await paidPayment(bench)
  const key = { 'x-refund-idempotency': 'key-0123456789' }
  const refund = (amount: number, more = {}) =>
    api(bench, `/payments/${id}/refund`, { amount }, more)
  const first = await refund(20_000, key)
  assert.deepEqual((await refund(20_000, key)).body, first.body)
  assert.match(describe(await refund(20_001, key)), /same idempotency key/)
  assert.equal((await refund(20_000, { 'x-refund-idempotency': 'short' })).status, 400)
  assert.equal((await refund(30_001)).status, 400)
  assert.equal((await refund(30_000)).status, 200)
  assert.match(describe(await refund(1)), /fully refunded already/)
  const { body } = await api(bench, `/payments/${id}`)
  assert.deepEqual([body['status'], body['refund_status']], ['refunded', 'full'])
})

on('a paid order takes no second payment, and test cards fail as they should', async (bench) => {
  const { body } = await api(bench, '/orders', { ...order, ...manual })
  const pay = (how: JsonObject) => bench.ask('/_checkout/pay', { order_id: body['id']!, ...how })
  const failed = await pay({ ...good_card, card_number: '4100 2800 0008 0001', outcome: 'failure' })
  assert.equal((failed.body['error'] as JsonObject)['reason'], 'insufficient_fund')
  assert.equal((await pay({ ...good_card, card_number: '4242424242424242' })).status, 400)
  assert.equal((await pay({ method: 'upi', vpa: 'failure@razorpay' })).status, 200)
  const paid = await pay(good_card)
  const capture = { amount: 50_000, currency: 'INR' }
  await api(bench, `/payments/${paid.body['razorpay_payment_id']}/capture`, capture)
  assert.equal((await pay(good_card)).status, 400)
  const { body: after } = await api(bench, `/orders/${body['id']}`)
  assert.deepEqual([after['status'], after['attempts'], after['amount_due']], ['paid', 3, 0])
})

test('what it knew it still knows after a restart', { timeout: 20_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'razorpay-'))
  const options = { port: 0, webhook_url: null, state_file: join(folder, 'state'), ...keys }
  try {
    const first = await startRazorpaySimulator(options)
    const made = await fetch(`${first.url}/v1/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...basic },
      body: JSON.stringify(order),
    })
    const known: unknown = await made.json()
    await first.close()
    const second = await startRazorpaySimulator(options)
    const found = await fetch(`${second.url}/v1/orders/${(known as { id: string }).id}`, {
      headers: basic,
    })
    assert.deepEqual(await found.json(), known)
    await second.close()
  } finally {
    rmSync(folder, { recursive: true })
  }
})
