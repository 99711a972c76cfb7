// Orders are locked in one order, whichever way they are asked for.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { transaction } from '#src/db/transaction.ts'
import { type CartId, newId } from '#src/lib/ids.ts'
import { testDatabase } from '#test/database.ts'
import { insertTestOrder, insertTestShop } from '#test/placed-order.sql.ts'
import { until } from '#test/world.ts'
import { lockOrders, lockOrdersAsked } from './orders.sql.ts'

const { db } = await testDatabase()

test('an order of a cart and one that is named: the elder is locked first', async () => {
  const cart_id = newId<CartId>()
  const [elder, younger] = await transaction(db, async (tx) => {
    const shop = await insertTestShop(tx)
    const one = await insertTestOrder(tx, shop, {
      number: 'OH26-1',
      lines: [],
      shipping: null,
      at: new Date(),
    })
    const other = await insertTestOrder(tx, shop, {
      number: 'OH26-2',
      lines: [],
      shipping: null,
      at: new Date(),
    })
    await tx.run`update orders set cart_id = ${cart_id} where id = ${other.id}`
    return [one.id, other.id]
  })
  assert(elder! < younger!)
  let locking: Promise<unknown> | undefined
  await transaction(db, async (tx) => {
    await lockOrders(tx, [elder!])
    locking ??= transaction(db, async (other) => {
      const locked = await lockOrdersAsked(other, { carts: [cart_id], ids: [elder!] })
      assert.deepEqual(
        locked.map(({ id }) => id),
        [elder, younger],
      )
    })
    await until('the other waits', async () => {
      const { rowCount } = await db.query(
        `select from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock'`,
      )
      return rowCount !== 0
    })
    const free = await tx.many<{ id: string }>`
      select id from orders where id = ${younger!} for update skip locked`
    assert.equal(free.length, 1, 'the younger one is not locked yet')
  })
  await locking
})
