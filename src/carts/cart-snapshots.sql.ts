// Everything that pricing needs to know about many carts, read at one moment.
import type { ShopLocales } from '#src/catalog/locales.ts'
import type { Texts } from '#src/catalog/translations.ts'
import { readRevisions } from '#src/db/revision.sql.ts'
import { type Tx, together } from '#src/db/sql.ts'
import type { Address } from '#src/lib/addresses.ts'
import type {
  CartId,
  CategoryId,
  CustomerGroupId,
  CustomerId,
  ProductId,
  StockItemId,
  VariantId,
} from '#src/lib/ids.ts'
import { readExemptionsOf, type StoredExemption } from '#src/pricing/exemptions.sql.ts'
import { applicableLists } from '#src/pricing/price-lists.ts'
import { type PriceKey, priceKeys, readPrices } from '#src/pricing/pricing.sql.ts'
import type { Price } from '#src/pricing/pricing.ts'
import type { CodedPromotion } from '#src/pricing/promotions.sql.ts'
import type { PromotionToTry } from '#src/pricing/promotions.ts'
import type { Place } from '#src/pricing/tax.ts'
import type { TaxExemption } from '#src/pricing/tax-treatment.ts'
import type { TaxQuote } from './cart-tax.ts'
import { type Cart, codesOf } from './carts.ts'
import { addGoods, type GoodsBook, keepGoods, lookUp, priceKeyOf } from './goods-book.ts'
import { channelOf, type ShopBook } from './shop-book.ts'
import { readTaxQuotes } from './tax-quotes.sql.ts'
import { giftVariants, readTriedPromotions } from './tried-promotions.sql.ts'

export type VariantFacts = {
  readonly variant_id: VariantId
  readonly product_id: ProductId
  readonly sku: string
  readonly product_title: string
  readonly product_handle: string
  readonly variant_title: string
  readonly option_values: readonly string[]
  /** What the translations of the product say, by language. */
  readonly texts: Readonly<Record<string, Pick<Texts, 'title' | 'values'>>>
  readonly image_url: string | null
  readonly tax_category: string
  readonly taxable: boolean
  readonly requires_shipping: boolean
  readonly weight_g: number
  readonly hs_code: string | null
  readonly is_archived: boolean
  readonly channels: readonly string[]
  /** All that the product stands in, up to the top of the tree. */
  readonly category_ids: readonly CategoryId[]
  readonly tags: readonly string[]
  readonly items: readonly { readonly stock_item_id: StockItemId; readonly quantity: number }[]
}
/** Whether a channel sells it now. */
export const isSoldIn = ({ is_archived, channels }: VariantFacts, channel: string): boolean =>
  !is_archived && channels.includes(channel)

export type CartSnapshot = {
  readonly cart: Cart
  readonly languages: ShopLocales
  readonly customer_group_ids: readonly CustomerGroupId[]
  /** Null where there is no such variant. May hold others than those of the cart. */
  readonly variants: ReadonlyMap<VariantId, VariantFacts | null>
  readonly prices: readonly Price[]
  readonly promotions: readonly PromotionToTry[]
  /** Codes of the cart that do not exist. */
  readonly unknown_codes: readonly string[]
  /** Certificates of the buyer, whether they hold here or not. */
  readonly exemptions: readonly TaxExemption[]
  readonly tax_quote: TaxQuote | null
}

export const readVariantFacts = (tx: Tx, ids: readonly VariantId[]): Promise<VariantFacts[]> =>
  tx.many<VariantFacts>`
    select variant.id as variant_id, product_id, tags, sku, product.title as product_title,
      product.handle as product_handle, variant.title as variant_title, option_values,
      coalesce((
        select jsonb_object_agg(locale, jsonb_strip_nulls(jsonb_build_object(
          'title', texts->'title', 'values', texts->'values')))
        from translation
        where subject = 'product' and subject_id = product.id), '{}') as texts,
      tax_category, taxable, requires_shipping, weight_g, hs_code,
      variant.archived_at is not null or product.state <> 'active' as is_archived,
      (select url from media where media.product_id = product.id
        order by (media.id = variant.image_id) desc nulls last, position limit 1) as image_url,
      array(select channel_id::text from publication
        where publication.product_id = product.id) as channels,
      array(
        with recursive above (id) as (
          select category_id from product_category
          where product_category.product_id = product.id
          union
          select parent_id from category join above on above.id = category.id
          where parent_id is not null
        )
        select id::text from above) as category_ids,
      coalesce((
        select json_agg(json_build_object('stock_item_id', stock_item_id, 'quantity', quantity)
          order by stock_item_id)
        from variant_item where variant_id = variant.id), '[]') as items
    from variant join product on product.id = variant.product_id
    where variant.id = any(${ids})`

async function readGroups(
  tx: Tx,
  customers: readonly CustomerId[],
): Promise<Map<CustomerId, CustomerGroupId[]>> {
  if (customers.length === 0) return new Map()
  const rows = await tx.many<{ customer_id: CustomerId; group_ids: CustomerGroupId[] }>`
    select customer_id, array_agg(group_id order by group_id) as group_ids
    from customer_group_member where customer_id = any(${customers}) group by customer_id`
  return new Map(rows.map(({ customer_id, group_ids }) => [customer_id, group_ids]))
}

function placeAt(address: Address | null, cart: Cart, book: ShopBook): Place {
  if (address === null) {
    return { country: channelOf(book, cart.channel_id).default_country, region: null }
  }
  const { country, region, city, postal_code } = address
  return { country, region, city, postal_code }
}

/**
 * Where prices are reckoned for. Before the buyer has said anything it is the channel's country.
 */
export const placeOf = (cart: Cart, book: ShopBook): Place =>
  placeAt(cart.shipping_address ?? cart.billing_address, cart, book)

/** What does not travel is supplied to whom it is billed, wherever other goods would be sent. */
export const taxAddressOf = ({
  cart,
  variants,
}: Pick<CartSnapshot, 'cart' | 'variants'>): Address | null => {
  const known = cart.lines.flatMap(({ variant_id }) => variants.get(variant_id) ?? [])
  const travels = known.length === 0 || known.some((facts) => facts.requires_shipping)
  const { shipping_address, billing_address } = cart
  return travels ? (shipping_address ?? billing_address) : (billing_address ?? shipping_address)
}

/** Where taxes are reckoned for. */
export const taxPlaceOf = (snapshot: CartSnapshot, book: ShopBook): Place =>
  placeAt(taxAddressOf(snapshot), snapshot.cart, book)

type TaxRecords = {
  readonly exemptions: readonly StoredExemption[]
  readonly quotes: ReadonlyMap<CartId, TaxQuote>
}

/** Read only where the shop has certificates at all, or asks an engine. */
async function readTaxRecords(tx: Tx, book: ShopBook, carts: readonly Cart[]): Promise<TaxRecords> {
  const has_engine = [...book.legal_entities.values()].some(({ tax }) => tax.source !== null)
  const ids = carts.map(({ id }) => id)
  const customers = [...new Set(carts.flatMap(({ customer_id }) => customer_id ?? []))]
  const [exemptions, quotes] = await together(
    book.prices.has_exemptions ? readExemptionsOf(tx, customers, ids) : Promise.resolve([]),
    has_engine ? readTaxQuotes(tx, ids) : Promise.resolve(new Map<CartId, TaxQuote>()),
  )
  return { exemptions, quotes }
}

const exemptionsOf = ({ exemptions }: TaxRecords, cart: Cart): TaxExemption[] =>
  exemptions.filter(
    ({ customer_id, cart_id }) =>
      cart_id === cart.id || (customer_id !== null && customer_id === cart.customer_id),
  )

/**
 * The goods of these carts, from memory as far as they are known. What is read may be newer than
 * the book outside a snapshot: it is kept only when the catalogue has not changed meanwhile.
 */
export async function goodsFor(
  tx: Tx,
  book: ShopBook,
  variants: readonly VariantId[],
  prices: readonly PriceKey[],
): Promise<GoodsBook> {
  const { found, missing } = lookUp(book.goods, variants, prices)
  if (missing.variants.length === 0 && missing.prices.length === 0) return found
  const [facts, read_prices, revisions] = await together(
    missing.variants.length > 0 ? readVariantFacts(tx, missing.variants) : Promise.resolve([]),
    readPrices(tx, missing.prices),
    readRevisions(tx),
  )
  const read = { facts, prices: read_prices }
  addGoods(found, missing, read)
  if (revisions.catalog === book.catalog) keepGoods(book.goods, missing, read)
  return found
}

type Around = {
  readonly coded: readonly CodedPromotion[]
  readonly now: Date
  /** Goods to know of beside those of the carts. */
  readonly also?: readonly VariantId[]
  /** In the eyes of somebody in these groups, whoever the carts belong to. */
  readonly as_groups?: readonly CustomerGroupId[]
}

/** One snapshot per cart, in their order. */
export async function readCartSnapshots(
  tx: Tx,
  book: ShopBook,
  carts: readonly Cart[],
  { coded, now, also = [], as_groups }: Around,
): Promise<CartSnapshot[]> {
  const customers = carts.flatMap(({ customer_id }) => customer_id ?? [])
  const [groups, tax_records] = await together(
    readGroups(tx, [...new Set(customers)]),
    readTaxRecords(tx, book, carts),
  )
  const groupsOf = (cart: Cart): readonly CustomerGroupId[] =>
    as_groups ?? (cart.customer_id === null ? [] : (groups.get(cart.customer_id) ?? []))
  const variantsOf = ({ lines }: Cart): VariantId[] => lines.map(({ variant_id }) => variant_id)

  // Each cart asks only for its own lists, so that a batch does not multiply them.
  const keys = carts.map((cart) => {
    const lists = applicableLists(book.prices, {
      channel_id: cart.channel_id,
      currency: cart.currency,
      customer_group_ids: groupsOf(cart),
      country: placeOf(cart, book).country,
      now,
    })
    return priceKeys(lists, variantsOf(cart))
  })
  const variants = [...carts.flatMap(variantsOf), ...giftVariants(book, coded), ...also]
  const goods = await goodsFor(tx, book, variants, keys.flat())
  const factsOf = (id: VariantId): VariantFacts | null => goods.facts.get(id) ?? null
  const tried = await readTriedPromotions(tx, book, carts, { coded, factsOf })
  const known = new Set(coded.map(({ code }) => code.code))

  return carts.map((cart, i) => ({
    cart,
    languages: {
      base: book.base_locale,
      channel: channelOf(book, cart.channel_id).locale,
      translated: book.translated,
    },
    customer_group_ids: groupsOf(cart),
    variants: goods.facts,
    prices: keys[i]!.flatMap((key) => goods.prices.get(priceKeyOf(key)) ?? []),
    promotions: tried[i]!,
    unknown_codes: codesOf(cart).filter((code) => !known.has(code)),
    exemptions: exemptionsOf(tax_records, cart),
    tax_quote: tax_records.quotes.get(cart.id) ?? null,
  }))
}
