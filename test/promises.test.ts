// Each promise must be able to accuse: guilty rows are planted into a shop in which everything
// is well, the promise is asked, and the rows are taken back. What a constraint forbids is
// planted without that constraint: the promise stands behind it as well.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brokenBy, copyOf } from '#test/plant.ts'
import { calm } from '#test/races/crowd.ts'
import { admin, assertPromises, complete, fillCart, openWorld } from '#test/world.ts'

const world = await openWorld()
const done = await complete(world, await fillCart(world))
assert.equal(done.status, 201, JSON.stringify(done.body))
const order: string = done.body.order.id
const cancel = await complete(world, await fillCart(world))
assert.equal(cancel.status, 201)
await calm(world)
const canceled: string = cancel.body.order.id
const given = await admin(world, 'POST', `/admin/orders/${canceled}/cancel`, { reason: 'test' })
assert.equal(given.status, 200, JSON.stringify(given.body))
await calm(world)

test('a shop in which everything is well breaks no promise', () => assertPromises(world))

const ours = `order_id = '${order}'`
const parcel = `(select id from shipment where ${ours})`

const guilty: Readonly<Record<string, readonly [promise: string, ...planted: string[]]>> = {
  'units that nobody moved': [
    'on hand is the sum of the stock ledger',
    'update stock_level set on_hand = on_hand + 1 where held = 0 and on_hand > 0',
  ],
  'a movement of goods that are nowhere': [
    'on hand is the sum of the stock ledger',
    copyOf('stock_movement', 'true', { location_id: 'uuidv7()' }),
  ],
  'units held for nobody': [
    'held is what open orders hold',
    'update stock_level set held = held + 1 where on_hand > held',
  ],
  'a hold that is counted nowhere': [
    'held is what open orders hold',
    copyOf('hold', ours, { location_id: 'uuidv7()', order_line_id: 'uuidv7()' }),
  ],
  'a line that holds too little': [
    'each order line holds what was ordered and not canceled',
    `update hold set released = 1 where ${ours}`,
  ],
  'a line that holds what is no part of it': [
    'each order line holds what was ordered and not canceled',
    `update hold set stock_item_id = uuidv7() where ${ours}`,
  ],
  'a second payment that is kept': [
    'an order is charged once',
    copyOf('payment_attempt', ours, { reference: `'another'` }),
  ],
  'a capture beyond the payment': [
    'no more is asked of a payment than was agreed to',
    copyOf('capture', ours, { state: `'requested'` }),
  ],
  'a refund that is asked for twice': [
    'money goes back once per cause',
    'alter table refund drop constraint refund_attempt_id_cause_id_key',
    copyOf('refund', `order_id = '${canceled}'`, { reference: 'null' }),
  ],
  'a cancellation that gives back more than it took off': [
    'money goes back once per cause',
    `update refund set amount = amount + 1 where order_id = '${canceled}'`,
  ],
  'a second live label': [
    'a parcel has one label and one pick task',
    'drop index label_live',
    copyOf('label', 'true', { state: `'voiding'` }),
  ],
  'a label that was bought twice': [
    'a label is paid for once',
    copyOf('label', 'true', { state: "'voided'", reference: 'one.reference' }),
  ],
  'a label that is not in the books': [
    'a label is paid for once',
    `delete from journal_entry where kind = 'postage' and ${ours}`,
  ],
  'a second pick task': [
    'a parcel has one label and one pick task',
    'alter table pick_task drop constraint pick_task_shipment_id_key',
    copyOf('pick_task', `shipment_id = ${parcel}`, {}),
  ],
  'goods in two parcels': [
    'goods go into one parcel',
    copyOf('shipment', ours, { id: `'0199aaaa-0000-7000-8000-000000000001'` }),
    `insert into shipment_line
     select '0199aaaa-0000-7000-8000-000000000001', order_line_id, stock_item_id, quantity
     from shipment_line where shipment_id in (select id from shipment where ${ours})`,
  ],
  'a second invoice of one payment': [
    'a document stands for one payment',
    'alter table invoice drop constraint invoice_kind_cause_id_key',
    copyOf('invoice', ours, { number: `'X'`, sequence: '9' }),
  ],
  'an invoice of another amount': [
    'a document stands for one payment',
    `update invoice set total = total + 1 where ${ours}`,
  ],
  'a credit note for nothing': [
    'a document stands for one payment',
    copyOf('invoice', ours, {
      kind: `'credit_note'`,
      number: `'X'`,
      sequence: '9',
      cause_id: 'uuidv7()',
    }),
  ],
  'a message for the second time': [
    'a message is sent once per cause',
    'alter table message drop constraint message_kind_cause_id_key',
    copyOf('message', `${ours} and kind = 'receipt'`, {}),
  ],
  'a second confirmation under another cause': [
    'a message is sent once per cause',
    copyOf('message', `${ours} and kind = 'confirmation'`, { cause_id: 'uuidv7()' }),
  ],
  'a state that the rows do not say': [
    'the states in lists are what the rows behind them say',
    `update orders set fulfillment_state = 'delivered' where id = '${order}'`,
  ],
  'a payment state that the rows do not say': [
    'the states in lists are what the rows behind them say',
    `update orders set payment_state = 'refunded' where id = '${order}'`,
  ],
}
for (const [what, [promise, ...planted]] of Object.entries(guilty)) {
  test(`found: ${what}`, async () => {
    const found = await brokenBy(world.db, planted)
    assert(found.includes(promise), `found instead: ${found.join(', ')}`)
  })
}
