// Staff give money back after delivery, out of goodwill.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, assertPromises, complete, fillCart, freshKey, openWorld } from '#test/world.ts'
import { type Json, orderOf, untilException, untilMessages, untilOrder } from './steps.ts'

const world = await openWorld()
const key = world.keys.secret_key
const refund = (id: string, body: object, idempotency_key = freshKey()) =>
  ask(world, 'POST', `/admin/orders/${id}/refunds`, { key, body, idempotency_key })

test('two refunds, never more than was paid, each with its credit note', async () => {
  const done = await complete(world, await fillCart(world, [['MUG-BLUE', 2]]))
  const { id, total } = done.body.order
  const idempotency_key = freshKey()
  const first = await refund(id, { amount: 500, reason: 'a scratch' }, idempotency_key)
  assert.equal(first.status, 201, JSON.stringify(first.body))
  const again = await refund(id, { amount: 500, reason: 'a scratch' }, idempotency_key)
  assert.deepEqual([again.status, again.body.refunds.length], [201, 1])
  const too_much = await refund(id, { amount: total - 499 })
  assert.deepEqual([too_much.status, too_much.body.code], [422, 'refund_exceeds_captured'])
  assert.equal(too_much.body.refundable, total - 500)
  assert.equal(too_much.body.errors[0].field, 'amount')
  const rest = await refund(id, { amount: total - 500 })
  assert.equal(rest.status, 201)
  const after = await untilOrder(world, id, 'both refunds and notes', (order) => {
    return order.payment_state === 'refunded' && order.invoices.length === 3
  })
  assert.deepEqual(after.invoices.map(({ kind }: Json) => kind).sort(), [
    'credit_note',
    'credit_note',
    'invoice',
  ])
  assert.equal(after.state, 'placed')
  await untilMessages(world, id, ['confirmation', 'receipt', 'refunded', 'refunded'])
  const { body } = await ask(world, 'GET', '/admin/ledger/balance', { key })
  assert.equal(
    body.items.reduce((sum: number, { balance }: Json) => sum + balance, 0),
    0,
  )
})

test('a refund that the bank sends back is shown to a person, and the money is ours again', async () => {
  const cart = await fillCart(world, [['TEA-EARL-GREY', 1]])
  const done = await complete(world, cart, { card: 'pm_card_refundFail' })
  assert.equal(done.status, 201, JSON.stringify(done.body))
  const { id } = done.body.order
  assert.equal((await refund(id, { amount: 300 })).status, 201)
  await untilOrder(world, id, 'the refund', (order) => order.refunds[0].state === 'succeeded')
  world.simulators.stripe.settleRefunds()
  await untilOrder(world, id, 'the failure', (order) => order.refunds[0].state === 'failed')
  const exception = await untilException(world, id, 'refund_failed')
  assert.equal(exception.can_retry, false)
  assert.equal((await orderOf(world, id)).payments[0].refunded, 0)
  const { body } = await ask(world, 'POST', `/admin/exceptions/${exception.id}/retry`, { key })
  assert.equal(body.code, 'nothing_to_retry')
  const dismissed = await ask(world, 'POST', `/admin/exceptions/${exception.id}/dismiss`, { key })
  assert.equal(dismissed.status, 200)
  await assertPromises(world)
})
