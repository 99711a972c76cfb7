// Fields of the shop's own in a product file: what one shop exports another one imports.
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import { routes } from '#src/app/routes.ts'
import { transaction } from '#src/db/transaction.ts'
import { sha256 } from '#src/lib/signature.ts'
import { adminClient } from '#test/admin-client.ts'
import { testApp, testServer } from '#test/app.ts'
import { seedShop } from '#test/seed-catalog.sql.ts'
import { exportProducts } from './export-products.ts'
import { importProducts } from './import-products.ts'
import type { ImportTarget } from './imports.sql.ts'

const plain = { choices: [], currency: null, refers_to: null, required: false }
const definitions = {
  story: { ...plain, owner: 'product', type: 'text' },
  material: { ...plain, owner: 'product', type: 'choice', choices: ['clay', 'enamel'] },
  handmade: { ...plain, owner: 'product', type: 'boolean' },
  since: { ...plain, owner: 'product', type: 'date' },
  kin: { ...plain, owner: 'product', type: 'reference', refers_to: 'category' },
  width: { ...plain, owner: 'variant', type: 'number' },
  deposit: { ...plain, owner: 'variant', type: 'money', currency: 'EUR' },
} as const

async function openShop() {
  const app = await testApp({})
  const shop = await transaction(app.db, seedShop)
  const target: ImportTarget = { ...shop, currency: 'EUR' as ImportTarget['currency'] }
  const server = await testServer(app, routes)
  after(() => server.fastify.close())
  const admin = await adminClient(app, server, ['catalog:read', 'catalog:write'])
  const define = async (key: string, changes: object = {}) => {
    const definition = definitions[key as keyof typeof definitions]
    const body = { name: key, filterable: true, ...definition, ...changes }
    const { status, body: said } = await admin('PUT', `/admin/fields/${key}`, body)
    assert.ok(status === 200 || status === 201, JSON.stringify(said))
  }
  for (const key of Object.keys(definitions)) await define(key)
  let imports = 0
  return {
    app,
    admin,
    define,
    exported: async (): Promise<string> => {
      let text = ''
      for await (const part of exportProducts(app.db, target)) text += part
      return text
    },
    take: (lines: readonly string[] | string) => {
      const text = typeof lines === 'string' ? lines : `${lines.join('\n')}\n`
      return importProducts(app.db, Readable.from([Buffer.from(text)]), {
        file_name: 'products.csv',
        file_hash: sha256(`${imports++}`).toString('hex'),
        target,
        clock: app.clock,
      })
    },
    /** What stands in the fields of a product and of its variants. */
    fieldsOf: async (handle: string): Promise<unknown> => {
      const { rows } = await app.db.query(
        `select fields, array(select fields from variant
           where product_id = product.id order by position) as of_variants
         from product where handle = $1`,
        [handle],
      )
      return rows[0] ?? null
    },
  }
}

const first = await openShop()
const made = await first.admin<{ id: string }>('POST', '/admin/categories', {
  title: 'Mugs',
  handle: 'mugs',
})
const category = made.body.id
const header =
  'Handle,Title,Variant SKU,Variant Price,Field story,FIELD MATERIAL,Field handmade,Field since,' +
  'Field kin,Field width,Field deposit,Field glaze'
const mug = {
  fields: {
    story: ' A, "B"',
    material: 'clay',
    handmade: true,
    since: '2026-01-31',
    kin: category,
  },
  of_variants: [{ width: 8.25, deposit: 150 }],
}

test('each column of a field is read as its type, and one of none is named', async () => {
  const { refusals, ignored_columns } = await first.take([
    header,
    `mug,Mug,MUG,9.00," A, ""B""",clay,yes,2026-01-31,${category},8.25,1.50,blue`,
    'cup,Cup,CUP,8.00,,,,,,,,',
  ])
  assert.deepEqual([refusals, ignored_columns], [[], ['Field glaze']])
  assert.deepEqual(await first.fieldsOf('mug'), mug)
  assert.deepEqual(await first.fieldsOf('cup'), { fields: {}, of_variants: [{}] })
})

test('an export says them, and imported as it is it changes nothing', async () => {
  const before = await first.exported()
  assert.match(before, /^Handle,.*,Status,Field handmade,.*,Field width,On Hand\n/)
  await first.take(before)
  assert.deepEqual(await first.fieldsOf('mug'), mug)
  const second = await openShop()
  const { refusals } = await second.take(before.replaceAll(category, ''))
  assert.deepEqual(refusals, [])
  const { kin: _, ...fields } = mug.fields
  assert.deepEqual(await second.fieldsOf('mug'), { ...mug, fields })
})

test('what can stand in no field is refused with its line, and nothing of it is written', async () => {
  const { refusals } = await first.take([
    header,
    'bowl,Bowl,BOWL,9.00,,gold,maybe,yesterday,0190b5a0-0000-7000-8000-000000000000,,,',
    'jug,Jug,JUG,9.00,4111 1111 1111 1111,,,,,,,',
    'pan,Pan,PAN,9.00,,,,,,wide,1.505,',
  ])
  const told = refusals.map(({ line, reason }) => `${line} ${reason}`).join('\n')
  assert.match(told, /2 .*field handmade "maybe" is neither true nor false/)
  assert.match(told, /2 .*field kin: there is no category with this id/)
  assert.match(told, /2 .*field material: Choose one of: clay, enamel/)
  assert.match(told, /2 .*field since: This must be a day/)
  assert.match(told, /3 field story holds a card number/)
  assert.match(told, /4 field width "wide" is no number; field deposit "1.505" is no amount in EUR/)
  for (const handle of ['bowl', 'jug', 'pan']) assert.equal(await first.fieldsOf(handle), null)
})

test('an empty cell takes a value away; a file without the column leaves it', async () => {
  await first.take(['Handle,Title,Variant SKU,Variant Price', 'mug,Mug,MUG,9.00'])
  assert.deepEqual(await first.fieldsOf('mug'), mug)
  const some = 'Handle,Title,Variant SKU,Variant Price,Field material,Field width'
  await first.take([some, 'mug,Mug,MUG,9.00,,'])
  const { material: _, ...fields } = mug.fields
  assert.deepEqual(await first.fieldsOf('mug'), { fields, of_variants: [{ deposit: 150 }] })
})

test('what a field must have new goods must have too, and old ones keep', async () => {
  await first.define('material', { required: true })
  await first.define('width', { required: true })
  const columns = 'Handle,Title,Variant SKU,Variant Price,Field material,Field width'
  const { refusals } = await first.take([
    columns,
    'vase,Vase,VASE,9.00,,3',
    'pot,Pot,POT,9.00,clay,',
    'dish,Dish,DISH,9.00,clay,3',
    'cup,Cup,CUP,8.00,,3',
    'mug,Mug,MUG,9.00,clay,3',
  ])
  assert.deepEqual(
    refusals.map(({ line, reason }) => `${line} ${reason}`),
    [
      '2 field material: This field must have a value.',
      '3 field width: This field must have a value.',
    ],
  )
  assert.equal(await first.fieldsOf('vase'), null)
  const taken = await first.take([columns, 'mug,Mug,MUG,9.00,,3'])
  assert.equal(taken.refusals[0]?.reason, 'field material: This field must have a value.')
  assert.deepEqual(await first.fieldsOf('dish'), {
    fields: { material: 'clay' },
    of_variants: [{ width: 3 }],
  })
  // A file that says nothing of fields makes no product that lacks one, and changes others.
  const silent = 'Handle,Title,Variant SKU,Variant Price'
  const without = await first.take([silent, 'lid,Lid,LID,2.00', 'cup,Cup!,CUP,8.50'])
  assert.deepEqual(
    without.refusals.map(({ line }) => line),
    [2],
  )
  assert.equal(await first.fieldsOf('lid'), null)
})
