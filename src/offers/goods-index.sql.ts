// What a search looks at, read from the tables that everything else reads too: there is no second
// copy in the database that could say something else.
import { sql, type Tx } from '#src/db/sql.ts'
import type { CategoryId, ChannelId, CollectionId, PriceListId, ProductId } from '#src/lib/ids.ts'
import type { RankedList } from '#src/pricing/price-lists.ts'
import { type Freshness, freshness, type Outlet, sellable } from './availability.sql.ts'
import { listRows } from './offers.sql.ts'

/**
 * Gives goods that have none yet their number and their words; the triggers of migration 0029 do
 * it for all that is written since. Returns how many it were, 0 at the end.
 */
export async function indexSome(tx: Tx, limit: number): Promise<number> {
  const { count } = await tx.one<{ count: number }>`
    with unmarked as (
      select id from product
      where not exists (select from goods_mark where product_id = product.id)
      order by id limit ${limit}
    ), ids as (select array_agg(id) as ids from unmarked)
    select coalesce(cardinality(ids), 0) as count, mark_goods(ids), index_texts(ids),
      index_codes(ids)
    from ids`
  return count
}

export type IndexState = Freshness & {
  /** Whatever is changed by transactions before this one is read. */
  readonly xmin: string
  readonly highest: number
}

export const readIndexState = (tx: Tx): Promise<IndexState> =>
  tx.one<IndexState>`
    select ${freshness}, pg_snapshot_xmin(pg_current_snapshot())::text as xmin,
      coalesce((select max(n) from goods_mark), 0) as highest`

export type GoodsRow = {
  readonly n: number
  readonly id: ProductId
  readonly title: string
  readonly vendor: string
  readonly type: string
  readonly tags: readonly string[]
  readonly is_active: boolean
  readonly fields: Readonly<Record<string, unknown>>
  readonly categories: readonly CategoryId[]
  /** Name and value of each option, with a unit separator between them. */
  readonly options: readonly string[]
  readonly variant_fields: readonly { readonly [key: string]: unknown }[]
  readonly collections: readonly CollectionId[]
  /** What it, its options and their values are called in other languages. */
  readonly names: readonly GoodsNames[]
}
export type GoodsNames = {
  readonly locale: string
  readonly title: string | null
  readonly options: Readonly<Record<string, string>> | null
  readonly values: Readonly<Record<string, string>> | null
}

export type GoodsAsked = {
  readonly after: number
  readonly limit: number
  /** Null reads all; else what transactions from this one on have changed. */
  readonly since: string | null
  /** Fields of variants that are filtered by. */
  readonly variant_keys: readonly string[]
  /** The same of products. */
  readonly keys: readonly string[]
}

/** In the order of their numbers. */
export const readGoods = (
  tx: Tx,
  { after, limit, since, variant_keys, keys }: GoodsAsked,
): Promise<GoodsRow[]> =>
  tx.many<GoodsRow>`
    select n, product.id, title, vendor, type, tags, state = 'active' as is_active,
      ${
        keys.length === 0
          ? sql`'{}'::jsonb`
          : sql`coalesce((select jsonb_object_agg(key, value) from jsonb_each(fields)
              where key = any(${keys})), '{}')`
      } as fields,
      array(select category_id from product_category
        where product_id = product.id) as categories,
      array(select distinct option.name || E'\x1f' || option_values[option.i]
        from variant cross join unnest(product.options) with ordinality as option (name, i)
        where product_id = product.id and archived_at is null
          and option.i <= cardinality(option_values)) as options,
      ${
        variant_keys.length === 0
          ? sql`'{}'::jsonb[]`
          : sql`array(select distinct jsonb_build_object(key, value)
              from variant cross join jsonb_each(variant.fields)
              where product_id = product.id and archived_at is null
                and key = any(${variant_keys}))`
      } as variant_fields,
      array(select collection_id from collection_product
        where product_id = product.id) as collections,
      array(select jsonb_build_object('locale', locale, 'title', texts->'title',
          'options', texts->'options', 'values', texts->'values')
        from translation where subject = 'product' and subject_id = product.id
          and texts ?| '{title,options,values}') as names
    from (
      select product_id, n from goods_mark
      where ${
        since === null
          ? sql`n > ${after}`
          : sql`n > ${after} and changed >= ${since}::xid8
              and changed < pg_snapshot_xmax(pg_current_snapshot())`
      }
      order by n limit ${limit}
    ) as mark join product on product.id = mark.product_id
    order by n`

export type ShelfRow = {
  readonly n: number
  readonly is_published: boolean
  readonly price: number | null
  readonly is_available: boolean
}
type ShelfAsked = {
  readonly channel_id: ChannelId
  readonly lists: readonly RankedList[]
  readonly outlet: Outlet
  readonly now: Date
}

const onlyThese = (column: ReturnType<typeof sql>, ids: readonly ProductId[] | null) =>
  ids === null ? sql`true` : sql`${column} = any(${ids}::uuid[])`

/** How a channel sells these goods, or all it sells. The price is that which lists show. */
export const readShelf = (
  tx: Tx,
  { channel_id, lists, outlet, now }: ShelfAsked,
  ids: readonly ProductId[] | null,
): Promise<ShelfRow[]> =>
  tx.many<ShelfRow>`
    with of_variant as (
      select distinct on (variant.id) product_id, min_quantity,
        amount::float8 / per_units as price
      from variant join price on price.variant_id = variant.id
      join ${listRows(lists)} on list.id = price_list_id
      where archived_at is null and ${onlyThese(sql`product_id`, ids)}
      order by variant.id, min_quantity, list.rank, amount::numeric / per_units, list.id
    ), priced as (
      select distinct on (product_id) product_id, price from of_variant
      order by product_id, min_quantity, price
    ), there as (
      select distinct product_id from (
        select product_id from variant join variant_item on variant_id = variant.id
        where archived_at is null and ${onlyThese(sql`product_id`, ids)}
        group by variant.id
        having bool_and(quantity <= ${sellable(outlet, sql`variant_item.stock_item_id`)})
      ) as whole
    )
    select n, publication.product_id is not null as is_published, priced.price,
      priced.price is not null and there.product_id is not null as is_available
    from goods_mark
    left join publication on publication.product_id = goods_mark.product_id
      and channel_id = ${channel_id} and published_at <= ${now}
    left join priced on priced.product_id = goods_mark.product_id
    left join there on there.product_id = goods_mark.product_id
    where ${onlyThese(sql`goods_mark.product_id`, ids)}
      and ${ids === null ? sql`publication.product_id is not null` : sql`true`}`

/** Goods that have a price in one of these lists: some of them, where there are more. */
export const readPricedIn = async (
  tx: Tx,
  lists: readonly PriceListId[],
  limit: number,
): Promise<ProductId[]> => {
  const rows = await tx.many<{ id: ProductId }>`
    select distinct product_id as id from price join variant on variant.id = variant_id
    where price_list_id = any(${lists}) limit ${limit}`
  return rows.map(({ id }) => id)
}

export type SearchPulse = Freshness & {
  /** Goods that went out of stock or came back since then. */
  readonly flipped: readonly ProductId[]
  readonly flip_count: number
  readonly xmin: string
}

/** More than that at once: everything is looked at again. */
export const flips_max = 5_000

/** Whether what is kept in memory still holds, in one small statement. */
export const readPulse = (tx: Tx, since: string): Promise<SearchPulse> =>
  tx.one<SearchPulse>`
    with flip as (
      select stock_item_id from stock_flip where changed >= ${since}::xid8 limit ${flips_max}
    )
    select ${freshness}, pg_snapshot_xmin(pg_current_snapshot())::text as xmin,
      (select count(*)::int from flip) as flip_count, array(
        select distinct product_id from flip
        join variant_item on variant_item.stock_item_id = flip.stock_item_id
        join variant on variant.id = variant_id) as flipped`

export const readMembers = async (tx: Tx, id: CollectionId): Promise<number[]> => {
  const { numbers } = await tx.one<{ numbers: number[] }>`
    select array(select n from collection_product join goods_mark using (product_id)
      where collection_id = ${id}) as numbers`
  return numbers
}

/** All web servers have seen them long ago; one that slept for longer reads everything again. */
export const dropOldFlips = (tx: Tx, before: Date): Promise<number> =>
  tx.run`delete from stock_flip where at < ${before}`
