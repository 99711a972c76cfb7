// Everything in one request: a shop of another kind, an agent or an app sends the whole order.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, assertPromises, fillCart, freshKey, german_address, openWorld } from '#test/world.ts'
import { type Json, levelOf, untilMessages } from './steps.ts'

const world = await openWorld()
const stored = await fillCart(world, [['LAMP-DESK', 1]])
const body = {
  email: 'ada@example.com',
  shipping_address: german_address,
  shipping_option_id: stored.cart.shipping_option_id,
  lines: [{ variant_id: world.variants.get('LAMP-DESK'), quantity: 1 }],
  expected_total: stored.cart.total,
  payment: { provider: 'stripe', token: 'pm_card_visa' },
}
const order = (changes: object = {}, more: object = {}) =>
  ask(world, 'POST', '/store/orders', { body: { ...body, ...changes }, ...more })

test('one call makes the order; the same call again gives the same one', async () => {
  const idempotency_key = freshKey()
  const placed = await order({}, { idempotency_key })
  assert.equal(placed.status, 201, JSON.stringify(placed.body))
  const again = await order({}, { idempotency_key })
  assert.deepEqual([again.status, again.body.order.id], [201, placed.body.order.id])
  assert.equal(again.body.token, placed.body.token)
  const reused = await order({ email: 'eve@example.com' }, { idempotency_key })
  assert.deepEqual([reused.status, reused.body.code], [422, 'idempotency_key_reused'])
  assert.equal((await levelOf(world, 'LAMP-DESK')).on_hand, 10)
  await untilMessages(world, placed.body.order.id, ['confirmation', 'receipt'])
})

test('what is wrong is told all at once, and nothing is written', async () => {
  const refused = await order({
    email: null,
    shipping_address: null,
    coupon_code: 'NOSUCH',
    lines: [{ variant_id: '00000000-0000-7000-8000-000000000000', quantity: 1 }],
  })
  assert.deepEqual([refused.status, refused.body.code], [409, 'cart_is_incomplete'])
  const told = refused.body.errors.map(({ field, code }: Json) => `${field} ${code}`)
  for (const error of ['lines.0 not_for_sale', 'coupon_code coupon_unknown', 'email required']) {
    assert(told.includes(error), `${error} in ${told}`)
  }
  const coupon = refused.body.errors.find(({ field }: Json) => field === 'coupon_code')
  assert.deepEqual(coupon.coupon, { code: 'NOSUCH', reason: 'unknown' })
  const far = { ...german_address, postal_code: '100-0001', city: 'Tokyo', country: 'JP' }
  const abroad = await order({ shipping_address: far, shipping_option_id: null })
  assert.equal(abroad.body.code, 'cart_is_incomplete')
  const needed = abroad.body.errors.map(({ field, code }: Json) => `${field} ${code}`)
  assert.deepEqual(needed, ['shipping_address.country country_not_served'])
  const price = await order({ expected_total: 1 })
  assert.deepEqual([price.status, price.body.code], [409, 'price_has_changed'])
  assert.equal(price.body.total, stored.cart.total)
})

test('after a decline the order itself is paid with another card', async () => {
  const payment = { provider: 'stripe', token: 'pm_card_visa_chargeDeclined' }
  const idempotency_key = freshKey()
  const declined = await order({ payment }, { idempotency_key })
  assert.equal(declined.status, 402, JSON.stringify(declined.body))
  const { order_id, order_token } = declined.body
  const again = await order({ payment }, { idempotency_key })
  assert.deepEqual([again.status, again.body.order_id], [402, order_id])

  const path = `/store/orders/${order_id}/payments`
  const pay = (token: string, more: object = {}) =>
    ask(world, 'POST', path, {
      order_token,
      body: { expected_total: stored.cart.total, payment: { provider: 'stripe', token } },
      ...more,
    })
  assert.equal((await pay('pm_card_chargeDeclinedExpiredCard')).body.reason, 'expired_card')
  const with_key = { idempotency_key: freshKey() }
  const placed = await pay('pm_card_visa', with_key)
  assert.equal(placed.status, 201, JSON.stringify(placed.body))
  assert.equal(placed.body.order.id, order_id)
  assert.equal((await pay('pm_card_visa', with_key)).status, 201)
  const paid_already = await pay('pm_card_visa')
  assert.deepEqual([paid_already.status, paid_already.body.code], [409, 'cart_is_completed'])
  await untilMessages(world, order_id, ['confirmation', 'receipt'])
  await assertPromises(world)
})
