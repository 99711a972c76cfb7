import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readVariantsOf } from '#src/catalog/catalog.sql.ts'
import { createCategory } from '#src/catalog/edit-category.ts'
import { changeProduct, publish, unpublish } from '#src/catalog/edit-product.ts'
import { changeVariant } from '#src/catalog/edit-variant.ts'
import { readWords } from '#src/catalog/search.sql.ts'
import { readOnce, transaction } from '#src/db/transaction.ts'
import { addStock } from '#src/inventory/inventory.sql.ts'
import { plusMs } from '#src/lib/clock.ts'
import { type CategoryId, newId, type ProductId, type VariantId } from '#src/lib/ids.ts'
import { Refusal } from '#src/lib/refusal.ts'
import { setPrices } from '#src/pricing/prices.sql.ts'
import { testDatabase } from '#test/database.ts'
import { addPriceList, type SeededShop, seedShop } from '#test/seed-catalog.sql.ts'
import { nobody_known } from './audiences.ts'
import { readStockItems } from './offers.sql.ts'
import { createOfferReader, type OfferReader } from './read-offers.ts'
import type { ListQuery } from './render-offers.ts'
import { createOfferedProduct, type OfferedProductDraft } from './save-product.ts'

const now = new Date('2026-03-01T12:00:00Z')
const by = { actor: 'test', now }
const { db } = await testDatabase()
const shop: SeededShop = await transaction(db, seedShop)
const reader: OfferReader = createOfferReader(db)

const variant = (sku: string, option_values: string[] = []) => ({
  sku,
  option_values,
  barcode: null,
  tax_category: 'standard',
  taxable: true,
  requires_shipping: true,
  weight_g: 100,
  hs_code: null,
  image_url: null,
  items: [],
  prices: [],
})
const price = (amount: bigint, min_quantity = 1) => ({
  price_list_id: shop.price_list_id,
  amount,
  min_quantity,
  per_units: 1,
  compare_at: null,
})
const draft = (handle: string, parts: Partial<OfferedProductDraft> = {}): OfferedProductDraft => ({
  handle,
  title: `The ${handle}`,
  description: '<p onclick="x">Fine</p>',
  vendor: 'Acme',
  type: '',
  tags: [],
  state: 'active',
  options: [],
  variants: [{ ...variant(handle), prices: [price(500n)] }],
  media: [],
  category_ids: [],
  channel_ids: [shop.channel_id],
  ...parts,
})

async function create(
  handle: string,
  parts: Partial<OfferedProductDraft> = {},
): Promise<ProductId> {
  const id = newId<ProductId>()
  await transaction(db, (tx) => createOfferedProduct(tx, id, draft(handle, parts), by))
  return id
}

async function stock(sku: string, quantity: number): Promise<void> {
  await transaction(db, async (tx) => {
    const stock_item_id = (await readStockItems(tx, [sku])).get(sku)!
    const { location_id } = shop
    const about = {
      kind: 'adjustment',
      reason: '',
      cause_id: null,
      actor: 'test',
      at: now,
    } as const
    await addStock(tx, [{ stock_item_id, location_id, quantity, ...about }])
  })
}

type Card = {
  handle: string
  available: boolean
  price: { from: number; compare_at: number } | null
}
type Listed = { items: Card[]; next_cursor: ProductId | null }
const everything: ListQuery = {
  category: null,
  collection: null,
  words: null,
  tag: null,
  vendor: null,
  field: [],
  after: null,
  limit: 20,
}

const place = {
  ...nobody_known,
  channel_id: shop.channel_id,
  locales: [],
  public_url: 'http://shop',
}

async function list(
  query: Partial<ListQuery> = {},
  { at = now, from = reader, currency = null as string | null } = {},
): Promise<Listed> {
  const asked = { ...everything, ...query }
  const { content } = await from.list({ ...place, currency, now: at }, asked)
  return JSON.parse(new TextDecoder().decode(content)) as Listed
}
const handles = ({ items }: Listed): string[] => items.map(({ handle }) => handle)

type Detail = {
  available: boolean
  options: { name: string; values: string[] }[]
  media: { url: string }[]
  description: string
  variants: {
    id: VariantId
    sku: string
    available: boolean
    available_quantity: number
    price: { amount: number; tiers: { min_quantity: number; amount: number }[] } | null
  }[]
}
async function detail(handle: string, at = now): Promise<Detail> {
  const { content } = await reader.offer({ ...place, currency: null, now: at }, handle)
  return JSON.parse(content) as Detail
}

const isRefusal = (code: string) => (error: unknown) =>
  error instanceof Refusal && error.code === code

test('a list shows what is sold, newest first, page after page', async () => {
  for (let i = 0; i < 7; i++) await create(`paged-${i}`, { tags: ['paged'] })
  await create('paged-draft', { tags: ['paged'], state: 'draft' })
  await create('paged-elsewhere', { tags: ['paged'], channel_ids: [] })
  const seen: string[] = []
  let after: ProductId | null = null
  do {
    const page: Listed = await list({ tag: 'paged', limit: 3, after })
    assert(page.items.length <= 3)
    seen.push(...handles(page))
    after = page.next_cursor
  } while (after !== null)
  assert.deepEqual(
    seen,
    [6, 5, 4, 3, 2, 1, 0].map((i) => `paged-${i}`),
  )
})

test('every process sees a write with its next request', async () => {
  const other = createOfferReader(db)
  const query = { vendor: 'Twice' }
  for (const from of [reader, other]) assert.deepEqual((await list(query, { from })).items, [])
  const id = await create('twice', { vendor: 'Twice' })
  const both = async () =>
    [await list(query, { from: reader }), await list(query, { from: other })].map(({ items }) =>
      items.map(({ handle, available, price }) => [handle, available, price?.from]),
    )
  assert.deepEqual(await both(), [[['twice', false, 500]], [['twice', false, 500]]])
  await stock('twice', 3)
  assert.deepEqual(await both(), [[['twice', true, 500]], [['twice', true, 500]]])
  await stock('twice', -3)
  assert.deepEqual(await both(), [[['twice', false, 500]], [['twice', false, 500]]])
  await transaction(db, (tx) => changeProduct(tx, id, { state: 'archived' }, by))
  assert.deepEqual(await both(), [[], []])
})

test('stock of one product is not that of another', async () => {
  for (const sku of ['full', 'empty']) await create(sku, { vendor: 'Shelf' })
  await stock('full', 5)
  const known = async () =>
    (await list({ vendor: 'Shelf' })).items.map(({ handle, available }) => [handle, available])
  const expected = [
    ['empty', false],
    ['full', true],
  ]
  // The first request looks at all variants, the second one at those that were there.
  assert.deepEqual(await known(), expected)
  assert.deepEqual(await known(), expected)
  await stock('full', -5)
  await stock('empty', 1)
  assert.deepEqual(await known(), [
    ['empty', true],
    ['full', false],
  ])
})

test('readers among writers never see less than what was committed before they asked', async () => {
  const id = await create('counted', { vendor: 'Counted' })
  let committed = 0
  let asked = 0
  const write = async () => {
    for (let i = 1; i <= 20; i++) {
      const title = `Title ${i}`
      await transaction(db, (tx) => changeProduct(tx, id, { title }, by))
      committed = i
    }
  }
  const read = async () => {
    while (committed < 20) {
      const known = committed
      const { items } = (await list({ vendor: 'Counted' })) as unknown as {
        items: { title: string }[]
      }
      const shown = Number(items[0]!.title.split(' ')[1]) || 0
      assert(shown >= known, `${shown} was shown after ${known} was committed`)
      asked += 1
    }
  }
  await Promise.all([write(), ...Array.from({ length: 8 }, read)])
  assert(asked > 0)
})

test('finds by the beginning of words, tag, vendor and category with all below it', async () => {
  const [root, leaf] = [newId<CategoryId>(), newId<CategoryId>()]
  await transaction(db, async (tx) => {
    const category = { title: 'Kitchen', position: 0, parent_id: null }
    await createCategory(tx, { ...category, id: root, handle: 'kitchen' }, by)
    await createCategory(tx, { ...category, id: leaf, handle: 'pans', parent_id: root }, by)
  })
  const words = { title: 'Copper saucepan', description: 'Heats evenly, for simmering sauces' }
  await create('pan', { ...words, category_ids: [leaf], vendor: 'Smithy', tags: ['copper'] })
  await create('oven', { title: 'Oven glove', category_ids: [root, leaf] })
  const find = async (query: Partial<ListQuery>) => handles(await list(query))
  assert.deepEqual(await find({ category: 'kitchen' }), ['oven', 'pan'])
  assert.deepEqual(await find({ category: 'pans' }), ['oven', 'pan'])
  assert.deepEqual(await find({ category: 'pans', limit: 1 }), ['oven'])
  assert.deepEqual(await find({ category: 'nowhere' }), [])
  assert.deepEqual(await find({ vendor: 'Smithy' }), ['pan'])
  assert.deepEqual(await find({ tag: 'copper' }), ['pan'])
  for (const [typed, found] of [
    ['copp', ['pan']],
    ['SAUCEPAN copper', ['pan']],
    ['simmer', ['pan']],
    ['simmered', ['pan']],
    ['copper glove', []],
    ["oven's | glove", ['oven']],
    ['oven & glo', ['oven']],
  ] as const) {
    assert.deepEqual(await find({ words: readWords(typed) }), found, typed)
  }
})

test('the lowest price of the first list is shown, until its time is over', async () => {
  const ids = { cheap: newId<VariantId>() }
  await create('priced', {
    vendor: 'Priced',
    options: ['Size'],
    variants: [
      { ...variant('priced-s', ['S']), prices: [price(900n), price(800n, 10)] },
      { ...variant('priced-m', ['M']), prices: [price(700n)] },
      variant('priced-none', ['L']),
    ],
  })
  const before_sale = await detail('priced')
  ids.cheap = before_sale.variants[0]!.id
  const from = async (at: Date) => (await list({ vendor: 'Priced' }, { at })).items[0]!.price!.from
  assert.equal(await from(now), 700)
  const starts_at = plusMs(now, 60_000)
  const ends_at = plusMs(now, 120_000)
  await transaction(db, async (tx) => {
    const price_list_id = await addPriceList(tx, { priority: 5, starts_at, ends_at })
    await setPrices(tx, [{ ...price(650n), price_list_id, variant_id: ids.cheap }], now)
  })
  assert.equal(await from(plusMs(now, 59_999)), 700)
  assert.equal(await from(starts_at), 650)
  assert.equal(await from(ends_at), 700)
  // A list that goes first does so also where it is dearer: the cart charges it.
  const dear_at = plusMs(now, 180_000)
  const medium = before_sale.variants[1]!.id
  await transaction(db, async (tx) => {
    const price_list_id = await addPriceList(tx, { priority: 5, starts_at: dear_at, ends_at: null })
    await setPrices(tx, [{ ...price(980n), price_list_id, variant_id: medium }], now)
  })
  assert.equal(await from(dear_at), 900)
  const { variants } = await detail('priced')
  assert.deepEqual(
    variants.map(({ price }) => price?.tiers.map((tier) => [tier.min_quantity, tier.amount])),
    [
      [
        [1, 900],
        [10, 800],
      ],
      [[1, 700]],
      undefined,
    ],
  )
})

test('what has no price in the currency cannot be had', async () => {
  await create('unpriced', { vendor: 'Unpriced', variants: [variant('unpriced')] })
  await stock('unpriced', 5)
  const [card] = (await list({ vendor: 'Unpriced' })).items
  assert.deepEqual([card!.price, card!.available], [null, false])
  const { variants, available } = await detail('unpriced')
  assert.deepEqual([available, variants[0]!.available, variants[0]!.price], [false, false, null])
  const yen = await list({ vendor: 'Acme' }, { currency: 'JPY' })
  assert(yen.items.length > 0 && yen.items.every(({ price }) => price === null))
  await assert.rejects(list({}, { currency: 'USD' }), isRefusal('unknown_currency'))
})

test('a bundle is there as often as its scarcest part', async () => {
  await create('cup')
  await create('saucer')
  const items = [
    { sku: 'cup', quantity: 2 },
    { sku: 'saucer', quantity: 1 },
  ]
  await create('set', { variants: [{ ...variant('set'), items, prices: [price(1500n)] }] })
  const count = async () => (await detail('set')).variants[0]!.available_quantity
  const listed = async () => {
    const { items: cards } = await list({ limit: 100 })
    return cards.find(({ handle }) => handle === 'set')!.available
  }
  assert.equal(await count(), 0)
  await stock('cup', 5)
  // Cups alone are no set.
  assert.deepEqual([await count(), await listed()], [0, false])
  await stock('saucer', 9)
  assert.deepEqual([await count(), await listed()], [2, true])
  await stock('saucer', -8)
  assert.equal(await count(), 1)
  assert.equal((await detail('set')).available, true)
})

test('a detail shows options, pictures and clean text; archived variants are gone', async () => {
  const id = await create('shirt', {
    options: ['Size', 'Color'],
    media: [
      { url: '/media/shirt.svg', alt: 'A shirt' },
      { url: 'https://cdn.example/b.jpg', alt: '' },
    ],
    variants: [
      { ...variant('shirt-1', ['S', 'red']), prices: [price(1n)], image_url: '/media/shirt.svg' },
      { ...variant('shirt-2', ['M', 'red']), prices: [price(1n)] },
    ],
  })
  const shirt = await detail('shirt')
  assert.deepEqual(shirt.options, [
    { name: 'Size', values: ['S', 'M'] },
    { name: 'Color', values: ['red'] },
  ])
  assert.deepEqual(
    shirt.media.map(({ url }) => url),
    ['http://shop/media/shirt.svg', 'https://cdn.example/b.jpg'],
  )
  assert.equal(shirt.description, '<p>Fine</p>')
  const [, second] = await readOnce(db, (tx) => readVariantsOf(tx, [id]))
  await transaction(db, (tx) => changeVariant(tx, second!.id, { archived: true }, by))
  const skus = (await detail('shirt')).variants.map(({ sku }) => sku)
  assert.deepEqual(skus, ['shirt-1'])
  await assert.rejects(detail('no-such-shirt'), isRefusal('not_found'))
})

test('a publication has its moment and its end', async () => {
  const id = await create('later', { channel_ids: [], vendor: 'Later' })
  const at = plusMs(now, 60_000)
  await transaction(db, (tx) => publish(tx, id, shop.channel_id, at, by))
  const shown = async (moment: Date) => handles(await list({ vendor: 'Later' }, { at: moment }))
  assert.deepEqual(await shown(now), [])
  assert.deepEqual(await shown(at), ['later'])
  await assert.rejects(detail('later'), isRefusal('not_found'))
  await transaction(db, (tx) => unpublish(tx, id, shop.channel_id, by))
  assert.deepEqual(await shown(at), [])
})

test('a product that cannot be written whole is not written at all', async () => {
  await create('whole')
  for (const [handle, parts, code] of [
    ['whole', {}, 'already_exists'],
    ['broken-1', { variants: [variant('whole')] }, 'invalid_input'],
    [
      'broken-2',
      { variants: [{ ...variant('b2'), items: [{ sku: '?', quantity: 1 }] }] },
      'invalid_input',
    ],
    ['broken-3', { variants: [variant('b3'), variant('b3')] }, 'invalid_input'],
    [
      'broken-4',
      { variants: [variant('b4')], category_ids: [newId<CategoryId>()] },
      'invalid_input',
    ],
    [
      'broken-5',
      { variants: [variant('b5')], media: [{ url: 'data:x', alt: '' }] },
      'invalid_input',
    ],
    [
      'broken-7',
      { variants: [{ ...variant('b7'), prices: [{ ...price(500n), compare_at: 500n }] }] },
      'invalid_input',
    ],
    ['broken-6', { variants: [variant('b6')], channel_ids: [newId()] }, 'invalid_input'],
  ] as const) {
    const parts_of = parts as Partial<OfferedProductDraft>
    await assert.rejects(create(handle, parts_of), isRefusal(code), handle)
  }
  const skus = ['b2', 'b3', 'b4', 'b5', 'b6', 'b7']
  assert.equal((await readOnce(db, (tx) => readStockItems(tx, skus))).size, 0)
})
