import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ChannelId, LocationId, OrderId, OrderLineId, StockItemId } from '#src/lib/ids.ts'
import { allocate, type Demand, type Level, readSellable, sellerOf } from './allocate.ts'

const [berlin, hamburg] = ['berlin', 'hamburg'] as LocationId[] as [LocationId, LocationId]
const [web, counter] = ['web', 'counter'] as ChannelId[] as [ChannelId, ChannelId]
const tea = 'tea' as StockItemId

const level = (location_id: LocationId, on_hand: number, more: Partial<Level> = {}): Level => ({
  stock_item_id: tea,
  location_id,
  on_hand,
  held: 0,
  safety: 0,
  backorder_limit: 0,
  channel_safety: null,
  ...more,
})
const want = (quantity: number): Demand[] => [
  { order_id: 'o' as OrderId, order_line_id: 'l' as OrderLineId, stock_item_id: tea, quantity },
]
const sell = (
  levels: readonly Level[],
  quantity: number,
  { id = web, safety = 0 }: { id?: ChannelId; safety?: number } = {},
) => {
  const locations = [berlin, hamburg]
  const seller = sellerOf({ id, locations, safety }, levels)
  return allocate(want(quantity), seller, readSellable(levels))
}
/** What is taken where, or how many there would have been. */
const told = (decision: ReturnType<typeof sell>) =>
  decision.kind === 'short'
    ? decision.items[0]!.available
    : Object.fromEntries(decision.allocations.map((a) => [a.location_id, a.quantity]))

test('one location that has everything gives everything, else they give in their order', () => {
  assert.deepEqual(told(sell([level(berlin, 2), level(hamburg, 5)], 4)), { hamburg: 4 })
  assert.deepEqual(told(sell([level(berlin, 2), level(hamburg, 5)], 6)), { berlin: 2, hamburg: 4 })
  assert.equal(told(sell([level(berlin, 2), level(hamburg, 5)], 8)), 7)
})

test('what a channel leaves to the others it leaves at each location, beyond the safety stock', () => {
  const levels = [level(berlin, 10, { safety: 2 }), level(hamburg, 3)]
  assert.equal(told(sell(levels, 100)), 11)
  assert.equal(told(sell(levels, 100, { safety: 3 })), 5)
  assert.equal(told(sell(levels, 100, { safety: 50 })), 0)
})

test('a level may say another number for one channel, also none', () => {
  const channel_safety = { [web]: 4 } as Record<ChannelId, number>
  const levels = [level(berlin, 10, { channel_safety }), level(hamburg, 3)]
  assert.equal(told(sell(levels, 100, { safety: 1 })), 6 + 2)
  assert.equal(told(sell(levels, 100, { id: counter, safety: 1 })), 9 + 2)
  const all = { [web]: 0 } as Record<ChannelId, number>
  assert.equal(told(sell([level(berlin, 10, { channel_safety: all })], 100, { safety: 5 })), 10)
})

test('two channels in turn: each takes all or nothing, and never the last ones of the others', () => {
  const shelves = fc.record({ on_hand: fc.nat(40), safety: fc.nat(5), own: fc.option(fc.nat(9)) })
  const orders = fc.array(
    fc.record({ by_web: fc.boolean(), quantity: fc.integer({ min: 1, max: 9 }) }),
  )
  fc.assert(
    fc.property(shelves, shelves, orders, fc.nat(9), (first, second, asked, safety) => {
      const levels = [first, second].map(({ own, ...shelf }, i) =>
        level([berlin, hamburg][i]!, shelf.on_hand, {
          safety: shelf.safety,
          channel_safety: own === null ? null : ({ [web]: own } as Record<ChannelId, number>),
        }),
      )
      const locations = [berlin, hamburg]
      const sellable = readSellable(levels)
      const sellers = {
        web: sellerOf({ id: web, locations, safety }, levels),
        counter: sellerOf({ id: counter, locations, safety: 0 }, levels),
      }
      for (const { by_web, quantity } of asked) {
        const before = locations.map((place) => sellable.get(tea)!.get(place)!)
        const seller = by_web ? sellers.web : sellers.counter
        const decision = allocate(want(quantity), seller, sellable)
        const after = locations.map((place) => sellable.get(tea)!.get(place)!)
        const taken = before.map((units, i) => units - after[i]!)
        const kept = [first, second].map(({ own }) => (by_web ? (own ?? safety) : 0))
        const free = before.map((units, i) => Math.max(0, units - kept[i]!))
        const all = free[0]! + free[1]!
        assert.equal(decision.kind, all >= quantity ? 'held' : 'short')
        assert.equal(taken[0]! + taken[1]!, all >= quantity ? quantity : 0)
        taken.forEach((units, i) => assert(units >= 0 && units <= free[i]!))
      }
    }),
  )
})
