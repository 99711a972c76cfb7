// Lists and details of offers as JSON with holes where the availability goes.
import { mediaUrl } from '#src/catalog/catalog.ts'
import { findOffers } from '#src/catalog/search.sql.ts'
import type { Tx } from '#src/db/sql.ts'
import type { ChannelId, ProductId, VariantId } from '#src/lib/ids.ts'
import { toJson } from '#src/lib/json.ts'
import type { Currency } from '#src/lib/money.ts'
import { refuse } from '#src/lib/refusal.ts'
import { readLocations, readVariantItems } from './availability.sql.ts'
import {
  type OfferList,
  type OfferPriceRow,
  readCards,
  readNextChange,
  readOfferCategories,
  readOfferChannel,
  readOfferHead,
  readOfferLists,
  readOfferMedia,
  readOfferPrices,
  readOfferVariants,
} from './offers.sql.ts'
import { type Offer, type OfferVariant, readOfferPrice, readOptions } from './offers.ts'
import type { ListContent, OfferContent, Unstamped } from './read-offers.ts'
import { groupNeeds, makeShelf, type Needs } from './shelf.ts'

export type OfferView = {
  readonly channel_id: ChannelId
  /** Null takes the first currency of the channel. */
  readonly currency: string | null
  readonly now: Date
  readonly public_url: string
}
export type ListQuery = {
  readonly category: string | null
  /** As `readWords` gives them; null does not search. */
  readonly words: string | null
  readonly tag: string | null
  readonly vendor: string | null
  readonly after: ProductId | null
  readonly limit: number
}

const bytesOf = (parts: readonly string[]): number =>
  parts.reduce((total, part) => total + 2 * part.length + 32, 500)

const bytesOfNeeds = (variants: readonly Needs[]): number =>
  variants.reduce((total, needs) => total + 64 + 160 * needs.length, 0)

/** @throws unknown_currency when the channel does not sell in it */
async function readPlace(
  tx: Tx,
  { channel_id, currency: wanted, now }: OfferView,
): Promise<{ readonly currency: Currency; readonly lists: OfferList[] }> {
  const channel = await readOfferChannel(tx, channel_id)
  if (!channel) throw refuse('not_found', { channel_id })
  const currency = channel.currencies.find((known) => wanted === null || known === wanted)
  if (!currency) {
    throw refuse('unknown_currency', { currency: wanted, currencies: channel.currencies })
  }
  const { default_country: country } = channel
  return { currency, lists: await readOfferLists(tx, { channel_id, currency, country, now }) }
}

/** JSON of an object that goes on with one more field. */
const openEnd = (value: object, field: string): string =>
  `${toJson(value).slice(0, -1)},"${field}":`

/** Texts with holes (null) between them, as the texts before, between and after the holes. */
function cutAtHoles(pieces: readonly (string | null)[]): string[] {
  const parts = ['']
  for (const piece of pieces) {
    if (piece === null) parts.push('')
    else parts[parts.length - 1] += piece
  }
  return parts
}

const comma = (i: number): string => (i === 0 ? '' : ',')

export async function renderList(
  tx: Tx,
  view: OfferView,
  query: ListQuery,
): Promise<Unstamped<ListContent>> {
  const { channel_id, now, public_url } = view
  const { currency, lists } = await readPlace(tx, view)
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
  const sold = cards.flatMap(({ id, price }) => (price === null ? [] : [id]))
  const needs = groupNeeds(await readVariantItems(tx, sold))
  const products = sold.map((id) => [...(needs.get(id)?.values() ?? [])])
  const stock_of = makeShelf(await readLocations(tx, channel_id), products)
  return {
    content: { stock_of, parts, last: null },
    // The rendering with its availability is kept beside the parts.
    bytes: 2 * bytesOf(parts) + bytesOfNeeds(products.flat()),
    until: await readNextChange(tx, channel_id, now),
  }
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

/** @throws not_found, unknown_currency */
export async function renderOffer(
  tx: Tx,
  view: OfferView,
  handle: string,
): Promise<Unstamped<OfferContent>> {
  const { channel_id, now, public_url } = view
  const { currency, lists } = await readPlace(tx, view)
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
  const needs = groupNeeds(await readVariantItems(tx, [head.id])).get(head.id)
  const sold = variants.filter(({ price }) => price !== null)
  const stock_of = {
    locations: `{${(await readLocations(tx, channel_id)).join()}}`,
    variants: sold.map(({ id }) => needs?.get(id) ?? []),
  }
  return {
    content: { stock_of, parts },
    bytes: bytesOf(parts) + bytesOfNeeds(stock_of.variants),
    until: await readNextChange(tx, channel_id, now),
  }
}
