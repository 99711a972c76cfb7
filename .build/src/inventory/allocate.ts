// Which location gives what. Pure: decides over numbers, writes nothing.
import type { ChannelId, LocationId, OrderId, OrderLineId, StockItemId } from '../lib/ids.ts'

export type Level = {
  readonly stock_item_id: StockItemId
  readonly location_id: LocationId
  readonly on_hand: number
  readonly held: number
  readonly safety: number
  readonly backorder_limit: number
  /** Where channels leave another number than usual to the others. */
  readonly channel_safety: Readonly<Record<ChannelId, number>> | null
}
/** What is left for sale, per item and location. Changed while a batch is decided. */
export type Sellable = Map<StockItemId, Map<LocationId, number>>

/** Safety stock is kept back from sale; more than that may not be held. */
export const sellableOf = (level: Level): number =>
  Math.max(0, level.on_hand + level.backorder_limit - level.held - level.safety)

export function readSellable(levels: readonly Level[]): Sellable {
  const sellable: Sellable = new Map()
  for (const level of levels) {
    const places = sellable.get(level.stock_item_id) ?? new Map<LocationId, number>()
    places.set(level.location_id, sellableOf(level))
    sellable.set(level.stock_item_id, places)
  }
  return sellable
}

/** What a channel leaves to the others of an item at a location. */
type Reserve = (item: StockItemId, place: LocationId) => number
/** Who takes: from where, in this order, and what must stay there. */
export type Seller = { readonly locations: readonly LocationId[]; readonly reserve: Reserve }

export function sellerOf(
  { id, locations, safety }: SellingChannel,
  levels: readonly Level[],
): Seller {
  const own = new Map<string, number>()
  for (const { stock_item_id, location_id, channel_safety } of levels) {
    const units = channel_safety?.[id]
    if (units !== undefined) own.set(stock_item_id + location_id, units)
  }
  const reserve: Reserve =
    own.size === 0 ? () => safety : (item, place) => own.get(item + place) ?? safety
  return { locations, reserve }
}
export type SellingChannel = {
  readonly id: ChannelId
  readonly locations: readonly LocationId[]
  readonly safety: number
}

export type Demand = {
  readonly order_id: OrderId
  readonly order_line_id: OrderLineId
  readonly stock_item_id: StockItemId
  readonly quantity: number
}
export type Allocation = Demand & { readonly location_id: LocationId }
export type Decision =
  | { readonly kind: 'held'; readonly allocations: readonly Allocation[] }
  /** What is short, over all lines of the order together. */
  | {
      readonly kind: 'short'
      readonly items: readonly {
        readonly stock_item_id: StockItemId
        readonly wanted: number
        readonly available: number
      }[]
    }

type Wanted = Map<StockItemId, number>

/** Two lines may need the same item (bundles): what counts is their sum. */
function sumByItem(demands: readonly Demand[]): Wanted {
  const wanted: Wanted = new Map()
  for (const { stock_item_id, quantity } of demands) {
    wanted.set(stock_item_id, (wanted.get(stock_item_id) ?? 0) + quantity)
  }
  return wanted
}

/**
 * Takes all units of one order or none. One parcel is better than two: the first location that
 * has everything gives everything; else each line takes from the locations in their order.
 * Lowers `sellable` by what it takes.
 */
export function allocate(
  demands: readonly Demand[],
  { locations, reserve }: Seller,
  sellable: Sellable,
): Decision {
  const wanted = sumByItem(demands)
  const there = (item: StockItemId, place: LocationId): number =>
    sellable.get(item)?.get(place) ?? 0
  const at = (item: StockItemId, place: LocationId): number =>
    Math.max(0, there(item, place) - reserve(item, place))
  const items = [...wanted].map(([stock_item_id, quantity]) => ({
    stock_item_id,
    wanted: quantity,
    available: locations.reduce((total, place) => total + at(stock_item_id, place), 0),
  }))
  const short = items.filter((item) => item.available < item.wanted)
  if (short.length > 0) return { kind: 'short', items: short }

  const whole = locations.find((place) =>
    items.every((i) => at(i.stock_item_id, place) >= i.wanted),
  )
  const allocations: Allocation[] = []
  for (const demand of demands) {
    let left = demand.quantity
    for (const place of whole === undefined ? locations : [whole]) {
      const taken = Math.min(left, at(demand.stock_item_id, place))
      if (taken === 0) continue
      sellable.get(demand.stock_item_id)!.set(place, there(demand.stock_item_id, place) - taken)
      allocations.push({ ...demand, location_id: place, quantity: taken })
      left -= taken
    }
  }
  return { kind: 'held', allocations }
}
