// Whether an offer can be had: asked for all waiting requests in one statement, together with
// the revisions that tell whether what is kept in memory still holds.
import { sql, type Tx } from '#src/db/sql.ts'
import type { ChannelId, LocationId, ProductId, StockItemId, VariantId } from '#src/lib/ids.ts'

export type Freshness = { readonly catalog: bigint; readonly settings: bigint }

const freshness = sql`
  (select number from revision where name = 'catalog') as catalog,
  (select number from revision where name = 'settings') as settings`

export const readFreshness = (tx: Tx): Promise<Freshness> => tx.one<Freshness>`select ${freshness}`

/** Arrays as PostgreSQL writes them: they are put together from texts that are kept. */
export type AskedItems = {
  readonly items: string
  readonly quantities: string
  readonly locations: string
}

// As sellableOf in src/inventory/allocate.ts, over the locations that serve the channel.
const sellable = (locations: string) => sql`
  coalesce((
    select sum(greatest(0, on_hand + backorder_limit - held - safety)) from stock_level
    where stock_item_id = asked.item_id and location_id = any(${locations}::uuid[])), 0)`

/** The places (from 0) of those of which less than the quantity can be had. */
export const readShort = (
  tx: Tx,
  { items, quantities, locations }: AskedItems,
): Promise<Freshness & { readonly short: readonly number[] }> =>
  tx.one<Freshness & { short: number[] }>`
    select ${freshness}, array(
      select (asked.n - 1)::int
      from unnest(${items}::uuid[], ${quantities}::int[])
        with ordinality as asked (item_id, quantity, n)
      where quantity > ${sellable(locations)}
    ) as short`

/** How many times the quantity can be had of each, in their order. */
export const readAvailable = (
  tx: Tx,
  { items, quantities, locations }: AskedItems,
): Promise<Freshness & { readonly available: readonly number[] }> =>
  tx.one<Freshness & { available: number[] }>`
    select ${freshness}, array(
      select least(1000000000, ${sellable(locations)} / quantity)::int
      from unnest(${items}::uuid[], ${quantities}::int[])
        with ordinality as asked (item_id, quantity, n)
      order by asked.n
    ) as available`

export type VariantItem = {
  readonly product_id: ProductId
  readonly variant_id: VariantId
  readonly stock_item_id: StockItemId
  readonly quantity: number
}

/** What the live variants of these products are made of. */
export const readVariantItems = (tx: Tx, products: readonly ProductId[]): Promise<VariantItem[]> =>
  tx.many<VariantItem>`
    select product_id, variant_id, stock_item_id, quantity
    from variant join variant_item on variant_id = variant.id
    where product_id = any(${products}) and archived_at is null
    order by product_id, position, variant_id, stock_item_id`

export const readLocations = async (tx: Tx, channel_id: ChannelId): Promise<LocationId[]> => {
  const rows = await tx.many<{ location_id: LocationId }>`
    select location_id from channel_location where channel_id = ${channel_id}
    order by location_id`
  return rows.map(({ location_id }) => location_id)
}
