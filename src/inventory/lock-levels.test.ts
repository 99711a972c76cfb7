// Baskets with the same things in any order queue up for them: they never wait in a circle.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { transaction } from '#src/db/transaction.ts'
import { newId, type StockItemId } from '#src/lib/ids.ts'
import { testDatabase } from '#test/database.ts'
import { seedShop } from '#test/seed-catalog.sql.ts'
import { addStock, ensureStockItems, lockLevels } from './inventory.sql.ts'

const { db } = await testDatabase()

const items = Array.from({ length: 12 }, (_, n) => ({
  id: newId<StockItemId>(),
  sku: `LOCKED-${n}`,
  title: 'Locked',
}))
const ids = items.map(({ id }) => id)

const stockUp = (): Promise<void> =>
  transaction(db, async (tx) => {
    const { location_id } = await seedShop(tx)
    await ensureStockItems(tx, items)
    const received = {
      location_id,
      quantity: 5,
      kind: 'receipt',
      reason: '',
      cause_id: null,
      actor: 'system',
      at: new Date(),
    } as const
    await addStock(
      tx,
      ids.map((stock_item_id) => ({ ...received, stock_item_id })),
    )
  })

/** The whole list, begun at another place each time. */
const turned = (by: number): StockItemId[] => [...ids.slice(by), ...ids.slice(0, by)]

test('eight at a time lock the same twelve levels, each from another end', async () => {
  await stockUp()
  let locked = 0
  const lockAgain = async (start: number): Promise<void> => {
    for (let round = 0; round < 25; round++) {
      const by = (start * 5 + round) % ids.length
      const levels = await transaction(db, (tx) => lockLevels(tx, turned(by)))
      locked += levels.length
    }
  }
  await Promise.all(Array.from({ length: 8 }, (_, start) => lockAgain(start)))
  assert.equal(locked, 8 * 25 * ids.length)
  // Each connection reports what it has seen when it ends or is asked to.
  await Promise.all(Array.from({ length: 20 }, () => db.query('select pg_stat_force_next_flush()')))
  const { rows } = await db.query<{ deadlocks: bigint }>(
    'select deadlocks from pg_stat_database where datname = current_database()',
  )
  assert.equal(rows[0]!.deadlocks, 0n)
})
