// What staff see of an order is all that is read of it, as it stands in the tables: the schema of
// the answer drops and changes nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { snapshot } from '#src/db/transaction.ts'
import { readOrderEvents } from '#src/events/events.sql.ts'
import { readDetail } from '#src/http/admin-orders.ts'
import type { OrderId } from '#src/lib/ids.ts'
import { toJson } from '#src/lib/json.ts'
import { admin, complete, fillCart, openWorld, until } from '#test/world.ts'
import { type Json, orderOf, untilOrder } from './steps.ts'

const world = await openWorld()
const asJson = (value: unknown): Json => JSON.parse(toJson(value))

/** What is answered while what is stored does not change. */
const atRest = (stored: () => Promise<Json>, ask: () => Promise<Json>) =>
  until('a moment in which nothing happens', async () => {
    const before = await stored()
    const answered = await ask()
    return toJson(before) === toJson(await stored()) && { stored: before, answered }
  })

async function assertWhole(id: string): Promise<Json> {
  const { stored, answered } = await atRest(
    async () => asJson(await readDetail(world.app, id as OrderId)),
    () => orderOf(world, id),
  )
  assert.deepEqual(answered, stored)
  return answered
}

test('an order with all that can happen to it', async () => {
  const cart = await fillCart(world, [['MUG-BLUE', 3]], { coupon: 'WELCOME10' })
  const done = await complete(world, cart, { note: 'Ring twice' })
  assert.equal(done.status, 201, JSON.stringify(done.body))
  const { id } = done.body.order
  const placed = await untilOrder(world, id, 'the invoice and the label', (order) => {
    return order.invoices[0]?.has_pdf && order.shipments[0]?.label_id
  })
  const body = { version: placed.version, settle: 'now', reason: 'one is enough' }
  const lines = [{ line_id: placed.lines[0].id, quantity: 2 }]
  const edited = await admin(world, 'POST', `/admin/orders/${id}/edits`, { ...body, lines })
  assert.equal(edited.status, 200, JSON.stringify(edited.body))
  const labeled = await untilOrder(world, id, 'money back and the other label', (order) => {
    return (
      order.refunds[0]?.settled_at && order.shipments.some((one: Json) => one.state === 'labeled')
    )
  })
  const parcel = labeled.shipments.find((one: Json) => one.state === 'labeled')
  world.simulators.easypost.advance(parcel.tracking_code, 'delivered')
  await untilOrder(world, id, 'delivery', (order) => order.fulfillment_state === 'delivered')

  const whole = await assertWhole(id)
  for (const list of ['lines', 'payments', 'refunds', 'shipments', 'invoices', 'changes']) {
    assert(whole[list].length > 0, list)
  }
  const delivered = whole.shipments.find((one: Json) => one.id === parcel.id)
  assert.deepEqual([delivered.scans.length > 0, delivered.lines.length], [true, 1])
  assert.deepEqual([whole.promotions.length, whole.lines[0].discounts.length], [1, 1])
  assert('coupon_id' in whole.promotions[0])

  const { stored: events, answered: items } = await atRest(
    async () =>
      asJson(
        await snapshot(world.db, (tx) => readOrderEvents(tx, id, { after: null, limit: 100 })),
      ),
    async () => (await admin(world, 'GET', `/admin/orders/${id}/timeline`)).body.items,
  )
  assert.deepEqual(
    items.map(({ reason: _, ...event }: Json) => event),
    events,
  )
  const pages: Json[] = []
  for (let after = ''; pages.length <= items.length; ) {
    const { body } = await admin(world, 'GET', `/admin/orders/${id}/timeline?limit=2${after}`)
    pages.push(...body.items)
    if (body.next_cursor === null) break
    assert.equal(body.items.length, 2)
    after = `&after=${body.next_cursor}`
  }
  assert.deepEqual(pages, items)
  const reasons = items.flatMap(({ reason }: Json) => reason ?? [])
  assert.deepEqual([...new Set(reasons)], ['one is enough'])
})

test('an order that waits for its money, and one that was canceled', async () => {
  const pending = await complete(world, await fillCart(world), {
    card: 'pm_card_authenticationRequired',
  })
  assert.equal(pending.status, 202, JSON.stringify(pending.body))
  const waiting = await assertWhole(pending.body.order.id)
  assert.deepEqual([waiting.number, waiting.shipments], [null, []])
  const done = await complete(world, await fillCart(world))
  const { id } = done.body.order
  const canceled = await admin(world, 'POST', `/admin/orders/${id}/cancel`, { reason: 'by phone' })
  assert.equal(canceled.status, 200, JSON.stringify(canceled.body))
  assert.equal((await assertWhole(id)).cancel_reason, 'by phone')
})
