// Search with facets, fields of the shop's own, collections and translations, over HTTP.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { transaction } from '#src/db/transaction.ts'
import { addStock } from '#src/inventory/inventory.sql.ts'
import { type ApiKeyId, newId, type StockItemId } from '#src/lib/ids.ts'
import { refreshGoods } from '#src/offers/refresh-goods.ts'
import { insertKey } from '#src/staff/keys.sql.ts'
import { hashKeyToken, hintOf, newKeyToken } from '#src/staff/keys.ts'
import { adminClient, type Problem } from '#test/admin-client.ts'
import { testApp, testServer } from '#test/app.ts'
import { seedShop } from '#test/seed-catalog.sql.ts'
import { admin_catalog_routes } from './admin-catalog.ts'
import { admin_collection_routes } from './admin-collections.ts'
import { admin_field_routes } from './admin-fields.ts'
import { admin_pricing_routes } from './admin-pricing.ts'
import { admin_translation_routes } from './admin-translations.ts'
import { admin_variants_routes } from './admin-variants.ts'
import { store_catalog_routes } from './store-catalog.ts'
import { store_search_routes } from './store-search.ts'

const app = await testApp()
const routes = [
  ...admin_catalog_routes,
  ...admin_collection_routes,
  ...admin_field_routes,
  ...admin_pricing_routes,
  ...admin_translation_routes,
  ...admin_variants_routes,
  ...store_catalog_routes,
  ...store_search_routes,
]
const server = await testServer(app, routes)
after(() => server.fastify.close())
const shop = await transaction(app.db, seedShop)
const admin = await adminClient(app, server, [
  'catalog:read',
  'catalog:write',
  'prices:read',
  'prices:write',
])
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

type Value = { value: string; label: string; count: number; selected: boolean }
type Facet = { filter: string; name: string; label: string; values: Value[]; min: string | null }
type Card = { id: string; handle: string; title: string; available: boolean }
type Found = {
  items: Card[]
  next_cursor: string | null
  total: number
  facets: Facet[]
  locale: string
  corrected: string | null
}

async function store<Body>(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Body; language: unknown }> {
  const answer = await server.fastify.inject({
    method: 'GET',
    url,
    headers: { authorization: `Bearer ${key}`, ...headers },
  })
  const language = answer.headers['content-language']
  const said: unknown = answer.json()
  return { status: answer.statusCode, body: said as Body, language }
}

async function search(query: string, headers = {}): Promise<Found> {
  const { status, body } = await store<Found>(`/store/search?${query}`, headers)
  assert.equal(status, 200, JSON.stringify(body))
  return body
}
const handles = ({ items }: { items: readonly { handle: string }[] }) =>
  items.map(({ handle }) => handle).sort()
const counts = ({ facets }: Found, filter: string, name = ''): Record<string, number> => {
  const facet = facets.find((one) => one.filter === filter && one.name === name)
  return Object.fromEntries((facet?.values ?? []).map(({ value, count }) => [value, count]))
}
const errorsOf = ({ body }: { body: unknown }) =>
  (body as Problem).errors?.map(({ field, code }) => `${field} ${code}`)

type Made = { id: string; handle: string }
type Draft = Record<string, unknown>
let next_sku = 1
async function create(title: string, draft: Draft = {}, sizes: readonly string[] = ['M']) {
  const { amount = 1_000, ...rest } = draft
  const variants = sizes.map((size) => ({
    sku: `SKU-${next_sku++}`,
    option_values: [size],
    prices: [{ price_list_id: shop.price_list_id, amount }],
  }))
  const { status, body } = await admin<Made>('POST', '/admin/products', {
    title,
    state: 'active',
    options: ['Size'],
    variants,
    channel_ids: [shop.channel_id],
    ...rest,
  })
  assert.equal(status, 201, JSON.stringify(body))
  return body
}
const stock = (sku: string, quantity: number) =>
  transaction(app.db, async (tx) => {
    const { rows } = await app.db.query('select id from stock_item where sku = $1', [sku])
    const about = { kind: 'adjustment', reason: '', cause_id: null, actor: 'test' } as const
    const where = { stock_item_id: rows[0].id as StockItemId, location_id: shop.location_id }
    await addStock(tx, [{ ...where, quantity, ...about, at: app.clock() }])
  })

await admin('PUT', '/admin/fields/material', {
  owner: 'product',
  name: 'Material',
  type: 'choice',
  choices: ['cotton', 'linen'],
  filterable: true,
})
const clothes = await admin<Made>('POST', '/admin/categories', {
  title: 'Clothes',
  handle: 'clothes',
})
const shirts = await admin<Made>('POST', '/admin/categories', {
  title: 'Shirts',
  handle: 'shirts',
  parent_id: clothes.body.id,
})
const in_shirts = { category_ids: [shirts.body.id] }
await create(
  'Linen shirt',
  {
    vendor: 'Acme',
    tags: ['summer'],
    amount: 3_000,
    fields: { material: 'linen' },
    ...in_shirts,
  },
  ['S', 'M'],
)
await create(
  'Cotton shirt',
  {
    vendor: 'Bolt',
    tags: ['summer', 'basic'],
    amount: 2_000,
    fields: { material: 'cotton' },
    ...in_shirts,
  },
  ['M', 'L'],
)
await create('Cotton jacket', {
  vendor: 'Acme',
  amount: 9_000,
  fields: { material: 'cotton' },
  category_ids: [clothes.body.id],
})
await create('Walnut chair', {
  vendor: 'Cedar & Sons',
  description: '<p>A chair for running children.</p>',
  amount: 12_000,
})

test('facets count what was found, and a facet that was chosen does not narrow itself', async () => {
  const all = await search('')
  assert.equal(all.total, 4)
  assert.deepEqual(counts(all, 'vendor'), { Acme: 2, Bolt: 1, 'Cedar & Sons': 1 })
  assert.deepEqual(counts(all, 'category'), { clothes: 3, shirts: 2 })
  assert.deepEqual(counts(all, 'option', 'Size'), { 'Size:M': 4, 'Size:S': 1, 'Size:L': 1 })
  assert.deepEqual(counts(all, 'field', 'material'), {
    'material:cotton': 2,
    'material:linen': 1,
  })
  const acme = await search('vendor=Acme')
  assert.deepEqual(handles(acme), ['cotton-jacket', 'linen-shirt'])
  assert.deepEqual(counts(acme, 'vendor'), { Acme: 2, Bolt: 1, 'Cedar & Sons': 1 })
  assert.deepEqual(counts(acme, 'tag'), { summer: 1 })
  const both = await search('vendor=Acme&vendor=Bolt&category=shirts&option=Size:M')
  assert.deepEqual(handles(both), ['cotton-shirt', 'linen-shirt'])
  assert.deepEqual(handles(await search('field=material:cotton&tag=basic')), ['cotton-shirt'])
  assert.equal((await search('vendor=Nobody')).total, 0)
  assert.equal((await search('category=nowhere')).total, 0)
})

test('prices come as ranges and filter by them', async () => {
  const all = await search('')
  const price = all.facets.find(({ filter }) => filter === 'price')
  assert.equal(price?.min, '2000')
  assert.equal(
    price?.values.reduce((sum, { count }) => sum + count, 0),
    4,
  )
  for (const { value, count } of price?.values ?? []) {
    assert.equal((await search(`price=${value}`)).total, count, value)
  }
  assert.deepEqual(handles(await search('price=..2999')), ['cotton-shirt'])
  const bad = await store('/store/search?price=cheap')
  assert.equal(bad.status, 400)
  const halves = await store('/store/search?option=Size&after=no')
  assert.deepEqual(errorsOf(halves), ['option.0 malformed', 'after malformed'])
})

test('a range that ends before it begins is refused', async () => {
  const price = await store('/store/search?price=5000..1000')
  assert.deepEqual([price.status, errorsOf(price)], [400, ['price range']])
})

test('every sort pages through all, each once, in order', async () => {
  for (let i = 0; i < 9; i++) {
    await create(`Paged ${'xyz'[i % 3]} ${i}`, { tags: ['paged'], amount: 100 * (i % 4) })
  }
  for (const sort of ['newest', 'price', '-price', 'title', '-title', 'relevance']) {
    const whole = await search(`tag=paged&sort=${sort}&limit=100`)
    const paged: Card[] = []
    for (let after = ''; ; ) {
      const page = await search(`tag=paged&sort=${sort}&limit=2${after}&facets=false`)
      assert.equal(page.total, 9)
      paged.push(...page.items)
      if (page.next_cursor === null) break
      after = `&after=${encodeURIComponent(page.next_cursor)}`
    }
    assert.equal(whole.items.length, 9)
    assert.deepEqual(
      paged.map(({ handle }) => handle),
      whole.items.map(({ handle }) => handle),
      sort,
    )
  }
  const titles = (await search('tag=paged&sort=title')).items.map(({ title }) => title)
  assert.deepEqual(titles, titles.toSorted())
})

test('words: beginnings, stems, accents, codes; titles go before descriptions', async () => {
  assert.deepEqual(handles(await search('q=shi')), ['cotton-shirt', 'linen-shirt'])
  assert.deepEqual(handles(await search('q=chairs')), ['walnut-chair'])
  assert.deepEqual(handles(await search('q=run')), ['walnut-chair'])
  await create('Café au lait', { description: 'Not for the jacket.' })
  assert.deepEqual(handles(await search('q=cafe')), ['cafe-au-lait'])
  assert.deepEqual(handles(await search('q=CAFÉ')), ['cafe-au-lait'])
  const jackets = await search('q=jacket')
  assert.deepEqual(
    jackets.items.map(({ handle }) => handle),
    ['cotton-jacket', 'cafe-au-lait'],
  )
  assert.deepEqual(handles(await search('q=sku-1')).includes('linen-shirt'), true)
  assert.equal((await search('q=%21%26%7C')).total, 0)
})

test('nonsense finds nothing, and too many words are refused', async () => {
  const letters = [...'abcdefghijklmnopqrstu']
  for (const list of ['/store/search', '/store/products', '/admin/products']) {
    const ask = (q: string) => {
      const path = `${list}?q=${encodeURIComponent(q)}`
      return list.startsWith('/admin') ? admin('GET', path) : store(path)
    }
    for (const nonsense of ['!&|()<->:*', "''\\%_", '\u0007\u001b\u200b', '😀', 'q'.repeat(200)]) {
      const { status, body } = await ask(nonsense)
      assert.equal(status, 200, `${list} ${nonsense}`)
      assert.deepEqual((body as { items: [] }).items, [], `${list} ${nonsense}`)
    }
    const all = await ask(' \t')
    assert((all.body as { items: [] }).items.length > 0, `${list}: nothing was looked for`)
    assert.equal((await ask(letters.slice(0, 20).join(' '))).status, 200)
    const refused = await ask(letters.join(' '))
    assert.deepEqual([refused.status, errorsOf(refused)], [400, ['q too_many_words']], list)
    const cut = await ask('a\0b')
    assert.deepEqual([cut.status, errorsOf(cut)], [400, ['q not_text']], list)
  }
})

test('words that were typed wrongly are understood, and it is told', async () => {
  for (const [typed, meant] of [
    ['lnien', 'linen'],
    ['jackt', 'jacket'],
    ['walnutt chiar', 'walnut chair'],
  ]) {
    const found = await search(`q=${encodeURIComponent(typed!)}`)
    assert.equal(found.corrected, meant, typed)
    assert(found.total > 0, typed)
  }
  const nothing = await search('q=zzzzqqqq')
  assert.deepEqual([nothing.total, nothing.corrected], [0, null])
})

test('what is written is found by the next search, of every writer', async () => {
  const { id } = await create('Nimbus lamp', { tags: ['new'], amount: 5_000 })
  assert.equal((await search('q=nimbus')).total, 1)
  await admin('PATCH', `/admin/products/${id}`, { title: 'Stratus lamp', vendor: 'Sky' })
  assert.equal((await search('q=nimbus')).corrected, null)
  assert.equal((await search('q=stratus&vendor=Sky')).total, 1)
  const variants = await admin<{ items: { id: string }[] }>('GET', `/admin/products/${id}/variants`)
  await admin('PUT', `/admin/price-lists/${shop.price_list_id}/prices`, {
    prices: [{ variant_id: variants.body.items[0]!.id, amount: 77_700 }],
  })
  assert.equal((await search('vendor=Sky&price=77700..77700')).total, 1)
  await admin('PUT', `/admin/products/${id}/categories`, { category_ids: [clothes.body.id] })
  assert.equal((await search('vendor=Sky&category=clothes')).total, 1)
  await admin('PATCH', `/admin/products/${id}`, { state: 'draft' })
  assert.equal((await search('vendor=Sky')).total, 0)
  await admin('PATCH', `/admin/products/${id}`, { state: 'active' })
  await admin('DELETE', `/admin/products/${id}/publications/${shop.channel_id}`)
  assert.equal((await search('vendor=Sky')).total, 0)
})

test('what is sold out leaves, and comes back with the stock', async () => {
  const sku = `SKU-${next_sku}`
  await create('Flip', { tags: ['flip'] })
  assert.equal((await search('tag=flip&available=true')).total, 0)
  await stock(sku, 2)
  const there = await search('tag=flip&available=true')
  assert.deepEqual([there.total, there.items[0]?.available], [1, true])
  assert.deepEqual(counts(there, 'available'), { true: 1 })
  await stock(sku, -2)
  assert.equal((await search('tag=flip&available=true')).total, 0)
  assert.deepEqual(counts(await search('tag=flip'), 'available'), { true: 0 })
})

test('a field is defined by one request and filtered by with the next', async () => {
  const { id } = await create('Measured', { tags: ['measured'] })
  const width = { owner: 'product', name: 'Width', type: 'number', filterable: true }
  assert.equal((await admin('PUT', '/admin/fields/width_cm', width)).status, 200)
  await admin('PUT', '/admin/fields/made_on', {
    owner: 'product',
    name: 'Made',
    type: 'date',
    filterable: true,
  })
  await admin('PUT', '/admin/fields/ring', {
    owner: 'variant',
    name: 'Ring',
    type: 'text',
    filterable: true,
  })
  const fields = { width_cm: 42.5, made_on: '2026-03-01' }
  const changed = await admin<{ fields: object }>('PATCH', `/admin/products/${id}`, { fields })
  assert.deepEqual(changed.body.fields, fields)
  const variants = await admin<{ items: { id: string }[] }>('GET', `/admin/products/${id}/variants`)
  await admin('PATCH', `/admin/variants/${variants.body.items[0]!.id}`, {
    fields: { ring: 'gold' },
  })
  for (const filter of ['width_cm:42..43', 'made_on:2026-02-01..2026-03-01', 'ring:gold']) {
    assert.equal((await search(`field=${encodeURIComponent(filter)}`)).total, 1, filter)
  }
  assert.equal((await search('field=width_cm:50..')).total, 0)
  const { facets } = await search('tag=measured')
  assert.deepEqual(
    facets.filter(({ filter }) => filter === 'field').map(({ label, min }) => [label, min]),
    [
      ['Ring', null],
      ['Made', '2026-03-01'],
      ['Width', '42.5'],
    ],
  )
  const offer = await store<{ fields: object; variants: { fields: object }[] }>(
    '/store/products/measured',
  )
  assert.deepEqual(offer.body.fields, fields)
  assert.deepEqual(offer.body.variants[0]?.fields, { ring: 'gold' })
  await admin('DELETE', '/admin/fields/width_cm')
  const less = await store<{ fields: object }>('/store/products/measured')
  assert.deepEqual(less.body.fields, { made_on: '2026-03-01' })
})

test('values that do not fit their field are refused by name, and nothing is written', async () => {
  await admin('PUT', '/admin/fields/must', {
    owner: 'product',
    name: 'M',
    type: 'text',
    required: true,
  })
  await admin('PUT', '/admin/fields/cost', {
    owner: 'product',
    name: 'Cost',
    type: 'money',
    currency: 'EUR',
  })
  await admin('PUT', '/admin/fields/pair', {
    owner: 'product',
    name: 'Goes with',
    type: 'reference',
    refers_to: 'product',
  })
  const draft = {
    title: 'Misfit',
    fields: { material: 'silk', cost: 1.5, nothing: 1, made_on: 'x' },
  }
  const refused = await admin('POST', '/admin/products', draft)
  assert.equal(refused.status, 400)
  assert.deepEqual(errorsOf(refused)?.sort(), [
    'fields.cost wrong_type',
    'fields.made_on wrong_type',
    'fields.material not_allowed',
    'fields.must required',
    'fields.nothing unknown',
  ])
  const lost = await admin('POST', '/admin/products', {
    title: 'Misfit',
    fields: { must: 'x', pair: newId() },
  })
  assert.deepEqual(errorsOf(lost), ['fields.pair unknown'])
  const found = await admin<{ items: [] }>('GET', '/admin/products?q=misfit')
  assert.deepEqual(found.body.items, [])
  await admin('DELETE', '/admin/fields/must')
  const types = await admin('PUT', '/admin/fields/cost', {
    owner: 'product',
    name: 'C',
    type: 'text',
  })
  assert.deepEqual(errorsOf(types), ['type cannot_change', 'currency cannot_change'])
  const bare = await admin('PUT', '/admin/fields/x_choice', {
    owner: 'product',
    name: 'C',
    type: 'choice',
  })
  assert.deepEqual(errorsOf(bare), ['choices missing'])
})

type Collected = { id: string; products: number }
test('a collection follows its rules and the goods', async () => {
  const made = await admin<Collected>('POST', '/admin/collections', {
    title: 'Cheap cotton',
    handle: 'cheap-cotton',
    rules: [
      { field: 'fields.material', op: 'is', value: 'cotton' },
      { field: 'price', op: 'less_than', value: 5_000, currency: 'EUR' },
    ],
  })
  assert.deepEqual([made.status, made.body.products], [201, 1])
  const members = async () => handles(await search('collection=cheap-cotton'))
  assert.deepEqual(await members(), ['cotton-shirt'])
  const { id } = await create('Cotton bag', { amount: 900, fields: { material: 'cotton' } })
  assert.deepEqual(await members(), ['cotton-bag', 'cotton-shirt'])
  const listed = await store<{ items: Card[] }>('/store/products?collection=cheap-cotton')
  assert.deepEqual(handles(listed.body), ['cotton-bag', 'cotton-shirt'])
  const variants = await admin<{ items: { id: string }[] }>('GET', `/admin/products/${id}/variants`)
  await admin('PUT', `/admin/price-lists/${shop.price_list_id}/prices`, {
    prices: [{ variant_id: variants.body.items[0]!.id, amount: 6_000 }],
  })
  assert.deepEqual(await members(), ['cotton-shirt'])
  const path = `/admin/collections/${made.body.id}`
  const changed = await admin<Collected>('PATCH', path, {
    matching: 'any',
    rules: [
      { field: 'category', op: 'is', value: 'clothes' },
      { field: 'title', op: 'starts_with', value: 'walnut' },
    ],
  })
  assert.equal(changed.body.products, 5)
  assert.deepEqual(await members(), [
    'cotton-jacket',
    'cotton-shirt',
    'linen-shirt',
    'walnut-chair',
  ])
  const bad = await admin('PATCH', path, {
    rules: [
      { field: 'price', op: 'is', value: 1 },
      { field: 'taste', op: 'is', value: 'x' },
      { field: 'tag', op: 'more_than', value: 1 },
      { field: 'category', op: 'is', value: 'nowhere' },
    ],
  })
  assert.deepEqual(errorsOf(bad), [
    'rules.0.currency missing',
    'rules.1.field unknown',
    'rules.2.op not_allowed',
    'rules.3.value unknown',
  ])
  const used = await admin('PATCH', `/admin/categories/${clothes.body.id}`, { handle: 'other' })
  assert.equal(used.status, 409)
  assert.equal((await admin('DELETE', path)).status, 204)
  assert.deepEqual(await members(), [])
})

test('a collection that asks for stock is reckoned again by the clock', async () => {
  const sku = `SKU-${next_sku}`
  await create('Stocked', { tags: ['stocked'] })
  const { body } = await admin<Collected>('POST', '/admin/collections', {
    title: 'There now',
    handle: 'there-now',
    rules: [
      { field: 'stock', op: 'more_than', value: 1 },
      { field: 'tag', op: 'is', value: 'stocked' },
      { field: 'created', op: 'within_days', value: 3 },
    ],
  })
  assert.equal(body.products, 0)
  await stock(sku, 2)
  await refreshGoods(app.db, app.clock())
  assert.deepEqual(handles(await search('collection=there-now')), ['stocked'])
  const later = new Date(app.clock().getTime() + 4 * 86_400_000)
  await refreshGoods(app.db, later)
  assert.deepEqual(handles(await search('collection=there-now')), [])
  const { rows } = await app.db.query('select count(*)::int as flips from stock_flip')
  assert.equal(rows[0].flips, 0)
})

test('the shopper reads the nearest language there is, and is told which', async () => {
  const { id } = await create('Blue mug', { tags: ['spoken'], description: '<p>For tea.</p>' })
  await admin('PUT', '/admin/fields/story', {
    owner: 'product',
    name: 'Story',
    type: 'text',
    translatable: true,
  })
  await admin('PATCH', `/admin/products/${id}`, { fields: { story: 'Thrown by hand' } })
  const put = (locale: string, texts: object) =>
    admin('PUT', `/admin/translations/product/${id}/${locale}`, texts)
  const german = {
    title: 'Blaue Tassen',
    options: { Size: 'Größe' },
    values: { M: 'Mittel' },
    fields: { story: 'Von Hand gedreht' },
  }
  assert.equal((await put('de', german)).status, 200)
  assert.equal((await put('de-AT', { title: 'Blaues Häferl' })).status, 200)
  await admin('PUT', `/admin/translations/category/${shirts.body.id}/de`, { title: 'Hemden' })
  type Offer = {
    title: string
    description: string
    locale: string
    fields: { story: string }
    options: { name: string; values: string[] }[]
    variants: { title: string }[]
  }
  for (const [asked, used, title] of [
    ['de-AT', 'de-AT', 'Blaues Häferl'],
    ['de-CH', 'de', 'Blaue Tassen'],
    ['fr', 'en', 'Blue mug'],
    ['en', 'en', 'Blue mug'],
  ]) {
    const { body, language } = await store<Offer>(`/store/products/blue-mug?locale=${asked}`)
    assert.deepEqual([body.title, body.locale, language], [title, used, used], asked)
    const page = await search(`tag=spoken&locale=${asked}`)
    assert.deepEqual([page.items[0]?.title, page.locale], [title, used], asked)
  }
  const austrian = (await store<Offer>('/store/products/blue-mug?locale=de-AT')).body
  assert.equal(austrian.description, '<p>For tea.</p>')
  assert.deepEqual(austrian.options, [{ name: 'Größe', values: ['Mittel'] }])
  assert.equal(austrian.variants[0]?.title, 'Mittel')
  assert.equal(austrian.fields.story, 'Von Hand gedreht')
  const header = { 'accept-language': 'fr;q=0.9, de;q=0.8, en;q=0.1' }
  const list = await store<{ items: Card[] }>('/store/products?tag=spoken', header)
  assert.deepEqual([list.body.items[0]?.title, list.language], ['Blaue Tassen', 'de'])
  const tree = await store<{ items: { title: string }[] }>('/store/categories?locale=de')
  assert(tree.body.items.some(({ title }) => title === 'Hemden'))
  // `Tasse` is the stem in German only.
  assert.equal((await search('q=Tasse&locale=de')).total, 1)
  assert.equal((await search('q=H%C3%A4ferl&locale=de-AT')).total, 1)
  assert.equal((await search('q=mug&locale=de')).total, 1)
  const shirts_de = await search('category=shirts&locale=de')
  const facet = shirts_de.facets.find(({ filter }) => filter === 'category')
  assert(facet?.values.some(({ label, selected }) => label === 'Hemden' && selected))
  const wrong = await put('de', { name: 'x', fields: { material: 'x' } })
  assert.deepEqual(errorsOf(wrong), ['name unknown_field', 'fields.material unknown'])
  await admin('DELETE', `/admin/translations/product/${id}/de-AT`)
  const gone = await store<Offer>('/store/products/blue-mug?locale=de-AT')
  assert.deepEqual([gone.body.title, gone.body.locale], ['Blaue Tassen', 'de'])
})

test('facets call options as the shopper does, who finds them by that', async () => {
  const make = (title: string) =>
    create(title, { tags: ['mossy'], options: ['Color'] }, ['Moss', 'Sand'])
  const { id } = await make('A small cup')
  await make('A large cup')
  const path = `/admin/translations/product/${id}/de`
  const texts = { options: { Color: 'Farbe' }, values: { Moss: 'Moosgrün' } }
  assert.equal((await admin('PUT', path, texts)).status, 200)
  const colors = async (query: string) =>
    (await search(query)).facets.find(({ filter }) => filter === 'option')
  const found = await colors('tag=mossy&option=Color:Moss&locale=de-AT')
  assert.deepEqual([found?.name, found?.label], ['Color', 'Farbe'])
  assert.deepEqual(found?.values, [
    { value: 'Color:Moss', label: 'Moosgrün', count: 2, selected: true },
    { value: 'Color:Sand', label: 'Sand', count: 2, selected: false },
  ])
  assert.equal((await colors('tag=mossy'))?.label, 'Color')
  assert.equal((await search('q=Moosgr%C3%BCn&locale=de')).total, 1)
  assert.equal((await search('q=moosgrum&locale=de')).corrected, 'moosgrun')
  assert.equal((await search('q=Moosgr%C3%BCn')).total, 0)
  await admin('DELETE', path)
  assert.equal((await colors('tag=mossy&locale=de'))?.label, 'Color')
  assert.equal((await search('q=Moosgr%C3%BCn&locale=de')).total, 0)
})
