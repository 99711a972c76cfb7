// Staff change what the shop asks while 64 buyers pay at Stripe: a coupon ends, a price list
// begins, delivery costs something else. Everybody pays what they agreed to, or nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { snapshot, transaction } from '#src/db/transaction.ts'
import type { CouponId } from '#src/lib/ids.ts'
import { lockCoupons } from '#src/pricing/promotion-uses.sql.ts'
import { readCouponFacts } from '#test/books.sql.ts'
import {
  type Answer,
  admin,
  complete,
  type FilledCart,
  fillCart,
  openWorld,
  until,
} from '#test/world.ts'
import { changeAmid } from './amid.ts'
import { assertOnly, assertWell, crowd, in_a_crowd, openTwin, stripeBooks, tally } from './crowd.ts'
import { assertMoney } from './money.ts'

const goods = ['CUP', 'BOWL', 'DISH', 'FORK'].map((sku) => ({ sku, price: '20.00', stock: 1000 }))
const world = await openWorld({ goods, worker: false, timings: in_a_crowd })
const twin = await openTwin(world)
const serverOf = (i: number) => (i % 2 === 0 ? world : twin)

const payAmid = (carts: readonly FilledCart[], change: () => Promise<Answer>): Promise<Answer[]> =>
  changeAmid(carts.length, (i) => complete(serverOf(i), carts[i]!), change)

/** Stripe is asked: who was placed paid what was agreed, once, and nobody else paid anything. */
async function assertAgreedOrNothing(carts: readonly FilledCart[], answers: readonly Answer[]) {
  for (const [i, { status, body }] of answers.entries()) {
    if (status !== 201) continue
    assert.equal(body.order.total, carts[i]!.cart.total)
    const { charges, captured, refunded } = stripeBooks(world, body.order.id)
    const due = [1, BigInt(carts[i]!.cart.total), 0n]
    assertMoney(world, body.order.id, [charges, captured, refunded], due)
  }
  const paid = [...world.simulators.stripe.account.charges.values()].length
  assert.equal(paid, orders_paid + (tally(answers)['201'] ?? 0), 'somebody paid for no order')
  orders_paid = paid
  await assertWell(world)
}
let orders_paid = 0

async function makeCoupon(code: string): Promise<CouponId> {
  const made = await admin(world, 'POST', '/admin/coupons', { code, rate_ppm: 250_000 })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  return made.body.id
}
const usesOf = async (code: string): Promise<number> =>
  (await snapshot(world.db, readCouponFacts)).find((one) => one.code === code)!.used

const no_coupon = ['409 coupon_used_up', '409 cart_is_incomplete', '409 price_has_changed']

test('a coupon that is archived during checkout: used by those who paid less, by nobody after', async () => {
  const coupon = 'ENDS-NOW'
  const id = await makeCoupon(coupon)
  const carts = await crowd(96, () => fillCart(world, [['CUP', 1]], { coupon }))
  const [during, after] = [carts.slice(0, 64), carts.slice(64)]
  const archive = () => admin(twin, 'PATCH', `/admin/coupons/${id}`, { archived: true })
  const answers = await payAmid(during, archive)
  assertOnly(answers, ['201', ...no_coupon])
  assert.equal(await usesOf(coupon), tally(answers)['201'] ?? 0)
  const late = await crowd(32, (i) => complete(serverOf(i), after[i]!))
  assertOnly(late, no_coupon)
  assert.equal(await usesOf(coupon), tally(answers)['201'] ?? 0)
  await assertAgreedOrNothing(during, answers)
})

test('64 who wait for a coupon while it is archived get neither the coupon nor the goods', async () => {
  const coupon = 'ENDS-UNDER-THEM'
  const id = await makeCoupon(coupon)
  const carts = await crowd(64, () => fillCart(world, [['CUP', 1]], { coupon }))
  const answers = await transaction(world.db, async (tx) => {
    await lockCoupons(tx, [id])
    const buying = crowd(64, (i) => complete(serverOf(i), carts[i]!))
    await until('buyers to wait for the coupon', async () => {
      const { rows } = await world.db.query(
        `select from pg_stat_activity where datname = current_database()
         and wait_event_type = 'Lock' and query like '%from coupon where%'`,
      )
      return rows.length > 0
    })
    await tx.run`update coupon set archived_at = now() where id = ${id}`
    return { buying }
  })
  const done = await answers.buying
  assertOnly(done, no_coupon)
  assert.equal(await usesOf(coupon), 0)
  await assertAgreedOrNothing(carts, done)
})

test('a coupon that takes off less during checkout: the old discount, or a no with the new total', async () => {
  const coupon = 'LESS-OFF'
  const id = await makeCoupon(coupon)
  const carts = await crowd(64, () => fillCart(world, [['BOWL', 1]], { coupon }))
  const lower = () => admin(twin, 'PATCH', `/admin/coupons/${id}`, { rate_ppm: 100_000 })
  const answers = await payAmid(carts, lower)
  assertOnly(answers, ['201', '409 price_has_changed'])
  const refused = answers.filter(({ status }) => status === 409)
  const { cart } = await fillCart(world, [['BOWL', 1]], { coupon })
  for (const { body } of refused) assert.equal(body.total, cart.total)
  assert.equal(await usesOf(coupon), 64 - refused.length)
  await assertAgreedOrNothing(carts, answers)
})

test('a price list that begins and ends during checkout', async () => {
  const list = await admin(world, 'POST', '/admin/price-lists', {
    code: 'sale',
    name: 'Sale',
    currency: 'EUR',
    prices_include_tax: true,
    channel_id: world.frame.web,
    priority: 5,
  })
  assert.equal(list.status, 201, JSON.stringify(list.body))
  const path = `/admin/price-lists/${list.body.id}`
  const prices = [{ variant_id: world.variants.get('DISH'), amount: 1_200 }]
  const begin = () => admin(twin, 'PUT', `${path}/prices`, { prices })
  const end = () => admin(twin, 'PATCH', path, { archived: true })
  for (const change of [begin, end]) {
    const carts = await crowd(64, () => fillCart(world, [['DISH', 1]]))
    const answers = await payAmid(carts, change)
    assertOnly(answers, ['201', '409 price_has_changed'])
    const { cart } = await fillCart(world, [['DISH', 1]])
    assert.notEqual(cart.total, carts[0]!.cart.total)
    for (const { status, body } of answers) if (status === 409) assert.equal(body.total, cart.total)
    // Who asks after the answer of the change is asked for the new price.
    const late = await complete(world, await fillCart(world, [['DISH', 1]]), {
      expected_total: carts[0]!.cart.total,
    })
    assert.deepEqual([late.status, late.body.code], [409, 'price_has_changed'])
    await assertAgreedOrNothing(carts, answers)
  }
})

test('delivery that costs more and then is not offered any more during checkout', async () => {
  const { body } = await admin(world, 'GET', '/admin/shipping-options?limit=100')
  const chosen = (await fillCart(world, [['FORK', 1]])).cart.shipping_option_id
  const option = body.items.find(({ id }: { id: string }) => id === chosen)
  const path = `/admin/shipping-options/${chosen}`
  const rates = option.rates.map((rate: { amount: number }) => ({
    ...rate,
    amount: rate.amount + 250,
  }))
  const dearer = await crowd(64, () => fillCart(world, [['FORK', 1]]))
  const answers = await payAmid(dearer, () => admin(twin, 'PATCH', path, { rates }))
  assertOnly(answers, ['201', '409 price_has_changed'])
  await assertAgreedOrNothing(dearer, answers)

  const carts = await crowd(64, () => fillCart(world, [['FORK', 1]]))
  const gone = await payAmid(carts, () => admin(twin, 'PATCH', path, { archived: true }))
  assertOnly(gone, ['201', '409 cart_is_incomplete'])
  const late = await crowd(8, (i) => complete(serverOf(i), carts[i]!))
  assertOnly(late, ['409 cart_is_incomplete', '409 cart_is_completed'])
  await assertAgreedOrNothing(carts, gone)
})
