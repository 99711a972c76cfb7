// Crowds that want what there is little of: the last uses, the last of a budget, the one turn of
// a buyer. Two web servers on one database; what is refused is refused before anything is written.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sizeOf } from '#test/proof.ts'
import { type Answer, admin, openWorld, until } from '#test/world.ts'
import { changeAmid } from './amid.ts'
import {
  assertOnly,
  assertWell,
  crowd,
  in_a_crowd,
  openTwin,
  prepareOrder,
  tally,
} from './crowd.ts'

const orders = sizeOf('PROMOTION_ORDERS', 200)
const goods = [
  { sku: 'CUP', price: '20.00', stock: 100_000 },
  { sku: 'DISH', price: '7.77', stock: 100_000 },
]
const world = await openWorld({ goods, worker: false, timings: in_a_crowd })
const twin = await openTwin(world)
type Buy = Awaited<ReturnType<typeof prepareOrder>>
const serverOf = (i: number) => (i % 2 === 0 ? world : twin)

// biome-ignore lint/suspicious/noExplicitAny: a test reads JSON whose shape it then asserts
type Json = any
async function make(body: object, codes?: object): Promise<Json> {
  const made = await admin(world, 'POST', '/admin/promotions', { is_automatic: !codes, ...body })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  if (codes) {
    const written = await admin(world, 'POST', `/admin/promotions/${made.body.id}/codes`, codes)
    assert.equal(written.status, 201, JSON.stringify(written.body))
  }
  return made.body
}
const change = (id: string, body: object, server = world): Promise<Answer> =>
  admin(server, 'PATCH', `/admin/promotions/${id}`, body)
const countsOf = async ({ id }: Json) => {
  const { body } = await admin(world, 'GET', `/admin/promotions/${id}`)
  return { used: body.used, spent: body.spent }
}
async function end({ id }: Json): Promise<void> {
  assert.equal((await change(id, { archived: true })).status, 200)
  await assertWell(world)
}
const part = (rate_ppm: number) => ({ kind: 'percentage', on: 'order', rate_ppm })
const sum = (amount: number) => ({ kind: 'fixed', on: 'order', amount })
/** Somebody else was faster, and the total that was agreed to does not hold any more. */
const no_longer = ['409 price_has_changed', '409 cart_has_changed']
const used_up = ['409 coupon_used_up', '409 cart_is_incomplete']
const placed = (answers: readonly Answer[]): Answer[] => answers.filter((a) => a.status === 201)

test(`a budget for seven and a half of ${orders} orders, by itself: seven, to the minor unit`, async () => {
  const promotion = await make({
    name: 'Automatic budget',
    currency: 'EUR',
    budget: 1_499,
    effect: part(100_000),
  })
  const buy = await prepareOrder(world, [['CUP', 1]])
  const answers = await crowd(orders, (i) => buy(serverOf(i)))
  assertOnly(answers, ['201', ...no_longer])
  // A tenth of 20.00 is 2.00.
  assert.equal(placed(answers).length, 7)
  assert.deepEqual(await countsOf(promotion), { used: 7, spent: 1_400 })
  await end(promotion)
})

test(`two promotions share ${orders} orders by code: each budget to its last minor unit`, async () => {
  const codes = { codes: ['SHARED-A'] }
  const combines_with = ['order', 'product']
  const by_code = await make(
    { name: 'By code', combines_with, currency: 'EUR', budget: 20 * 111, effect: sum(111) },
    codes,
  )
  const alone = await make({
    name: 'Beside it',
    combines_with,
    class: 'product',
    currency: 'EUR',
    budget: 15 * 77,
    effect: { kind: 'percentage', on: 'lines', rate_ppm: 99_099 },
  })
  const buy = await prepareOrder(world, [['DISH', 1]], { coupon: 'SHARED-A' })
  const answers = await crowd(orders, (i) => buy(serverOf(i)))
  assertOnly(answers, ['201', ...no_longer, ...used_up])
  // 9.9099 % of 7.77 are 77: fifteen of them, and none of the other promotion without it.
  assert.equal(placed(answers).length, 15)
  assert.deepEqual(await countsOf(alone), { used: 15, spent: 15 * 77 })
  assert.deepEqual(await countsOf(by_code), { used: 15, spent: 15 * 111 })
  const after = await prepareOrder(world, [['DISH', 1]], { coupon: 'SHARED-A' })
  const later = await crowd(orders, (i) => after(serverOf(i)))
  assertOnly(later, ['201', ...used_up])
  assert.equal(placed(later).length, 5)
  assert.deepEqual(await countsOf(by_code), { used: 20, spent: 20 * 111 })
  await end(alone)
  await end(by_code)
})

test(`codes that are good once: ${orders} buyers of a tenth as many codes`, async () => {
  const names = Array.from({ length: Math.ceil(orders / 10) }, (_, i) => `ONCE-${i}`)
  const promotion = await make(
    { name: 'Once each', effect: part(500_000) },
    { codes: names, usage_limit: 1 },
  )
  const buys: Buy[] = []
  for (const coupon of names) buys.push(await prepareOrder(world, [['CUP', 1]], { coupon }))
  const answers = await crowd(orders, (i) => buys[i % names.length]!(serverOf(i)))
  assertOnly(answers, ['201', ...used_up])
  assert.equal(placed(answers).length, names.length)
  const { body } = await admin(world, 'GET', `/admin/promotions/${promotion.id}/codes?limit=100`)
  assert(body.items.every((code: Json) => code.used === 1))
  await end(promotion)
})

test(`a limit of all codes together holds for ${orders} buyers of as many codes`, async () => {
  const names = Array.from({ length: 20 }, (_, i) => `TOGETHER-${i}`)
  const promotion = await make(
    { name: 'Eleven in all', usage_limit: 11, effect: part(500_000) },
    { codes: names },
  )
  const buys: Buy[] = []
  for (const coupon of names) buys.push(await prepareOrder(world, [['CUP', 1]], { coupon }))
  const answers = await crowd(orders, (i) => buys[i % names.length]!(serverOf(i)))
  assertOnly(answers, ['201', ...used_up])
  assert.equal(placed(answers).length, 11)
  assert.equal((await countsOf(promotion)).used, 11)
  await end(promotion)
})

test(`${orders} orders of one buyer: three turns, and one of a first order that was none`, async () => {
  const promotion = await make(
    { name: 'Thrice', buyer_limit: 3, effect: part(500_000) },
    { codes: ['THRICE'] },
  )
  const buy = await prepareOrder(world, [['CUP', 1]], { coupon: 'THRICE' })
  const answers = await crowd(orders, (i) => buy(serverOf(i)))
  assertOnly(answers, ['201', ...used_up])
  assert.equal(placed(answers).length, 3)
  const { rows } = await world.db.query(
    'select nth from promotion_turn where promotion_id = $1 order by nth',
    [promotion.id],
  )
  assert.deepEqual(
    rows.map(({ nth }) => nth),
    [1, 2, 3],
  )
  // A turn that comes back is given again, once.
  const [first] = placed(answers)
  const canceled = await admin(world, 'POST', `/admin/orders/${first!.body.order.id}/cancel`, {})
  assert.equal(canceled.status, 200)
  const again = await crowd(orders / 4, (i) => buy(serverOf(i)))
  assertOnly(again, ['201', ...used_up])
  assert.equal(placed(again).length, 1, JSON.stringify([tally(again), again[0]!.body]))
  await end(promotion)
})

test('orders are canceled while others want their uses: never more than there are', async () => {
  const promotion = await make(
    { name: 'Back and forth', currency: 'EUR', budget: 10 * 250, effect: sum(250) },
    { codes: ['BACK-AND-FORTH'], usage_limit: 10 },
  )
  const buy = await prepareOrder(world, [['CUP', 1]], { coupon: 'BACK-AND-FORTH' })
  let live = placed(await crowd(40, (i) => buy(serverOf(i)))).map(({ body }) => body.order.id)
  assert.equal(live.length, 10)
  for (let round = 0; round < 3; round++) {
    const [given, answers] = await Promise.all([
      crowd(5, (i) => admin(serverOf(i), 'POST', `/admin/orders/${live[i]}/cancel`, {})),
      crowd(40, (i) => buy(serverOf(i))),
    ])
    assertOnly(given, ['200'])
    assertOnly(answers, ['201', ...used_up])
    live = [...live.slice(5), ...placed(answers).map(({ body }) => body.order.id)]
    assert(live.length <= 10)
    assert.deepEqual(await countsOf(promotion), { used: live.length, spent: 250 * live.length })
    const rest = placed(await crowd(20, (i) => buy(serverOf(i)))).map(({ body }) => body.order.id)
    live = [...live, ...rest]
    assert.equal(live.length, 10)
  }
  await end(promotion)
})

const spentOf = async (promotion: Json): Promise<number> => (await countsOf(promotion)).spent
const patches: Readonly<Record<string, (promotion: Json) => Promise<object>>> = {
  'takes off less': async () => ({ effect: part(100_000) }),
  'is ended': async () => ({ archived: true }),
  // Five orders more, of a quarter of 20.00 each.
  'has its budget cut': async (one) => ({ currency: 'EUR', budget: (await spentOf(one)) + 2_500 }),
}
for (const [what, patchOf] of Object.entries(patches)) {
  test(`a promotion that ${what} meanwhile: what was shown is paid, or nothing`, async () => {
    const budget = { currency: 'EUR', budget: 1_000_000 }
    const promotion = await make({
      name: `Promotion that ${what}`,
      effect: part(250_000),
      ...budget,
    })
    const buy = await prepareOrder(world, [['CUP', 1]])
    const answers = await changeAmid(
      Math.ceil(orders / 2),
      (i) => buy(serverOf(i)),
      () =>
        until('the change', async () => {
          const changed = await change(promotion.id, await patchOf(promotion), twin)
          // A budget below what is spent meanwhile is refused; then nothing has changed.
          const is_late = changed.body.errors?.[0].code === 'below_spent'
          assert(changed.status === 200 || is_late, JSON.stringify(changed.body))
          return changed.status === 200 && changed
        }),
    )
    assertOnly(answers, ['201', ...no_longer])
    const [total] = new Set(placed(answers).map(({ body }) => body.order.total))
    for (const { body } of placed(answers)) assert.equal(body.order.total, total)
    const { used } = await countsOf(promotion)
    assert.equal(used, placed(answers).length, JSON.stringify(tally(answers)))
    await end(promotion)
  })
}
