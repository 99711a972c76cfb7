import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AttemptId, newId, type OrderId, type RefundId } from '#src/lib/ids.ts'
import type { Currency } from '#src/lib/money.ts'
import type { StartPayment } from '#src/ports/payment-provider.ts'
import { manualPayments } from './manual.ts'

const provider = manualPayments()
const price = { amount: 1_250n, currency: 'EUR' as Currency }
const request: StartPayment = {
  attempt: newId<AttemptId>(),
  order: newId<OrderId>(),
  price,
  capture: 'now',
  token: null,
  buyer: {
    email: 'ada@example.com',
    name: 'Ada',
    phone: null,
    address: {
      line1: 'Musterweg 1',
      line2: null,
      city: 'Berlin',
      region: null,
      postal_code: '10115',
      country: 'DE',
    },
  },
  return_url: 'http://127.0.0.1/',
}
const { attempt, order } = request
const at = { attempt, order, reference: attempt as string, price, started_at: new Date() }

test('the money is taken exactly, at once and inside the transaction', async () => {
  const taken = { kind: 'captured', reference: attempt, amount: price, fee: null }
  assert.deepEqual(provider.immediate!(request), taken)
  assert.deepEqual(await provider.start(request), taken)
})

test('what it cannot do is said with the reason, and refused', async () => {
  for (const capability of Object.values(provider.capabilities)) {
    assert(capability !== true && capability.no.length > 10)
  }
  const asked = { ...at, capture: newId(), amount: price, final: true } as never
  assert.equal((await provider.capture(asked)).kind, 'refused')
})

test('an attempt that was never recorded did not happen; one that was cannot be undone', async () => {
  assert.deepEqual(await provider.lookup({ ...at, reference: null }), { kind: 'not_found' })
  assert.equal((await provider.cancel({ ...at, reference: null })).kind, 'canceled')
  assert.equal((await provider.cancel(at)).kind, 'captured')
})

test('a refund is done when it is asked for; nobody speaks by webhook', async () => {
  const refund = newId<RefundId>()
  const outcome = await provider.refund({ ...at, refund, amount: price })
  assert.deepEqual(outcome, { kind: 'succeeded', reference: refund, fee: null })
  const raw = { headers: {}, body: Buffer.from('{}'), received_at: new Date() }
  assert.equal(provider.readWebhook(raw), null)
})
