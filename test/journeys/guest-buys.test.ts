// The main story: a guest buys, and everything behind the Buy button happens once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { admin, assertPromises, complete, fillCart, openWorld, until } from '#test/world.ts'

type StockTold = { sku: string; location: string; held: number; on_hand: number }

const world = await openWorld()

test('a guest pays by card and the parcel is delivered', async () => {
  const cart = await fillCart(
    world,
    [
      ['MUG-BLUE', 2],
      ['TEA-EARL-GREY', 1],
    ],
    { coupon: 'welcome10' },
  )
  const done = await complete(world, cart)
  assert.equal(done.status, 201, JSON.stringify(done.body))
  const { order, payment } = done.body
  assert.match(order.number, /^DE\d\d-000001$/)
  assert.equal(payment.state, 'captured')
  assert.equal(order.total, cart.cart.total)

  const labeled = await until('a label', async () => {
    const { status, body } = await admin(world, 'GET', `/admin/orders/${order.id}`)
    assert.equal(status, 200, JSON.stringify(body))
    return body.shipments[0]?.label_id && body
  })
  const { tracking_code } = labeled.shipments[0]
  for (const status of ['in_transit', 'out_for_delivery', 'delivered']) {
    world.simulators.easypost.advance(tracking_code, status)
  }
  const delivered = await until('delivery', async () => {
    const { body } = await admin(world, 'GET', `/admin/orders/${order.id}`)
    return body.fulfillment_state === 'delivered' && body
  })
  assert.equal(delivered.payment_state, 'captured')
  assert.equal(delivered.invoices.length, 1)
  const messages = await until('four messages', async () => {
    const { body } = await admin(world, 'GET', `/admin/messages?order_id=${order.id}`)
    return body.items.length >= 4 && body.items
  })
  assert.deepEqual(messages.map((message: { kind: string }) => message.kind).sort(), [
    'confirmation',
    'delivered',
    'receipt',
    'shipped',
  ])
  const stock = await admin(world, 'GET', '/admin/stock?sku=MUG-BLUE')
  const berlin = stock.body.items.find((level: { location: string }) => level.location === 'berlin')
  assert.deepEqual([berlin.on_hand, berlin.held], [98, 0])

  const timeline = await admin(world, 'GET', `/admin/orders/${order.id}/timeline`)
  const stockAt = (kind: string) =>
    timeline.body.items
      .find((event: { kind: string }) => event.kind === kind)
      .detail.stock.map((one: StockTold) => [one.sku, one.location, one.held, one.on_hand])
  assert.deepEqual(stockAt('order.created'), [
    ['MUG-BLUE', 'berlin', 2, 0],
    ['TEA-EARL-GREY', 'berlin', 1, 0],
  ])
  assert.deepEqual(stockAt('shipment.shipped'), [
    ['MUG-BLUE', 'berlin', -2, -2],
    ['TEA-EARL-GREY', 'berlin', -1, -1],
  ])
  await assertPromises(world)
})
