// A sale at the counter: paid by hand, handed over at once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { admin, assertPromises, complete, fillCart, openWorld } from '#test/world.ts'
import { levelOf, untilMessages, untilOrder } from './steps.ts'

const world = await openWorld()

test('cash at the counter places the order at once; staff hand it over and it is delivered', async () => {
  const cart = await fillCart(world, [['MUG-BLUE', 1]], { channel: 'counter' })
  const at_counter = { channel: 'counter', card: null } as const
  const foreign = await complete(world, cart, { ...at_counter, provider: 'stripe' })
  assert.deepEqual([foreign.status, foreign.body.code], [422, 'payment_method_unknown'])
  assert.deepEqual(foreign.body.offered, ['manual'])

  const done = await complete(world, cart, { ...at_counter, provider: 'manual' })
  assert.equal(done.status, 201, JSON.stringify(done.body))
  assert.equal(done.body.payment.state, 'captured')
  const { id } = done.body.order
  const planned = await untilOrder(world, id, 'a parcel', (order) => order.shipments[0]?.label_id)
  const parcel = planned.shipments[0].id
  const early = await admin(world, 'POST', `/admin/shipments/${parcel}/deliver`)
  assert.deepEqual([early.status, early.body.code], [409, 'shipment_cannot_move'])
  const shipped = await admin(world, 'POST', `/admin/shipments/${parcel}/ship`)
  assert.equal(shipped.status, 200, JSON.stringify(shipped.body))
  assert.equal(shipped.body.fulfillment_state, 'shipped')
  const twice = await admin(world, 'POST', `/admin/shipments/${parcel}/ship`)
  assert.equal(twice.status, 409)
  const delivered = await admin(world, 'POST', `/admin/shipments/${parcel}/deliver`)
  assert.equal(delivered.body.fulfillment_state, 'delivered')
  const { on_hand, held } = await levelOf(world, 'MUG-BLUE')
  assert.deepEqual([on_hand, held], [99, 0])
  await untilMessages(world, id, ['confirmation', 'receipt', 'shipped', 'delivered'])
  await untilOrder(world, id, 'an invoice', (order) => order.invoices.length === 1)
  await assertPromises(world)
})
