// A file that was exported is imported again, and nothing has changed.
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { runExport } from '#src/app/export.ts'
import { routes } from '#src/app/routes.ts'
import { transaction } from '#src/db/transaction.ts'
import { type ApiKeyId, newId } from '#src/lib/ids.ts'
import { sha256 } from '#src/lib/signature.ts'
import { insertKey } from '#src/staff/keys.sql.ts'
import { hashKeyToken, hintOf, newKeyToken } from '#src/staff/keys.ts'
import { adminClient } from '#test/admin-client.ts'
import { testApp, testServer } from '#test/app.ts'
import { atEnd } from '#test/cleanup.ts'
import { testDatabase } from '#test/database.ts'
import { seedProducts, seedShop } from '#test/seed-catalog.sql.ts'
import { nobody_known } from './audiences.ts'
import { exportProducts } from './export-products.ts'
import { importProducts } from './import-products.ts'
import type { ImportTarget } from './imports.sql.ts'
import { createOfferReader } from './read-offers.ts'

const database = await testDatabase()
const app = await testApp({ database })
const server = await testServer(app, routes)
const shop = await transaction(app.db, seedShop)
const target: ImportTarget = { ...shop, currency: 'EUR' as ImportTarget['currency'] }
await transaction(app.db, (tx) => seedProducts(tx, shop, 150))
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
    variants: [{ sku: 'K-1', prices: price(900) }],
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

// Shops before this version could have a price to compare with that is none.
await app.db.query('begin read write; update price set compare_at = 500 where amount = 900; commit')

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
  // What an export writes for people alone is told as such.
  assert.deepEqual(again.ignored_columns, ['On Hand'])
})

test('the file brings back what a variant is taxed and declared by', async () => {
  const text = await exported()
  const forget = "update variant set tax_category = 'zero', hs_code = null where sku = 'A-2'"
  await app.db.query(`begin read write; ${forget}; commit`)
  assert.deepEqual((await importText(text)).refusals, [])
  const { rows } = await app.db.query(
    "select tax_category, hs_code, taxable from variant where sku = 'A-2'",
  )
  assert.deepEqual(rows, [{ tax_category: 'reduced', hs_code: '6105', taxable: false }])
})

test('the route streams the same file, and so does the command', async () => {
  const reader = await adminClient(app, server, ['prices:read'])
  assert.equal((await reader('GET', '/admin/exports/products')).status, 403)
  assert.equal((await admin('GET', '/admin/exports/products?channel=nowhere')).status, 404)
  const token = newKeyToken('secret')
  await transaction(app.db, (tx) =>
    insertKey(tx, {
      id: newId<ApiKeyId>(),
      kind: 'secret',
      name: 'export',
      token_hash: hashKeyToken(token),
      hint: hintOf(token),
      channel_id: null,
      permissions: ['catalog:read'],
      expires_at: null,
      created_at: app.clock(),
    }),
  )
  const text = await exported()
  const answer = await server.fastify.inject({
    method: 'GET',
    url: '/admin/exports/products?channel=web',
    headers: { authorization: `Bearer ${token}` },
  })
  assert.equal(answer.statusCode, 200)
  assert.equal(answer.headers['content-type'], 'text/csv; charset=utf-8')
  assert.equal(answer.body, text)

  const folder = mkdtempSync(path.join(tmpdir(), 'onhand-export-'))
  atEnd(() => rmSync(folder, { recursive: true, force: true }))
  const environment = { DATABASE_URL: database.url, DATA_DIR: folder, INIT_CWD: folder }
  const said: string[] = []
  const run = (...args: string[]) => runExport(args, environment, (line) => void said.push(line))
  assert.equal(await run('out.csv', '--channel', 'web'), 0, said.join(''))
  assert.equal(readFileSync(path.join(folder, 'out.csv'), 'utf8'), text)
  assert.deepEqual(readdirSync(folder), ['out.csv'])
  assert.equal(await run('no/such/folder/out.csv'), 2)
  assert.equal(await run('out.csv', '--channel', 'nowhere'), 1)
  assert.equal(await run(), 2)
})

const sizes = Array.from({ length: 1_000 }, (_, i) => `Size ${i}`)
type Variants = { readonly items: readonly { readonly sku: string }[] }

test('1,000 variants on a product: staff and shoppers read them in no time, in flat memory', async () => {
  const made = await admin<{ id: string }>('POST', '/admin/products', {
    title: 'Endless',
    state: 'active',
    options: ['Size'],
    channel_ids: [shop.channel_id],
    variants: sizes.map((size, i) => ({
      sku: `END-${i}`,
      option_values: [size],
      prices: price(1_000 + i),
    })),
  })
  assert.equal(made.status, 201, JSON.stringify(made.body).slice(0, 500))
  const place = { channel_id: shop.channel_id, currency: null, locales: [], public_url: 'http://x' }
  const view = { ...place, ...nobody_known }
  const reader = createOfferReader(app.db)
  const readAll = async (): Promise<number> => {
    const began = performance.now()
    const path_of = `/admin/products/${made.body.id}/variants?limit=1000`
    const { body } = await admin<Variants>('GET', path_of)
    assert.equal(body.items.length, 1_000)
    const offer = await reader.offer({ ...view, now: app.clock() }, 'endless')
    assert.equal((JSON.parse(offer.content) as { variants: [] }).variants.length, 1_000)
    return performance.now() - began
  }
  // The machine may be busy for a moment, but not all the time.
  const times: number[] = []
  for (let i = 0; i < 5; i++) times.push(await readAll())
  const heap = process.memoryUsage().heapUsed
  for (let i = 0; i < 60; i++) times.push(await readAll())
  const grown = (process.memoryUsage().heapUsed - heap) / 1024 / 1024
  assert(Math.min(...times) < 500, `${Math.min(...times)} ms at best`)
  assert(grown < 60, `${grown} MB more after 60 readings`)
  const change = { barcode: '4006381333931' }
  const first = await admin<{ items: { id: string }[] }>(
    'GET',
    `/admin/products/${made.body.id}/variants?limit=1`,
  )
  const began = performance.now()
  const changed = await admin('PATCH', `/admin/variants/${first.body.items[0]!.id}`, change)
  assert.equal(changed.status, 200)
  assert(performance.now() - began < 2_000, 'a change of one of them')
})
