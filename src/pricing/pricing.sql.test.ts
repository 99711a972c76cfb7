// The order path's statements on real PostgreSQL: what they read, what they cost, and what
// happens when everybody comes at once.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { readRevisions } from '#src/db/revision.sql.ts'
import { txOn } from '#src/db/sql.ts'
import { snapshot, transaction } from '#src/db/transaction.ts'
import { readCurrency } from '#src/lib/currency.ts'
import {
  type CouponId,
  newId,
  type OrderId,
  type PriceListId,
  type PromotionId,
  type VariantId,
} from '#src/lib/ids.ts'
import { Refusal } from '#src/lib/refusal.ts'
import { testDatabase } from '#test/database.ts'
import { noon, priceList } from '#test/pricing.ts'
import { seedProducts, seedShop } from '#test/seed-catalog.sql.ts'
import { readCoupon, type StoredCoupon } from './coupons.sql.ts'
import { changeCoupon, createCoupon } from './edit-coupon.ts'
import { changePriceList, createPriceList, putPrices, removePrices } from './edit-price-list.ts'
import { createTaxZone, removeTaxZone, setTaxRates } from './edit-tax.ts'
import type { StoredPriceList } from './price-lists.sql.ts'
import { priceKeys, readPriceBook, readPrices } from './pricing.sql.ts'
import { pricing_limits } from './pricing.ts'
import { releaseUses, takeUses, usesOf } from './promotion-uses.sql.ts'
import { readCodes } from './promotions.sql.ts'

const { db } = await testDatabase(64)
const eur = readCurrency('EUR')
let variant_ids: VariantId[] = []
let base_id: PriceListId

before(async () => {
  await transaction(db, async (tx) => {
    const shop = await seedShop(tx)
    await seedProducts(tx, shop, 400)
    base_id = shop.price_list_id
  })
  const { rows } = await db.query<{ id: VariantId }>('select id from variant order by id')
  variant_ids = rows.map(({ id }) => id)
})

const stored = (given: Partial<StoredPriceList> = {}): StoredPriceList => ({
  ...priceList(),
  name: 'A list',
  archived_at: null,
  ...given,
})
async function newList(given: Partial<StoredPriceList> = {}): Promise<StoredPriceList> {
  const list = stored(given)
  await transaction(db, (tx) => createPriceList(tx, list, 'system', noon))
  return list
}
const newPrice = (variant_id: VariantId, amount: bigint, min_quantity = 1) => ({
  variant_id,
  amount,
  min_quantity,
  per_units: 1,
  compare_at: null,
})

async function newCoupon(given: Partial<StoredCoupon> = {}): Promise<StoredCoupon> {
  const id = newId<CouponId>()
  const code = `C-${id.slice(-12)}`.toUpperCase()
  const coupon: StoredCoupon = {
    id,
    code,
    rate_ppm: 100_000,
    currency: null,
    min_subtotal: 0n,
    channel_id: null,
    starts_at: null,
    ends_at: null,
    usage_limit: null,
    used: 0,
    created_at: noon,
    archived_at: null,
    ...given,
  }
  await transaction(db, (tx) => createCoupon(tx, coupon, 'system', noon))
  return coupon
}
const usedOf = async (id: CouponId): Promise<number> =>
  (await snapshot(db, (tx) => readCoupon(tx, id)))!.used
const orders = (count: number): OrderId[] => Array.from({ length: count }, () => newId<OrderId>())
const nobody = { customer_id: null, email: null }
/** The id of a coupon is that of its promotion too. */
const useOf = (coupon_id: CouponId, order_id: OrderId) => ({
  order_id,
  uses: [
    {
      order_id,
      coupon_id,
      promotion_id: coupon_id as string as PromotionId,
      amount: 100n,
      currency: eur,
    },
  ],
  buyer: nobody,
})
const take = (coupon_id: CouponId, order_ids: readonly OrderId[]): Promise<OrderId[]> =>
  transaction(db, (tx) =>
    takeUses(
      tx,
      order_ids.map((order_id) => useOf(coupon_id, order_id)),
    ),
  )
const release = (order_ids: readonly OrderId[]): Promise<void> =>
  transaction(db, (tx) => releaseUses(tx, order_ids, noon))

/** The refusal that a command ends in, with its fields. */
async function refusalOf(command: Promise<unknown>): Promise<[string, string[]]> {
  const error = await command.then(
    () => assert.fail('it was not refused'),
    (thrown: unknown) => thrown,
  )
  assert(error instanceof Refusal, String(error))
  return [error.code, (error.detail.errors ?? []).map(({ field, code }) => `${field} ${code}`)]
}

test('a book holds the lists that are not archived and all rates', async () => {
  const list = await newList({ countries: ['DE', 'FR'], starts_at: noon, priority: 3 })
  const old = await newList()
  const zone_id = newId<string>()
  const rates = [{ category: 'standard', component: 'VAT', rate_ppm: 190_000, position: 0 }]
  await transaction(db, async (tx) => {
    await changePriceList(tx, old.id, { archived: true }, 'system', noon)
    await createTaxZone(tx, { id: zone_id, country: 'DE', region: null, rates }, 'system', noon)
  })
  const book = await snapshot(db, readPriceBook)
  const { name: _, archived_at: __, ...bare } = list
  assert.deepEqual(
    book.price_lists.find(({ id }) => id === list.id),
    bare,
  )
  assert(!book.price_lists.some(({ id }) => id === old.id))
  const plain = { adds: false, is_compound: false, steps: null }
  assert.deepEqual(book.tax_rates, [{ country: 'DE', region: null, ...plain, ...rates[0] }])
})

test('only prices of the lists and variants that were asked for come back, once each', async () => {
  const list = await newList()
  const other = await newList()
  const [a, b, c] = variant_ids as [VariantId, VariantId, VariantId]
  await transaction(db, async (tx) => {
    const prices = [newPrice(a, 900n), newPrice(a, 800n, 10), newPrice(b, 700n), newPrice(c, 1n)]
    await putPrices(tx, list.id, prices, 'system', noon)
    await putPrices(tx, other.id, [newPrice(a, 5n)], 'system', noon)
  })
  const keys = priceKeys([list], [a, b, a])
  const found = await snapshot(db, (tx) => readPrices(tx, keys))
  const amounts = found.map(({ amount }) => amount).sort()
  assert.deepEqual(amounts, [700n, 800n, 900n])
  assert.deepEqual(await snapshot(db, (tx) => readPrices(tx, [])), [])
})

test('prices are found by the primary key, however many the lists hold', async () => {
  const list = await newList()
  for (let at = 0; at < variant_ids.length; at += pricing_limits.prices_per_call) {
    const some = variant_ids.slice(at, at + pricing_limits.prices_per_call)
    const tiers = [1, 10, 20, 30, 40, 50, 60, 70, 80]
    for (const min_quantity of tiers) {
      const prices = some.map((id) => newPrice(id, 100n, min_quantity))
      await transaction(db, (tx) => putPrices(tx, list.id, prices, 'system', noon))
    }
  }
  await db.query('analyze price')
  const { rows: counted } = await db.query<{ count: bigint }>(
    'select count(*) from price where price_list_id = $1',
    [list.id],
  )
  assert(counted[0]!.count > 10_000n)
  // The statement as readPrices sends it, taken from the driver.
  const client = await db.connect()
  const sent: { text: string; values: unknown[] }[] = []
  const original = client.query.bind(client)
  client.query = ((query: { text: string; values: unknown[] }) => {
    if (typeof query === 'object') sent.push(query)
    return original(query)
  }) as typeof client.query
  await readPrices(
    txOn(client, () => true),
    priceKeys([list, { id: base_id }], variant_ids.slice(0, 3)),
  )
  client.query = original as typeof client.query
  const { text, values } = sent[0]!
  for (const mode of ['force_custom_plan', 'force_generic_plan']) {
    await client.query(`set plan_cache_mode = ${mode}`)
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(
      `explain (analyze, buffers, timing off) ${text}`,
      values,
    )
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
    assert.match(plan, /Index Scan using price_pkey|Bitmap Index Scan on price_pkey/, plan)
    assert.doesNotMatch(plan, /Seq Scan/, plan)
    const hits = Number(/Buffers: shared hit=(\d+)/.exec(plan)?.[1])
    assert(hits <= 60, `${hits} pages for 30 prices\n${plan}`)
  }
  client.release(true)
})

test('coupons are found in any case, archived ones not', async () => {
  const coupon = await newCoupon()
  const codes = [` ${coupon.code.toLowerCase()} `, 'NO-SUCH']
  const found = await snapshot(db, (tx) => readCodes(tx, codes))
  assert.deepEqual(
    found.map(({ code }) => code.id),
    [coupon.id],
  )
  await transaction(db, (tx) => changeCoupon(tx, coupon.id, { archived: true }, 'system', noon))
  assert.deepEqual(await snapshot(db, (tx) => readCodes(tx, codes)), [])
  assert.equal((await take(coupon.id, orders(1))).length, 1)
})

test('uses are granted in the given order as far as the limit goes', async () => {
  const coupon = await newCoupon({ usage_limit: 3 })
  const five = orders(5)
  assert.deepEqual(await take(coupon.id, five), five.slice(3))
  assert.equal(await usedOf(coupon.id), 3)
  // An order that has its use keeps it; asking twice in one call is asking once.
  assert.deepEqual(await take(coupon.id, [five[0]!, five[0]!, five[4]!]), [five[4]])
  assert.equal(await usedOf(coupon.id), 3)
})

test('a released use is free again, once', async () => {
  const coupon = await newCoupon({ usage_limit: 1 })
  const [first, second] = orders(2) as [OrderId, OrderId]
  await take(coupon.id, [first])
  await Promise.all([release([first]), release([first]), release([first, second])])
  assert.equal(await usedOf(coupon.id), 0)
  assert.deepEqual(await take(coupon.id, [second]), [])
  // Money that arrives late takes the use again, if there is one left.
  const takeAgain = (order_id: OrderId): Promise<OrderId[]> =>
    transaction(db, async (tx) =>
      takeUses(tx, [{ order_id, uses: await usesOf(tx, order_id), buyer: nobody }]),
    )
  assert.deepEqual(await takeAgain(first), [first])
  await release([second])
  assert.deepEqual(await takeAgain(first), [])
  assert.equal(await usedOf(coupon.id), 1)
  assert.deepEqual(await takeAgain(newId<OrderId>()), [])
})

test('an unknown coupon refuses its order and nobody else', async () => {
  const coupon = await newCoupon()
  const [good, bad] = orders(2) as [OrderId, OrderId]
  const refused = await transaction(db, (tx) =>
    takeUses(tx, [useOf(newId<CouponId>(), bad), useOf(coupon.id, good)]),
  )
  assert.deepEqual(refused, [bad])
})

test('64 clients, one coupon: exactly as many uses as there are', async () => {
  const coupon = await newCoupon({ usage_limit: 100 })
  const batches = Array.from({ length: 64 }, () => orders(5))
  const refused = await Promise.all(batches.map((batch) => take(coupon.id, batch)))
  assert.equal(refused.flat().length, 64 * 5 - 100)
  assert.equal(await usedOf(coupon.id), 100)
})

test('64 clients, three coupons in any order, taking and giving back: no deadlock', async () => {
  const coupons = await Promise.all([1, 2, 3].map(() => newCoupon({ usage_limit: 40 })))
  const granted: OrderId[] = []
  await Promise.all(
    Array.from({ length: 64 }, async (_, client) => {
      const mine = orders(6)
      const rows = mine.map((order_id, i) =>
        useOf(coupons[(client * 7 + (client % 2 ? i : 5 - i)) % 3]!.id, order_id),
      )
      const refused = new Set(await transaction(db, (tx) => takeUses(tx, rows)))
      const got = mine.filter((id) => !refused.has(id))
      await release(got.slice(0, 1))
      granted.push(...got.slice(1))
    }),
  )
  const used = await Promise.all(coupons.map(({ id }) => usedOf(id)))
  assert.equal(
    used.reduce((all, one) => all + one, 0),
    granted.length,
  )
  const { rows } = await db.query<{ coupon_id: CouponId; open: bigint }>(
    `select coupon_id, count(*) as open from coupon_use
     where released_at is null and coupon_id = any($1) group by coupon_id`,
    [coupons.map(({ id }) => id)],
  )
  const open = new Map(rows.map((row) => [row.coupon_id, Number(row.open)]))
  coupons.forEach(({ id }, i) => assert.equal(used[i], open.get(id) ?? 0))
  assert(used.every((count) => count <= 40))
  // A deadlock would be tried again and so go unseen.
  const { rows: seen } = await db.query(
    'select deadlocks from pg_stat_database where datname = current_database()',
  )
  assert.deepEqual(seen, [{ deadlocks: 0n }])
})

test('each change raises the revision and leaves an event', async () => {
  const list = await newList()
  const coupon = await newCoupon()
  const zone = { id: newId<string>(), country: 'FR', region: null, rates: [] }
  const [variant_id] = variant_ids as [VariantId]
  type Step = [kind: string, subject_id: string, run: () => Promise<unknown>]
  const by = ['staff:1', noon] as const
  const steps: Step[] = [
    [
      'price_list.changed',
      list.id,
      () => transaction(db, (tx) => changePriceList(tx, list.id, { name: 'B' }, ...by)),
    ],
    [
      'prices.set',
      list.id,
      () => transaction(db, (tx) => putPrices(tx, list.id, [newPrice(variant_id, 1n)], ...by)),
    ],
    [
      'prices.removed',
      list.id,
      () =>
        transaction(db, (tx) =>
          removePrices(tx, list.id, [{ variant_id, min_quantity: 1 }], ...by),
        ),
    ],
    [
      'coupon.changed',
      coupon.id,
      () => transaction(db, (tx) => changeCoupon(tx, coupon.id, { rate_ppm: 5 }, ...by)),
    ],
    ['tax_zone.created', zone.id, () => transaction(db, (tx) => createTaxZone(tx, zone, ...by))],
    [
      'tax_zone.changed',
      zone.id,
      () =>
        transaction(db, (tx) =>
          setTaxRates(tx, zone.id, { rates: [] }, { actor: by[0], now: by[1] }),
        ),
    ],
    ['tax_zone.removed', zone.id, () => transaction(db, (tx) => removeTaxZone(tx, zone.id, ...by))],
  ]
  for (const [kind, subject_id, run] of steps) {
    const earlier = await snapshot(db, readRevisions)
    await run()
    const later = await snapshot(db, readRevisions)
    assert.equal(later.settings, earlier.settings + 1n, kind)
    const shows_in_lists = kind.startsWith('price')
    assert.equal(later.catalog, earlier.catalog + (shows_in_lists ? 1n : 0n), kind)
    const { rows } = await db.query('select actor from event where kind = $1 and subject_id = $2', [
      kind,
      subject_id,
    ])
    assert.deepEqual(rows, [{ actor: 'staff:1' }], kind)
  }
})

const ghost = newId<PriceListId>()
const refused: [name: string, run: () => Promise<unknown>, code: string, fields: string[]][] = [
  [
    'a code that is taken',
    () => newList({ code: 'base' }),
    'already_exists',
    ['code already_exists'],
  ],
  [
    'a list of strangers',
    () =>
      newList({
        name: '  ',
        currency: 'EUX' as typeof eur,
        channel_id: newId(),
        customer_group_id: newId(),
        countries: ['DE', 'DE', 'XX'],
        starts_at: noon,
        ends_at: noon,
      }),
    'invalid_input',
    [
      'name required',
      'currency unknown',
      'countries unknown',
      'countries twice',
      'ends_at before_start',
      'channel_id unknown',
      'customer_group_id unknown',
    ],
  ],
  [
    'prices nobody could mean',
    () =>
      transaction(db, (tx) =>
        putPrices(
          tx,
          base_id,
          [
            newPrice(variant_ids[0]!, -1n),
            newPrice(variant_ids[0]!, 1n),
            newPrice(newId<VariantId>(), 1n, 0),
            { ...newPrice(variant_ids[1]!, 1n), per_units: 0, compare_at: -1n },
            { ...newPrice(variant_ids[2]!, 5n), compare_at: 5n },
          ],
          'system',
          noon,
        ),
      ),
    'invalid_input',
    [
      'prices.0.amount range',
      'prices.1.min_quantity twice',
      'prices.2.variant_id unknown',
      'prices.2.min_quantity range',
      'prices.3.per_units range',
      'prices.3.compare_at range',
      'prices.4.compare_at too_small',
    ],
  ],
  [
    'prices of no list',
    () => transaction(db, (tx) => putPrices(tx, ghost, [], 'system', noon)),
    'not_found',
    [],
  ],
  [
    'a change of no list',
    () => transaction(db, (tx) => changePriceList(tx, ghost, {}, 'system', noon)),
    'not_found',
    [],
  ],
  [
    'more than a thousand prices',
    () =>
      transaction(db, (tx) =>
        putPrices(
          tx,
          base_id,
          Array.from({ length: 1001 }, (_, i) => newPrice(variant_ids[0]!, 1n, i + 1)),
          'system',
          noon,
        ),
      ),
    'limit_exceeded',
    ['prices limit_exceeded'],
  ],
  [
    'a minimum without a currency',
    () => newCoupon({ min_subtotal: 1n }),
    'invalid_input',
    ['currency required'],
  ],
  [
    'a limit below what was used',
    async () => {
      const coupon = await newCoupon({ usage_limit: 5 })
      await take(coupon.id, orders(3))
      await transaction(db, (tx) => changeCoupon(tx, coupon.id, { usage_limit: 2 }, 'system', noon))
    },
    'invalid_input',
    ['usage_limit below_used'],
  ],
  [
    'a region that no address can have',
    () =>
      transaction(db, (tx) =>
        createTaxZone(
          tx,
          { id: newId(), country: 'US', region: 'California', rates: [] },
          'system',
          noon,
        ),
      ),
    'invalid_input',
    ['region unknown'],
  ],
  [
    'a second zone for one country, and its parts twice',
    () =>
      transaction(db, (tx) => {
        const rate = { category: 'standard', component: 'VAT', rate_ppm: 1, position: 0 }
        const zone = { id: newId<string>(), country: 'DE', region: null, rates: [rate, rate] }
        return createTaxZone(tx, zone, 'system', noon)
      }),
    'invalid_input',
    ['rates.1.component twice'],
  ],
  [
    'a second zone for one country',
    () =>
      transaction(db, (tx) =>
        createTaxZone(tx, { id: newId(), country: 'DE', region: null, rates: [] }, 'system', noon),
      ),
    'already_exists',
    ['country already_exists'],
  ],
]
for (const [name, run, code, fields] of refused) {
  test(`refused: ${name}`, async () => {
    const earlier = await snapshot(db, readRevisions)
    assert.deepEqual(await refusalOf(run()), [code, fields])
    // The coupon that one case makes first is the only thing that may have been written.
    const later = await snapshot(db, readRevisions)
    assert(later.settings - earlier.settings <= (name.startsWith('a limit') ? 1n : 0n))
  })
}
