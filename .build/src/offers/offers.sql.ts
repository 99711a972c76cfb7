// What a channel sells, at which price. The part of it that changes with every order, the
// availability, is read by availability.sql.ts.
import { sql, type Tx } from '../db/sql.ts'
import type {
  ChannelId,
  MediaId,
  PriceListId,
  ProductId,
  StockItemId,
  VariantId,
} from '../lib/ids.ts'
import type { Currency } from '../lib/money.ts'
import type { Offer, OfferCard, OfferTier, OfferVariant } from './offers.ts'

export type OfferChannel = {
  readonly currencies: readonly Currency[]
  readonly default_country: string
  readonly safety: number
}

export const readOfferChannel = (tx: Tx, id: ChannelId): Promise<OfferChannel | null> =>
  tx.maybe<OfferChannel>`
    select currencies, default_country, safety from channel where id = ${id}`

/** A price list that holds for everybody here and now; a lower rank goes first. */
export type OfferList = {
  readonly id: PriceListId
  readonly rank: number
  readonly prices_include_tax: boolean
}
export type OfferPlace = {
  readonly channel_id: ChannelId
  readonly currency: Currency
  readonly country: string
  readonly now: Date
}

/** The rule of src/pricing/price-lists.ts for a shopper nobody knows, asked of the database. */
export const readOfferLists = (tx: Tx, place: OfferPlace): Promise<OfferList[]> =>
  tx.many<OfferList>`
    select id, prices_include_tax, dense_rank() over (
      order by priority desc, num_nonnulls(channel_id, countries) desc)::int as rank
    from price_list
    where archived_at is null and customer_group_id is null and currency = ${place.currency}
      and (channel_id is null or channel_id = ${place.channel_id})
      and (countries is null or ${place.country} = any(countries))
      and (starts_at is null or starts_at <= ${place.now})
      and (ends_at is null or ends_at > ${place.now})`

/** When prices or publications change next by their own schedule. */
export const readNextChange = async (
  tx: Tx,
  channel_id: ChannelId,
  now: Date,
): Promise<Date | null> => {
  const { at } = await tx.one<{ at: Date | null }>`
    select least(
      (select min(starts_at) from price_list where archived_at is null and starts_at > ${now}),
      (select min(ends_at) from price_list where archived_at is null and ends_at > ${now}),
      (select min(published_at) from publication
        where channel_id = ${channel_id} and published_at > ${now})) as at`
  return at
}

const listRows = (lists: readonly OfferList[]) => sql`
  unnest(${lists.map(({ id }) => id)}::uuid[], ${lists.map(({ rank }) => rank)}::int[],
    ${lists.map((list) => list.prices_include_tax)}::boolean[]
  ) as list (id, rank, prices_include_tax)`

type CardRow = Omit<OfferCard, 'image' | 'price'> & {
  readonly image_url: string | null
  readonly image_alt: string | null
  readonly amount: bigint | null
  readonly per_units: number
  readonly compare_at: bigint | null
  readonly prices_include_tax: boolean
}

/** In the order of `ids`. Each variant has the price of the first list; the lowest is shown. */
export async function readCards(
  tx: Tx,
  ids: readonly ProductId[],
  lists: readonly OfferList[],
  currency: Currency,
): Promise<OfferCard[]> {
  const rows = await tx.many<CardRow>`
    select product.id, handle, title, vendor, image.url as image_url, image.alt as image_alt,
      price.amount, price.per_units, price.compare_at, price.prices_include_tax
    from unnest(${ids}::uuid[]) with ordinality as page (id, n)
    join product on product.id = page.id
    left join lateral (
      select url, alt from media where product_id = product.id order by position, id limit 1
    ) as image on true
    left join lateral (
      select amount, per_units, compare_at, prices_include_tax from (
        select distinct on (variant.id) amount, per_units, compare_at, list.prices_include_tax
        from variant
        join price on price.variant_id = variant.id and min_quantity = 1
        join ${listRows(lists)} on list.id = price_list_id
        where product_id = product.id and archived_at is null
        order by variant.id, list.rank, amount::numeric / per_units, list.id
      ) as of_variant
      order by amount::numeric / per_units limit 1
    ) as price on true
    order by page.n`
  return rows.map(({ id, handle, title, vendor, image_url, image_alt, amount, ...price }) => ({
    id,
    handle,
    title,
    vendor,
    image: image_url === null ? null : { url: image_url, alt: image_alt ?? '' },
    price:
      amount === null
        ? null
        : {
            from: amount,
            per_units: price.per_units,
            compare_at: price.compare_at,
            currency,
            prices_include_tax: price.prices_include_tax,
          },
  }))
}

export type OfferHead = Omit<Offer, 'options' | 'media' | 'categories' | 'variants'> & {
  readonly options: readonly string[]
}

export const readOfferHead = (
  tx: Tx,
  channel_id: ChannelId,
  handle: string,
  now: Date,
): Promise<OfferHead | null> =>
  tx.maybe<OfferHead>`
    select id, handle, title, description, vendor, type, tags, options
    from product join publication on product_id = product.id
    where handle = ${handle} and state = 'active'
      and channel_id = ${channel_id} and published_at <= ${now}`

export const readOfferMedia = (tx: Tx, id: ProductId): Promise<Offer['media'][number][]> =>
  tx.many<{ id: MediaId; url: string; alt: string }>`
    select id, url, alt from media where product_id = ${id} order by position, id`

export const readOfferCategories = (
  tx: Tx,
  id: ProductId,
): Promise<Offer['categories'][number][]> =>
  tx.many<Offer['categories'][number]>`
    select handle, title from product_category
    join category on category.id = category_id
    where product_id = ${id} order by position, title, handle`

export const readOfferVariants = (tx: Tx, id: ProductId): Promise<Omit<OfferVariant, 'price'>[]> =>
  tx.many<Omit<OfferVariant, 'price'>>`
    select id, sku, title, barcode, option_values, requires_shipping, weight_g, image_id
    from variant where product_id = ${id} and archived_at is null order by position, id`

export type OfferPriceRow = OfferTier & {
  readonly variant_id: VariantId
  readonly list_id: PriceListId
  readonly rank: number
  readonly prices_include_tax: boolean
}

/** All tiers of all lists that hold, the list that goes first at the front. */
export const readOfferPrices = (
  tx: Tx,
  id: ProductId,
  lists: readonly OfferList[],
): Promise<OfferPriceRow[]> =>
  tx.many<OfferPriceRow>`
    select variant_id, list.id as list_id, list.rank, list.prices_include_tax, min_quantity,
      amount, per_units, compare_at
    from variant
    join price on price.variant_id = variant.id
    join ${listRows(lists)} on list.id = price_list_id
    where product_id = ${id} and archived_at is null
    order by variant_id, list.rank, list.id, min_quantity`

export const readKnownPriceLists = async (
  tx: Tx,
  ids: readonly PriceListId[],
): Promise<PriceListId[]> => {
  const rows = await tx.many<{ id: PriceListId }>`
    select id from price_list where id = any(${ids})`
  return rows.map(({ id }) => id)
}

export const readStockItems = async (
  tx: Tx,
  skus: readonly string[],
): Promise<Map<string, StockItemId>> => {
  const rows = await tx.many<{ sku: string; id: StockItemId }>`
    select sku, id from stock_item where sku = any(${skus})`
  return new Map(rows.map(({ sku, id }) => [sku, id]))
}
