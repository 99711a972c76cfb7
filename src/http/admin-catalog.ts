// Products for staff and machines: find, make, change, publish.
import Type, { type Static } from 'typebox'
import { countVariants, readMediaOf, readProduct } from '#src/catalog/catalog.sql.ts'
import { mediaUrl } from '#src/catalog/catalog.ts'
import {
  changeProduct,
  noteChange,
  publish,
  replaceMedia,
  replacePlacements,
  unpublish,
} from '#src/catalog/edit-product.ts'
import { lockProductToChange } from '#src/catalog/edit-variant.ts'
import { readPlacementsOf, readPublicationsOf } from '#src/catalog/publications.sql.ts'
import { findFilters, listProducts, readWords } from '#src/catalog/search.sql.ts'
import type { Tx } from '#src/db/sql.ts'
import { snapshot, transaction } from '#src/db/transaction.ts'
import type { CategoryId, ChannelId, ProductId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import {
  createOfferedProduct,
  type OfferedProductDraft,
  type OfferedVariantDraft,
} from '#src/offers/save-product.ts'
import type { App } from './app.ts'
import {
  CategoryIds,
  FieldQuery,
  Media,
  NewProduct,
  type NewVariant,
  ProductChange,
  ProductRowView,
  ProductView,
  State,
} from './catalog-schemas.ts'
import { createOnce } from './create-once.ts'
import { actorOf, type Identity } from './identity.ts'
import { Closed, Id, Moment, Nullable, Page, PageQuery, type Route, route, Text } from './route.ts'

export const byOf = ({ identity, now }: { readonly identity: Identity; readonly now: Date }) => ({
  actor: actorOf(identity),
  now,
})

export const variantDraft = ({
  items = [],
  prices = [],
  ...variant
}: Static<typeof NewVariant>): OfferedVariantDraft => ({
  option_values: [],
  barcode: null,
  tax_category: 'standard',
  taxable: true,
  requires_shipping: true,
  weight_g: 0,
  hs_code: null,
  image_url: null,
  ...variant,
  items,
  prices: prices.map((price) => ({ min_quantity: 1, per_units: 1, compare_at: null, ...price })),
})

const mediaDraft = (media: Static<typeof Media>) => media.map(({ url, alt = '' }) => ({ url, alt }))

const productDraft = (body: Static<typeof NewProduct>): OfferedProductDraft => ({
  handle: null,
  description: '',
  vendor: '',
  type: '',
  tags: [],
  state: 'draft',
  options: [],
  category_ids: [],
  channel_ids: [],
  ...body,
  media: mediaDraft(body.media ?? []),
  variants: (body.variants ?? []).map(variantDraft),
})

/** @throws not_found */
async function viewProduct(tx: Tx, app: App, id: ProductId): Promise<Static<typeof ProductView>> {
  const product = await readProduct(tx, id)
  if (!product) throw refuse('not_found', { id })
  const media = await readMediaOf(tx, [id])
  const publications = await readPublicationsOf(tx, id)
  return {
    ...product,
    tags: [...product.tags],
    options: [...product.options],
    fields: { ...product.fields },
    media: media.map(({ product_id: _, url, ...one }) => ({
      ...one,
      url: mediaUrl(app.public_url, url),
    })),
    category_ids: await readPlacementsOf(tx, id),
    publications: publications.map(({ product_id: _, ...publication }) => publication),
    variant_count: await countVariants(tx, id),
  }
}

const ProductParams = Closed({ id: Id<ProductId>() })
const read = { staff: 'catalog:read' } as const
const write = { staff: 'catalog:write' } as const
const body_bytes_max = 4 * 1024 * 1024
const number_fields = ['barcode', 'sku', 'q', 'field']

const list = route({
  method: 'GET',
  path: '/admin/products',
  who: read,
  summary: 'Find products: newest first; `q` looks at words, whole SKUs and bar codes',
  number_fields,
  query: Closed({
    ...PageQuery,
    q: Type.Optional(Text(200)),
    state: Type.Optional(State),
    vendor: Type.Optional(Text(255, 1)),
    tag: Type.Optional(Text(255, 1)),
    category_id: Type.Optional(Id<CategoryId>()),
    ...FieldQuery,
    after: Type.Optional(Id<ProductId>('next_cursor of a page')),
  }),
  replies: { 200: Page(ProductRowView) },
  handle: async ({ app, query }) => {
    const { q = '', state = null, vendor = null, tag = null, category_id = null } = query
    const { after = null, limit = 20, field = [] } = query
    const words = readWords(q)
    const code = q.trim() === '' ? null : q.trim()
    const asked = { words, code, state, vendor, tag, category_id, after, limit: limit + 1 }
    const rows = await snapshot(app.db, async (tx) =>
      listProducts(tx, { ...asked, fields: await findFilters(tx, field) }),
    )
    const items = rows.slice(0, limit).map((row) => ({
      ...row,
      image_url: row.image_url && mediaUrl(app.public_url, row.image_url),
    }))
    const next_cursor = rows.length > limit ? items.at(-1)!.id : null
    return { status: 200, body: { items, next_cursor } }
  },
})

const create = route({
  method: 'POST',
  path: '/admin/products',
  who: write,
  summary: 'Make a product with its variants, pictures, prices, categories and channels',
  idempotent: true,
  number_fields,
  body_bytes_max,
  body: NewProduct,
  example: {
    title: 'Enamel Bowl',
    handle: 'enamel-bowl',
    state: 'active',
    options: ['Color'],
    variants: [
      {
        sku: 'BOWL-BLUE',
        option_values: ['Blue'],
        weight_g: 310,
        prices: [{ price_list_id: '019a0000-0000-7000-8000-000000000005', amount: 1890 }],
      },
    ],
    channel_ids: ['019a0000-0000-7000-8000-000000000002'],
  },
  replies: { 201: ProductView },
  handle: async (asked) => {
    const { app, body } = asked
    const draft = productDraft(body)
    const id = await createOnce<ProductId>(asked, 'POST /admin/products', body, (tx, id) =>
      createOfferedProduct(tx, id, draft, byOf(asked)),
    )
    return { status: 201, body: await snapshot(app.db, (tx) => viewProduct(tx, app, id)) }
  },
})

const detail = route({
  method: 'GET',
  path: '/admin/products/:id',
  who: read,
  summary: 'Read a product; its variants have a list of their own',
  params: ProductParams,
  replies: { 200: ProductView },
  handle: async ({ app, params: { id } }) => ({
    status: 200,
    body: await snapshot(app.db, (tx) => viewProduct(tx, app, id)),
  }),
})

const change = route({
  method: 'PATCH',
  path: '/admin/products/:id',
  who: write,
  summary: 'Change a product: fields that are not sent stay; `state: archived` ends its sale',
  params: ProductParams,
  body: ProductChange,
  example: { title: 'Enamel Bowl, large', tags: ['camping', 'kitchen'] },
  replies: { 200: ProductView },
  handle: async (asked) => {
    const { app, params, body } = asked
    const view = await transaction(app.db, async (tx) => {
      await changeProduct(tx, params.id, body, byOf(asked))
      return viewProduct(tx, app, params.id)
    })
    return { status: 200, body: view }
  },
})

const putMedia = route({
  method: 'PUT',
  path: '/admin/products/:id/media',
  who: write,
  summary: 'Replace the pictures of a product, in this order',
  params: ProductParams,
  body: Closed({ media: Media }),
  example: { media: [{ url: 'https://pictures.example/bowl.jpg', alt: 'A blue bowl' }] },
  replies: { 200: ProductView },
  handle: async (asked) => {
    const { app, params, body } = asked
    const view = await transaction(app.db, async (tx) => {
      await lockProductToChange(tx, params.id)
      const own = `${app.public_url}/media/`
      const media = mediaDraft(body.media).map(({ url, alt }) => ({
        // What this server draws is shown with its address and kept without it.
        url: url.startsWith(own) ? url.slice(app.public_url.length) : url,
        alt,
      }))
      await replaceMedia(tx, params.id, media)
      await noteChange(tx, 'product.media_replaced', params.id, byOf(asked))
      return viewProduct(tx, app, params.id)
    })
    return { status: 200, body: view }
  },
})

const putCategories = route({
  method: 'PUT',
  path: '/admin/products/:id/categories',
  who: write,
  summary: 'Replace the categories a product stands in',
  params: ProductParams,
  body: Closed({ category_ids: CategoryIds }),
  example: { category_ids: ['019a0000-0000-7000-8000-000000000007'] },
  replies: { 200: ProductView },
  handle: async (asked) => {
    const { app, params, body } = asked
    const view = await transaction(app.db, async (tx) => {
      await lockProductToChange(tx, params.id)
      await replacePlacements(tx, params.id, body.category_ids)
      await noteChange(tx, 'product.categories_replaced', params.id, byOf(asked))
      return viewProduct(tx, app, params.id)
    })
    return { status: 200, body: view }
  },
})

const PublicationParams = Closed({ id: Id<ProductId>(), channel_id: Id<ChannelId>() })

const putPublication = route({
  method: 'PUT',
  path: '/admin/products/:id/publications/:channel_id',
  who: write,
  summary: 'Sell a product in a channel, from now or from a moment on',
  params: PublicationParams,
  body: Closed({ published_at: Type.Optional(Nullable(Moment())) }),
  example: { published_at: '2031-01-01T09:00:00Z' },
  replies: { 200: ProductView },
  handle: async (asked) => {
    const { app, params, body } = asked
    const published_at = body.published_at ? new Date(body.published_at) : null
    const view = await transaction(app.db, async (tx) => {
      await lockProductToChange(tx, params.id)
      await publish(tx, params.id, params.channel_id, published_at, byOf(asked))
      return viewProduct(tx, app, params.id)
    })
    return { status: 200, body: view }
  },
})

const removePublication = route({
  method: 'DELETE',
  path: '/admin/products/:id/publications/:channel_id',
  who: write,
  summary: 'Stop selling a product in a channel',
  params: PublicationParams,
  replies: { 200: ProductView },
  handle: async (asked) => {
    const { app, params } = asked
    const view = await transaction(app.db, async (tx) => {
      await lockProductToChange(tx, params.id)
      await unpublish(tx, params.id, params.channel_id, byOf(asked))
      return viewProduct(tx, app, params.id)
    })
    return { status: 200, body: view }
  },
})

export const admin_catalog_routes: readonly Route[] = [
  list,
  create,
  detail,
  change,
  putMedia,
  putCategories,
  putPublication,
  removePublication,
]
