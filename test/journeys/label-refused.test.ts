// The carrier does not sell a label, or nobody knows whether it did. A person removes the cause
// and presses one button; what was bought for nothing is given back.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fulfillOrder } from '#src/checkout/fulfill-order.ts'
import type { ShippingProvider } from '#src/ports/shipping-provider.ts'
import { buyLabel } from '#src/shipping/buy-label.ts'
import { calm } from '#test/races/crowd.ts'
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

const cancel = async (id: string): Promise<void> => {
  const canceled = await admin(world, 'POST', `/admin/orders/${id}/cancel`, {})
  assert.equal(canceled.status, 200, JSON.stringify(canceled.body))
}

/** The worker stops when its buy has come to nothing that it knows of; then comes the cancel. */
async function cancelDuringBuy(fault: object): Promise<void> {
  Object.assign(easypost.faults, { only: '/buy' }, fault)
  const { body } = await complete(world, await fillCart(world))
  const is_over = () => easypost.faults.lose_answers === 0 && easypost.faults.refuse === 0
  await until('the buy', async () => is_over())
  await world.stopWorker()
  await cancel(body.order.id)
  await world.startWorker()
  await calm(world)
}

/** Every label of this test was given back, and nobody is bothered. */
async function assertGivenBack(paid_before: number): Promise<void> {
  easypost.settleRefunds()
  assert.equal(easypost.labelsPaid(), paid_before)
  // The journal has the postage of what was kept, and nothing of what was given back.
  const { rows } = await world.db.query(
    `select coalesce((select sum(amount) from journal_line where account = 'postage'), 0)::bigint
       as booked,
       coalesce((select sum(cost) from label where state = 'bought'), 0)::bigint as kept`,
  )
  assert.equal(rows[0].booked, rows[0].kept)
  const { body } = await admin(world, 'GET', '/admin/exceptions')
  assert.deepEqual(body.items, [])
  await assertPromises(world)
}

test('canceled after a buy whose answer was lost: the label is given back', async () => {
  const paid = easypost.labelsPaid()
  await cancelDuringBuy({ lose_answers: 1 })
  await assertGivenBack(paid)
})

test('canceled after a buy that did not happen: there is nothing to give back', async () => {
  const paid = easypost.labelsPaid()
  await cancelDuringBuy({ refuse: 1 })
  await assertGivenBack(paid)
})

test('taken for never bought while the buy was on its way: the label is given back', async () => {
  const paid = easypost.labelsPaid()
  await world.stopWorker()
  const { body } = await complete(world, await fillCart(world))
  const { id } = body.order
  assert.deepEqual(await fulfillOrder(world.db, { cause_id: id, order_id: id }, new Date()), {
    kind: 'done',
  })
  const { rows } = await world.db.query('select id from shipment where order_id = $1', [id])
  const desk = world.app.shipping_desk
  const carrier = desk.shipping.get('easypost')!
  const slow: ShippingProvider = {
    ...carrier,
    buy: async (request) => {
      await cancel(id)
      assert.deepEqual(await buyLabel(desk, rows[0].id), { kind: 'done' })
      return carrier.buy(request)
    },
  }
  await buyLabel({ ...desk, shipping: new Map([['easypost', slow]]) }, rows[0].id)
  assert.equal(easypost.labelsPaid(), paid + 1)
  await world.startWorker()
  await calm(world)
  await assertGivenBack(paid)
})

/** Takes a plug-in away until it is put back: the worker that runs lacks its keys. */
function takeAway<Plugin>(plugins: ReadonlyMap<string, Plugin>, name: string): () => void {
  const known = plugins as Map<string, Plugin>
  const plugin = known.get(name)!
  known.delete(name)
  return () => void known.set(name, plugin)
}
const waitingFor = (kind: string, words: string) =>
  until(`${kind} that waits`, async () => {
    const { rows } = await world.db.query<{ state: string }>(
      'select state from effect where kind = $1 and last_error like $2',
      [kind, `%${words}%`],
    )
    return rows[0]?.state
  })

test('a worker without the carrier or the bank leaves the work to one that has them', async () => {
  const giveCarrier = takeAway(world.app.shipping, 'easypost')
  const done = await complete(world, await fillCart(world))
  const { id } = done.body.order
  assert.equal(await waitingFor('label', 'No carrier is configured'), 'waiting')
  giveCarrier()
  await untilOrder(world, id, 'a label', (order) => order.shipments[0]?.label_id)

  const giveBank = takeAway(world.app.payments, 'stripe')
  const refund = { amount: 100, reason: 'scratched' }
  const asked = await admin(world, 'POST', `/admin/orders/${id}/refunds`, refund)
  assert.equal(asked.status, 201, JSON.stringify(asked.body))
  assert.equal(await waitingFor('refund', 'payment plug-in stripe is not configured'), 'waiting')
  giveBank()
  await untilOrder(world, id, 'the refund', (order) => order.refunds[0]?.state === 'succeeded')
  const { body } = await admin(world, 'GET', '/admin/exceptions')
  assert.deepEqual(body.items, [])
})
