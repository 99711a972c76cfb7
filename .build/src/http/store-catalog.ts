// What a shopper sees of the catalogue: lists, one product, the categories.
import Type, { type Static } from 'typebox'
import { readCategories } from '../catalog/categories.sql.ts'
import { readWords } from '../catalog/search.sql.ts'
import type { Db } from '../db/pool.ts'
import { readOnce } from '../db/transaction.ts'
import type { CategoryId, ChannelId, MediaId, ProductId, VariantId } from '../lib/ids.ts'
import { refuse } from '../lib/refusal.ts'
import { createOfferReader, type OfferReader } from '../offers/read-offers.ts'
import type { Identity } from './identity.ts'
import { Closed, Id, Minor, Nullable, Page, type Route, route, Text } from './route.ts'

const readers = new WeakMap<Db, OfferReader>()

/** One per database: its pages are shared by all requests of the process. */
function readerOf(db: Db): OfferReader {
  let reader = readers.get(db)
  if (reader === undefined) {
    reader = createOfferReader(db)
    readers.set(db, reader)
  }
  return reader
}

/** @throws key_missing */
function channelOf(identity: Identity): ChannelId {
  if (identity.kind !== 'shopper') throw refuse('key_missing')
  return identity.channel_id
}

const Image = Closed({ url: Type.String(), alt: Type.String() })
const Card = Closed({
  id: Id<ProductId>(),
  handle: Type.String(),
  title: Type.String(),
  vendor: Type.String(),
  image: Nullable(Image),
  price: Nullable(
    Closed({
      from: Minor({ description: 'The lowest price among the variants, for per_units units.' }),
      per_units: Type.Integer(),
      compare_at: Nullable(Minor()),
      currency: Type.String(),
      prices_include_tax: Type.Boolean(),
    }),
  ),
  available: Type.Boolean(),
})
const Tier = {
  min_quantity: Type.Integer(),
  amount: Minor({ description: 'What per_units units cost.' }),
  per_units: Type.Integer(),
  compare_at: Nullable(Minor()),
}
const Offer = Closed({
  id: Id<ProductId>(),
  handle: Type.String(),
  title: Type.String(),
  description: Type.String({ description: 'HTML of a safe subset.' }),
  vendor: Type.String(),
  type: Type.String(),
  tags: Type.Array(Type.String()),
  options: Type.Array(Closed({ name: Type.String(), values: Type.Array(Type.String()) })),
  media: Type.Array(Closed({ id: Id<MediaId>(), url: Type.String(), alt: Type.String() })),
  categories: Type.Array(Closed({ handle: Type.String(), title: Type.String() })),
  variants: Type.Array(
    Closed({
      id: Id<VariantId>(),
      sku: Type.String(),
      title: Type.String({ description: 'Empty when there is nothing to choose.' }),
      barcode: Nullable(Type.String()),
      option_values: Type.Array(Type.String()),
      requires_shipping: Type.Boolean(),
      weight_g: Type.Integer(),
      image_id: Nullable(Id<MediaId>()),
      price: Nullable(
        Closed({
          ...Tier,
          currency: Type.String(),
          prices_include_tax: Type.Boolean(),
          tiers: Type.Array(Closed(Tier)),
        }),
      ),
      available: Type.Boolean(),
      available_quantity: Type.Integer(),
    }),
  ),
  available: Type.Boolean(),
})

const Currency = Type.Optional(
  Type.String({ pattern: '^[A-Z]{3}$', description: 'One of the channel; else its first one.' }),
)
const ListQuery = Closed({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
  after: Type.Optional(Id<ProductId>('next_cursor of a page')),
  category: Type.Optional(Text(200, 1)),
  q: Type.Optional(Text(200)),
  tag: Type.Optional(Text(255, 1)),
  vendor: Type.Optional(Text(255, 1)),
  currency: Currency,
})

const json = (content: Uint8Array | string) => ({
  status: 200,
  headers: { 'cache-control': 'no-store' },
  raw: { media_type: 'application/json; charset=utf-8', content },
})

const list = route({
  method: 'GET',
  path: '/store/products',
  who: 'shop',
  summary: 'List the products of this channel, newest first',
  query: ListQuery,
  number_fields: ['q'],
  replies: { 200: Page(Card) },
  handle: async ({ app, identity, query, now }) => {
    const channel_id = channelOf(identity)
    const { limit = 20, after = null, category = null, tag = null, vendor = null } = query
    const { q, currency = null } = query
    const words = q === undefined ? null : readWords(q)
    // Only signs: nothing begins like that.
    if (q !== undefined && q.trim() !== '' && words === null) {
      return { status: 200, body: { items: [], next_cursor: null } }
    }
    const view = { channel_id, currency, now, public_url: app.public_url }
    const asked = { limit, after, category, words, tag, vendor }
    return json(await readerOf(app.db).list(view, asked))
  },
})

const detail = route({
  method: 'GET',
  path: '/store/products/:handle',
  who: 'shop',
  summary: 'Read one product with its variants, prices and availability',
  params: Closed({ handle: Text(200, 1) }),
  query: Closed({ currency: Currency }),
  replies: { 200: Offer },
  handle: async ({ app, identity, params: { handle }, query: { currency = null }, now }) => {
    const channel_id = channelOf(identity)
    const view = { channel_id, currency, now, public_url: app.public_url }
    return json(await readerOf(app.db).offer(view, handle))
  },
})

const Category = Closed({
  id: Id<CategoryId>(),
  parent_id: Nullable(Id<CategoryId>()),
  handle: Type.String(),
  title: Type.String(),
  position: Type.Integer(),
})
const Categories = Closed({ items: Type.Array(Category) })

const categories = route({
  method: 'GET',
  path: '/store/categories',
  who: 'shop',
  summary: 'Read the tree of categories',
  replies: { 200: Categories },
  handle: async ({ app }) => {
    const body: Static<typeof Categories> = { items: await readOnce(app.db, readCategories) }
    return { status: 200, body }
  },
})

export const store_catalog_routes: readonly Route[] = [list, detail, categories]
