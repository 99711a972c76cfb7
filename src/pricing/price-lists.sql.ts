import { sql, type Tx } from '#src/db/sql.ts'
import { newId, type PriceListId, type VariantId } from '#src/lib/ids.ts'
import type { TierKey } from './prices.sql.ts'
import type { LineToPrice, Price, PriceList } from './pricing.ts'

export type StoredPriceList = PriceList & {
  readonly name: string
  readonly archived_at: Date | null
}

const list_columns = sql`
  id, code, name, currency, prices_include_tax, channel_id, customer_group_id, countries,
  starts_at, ends_at, priority, archived_at`

export const readPriceList = (tx: Tx, id: PriceListId): Promise<StoredPriceList | null> =>
  tx.maybe<StoredPriceList>`select ${list_columns} from price_list where id = ${id}`

/** Locked until commit: two people who edit one list do so one after the other. */
export const lockPriceList = (tx: Tx, id: PriceListId): Promise<StoredPriceList | null> =>
  tx.maybe<StoredPriceList>`select ${list_columns} from price_list where id = ${id} for update`

export type ListFilter = { readonly archived: boolean; readonly after: string | null }

export const readPriceLists = (
  tx: Tx,
  { archived, after }: ListFilter,
  limit: number,
): Promise<StoredPriceList[]> =>
  tx.many<StoredPriceList>`
    select ${list_columns} from price_list
    where (archived_at is not null) = ${archived}
      and (${after}::uuid is null or id > ${after}::uuid)
    order by id limit ${limit}`

/** False when another list has the code. */
export async function insertPriceList(tx: Tx, list: StoredPriceList, now: Date): Promise<boolean> {
  const written = await tx.run`
    insert into price_list (${list_columns}, since)
    values (${list.id}, ${list.code}, ${list.name}, ${list.currency}, ${list.prices_include_tax},
      ${list.channel_id}, ${list.customer_group_id}, ${list.countries}, ${list.starts_at},
      ${list.ends_at}, ${list.priority}, ${list.archived_at}, ${now})
    on conflict (code) do nothing`
  return written === 1
}

/** The terms that a list had until now, for who asks what its prices were. */
const keepTerms = (tx: Tx, id: PriceListId, now: Date): Promise<number> =>
  tx.run`
    insert into price_list_past (id, price_list_id, priority, prices_include_tax, channel_id,
      customer_group_id, countries, starts_at, ends_at, archived_at, since, until)
    select ${newId<string>()}, id, priority, prices_include_tax, channel_id, customer_group_id,
      countries, starts_at, ends_at, archived_at, since, ${now}
    from price_list where id = ${id}`

/** False when another list has the code. The currency stays: prices are counted in it. */
export async function updatePriceList(tx: Tx, list: StoredPriceList, now: Date): Promise<boolean> {
  await keepTerms(tx, list.id, now)
  const written = await tx.run`
    update price_list set code = ${list.code}, name = ${list.name},
      prices_include_tax = ${list.prices_include_tax}, channel_id = ${list.channel_id},
      customer_group_id = ${list.customer_group_id}, countries = ${list.countries},
      starts_at = ${list.starts_at}, ends_at = ${list.ends_at}, priority = ${list.priority},
      archived_at = ${list.archived_at}, since = ${now}
    where id = ${list.id}
      and not exists (select from price_list where code = ${list.code} and id <> ${list.id})`
  return written === 1
}

/** What a list refers to that does not exist: names of its fields. */
export async function missingReferences(tx: Tx, list: StoredPriceList): Promise<string[]> {
  const { channel, customer_group } = await tx.one<{ channel: boolean; customer_group: boolean }>`
    select
      ${list.channel_id}::uuid is null
        or exists (select from channel where id = ${list.channel_id}) as channel,
      ${list.customer_group_id}::uuid is null
        or exists (select from customer_group where id = ${list.customer_group_id})
        as customer_group`
  return [...(channel ? [] : ['channel_id']), ...(customer_group ? [] : ['customer_group_id'])]
}

export type NewPrice = Omit<Price, 'price_list_id'>

/** Which of these do not exist. */
export async function unknownVariants(tx: Tx, ids: readonly VariantId[]): Promise<Set<VariantId>> {
  const rows = await tx.many<{ id: VariantId }>`
    select id from unnest(${ids}::uuid[]) as asked (id)
    where not exists (select from variant where variant.id = asked.id)`
  return new Set(rows.map(({ id }) => id))
}

export type PricesFilter = {
  readonly price_list_id: PriceListId
  readonly variant_id: VariantId | null
  readonly after: TierKey | null
}

export const readPricePage = (
  tx: Tx,
  { price_list_id, variant_id, after }: PricesFilter,
  limit: number,
): Promise<Price[]> =>
  tx.many<Price>`
    select price_list_id, variant_id, min_quantity, amount, per_units, compare_at from price
    where price_list_id = ${price_list_id}
      and (${variant_id}::uuid is null or variant_id = ${variant_id}::uuid)
      and (variant_id, min_quantity) > (
        coalesce(${after?.variant_id ?? null}::uuid, '00000000-0000-0000-0000-000000000000'),
        ${after?.min_quantity ?? 0}::int)
    order by variant_id, min_quantity limit ${limit}`

export type VariantToExplain = Omit<LineToPrice, 'line_id' | 'variant_id' | 'quantity'>

export const readVariantToExplain = (tx: Tx, id: VariantId): Promise<VariantToExplain | null> =>
  tx.maybe<VariantToExplain>`
    select tax_category, taxable, product_id, tags, array(
      with recursive above (id) as (
        select category_id from product_category
        where product_category.product_id = variant.product_id
        union
        select parent_id from category join above on above.id = category.id
        where parent_id is not null
      )
      select id::text from above) as category_ids
    from variant join product on product.id = product_id
    where variant.id = ${id}`

export const countPriceLists = async (tx: Tx): Promise<bigint> => {
  const { count } = await tx.one<{ count: bigint }>`
    select count(*) from price_list where archived_at is null`
  return count
}
