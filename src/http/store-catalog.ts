// What a shopper sees of the catalogue: lists, one product, the categories.
import Type, { type Static } from 'typebox'
import { readCategories } from '#src/catalog/categories.sql.ts'
import { listCollections } from '#src/catalog/collections.sql.ts'
import { chainOf } from '#src/catalog/locales.ts'
import { readWords } from '#src/catalog/search.sql.ts'
import { readTexts, readTranslatedLocales } from '#src/catalog/translations.sql.ts'
import type { Db } from '#src/db/pool.ts'
import type { Tx } from '#src/db/sql.ts'
import { snapshot } from '#src/db/transaction.ts'
import type {
  CategoryId,
  ChannelId,
  CollectionId,
  MediaId,
  ProductId,
  VariantId,
} from '#src/lib/ids.ts'
import { readOfferChannel } from '#src/offers/offers.sql.ts'
import { createOfferReader, type OfferReader, type Spoken } from '#src/offers/read-offers.ts'
import { FieldQuery, Fields } from './catalog-schemas.ts'
import { IdPageQuery, readPage } from './page.ts'
import { Closed, Id, Minor, Nullable, Page, type Route, route, Text } from './route.ts'
import { channelOf, Locale, localesOf, ViewQuery, viewOf } from './store-view.ts'

const readers = new WeakMap<Db, OfferReader>()

/** One per database: its pages are shared by all requests of the process. */
export function readerOf(db: Db): OfferReader {
  let reader = readers.get(db)
  if (reader === undefined) {
    reader = createOfferReader(db)
    readers.set(db, reader)
  }
  return reader
}

const Image = Closed({ url: Type.String(), alt: Type.String() })
const lowest_30d = Nullable(
  Type.Object(
    { amount: Minor(), per_units: Type.Integer(), prices_include_tax: Type.Boolean() },
    {
      additionalProperties: false,
      description:
        'Where compare_at is shown: the lowest price of the 30 days before the price, among ' +
        'those entered as it is, with tax or without.',
    },
  ),
)
export const Card = Closed({
  id: Id<ProductId>(),
  handle: Type.String(),
  title: Type.String(),
  vendor: Type.String(),
  image: Nullable(Image),
  price: Nullable(
    Closed({
      from: Minor({
        description:
          'The lowest price for per_units units among the variants sold in the smallest quantity.',
      }),
      min_quantity: Type.Integer({ description: 'The smallest quantity that is sold.' }),
      per_units: Type.Integer(),
      compare_at: Nullable(Minor()),
      lowest_30d,
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
  prices_include_tax: Type.Boolean({ description: 'Of this amount: tiers may differ in it.' }),
}
const Offer = Closed({
  id: Id<ProductId>(),
  handle: Type.String(),
  title: Type.String(),
  description: Type.String({ description: 'HTML of a safe subset.' }),
  vendor: Type.String(),
  type: Type.String(),
  tags: Type.Array(Type.String()),
  fields: Fields,
  locale: Type.String({ description: 'The language that was used.' }),
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
      fields: Fields,
      components: Type.Array(
        Closed({ sku: Type.String(), title: Type.String(), quantity: Type.Integer() }),
        { description: 'What one unit of a bundle is made of. Empty for anything else.' },
      ),
      price: Nullable(
        Closed({
          ...Tier,
          lowest_30d,
          currency: Type.String(),
          tiers: Type.Array(Closed(Tier)),
        }),
      ),
      available: Type.Boolean(),
      available_quantity: Type.Integer(),
    }),
  ),
  available: Type.Boolean(),
})

const ListQuery = Closed({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
  after: Type.Optional(Id<ProductId>('next_cursor of a page')),
  category: Type.Optional(Text(200, 1)),
  q: Type.Optional(Text(200)),
  tag: Type.Optional(Text(255, 1)),
  vendor: Type.Optional(Text(255, 1)),
  collection: Type.Optional(Text(200, 1)),
  ...FieldQuery,
  ...ViewQuery,
})

export const json = ({ content, locale }: Spoken<Uint8Array | string>) => ({
  status: 200,
  headers: { 'cache-control': 'no-store', 'content-language': locale },
  raw: { media_type: 'application/json; charset=utf-8', content },
})

const list = route({
  method: 'GET',
  path: '/store/products',
  who: 'shop',
  summary: 'List the products of this channel, newest first',
  query: ListQuery,
  number_fields: ['q', 'field'],
  replies: { 200: Page(Card) },
  handle: async (asked) => {
    const { app, query } = asked
    const { limit = 20, after = null, category = null, tag = null, vendor = null } = query
    const { q, collection = null, field = [] } = query
    const words = q === undefined ? null : readWords(q)
    // Only signs: nothing begins like that.
    if (q !== undefined && q.trim() !== '' && words === null) {
      return { status: 200, body: { items: [], next_cursor: null } }
    }
    const narrowed = { limit, after, category, collection, words, tag, vendor, field }
    return json(await readerOf(app.db).list(await viewOf(asked), narrowed))
  },
})

const detail = route({
  method: 'GET',
  path: '/store/products/:handle',
  who: 'shop',
  summary: 'Read one product with its variants, prices and availability',
  params: Closed({ handle: Text(200, 1) }),
  query: Closed(ViewQuery),
  replies: { 200: Offer },
  handle: async (asked) => {
    const { app, params } = asked
    return json(await readerOf(app.db).offer(await viewOf(asked), params.handle))
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

/** In which language the names of categories and collections are shown. */
async function languageOf(tx: Tx, channel_id: ChannelId, locales: readonly string[]) {
  const channel = await readOfferChannel(tx, channel_id)
  const translated = await readTranslatedLocales(tx)
  const { locale = 'en', base_locale = 'en' } = channel ?? {}
  return chainOf(locales, { base: base_locale, channel: locale, translated })
}

const categories = route({
  method: 'GET',
  path: '/store/categories',
  who: 'shop',
  summary: 'Read the tree of categories',
  query: Closed({ locale: Locale }),
  replies: { 200: Categories },
  handle: async ({ app, identity, query, headers }) => {
    const channel_id = channelOf(identity)
    const { items, used } = await snapshot(app.db, async (tx) => {
      const { used, chain } = await languageOf(tx, channel_id, localesOf(query.locale, headers))
      const texts = await readTexts(tx, 'category', null, chain)
      const all = await readCategories(tx)
      return {
        used,
        items: all.map((one) => ({ ...one, title: texts.get(one.id)?.title ?? one.title })),
      }
    })
    const body: Static<typeof Categories> = { items }
    return { status: 200, headers: { 'content-language': used }, body }
  },
})

const CollectionView = Closed({
  id: Id<CollectionId>(),
  handle: Type.String(),
  title: Type.String(),
  description: Type.String({ description: 'HTML of a safe subset.' }),
})

const collections = route({
  method: 'GET',
  path: '/store/collections',
  who: 'shop',
  summary: 'List the collections; their products are /store/products?collection=…',
  query: Closed({ ...IdPageQuery, locale: Locale }),
  replies: { 200: Page(CollectionView) },
  handle: async ({ app, identity, query, headers }) => {
    const channel_id = channelOf(identity)
    const { page, used } = await snapshot(app.db, async (tx) => {
      const { used, chain } = await languageOf(tx, channel_id, localesOf(query.locale, headers))
      const page = await readPage(query, (after, limit) =>
        listCollections(tx, after as CollectionId | null, limit),
      )
      const ids = page.items.map(({ id }) => id)
      const texts = await readTexts(tx, 'collection', ids, chain)
      const items = page.items.map(({ id, handle, title, description }) => ({
        id,
        handle,
        title,
        description,
        ...texts.get(id),
      }))
      return { used, page: { ...page, items } }
    })
    return { status: 200, headers: { 'content-language': used }, body: page }
  },
})

export const store_catalog_routes: readonly Route[] = [list, detail, categories, collections]
