// One thing on two shelves, bundles that share parts, and staff who count while everybody buys:
// never more is sold than lies on all shelves together. Two web servers on one database.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Answer, admin, type Basket, freshKey, openWorld } from '#test/world.ts'
import {
  assertOnly,
  assertWell,
  crowd,
  in_a_crowd,
  openTwin,
  prepareOrder,
  stockOf,
  tally,
} from './crowd.ts'

const in_berlin = 40
const skus = ['BOTH', 'MANY', 'LEG', 'BOARD', 'MOVED', 'COUNTED', 'LOST']
const goods = skus.map((sku) => ({ sku, price: '10.00', stock: in_berlin }))
const world = await openWorld({ goods, worker: false, timings: in_a_crowd })
const twin = await openTwin(world)
const serverOf = (i: number) => (i % 2 === 0 ? world : twin)
const { berlin, hamburg } = world.frame

const items = new Map<string, string>()
for (const sku of skus) {
  const { body } = await admin(world, 'GET', `/admin/stock?sku=${sku}`)
  items.set(sku, body.items[0].stock_item_id)
}

type Change = { readonly kind: 'by' | 'count'; readonly quantity: number }
const adjust = (
  sku: string,
  change: Change,
  more: { server?: typeof world; place?: string; expected_on_hand?: number } = {},
): Promise<Answer> => {
  const { server = world, place = berlin, ...expected } = more
  const path = `/admin/stock/${items.get(sku)}/${place}/adjust`
  return admin(server, 'POST', path, { change, reason: 'counted', ...expected })
}

async function putInHamburg(sku: string, quantity: number): Promise<void> {
  const put = await adjust(sku, { kind: 'count', quantity }, { place: hamburg })
  assert.equal(put.status, 200, JSON.stringify(put.body))
}

const sold = (answers: readonly Answer[]): number => tally(answers)['201'] ?? 0

/** By location, what open holds of all orders on this item come to. */
async function holdsOf(sku: string): Promise<Record<string, number>> {
  const { rows } = await world.db.query<{ code: string; units: number }>(
    `select code, sum(quantity - shipped - released)::int as units
     from hold join location on location.id = location_id
     where stock_item_id = $1 group by code order by code`,
    [items.get(sku)],
  )
  return Object.fromEntries(rows.map(({ code, units }) => [code, units]))
}

test('128 buyers of 64 units in two locations: both shelves are sold empty, neither over', async () => {
  await putInHamburg('BOTH', 24)
  const buy = await prepareOrder(world, [['BOTH', 1]])
  const answers = await crowd(128, (i) => buy(serverOf(i)))
  assert.deepEqual(tally(answers), { '201': 64, '409 out_of_stock': 64 })
  assert.deepEqual(await stockOf(world, 'BOTH'), { on_hand: 40, held: 40 })
  assert.deepEqual(await stockOf(world, 'BOTH', 'hamburg'), { on_hand: 24, held: 24 })
  assert.deepEqual(await holdsOf('BOTH'), { berlin: 40, hamburg: 24 })
  await assertWell(world)
})

test('96 buyers of one to five units: an order over both shelves takes what is left on each', async () => {
  await putInHamburg('MANY', 27)
  const buyers = await crowd(5, (n) => prepareOrder(world, [['MANY', n + 1]]))
  const answers = await crowd(96, (i) => buyers[i % 5]!(serverOf(i)))
  assertOnly(answers, ['201', '409 out_of_stock'])
  const units = answers.reduce((sum, { status }, i) => sum + (status === 201 ? 1 + (i % 5) : 0), 0)
  const [here, there] = [await stockOf(world, 'MANY'), await stockOf(world, 'MANY', 'hamburg')]
  assert.equal(here.held + there.held, units)
  assert.deepEqual(await holdsOf('MANY'), { berlin: here.held, hamburg: there.held })
  // Who wants one can always take the last one.
  const left = 67 - units
  assert.equal(sold(await crowd(left + 8, (i) => buyers[0]!(serverOf(i)))), left)
  assert.deepEqual(await holdsOf('MANY'), { berlin: 40, hamburg: 27 })
  await assertWell(world)
})

async function makeBundle(sku: string, parts: Basket): Promise<void> {
  const made = await admin(world, 'POST', '/admin/products', {
    title: sku,
    state: 'active',
    channel_ids: [world.frame.counter],
    variants: [
      {
        sku,
        weight_g: 500,
        items: parts.map(([part, quantity]) => ({ sku: part, quantity })),
        prices: [{ price_list_id: world.frame.eur_list, amount: 900 }],
      },
    ],
  })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const { body } = await admin(world, 'GET', `/admin/products/${made.body.id}/variants`)
  world.variants.set(sku, body.items[0].id)
}

test('bundles of the same parts in opposite orders, from two locations', async () => {
  await putInHamburg('LEG', 40)
  await putInHamburg('BOARD', 20)
  await makeBundle('TABLE', [
    ['LEG', 2],
    ['BOARD', 1],
  ])
  await makeBundle('SHELF', [
    ['BOARD', 2],
    ['LEG', 1],
  ])
  const baskets: Basket[] = [
    [['TABLE', 1]],
    [['SHELF', 1]],
    [
      ['TABLE', 1],
      ['SHELF', 1],
    ],
    [
      ['SHELF', 1],
      ['TABLE', 1],
    ],
    [
      ['BOARD', 1],
      ['LEG', 1],
    ],
    [
      ['LEG', 1],
      ['BOARD', 1],
    ],
  ]
  // What one basket takes: legs, boards.
  const takes = [
    [2, 1],
    [1, 2],
    [3, 3],
    [3, 3],
    [1, 1],
    [1, 1],
  ] as const
  const buyers = await crowd(6, (n) => prepareOrder(world, baskets[n]!))
  const answers = await crowd(96, (i) => buyers[i % 6]!(serverOf(Math.floor(i / 6))))
  assertOnly(answers, ['201', '409 out_of_stock'])
  assert(tally(answers)['409 out_of_stock']! > 0, 'nothing was scarce: this proves nothing')
  for (const [part, sku] of ['LEG', 'BOARD'].entries()) {
    const units = answers.reduce(
      (sum, { status }, i) => sum + (status === 201 ? takes[i % 6]![part]! : 0),
      0,
    )
    const [here, there] = [await stockOf(world, sku), await stockOf(world, sku, 'hamburg')]
    assert.equal(here.held + there.held, units, sku)
    assert(here.held <= here.on_hand && there.held <= there.on_hand, sku)
    assert.deepEqual(await holdsOf(sku), { berlin: here.held, hamburg: there.held })
  }
  await assertWell(world)
})

test('stock that staff move from shelf to shelf while 64 buy is neither lost nor sold twice', async () => {
  await putInHamburg('MOVED', 0)
  const buy = await prepareOrder(world, [['MOVED', 1]])
  /** One unit; what orders hold stays where it is. */
  const moveOne = async (i: number): Promise<boolean> => {
    const server = serverOf(i)
    const taken = await adjust('MOVED', { kind: 'by', quantity: -1 }, { server })
    assertOnly([taken], ['200', '409 stock_would_be_negative', '422 stock_would_be_negative'])
    if (taken.status !== 200) return false
    const put = await adjust('MOVED', { kind: 'by', quantity: 1 }, { server, place: hamburg })
    assert.equal(put.status, 200, JSON.stringify(put.body))
    return true
  }
  const [answers, moves] = await Promise.all([
    crowd(64, (i) => buy(serverOf(i))),
    crowd(24, moveOne),
  ])
  assertOnly(answers, ['201', '409 out_of_stock'])
  const moved = moves.filter(Boolean).length
  assert(moved > 0, 'nothing was moved: this proves nothing')
  const [here, there] = [await stockOf(world, 'MOVED'), await stockOf(world, 'MOVED', 'hamburg')]
  assert.deepEqual([here.on_hand, there.on_hand], [in_berlin - moved, moved])
  assert.equal(here.held + there.held, sold(answers))
  const left = in_berlin - sold(answers)
  assert.equal(sold(await crowd(left + 8, (i) => buy(serverOf(i)))), left)
  assert.deepEqual(await holdsOf('MOVED'), { berlin: in_berlin - moved, hamburg: moved })
  await assertWell(world)
})

test('64 who count the same shelf at once: one is believed, each time', async () => {
  const buy = await prepareOrder(world, [['COUNTED', 1]])
  let on_hand = in_berlin
  for (let round = 0; round < 4; round++) {
    const [counted, bought] = await Promise.all([
      crowd(64, (i) =>
        adjust(
          'COUNTED',
          { kind: 'count', quantity: on_hand + 1 + i },
          { server: serverOf(i), expected_on_hand: on_hand },
        ),
      ),
      crowd(8, (i) => buy(serverOf(i), freshKey())),
    ])
    assert.deepEqual(tally(counted), { '200': 1, '409 stock_has_changed': 63 })
    assert.equal(sold(bought), 8)
    on_hand += 1 + counted.findIndex(({ status }) => status === 200)
    assert.deepEqual(await stockOf(world, 'COUNTED'), { on_hand, held: 8 * (round + 1) })
  }
  await assertWell(world)
})

test('a count below what was sold meanwhile: a person is told, and nothing more is sold', async () => {
  const buy = await prepareOrder(world, [['LOST', 1]])
  const [answers, counted] = await Promise.all([
    crowd(64, (i) => buy(serverOf(i))),
    adjust('LOST', { kind: 'count', quantity: 1 }, { server: twin }),
  ])
  assert.equal(counted.status, 200, JSON.stringify(counted.body))
  assertOnly(answers, ['201', '409 out_of_stock'])
  const { on_hand, held } = await stockOf(world, 'LOST')
  assert.deepEqual([on_hand, held], [1, Math.max(1, counted.body.held)])
  assert.equal(held, sold(answers))
  assert.deepEqual(tally(await crowd(8, (i) => buy(serverOf(i)))), { '409 out_of_stock': 8 })
  await assertWell(world, counted.body.shortfall > 0 ? { stock_shortfall: 1 } : {})
})
