// Collections: products that belong together by rules.
import Type, { type Static } from 'typebox'
import { catalog_limits } from '#src/catalog/catalog.ts'
import { countMembers, listCollections, readCollection } from '#src/catalog/collections.sql.ts'
import {
  type Collection,
  collection_limits,
  type Rule,
  rule_ops,
} from '#src/catalog/collections.ts'
import {
  changeCollection,
  createCollection,
  evaluateCollection,
  removeCollection,
} from '#src/catalog/edit-collections.ts'
import { toSafeHtml } from '#src/catalog/safe-html.ts'
import type { Tx } from '#src/db/sql.ts'
import { snapshot, transaction } from '#src/db/transaction.ts'
import type { CollectionId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import { byOf } from './admin-catalog.ts'
import { Handle, Title } from './catalog-schemas.ts'
import { createOnce } from './create-once.ts'
import { IdPageQuery, readPage } from './page.ts'
import { Closed, Id, Moment, Nullable, Page, type Route, route, Text } from './route.ts'

const read = { staff: 'catalog:read' } as const
const write = { staff: 'catalog:write' } as const
const some = Type.Optional

const Ops = Type.Unsafe<Rule['op']>(Type.Union(rule_ops.map((op) => Type.Literal(op))))
const Value = Type.Union([
  Type.String({ maxLength: collection_limits.value_length }),
  Type.Number(),
  Type.Boolean(),
  Type.Null(),
])
const Rules = Type.Array(
  Closed({
    field: Text(60, 1),
    op: Ops,
    value: some(Value),
    currency: some(Nullable(Type.String({ pattern: '^[A-Z]{3}$' }))),
  }),
  {
    maxItems: collection_limits.rules,
    description:
      'field: title, vendor, type, tag, category, price, stock, created, published, or ' +
      '`fields.<key>` for a field of the shop',
  },
)
const Matching = Type.Unsafe<Collection['matching']>(
  Type.Union([Type.Literal('all'), Type.Literal('any')]),
)
const fields = {
  title: Title,
  handle: Handle,
  description: some(Text(catalog_limits.description_length)),
  matching: some(Matching),
  rules: Rules,
}
const CollectionView = Closed({
  id: Id<CollectionId>(),
  handle: Type.String(),
  title: Type.String(),
  description: Type.String(),
  matching: Matching,
  rules: Type.Array(
    Closed({
      field: Type.String(),
      op: Ops,
      value: Value,
      currency: Nullable(Type.String()),
    }),
  ),
  products: Type.Integer({ description: 'How many belong to it now, sold or not.' }),
  created_at: Moment(),
  updated_at: Moment(),
})
const Params = Closed({ id: Id<CollectionId>() })

const rulesOf = (rules: Static<typeof Rules>): Rule[] =>
  rules.map((rule) => ({ value: null, currency: null, ...rule }))

async function view(tx: Tx, found: Collection | null): Promise<Static<typeof CollectionView>> {
  if (!found) throw refuse('not_found')
  const { rules, evaluated_at: _, ...collection } = found
  const products = await countMembers(tx, found.id)
  return { ...collection, rules: [...rules], products }
}

export const admin_collection_routes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/admin/collections',
    who: read,
    summary: 'List the collections, oldest first',
    query: Closed(IdPageQuery),
    replies: { 200: Page(CollectionView) },
    handle: async ({ app, query }) => {
      const body = await snapshot(app.db, async (tx) => {
        const page = await readPage(query, (after, limit) =>
          listCollections(tx, after as CollectionId | null, limit),
        )
        const items: Static<typeof CollectionView>[] = []
        for (const one of page.items) items.push(await view(tx, one))
        return { ...page, items }
      })
      return { status: 200, body }
    },
  }),
  route({
    method: 'POST',
    path: '/admin/collections',
    who: write,
    summary: 'Make a collection: its products are those the rules name, now and later',
    idempotent: true,
    example: {
      title: 'Cheap cotton',
      handle: 'cheap-cotton',
      rules: [
        { field: 'tag', op: 'is', value: 'cotton' },
        { field: 'price', op: 'less_than', value: 2000, currency: 'EUR' },
      ],
    },
    body: Closed(fields),
    replies: { 201: CollectionView },
    handle: async (asked) => {
      const { app, body, now } = asked
      const { description = '', matching = 'all', rules, ...rest } = body
      const draft = { ...rest, matching, rules: rulesOf(rules) }
      const id = await createOnce<CollectionId>(asked, 'POST /admin/collections', body, (tx, id) =>
        createCollection(tx, id, { ...draft, description: toSafeHtml(description) }, byOf(asked)),
      )
      await transaction(app.db, (tx) => evaluateCollection(tx, id, now))
      const made = await snapshot(app.db, async (tx) => view(tx, await readCollection(tx, id)))
      return { status: 201, body: made }
    },
  }),
  route({
    method: 'GET',
    path: '/admin/collections/:id',
    who: read,
    summary: 'Read a collection with its rules',
    params: Params,
    replies: { 200: CollectionView },
    handle: async ({ app, params: { id } }) => ({
      status: 200,
      body: await snapshot(app.db, async (tx) => view(tx, await readCollection(tx, id))),
    }),
  }),
  route({
    method: 'PATCH',
    path: '/admin/collections/:id',
    who: write,
    summary: 'Change a collection: new rules hold for all products when this is answered',
    params: Params,
    body: Type.Partial(Closed(fields), { additionalProperties: false, minProperties: 1 }),
    example: { matching: 'all', rules: [{ field: 'tag', op: 'is', value: 'camping' }] },
    replies: { 200: CollectionView },
    handle: async (asked) => {
      const { app, params, body } = asked
      const { rules, description, ...rest } = body
      const patch = {
        ...rest,
        ...(rules === undefined ? {} : { rules: rulesOf(rules) }),
        ...(description === undefined ? {} : { description: toSafeHtml(description) }),
      }
      const changed = await transaction(app.db, async (tx) =>
        view(tx, await changeCollection(tx, params.id, patch, byOf(asked))),
      )
      return { status: 200, body: changed }
    },
  }),
  route({
    method: 'DELETE',
    path: '/admin/collections/:id',
    who: write,
    summary: 'Remove a collection; its products stay',
    params: Params,
    replies: { 204: null },
    handle: async (asked) => {
      await transaction(asked.app.db, (tx) => removeCollection(tx, asked.params.id, byOf(asked)))
      return { status: 204 }
    },
  }),
]
