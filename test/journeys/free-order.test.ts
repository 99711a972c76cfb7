// Nothing is to pay: the order is placed at once and no provider hears of it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { admin, assertPromises, complete, fillCart, freshKey, openWorld } from '#test/world.ts'
import { untilMessages, untilOrder } from './steps.ts'

const world = await openWorld()

test('a coupon of 100 % on an order that ships free: no payment, all the rest', async () => {
  const made = await admin(world, 'POST', '/admin/coupons', {
    code: 'GIFT100',
    rate_ppm: 1_000_000,
    usage_limit: 1,
  })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const cart = await fillCart(world, [['LAMP-DESK', 2]], { coupon: 'gift100' })
  assert.equal(cart.cart.total, 0)
  const idempotency_key = freshKey()
  const done = await complete(world, cart, { idempotency_key, card: null })
  assert.equal(done.status, 201, JSON.stringify(done.body))
  assert.equal(done.body.payment, null)
  assert.match(done.body.order.number, /^DE/)
  const again = await complete(world, cart, { idempotency_key, card: null })
  assert.deepEqual([again.status, again.body.order.id], [201, done.body.order.id])
  assert.equal(world.simulators.stripe.seen.get('POST /v1/payment_intents') ?? 0, 0)

  const { id } = done.body.order
  const labeled = await untilOrder(world, id, 'a label', (o) => o.shipments[0]?.label_id)
  world.simulators.easypost.advance(labeled.shipments[0].tracking_code, 'delivered')
  await untilOrder(world, id, 'delivery', (order) => order.fulfillment_state === 'delivered')
  await untilMessages(world, id, ['confirmation', 'shipped', 'delivered'])

  await assertPromises(world)
})

test('a free order is canceled without any refund', async () => {
  const again = await admin(world, 'POST', '/admin/coupons', {
    code: 'GIFT-AGAIN',
    rate_ppm: 1_000_000,
  })
  assert.equal(again.status, 201)
  const cart = await fillCart(world, [['LAMP-DESK', 2]], { coupon: 'GIFT-AGAIN' })
  const done = await complete(world, cart)
  const { id } = done.body.order
  const canceled = await admin(world, 'POST', `/admin/orders/${id}/cancel`, {})
  assert.equal(canceled.status, 200, JSON.stringify(canceled.body))
  assert.deepEqual([canceled.body.state, canceled.body.refunds], ['canceled', []])
  await untilMessages(world, id, ['confirmation', 'canceled'])
  await assertPromises(world)
})
