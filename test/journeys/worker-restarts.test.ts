// Orders go on while no worker runs; when one comes back it does all that was promised, once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertPromises, complete, fillCart, openWorld } from '#test/world.ts'
import { orderOf, untilMessages, untilOrder } from './steps.ts'

const world = await openWorld({ worker: false })

test('what was promised without a worker is kept by the next one', async () => {
  const orders: string[] = []
  for (let n = 0; n < 3; n++) {
    const done = await complete(world, await fillCart(world))
    assert.equal(done.status, 201, JSON.stringify(done.body))
    orders.push(done.body.order.id)
  }
  const { shipments, invoices, state } = await orderOf(world, orders[0]!)
  assert.deepEqual([state, shipments, invoices], ['placed', [], []])

  await world.startWorker()
  // Stopped at once, in the middle of it; and again.
  await world.stopWorker()
  await world.startWorker()
  await world.stopWorker()
  await world.startWorker()
  for (const id of orders) {
    const done = await untilOrder(world, id, 'label and invoice', (order) => {
      return order.shipments[0]?.label_id && order.invoices.length === 1
    })
    assert.equal(done.shipments.length, 1)
    await untilMessages(world, id, ['confirmation', 'receipt'])
  }
  assert.equal(world.simulators.easypost.labelsPaid(), 3)
  await assertPromises(world)
})
