// Bundles in a product file: what one shop exports another one imports, and sells the same.
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import fc from 'fast-check'
import { routes } from '#src/app/routes.ts'
import { transaction } from '#src/db/transaction.ts'
import { sha256 } from '#src/lib/signature.ts'
import { adminClient } from '#test/admin-client.ts'
import { testApp, testServer } from '#test/app.ts'
import { seedShop } from '#test/seed-catalog.sql.ts'
import { type Component, readComponents, writeComponents } from './components.ts'
import { exportProducts } from './export-products.ts'
import { importProducts } from './import-products.ts'
import type { ImportTarget } from './imports.sql.ts'

async function openShop() {
  const app = await testApp({})
  const shop = await transaction(app.db, seedShop)
  const target: ImportTarget = { ...shop, currency: 'EUR' as ImportTarget['currency'] }
  let imports = 0
  return {
    app,
    shop,
    exported: async (): Promise<string> => {
      let text = ''
      for await (const part of exportProducts(app.db, target)) text += part
      return text
    },
    take: (text: string) =>
      importProducts(app.db, Readable.from([Buffer.from(text)]), {
        file_name: 'products.csv',
        file_hash: sha256(`${imports++}`).toString('hex'),
        target,
        clock: app.clock,
      }),
    /** Of each variant what it is made of: `SET: 1 × B, 2 × A`. */
    made_of: async (): Promise<string[]> => {
      const { rows } = await app.db.query<{ text: string }>(
        `select variant.sku || ': ' ||
           string_agg(quantity || ' × ' || stock_item.sku, ', ' order by stock_item.sku) as text
         from variant join variant_item on variant_id = variant.id
         join stock_item on stock_item.id = stock_item_id group by variant.sku`,
      )
      return rows.map(({ text }) => text).toSorted()
    },
  }
}

const first = await openShop()
const server = await testServer(first.app, routes)
const admin = await adminClient(first.app, server, ['catalog:read', 'catalog:write'])
const prices = [{ price_list_id: first.shop.price_list_id, amount: 900 }]
const variant = (sku: string, ...items: readonly Component[]) => ({ sku, items, prices })
const of = (sku: string, quantity: number): Component => ({ sku, quantity })

test('export, then import into an empty shop: the same bundles', async () => {
  const create = async (path: string, body: object): Promise<string> => {
    const made = await admin<{ id: string }>('POST', path, body)
    assert.equal(made.status, 201, JSON.stringify(made.body))
    return made.body.id
  }
  const box = await create('/admin/products', {
    title: 'Box',
    options: ['Kind'],
    variants: [{ ...variant('BOX'), option_values: ['Empty'] }],
  })
  await create('/admin/products', { title: 'Tea', variants: [variant('TEA, black\\green')] })
  await create('/admin/products', {
    title: 'Set',
    variants: [variant('SET', of('BOX', 1), of('TEA, black\\green', 12))],
  })
  // In the file this one stands before what it is made of.
  const full = variant('BOX-FULL', of('TEA, black\\green', 3))
  await create(`/admin/products/${box}/variants`, {
    variants: [{ ...full, option_values: ['Full'] }],
  })
  await create('/admin/products', {
    title: 'Other name',
    variants: [variant('ALIAS', of('BOX', 1))],
  })

  // An import makes the level of what has none there, which the column On Hand tells.
  await first.take(await first.exported())
  const text = await first.exported()
  assert.match(text, /Variant Components/)
  const second = await openShop()
  const { refusals, variants } = await second.take(text)
  assert.deepEqual([refusals, variants], [[], 5])
  assert.deepEqual(await second.made_of(), await first.made_of())
  assert.deepEqual(await second.made_of(), [
    'ALIAS: 1 × BOX',
    'BOX-FULL: 3 × TEA, black\\green',
    'BOX: 1 × BOX',
    'SET: 1 × BOX, 12 × TEA, black\\green',
    'TEA, black\\green: 1 × TEA, black\\green',
  ])
  // Products as young as the others of their file: their order is another one.
  const sorted = (file: string): string[] => file.split('\n').toSorted()
  assert.deepEqual(sorted(await second.exported()), sorted(text))
  const again = await second.take(text)
  assert.deepEqual([again.refusals, again.warnings], [[], []])
})

const header = 'Handle,Title,Variant SKU,Variant Price,Variant Components'
const rows = (...lines: readonly string[]): string => [header, ...lines].join('\n')

test('a part may come in a later file; until then there is none of it', async () => {
  const shop = await openShop()
  const { refusals, warnings } = await shop.take(rows('kit,Kit,KIT,9,"2 x BOLT, 1 x NUT"'))
  assert.deepEqual(
    [refusals, warnings.map(({ line, reason }) => `${line} ${reason.split(' to make')[0]}`)],
    [[], ['2 there is no BOLT', '2 there is no NUT']],
  )
  const later = await shop.take(rows('bolt,Bolt,BOLT,1,', 'nut,Nut,NUT,1,'))
  assert.deepEqual([later.refusals, later.warnings], [[], []])
  const made_of = ['BOLT: 1 × BOLT', 'KIT: 2 × BOLT, 1 × NUT', 'NUT: 1 × NUT']
  assert.deepEqual(await shop.made_of(), made_of)

  // What a file does not say stays, and so does what it would change.
  assert.deepEqual((await shop.take(rows('kit,Kit,KIT,9,'))).refusals, [])
  for (const [sku, components] of [
    ['KIT', '"3 x BOLT, 1 x NUT"'],
    ['NUT', '1 x BOLT'],
  ] as const) {
    const other = await shop.take(rows(`${sku.toLowerCase()},${sku},${sku},9,${components}`))
    assert.deepEqual(
      other.refusals.map(({ line, reason }) => `${line} ${reason}`),
      [`2 variant sku ${sku} is made of something else, which stays as it is`],
    )
  }
  assert.deepEqual(await shop.made_of(), made_of)
})

test('cells that name no bundle are refused, and nothing of their product is there', async () => {
  const shop = await openShop()
  const cells = {
    word: 'BOLT',
    none: '0 x BOLT',
    many: '10001 x BOLT',
    comma: '"1 x BOLT, 2"',
    twice: '"1 x BOLT, 2 x BOLT"',
    itself: '1 x ITSELF',
    nested: '1 x ITSELF',
    long: `"${Array.from({ length: 51 }, (_, i) => `1 x B${i}`).join(', ')}"`,
    wide: `1 x ${'B'.repeat(101)}`,
  }
  const lines = Object.entries(cells).map(([name, cell]) => {
    return `${name},${name},${name.toUpperCase()},9,${cell}`
  })
  const { refusals, warnings } = await shop.take(rows(...lines))
  assert.deepEqual(
    refusals.map(({ line, reason }) => [line, reason.split(' ')[1]]),
    lines.map((_, i) => [i + 2, 'components']),
  )
  assert.deepEqual([warnings, await shop.made_of()], [[], []])
})

test('any components are read as they were written', () => {
  const sku = fc.string({ minLength: 1, maxLength: 20 }).filter((text) => text === text.trim())
  const quantity = fc.integer({ min: 1, max: 10_000 })
  const one = fc.record({ sku, quantity }, { noNullPrototype: true })
  const some = fc.uniqueArray(one, { maxLength: 50, selector: (part) => part.sku })
  fc.assert(
    fc.property(some, (components) => {
      const reasons: string[] = []
      const read = readComponents(writeComponents(components), (why) => void reasons.push(why))
      assert.deepEqual([read, reasons], [components, []])
    }),
  )
})
