// Every filter of the list, alone and with others, against a plain look through all orders.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { snapshot } from '#src/db/transaction.ts'
import { newId } from '#src/lib/ids.ts'
import { testDatabase } from '#test/database.ts'
import { facetOf, listOrders, type OrderFilter, origins, return_states } from './order-list.sql.ts'
import { fulfillment_states, order_states, payment_states } from './orders.ts'

const { db } = await testDatabase(4)
const pick = <T>(words: readonly T[], n: number): T => words[n % words.length]!
const channels = [newId(), newId()]
const customers = [newId(), newId(), newId()]
const entity = newId<string>()
const currencies = ['EUR', 'INR']
const names = ['Ada Muster', 'Bert Beispiel', 'adam_x', 'Zoë %']
const skus = ['MUG', 'TEA', 'Lamp-x']
const tags = ['vip', 'phone']
const start = Date.now() - 40 * 86_400_000

const rows = Array.from({ length: 300 }, (_, i) => {
  const at = new Date(start + i * 3 * 3_600_000)
  const time = at.getTime().toString(16).padStart(12, '0')
  const n = (i * 7919 + 13) % 3001
  const state = pick(order_states, n)
  return {
    id: `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${String(i).padStart(12, '0')}`,
    number: state === 'pending' ? null : `OH26-${i}`,
    channel_id: pick(channels, n >> 1),
    legal_entity_id: entity,
    customer_id: i % 3 === 0 ? pick(customers, n) : null,
    origin: pick(origins, n >> 2),
    state,
    payment_state: pick(payment_states, n >> 3),
    fulfillment_state: pick(fulfillment_states, n >> 4),
    return_state: pick(return_states, n >> 5),
    currency: pick(currencies, n >> 6),
    total: BigInt((n * n) % 20_011),
    email: `${pick(['ada', 'bert', 'a_a'], n >> 2)}${i % 20}@Example.com`,
    name: pick(names, n >> 1),
    held_at: n % 5 === 0 ? at : null,
    created_at: at,
    skus: skus.filter((_sku, j) => (n >> j) % 2 === 1),
    tags: tags.filter((_tag, j) => (n >> (j + 3)) % 3 === 0),
  }
})
type Row = (typeof rows)[number]

await db.query(
  `insert into legal_entity (id, code, name, address, time_zone)
     values ($1, 'X', 'X', '{}', 'UTC')`,
  [entity],
)
await db.query(`
  with made as (
    insert into product (id, handle, title, created_at, updated_at)
    values (uuidv7(), 'lamp', 'Lamp', now(), now()) returning id
  )
  insert into variant (id, product_id, sku, title, position)
  select uuidv7(), id, 'Lamp-x', '', 0 from made`)
for (const row of rows) {
  await db.query(
    `insert into orders (id, number, channel_id, legal_entity_id, customer_id, origin, state,
       payment_state, fulfillment_state, return_state, currency, subtotal, discount_total,
       shipping_total, tax_total, total, tax_included, email, shipping_address, locale, held_at,
       hold_expires_at, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, 0, 0, $12, 0, $13, $14, 'en',
       $15, $16, $17)`,
    [
      ...[row.id, row.number, row.channel_id, row.legal_entity_id, row.customer_id, row.origin],
      ...[row.state, row.payment_state, row.fulfillment_state, row.return_state, row.currency],
      ...[row.total, row.email, JSON.stringify({ name: row.name }), row.held_at],
      ...[row.state === 'pending' ? row.created_at : null, row.created_at],
    ],
  )
  for (const tag of row.tags) {
    await db.query('insert into order_tag values ($1, $2)', [tag, row.id])
  }
  // The same SKU on two lines is one order.
  for (const [position, sku] of [...row.skus, ...row.skus].entries()) {
    await db.query(
      `insert into order_line (id, order_id, position, variant_id, sku, title, quantity,
         unit_price, subtotal, tax, tax_included, total, tax_category, weight_g,
         requires_shipping, items)
       values ($1, $2, $3, $1, $4, '', 1, 1, 1, 0, true, 1, 'standard', 1, true, '[]')`,
      [newId(), row.id, position, sku],
    )
  }
}

const begins = (value: string, text: string) => value.toLowerCase().startsWith(text.toLowerCase())
const same = ['state', 'payment_state', 'fulfillment_state', 'return_state', 'origin'] as const
const others = ['channel_id', 'currency', 'customer_id'] as const

function fits(row: Row, filter: OrderFilter): boolean {
  const { held, created_from, created_to, total_min, total_max, email, number, text } = filter
  const [tag, sku] = [filter.tag?.trim().toLowerCase(), filter.sku?.toUpperCase()]
  return (
    row.state !== 'superseded' &&
    [...same, ...others].every((name) => !(name in filter) || filter[name] === row[name]) &&
    (number === undefined || number.toUpperCase() === row.number) &&
    (held === undefined || held === (row.held_at !== null)) &&
    (created_from === undefined || row.created_at >= created_from) &&
    (created_to === undefined || row.created_at < created_to) &&
    (total_min === undefined || row.total >= total_min) &&
    (total_max === undefined || row.total <= total_max) &&
    (tag === undefined || row.tags.includes(tag)) &&
    (sku === undefined || row.skus.some((one) => one.toUpperCase() === sku)) &&
    (email === undefined || email.toLowerCase() === row.email.toLowerCase()) &&
    (text === undefined ||
      row.number === text.toUpperCase() ||
      begins(row.email, text) ||
      begins(row.name, text))
  )
}

/** Before the first id there can be, and after the last. */
const far = ['0001-01-01T00:00:00Z', '1969-12-31T23:59:59Z', '9999-12-31T23:59:59Z']
const moment = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.nat({ max: 40 }).map((day) => new Date(start + day * 86_400_000 + 12_345)),
  },
  { weight: 1, arbitrary: fc.constantFrom(...far.map((at) => new Date(at))) },
)
const filters: fc.Arbitrary<Omit<OrderFilter, 'limit'>> = fc.record(
  {
    state: fc.constantFrom(...order_states),
    payment_state: fc.constantFrom(...payment_states),
    fulfillment_state: fc.constantFrom(...fulfillment_states),
    return_state: fc.constantFrom(...return_states),
    origin: fc.constantFrom(...origins),
    channel_id: fc.constantFrom(...channels),
    currency: fc.constantFrom(...currencies),
    held: fc.boolean(),
    created_from: moment,
    created_to: moment,
    total_min: fc.bigInt({ min: 0n, max: 20_000n }),
    total_max: fc.bigInt({ min: 0n, max: 20_000n }),
    tag: fc.constantFrom(...tags, 'VIP', ' Phone '),
    sku: fc.constantFrom(...skus, 'mug', 'LAMP-x', 'lamp-X', 'none'),
    customer_id: fc.constantFrom(...customers),
    email: fc.constantFrom(...rows.slice(0, 40).map(({ email }) => email.toUpperCase())),
    number: fc.constantFrom('OH26-7', 'oh26-200', 'none'),
    text: fc.constantFrom('ada', 'ADA M', 'a_a', 'zoë %', 'oh26-12', 'bert1', '%%%'),
    sort: fc.constantFrom('newest', 'oldest'),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Omit<OrderFilter, 'limit'>>
/** Few at a time, or hardly anything would be found. */
const some = fc
  .tuple(filters, fc.array(fc.nat({ max: 18 }), { minLength: 0, maxLength: 4 }))
  .map(([filter, chosen]) => {
    const fields = Object.entries(filter)
    return Object.fromEntries(
      fields.filter(([name], i) => name === 'sort' || chosen.includes(i)),
    ) as Omit<OrderFilter, 'limit'>
  })

// First, while few statements have been prepared: only so many of them are given a name.
test('how a text begins is planned anew each time, so that an index can find it', async () => {
  const plans = await snapshot(db, async (tx) => {
    for (let i = 0; i < 12; i++) await listOrders(tx, { text: `ada${i}`, limit: 5 })
    return tx.many<{ generic: number; custom: number }>`
      select generic_plans::int as generic, custom_plans::int as custom
      from pg_prepared_statements
      where statement like '%lower(email) like%' and parameter_types <> '{}'`
  })
  assert.ok(plans.some(({ custom }) => custom >= 12))
  assert.ok(plans.every(({ generic }) => generic === 0))
})

test('the list finds what fits, in order, page by page', async () => {
  let found = 0
  const property = fc.asyncProperty(some, fc.constantFrom(0, 5, 20_000), async (filter, few) => {
    const limits = { of_states: few, of_total: 20_000 - few, of_text: few }
    const wanted = rows.filter((row) => fits(row, { ...filter, limit: 0 })).map(({ id }) => id)
    if (filter.sort !== 'oldest') wanted.reverse()
    const seen: string[] = []
    for (;;) {
      const after = seen.at(-1)
      const page = await snapshot(db, (tx) =>
        listOrders(tx, { ...filter, ...(after ? { after } : {}), limit: 60 }, limits),
      )
      seen.push(...page.map(({ id }) => id))
      if (page.length < 60) break
    }
    assert.deepEqual(seen, wanted)
    found += seen.length
  })
  await fc.assert(property, { numRuns: 300 })
  assert(found > 1_000, `${found} found`)
})

test('of many orders that have a text the newest come first, also with other filters', async () => {
  const client = await db.connect()
  await client.query('set default_transaction_read_only = off')
  await client.query(
    `insert into orders (id, number, channel_id, legal_entity_id, origin, state, payment_state,
       fulfillment_state, return_state, currency, subtotal, discount_total, shipping_total,
       tax_total, total, tax_included, email, locale, created_at)
     select uuidv7(), 'MANY-' || n, $1, $2, 'web',
       case when n > 10090 then 'placed' else 'closed' end, 'captured', 'delivered', 'none',
       'EUR', 1, 0, 0, 0, 1, 0, 'many' || n || '@example.com', 'en', now()
     from generate_series(1, 10100) as n order by n`,
    [channels[0], entity],
  )
  const many = `from orders where email like 'many%'`
  try {
    const { rows: made } = await client.query(`select id ${many} order by id`)
    const ids = made.map(({ id }) => id)
    for (const size of [20_000, 10_000, 100]) {
      const limits = { of_states: 5_000, of_total: 20_000, of_text: size }
      const ask = (filter: object) =>
        snapshot(db, (tx) => listOrders(tx, { text: 'Many', limit: 8, ...filter }, limits))
      const found = async (filter: object) => (await ask(filter)).map(({ id }) => id)
      assert.deepEqual(await found({}), ids.slice(-8).reverse())
      assert.deepEqual(await found({ state: 'placed' }), ids.slice(-8).reverse())
      assert.deepEqual(await found({ sort: 'oldest' }), ids.slice(0, 8))
      assert.deepEqual(await found({ state: 'placed', sort: 'oldest' }), ids.slice(-10, -2))
      assert.deepEqual(await found({ state: 'canceled' }), [])
    }
  } finally {
    await client.query(`delete ${many}`)
    client.release(true)
  }
})

test('the database packs states into a number as the list reads it', async () => {
  const { rows: packed } = await db.query(
    `select state, payment_state, fulfillment_state, return_state, origin,
       order_facet(state, payment_state, fulfillment_state, return_state, origin,
         held_at is not null) as facet from orders`,
  )
  for (const row of packed) {
    const states = same.reduce((all, name) => all | facetOf(name, row[name]), 0)
    assert.equal(row.facet & ((1 << 14) - 1), states, JSON.stringify(row))
  }
  const { rows: lists } = await db.query(
    `select indexdef from pg_indexes where indexname = 'order_listing'`,
  )
  assert.equal(lists.length, 1)
})
