// Whether an offer can be had: asked for all waiting requests in one statement, together with
// the revisions that tell whether what is kept in memory still holds.
import type { Tx } from '#src/db/sql.ts'
import { sql } from '#src/db/sql.ts'
import type { ChannelId, ProductId, VariantId } from '#src/lib/ids.ts'

// As sellableOf in src/inventory/allocate.ts, over all locations that serve the channel.
const sellable = sql`
  select coalesce(sum(greatest(0, on_hand + backorder_limit - held - safety)), 0)
  from stock_level
  join channel_location on channel_location.location_id = stock_level.location_id
  where channel_location.channel_id = asked.channel_id
    and stock_level.stock_item_id = variant_item.stock_item_id`

export type Freshness = { readonly catalog: bigint; readonly settings: bigint }

const freshness = sql`
  (select number from revision where name = 'catalog') as catalog,
  (select number from revision where name = 'settings') as settings`

export type AskedOffer = { readonly channel_id: ChannelId; readonly product_id: ProductId }

/** The places in `asked` (from 0) of those of which no variant is left. */
export const readSoldOut = (
  tx: Tx,
  asked: readonly AskedOffer[],
): Promise<Freshness & { readonly sold_out: readonly number[] }> =>
  tx.one<Freshness & { sold_out: number[] }>`
    select ${freshness}, array(
      select (asked.n - 1)::int
      from unnest(${asked.map(({ channel_id }) => channel_id)}::uuid[],
        ${asked.map(({ product_id }) => product_id)}::uuid[]
      ) with ordinality as asked (channel_id, product_id, n)
      where not coalesce((
        select true from variant
        where variant.product_id = asked.product_id and archived_at is null
          and (
            select bool_and(variant_item.quantity <= (${sellable}))
            from variant_item where variant_item.variant_id = variant.id
          )
        limit 1), false)
    ) as sold_out`

export type AskedVariant = { readonly channel_id: ChannelId; readonly variant_id: VariantId }

/** How many can be had of each, in the order of `asked`. */
export const readAvailable = (
  tx: Tx,
  asked: readonly AskedVariant[],
): Promise<Freshness & { readonly available: readonly number[] }> =>
  tx.one<Freshness & { available: number[] }>`
    select ${freshness}, array(
      select coalesce((
        select min(least(1000000000, (${sellable})) / variant_item.quantity)::int
        from variant_item where variant_item.variant_id = asked.variant_id), 0)
      from unnest(${asked.map(({ channel_id }) => channel_id)}::uuid[],
        ${asked.map(({ variant_id }) => variant_id)}::uuid[]
      ) with ordinality as asked (channel_id, variant_id, n)
      order by asked.n
    ) as available`

export const readFreshness = (tx: Tx): Promise<Freshness> => tx.one<Freshness>`select ${freshness}`
