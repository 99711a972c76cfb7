// Each promise must be able to accuse: guilty rows are planted into a shop in which everything
// is well, the promise is asked, and the rows are taken back. What a constraint forbids is
// planted without that constraint: the promise stands behind it as well. Each is asked of all
// there is, of what was touched, and of what was not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toJson } from '#src/lib/json.ts'
import { card_promises } from '#src/promises/cards.sql.ts'
import { type Guilty, promises } from '#src/promises/promises.sql.ts'
import { askBroken, withPlanted } from '#test/plant.ts'
import { calm } from '#test/races/crowd.ts'
import { admin, assertPromises, complete, fillCart, openWorld } from '#test/world.ts'
import { erasedOrder } from './guilty-customers.ts'
import { guiltyRows } from './guilty-rows.ts'

const world = await openWorld()
const place = async (sku = 'MUG-BLUE', more: { readonly coupon?: string } = {}) => {
  const done = await complete(world, await fillCart(world, [[sku, 2]], more))
  assert.equal(done.status, 201, JSON.stringify(done.body))
  return done.body.order.id as string
}
const order = await place()
const canceled = await place()
const other = await place('TEA-EARL-GREY', { coupon: 'WELCOME10' })
// Nobody plants anything here: what is touched besides must not be accused.
const bystander = await place('TEA-EARL-GREY')
const fresh_coupon = { code: 'NEVER-USED', rate_ppm: 100_000 }
const made = await admin(world, 'POST', '/admin/coupons', fresh_coupon)
assert.equal(made.status, 201)
await calm(world)
const given = await admin(world, 'POST', `/admin/orders/${canceled}/cancel`, { reason: 'test' })
assert.equal(given.status, 200, JSON.stringify(given.body))
await calm(world)

test('a shop in which everything is well breaks no promise', () => assertPromises(world))

test('nor does an order of a guest who was erased', () =>
  withPlanted(world.db, erasedOrder(order), async (tx) => {
    assert.deepEqual([...(await askBroken(tx)).keys()], [])
  }))

const { rows: tea } = await world.db.query<{ id: string }>(
  `select id from stock_item where sku = 'TEA-EARL-GREY'`,
)
const untouched = {
  orders: [bystander],
  items: [tea[0]!.id],
  coupons: [made.body.id as string],
  promotions: [made.body.id as string],
}

/** What must have been touched so that the hour finds these rows. */
function touching(rows: readonly Guilty[]) {
  const ids = rows.map(({ thing, order_id }) => order_id ?? thing)
  return { orders: ids, items: ids, coupons: ids, promotions: ids }
}

const planted = guiltyRows({ order, canceled, other })

for (const [what, { promise, also = [], waits = false, rows }] of Object.entries(planted)) {
  test(`found: ${what}`, () =>
    withPlanted(world.db, rows, async (tx) => {
      const found = await askBroken(tx)
      assert.deepEqual([...found.keys()].sort(), [promise, ...also].sort())
      const guilty = found.get(promise)!
      const accused = new Set(guilty.map(({ thing, order_id }) => order_id ?? thing))
      assert.equal(accused.size, 1, toJson(guilty))
      const { hourly } = promises[promise]!
      const hour = await askBroken(tx, touching(guilty))
      const expected = hourly === 'nothing' || waits ? undefined : guilty
      assert.deepEqual(hour.get(promise), expected)
      const elsewhere = (await askBroken(tx, untouched)).get(promise)
      assert.deepEqual(elsewhere, hourly === 'everything' ? guilty : undefined)
    }))
}

test('every promise has been broken once', () => {
  // Card numbers are planted in card-promises.test.ts.
  const names = Object.keys(promises).filter((name) => !Object.hasOwn(card_promises, name))
  const broken = new Set(Object.values(planted).map(({ promise }) => promise))
  assert.deepEqual([...broken].sort(), names.sort())
})
