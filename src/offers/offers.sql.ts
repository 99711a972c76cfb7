// What a channel sells, at which price. The part of it that changes with every order, the
// availability, is read by availability.sql.ts.
import { sql, type Tx } from '#src/db/sql.ts'
import type {
  CategoryId,
  ChannelId,
  CustomerGroupId,
  MediaId,
  PriceListId,
  ProductId,
  StockItemId,
  VariantId,
} from '#src/lib/ids.ts'
import type { Currency } from '#src/lib/money.ts'
import type { RankedList } from '#src/pricing/price-lists.ts'
import { readLivePriceLists } from '#src/pricing/pricing.sql.ts'
import type { Price } from '#src/pricing/pricing.ts'
import type { Markets } from './audiences.ts'
import type { Offer, OfferCard, OfferVariant } from './offers.ts'

export type OfferChannel = {
  readonly currencies: readonly Currency[]
  readonly default_country: string
  readonly safety: number
  readonly locale: string
  /** In which the shop itself is written. */
  readonly base_locale: string
}

export const readOfferChannel = (tx: Tx, id: ChannelId): Promise<OfferChannel | null> =>
  tx.maybe<OfferChannel>`
    select currencies, default_country, safety, locale, base_locale()
    from channel where id = ${id}`

/** Of those that a channel shows now. */
export const readShownTitles = async (
  tx: Tx,
  { channel_id, now }: { readonly channel_id: ChannelId; readonly now: Date },
  ids: readonly string[],
): Promise<{ id: string; title: string }[]> =>
  ids.length === 0
    ? []
    : tx.many<{ id: string; title: string }>`
        select id, title from product join publication on product_id = product.id
        where id = any(${ids}::uuid[]) and state = 'active' and channel_id = ${channel_id}
          and published_at <= ${now}`

type Named = { readonly countries: readonly string[]; readonly groups: readonly CustomerGroupId[] }

/** Past lists count as well: the lowest price of thirty days is asked of them. */
export async function readMarkets(tx: Tx, settings: bigint): Promise<Markets> {
  const { countries, groups } = await tx.one<Named>`
    with list as (
      select countries, customer_group_id from price_list
      union all select countries, customer_group_id from price_list_past
    )
    select array(select distinct unnest(countries) from list) as countries,
      array(select distinct customer_group_id from list
        where customer_group_id is not null) as groups`
  const price_lists = await readLivePriceLists(tx)
  return { settings, price_lists, countries: new Set(countries), groups: new Set(groups) }
}

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

/** Lists that hold for the shopper; a lower rank goes first. */
export const listRows = (lists: readonly RankedList[]) => sql`
  unnest(${lists.map(({ list }) => list.id)}::uuid[], ${lists.map(({ rank }) => rank)}::int[],
    ${lists.map(({ list }) => list.prices_include_tax)}::boolean[]
  ) as list (id, rank, prices_include_tax)`

/** A card, and the variant whose price it shows. */
export type CardOf = OfferCard & { readonly variant_id: VariantId | null }

type CardRow = Omit<OfferCard, 'image' | 'price'> & {
  readonly variant_id: VariantId | null
  readonly image_url: string | null
  readonly image_alt: string | null
  readonly amount: bigint | null
  readonly min_quantity: number
  readonly per_units: number
  readonly compare_at: bigint | null
  readonly prices_include_tax: boolean
}

/**
 * In the order of `ids`. Each variant has the price of the first list for the smallest quantity
 * that is sold; of those for the smallest of all the lowest is shown.
 */
export async function readCards(
  tx: Tx,
  ids: readonly ProductId[],
  lists: readonly RankedList[],
  currency: Currency,
): Promise<CardOf[]> {
  const rows = await tx.many<CardRow>`
    select product.id, handle, title, vendor, image.url as image_url, image.alt as image_alt,
      price.variant_id, price.min_quantity, price.amount, price.per_units, price.compare_at,
      price.prices_include_tax
    from unnest(${ids}::uuid[]) with ordinality as page (id, n)
    join product on product.id = page.id
    left join lateral (
      select url, alt from media where product_id = product.id order by position, id limit 1
    ) as image on true
    left join lateral (
      select variant_id, min_quantity, amount, per_units, compare_at, prices_include_tax from (
        select distinct on (variant.id) variant.id as variant_id, min_quantity, amount, per_units,
          compare_at, list.prices_include_tax
        from variant
        join price on price.variant_id = variant.id
        join ${listRows(lists)} on list.id = price_list_id
        where product_id = product.id and archived_at is null
        order by variant.id, min_quantity, list.rank, amount::numeric / per_units, list.id
      ) as of_variant
      order by min_quantity, amount::numeric / per_units limit 1
    ) as price on true
    order by page.n`
  return rows.map(({ id, handle, title, vendor, image_url, image_alt, amount, ...price }) => ({
    id,
    variant_id: price.variant_id,
    handle,
    title,
    vendor,
    image: image_url === null ? null : { url: image_url, alt: image_alt ?? '' },
    price:
      amount === null
        ? null
        : {
            from: amount,
            min_quantity: price.min_quantity,
            per_units: price.per_units,
            compare_at: price.compare_at,
            lowest_30d: null,
            currency,
            prices_include_tax: price.prices_include_tax,
          },
  }))
}

export type OfferHead = Omit<Offer, 'options' | 'media' | 'categories' | 'variants' | 'locale'> & {
  readonly options: readonly string[]
}

export const readOfferHead = (
  tx: Tx,
  channel_id: ChannelId,
  handle: string,
  now: Date,
): Promise<OfferHead | null> =>
  tx.maybe<OfferHead>`
    select id, handle, title, description, vendor, type, tags, options, fields
    from product join publication on product_id = product.id
    where handle = ${handle} and state = 'active'
      and channel_id = ${channel_id} and published_at <= ${now}`

/** The parts of bundles: variants of one part that is taken once are none. */
export type BundleRow = {
  readonly variant_id: VariantId
  readonly sku: string
  readonly title: string
  readonly quantity: number
}

export const readBundles = (tx: Tx, id: ProductId): Promise<BundleRow[]> =>
  tx.many<BundleRow>`
    select variant_id, stock_item.sku, stock_item.title, quantity
    from (
      select variant_id, stock_item_id, quantity,
        count(*) over (partition by variant_id) as parts
      from variant join variant_item on variant_id = variant.id
      where product_id = ${id} and archived_at is null
    ) as part join stock_item on stock_item.id = stock_item_id
    where parts > 1 or quantity > 1
    order by variant_id, stock_item.sku`

export const readOfferMedia = (tx: Tx, id: ProductId): Promise<Offer['media'][number][]> =>
  tx.many<{ id: MediaId; url: string; alt: string }>`
    select id, url, alt from media where product_id = ${id} order by position, id`

export type OfferCategory = Offer['categories'][number] & { readonly id: CategoryId }

export const readOfferCategories = (tx: Tx, id: ProductId): Promise<OfferCategory[]> =>
  tx.many<OfferCategory>`
    select category.id, handle, title from product_category
    join category on category.id = category_id
    where product_id = ${id} order by position, title, handle`

export type OfferVariantRow = Omit<OfferVariant, 'price' | 'components'>

export const readOfferVariants = (tx: Tx, id: ProductId): Promise<OfferVariantRow[]> =>
  tx.many<OfferVariantRow>`
    select id, sku, title, barcode, option_values, requires_shipping, weight_g, image_id, fields
    from variant where product_id = ${id} and archived_at is null order by position, id`

/** All tiers of all lists that hold. */
export const readOfferPrices = (
  tx: Tx,
  id: ProductId,
  lists: readonly RankedList[],
): Promise<Price[]> =>
  tx.many<Price>`
    select price_list_id, variant_id, min_quantity, amount, per_units, compare_at
    from variant
    join price on price.variant_id = variant.id
    where product_id = ${id} and archived_at is null
      and price_list_id = any(${lists.map(({ list }) => list.id)})`

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
