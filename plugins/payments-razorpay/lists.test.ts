// Lists as Razorpay may send them and the simulator does not: several pages, rows of others, rows
// that cannot be read, payments of another amount. Answers are written down, nothing is sent.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HttpRequest, Send } from '#src/lib/http-client.ts'
import { Secret } from '#src/lib/secret.ts'
import { at, captureOf, refundOf, someAttempt, usual_price } from '#src/ports/payment-bench.ts'
import { razorpayPayments } from './razorpay.ts'

const order = 'order_Listed00000001'
const request = someAttempt({ capture: 'later' })
const units = Number(usual_price.amount)

const paymentRow = (n: number, more: object = {}) => ({
  id: `pay_Listed${String(n).padStart(8, '0')}`,
  order_id: order,
  amount: units,
  currency: 'INR',
  status: 'failed',
  captured: false,
  notes: [],
  created_at: 1_790_000_000 - n,
  ...more,
})
const captured = { status: 'captured', captured: true }

type Lists = { readonly payments: readonly object[]; readonly refunds?: readonly object[] }

/** Gives out pages of these lists, and notes what is asked for beyond reading. */
function providerWith({ payments, refunds = [] }: Lists) {
  const changes: string[] = []
  const send: Send = async ({ method, url }: HttpRequest) => {
    const { pathname, searchParams } = new URL(url)
    if (method !== 'GET') changes.push(`${method} ${pathname}`)
    const rows = pathname.endsWith('/refunds') ? refunds : payments
    const from = Number(searchParams.get('skip'))
    const items = rows.slice(from, from + Number(searchParams.get('count')))
    const body = Buffer.from(JSON.stringify({ entity: 'collection', items }))
    return { kind: 'answer', status: 200, headers: new Headers(), body }
  }
  const config = {
    key_id: 'rzp_test_Lists000000001',
    key_secret: new Secret('lists_key_secret'),
    webhook_secrets: [new Secret('lists_webhook_secret')],
    api_base: 'http://127.0.0.1:9',
    void: 'refund',
  } as const
  return { provider: razorpayPayments(config, send), changes }
}

test('money on a later page of a list is found', async () => {
  const failed = Array.from({ length: 100 }, (_, n) => paymentRow(n))
  const { provider } = providerWith({ payments: [...failed, paymentRow(100, captured)] })
  const found = await provider.lookup(at(request, order))
  assert.equal(found.kind, 'captured')
})

test('a payment of another order in the list is not ours', async () => {
  const other = paymentRow(1, { ...captured, order_id: 'order_Other000000001' })
  const { provider } = providerWith({ payments: [other, paymentRow(2)] })
  const found = await provider.lookup(at(request, order))
  assert.equal(found.kind, 'declined')
})

test('a row that cannot be read leaves the whole list in doubt, and nothing is refunded', async () => {
  const strange = {
    id: 'rfnd_Listed00000001',
    amount: 'much',
    currency: 'INR',
    status: 'processed',
  }
  const payments = [paymentRow(1, captured)]
  const { provider, changes } = providerWith({ payments, refunds: [strange] })
  const outcome = await provider.refund(refundOf(request, order, 5_000n))
  assert.equal(outcome.kind, 'unknown')
  assert.deepEqual(changes, [])
})

test('a payment of another amount is not captured', async () => {
  const held = paymentRow(1, { status: 'authorized', amount: units - 1 })
  const { provider, changes } = providerWith({ payments: [held] })
  const outcome = await provider.capture(captureOf(request, order, usual_price.amount))
  assert(outcome.kind === 'refused' && outcome.code === 'other_amount', outcome.kind)
  assert.deepEqual(changes, [])
})
