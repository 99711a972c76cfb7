import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OrderId } from '#src/lib/ids.ts'
import { openReason } from './erase-customer.ts'

const done = {
  id: '01900000-0000-7000-8000-000000000001' as OrderId,
  number: 'DE26-000001',
  state: 'placed',
  fulfillment_state: 'delivered',
  travels: false,
  unfinished: false,
  keeps_money: false,
  is_paying: false,
  refund_failed: false,
}

const cases: readonly (readonly [what: string, order: typeof done, reason: RegExp | null])[] = [
  ['delivered', done, null],
  ['nothing to send', { ...done, fulfillment_state: 'not_needed' }, null],
  ['sent long ago, and never heard of', { ...done, fulfillment_state: 'shipped' }, null],
  ['canceled', { ...done, state: 'canceled', fulfillment_state: 'unfulfilled' }, null],
  ['replaced', { ...done, state: 'superseded', fulfillment_state: 'unfulfilled' }, null],
  ['being paid', { ...done, state: 'pending', is_paying: true }, /being paid/],
  ['not paid yet', { ...done, state: 'pending' }, /waits to be paid: cancel it/],
  ['to be sent', { ...done, fulfillment_state: 'unfulfilled' }, /to be sent/],
  ['half of it sent', { ...done, fulfillment_state: 'partially_shipped' }, /to be sent/],
  ['on its way', { ...done, fulfillment_state: 'shipped', travels: true }, /on its way/],
  ['a mail not sent', { ...done, unfinished: true }, /not finished/],
  ['paid too much', { ...done, keeps_money: true }, /is kept/],
  ['owed money that its bank did not take', { ...done, refund_failed: true }, /refund has failed/],
]

for (const [what, order, reason] of cases) {
  test(`an order that is ${what} ${reason ? 'still needs' : 'does not need'} its address`, () => {
    const said = openReason(order)
    if (reason) assert.match(said ?? '', reason)
    else assert.equal(said, null)
  })
}
