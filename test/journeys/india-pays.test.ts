// A buyer in India pays in the window of Razorpay, in rupees and with the taxes of the state.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, assertPromises, complete, fillCart, indian_address, openWorld } from '#test/world.ts'
import { goOn, type Json, untilMessages, untilOrder } from './steps.ts'

const world = await openWorld()
const { razorpay } = world.simulators
const key = world.keys.keys.india

const componentsOf = (lines: Json): string[] =>
  lines.flatMap(({ taxes }: Json) => taxes.map((tax: Json) => tax.component))

async function payInWindow(order_id: string, outcome = 'success'): Promise<Json> {
  const answer = await fetch(`${razorpay.url}/_checkout/pay`, {
    method: 'POST',
    body: JSON.stringify({ order_id, method: 'upi', vpa: 'success@razorpay', outcome }),
  })
  return answer.json()
}

test('UPI in Maharashtra: CGST and SGST, a forged answer, then the signed one', async () => {
  const cart = await fillCart(world, [['MUG-BLUE', 2]], { channel: 'india' })
  assert.equal(cart.cart.currency, 'INR')
  assert.deepEqual(componentsOf(cart.cart.lines), ['CGST', 'SGST'])
  const started = await complete(world, cart, {
    channel: 'india',
    provider: 'razorpay',
    card: null,
  })
  assert.equal(started.status, 202, JSON.stringify(started.body))
  const { client_data } = started.body.payment
  assert.equal(client_data.amount, cart.cart.total)

  const forged = await goOn(
    world,
    started.body,
    {
      razorpay_payment_id: 'pay_00000000000000',
      razorpay_order_id: client_data.order_id,
      razorpay_signature: 'ab'.repeat(32),
    },
    'india',
  )
  assert.equal(forged.status, 202, JSON.stringify(forged.body))
  assert.equal(forged.body.order.state, 'pending')

  const signed = await payInWindow(client_data.order_id)
  const placed = await goOn(world, started.body, signed, 'india')
  assert.equal(placed.status, 201, JSON.stringify(placed.body))
  assert.match(placed.body.order.number, /^IN\d\d-000001$/)
  const captured = await untilOrder(
    world,
    placed.body.order.id,
    'capture by the worker and the invoice',
    (order) => order.payment_state === 'captured' && order.invoices.length === 1,
  )
  assert.equal(captured.currency, 'INR')
  assert.deepEqual(componentsOf(captured.lines), ['CGST', 'SGST'])
  const { rows } = await world.db.query('select captured, amount from payment_attempt')
  assert.deepEqual(rows[0].captured, rows[0].amount)
  await untilMessages(world, captured.id, ['confirmation', 'receipt'])
  assert.equal(razorpay.seen.get('POST /v1/orders'), 1)
})

test('another state: IGST; the window closed without paying, then paid', async () => {
  const cart = await fillCart(world, [['TEA-EARL-GREY', 4]], { channel: 'india' })
  const address = { ...indian_address, region: 'KA', city: 'Bengaluru', postal_code: '560001' }
  const moved = await ask(world, 'PATCH', `/store/carts/${cart.id}`, {
    key,
    token: cart.token,
    body: { shipping_address: address },
  })
  assert.equal(moved.status, 200, JSON.stringify(moved.body))
  assert.deepEqual(componentsOf(moved.body.lines), ['IGST'])
  const started = await complete(
    world,
    { ...cart, cart: moved.body },
    { channel: 'india', provider: 'razorpay', card: null },
  )
  assert.equal(started.status, 202, JSON.stringify(started.body))
  const closed = await goOn(world, started.body, {}, 'india')
  assert.equal(closed.status, 202)
  assert.equal(closed.body.payment.state, 'requires_action')

  const signed = await payInWindow(started.body.payment.client_data.order_id)
  const placed = await goOn(world, started.body, signed, 'india')
  assert.equal(placed.status, 201, JSON.stringify(placed.body))
  await untilOrder(world, placed.body.order.id, 'capture', (o) => o.payment_state === 'captured')
  await untilMessages(world, placed.body.order.id, ['confirmation', 'receipt'])
  await assertPromises(world)
})
