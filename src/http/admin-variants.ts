// Variants of a product, up to a thousand of them, and the tree of categories.
import Type from 'typebox'
import { listVariants, readProduct } from '#src/catalog/catalog.sql.ts'
import { catalog_limits } from '#src/catalog/catalog.ts'
import { readCategories } from '#src/catalog/categories.sql.ts'
import { changeCategory, createCategory, removeCategory } from '#src/catalog/edit-category.ts'
import { readOnce, snapshot, transaction } from '#src/db/transaction.ts'
import type { CategoryId, ProductId, VariantId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import { addOfferedVariants, changeOfferedVariant } from '#src/offers/save-product.ts'
import { byOf, variantDraft } from './admin-catalog.ts'
import {
  CategoryView,
  Handle,
  NewVariants,
  Title,
  VariantChange,
  VariantView,
} from './catalog-schemas.ts'
import { createOnce } from './create-once.ts'
import { Closed, Id, Nullable, Page, type Route, route } from './route.ts'

const read = { staff: 'catalog:read' } as const
const write = { staff: 'catalog:write' } as const
const number_fields = ['barcode', 'sku']

const listOfProduct = route({
  method: 'GET',
  path: '/admin/products/:id/variants',
  who: read,
  summary: 'List the variants of a product in their order, archived ones too',
  params: Closed({ id: Id<ProductId>() }),
  query: Closed({
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: catalog_limits.variants, default: 100 }),
    ),
    after: Type.Optional(Id<VariantId>('next_cursor of a page')),
  }),
  replies: { 200: Page(VariantView) },
  handle: async ({ app, params: { id }, query: { limit = 100, after = null } }) => {
    const rows = await snapshot(app.db, async (tx) => {
      if (!(await readProduct(tx, id))) throw refuse('not_found', { id })
      return listVariants(tx, id, after, limit + 1)
    })
    const items = rows.slice(0, limit)
    const next_cursor = rows.length > limit ? items.at(-1)!.id : null
    return { status: 200, body: { items, next_cursor } }
  },
})

const add = route({
  method: 'POST',
  path: '/admin/products/:id/variants',
  who: write,
  summary: 'Add variants with their stock items and prices: all of them or none',
  idempotent: true,
  number_fields,
  body_bytes_max: 4 * 1024 * 1024,
  params: Closed({ id: Id<ProductId>() }),
  body: NewVariants,
  example: {
    variants: [
      {
        sku: 'BOWL-RED',
        option_values: ['Red'],
        prices: [{ price_list_id: '019a0000-0000-7000-8000-000000000005', amount: 1890 }],
      },
    ],
  },
  replies: { 201: Closed({ items: Type.Array(VariantView) }) },
  handle: async (asked) => {
    const { app, params, body } = asked
    const drafts = body.variants.map(variantDraft)
    const input = { id: params.id, body }
    await createOnce(asked, 'POST /admin/products/:id/variants', input, async (tx) => {
      await addOfferedVariants(tx, params.id, drafts, byOf(asked))
    })
    const skus = new Set(body.variants.map(({ sku }) => sku))
    const all = await readOnce(app.db, (tx) =>
      listVariants(tx, params.id, null, 100 * catalog_limits.variants),
    )
    return { status: 201, body: { items: all.filter(({ sku }) => skus.has(sku)) } }
  },
})

const change = route({
  method: 'PATCH',
  path: '/admin/variants/:id',
  who: write,
  summary: 'Change a variant; `archived: true` ends its sale',
  number_fields,
  params: Closed({ id: Id<VariantId>() }),
  body: VariantChange,
  example: { barcode: '4006381333931', weight_g: 320 },
  replies: { 200: VariantView },
  handle: async (asked) => {
    const { app, params, body } = asked
    const variant = await transaction(app.db, (tx) =>
      changeOfferedVariant(tx, params.id, body, byOf(asked)),
    )
    return { status: 200, body: variant }
  },
})

const Position = Type.Integer({ minimum: 0, maximum: 1_000_000 })

const listCategories = route({
  method: 'GET',
  path: '/admin/categories',
  who: read,
  summary: 'Read the whole tree of categories',
  replies: { 200: Closed({ items: Type.Array(CategoryView) }) },
  handle: async ({ app }) => ({
    status: 200,
    body: { items: await readOnce(app.db, readCategories) },
  }),
})

const addCategory = route({
  method: 'POST',
  path: '/admin/categories',
  who: write,
  summary: 'Make a category',
  idempotent: true,
  body: Closed({
    title: Title,
    handle: Handle,
    parent_id: Type.Optional(Nullable(Id<CategoryId>())),
    position: Type.Optional(Position),
  }),
  example: { title: 'Outdoor kitchen', handle: 'outdoor-kitchen' },
  replies: { 201: CategoryView },
  handle: async (asked) => {
    const { parent_id = null, position = 0, ...body } = asked.body
    const id = await createOnce<CategoryId>(asked, 'POST /admin/categories', asked.body, (tx, id) =>
      createCategory(tx, { ...body, id, parent_id, position }, byOf(asked)),
    )
    const tree = await readOnce(asked.app.db, readCategories)
    const category = tree.find((one) => one.id === id)
    if (!category) throw refuse('not_found', { id })
    return { status: 201, body: category }
  },
})

const patchCategory = route({
  method: 'PATCH',
  path: '/admin/categories/:id',
  who: write,
  summary: 'Change a category or move it under another one',
  params: Closed({ id: Id<CategoryId>() }),
  body: Type.Object(
    {
      title: Type.Optional(Title),
      handle: Type.Optional(Handle),
      parent_id: Type.Optional(Nullable(Id<CategoryId>())),
      position: Type.Optional(Position),
    },
    { additionalProperties: false, minProperties: 1 },
  ),
  example: { title: 'Kitchen outdoors', position: 3 },
  replies: { 200: CategoryView },
  handle: async (asked) => {
    const { app, params, body } = asked
    const category = await transaction(app.db, (tx) =>
      changeCategory(tx, params.id, body, byOf(asked)),
    )
    return { status: 200, body: category }
  },
})

const dropCategory = route({
  method: 'DELETE',
  path: '/admin/categories/:id',
  who: write,
  summary: 'Remove a category; its products stay',
  params: Closed({ id: Id<CategoryId>() }),
  replies: { 204: null },
  handle: async (asked) => {
    await transaction(asked.app.db, (tx) => removeCategory(tx, asked.params.id, byOf(asked)))
    return { status: 204 }
  },
})

export const admin_variants_routes: readonly Route[] = [
  listOfProduct,
  add,
  change,
  listCategories,
  addCategory,
  patchCategory,
  dropCategory,
]
