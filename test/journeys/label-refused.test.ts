// The carrier does not sell a label; a person removes the cause and presses one button.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { admin, assertPromises, complete, fillCart, openWorld, until } from '#test/world.ts'
import { untilException, untilMessages, untilOrder } from './steps.ts'

const world = await openWorld()
const { easypost } = world.simulators

test('an empty wallet: exception with the cause, filled, retried, healed', async () => {
  easypost.setWallet(0)
  const done = await complete(world, await fillCart(world))
  const { id } = done.body.order
  const exception = await untilException(world, id, 'effect_label')
  assert.match(exception.message, /refuses to sell the label/)
  assert.deepEqual([exception.can_retry, exception.next_try_at], [true, null])
  assert.equal(exception.order_number, done.body.order.number)
  // The money and the papers do not wait for the label.
  await untilMessages(world, id, ['confirmation', 'receipt'])

  const path = `/admin/exceptions/${exception.id}/retry`
  const in_vain = await admin(world, 'POST', path)
  assert.equal(in_vain.status, 202, JSON.stringify(in_vain.body))
  const still = await untilException(world, id, 'effect_label')
  assert.equal(still.id, exception.id)

  easypost.setWallet(100_000)
  assert.equal((await admin(world, 'POST', path)).status, 202)
  const labeled = await untilOrder(world, id, 'a label', (o) => o.shipments[0]?.label_id)
  assert.equal(labeled.shipments[0].state, 'labeled')
  await until('the healing', async () => {
    const { body } = await admin(world, 'GET', '/admin/exceptions')
    return body.items.length === 0
  })
  const { body } = await admin(world, 'GET', '/admin/exceptions?open=false')
  assert.equal(body.items[0].resolution, 'healed')
})

test('an outage of the carrier heals by itself', async () => {
  Object.assign(easypost.faults, { only: '/v2/', refuse: 2 })
  const done = await complete(world, await fillCart(world))
  const { id } = done.body.order
  const labeled = await untilOrder(world, id, 'a label', (o) => o.shipments[0]?.label_id)
  assert.equal(labeled.shipments.length, 1)
  assert.equal(easypost.faults.refuse, 0)
  const { body } = await admin(world, 'GET', '/admin/exceptions')
  assert.deepEqual(body.items, [])
  await assertPromises(world)
})
