// Orders are canceled before they leave: stock, money, label, documents and mails all go back.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { transaction } from '#src/db/transaction.ts'
import {
  admin,
  ask,
  assertPromises,
  complete,
  fillCart,
  freshKey,
  openWorld,
  until,
} from '#test/world.ts'
import {
  goOn,
  type Json,
  levelOf,
  orderOf,
  placeReserved,
  untilException,
  untilMessages,
  untilOrder,
} from './steps.ts'

const world = await openWorld()
const key = world.keys.secret_key

async function placeOrder(sku: string, quantity: number): Promise<Json> {
  const done = await complete(world, await fillCart(world, [[sku, quantity]]))
  assert.equal(done.status, 201, JSON.stringify(done.body))
  return done.body.order
}
const cancel = (id: string, body: object, idempotency_key = freshKey()) =>
  ask(world, 'POST', `/admin/orders/${id}/cancel`, { key, body, idempotency_key })

test('canceled whole: everything goes back, once', async () => {
  const { id, total } = await placeOrder('MUG-BLUE', 4)
  await untilOrder(world, id, 'label and invoice', (order) => {
    return order.shipments[0]?.label_id && order.invoices.length === 1
  })
  const idempotency_key = freshKey()
  const canceled = await cancel(id, { reason: 'changed my mind' }, idempotency_key)
  assert.equal(canceled.status, 200, JSON.stringify(canceled.body))
  assert.equal(canceled.body.state, 'canceled')
  const again = await cancel(id, { reason: 'changed my mind' }, idempotency_key)
  assert.deepEqual([again.status, again.body.changes.length], [200, 1])
  const twice = await cancel(id, {})
  assert.deepEqual([twice.status, twice.body.code], [409, 'order_cannot_move'])

  const { on_hand, held } = await levelOf(world, 'MUG-BLUE')
  assert.deepEqual([on_hand, held], [100, 0])
  const { body: timeline } = await admin(world, 'GET', `/admin/orders/${id}/timeline`)
  const told = timeline.items.find(({ kind }: Json) => kind === 'order.canceled').detail.stock
  const back = told.map((one: Json) => [one.sku, one.location, one.held, one.on_hand])
  assert.deepEqual(back, [['MUG-BLUE', 'berlin', -4, 0]])
  const after = await untilOrder(world, id, 'refund, credit note', (order) => {
    return order.payment_state === 'refunded' && order.invoices.length === 2
  })
  const note = after.invoices.find((one: Json) => one.kind === 'credit_note')
  assert.equal(Math.abs(note.total), total)
  assert.deepEqual(
    after.refunds.map((refund: Json) => [refund.state, refund.amount]),
    [['succeeded', total]],
  )
  assert.equal(after.shipments[0].state, 'canceled')
  await untilOrder(world, id, 'no label', (order) => order.shipments[0].label_id === null)
  await untilMessages(world, id, ['confirmation', 'receipt', 'canceled', 'refunded'])
  const tasks = await admin(world, 'GET', '/admin/pick-tasks?state=open')
  assert.deepEqual(tasks.body.items, [])
  const ended = await admin(world, 'GET', `/admin/pick-tasks?order_id=${id}`)
  assert.deepEqual([ended.body.items[0].state, ended.body.items[0].lines], ['canceled', []])
})

test('an order over two locations is canceled in part: the smaller parcel goes first', async () => {
  const berlin = await levelOf(world, 'LAMP-DESK')
  const path = `/admin/stock/${berlin.stock_item_id}/${world.frame.hamburg}/adjust`
  const added = await admin(world, 'POST', path, {
    change: { kind: 'by', quantity: 5 },
    reason: 'moved from the cellar',
  })
  assert.equal(added.status, 200, JSON.stringify(added.body))
  const { id, total } = await placeOrder('LAMP-DESK', 12)
  const two = await untilOrder(world, id, 'two labels', (order) => {
    return order.shipments.filter((parcel: Json) => parcel.label_id).length === 2
  })
  const line_id = two.lines[0].id
  const too_many = await cancel(id, { lines: [{ line_id, quantity: 13 }] })
  assert.deepEqual([too_many.status, too_many.body.code], [422, 'quantity_not_open'])
  assert.equal(too_many.body.errors[0].field, 'lines.0.quantity')

  const unknown = await cancel(id, { lines: [{ line_id: id, quantity: 1 }] })
  assert.equal(unknown.status, 400, JSON.stringify(unknown.body))
  const [{ field, code }] = unknown.body.errors
  assert.deepEqual([field, code], ['lines.0.line_id', 'unknown'])

  const twice = await cancel(id, { lines: [1, 1].map((quantity) => ({ line_id, quantity })) })
  assert.deepEqual([twice.status, twice.body.code], [400, 'invalid_input'])
  assert.deepEqual(twice.body.errors[0].field, 'lines.1.line_id')

  const part = await cancel(id, { lines: [{ line_id, quantity: 3 }], reason: 'too many' })
  assert.equal(part.status, 200, JSON.stringify(part.body))
  assert.equal(part.body.state, 'placed')
  assert.equal(part.body.lines[0].canceled, 3)
  assert.equal((await levelOf(world, 'LAMP-DESK', 'hamburg')).held, 0)
  assert.equal((await levelOf(world, 'LAMP-DESK')).held, 9)
  const after = await untilOrder(world, id, 'refund of a quarter', (order) => {
    return order.refunds[0]?.state === 'succeeded' && order.invoices.length === 2
  })
  assert.equal(after.refunds[0].amount, total / 4)
  assert.equal(after.payment_state, 'partially_refunded')
  const page = await (await fetch(after.page_url)).text()
  assert.match(page, /3 canceled/)
  const amount = new Intl.NumberFormat('en', { style: 'currency', currency: 'EUR' })
  assert(page.includes(`−${amount.format(total / 400)}`), page)
  const parcels = after.shipments.map(({ location, state }: Json) => [location, state])
  assert.deepEqual(parcels.sort(), [
    ['berlin', 'labeled'],
    ['hamburg', 'canceled'],
  ])

  const rest = await cancel(id, {})
  assert.equal(rest.body.state, 'canceled')
  const gone = await untilOrder(world, id, 'all money back', (order) => {
    return order.payment_state === 'refunded' && order.invoices.length === 3
  })
  const back = gone.refunds.reduce((sum: number, refund: Json) => sum + refund.amount, 0)
  assert.equal(back, total)
  const held = [await levelOf(world, 'LAMP-DESK'), await levelOf(world, 'LAMP-DESK', 'hamburg')]
  assert.deepEqual(
    held.map((level) => [level.held, level.on_hand]),
    [
      [0, 10],
      [0, 5],
    ],
  )
  await untilMessages(world, id, ['confirmation', 'receipt', 'canceled', 'refunded', 'refunded'])
})

test('an order that waits for its payment is canceled with it', async () => {
  const cart = await fillCart(world, [['TEA-EARL-GREY', 2]])
  const started = await complete(world, cart, { card: 'pm_card_authenticationRequired' })
  assert.equal(started.status, 202)
  const { id } = started.body.order
  const [line] = (await orderOf(world, id)).lines
  const part = await cancel(id, { lines: [{ line_id: line.id, quantity: 1 }] })
  assert.deepEqual([part.status, part.body.code], [409, 'order_cannot_move'])
  const waiting = await orderOf(world, id)
  assert.deepEqual([waiting.state, waiting.payments[0].state], ['pending', 'requires_action'])
  const canceled = await cancel(id, {})
  assert.equal(canceled.status, 200, JSON.stringify(canceled.body))
  assert.equal(canceled.body.state, 'canceled')
  assert.equal((await levelOf(world, 'TEA-EARL-GREY')).held, 0)
  assert.deepEqual(
    (await orderOf(world, id)).payments.map((one: Json) => one.state),
    ['canceled'],
  )
  const late = await goOn(world, started.body)
  assert.deepEqual([late.status, late.body.code], [409, 'order_is_canceled'])
  const gone = await cancel('00000000-0000-7000-8000-000000000000', {})
  assert.deepEqual([gone.status, gone.body.code], [404, 'not_found'])
  await assertPromises(world)
})

test("a capture that was refused is nobody's trouble once its order is canceled", async () => {
  await world.stopWorker()
  const { id } = await placeReserved(world, 'MUG-BLUE', 1)
  const change = (columns: 'refused' | 'again') =>
    transaction(world.db, (tx) =>
      columns === 'refused'
        ? tx.run`update capture set state = 'failed' where order_id = ${id}`
        : tx.run`
            update effect set state = 'waiting', next_try_at = now()
            where order_id = ${id} and kind = 'capture'`,
    )
  const effect = async (): Promise<string> => {
    const { rows } = await world.db.query<{ state: string }>(
      `select state from effect where order_id = $1 and kind = 'capture'`,
      [id],
    )
    return rows[0]!.state
  }
  const inbox = async () =>
    (await admin(world, 'GET', '/admin/exceptions')).body.items.filter(
      (one: Json) => one.order_id === id && one.kind === 'effect_capture',
    )
  await change('refused')
  await world.startWorker()
  await untilException(world, id, 'effect_capture')
  const canceled = await cancel(id, { reason: 'no money' })
  assert.equal(canceled.status, 200, JSON.stringify(canceled.body))
  assert.deepEqual([await inbox(), await effect()], [[], 'done'])
  // The worker was killed when the refusal was on record, and before it was known what follows.
  assert.equal(await change('again'), 1)
  await until('it is tried again', async () => (await effect()) !== 'waiting')
  assert.deepEqual([await inbox(), await effect()], [[], 'done'])
  await assertPromises(world)
})
