// Price lists, prices, coupons, taxes and delivery as a merchant's developer meets them.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { readRevisions } from '#src/db/revision.sql.ts'
import { snapshot, transaction } from '#src/db/transaction.ts'
import { newId } from '#src/lib/ids.ts'
import { type AdminClient, type Answer, adminClient, type Problem } from '#test/admin-client.ts'
import { testApp, testServer } from '#test/app.ts'
import { type SeededShop, seedProducts, seedShop } from '#test/seed-catalog.sql.ts'
import { admin_coupon_routes } from './admin-coupons.ts'
import { admin_delivery_routes } from './admin-delivery.ts'
import { admin_pricing_routes } from './admin-pricing.ts'
import { admin_tax_routes } from './admin-taxes.ts'
import type { Server } from './server.ts'

const app = await testApp()
let server: Server
let shop: SeededShop
let admin: AdminClient
let reader: AdminClient
let variants: string[] = []

type Resource = { readonly id: string; readonly [name: string]: unknown }
type Pages<Item> = { readonly items: readonly Item[]; readonly next_cursor: string | null }

before(async () => {
  const routes = [
    ...admin_pricing_routes,
    ...admin_coupon_routes,
    ...admin_tax_routes,
    ...admin_delivery_routes,
  ]
  server = await testServer(app, routes)
  await transaction(app.db, async (tx) => {
    shop = await seedShop(tx)
    await seedProducts(tx, shop, 10)
  })
  const { rows } = await app.db.query<{ id: string }>('select id from variant order by id')
  variants = rows.map(({ id }) => id)
  admin = await adminClient(app, server, [
    'prices:read',
    'prices:write',
    'settings:read',
    'settings:write',
  ])
  reader = await adminClient(app, server, ['prices:read', 'settings:read'])
})
after(() => server.fastify.close())

const problemsOf = ({ body }: Answer<Problem>): string[] =>
  (body.errors ?? []).map(({ field, code }) => `${field} ${code}`)

/** All items of a list, two at a time. */
async function readAll<Item>(path: string): Promise<Item[]> {
  const items: Item[] = []
  let next: string | null = ''
  while (next !== null) {
    const after_query: string = next === '' ? '' : `&after=${next}`
    const { status, body } = await admin<Pages<Item>>('GET', `${path}?limit=2${after_query}`)
    assert.equal(status, 200)
    items.push(...body.items)
    next = body.next_cursor
  }
  return items
}

const sale = { code: 'sale', name: 'Sale', currency: 'EUR', prices_include_tax: true }

test('a price list is made once per key, read, changed, archived and listed', async () => {
  const key = newId<string>()
  const made = await admin<Resource>('POST', '/admin/price-lists', sale, key)
  assert.equal(made.status, 201)
  const again = await admin<Resource>('POST', '/admin/price-lists', sale, key)
  assert.deepEqual(again, made)
  const other = await admin('POST', '/admin/price-lists', { ...sale, name: 'Other' }, key)
  assert.equal(other.body.code, 'idempotency_key_reused')
  const taken = await admin('POST', '/admin/price-lists', sale)
  assert.deepEqual([taken.status, taken.body.code], [409, 'already_exists'])

  const path = `/admin/price-lists/${made.body.id}`
  const starts_at = '2026-07-01T00:00:00.000Z'
  const changed = await admin<Resource>('PATCH', path, { starts_at, countries: ['DE'] })
  assert.deepEqual(changed.body, { ...made.body, starts_at, countries: ['DE'] })
  assert.deepEqual((await admin<Resource>('GET', path)).body, changed.body)
  const archived = await admin<Resource>('PATCH', path, { archived: true })
  assert.equal(typeof archived.body['archived_at'], 'string')
  const live = await readAll<Resource>('/admin/price-lists')
  assert(!live.some(({ id }) => id === made.body.id))
  const { body } = await admin<Pages<Resource>>('GET', '/admin/price-lists?archived=true')
  assert.deepEqual(
    body.items.map(({ id }) => id),
    [made.body.id],
  )
  const revived = await admin<Resource>('PATCH', path, { archived: false })
  assert.equal(revived.body['archived_at'], null)
})

test('prices are set in bulk, paged and removed', async () => {
  const { body: list } = await admin<Resource>('POST', '/admin/price-lists', {
    ...sale,
    code: 'bulk',
  })
  const path = `/admin/price-lists/${list.id}/prices`
  const prices = variants.slice(0, 4).flatMap((variant_id) => [
    { variant_id, amount: 1000 },
    {
      variant_id,
      amount: 9007199254740990,
      min_quantity: 10,
      per_units: 100,
      compare_at: 9007199254740991,
    },
  ])
  assert.equal((await admin('PUT', path, { prices })).status, 204)
  type Row = { variant_id: string; min_quantity: number; amount: number; per_units: number }
  const all = await readAll<Row>(path)
  assert.equal(all.length, 8)
  assert.deepEqual(all[1], { ...prices[1], variant_id: variants[0] })
  await admin('PUT', path, { prices: [{ variant_id: variants[0], amount: 7 }] })
  const one = await admin<Pages<Row>>('GET', `${path}?variant_id=${variants[0]}`)
  assert.deepEqual(
    one.body.items.map(({ amount }) => amount),
    [7, 9007199254740990],
  )
  const tiers = [{ variant_id: variants[0], min_quantity: 10 }]
  const removed = await admin<{ removed: number }>('POST', `${path}/remove`, { prices: tiers })
  assert.deepEqual(removed.body, { removed: 1 })
  const twice = await admin<{ removed: number }>('POST', `${path}/remove`, { prices: tiers })
  assert.deepEqual(twice.body, { removed: 0 })
  assert.equal((await readAll<Row>(path)).length, 7)
})

test('a coupon is made in capitals, changed and archived; its uses stay', async () => {
  const coupon = { code: 'welcome10', rate_ppm: 100_000, usage_limit: 5 }
  const made = await admin<Resource>('POST', '/admin/coupons', coupon)
  assert.equal(made.status, 201)
  assert.deepEqual([made.body['code'], made.body['used']], ['WELCOME10', 0])
  const taken = await admin('POST', '/admin/coupons', { ...coupon, code: 'Welcome10' })
  assert.equal(taken.body.code, 'already_exists')
  const path = `/admin/coupons/${made.body.id}`
  const changed = await admin<Resource>('PATCH', path, { currency: 'EUR', min_subtotal: 2000 })
  assert.deepEqual(changed.body, { ...made.body, currency: 'EUR', min_subtotal: 2000 })
  const used = await admin('PATCH', path, { used: 3 })
  assert.deepEqual([used.status, problemsOf(used)], [400, ['used unknown_field']])
  await admin('PATCH', path, { archived: true })
  assert.deepEqual(await readAll<Resource>('/admin/coupons'), [])
})

test('a tax zone has its rates replaced as a whole', async () => {
  const rates = [
    { category: 'standard', component: 'CGST', rate_ppm: 90_000 },
    { category: 'standard', component: 'SGST', rate_ppm: 90_000 },
  ]
  const zone = { country: 'IN', region: 'KA', rates }
  const made = await admin<Resource>('POST', '/admin/tax-zones', zone)
  assert.equal(made.status, 201)
  assert.deepEqual(
    made.body['rates'],
    rates.map((rate, position) => ({ ...rate, position, is_compound: false, steps: null })),
  )
  const path = `/admin/tax-zones/${made.body.id}`
  const put = await admin<Resource>('PUT', `${path}/rates`, { rates: rates.slice(0, 1) })
  assert.equal((put.body['rates'] as unknown[]).length, 1)
  assert.deepEqual((await admin<Resource>('GET', path)).body, put.body)
  assert.equal((await readAll('/admin/tax-zones')).length, 1)
  assert.equal((await admin('DELETE', path)).status, 204)
  assert.equal((await admin('DELETE', path)).status, 404)
})

test('zones and options of delivery are made, changed and in use', async () => {
  const zone = { name: 'Europe', countries: ['DE', 'AT'] }
  const made = await admin<Resource>('POST', '/admin/shipping-zones', zone)
  assert.equal(made.status, 201)
  const zone_path = `/admin/shipping-zones/${made.body.id}`
  const same = await admin('POST', '/admin/shipping-zones', zone)
  assert.equal(same.body.code, 'already_exists')
  const wider = await admin<Resource>('PATCH', zone_path, { countries: ['DE', 'AT', 'FR'] })
  assert.deepEqual(wider.body['countries'], ['DE', 'AT', 'FR'])

  const rate = {
    currency: 'EUR',
    min_weight_g: 0,
    min_subtotal: 0,
    amount: 490,
    includes_tax: true,
  }
  const option = { code: 'parcel', zone_id: made.body.id, name: 'Parcel', rates: [rate] }
  const created = await admin<Resource>('POST', '/admin/shipping-options', option)
  assert.equal(created.status, 201)
  assert.deepEqual(created.body['rates'], [rate])
  const path = `/admin/shipping-options/${created.body.id}`
  const two = [rate, { ...rate, min_subtotal: 5000, amount: 0 }]
  const changed = await admin<Resource>('PATCH', path, { rates: two, days_max: 3 })
  assert.deepEqual(changed.body, { ...created.body, rates: two, days_max: 3 })
  assert.deepEqual((await admin<Resource>('GET', path)).body, changed.body)
  const busy = await admin('DELETE', zone_path)
  assert.deepEqual([busy.status, busy.body.code], [409, 'in_use'])
  await admin('PATCH', path, { archived: true })
  assert.deepEqual(await readAll('/admin/shipping-options'), [])
  const spare = await admin<Resource>('POST', '/admin/shipping-zones', { ...zone, name: 'Spare' })
  assert.equal((await admin('DELETE', `/admin/shipping-zones/${spare.body.id}`)).status, 204)
})

test('why this price: of a variant, a quantity, a group, a channel and a moment', async () => {
  type Why = { rule: string; applied: boolean; reason: string }
  type Explained = { unit_price: number; total: number; problems: string[]; why: Why[] }
  const { body: list } = await admin<Resource>('POST', '/admin/price-lists', {
    ...sale,
    code: 'summer',
    priority: 5,
    starts_at: '2031-06-01T00:00:00Z',
    ends_at: '2031-09-01T00:00:00Z',
  })
  const variant_id = variants[5]
  await admin('PUT', `/admin/price-lists/${list.id}/prices`, {
    prices: [{ variant_id, amount: 500 }],
  })
  const ask = async (more: object): Promise<Explained> => {
    const body = { channel_id: shop.channel_id, currency: 'EUR', variant_id, quantity: 2, ...more }
    const answer = await reader<Explained>('POST', '/admin/prices/explain', body)
    assert.equal(answer.status, 200)
    return answer.body
  }
  const first = await ask({ at: '2031-06-01T00:00:00Z' })
  assert.deepEqual([first.unit_price, first.total], [500, 1000])
  const over = await ask({ at: '2031-09-01T00:00:00Z' })
  assert(over.unit_price > 500)
  const told = over.why.find(({ rule }) => rule === 'price list summer')
  assert.deepEqual(told, {
    rule: 'price list summer',
    applied: false,
    reason: 'It ended at 2031-09-01T00:00:00.000Z.',
  })
  const past = await reader('POST', '/admin/prices/explain', {
    channel_id: shop.channel_id,
    currency: 'EUR',
    variant_id,
    at: '2026-05-01T00:00:00Z',
  })
  assert.deepEqual([past.status, problemsOf(past)], [400, ['at too_early']])
  assert.match(JSON.stringify(past.body), new RegExp(`/admin/variants/${variant_id}/past-prices`))
  const none = await ask({ currency: 'JPY', coupon_code: 'NOPE' })
  assert.deepEqual(none.problems, ['coupon_unknown', 'no_price'])
})

const list_path = () => `/admin/price-lists/${shop.price_list_id}`
const price = (given: object) => ({ prices: [{ variant_id: variants[0], amount: 1, ...given }] })
const bad: [name: string, ask: () => Promise<Answer<Problem>>, status: number, errors: string[]][] =
  [
    [
      'a list without its name',
      () =>
        admin('POST', '/admin/price-lists', {
          code: 'x',
          currency: 'EUR',
          prices_include_tax: true,
        }),
      400,
      ['name required'],
    ],
    [
      'an unknown field',
      () => admin('POST', '/admin/price-lists', { ...sale, code: 'y', colour: 'red' }),
      400,
      ['colour unknown_field'],
    ],
    [
      'a currency that does not exist',
      () => admin('POST', '/admin/price-lists', { ...sale, code: 'y', currency: 'EUX' }),
      400,
      ['currency unknown'],
    ],
    ['another code', () => admin('PATCH', list_path(), { code: 'z' }), 400, ['code unknown_field']],
    [
      'an end before the start',
      () =>
        admin('PATCH', list_path(), {
          starts_at: '2026-01-02T00:00:00Z',
          ends_at: '2026-01-01T00:00:00Z',
        }),
      400,
      ['ends_at before_start'],
    ],
    [
      'a country that does not exist',
      () => admin('PATCH', list_path(), { countries: ['DE', 'QQ'] }),
      400,
      ['countries unknown'],
    ],
    [
      'a variant that does not exist',
      () => admin('PUT', `${list_path()}/prices`, price({ variant_id: newId() })),
      400,
      ['prices.0.variant_id unknown'],
    ],
    [
      'a cursor that is none',
      () => admin('GET', `${list_path()}/prices?after=abc`),
      400,
      ['after malformed'],
    ],
    [
      'prices of a list that does not exist',
      () => admin('GET', `/admin/price-lists/${newId()}/prices`),
      404,
      [],
    ],
    [
      'a coupon over a hundred percent and without a minimum currency',
      () => admin('POST', '/admin/coupons', { code: 'MIN', rate_ppm: 1, min_subtotal: 5 }),
      400,
      ['currency required'],
    ],
    [
      'a rate twice',
      () => {
        const rate = { category: 'standard', component: 'VAT', rate_ppm: 1 }
        return admin('POST', '/admin/tax-zones', { country: 'FR', rates: [rate, rate] })
      },
      400,
      ['rates.1.component twice'],
    ],
    [
      'a tax zone nowhere',
      () => admin('POST', '/admin/tax-zones', { country: 'QQ', rates: [] }),
      400,
      ['country unknown'],
    ],
    [
      'an option in no zone, slower than it is',
      () =>
        admin('POST', '/admin/shipping-options', {
          code: 'slow',
          name: 'Slow',
          zone_id: newId(),
          days_min: 5,
          days_max: 3,
          rates: [],
        }),
      400,
      ['days_max before_min', 'zone_id unknown'],
    ],
    [
      'why a price of nothing nowhere',
      () =>
        admin('POST', '/admin/prices/explain', {
          channel_id: newId(),
          currency: 'EUR',
          variant_id: newId(),
        }),
      400,
      ['channel_id unknown', 'variant_id unknown'],
    ],
  ]
for (const [name, ask, status, errors] of bad) {
  test(`bad input: ${name}`, async () => {
    const earlier = await snapshot(app.db, readRevisions)
    const answer = await ask()
    assert.deepEqual([answer.status, problemsOf(answer)], [status, errors])
    assert.deepEqual(await snapshot(app.db, readRevisions), earlier, 'nothing was written')
  })
}

const malformed: [field: string, given: object][] = [
  ['amount', { amount: -1 }],
  ['amount', { amount: 1.5 }],
  ['amount', { amount: '100' }],
  ['amount', { amount: 9007199254740992 }],
  ['min_quantity', { min_quantity: 0 }],
  ['per_units', { per_units: 0 }],
  ['variant_id', { variant_id: 'x' }],
]
for (const [field, given] of malformed) {
  test(`bad input: a price with ${JSON.stringify(given)}`, async () => {
    const answer = await admin('PUT', `${list_path()}/prices`, price(given))
    assert.equal(answer.status, 400)
    assert.deepEqual(
      (answer.body.errors ?? []).map((error) => error.field),
      [`prices.0.${field}`],
    )
  })
}

test('who may only read changes nothing', async () => {
  const writes: [method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object][] = [
    ['POST', '/admin/price-lists', sale],
    ['PATCH', list_path(), { name: 'X' }],
    ['PUT', `${list_path()}/prices`, price({})],
    ['POST', `${list_path()}/prices/remove`, { prices: [] }],
    ['POST', '/admin/coupons', { code: 'ABC', rate_ppm: 1 }],
    ['POST', '/admin/tax-zones', { country: 'FR', rates: [] }],
    ['DELETE', `/admin/tax-zones/${newId()}`],
    ['POST', '/admin/shipping-zones', { name: 'Z', countries: ['DE'] }],
    ['PATCH', `/admin/shipping-options/${newId()}`, { name: 'X' }],
  ]
  for (const [method, path, body] of writes) {
    const { status, body: problem } = await reader(method, path, body)
    assert.deepEqual([status, problem.code], [403, 'permission_missing'], `${method} ${path}`)
  }
})
