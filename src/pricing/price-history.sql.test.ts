// What the history of prices keeps when many write it, and what of it a market is told.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { insertGroup } from '#src/customers/customers.sql.ts'
import { transaction } from '#src/db/transaction.ts'
import { plusMs } from '#src/lib/clock.ts'
import { readCurrency } from '#src/lib/currency.ts'
import { type CustomerGroupId, newId, type PriceListId, type VariantId } from '#src/lib/ids.ts'
import { testDatabase } from '#test/database.ts'
import { noon, priceList } from '#test/pricing.ts'
import { seedProducts, seedShop } from '#test/seed-catalog.sql.ts'
import { createPriceList } from './edit-price-list.ts'
import { readPastPrices, readPriceHistory } from './price-history.sql.ts'
import { lowestBefore } from './price-history.ts'
import { setPrices } from './prices.sql.ts'

const { db } = await testDatabase()
const shop = await transaction(db, seedShop)
await transaction(db, (tx) => seedProducts(tx, shop, 1))
const { rows } = await db.query<{ id: VariantId }>('select id from variant order by id limit 2')
const [first, second] = rows.map(({ id }) => id) as [VariantId, VariantId]

const day_ms = 86_400_000
const priceOf = (variant_id: VariantId, price_list_id: PriceListId, amount: bigint) => ({
  ...{ variant_id, price_list_id, min_quantity: 1, amount, per_units: 1, compare_at: null },
})

test('of two who set one price at once the history keeps what the first has set', async () => {
  const holds = Promise.withResolvers<void>()
  const waits = Promise.withResolvers<void>()
  const earlier = transaction(db, async (tx) => {
    await setPrices(tx, [priceOf(first, shop.price_list_id, 5_000n)], plusMs(noon, 1_000))
    holds.resolve()
    await waits.promise
  })
  await holds.promise
  const later = transaction(db, (tx) =>
    setPrices(tx, [priceOf(first, shop.price_list_id, 8_000n)], plusMs(noon, 2_000)),
  )
  const isWaiting = async (): Promise<boolean> => {
    const { rowCount } = await db.query(
      `select from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    )
    return rowCount === 1
  }
  while (!(await isWaiting()));
  waits.resolve()
  await Promise.all([earlier, later])
  const past = await transaction(db, (tx) => readPastPrices(tx, first, null, 10))
  assert.deepEqual(past[0]?.amount, 5_000n)
  assert.equal(past.filter(({ amount }) => amount === 5_000n).length, 1)
  assert.equal(new Set(past.map(({ amount }) => amount)).size, past.length)
})

test('prices of others, however many, take nothing from what a market is told', async () => {
  const group = newId<CustomerGroupId>()
  const contract = {
    ...priceList({ customer_group_id: group }),
    ...{ name: 'A contract', archived_at: null },
  }
  await transaction(db, async (tx) => {
    await insertGroup(tx, { id: group, code: 'dealers', name: 'Dealers' })
    await createPriceList(tx, contract, 'system', noon)
    // What it was made with is long past.
    await setPrices(tx, [priceOf(second, shop.price_list_id, 2_000n)], plusMs(noon, -40 * day_ms))
    await setPrices(tx, [priceOf(second, shop.price_list_id, 1_500n)], plusMs(noon, 1))
    for (let i = 0; i <= 1_001; i++) {
      const price = priceOf(second, contract.id, BigInt(1_000 + (i % 2)))
      await setPrices(tx, [price], plusMs(noon, 10 + i))
    }
  })
  const now = plusMs(noon, 60_000)
  const lowestFor = (customer_group_ids: readonly CustomerGroupId[]) =>
    transaction(db, async (tx) => {
      const place = { channel_id: shop.channel_id, country: 'DE', currency: readCurrency('EUR') }
      const market = { ...place, customer_group_ids }
      const { lists, prices } = await readPriceHistory(tx, [second], market)
      return { lists, lowest: lowestBefore(lists, prices, { market, quantity: 1, now }) }
    })
  const public_one = await lowestFor([])
  assert.equal(public_one.lowest?.amount, 2_000n)
  assert.ok(public_one.lists.every(({ id }) => id !== contract.id))
  const dealers = await lowestFor([group])
  assert.equal(dealers.lowest?.amount, 1_000n)
})
