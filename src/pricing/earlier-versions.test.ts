// Versions up to 0.1 serve on the same tables for a while, and know nothing of promotions: what
// they write with their own statements is a promotion all the same, and is counted.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { snapshot, transaction } from '#src/db/transaction.ts'
import { type CouponId, newId, type OrderId, type PromotionId } from '#src/lib/ids.ts'
import { testDatabase } from '#test/database.ts'
import { noon } from '#test/pricing.ts'
import { readCoupon } from './coupons.sql.ts'
import { createPromotion } from './edit-promotion.ts'
import { makeCodes } from './make-codes.ts'
import { readCodes } from './promotions.sql.ts'
import { readPromotion, type StoredPromotion } from './stored-promotions.sql.ts'

const { db } = await testDatabase(4)
const write = async (text: string, values: readonly unknown[]): Promise<void> => {
  const client = await db.connect()
  try {
    await client.query('begin read write')
    await client.query(text, [...values])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}
const id = newId<CouponId>()
const promotionNow = async () =>
  (await snapshot(db, (tx) => readPromotion(tx, id as string as PromotionId)))!

test('a coupon that was made by them counts, and what they change of it holds', async () => {
  await write(
    `insert into coupon (id, code, rate_ppm, currency, min_subtotal, channel_id, starts_at,
      ends_at, usage_limit, used, created_at, archived_at, kind)
     values ($1, 'EARLIER', 100000, 'EUR', 2000, null, null, null, 5, 0, $2, null, 'percentage')
     on conflict (code) do nothing`,
    [id, noon],
  )
  const [found] = await snapshot(db, (tx) => readCodes(tx, ['earlier']))
  assert.deepEqual(found!.code, { id, code: 'EARLIER', usage_limit: 5, used: 0 })
  assert.deepEqual(found!.promotion.effect, { kind: 'percentage', on: 'order', rate_ppm: 100_000 })
  assert.deepEqual(found!.promotion.conditions, { min_subtotal: 2000n })
  await write(
    `update coupon set rate_ppm = 250000, currency = null, min_subtotal = 0, channel_id = null,
      starts_at = null, ends_at = $2, usage_limit = 7, archived_at = null where id = $1`,
    [id, new Date(noon.getTime() + 1)],
  )
  const coupon = await snapshot(db, (tx) => readCoupon(tx, id))
  assert.deepEqual(
    [coupon!.rate_ppm, coupon!.min_subtotal, coupon!.currency, coupon!.usage_limit],
    [250_000, 0n, null, 7],
  )
  assert.equal(coupon!.ends_at?.getTime(), noon.getTime() + 1)
})

test('a use that they take, release and take again is counted as often', async () => {
  const order_id = newId<OrderId>()
  await write('insert into coupon_use (coupon_id, order_id) values ($1, $2)', [id, order_id])
  assert.equal((await promotionNow()).used, 1)
  const release = 'update coupon_use set released_at = $2 where order_id = $1'
  await write(release, [order_id, noon])
  await write(release, [order_id, noon])
  assert.equal((await promotionNow()).used, 0)
  await write(
    `insert into coupon_use (coupon_id, order_id) values ($1, $2)
     on conflict (coupon_id, order_id) do update set released_at = null`,
    [id, order_id],
  )
  assert.equal((await promotionNow()).used, 1)
})

test('an order of today that they cancel gives its money and its turn back', async () => {
  const promotion: StoredPromotion = {
    id: newId<PromotionId>(),
    name: 'Of today',
    is_automatic: false,
    class: 'order',
    combines_with: [],
    priority: 0,
    effect: { kind: 'percentage', on: 'order', rate_ppm: 500_000 },
    conditions: {},
    currency: 'EUR' as NonNullable<StoredPromotion['currency']>,
    starts_at: null,
    ends_at: null,
    usage_limit: null,
    used: 0,
    buyer_limit: 1,
    budget: 1_000n,
    spent: 0n,
    created_at: noon,
    archived_at: null,
  }
  await transaction(db, async (tx) => {
    await createPromotion(tx, promotion, 'system', noon)
    const codes = { codes: ['OF-TODAY'], batch_id: newId<string>(), usage_limit: null }
    await makeCodes(tx, promotion.id, codes, 'system', noon)
  })
  // They would take too much off: to them it has not begun.
  const { rows } = await db.query<{ starts_at: Date; id: string }>(
    `select id, starts_at from coupon where code = 'OF-TODAY'`,
  )
  assert(rows[0]!.starts_at > new Date('9000-01-01'))
  const order_id = newId<OrderId>()
  await write(
    `insert into coupon_use (coupon_id, order_id, promotion_id, amount, currency)
     values ($1, $2, $3, 700, 'EUR')`,
    [rows[0]!.id, order_id, promotion.id],
  )
  await write(
    `insert into promotion_turn (promotion_id, buyer, nth, buyer_limit, order_id)
     values ($1, 'somebody', 1, 1, $2)`,
    [promotion.id, order_id],
  )
  const counts = async () => {
    const { used, spent } = (await snapshot(db, (tx) => readPromotion(tx, promotion.id)))!
    const turns = await db.query('select from promotion_turn where order_id = $1', [order_id])
    return [used, spent, turns.rowCount]
  }
  assert.deepEqual(await counts(), [1, 700n, 1])
  await assert.rejects(
    write(
      `insert into coupon_use (coupon_id, order_id, promotion_id, amount, currency)
       values ($1, $2, $3, 301, 'EUR')`,
      [rows[0]!.id, newId(), promotion.id],
    ),
    /promotion_budget/,
  )
  await write('update coupon_use set released_at = $2 where order_id = $1', [order_id, noon])
  assert.deepEqual(await counts(), [0, 0n, 0])
})
