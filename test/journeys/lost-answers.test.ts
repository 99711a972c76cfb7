// The provider gives money back or takes it, and its answer is lost: what is tried again is the
// same transfer, never a second one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { calm, stripeBooks } from '#test/races/crowd.ts'
import { admin, assertPromises, complete, fillCart, openWorld } from '#test/world.ts'
import { untilOrder } from './steps.ts'

const world = await openWorld()
const { stripe, easypost } = world.simulators
const channel = `/admin/channels/${world.frame.web}`

function loseNextAnswer(only: string): void {
  // Without webhooks: nobody but the next try finds out.
  Object.assign(stripe.faults, { only, lose_answers: 1, webhook_drop: 1_000 })
}
function behave(): void {
  assert.equal(stripe.faults.lose_answers, 0, 'no answer was lost')
  Object.assign(stripe.faults, { only: '', webhook_drop: 0 })
}

test('a refund whose answer is lost is made once', async () => {
  const done = await complete(world, await fillCart(world))
  const { id, total } = done.body.order
  loseNextAnswer('POST /v1/refunds')
  const asked = await admin(world, 'POST', `/admin/orders/${id}/refunds`, { amount: total - 100 })
  assert.equal(asked.status, 201, JSON.stringify(asked.body))
  const order = await untilOrder(world, id, 'the refund', ({ refunds }) => {
    return refunds[0].state === 'succeeded'
  })
  behave()
  assert.equal(order.refunds.length, 1)
  assert.equal([...stripe.account.refunds.values()].length, 1)
  assert.equal(stripeBooks(world, id).refunded, BigInt(total - 100))
  await calm(world)
  await assertPromises(world)
})

test('a capture whose answer is lost is made once', async () => {
  assert.equal((await admin(world, 'PATCH', channel, { capture: 'later' })).status, 200)
  const done = await complete(world, await fillCart(world))
  const { id, total } = done.body.order
  const labeled = await untilOrder(world, id, 'a label', (o) => o.shipments[0]?.label_id)
  loseNextAnswer('/capture')
  easypost.advance(labeled.shipments[0].tracking_code, 'in_transit')
  await untilOrder(world, id, 'the capture', (order) => order.payment_state === 'captured')
  behave()
  assert.deepEqual(stripeBooks(world, id), { charges: 1, captured: BigInt(total), refunded: 0n })
  await calm(world)
  await assertPromises(world)
})
