// A file that was exported is imported again, and nothing has changed.
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { routes } from '#src/app/routes.ts'
import { transaction } from '#src/db/transaction.ts'
import { sha256 } from '#src/lib/signature.ts'
import { adminClient } from '#test/admin-client.ts'
import { testApp, testServer } from '#test/app.ts'
import { seedProducts, seedShop } from '#test/seed-catalog.sql.ts'
import { exportProducts } from './export-products.ts'
import { importProducts } from './import-products.ts'
import type { ImportTarget } from './imports.sql.ts'

const app = await testApp()
const server = await testServer(app, routes)
const shop = await transaction(app.db, seedShop)
const target: ImportTarget = { ...shop, currency: 'EUR' as ImportTarget['currency'] }
const admin = await adminClient(app, server, ['catalog:read', 'catalog:write'])

const tables = [
  ...['product', 'variant', 'media', 'category', 'product_category', 'publication', 'price'],
  ...['stock_item', 'variant_item', 'stock_level', 'stock_movement'],
]
/** All rows of what an import writes, as text. */
async function everything(): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const table of tables) {
    const { rows } = await app.db.query<{ all: string }>(
      `select coalesce(string_agg(t::text, E'\\n' order by t::text), '') as all from ${table} as t`,
    )
    found[table] = rows[0]!.all
  }
  return found
}
async function exported(): Promise<string> {
  let text = ''
  for await (const part of exportProducts(app.db, target)) text += part
  return text
}
let imports = 0
const importText = (text: string) =>
  importProducts(app.db, Readable.from([Buffer.from(text)]), {
    file_name: 'products.csv',
    file_hash: sha256(`${imports++}`).toString('hex'),
    target,
    clock: app.clock,
  })

const price = (amount: number, more: object = {}) => [
  { price_list_id: shop.price_list_id, amount, ...more },
]
const clothes = await admin<{ id: string }>('POST', '/admin/categories', {
  title: 'Clothes',
  handle: 'clothes',
})
const odd = await admin<{ id: string }>('POST', '/admin/categories', {
  title: 'Odd > one',
  handle: 'named-otherwise',
  parent_id: clothes.body.id,
})
const drafts = [
  {
    title: 'Shirt "Ada", blue',
    description: '<p>Two lines,\nand a "quote"</p>',
    vendor: '=1+1',
    tags: ['plain', 'with, comma'],
    state: 'active',
    options: ['Size', 'Color'],
    category_ids: [clothes.body.id, odd.body.id],
    channel_ids: [shop.channel_id],
    media: [
      { url: 'https://cdn.example/a.jpg', alt: 'front, "big"' },
      { url: '/media/shirt.svg', alt: '' },
      { url: 'https://cdn.example/c.jpg', alt: '' },
    ],
    variants: [
      {
        sku: 'A-1',
        option_values: ['S', 'Blue'],
        barcode: '4006381333931',
        weight_g: 250,
        image_url: '/media/shirt.svg',
        prices: price(1_990, { compare_at: 2_490 }),
      },
      {
        sku: 'A-2',
        option_values: ['M', 'Blue'],
        taxable: false,
        requires_shipping: false,
        hs_code: '6105',
        tax_category: 'reduced',
        prices: [...price(5_00, { per_units: 3 }), ...price(400, { min_quantity: 10 })],
      },
    ],
  },
  { title: 'No price', state: 'draft', variants: [{ sku: 'N-1' }] },
  {
    title: 'Kept compare',
    state: 'draft',
    variants: [{ sku: 'K-1', prices: price(900, { compare_at: 500 }) }],
  },
  {
    title: 'A set',
    variants: [{ sku: 'SET', items: [{ sku: 'A-1', quantity: 2 }], prices: price(1) }],
  },
  { title: 'Empty', state: 'active' },
]
for (const draft of drafts) {
  const { status, body } = await admin('POST', '/admin/products', draft)
  assert.equal(status, 201, JSON.stringify(body))
}
await transaction(app.db, (tx) => seedProducts(tx, shop, 150))

test('export, then import: no row of the shop is another one', async () => {
  // Stock is counted per location: an import makes the level of what has none there.
  const first = await importText(await exported())
  assert.deepEqual(first.refusals, [])
  const before = await everything()
  const text = await exported()
  const again = await importText(text)
  assert.deepEqual([again.refusals, again.warnings], [[], []])
  assert.equal(again.products, 154)
  assert.deepEqual(await everything(), before)
  assert.equal(await exported(), text)
})

test('the route streams the same file', async () => {
  const key = await adminClient(app, server, ['prices:read'])
  assert.equal((await key('GET', '/admin/exports/products')).status, 403)
  const port = await server.listen('127.0.0.1', 0)
  const { rows } = await app.db.query('select code from channel')
  const url = `http://127.0.0.1:${port}/admin/exports/products?channel=${rows[0].code}`
  const refused = await fetch(url)
  assert.equal(refused.status, 401)
  const unknown = await admin('GET', '/admin/exports/products?channel=nowhere')
  assert.equal(unknown.status, 404)
  await server.drain(1_000)
})
