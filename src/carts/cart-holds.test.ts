import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CartHold, CartLevel } from '#src/inventory/cart-holds.sql.ts'
import type { CartId, ChannelId, CustomerId, LocationId, StockItemId } from '#src/lib/ids.ts'
import { type Holder, type HoldRule, planHolds } from './cart-holds.ts'

const now = new Date('2026-11-22T10:00:00Z')
const item = 'item' as StockItemId
const here = 'here' as LocationId
const there = 'there' as LocationId
const rule = (more: Partial<HoldRule> = {}): HoldRule => ({
  channel_id: 'web' as ChannelId,
  stock_item_id: null,
  minutes: 10,
  share_percent: 50,
  units_max: 5,
  scarce_below: null,
  ...more,
})
const level = (more: Partial<CartLevel> = {}): CartLevel => ({
  stock_item_id: item,
  location_id: here,
  on_hand: 10,
  held: 0,
  cart_held: 0,
  safety: 0,
  backorder_limit: 0,
  channel_safety: null,
  ...more,
})
const holder = (units: number, more: Partial<Holder> & { rule?: HoldRule } = {}): Holder => ({
  cart_id: 'cart' as CartId,
  customer_id: null,
  channel: { id: 'web' as ChannelId, locations: [here, there], safety: 0 },
  wanted: units === 0 ? new Map() : new Map([[item, { units, rule: more.rule ?? rule() }]]),
  until: null,
  ...more,
})
const hold = (quantity: number, location_id = here): CartHold => ({
  cart_id: 'cart' as CartId,
  stock_item_id: item,
  location_id,
  quantity,
})
type Known = Partial<Parameters<typeof planHolds>[1]>
const plan = (holders: readonly Holder[], known: Known = {}) =>
  planHolds(holders, { levels: [level()], holds: [], of_customers: [], now, ...known })
const units = (holders: readonly Holder[], known: Known = {}): number =>
  plan(holders, known).deltas.reduce((sum, { quantity }) => sum + quantity, 0)

test('a cart holds what it needs, up to what one cart may and to the share of all carts', () => {
  assert.equal(units([holder(2)]), 2)
  assert.equal(units([holder(9)]), 5, 'no more than one cart may')
  const many = Array.from({ length: 9 }, (_, i) => holder(2, { cart_id: `${i}` as CartId }))
  assert.equal(units(many), 5, 'half of ten')
  assert.equal(units([holder(2)], { levels: [level({ held: 5, cart_held: 5 })] }), 0)
  assert.equal(units([holder(5)], { levels: [level({ held: 8 })] }), 1, 'half of the two left')
  assert.equal(units([holder(5)], { levels: [level({ held: 9 })] }), 0, 'the last one is free')
  assert.equal(units([holder(5)], { levels: [level({ safety: 6 })] }), 2)
})

test('what is only promised by a supplier is not held, and a channel leaves others their part', () => {
  assert.equal(units([holder(2)], { levels: [level({ on_hand: 0, backorder_limit: 50 })] }), 0)
  const channel = { id: 'web' as ChannelId, locations: [here], safety: 9 }
  assert.equal(units([holder(5, { channel })]), 1)
  const own = { ['web' as ChannelId]: 10 }
  assert.equal(units([holder(5)], { levels: [level({ channel_safety: own })] }), 0)
})

test('several locations give in their order', () => {
  const levels = [level({ on_hand: 4 }), level({ location_id: there, on_hand: 20 })]
  const { deltas } = plan([holder(5)], { levels })
  assert.deepEqual(
    deltas.map(({ location_id, quantity }) => [location_id, quantity]),
    [
      [here, 2],
      [there, 3],
    ],
  )
})

test('only what is scarce is held where the rule says so', () => {
  const scarce = rule({ scarce_below: 10 })
  assert.equal(units([holder(2, { rule: scarce })], { levels: [level({ on_hand: 11 })] }), 0)
  assert.equal(units([holder(2, { rule: scarce })]), 2)
})

test('the time begins with the first hold and ends once: then nothing more is held', () => {
  const first = plan([holder(2)])
  const end = new Date('2026-11-22T10:10:00Z')
  assert.deepEqual([...first.until.values()], [end])
  const later = new Date('2026-11-22T10:08:00Z')
  const levels = [level({ held: 2, cart_held: 2 })]
  const more = plan([holder(3, { until: end })], { now: later, levels, holds: [hold(2)] })
  assert.deepEqual([more.deltas, [...more.until.values()]], [[hold(1)], [end]])
  const over = new Date('2026-11-22T10:10:00Z')
  const none = plan([holder(3, { until: end })], { now: over, levels, holds: [hold(2)] })
  assert.deepEqual(none.deltas, [])
})

test('what is taken out of a cart is given back, from the last place first', () => {
  const levels = [
    level({ held: 2, cart_held: 2 }),
    level({ location_id: there, held: 2, cart_held: 2 }),
  ]
  const holds = [hold(2), hold(2, there)]
  const until = new Date('2026-11-22T10:05:00Z')
  const fewer = plan([holder(1, { until })], { levels, holds })
  assert.deepEqual(fewer.deltas, [hold(-2, there), hold(-1)])
  const none = plan([holder(0, { until })], { levels, holds })
  assert.deepEqual(none.deltas, [hold(-2, there), hold(-2)])
})

test('all carts of one customer together hold no more than one may', () => {
  const customer_id = 'rose' as CustomerId
  const carts = [0, 1, 2].map((i) => holder(2, { cart_id: `${i}` as CartId, customer_id }))
  const wide = [level({ on_hand: 100 })]
  assert.equal(units(carts, { levels: wide }), 5)
  const of_customers = [{ customer_id, stock_item_id: item, quantity: 4 }]
  const levels = [level({ on_hand: 100, held: 4, cart_held: 4 })]
  assert.equal(units(carts, { levels, of_customers }), 1)
})
