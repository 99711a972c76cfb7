import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { transaction } from '#src/db/transaction.ts'
import { type ApiKeyId, newId } from '#src/lib/ids.ts'
import { insertKey } from '#src/staff/keys.sql.ts'
import { hashKeyToken, hintOf, newKeyToken } from '#src/staff/keys.ts'
import { type AdminClient, adminClient, type Problem } from '#test/admin-client.ts'
import { testApp, testServer } from '#test/app.ts'
import { seedShop } from '#test/seed-catalog.sql.ts'
import { admin_catalog_routes } from './admin-catalog.ts'
import { admin_variants_routes } from './admin-variants.ts'
import { store_catalog_routes } from './store-catalog.ts'
import { store_media_routes } from './store-media.ts'

const app = await testApp()
const routes = [
  ...admin_catalog_routes,
  ...admin_variants_routes,
  ...store_catalog_routes,
  ...store_media_routes,
]
const server = await testServer(app, routes)
after(() => server.fastify.close())
const shop = await transaction(app.db, seedShop)
const admin = await adminClient(app, server, ['catalog:read', 'catalog:write'])
const reader = await adminClient(app, server, ['catalog:read'])

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
async function store<Body>(url: string): Promise<{ status: number; body: Body }> {
  const headers = { authorization: `Bearer ${key}` }
  const answer = await server.fastify.inject({ method: 'GET', url, headers })
  const said: unknown = answer.json()
  return { status: answer.statusCode, body: said as Body }
}

type Variant = { id: string; sku: string; title: string; archived_at: string | null }
type Product = {
  id: string
  handle: string
  state: string
  description: string
  media: { url: string }[]
  category_ids: string[]
  publications: { channel_id: string }[]
  variant_count: number
}
type Listed<Item> = { items: Item[]; next_cursor: string | null }
type Offer = { handle: string; available: boolean; price: { from: number } | null }

const price = (amount: number) => ({ price_list_id: shop.price_list_id, amount })
const mug = {
  title: 'Blue Mug',
  description: '<p>Blue<script>x</script></p>',
  state: 'active',
  options: ['Size'],
  media: [{ url: '/media/blue-mug.svg', alt: 'A mug' }],
  channel_ids: [shop.channel_id],
  variants: [
    { sku: 'MUG-S', option_values: ['S'], prices: [price(990)], barcode: '4111111111111111' },
    { sku: 'MUG-L', option_values: ['L'], prices: [price(1290)] },
  ],
}
const fields = ({ body }: { body: Problem }) =>
  body.errors?.map(({ field, code }) => `${field} ${code}`)

test('digits that only tags keep apart are a card number', async () => {
  const description = '4242<x>4242</x>4242<x>4242</x>'
  const made = await admin<Problem>(
    'POST',
    '/admin/products',
    { ...mug, description },
    'a-card-in-tags',
  )
  assert.equal(made.status, 422)
  assert.equal(made.body.code, 'card_number_refused')
})

test('staff make a product, and shoppers see it', async () => {
  const made = await admin<Product>('POST', '/admin/products', mug, 'the-first-mug')
  assert.equal(made.status, 201)
  assert.deepEqual(
    [made.body.handle, made.body.description, made.body.variant_count, made.body.media[0]!.url],
    ['blue-mug', '<p>Blue</p>', 2, 'http://127.0.0.1:4000/media/blue-mug.svg'],
  )
  const again = await admin<Product>('POST', '/admin/products', mug, 'the-first-mug')
  assert.deepEqual(again, made)
  const { body } = await store<Listed<Offer>>('/store/products?q=mug&currency=EUR')
  assert.deepEqual(
    body.items.map(({ handle, price, available }) => [handle, price?.from, available]),
    [['blue-mug', 990, false]],
  )
  const picture = await server.fastify.inject('/media/blue-mug.svg')
  assert.equal(picture.headers['content-type'], 'image/svg+xml')
  assert.match(picture.body, /^<svg .*<title>Blue Mug<\/title>.*<\/svg>$/)
})

test('what is wrong is told per field, and nothing is written', async () => {
  const tries: [unknown, number, string[]][] = [
    [{}, 400, ['title required']],
    [{ ...mug, colour: 'blue' }, 400, ['colour unknown_field']],
    [{ title: 'x'.repeat(256) }, 400, ['title too_long']],
    [{ title: '???' }, 400, ['handle malformed']],
    [{ title: 'New', handle: 'Not A Handle' }, 400, ['handle malformed']],
    [{ title: 'New', options: ['Size', 'size'] }, 400, ['options.1 repeated']],
    [
      { title: 'New', variants: [{ sku: 'MUG-S' }, { sku: 'N', option_values: ['S'] }] },
      400,
      ['variants.1.option_values wrong_count', 'variants.0.sku already_exists'],
    ],
    [
      { title: 'New', variants: [{ sku: 'N', items: [{ sku: 'NOTHING', quantity: 2 }] }] },
      400,
      ['variants.0.items.0.sku unknown'],
    ],
    [{ title: 'New', media: [{ url: 'javascript:alert(1)' }] }, 400, ['media.0.url malformed']],
    [{ title: 'New', category_ids: [newId()] }, 400, ['category_ids.0 unknown']],
    [{ title: 'N\0ew' }, 400, ['title not_text']],
    [{ title: 'Blue Mug' }, 409, ['handle already_exists']],
  ]
  for (const [body, status, expected] of tries) {
    const answer = await admin('POST', '/admin/products', body)
    assert.deepEqual([answer.status, fields(answer)], [status, expected], JSON.stringify(body))
  }
  const { body } = await admin<Listed<Product>>('GET', '/admin/products?q=new')
  assert.deepEqual(body.items, [])
  assert.equal((await reader('POST', '/admin/products', mug)).body.code, 'permission_missing')
})

async function create(client: AdminClient, parts: object): Promise<Product> {
  const { status, body } = await client<Product>('POST', '/admin/products', parts)
  assert.equal(status, 201)
  return body
}

test('a product is changed, published and archived', async () => {
  const { id } = await create(admin, {
    ...mug,
    title: 'Lamp',
    options: [],
    variants: [],
    media: [],
  })
  const path = `/admin/products/${id}`
  const media = { media: [{ url: 'https://cdn.example/lamp.jpg' }] }
  assert.equal((await admin<Product>('PUT', `${path}/media`, media)).body.media.length, 1)
  const publication = `${path}/publications/${shop.channel_id}`
  const hidden = await admin<Product>('DELETE', publication)
  assert.deepEqual(hidden.body.publications, [])
  const shown = await admin<Product>('PUT', publication, {})
  assert.equal(shown.body.publications.length, 1)
  const patched = await admin<Product>('PATCH', path, { state: 'archived', title: 'Old lamp' })
  assert.deepEqual([patched.body.state, patched.body.handle], ['archived', 'lamp'])
  assert.deepEqual(fields(await admin('PATCH', path, { state: 'active' })), ['state no_such_move'])
  assert.deepEqual(await admin('PATCH', path, {}).then(({ status }) => status), 400)
  const missing = await admin('PATCH', `/admin/products/${newId()}`, { title: 'x' })
  assert.equal(missing.body.code, 'not_found')
})

test('a thousand variants are added at once, listed in pages and archived', async () => {
  const { id } = await create(admin, { title: 'Thousand', options: ['Number'] })
  const variants = Array.from({ length: 1_000 }, (_, i) => ({
    sku: `T-${i}`,
    option_values: [`${i}`],
    prices: [price(100 + i)],
  }))
  const path = `/admin/products/${id}/variants`
  const added = await admin<Listed<Variant>>('POST', path, { variants })
  assert.deepEqual([added.status, added.body.items.length], [201, 1_000])
  const one_more = { variants: [{ sku: 'T-X', option_values: ['x'] }] }
  assert.deepEqual(fields(await admin('POST', path, one_more)), ['variants too_many'])
  const seen: string[] = []
  let after_id: string | null = null
  do {
    const query: string = after_id === null ? '' : `&after=${after_id}`
    const { body } = await admin<Listed<Variant>>('GET', `${path}?limit=300${query}`)
    seen.push(...body.items.map(({ sku }) => sku))
    after_id = body.next_cursor
  } while (after_id !== null)
  assert.deepEqual(
    seen,
    variants.map(({ sku }) => sku),
  )
  const variant = `/admin/variants/${added.body.items[0]!.id}`
  const gone = await admin<Variant>('PATCH', variant, { archived: true })
  assert.notEqual(gone.body.archived_at, null)
  assert.equal((await admin('POST', path, one_more)).status, 201)
  const back = await admin('PATCH', variant, { archived: false })
  assert.deepEqual(fields(back), ['variants too_many'])
})

test('categories form a tree without circles', async () => {
  const make = async (title: string, parent_id: string | null) => {
    const body = { title, handle: title.toLowerCase(), parent_id }
    const made = await admin<{ id: string }>('POST', '/admin/categories', body)
    assert.equal(made.status, 201)
    return made.body.id
  }
  const root = await make('Root', null)
  const leaf = await make('Leaf', root)
  const turn = await admin('PATCH', `/admin/categories/${root}`, { parent_id: leaf })
  assert.deepEqual(fields(turn), ['parent_id circle'])
  assert.equal((await admin('DELETE', `/admin/categories/${root}`)).body.code, 'in_use')
  const { id } = await create(admin, { title: 'Leafy', category_ids: [leaf] })
  assert.equal((await admin('DELETE', `/admin/categories/${leaf}`)).status, 204)
  const { body } = await admin<Product>('GET', `/admin/products/${id}`)
  assert.deepEqual(body.category_ids, [])
  const tree = await store<{ items: { handle: string }[] }>('/store/categories')
  assert.deepEqual(
    tree.body.items.map(({ handle }) => handle),
    ['root'],
  )
})

test('staff find products by words, SKU, bar code and state', async () => {
  const find = async (query: string) =>
    (await admin<Listed<Product>>('GET', `/admin/products?${query}`)).body.items.map(
      ({ handle }) => handle,
    )
  assert.deepEqual(await find('q=mu'), ['blue-mug'])
  assert.deepEqual(await find('q=MUG-L'), ['blue-mug'])
  assert.deepEqual(await find('q=4111111111111111'), ['blue-mug'])
  assert.deepEqual(await find('state=archived'), ['lamp'])
  assert.deepEqual(await find('q=mug&state=draft'), [])
})

test('shoppers ask in bounds', async () => {
  for (const [url, status, code] of [
    ['/store/products?limit=1000', 400, 'invalid_input'],
    ['/store/products?sort=price', 400, 'invalid_input'],
    ['/store/products?after=1', 400, 'invalid_input'],
    ['/store/products?currency=USD', 422, 'unknown_currency'],
    ['/store/products/nothing', 404, 'not_found'],
    ['/media/..%2Fx.svg', 404, 'not_found'],
    ['/store/products?tag=%00', 400, 'invalid_input'],
  ] as const) {
    const { status: got, body } = await store<Problem>(url)
    assert.deepEqual([got, body.code], [status, code], url)
  }
  const { body } = await store<Listed<Offer>>('/store/products?q=%3A*%26')
  assert.deepEqual(body, { items: [], next_cursor: null })
})
