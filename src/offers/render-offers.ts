// Lists and details of offers as JSON with holes where the availability goes.
import { mediaUrl, variantTitle } from '#src/catalog/catalog.ts'
import { readFields } from '#src/catalog/fields.sql.ts'
import { shownFields } from '#src/catalog/fields.ts'
import { findFilters, findOffers } from '#src/catalog/search.sql.ts'
import { readTexts } from '#src/catalog/translations.sql.ts'
import { type Texts, translated } from '#src/catalog/translations.ts'
import type { Tx } from '#src/db/sql.ts'
import type { ProductId, VariantId } from '#src/lib/ids.ts'
import { toJson } from '#src/lib/json.ts'
import { refuse } from '#src/lib/refusal.ts'
import { readPriceHistory } from '#src/pricing/price-history.sql.ts'
import { type LowestPrice, lowestBefore, type Market } from '#src/pricing/price-history.ts'
import { groupPrices } from '#src/pricing/price-lists.ts'
import { type Outlet, readVariantItems } from './availability.sql.ts'
import { cutAtHoles, type FlagPage, makeFlagPage } from './holes.ts'
import {
  readBundles,
  readCards,
  readOfferCategories,
  readOfferHead,
  readOfferMedia,
  readOfferPrices,
  readOfferVariants,
} from './offers.sql.ts'
import { type Offer, type OfferVariant, readOfferPrice, readOptions } from './offers.ts'
import { languageFor, type OfferView, type Place } from './places.ts'
import { makeShelf, type Needs, type Shelf } from './shelf.ts'

export type ListQuery = {
  readonly category: string | null
  readonly collection: string | null
  /** As `readWords` gives them; null does not search. */
  readonly words: string | null
  readonly tag: string | null
  readonly vendor: string | null
  /** As somebody writes them: `material:cotton`. */
  readonly field: readonly string[]
  readonly after: ProductId | null
  readonly limit: number
}

/** The variants of one product that are for sale, each with what it is made of. */
export type Display = { readonly outlet: Outlet; readonly variants: readonly Needs[] }
export type ListContent = {
  readonly stock_of: Shelf
  readonly page: FlagPage
  /** The language that was used. */
  readonly locale: string
}
/** A hole for each variant that is for sale, and a last one for the whole offer. */
export type OfferContent = {
  readonly stock_of: Display
  readonly parts: readonly string[]
  readonly locale: string
}

export type RenderedPage<Content> = { readonly content: Content; readonly bytes: number }

/** JSON of an object that goes on with one more field. */
const openEnd = (value: object, field: string): string =>
  `${toJson(value).slice(0, -1)},"${field}":`

const comma = (i: number): string => (i === 0 ? '' : ',')

/** @throws invalid_input for a filter that cannot be */
export async function renderList(
  tx: Tx,
  view: OfferView,
  place: Place,
  { field, ...query }: ListQuery,
): Promise<RenderedPage<ListContent>> {
  const { channel_id, now } = view
  const fields = await findFilters(tx, field)
  const found = await findOffers(tx, { ...query, fields, channel_id, now, limit: query.limit + 1 })
  const ids = found.slice(0, query.limit)
  return renderCards(tx, view, place, ids, found.length > query.limit ? ids.at(-1)! : null)
}

/** The cards of these products, in their order. */
export async function renderCards(
  tx: Tx,
  view: OfferView,
  place: Place,
  ids: readonly ProductId[],
  next_cursor: string | null,
): Promise<RenderedPage<ListContent>> {
  const { currency, market, lists, outlet } = place
  const { used: locale, chain } = languageFor(view, place)
  const texts = await readTexts(tx, 'product', ids, chain)
  const found = await readCards(tx, ids, lists, currency)
  const cards = found.map((card) => ({ ...card, title: texts.get(card.id)?.title ?? card.title }))
  const reduced = cards.flatMap(({ variant_id, price }) =>
    variant_id !== null && price && price.compare_at !== null ? [variant_id] : [],
  )
  const lowestOf = await readLowest(tx, reduced, market, view.now)
  const pieces = cards.flatMap(({ image, variant_id, price: found_price, ...rest }, i) => {
    const price = found_price && {
      ...found_price,
      lowest_30d:
        found_price.compare_at === null ? null : lowestOf(variant_id!, found_price.min_quantity),
    }
    const card = { ...rest, price }
    const shown = {
      ...card,
      image: image && { ...image, url: mediaUrl(view.public_url, image.url) },
    }
    const open = comma(i) + openEnd(shown, 'available')
    // What has no price cannot be had, whatever lies on the shelf.
    return card.price === null ? [`${open}false}`] : [open, null, '}']
  })
  const parts = cutAtHoles(['{"items":[', ...pieces, `],"next_cursor":${toJson(next_cursor)}}`])
  const page = makeFlagPage(parts)
  const sold = cards.flatMap(({ id, price }) => (price === null ? [] : [id]))
  // Beside the page stand id, lead and plan of each product.
  const bytes = 1_000 + page.bytes.length + 400 * sold.length
  return { content: { stock_of: makeShelf(outlet, sold), page, locale }, bytes }
}

async function readVariants(
  tx: Tx,
  id: ProductId,
  { lists, currency }: Place,
): Promise<OfferVariant[]> {
  const variants = await readOfferVariants(tx, id)
  const prices = groupPrices(await readOfferPrices(tx, id, lists))
  const parts = Map.groupBy(await readBundles(tx, id), ({ variant_id }) => variant_id)
  return variants.map((variant) => ({
    ...variant,
    components: (parts.get(variant.id) ?? []).map(({ variant_id: _, ...part }) => part),
    price: readOfferPrice(lists, prices.get(variant.id) ?? [], currency),
  }))
}

/** Told of what was reduced alone: most pages show nothing that was. */
async function readLowest(tx: Tx, ids: readonly VariantId[], market: Market, now: Date) {
  const { lists, prices } = await readPriceHistory(tx, ids, market)
  const by_variant = Map.groupBy(prices, ({ variant_id }) => variant_id)
  return (id: VariantId, quantity: number): LowestPrice | null =>
    lowestBefore(lists, by_variant.get(id) ?? [], { market, quantity, now })
}

async function withLowest(
  tx: Tx,
  variants: readonly OfferVariant[],
  market: Market,
  now: Date,
): Promise<OfferVariant[]> {
  const reduced = variants.filter(({ price }) => price !== null && price.compare_at !== null)
  const ids = reduced.map(({ id }) => id)
  const lowestOf = await readLowest(tx, ids, market, now)
  return variants.map((variant) => {
    const { price } = variant
    if (price === null || price.compare_at === null) return variant
    return {
      ...variant,
      price: { ...price, lowest_30d: lowestOf(variant.id, price.min_quantity) },
    }
  })
}

async function readDisplay(
  tx: Tx,
  id: ProductId,
  outlet: Outlet,
  variants: readonly OfferVariant[],
): Promise<Display> {
  const items = Map.groupBy(await readVariantItems(tx, id), ({ variant_id }) => variant_id)
  const sold = variants.filter(({ price }) => price !== null)
  return { outlet, variants: sold.map((variant) => items.get(variant.id) ?? []) }
}

/** The choices of a variant in the language of the shopper. */
function translateVariant(variant: OfferVariant, { values }: Texts): OfferVariant {
  if (values === undefined) return variant
  const option_values = variant.option_values.map((value) => translated(values, value))
  return { ...variant, option_values, title: variantTitle(option_values) }
}

/** @throws not_found */
export async function renderOffer(
  tx: Tx,
  view: OfferView,
  place: Place,
  handle: string,
): Promise<RenderedPage<OfferContent>> {
  const { channel_id, now, public_url } = view
  const { market, outlet } = place
  const head = await readOfferHead(tx, channel_id, handle, now)
  if (!head) throw refuse('not_found', { handle })
  const { used: locale, chain } = languageFor(view, place)
  const texts = (await readTexts(tx, 'product', [head.id], chain)).get(head.id) ?? {}
  const definitions = await readFields(tx)
  const found = await readVariants(tx, head.id, place)
  const variants = (await withLowest(tx, found, market, now)).map((variant) => ({
    ...translateVariant(variant, texts),
    fields: shownFields(definitions, 'variant', variant.fields),
  }))
  const media = await readOfferMedia(tx, head.id)
  const categories = await readOfferCategories(tx, head.id)
  const named = await readTexts(
    tx,
    'category',
    categories.map(({ id }) => id),
    chain,
  )
  const offer: Omit<Offer, 'variants'> = {
    ...head,
    title: texts.title ?? head.title,
    description: texts.description ?? head.description,
    fields: { ...shownFields(definitions, 'product', head.fields), ...texts.fields },
    locale,
    options: readOptions(
      head.options.map((name) => translated(texts.options, name)),
      variants,
    ),
    media: media.map((one) => ({ ...one, url: mediaUrl(public_url, one.url) })),
    categories: categories.map(({ id, handle: of, title }) => ({
      handle: of,
      title: named.get(id)?.title ?? title,
    })),
  }
  const pieces = variants.flatMap((variant, i) => {
    const open = comma(i) + openEnd(variant, 'available')
    return variant.price === null ? [`${open}false,"available_quantity":0}`] : [open, null, '}']
  })
  const parts = cutAtHoles([
    `${openEnd(offer, 'variants')}[`,
    ...pieces,
    '],"available":',
    null,
    '}',
  ])
  const stock_of = await readDisplay(tx, head.id, outlet, variants)
  const text_bytes = parts.reduce((total, part) => total + 2 * part.length, 0)
  return { content: { stock_of, parts, locale }, bytes: 1_000 + text_bytes + 400 * variants.length }
}
