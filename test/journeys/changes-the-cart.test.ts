// The card is declined, the buyer thinks again and orders something else.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, assertPromises, complete, fillCart, openWorld } from '#test/world.ts'
import { goOn, intentOf, levelOf, orderOf } from './steps.ts'

const world = await openWorld()

test('a changed cart after a decline makes a new order and supersedes the old one', async () => {
  const cart = await fillCart(world, [['MUG-BLUE', 3]], { coupon: 'WELCOME10' })
  const declined = await complete(world, cart, {
    card: 'pm_card_visa_chargeDeclinedInsufficientFunds',
  })
  assert.equal(declined.status, 402, JSON.stringify(declined.body))
  assert.equal(declined.body.reason, 'insufficient_funds')
  assert.equal((await levelOf(world, 'MUG-BLUE')).held, 3)

  const path = `/store/carts/${cart.id}/lines/${cart.cart.lines[0].id}`
  const smaller = await ask(world, 'PATCH', path, { token: cart.token, body: { quantity: 1 } })
  assert.equal(smaller.status, 200, JSON.stringify(smaller.body))
  const stale = await complete(world, cart)
  assert.deepEqual([stale.status, stale.body.code], [409, 'price_has_changed'])
  assert.equal(stale.body.total, smaller.body.total)

  const placed = await complete(world, { ...cart, cart: smaller.body })
  assert.equal(placed.status, 201, JSON.stringify(placed.body))
  assert.notEqual(placed.body.order.id, declined.body.order_id)
  const old = await orderOf(world, declined.body.order_id)
  assert.deepEqual([old.state, old.number], ['superseded', null])
  const { rows } = await world.db.query("select used from coupon where code = 'WELCOME10'")
  assert.equal(rows[0].used, 1)
  assert.equal((await levelOf(world, 'MUG-BLUE')).held, 1)
  const late = await ask(world, 'POST', `/store/orders/${declined.body.order_id}/payments`, {
    order_token: declined.body.order_token,
    body: { expected_total: old.total, payment: { provider: 'stripe', token: 'pm_card_visa' } },
  })
  assert.deepEqual([late.status, late.body.code], [409, 'order_cannot_move'])
})

test('a cart cannot be changed or ordered while its payment is under way', async () => {
  const cart = await fillCart(world)
  const started = await complete(world, cart, { card: 'pm_card_authenticationRequired' })
  assert.equal(started.status, 202)
  const { token } = cart
  const edit = await ask(world, 'PATCH', `/store/carts/${cart.id}`, {
    token,
    body: { email: 'other@example.com' },
  })
  assert.deepEqual([edit.status, edit.body.code], [409, 'cart_is_locked'])
  const twice = await complete(world, cart)
  assert.deepEqual([twice.status, twice.body.code], [409, 'payment_in_progress'])
  assert.equal(twice.body.order_id, started.body.order.id)

  world.simulators.stripe.answerChallenge(intentOf(started.body), true)
  assert.equal((await goOn(world, started.body)).status, 201)
  const done = await complete(world, cart)
  assert.deepEqual([done.status, done.body.code], [409, 'cart_is_completed'])
  assert.equal(done.body.order_id, started.body.order.id)
  await assertPromises(world)
})
