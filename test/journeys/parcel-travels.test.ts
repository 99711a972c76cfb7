// What carriers say comes late, twice and in the wrong order; a parcel never moves backwards.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { calm } from '#test/races/crowd.ts'
import { admin, assertPromises, complete, fillCart, openWorld, until } from '#test/world.ts'
import { type Json, levelOf, orderOf, untilException, untilMessages, untilOrder } from './steps.ts'

const world = await openWorld()
const { easypost } = world.simulators

async function placeLabeled(sku: string): Promise<{ id: string; code: string }> {
  const done = await complete(world, await fillCart(world, [[sku, 1]]))
  assert.equal(done.status, 201, JSON.stringify(done.body))
  const { id } = done.body.order
  const labeled = await untilOrder(world, id, 'a label', (o) => o.shipments[0]?.label_id)
  return { id, code: labeled.shipments[0].tracking_code }
}
const minutesAgo = (minutes: number): Date => new Date(Date.now() - minutes * 60_000)

test('delivered is heard before the scans that led there', async () => {
  const { id, code } = await placeLabeled('MUG-BLUE')
  easypost.faults.webhook_copies = 2
  easypost.advance(code, 'delivered', { at: minutesAgo(1) })
  await untilOrder(world, id, 'delivery', (order) => order.fulfillment_state === 'delivered')
  easypost.advance(code, 'in_transit', { at: minutesAgo(60) })
  easypost.advance(code, 'out_for_delivery', { at: minutesAgo(30) })
  easypost.faults.webhook_copies = 1
  const late = await untilOrder(world, id, 'all scans', (order) => {
    const heard = (order.shipments[0].scans ?? []).map(({ status }: Json) => status)
    return heard.includes('in_transit') && heard.includes('out_for_delivery')
  })
  assert.equal(late.shipments[0].state, 'delivered')
  assert.equal(late.fulfillment_state, 'delivered')
  assert.equal((await levelOf(world, 'MUG-BLUE')).on_hand, 99)
  await untilMessages(world, id, ['confirmation', 'receipt', 'shipped', 'delivered'])
})

test('a delivery problem is shown to a person, who closes it; the parcel arrives', async () => {
  const { id, code } = await placeLabeled('TEA-EARL-GREY')
  easypost.advance(code, 'in_transit')
  await untilOrder(world, id, 'shipping', (order) => order.fulfillment_state === 'shipped')
  easypost.advance(code, 'failure')
  const exception = await untilException(world, id, 'delivery_problem')
  assert.match(exception.message, /carrier reports a problem/)
  assert.equal((await orderOf(world, id)).fulfillment_state, 'shipped')
  const path = `/admin/exceptions/${exception.id}/dismiss`
  assert.equal((await admin(world, 'POST', path)).status, 200)
  assert.equal((await admin(world, 'POST', path)).status, 404)
  const open = await admin(world, 'GET', '/admin/exceptions')
  assert.deepEqual(open.body.items, [])
  const closed = await admin(world, 'GET', '/admin/exceptions?open=false')
  assert.equal(closed.body.items.at(-1).resolution, 'dismissed')
  easypost.advance(code, 'delivered')
  await untilOrder(world, id, 'delivery', (order) => order.fulfillment_state === 'delivered')
})

test('the carrier is faster than the answer to the buy: its scans are asked for', async () => {
  await calm(world)
  const before = easypost.trackingCodes().length
  Object.assign(easypost.faults, { only: '/buy', lose_answers: 1 })
  const done = await complete(world, await fillCart(world, [['MUG-BLUE', 1]]))
  const { id } = done.body.order
  const code = await until('a parcel', async () => easypost.trackingCodes()[before] ?? null)
  // Delivered and told of before the shop knows the code; nothing is told again.
  easypost.advance(code, 'delivered')
  const early = await until('the early word', async () => {
    const { rows } = await world.db.query(
      `select from provider_event where done_at is null and content ->> 'tracking_code' = $1`,
      [code],
    )
    return rows.length > 0
  })
  assert(early)
  await untilOrder(world, id, 'delivery', (order) => order.fulfillment_state === 'delivered')
  easypost.faults.only = ''
})

test('words we do not know change nothing, and a parcel can come back', async () => {
  const { id, code } = await placeLabeled('LAMP-DESK')
  easypost.advance(code, 'teleported')
  easypost.advance(code, 'return_to_sender')
  const back = await untilOrder(world, id, 'the return', (order) =>
    ['returning', 'returned'].includes(order.shipments[0].state),
  )
  assert.equal(back.payment_state, 'captured')
  assert.equal((await levelOf(world, 'LAMP-DESK')).on_hand, 9)
  await assertPromises(world)
})
