// Filters by fields of the shop's own: one way in the search and in both lists of goods.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { transaction } from '#src/db/transaction.ts'
import { type ApiKeyId, newId } from '#src/lib/ids.ts'
import { insertKey } from '#src/staff/keys.sql.ts'
import { hashKeyToken, hintOf, newKeyToken } from '#src/staff/keys.ts'
import { adminClient, type Problem } from '#test/admin-client.ts'
import { testApp, testServer } from '#test/app.ts'
import { seedShop } from '#test/seed-catalog.sql.ts'
import { admin_catalog_routes } from './admin-catalog.ts'
import { admin_collection_routes } from './admin-collections.ts'
import { admin_field_routes } from './admin-fields.ts'
import { admin_translation_routes } from './admin-translations.ts'
import { admin_variants_routes } from './admin-variants.ts'
import { store_catalog_routes } from './store-catalog.ts'
import { store_search_routes } from './store-search.ts'

const app = await testApp()
const server = await testServer(app, [
  ...admin_catalog_routes,
  ...admin_collection_routes,
  ...admin_field_routes,
  ...admin_translation_routes,
  ...admin_variants_routes,
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

type Listed = Problem & {
  readonly items: readonly { readonly id: string; readonly handle: string }[]
  readonly next_cursor: string | null
}

const asked_at = {
  'the search': (query: string) => `/store/search?facets=false&${query}`,
  'the list of the shop': (query: string) => `/store/products?${query}`,
  'the list of a category': (query: string) => `/store/products?category=all&${query}`,
  'the list of staff': (query: string) => `/admin/products?${query}`,
  'what staff find by a word': (query: string) => `/admin/products?q=thing&${query}`,
}

async function ask(url: string, filters: readonly string[]) {
  const query = filters.map((filter) => `field=${encodeURIComponent(filter)}`).join('&')
  const whole = `${url}${query}`
  if (url.startsWith('/admin')) return admin<Listed>('GET', whole)
  const headers = { authorization: `Bearer ${key}` }
  const answer = await server.fastify.inject({ method: 'GET', url: whole, headers })
  return { status: answer.statusCode, body: answer.json() as Listed }
}

const category = { title: 'All', handle: 'all' }
const { body: all } = await admin<{ id: string }>('POST', '/admin/categories', category)
const fields = {
  material: { owner: 'product', type: 'text' },
  width: { owner: 'product', type: 'number' },
  deposit: { owner: 'product', type: 'money', currency: 'EUR' },
  since: { owner: 'product', type: 'date' },
  handmade: { owner: 'product', type: 'boolean' },
  maker: { owner: 'product', type: 'reference', refers_to: 'category' },
  ring: { owner: 'variant', type: 'choice', choices: ['gold', 'a..b'] },
  pot: { owner: 'variant', type: 'number' },
  sown: { owner: 'variant', type: 'date' },
  secret: { owner: 'product', type: 'text', filterable: false },
}
for (const [name, field] of Object.entries(fields)) {
  const body = { name, filterable: true, ...field }
  const { status, body: said } = await admin('PUT', `/admin/fields/${name}`, body)
  assert.equal(status, 200, JSON.stringify(said))
}
const goods = {
  one: [
    { material: 'cotton', width: 10, since: '2026-01-31', handmade: true },
    { ring: 'gold', pot: 9, sown: '2026-03-01' },
    { pot: 19 },
    { pot: 12, sown: '2026-05-01' },
  ],
  two: [{ material: '1..5', width: 10.5, deposit: 500, maker: all.id }, { ring: 'a..b' }],
  three: [{ material: 'wool: soft', width: -3, since: '2026-02-01', handmade: false }, {}],
  four: [{ secret: 'x' }, {}],
} as const
for (const [handle, [own, ...of_variants]] of Object.entries(goods)) {
  const { status, body } = await admin('POST', '/admin/products', {
    ...{ title: `Thing ${handle}`, handle, state: 'active', fields: own },
    options: ['Kind'],
    variants: of_variants.map((of_variant, i) => ({
      sku: `${handle.toUpperCase()}-${i}`,
      option_values: [`${i}`],
      fields: of_variant,
    })),
    channel_ids: [shop.channel_id],
    category_ids: [all.id],
  })
  assert.equal(status, 201, JSON.stringify(body))
}

const found: [filters: string[], handles: string[]][] = [
  [[], ['four', 'one', 'three', 'two']],
  [['material:cotton'], ['one']],
  [
    ['material:cotton', 'material:wool: soft'],
    ['one', 'three'],
  ],
  [['material:1..5'], ['two']],
  [['material:nothing'], []],
  [['width:10..11'], ['one', 'two']],
  [['width:10'], ['one']],
  [['width:..0'], ['three']],
  [
    ['width:..0', 'width:10.25..11'],
    ['three', 'two'],
  ],
  [['width:-3', 'width:10', 'handmade:true'], ['one']],
  [
    ['since:2026-01-31', 'since:2026-02-01..'],
    ['one', 'three'],
  ],
  [['pot:10..11', 'pot:12..13'], ['one']],
  [['width:10.25..'], ['two']],
  [['width:-3..10', 'handmade:true'], ['one']],
  [['deposit:400..500'], ['two']],
  [['since:2026-02-01'], ['three']],
  [['since:2026-01-01..2026-02-01'], ['one', 'three']],
  [['handmade:false'], ['three']],
  [[`maker:${all.id}`], ['two']],
  [['ring:gold'], ['one']],
  [
    ['ring:gold', 'ring:a..b'],
    ['one', 'two'],
  ],
  [['ring:gold', 'material:wool: soft'], []],
  [['pot:9'], ['one']],
  [['pot:12'], ['one']],
  [['pot:19'], ['one']],
  [['pot:10..11'], []],
  [['sown:2026-03-01'], ['one']],
  [['sown:2026-04-01..2026-05-01'], ['one']],
]

const refused: [filters: string[], errors: string[]][] = [
  [['colour:red'], ['field.0 unknown']],
  [['secret:x'], ['field.0 unknown']],
  [['material'], ['field.0 malformed']],
  [
    ['material:cotton', ':x', 'width:wide'],
    ['field.1 malformed', 'field.2 wrong_type'],
  ],
  [['width:..'], ['field.0 wrong_type']],
  [['width:1.2.3..4'], ['field.0 wrong_type']],
  [['width:20..10'], ['field.0 range']],
  [['deposit:5 EUR'], ['field.0 wrong_type']],
  [['since:2026-02-30'], ['field.0 wrong_type']],
  [['since:2026-03-01..2026-02-01'], ['field.0 range']],
  [['handmade:yes'], ['field.0 wrong_type']],
  [['maker:all'], ['field.0 wrong_type']],
]

for (const [place, urlOf] of Object.entries(asked_at)) {
  test(`${place} is filtered by fields of every type`, async () => {
    for (const [filters, handles] of found) {
      const { status, body } = await ask(urlOf(''), filters)
      assert.equal(status, 200, `${filters}: ${JSON.stringify(body)}`)
      assert.deepEqual(body.items.map(({ handle }) => handle).sort(), handles, `${filters}`)
    }
  })

  test(`${place} refuses a filter that cannot be, field by field`, async () => {
    for (const [filters, errors] of refused) {
      const { status, body } = await ask(urlOf(''), filters)
      const said = (body.errors ?? []).map(({ field, code }) => `${field} ${code}`)
      assert.deepEqual([status, said], [400, errors], `${filters}`)
    }
  })
}

type Facet = { name: string; min: string | null; max: string | null; values: Counted[] }
type Counted = { value: string; label: string; count: number; selected: boolean }

async function facetOf(name: string, filters: readonly string[] = [], more = ''): Promise<Facet> {
  const { body } = await ask(`/store/search?${more}`, filters)
  const { facets } = body as unknown as { facets: Facet[] }
  return facets.find((facet) => facet.name === name)!
}

test('a range spans what all variants say, and counts a product once', async () => {
  const { min, max, values } = await facetOf('pot')
  assert.deepEqual([min, max], ['9', '19'])
  assert.deepEqual(
    values.map(({ count }) => count),
    values.map(() => 1),
  )
  const { body: of_one } = await admin<Listed>('GET', '/admin/products?q=one')
  const path = `/admin/products/${of_one.items[0]!.id}/variants`
  const { body: variants } = await admin<Listed>('GET', path)
  for (const { id } of variants.items) {
    await admin('PATCH', `/admin/variants/${id}`, { fields: { pot: 12 } })
  }
  const alike = await facetOf('pot')
  assert.deepEqual([alike.min, alike.max], ['12', '12'])
})

test('each range that a facet offers finds as many goods as it says', async () => {
  for (const name of ['width', 'pot', 'since', 'sown']) {
    const { values } = await facetOf(name)
    for (const { value, count } of values) {
      const { body } = await ask('/store/search?', [value])
      assert.equal(body.items.length, count, value)
    }
  }
  const [first, second] = (await facetOf('width')).values
  const both = await facetOf('width', [first!.value, second!.value])
  assert.deepEqual(
    both.values.map(({ selected }) => selected),
    both.values.map((_, i) => i < 2),
  )
})

const translate = (subject: string, id: string, texts: object) =>
  admin('PUT', `/admin/translations/${subject}/${id}/de`, texts)

test('a facet calls what a field leads to by its title, and nothing that is not shown', async () => {
  const define = (name: string, refers_to: string) =>
    admin('PUT', `/admin/fields/${name}`, {
      ...{ name, owner: 'product', type: 'reference', refers_to, filterable: true },
    })
  await define('pair', 'product')
  await define('series', 'collection')
  const rules = [{ field: 'title', op: 'starts_with', value: 'Thing' }]
  const collection = { title: 'Things', handle: 'things', rules }
  const { body: things } = await admin<{ id: string }>('POST', '/admin/collections', collection)
  const hidden = { title: 'Not out yet', state: 'draft', variants: [{ sku: 'LATER' }] }
  const { body: later } = await admin<{ id: string }>('POST', '/admin/products', hidden)
  const { body: listed } = await admin<Listed>('GET', '/admin/products?q=thing')
  const idOf = (handle: string) => listed.items.find((one) => one.handle === handle)!.id
  const set = (handle: string, own: object) =>
    admin('PATCH', `/admin/products/${idOf(handle)}`, { fields: own })
  await set('one', { pair: idOf('two'), series: things.id })
  await set('two', { pair: later.id })
  const labels = async (name: string, more = '') =>
    (await facetOf(name, [], more)).values.map(({ label }) => label).toSorted()
  assert.deepEqual(await labels('pair'), [later.id, 'Thing two'].toSorted())
  assert.deepEqual(await labels('series'), ['Things'])
  assert.deepEqual(await labels('maker'), ['All'])
  await translate('product', idOf('two'), { title: 'Ding zwei' })
  await translate('collection', things.id, { title: 'Dinge' })
  await translate('category', all.id, { title: 'Alle' })
  assert.deepEqual(await labels('pair', 'locale=de&'), [later.id, 'Ding zwei'].toSorted())
  assert.deepEqual(await labels('series', 'locale=de&'), ['Dinge'])
  assert.deepEqual(await labels('maker', 'locale=de&'), ['Alle'])
})

test('goods are sorted by the titles that are shown', async () => {
  const { body: listed } = await admin<Listed>('GET', '/admin/products?q=thing')
  for (const [handle, title] of [
    ['one', 'Drei Dinge'],
    ['two', 'Zwei Dinge'],
    ['four', 'Äpfel'],
  ]) {
    await translate('product', listed.items.find((one) => one.handle === handle)!.id, { title })
  }
  const sorted = async (query: string): Promise<string[]> => {
    const handles: string[] = []
    for (let after = ''; ; ) {
      const { body } = await ask(`/store/search?facets=false&limit=2${query}${after}&`, [])
      handles.push(...body.items.map(({ handle }) => handle))
      if (body.next_cursor === null) return handles
      after = `&after=${encodeURIComponent(body.next_cursor)}`
    }
  }
  assert.deepEqual(await sorted('&sort=title'), ['four', 'one', 'three', 'two'])
  // Without a title of its own it stands under the one of the shop: Thing three.
  assert.deepEqual(await sorted('&sort=title&locale=de'), ['four', 'one', 'three', 'two'])
  assert.deepEqual(await sorted('&sort=-title&locale=de'), ['two', 'three', 'one', 'four'])
  await translate('product', listed.items.find(({ handle }) => handle === 'one')!.id, {
    title: 'Zahn',
  })
  assert.deepEqual(await sorted('&sort=title&locale=de'), ['four', 'three', 'one', 'two'])
})

test('a collection whose field was removed is renamed, and takes no such rule anew', async () => {
  const rules = [{ field: 'fields.material', op: 'is', value: 'cotton' }]
  const draft = { title: 'Cotton', handle: 'cotton', rules }
  const { body: made } = await admin<{ id: string }>('POST', '/admin/collections', draft)
  assert.equal((await admin('DELETE', '/admin/fields/material')).status, 204)
  const path = `/admin/collections/${made.id}`
  const { status, body } = await admin<{ title: string }>('PATCH', path, { title: 'Soft' })
  assert.deepEqual([status, body.title], [200, 'Soft'])
  const again = await admin<Problem>('PATCH', path, { rules })
  assert.deepEqual(
    again.body.errors?.map(({ field, code }) => `${field} ${code}`),
    ['rules.0.field unknown'],
  )
})

test('a collection of a category loses what stood in one below it that is removed', async () => {
  const draft = { title: 'Below', handle: 'below', parent_id: all.id }
  const { body: below } = await admin<{ id: string }>('POST', '/admin/categories', draft)
  const hidden = { title: 'Deep', handle: 'deep', variants: [{ sku: 'DEEP' }] }
  await admin('POST', '/admin/products', { ...hidden, category_ids: [below.id] })
  const rules = [
    { field: 'category', op: 'is', value: 'all' },
    { field: 'title', op: 'is', value: 'Deep' },
  ]
  const made = await admin<{ id: string; products: number }>('POST', '/admin/collections', {
    ...{ title: 'All below', handle: 'all-below', rules },
  })
  assert.equal(made.body.products, 1)
  assert.equal((await admin('DELETE', `/admin/categories/${below.id}`)).status, 204)
  const path = `/admin/collections/${made.body.id}`
  assert.equal((await admin<{ products: number }>('GET', path)).body.products, 0)
})
