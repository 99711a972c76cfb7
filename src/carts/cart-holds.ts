// Which goods a cart may hold before it is ordered. Off unless the shop has a rule for it. Pure.

import { type Seller, type SellingChannel, sellableOf, sellerOf } from '#src/inventory/allocate.ts'
import type { CartHold, CartLevel, CustomerHold } from '#src/inventory/cart-holds.sql.ts'
import { plusMs } from '#src/lib/clock.ts'
import type { CartId, ChannelId, CustomerId, LocationId, StockItemId } from '#src/lib/ids.ts'

export type HoldRule = {
  readonly channel_id: ChannelId
  /** Null stands for all items of the channel that have no rule of their own. */
  readonly stock_item_id: StockItemId | null
  readonly minutes: number
  readonly share_percent: number
  readonly units_max: number
  readonly scarce_below: number | null
}
export type HoldRules = {
  readonly all: HoldRule | null
  readonly items: ReadonlyMap<StockItemId, HoldRule>
}

export function rulesByChannel(rules: readonly HoldRule[]): ReadonlyMap<ChannelId, HoldRules> {
  const by_channel = Map.groupBy(rules, ({ channel_id }) => channel_id)
  return new Map(
    [...by_channel].map(([channel_id, some]) => [
      channel_id,
      {
        all: some.find(({ stock_item_id }) => stock_item_id === null) ?? null,
        items: new Map(
          some.flatMap((rule): [StockItemId, HoldRule][] =>
            rule.stock_item_id === null ? [] : [[rule.stock_item_id, rule]],
          ),
        ),
      },
    ]),
  )
}

export const ruleFor = (rules: HoldRules, item: StockItemId): HoldRule | null =>
  rules.items.get(item) ?? rules.all

/** A cart as it is now, with what its lines need of each item that has a rule. */
export type Holder = {
  readonly cart_id: CartId
  readonly customer_id: CustomerId | null
  readonly channel: SellingChannel
  readonly wanted: ReadonlyMap<StockItemId, { readonly units: number; readonly rule: HoldRule }>
  /** Until when its goods are held. Null when its turn has not begun. */
  readonly until: Date | null
}

export type HoldPlan = {
  /** What is set aside, or with a negative quantity given back. */
  readonly deltas: readonly CartHold[]
  /** Until when the goods of these carts are held: set once. */
  readonly until: ReadonlyMap<CartId, Date>
}

type Stock = { held: number; cart_held: number; readonly level: CartLevel }
const keyOf = (item: StockItemId, place: LocationId): string => `${item} ${place}`

/** Carts together hold no more than their share of what orders have left there. */
function roomIn({ level, held, cart_held }: Stock, rule: HoldRule, reserve: number): number {
  const there = Math.max(0, level.on_hand - level.safety - (held - cart_held))
  const share = Math.floor((there * rule.share_percent) / 100) - cart_held
  const { on_hand, safety } = level
  return Math.max(0, Math.min(share, on_hand - safety - held - reserve))
}

type Plan = {
  readonly stock: ReadonlyMap<string, Stock>
  /** What all carts of a customer hold of an item. */
  readonly of_customer: Map<string, number>
  readonly deltas: CartHold[]
  readonly until: Map<CartId, Date>
}

function move(plan: Plan, delta: CartHold, customer_id: CustomerId | null): void {
  const { stock_item_id, location_id, quantity } = delta
  plan.deltas.push(delta)
  const at = plan.stock.get(keyOf(stock_item_id, location_id))!
  at.held += quantity
  at.cart_held += quantity
  if (customer_id === null) return
  const key = `${customer_id} ${stock_item_id}`
  plan.of_customer.set(key, (plan.of_customer.get(key) ?? 0) + quantity)
}

/** What a cart holds and needs no more. */
function giveBack(plan: Plan, { customer_id, wanted }: Holder, own: readonly CartHold[]): void {
  for (const [item, mine] of Map.groupBy(own, ({ stock_item_id }) => stock_item_id)) {
    const has = mine.reduce((sum, { quantity }) => sum + quantity, 0)
    const wish = wanted.get(item)
    let surplus = has - Math.min(wish?.units ?? 0, wish?.rule.units_max ?? 0)
    for (const hold of mine.toReversed()) {
      const back = Math.min(hold.quantity, surplus)
      if (back <= 0) continue
      surplus -= back
      move(plan, { ...hold, quantity: -back }, customer_id)
    }
  }
}

type Wish = { readonly item: StockItemId; readonly units: number; readonly rule: HoldRule }

/** As many of the units as the rule and the shelves have room for. */
function takeMore(plan: Plan, holder: Holder, wish: Wish, { seller, now }: Taking): void {
  const { cart_id, customer_id, until } = holder
  const { item, rule } = wish
  const places = seller.locations.flatMap((id) => plan.stock.get(keyOf(item, id)) ?? [])
  const left = places.reduce(
    (sum, { level, held }) => sum + sellableOf({ ...level, held, backorder_limit: 0 }),
    0,
  )
  if (rule.scarce_below !== null && left > rule.scarce_below) return
  const theirs = plan.of_customer.get(`${customer_id} ${item}`) ?? 0
  let open = customer_id === null ? wish.units : Math.min(wish.units, rule.units_max - theirs)
  for (const at of places) {
    const { location_id } = at.level
    const taken = Math.min(open, roomIn(at, rule, seller.reserve(item, location_id)))
    if (taken <= 0) continue
    open -= taken
    move(plan, { cart_id, stock_item_id: item, location_id, quantity: taken }, customer_id)
    const end = until ?? plusMs(now, rule.minutes * 60_000)
    const earlier = plan.until.get(cart_id)
    if (earlier === undefined || end < earlier) plan.until.set(cart_id, end)
  }
}
type Taking = { readonly seller: Seller; readonly now: Date }

/**
 * What the holds of these carts become, one cart after the other, over locked levels. A cart has
 * its turn once: it ends so many minutes after its first hold, whatever is put into it.
 */
export function planHolds(
  holders: readonly Holder[],
  known: {
    readonly levels: readonly CartLevel[]
    readonly holds: readonly CartHold[]
    /** What all carts of these customers hold, those that are planned among them. */
    readonly of_customers: readonly CustomerHold[]
    readonly now: Date
  },
): HoldPlan {
  const { levels, holds, of_customers, now } = known
  const plan: Plan = {
    stock: new Map(
      levels.map((level): [string, Stock] => {
        const { held, cart_held, stock_item_id, location_id } = level
        return [keyOf(stock_item_id, location_id), { held, cart_held, level }]
      }),
    ),
    of_customer: new Map(
      of_customers.map((one) => [`${one.customer_id} ${one.stock_item_id}`, one.quantity]),
    ),
    deltas: [],
    until: new Map(),
  }
  for (const holder of holders) {
    const own = holds.filter(({ cart_id }) => cart_id === holder.cart_id)
    giveBack(plan, holder, own)
    if (holder.until !== null && holder.until <= now) continue
    const seller = sellerOf(holder.channel, levels)
    for (const [item, { units, rule }] of holder.wanted) {
      const mine = own.filter(({ stock_item_id }) => stock_item_id === item)
      const has = mine.reduce((sum, { quantity }) => sum + quantity, 0)
      const more = Math.min(units, rule.units_max) - has
      if (more > 0) takeMore(plan, holder, { item, units: more, rule }, { seller, now })
    }
  }
  return { deltas: plan.deltas, until: plan.until }
}
