// The channel takes the money when a parcel leaves: reserved at the order, taken with the scan.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { admin, assertPromises, complete, fillCart, openWorld } from '#test/world.ts'
import { type Json, levelOf, untilMessages, untilOrder } from './steps.ts'

const world = await openWorld()
const { stripe, easypost } = world.simulators
const path = `/admin/channels/${world.frame.web}`
const changed = await admin(world, 'PATCH', path, { capture: 'later' })
assert.equal(changed.status, 200, JSON.stringify(changed.body))
assert.equal(changed.body.capture, 'later')

const intentsBy = (status: string): number =>
  [...stripe.account.intents.values()].filter((intent: Json) => intent.status === status).length

test('authorized at the order, captured and invoiced when the parcel is scanned', async () => {
  const done = await complete(world, await fillCart(world, [['MUG-BLUE', 2]]))
  assert.equal(done.status, 201, JSON.stringify(done.body))
  assert.equal(done.body.payment.state, 'authorized')
  const { id, total } = done.body.order
  const labeled = await untilOrder(world, id, 'a label', (o) => o.shipments[0]?.label_id)
  assert.deepEqual([labeled.payment_state, labeled.invoices], ['authorized', []])
  await untilMessages(world, id, ['confirmation'])
  easypost.advance(labeled.shipments[0].tracking_code, 'in_transit')
  const paid = await untilOrder(world, id, 'capture and invoice', (order) => {
    return order.payment_state === 'captured' && order.invoices.length === 1
  })
  assert.equal(paid.payments[0].captured, total)
  await untilMessages(world, id, ['confirmation', 'receipt', 'shipped'])
  assert.equal(intentsBy('succeeded'), 1)
})

test('canceled before it leaves: the reservation is given up, nothing is refunded', async () => {
  const done = await complete(world, await fillCart(world, [['TEA-EARL-GREY', 3]]))
  const { id } = done.body.order
  const labeled = await untilOrder(world, id, 'a label', (o) => o.shipments[0]?.label_id)
  assert.equal(labeled.state, 'placed')
  const canceled = await admin(world, 'POST', `/admin/orders/${id}/cancel`, {})
  assert.equal(canceled.status, 200, JSON.stringify(canceled.body))
  const gone = await untilOrder(world, id, 'the void', (order) => {
    return order.payments[0].state === 'canceled' && order.shipments[0].label_id === null
  })
  assert.deepEqual([gone.refunds, gone.invoices], [[], []])
  assert.equal(intentsBy('canceled'), 1)
  const { on_hand, held } = await levelOf(world, 'TEA-EARL-GREY')
  assert.deepEqual([on_hand, held], [100, 0])
  await untilMessages(world, id, ['confirmation', 'canceled'])
})

test('two parcels: all the money is taken, whatever the provider can do in parts', async () => {
  const berlin = await levelOf(world, 'LAMP-DESK')
  const shelf = `/admin/stock/${berlin.stock_item_id}/${world.frame.hamburg}/adjust`
  const change = { kind: 'by', quantity: 5 }
  assert.equal((await admin(world, 'POST', shelf, { change, reason: 'found' })).status, 200)
  const done = await complete(world, await fillCart(world, [['LAMP-DESK', 12]]))
  const { id, total } = done.body.order
  const two = await untilOrder(world, id, 'two labels', (order) => {
    return order.shipments.filter((parcel: Json) => parcel.label_id).length === 2
  })
  for (const { tracking_code } of two.shipments) {
    easypost.advance(tracking_code, 'in_transit')
    await untilOrder(world, id, 'the scan', (order) =>
      order.shipments.some((parcel: Json) => {
        return parcel.tracking_code === tracking_code && parcel.state === 'shipped'
      }),
    )
  }
  const paid = await untilOrder(world, id, 'all the money', (order) => {
    return order.payment_state === 'captured' && order.payments[0].captured === total
  })
  assert.equal(paid.fulfillment_state, 'shipped')
  const { body } = await admin(world, 'GET', '/admin/exceptions')
  assert.deepEqual(body.items, [])
  await untilOrder(world, id, 'the invoices', (order) => {
    return order.invoices.reduce((sum: number, one: Json) => sum + one.total, 0) === total
  })
  await assertPromises(world)
})
