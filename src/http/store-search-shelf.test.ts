// What a search says of goods is what the lists and the page of a product say of them: prices,
// titles, and what a facet calls them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { transaction } from '#src/db/transaction.ts'
import { addStock } from '#src/inventory/inventory.sql.ts'
import { type ApiKeyId, newId, type StockItemId } from '#src/lib/ids.ts'
import { insertKey } from '#src/staff/keys.sql.ts'
import { hashKeyToken, hintOf, newKeyToken } from '#src/staff/keys.ts'
import { adminClient } from '#test/admin-client.ts'
import { testApp, testServer } from '#test/app.ts'
import { seedShop } from '#test/seed-catalog.sql.ts'
import { admin_catalog_routes } from './admin-catalog.ts'
import { admin_collection_routes } from './admin-collections.ts'
import { admin_field_routes } from './admin-fields.ts'
import { admin_translation_routes } from './admin-translations.ts'
import { store_catalog_routes } from './store-catalog.ts'
import { store_search_routes } from './store-search.ts'

const app = await testApp()
const server = await testServer(app, [
  ...admin_catalog_routes,
  ...admin_collection_routes,
  ...admin_field_routes,
  ...admin_translation_routes,
  ...store_catalog_routes,
  ...store_search_routes,
])
const shop = await transaction(app.db, seedShop)
const admin = await adminClient(app, server, ['catalog:read', 'catalog:write'])
const key = newKeyToken('publishable')
await transaction(app.db, (tx) =>
  insertKey(tx, {
    id: newId<ApiKeyId>(),
    kind: 'publishable',
    name: 'web',
    token_hash: hashKeyToken(key),
    hint: hintOf(key),
    channel_id: shop.channel_id,
    permissions: [],
    expires_at: null,
    created_at: app.clock(),
  }),
)

type Card = {
  handle: string
  title: string
  price: { from: number; min_quantity: number; per_units: number } | null
  available: boolean
}
type Value = { value: string; label: string; count: number; selected: boolean }
type Facet = { filter: string; name: string; values: Value[]; min: string; max: string }
type Found = { items: Card[]; total: number; facets: Facet[]; next_cursor: string | null }

async function store<Body>(url: string): Promise<Body> {
  const headers = { authorization: `Bearer ${key}` }
  const answer = await server.fastify.inject({ method: 'GET', url: `/store${url}`, headers })
  const body = answer.json() as Body
  assert.equal(answer.statusCode, 200, JSON.stringify(body))
  return body
}
const search = (query: string) => store<Found>(`/search?${query}`)

type Price = { amount: number; min_quantity?: number; per_units?: number }
type Made = { id: string; handle: string }
async function create(title: string, prices: readonly (readonly Price[])[], more: object = {}) {
  const handle = title.toLowerCase().replaceAll(' ', '-')
  const { status, body } = await admin<Made>('POST', '/admin/products', {
    title,
    handle,
    state: 'active',
    options: ['Kind'],
    variants: prices.map((of_variant, i) => ({
      sku: `${handle}-${i}`,
      option_values: [`${i}`],
      prices: of_variant.map((price) => ({ price_list_id: shop.price_list_id, ...price })),
    })),
    channel_ids: [shop.channel_id],
    ...more,
  })
  assert.equal(status, 201, JSON.stringify(body))
  return body
}
const stock = (sku: string, quantity: number) =>
  transaction(app.db, async (tx) => {
    const { rows } = await app.db.query('select id from stock_item where sku = $1', [sku])
    const where = { stock_item_id: rows[0].id as StockItemId, location_id: shop.location_id }
    const about = { kind: 'adjustment', reason: '', cause_id: null, actor: 'test' } as const
    await addStock(tx, [{ ...where, quantity, ...about, at: app.clock() }])
  })

test('goods sold from five on are listed and found by the price of five', async () => {
  const tiers = [
    { amount: 700, min_quantity: 5 },
    { amount: 600, min_quantity: 10 },
  ]
  const only = { tags: ['bulk'] }
  await create('Cases', [tiers, [{ amount: 100, min_quantity: 20 }]], only)
  await create('Singles', [[{ amount: 900 }], [{ amount: 50, min_quantity: 50 }]], only)
  await create('Free', [[]], only)
  for (const sku of ['cases-0', 'singles-0', 'free-0']) await stock(sku, 100)

  const shown = ({ items }: Pick<Found, 'items'>) =>
    items.map(({ handle, price, available }) => [
      handle,
      price && [price.min_quantity, price.from],
      available,
    ])
  const expected = [
    ['free', null, false],
    ['singles', [1, 900], true],
    ['cases', [5, 700], true],
  ]
  assert.deepEqual(shown(await store<Found>('/products?tag=bulk')), expected)
  assert.deepEqual(shown(await search('tag=bulk')), expected)
  const offer = await store<{ available: boolean; variants: { price: object }[] }>(
    '/products/cases',
  )
  const { min_quantity, amount } = offer.variants[0]!.price as Price
  assert.deepEqual([offer.available, min_quantity, amount], [true, 5, 700])
  assert.deepEqual(shown(await search('tag=bulk&available=true&sort=price')), [
    ['cases', [5, 700], true],
    ['singles', [1, 900], true],
  ])
  for (const [range, handles] of [
    ['600..800', ['cases']],
    ['1..699', []],
    ['700..900', ['singles', 'cases']],
  ]) {
    const { items } = await search(`tag=bulk&price=${range}`)
    assert.deepEqual(
      items.map(({ handle }) => handle),
      handles,
      `${range}`,
    )
  }
})
