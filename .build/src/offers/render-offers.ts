// Lists and details of offers as JSON with holes where the availability goes.
import { mediaUrl } from '../catalog/catalog.ts'
import { findOffers } from '../catalog/search.sql.ts'
import type { Tx } from '../db/sql.ts'
import type { ProductId, VariantId } from '../lib/ids.ts'
import { toJson } from '../lib/json.ts'
import type { Currency } from '../lib/money.ts'
import { refuse } from '../lib/refusal.ts'
import { type Outlet, readVariantItems } from './availability.sql.ts'
import { cutAtHoles, type FlagPage, makeFlagPage } from './holes.ts'
import {
  type OfferList,
  type OfferPriceRow,
  readCards,
  readOfferCategories,
  readOfferHead,
  readOfferMedia,
  readOfferPrices,
  readOfferVariants,
} from './offers.sql.ts'
import { type Offer, type OfferVariant, readOfferPrice, readOptions } from './offers.ts'
import type { OfferView, Place } from './places.ts'
import { makeShelf, type Needs, type Shelf } from './shelf.ts'

export type ListQuery = {
  readonly category: string | null
  /** As `readWords` gives them; null does not search. */
  readonly words: string | null
  readonly tag: string | null
  readonly vendor: string | null
  readonly after: ProductId | null
  readonly limit: number
}

/** The variants of one product that are for sale, each with what it is made of. */
export type Display = { readonly outlet: Outlet; readonly variants: readonly Needs[] }
export type ListContent = { readonly stock_of: Shelf; readonly page: FlagPage }
/** A hole for each variant that is for sale, and a last one for the whole offer. */
export type OfferContent = { readonly stock_of: Display; readonly parts: readonly string[] }

export type RenderedPage<Content> = { readonly content: Content; readonly bytes: number }

/** JSON of an object that goes on with one more field. */
const openEnd = (value: object, field: string): string =>
  `${toJson(value).slice(0, -1)},"${field}":`

const comma = (i: number): string => (i === 0 ? '' : ',')

export async function renderList(
  tx: Tx,
  { channel_id, now, public_url }: OfferView,
  { currency, lists, outlet }: Place,
  query: ListQuery,
): Promise<RenderedPage<ListContent>> {
  const asked = { ...query, channel_id, now, limit: query.limit + 1 }
  const found = await findOffers(tx, asked)
  const cards = await readCards(tx, found.slice(0, query.limit), lists, currency)
  const pieces = cards.flatMap(({ image, ...card }, i) => {
    const shown = { ...card, image: image && { ...image, url: mediaUrl(public_url, image.url) } }
    const open = comma(i) + openEnd(shown, 'available')
    // What has no price cannot be had, whatever lies on the shelf.
    return card.price === null ? [`${open}false}`] : [open, null, '}']
  })
  const next_cursor = found.length > query.limit ? cards.at(-1)!.id : null
  const parts = cutAtHoles(['{"items":[', ...pieces, `],"next_cursor":${toJson(next_cursor)}}`])
  const page = makeFlagPage(parts)
  const sold = cards.flatMap(({ id, price }) => (price === null ? [] : [id]))
  // Beside the page stand id, lead and plan of each product.
  const bytes = 1_000 + page.bytes.length + 400 * sold.length
  return { content: { stock_of: makeShelf(outlet, sold), page }, bytes }
}

async function readVariants(
  tx: Tx,
  id: ProductId,
  lists: readonly OfferList[],
  currency: Currency,
): Promise<OfferVariant[]> {
  const variants = await readOfferVariants(tx, id)
  const prices = new Map<VariantId, OfferPriceRow[]>()
  for (const price of await readOfferPrices(tx, id, lists)) {
    const known = prices.get(price.variant_id)
    if (known) known.push(price)
    else prices.set(price.variant_id, [price])
  }
  return variants.map((variant) => ({
    ...variant,
    price: readOfferPrice(prices.get(variant.id) ?? [], currency),
  }))
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

/** @throws not_found */
export async function renderOffer(
  tx: Tx,
  { channel_id, now, public_url }: OfferView,
  { currency, lists, outlet }: Place,
  handle: string,
): Promise<RenderedPage<OfferContent>> {
  const head = await readOfferHead(tx, channel_id, handle, now)
  if (!head) throw refuse('not_found', { handle })
  const variants = await readVariants(tx, head.id, lists, currency)
  const media = await readOfferMedia(tx, head.id)
  const offer: Omit<Offer, 'variants'> = {
    ...head,
    options: readOptions(head.options, variants),
    media: media.map((one) => ({ ...one, url: mediaUrl(public_url, one.url) })),
    categories: await readOfferCategories(tx, head.id),
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
  return { content: { stock_of, parts }, bytes: 1_000 + text_bytes + 400 * variants.length }
}
