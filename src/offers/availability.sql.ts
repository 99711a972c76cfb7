// Whether an offer can be had: asked for all waiting requests in one statement, together with
// the revisions that tell whether what is kept in memory still holds.
import { sql, type Tx } from '#src/db/sql.ts'
import type { ChannelId, LocationId, ProductId, StockItemId, VariantId } from '#src/lib/ids.ts'

export type Freshness = { readonly catalog: bigint; readonly settings: bigint }

export const freshness = sql`
  (select number from revision where name = 'catalog') as catalog,
  (select number from revision where name = 'settings') as settings`

export const readFreshness = (tx: Tx): Promise<Freshness> => tx.one<Freshness>`select ${freshness}`

/** A channel as the shelves see it. */
export type Outlet = {
  readonly channel_id: ChannelId
  /** What it leaves to the others, where a level says nothing else. */
  readonly safety: number
  /** From where it sells, as PostgreSQL writes an array of uuids. */
  readonly locations: string
}

// As sellableOf and sellerOf in src/inventory/allocate.ts, over the locations that serve the
// channel. The arrays come as texts, because they are put together from texts that are kept. The
// item is given with its table: a bare name would be that of the level itself.
export const sellable = (
  { channel_id, safety, locations }: Outlet,
  item_id: ReturnType<typeof sql>,
) => sql`
  coalesce((
    select sum(greatest(0, on_hand + backorder_limit - held - safety
      - coalesce((channel_safety->>${channel_id}::text)::int, ${safety}::int)))
    from stock_level
    where stock_item_id = ${item_id} and location_id = any(${locations}::uuid[])), 0)`

export type AskedShelves = {
  readonly items: string
  readonly quantities: string
  /** Those of which any variant would do. */
  readonly products: string
  readonly outlet: Outlet
}
/** The place of the product, the items of one of its variants that is there, their quantities. */
export type FoundLead = readonly [number, readonly StockItemId[], readonly number[]]

/** All places are counted from 0. */
export const readShelves = (
  tx: Tx,
  { items, quantities, products, outlet }: AskedShelves,
): Promise<
  Freshness & { readonly short: readonly number[]; readonly found: readonly FoundLead[] | null }
> =>
  tx.one`
    select ${freshness},
      array(
        select (asked.n - 1)::int
        from unnest(${items}::uuid[], ${quantities}::int[])
          with ordinality as asked (item_id, quantity, n)
        where quantity > ${sellable(outlet, sql`asked.item_id`)}
      ) as short,
      (
        select json_agg(json_build_array(asked.n - 1, whole.items, whole.quantities))
        from unnest(${products}::uuid[]) with ordinality as asked (product_id, n)
        cross join lateral (
          select array_agg(stock_item_id) as items, array_agg(quantity) as quantities
          from variant join variant_item on variant_id = variant.id
          where product_id = asked.product_id and archived_at is null
          group by variant.id
          having bool_and(quantity <= ${sellable(outlet, sql`variant_item.stock_item_id`)})
          limit 1
        ) as whole
      ) as found`

export type AskedItems = Omit<AskedShelves, 'products'>

/** How many times the quantity can be had of each item, in their order. */
export const readAvailable = (
  tx: Tx,
  { items, quantities, outlet }: AskedItems,
): Promise<Freshness & { readonly available: readonly number[] }> =>
  tx.one<Freshness & { available: number[] }>`
    select ${freshness}, array(
      select least(1000000000, ${sellable(outlet, sql`asked.item_id`)} / quantity)::int
      from unnest(${items}::uuid[], ${quantities}::int[])
        with ordinality as asked (item_id, quantity, n)
      order by asked.n
    ) as available`

export type VariantItem = {
  readonly variant_id: VariantId
  readonly stock_item_id: StockItemId
  readonly quantity: number
}

/** What the live variants of a product are made of. */
export const readVariantItems = (tx: Tx, product_id: ProductId): Promise<VariantItem[]> =>
  tx.many<VariantItem>`
    select variant_id, stock_item_id, quantity
    from variant join variant_item on variant_id = variant.id
    where product_id = ${product_id} and archived_at is null
    order by variant_id, stock_item_id`

export const readLocations = async (tx: Tx, channel_id: ChannelId): Promise<LocationId[]> => {
  const rows = await tx.many<{ location_id: LocationId }>`
    select location_id from channel_location where channel_id = ${channel_id}
    order by location_id`
  return rows.map(({ location_id }) => location_id)
}
