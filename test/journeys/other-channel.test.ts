// A token opens a cart or an order with the key of its own channel only: another shop of the same
// merchant has other prices, other payment methods and other people.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Answer, ask, assertPromises, complete, fillCart, openWorld } from '#test/world.ts'
import { goOn, intentOf, orderOf } from './steps.ts'

const world = await openWorld()
const key = world.keys.keys.counter

function assertRefused({ status, body }: Answer): void {
  assert.deepEqual([status, body.code], [403, 'token_wrong'], JSON.stringify(body))
}

test('a cart is read, changed and ordered in its own channel only', async () => {
  const cart = await fillCart(world, [['MUG-BLUE', 2]])
  const { id, token } = cart
  const path = `/store/carts/${id}`
  const line = `${path}/lines/${cart.cart.lines[0].id}`
  const mug = { variant_id: world.variants.get('MUG-BLUE'), quantity: 1 }
  assertRefused(await ask(world, 'GET', path, { key, token }))
  assertRefused(await ask(world, 'GET', `${path}/why`, { key, token }))
  assertRefused(await ask(world, 'POST', `${path}/lines`, { key, token, body: mug }))
  assertRefused(await ask(world, 'PATCH', line, { key, token, body: { quantity: 5 } }))
  assertRefused(await ask(world, 'DELETE', line, { key, token }))
  assertRefused(await ask(world, 'PATCH', path, { key, token, body: { email: null } }))
  assertRefused(await complete(world, cart, { channel: 'counter', provider: 'manual', card: null }))

  const { body } = await ask(world, 'GET', path, { token })
  assert.deepEqual(body, cart.cart)
  assert.equal((await complete(world, cart)).status, 201)
})

test('an order is read and paid in its own channel only', async () => {
  const cart = await fillCart(world)
  const declined = await complete(world, cart, { card: 'pm_card_visa_chargeDeclined' })
  assert.equal(declined.status, 402)
  const { order_id, order_token } = declined.body
  const path = `/store/orders/${order_id}`
  const payment = { provider: 'manual', token: null }
  const body = { expected_total: cart.cart.total, payment }
  assertRefused(await ask(world, 'GET', path, { key, order_token }))
  assertRefused(await ask(world, 'POST', `${path}/payments`, { key, order_token, body }))
  assert.equal((await ask(world, 'GET', path, { order_token })).status, 200)
  assert.equal((await orderOf(world, order_id)).payments.length, 1)
})

test('a payment goes on in its own channel only', async () => {
  const cart = await fillCart(world)
  const started = await complete(world, cart, { card: 'pm_card_threeDSecure2Required' })
  assert.equal(started.status, 202)
  const { payment, token: order_token } = started.body
  world.simulators.stripe.faults.webhook_drop = 1
  world.simulators.stripe.answerChallenge(intentOf(started.body), true)
  const path = `/store/payments/${payment.id}/continue`
  assertRefused(await ask(world, 'POST', path, { key, order_token, body: {} }))
  const done = await goOn(world, started.body)
  assert.equal(done.status, 201, JSON.stringify(done.body))
  await assertPromises(world)
})
