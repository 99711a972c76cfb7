// An effect and the job that wakes its keeper are one promise: both are there when the
// transaction commits, and neither when it does not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { snapshot, transaction } from '#src/db/transaction.ts'
import { newId, type OrderId } from '#src/lib/ids.ts'
import { testDatabase } from '#test/database.ts'
import { addEffects, type NewEffect, wakeEffects } from './effects.sql.ts'
import { countJobs, readOpenEffects } from './open-effects.sql.ts'

const { db } = await testDatabase()
const now = new Date('2026-11-20T12:00:00Z')

const invoiceOf = (order_id: OrderId): NewEffect => ({
  kind: 'invoice',
  cause_id: order_id,
  order_id,
})
/** What is promised for an order, and how many jobs are at it. */
const standing = (order_id: OrderId) =>
  snapshot(db, async (tx) => [
    (await readOpenEffects(tx, order_id)).length,
    await countJobs(tx, order_id),
  ])

test('an effect that is committed has its job, one that is rolled back has none', async () => {
  const [kept, lost] = [newId<OrderId>(), newId<OrderId>()]
  await transaction(db, (tx) => addEffects(tx, [invoiceOf(kept)], now))
  assert.deepEqual(await standing(kept), [1, 1])
  const undone = transaction(db, async (tx) => {
    await addEffects(tx, [invoiceOf(lost)], now)
    throw new Error('undone')
  })
  await assert.rejects(undone, /undone/)
  assert.deepEqual(await standing(lost), [0, 0])
  const { rows } = await db.query('select from graphile_worker._private_jobs')
  assert.equal(rows.length, 1)
})

test('a kind that was promised for a cause is not promised again, and nobody is woken', async () => {
  const order = newId<OrderId>()
  await transaction(db, (tx) => addEffects(tx, [invoiceOf(order)], now))
  await transaction(db, (tx) =>
    addEffects(tx, [invoiceOf(order), { ...invoiceOf(order), kind: 'fulfill' }], now),
  )
  assert.deepEqual(await standing(order), [2, 2])
})

test('many effects share a job, and whoever is rung for again has another one', async () => {
  const order = newId<OrderId>()
  const many = Array.from({ length: 30 }, () => ({
    ...invoiceOf(order),
    cause_id: newId<string>(),
  }))
  await transaction(db, (tx) => addEffects(tx, many, now))
  assert.deepEqual(await standing(order), [30, 2])
  const [first] = await snapshot(db, (tx) => readOpenEffects(tx, order))
  await transaction(db, (tx) => wakeEffects(tx, [first!.id]))
  assert.deepEqual(await standing(order), [30, 3])
})
