import { type Statement, sql, type Tx } from '#src/db/sql.ts'
import type { PriceListId, VariantId } from '#src/lib/ids.ts'
import type { HeldList, HeldPrice, Market } from './price-history.ts'

/** Whoever changes a price more often than this in a year is told of the last ones. */
const changes_max = 1_000

const columns = sql`price_list_id, variant_id, min_quantity, amount, per_units, compare_at, since`

/** Whether a list, as it is or was, is shown there. */
const isShownIn = ({ channel_id, country, customer_group_ids }: Market): Statement => sql`
  (channel_id is null or channel_id = ${channel_id})
  and (customer_group_id is null or customer_group_id = any(${customer_group_ids}::uuid[]))
  and (countries is null or ${country} = any(countries))`

/** Of these variants all prices in one market, with the lists they stood in. */
export async function readPriceHistory(
  tx: Tx,
  variants: readonly VariantId[],
  market: Market,
): Promise<{ readonly lists: readonly HeldList[]; readonly prices: readonly HeldPrice[] }> {
  if (variants.length === 0) return { lists: [], prices: [] }
  const lists = await tx.many<HeldList>`
    with asked (id) as materialized (
      select distinct price_list_id from (
        select price_list_id from price where variant_id = any(${variants})
        union all select price_list_id from price_past where variant_id = any(${variants})
      ) as named
      join price_list on price_list.id = price_list_id
      where currency = ${market.currency} and (${isShownIn(market)} or exists (
        select from price_list_past as past
        where past.price_list_id = price_list.id and ${isShownIn(market)}))
    )
    select id, code, currency, prices_include_tax, channel_id, customer_group_id, countries,
      starts_at, ends_at, priority, archived_at, since, null::timestamptz as until
    from price_list where id in (select id from asked)
    union all
    select price_list_id, code, currency, past.prices_include_tax, past.channel_id,
      past.customer_group_id, past.countries, past.starts_at, past.ends_at, past.priority,
      past.archived_at, past.since, past.until
    from price_list_past as past join price_list on price_list.id = price_list_id
    where price_list_id in (select id from asked)`
  const ids: PriceListId[] = [...new Set(lists.map(({ id }) => id))]
  const prices = await tx.many<HeldPrice>`
    select ${columns}, null::timestamptz as until from price
    where variant_id = any(${variants}) and price_list_id = any(${ids})
    union all
    select past.* from unnest(${variants}::uuid[]) as asked (id)
    cross join lateral (
      select ${columns}, until from price_past
      where variant_id = asked.id and price_list_id = any(${ids})
      order by price_past.id desc limit ${changes_max}
    ) as past`
  return { lists, prices }
}

export type PastPrice = HeldPrice & { readonly id: string; readonly price_list: string }

/** Prices of a variant that hold no more, the newest first. */
export const readPastPrices = (
  tx: Tx,
  variant_id: VariantId,
  after: string | null,
  limit: number,
): Promise<PastPrice[]> =>
  tx.many<PastPrice>`
    select past.id, past.price_list_id, price_list.code as price_list, past.variant_id,
      past.min_quantity, past.amount, past.per_units, past.compare_at, past.since, past.until
    from price_past as past join price_list on price_list.id = past.price_list_id
    where past.variant_id = ${variant_id} and (${after}::uuid is null or past.id < ${after}::uuid)
    order by past.id desc limit ${limit}`
