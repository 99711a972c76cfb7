// What staff and shoppers see of stock.
import type { Tx } from '../db/sql.ts'
import type { ChannelId, LocationId, OrderId, StockItemId } from '../lib/ids.ts'
import type { MovementKind } from './inventory.sql.ts'

export type StockLevelView = {
  readonly stock_item_id: StockItemId
  readonly sku: string
  readonly title: string
  readonly location_id: LocationId
  readonly location: string
  readonly on_hand: number
  readonly held: number
  readonly safety: number
  readonly backorder_limit: number
  readonly shortfall: number
  readonly sellable: number
  readonly channels: readonly { readonly channel_id: ChannelId; readonly safety: number }[]
}

export type LevelFilter = {
  readonly sku: string | null
  readonly location_id: LocationId | null
  /** Only levels with at most this many for sale. */
  readonly sellable_max: number | null
  readonly after: string | null
  readonly limit: number
}

/** Sorted by SKU and location code; `after` is `<sku> <location code>` of the last row. */
export const listLevels = (tx: Tx, filter: LevelFilter): Promise<StockLevelView[]> =>
  tx.many<StockLevelView>`
    select stock_item_id, sku, title, location_id, location.code as location, on_hand, held,
      safety, backorder_limit, shortfall,
      greatest(0, on_hand + backorder_limit - held - safety) as sellable,
      coalesce((
        select json_agg(json_build_object('channel_id', key, 'safety', value) order by key)
        from jsonb_each(channel_safety)), '[]') as channels
    from stock_level
    join stock_item on stock_item.id = stock_item_id
    join location on location.id = location_id
    where (${filter.sku}::text is null or sku = ${filter.sku})
      and (${filter.location_id}::uuid is null or location_id = ${filter.location_id})
      and (${filter.sellable_max}::int is null
        or on_hand + backorder_limit - held - safety <= ${filter.sellable_max})
      and (${filter.after}::text is null or (sku, location.code) >
        (split_part(${filter.after}, chr(31), 1), split_part(${filter.after}, chr(31), 2)))
    order by sku, location.code
    limit ${filter.limit}`

export type StockWhy = {
  readonly on_hand: number
  readonly movements: readonly {
    readonly id: string
    readonly at: Date
    readonly kind: MovementKind
    readonly quantity: number
    readonly balance: number
    readonly reason: string
    readonly actor: string
    readonly cause_id: string | null
  }[]
  readonly held: number
  readonly holds: readonly {
    readonly order_id: OrderId
    readonly order_number: string | null
    readonly units: number
    readonly since: Date
  }[]
}

/** "Why is it 47?": every movement with the balance after it, and who holds units now. */
export async function explainStock(
  tx: Tx,
  item: StockItemId,
  location: LocationId,
  limit: number,
): Promise<StockWhy | null> {
  const level = await tx.maybe<{ on_hand: number; held: number }>`
    select on_hand, held from stock_level
    where stock_item_id = ${item} and location_id = ${location}`
  if (!level) return null
  const movements = await tx.many<StockWhy['movements'][number]>`
    select id, at, kind, quantity, balance, reason, actor, cause_id from (
      select id, at, kind, quantity, reason, actor, cause_id,
        (sum(quantity) over (order by id))::int as balance
      from stock_movement where stock_item_id = ${item} and location_id = ${location}
    ) as movement
    order by id desc limit ${limit}`
  const holds = await tx.many<StockWhy['holds'][number]>`
    select order_id, orders.number as order_number, quantity - shipped - released as units,
      hold.created_at as since
    from hold join orders on orders.id = order_id
    where stock_item_id = ${item} and location_id = ${location}
      and shipped + released < quantity
    order by hold.id limit ${limit}`
  return { ...level, movements, holds }
}

export type StockItemView = {
  readonly id: StockItemId
  readonly sku: string
  readonly title: string
  /** Over all locations. */
  readonly on_hand: number
  readonly held: number
  readonly sellable: number
}

/** Sorted by SKU; `after` is the SKU of the last row. */
export const listStockItems = (
  tx: Tx,
  { sku, after }: { readonly sku: string | null; readonly after: string | null },
  limit: number,
): Promise<StockItemView[]> =>
  tx.many<StockItemView>`
    select id, sku, title, coalesce(sum(on_hand), 0)::int as on_hand,
      coalesce(sum(held), 0)::int as held,
      coalesce(sum(greatest(0, on_hand + backorder_limit - held - safety)), 0)::int as sellable
    from (
      select id, sku, title from stock_item
      where (${sku}::text is null or sku = ${sku}) and (${after}::text is null or sku > ${after})
      order by sku limit ${limit}
    ) as item
    left join stock_level on stock_item_id = item.id
    group by id, sku, title order by sku`
