// Crowds that want the same things: nothing is sold twice, nothing that was said is lost. Two web
// servers on one database.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { snapshot } from '#src/db/transaction.ts'
import { readCouponFacts } from '#test/books.sql.ts'
import {
  type Answer,
  admin,
  ask,
  complete,
  type FilledCart,
  fillCart,
  freshKey,
  german_address,
  openWorld,
  until,
} from '#test/world.ts'
import { changeAmid } from './amid.ts'
import {
  allStripeBooks,
  assertOnly,
  assertWell,
  crowd,
  in_a_crowd,
  openTwin,
  prepareOrder,
  stockOf,
  stripeBooks,
  tally,
} from './crowd.ts'
import { assertMoney } from './money.ts'

const goods = [
  ...['ONE', 'LEFT', 'RIGHT', 'UPPER', 'LOWER', 'SIXTEEN'].map((sku) => ({
    sku,
    price: '10.00',
    stock: 40,
  })),
  { sku: 'PART', price: '3.00', stock: 60 },
  { sku: 'OTHER-PART', price: '2.00', stock: 1000 },
  { sku: 'PLENTY', price: '7.00', stock: 10_000 },
  { sku: 'DEAR', price: '20.00', stock: 10_000 },
]
const world = await openWorld({ goods, worker: false, timings: in_a_crowd })
const twin = await openTwin(world)
type Buy = Awaited<ReturnType<typeof prepareOrder>>
const serverOf = (i: number) => (i % 2 === 0 ? world : twin)

test('200 buyers of 40 units: exactly 40 get one', async () => {
  const buy = await prepareOrder(world, [['ONE', 1]])
  const answers = await crowd(200, (i) => buy(serverOf(i)))
  assert.deepEqual(tally(answers), { '201': 40, '409 out_of_stock': 160 })
  assert.deepEqual(await stockOf(world, 'ONE'), { on_hand: 40, held: 40 })
  const numbers = new Set(answers.flatMap(({ body }) => body.order?.number ?? []))
  assert.equal(numbers.size, 40)
  await assertWell(world)
})

test('baskets in opposite orders neither deadlock nor oversell', async () => {
  const left_first = await prepareOrder(world, [
    ['LEFT', 1],
    ['RIGHT', 1],
  ])
  const right_first = await prepareOrder(world, [
    ['RIGHT', 1],
    ['LEFT', 1],
  ])
  const answers = await crowd(96, (i) => (i % 3 === 0 ? left_first : right_first)(serverOf(i)))
  assert.deepEqual(tally(answers), { '201': 40, '409 out_of_stock': 56 })
  assert.deepEqual(await stockOf(world, 'LEFT'), { on_hand: 40, held: 40 })
  assert.deepEqual(await stockOf(world, 'RIGHT'), { on_hand: 40, held: 40 })
  await assertWell(world)
})

test('while somebody holds one shelf, baskets in opposite orders wait in one line', async () => {
  const baskets = [
    ['UPPER', 'LOWER'],
    ['LOWER', 'UPPER'],
  ].map((skus) =>
    prepareOrder(
      world,
      skus.map((sku) => [sku, 1] as const),
    ),
  )
  const [down, up] = (await Promise.all(baskets)) as [Buy, Buy]
  const waiting = async (orders: number): Promise<boolean> => {
    const { rowCount } = await world.db.query(
      `select from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'
         and query like '%stock_level%'`,
    )
    return rowCount === orders
  }
  const hand = await world.db.connect()
  try {
    for (let turn = 0; turn < 12; turn++) {
      await hand.query('begin read write')
      await hand.query(
        `select from stock_level join stock_item on stock_item.id = stock_item_id
         where sku = $1 for update of stock_level`,
        [turn % 2 === 0 ? 'UPPER' : 'LOWER'],
      )
      // Who locks in the order of the basket has one shelf while waiting for the other.
      const first = (turn % 4 < 2 ? down : up)(serverOf(turn))
      await until('the first to wait', () => waiting(1))
      const second = (turn % 4 < 2 ? up : down)(serverOf(turn + 1))
      await until('both to wait', () => waiting(2))
      await hand.query('commit')
      assert.deepEqual(tally(await Promise.all([first, second])), { '201': 2 })
    }
  } finally {
    hand.release()
  }
  assert.deepEqual(await stockOf(world, 'UPPER'), { on_hand: 40, held: 24 })
  await assertWell(world)
})

test('a bundle and its part are sold from the same shelf', async () => {
  const made = await admin(world, 'POST', '/admin/products', {
    title: 'A set of two parts',
    state: 'active',
    channel_ids: [world.frame.counter],
    variants: [
      {
        sku: 'SET',
        weight_g: 500,
        items: [
          { sku: 'PART', quantity: 2 },
          { sku: 'OTHER-PART', quantity: 1 },
        ],
        prices: [{ price_list_id: world.frame.eur_list, amount: 700 }],
      },
    ],
  })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const { body } = await admin(world, 'GET', `/admin/products/${made.body.id}/variants`)
  world.variants.set('SET', body.items[0].id)
  const buySet = await prepareOrder(world, [['SET', 1]])
  const buyPart = await prepareOrder(world, [['PART', 1]])
  const answers = await crowd(128, (i) => (i % 2 === 0 ? buySet : buyPart)(serverOf(i >> 1)))
  assertOnly(answers, ['201', '409 out_of_stock'])
  const sets = tally(answers.filter((_, i) => i % 2 === 0))['201'] ?? 0
  const parts = tally(answers.filter((_, i) => i % 2 === 1))['201'] ?? 0
  const { held } = await stockOf(world, 'PART')
  assert.equal(held, 2 * sets + parts)
  // Whoever wants one part can always take the last one, so nothing is left.
  assert.equal(held, 60)
  assert.equal((await stockOf(world, 'OTHER-PART')).held, sets)
  await assertWell(world)
})

test('50 parallel adds of 1 make 50, also when each is sent twice', async () => {
  const { id, token } = await fillCart(world, [['PLENTY', 1]])
  const variant_id = world.variants.get('DEAR')
  const answers = await crowd(100, (i) =>
    ask(serverOf(i), 'POST', `/store/carts/${id}/lines`, {
      token,
      idempotency_key: `add-once-${i >> 1}`,
      body: { variant_id, quantity: 1 },
    }),
  )
  assert.deepEqual(tally(answers), { '200': 100 })
  const { body } = await ask(world, 'GET', `/store/carts/${id}`, { token })
  const quantities = body.lines.map((line: { quantity: number }) => line.quantity)
  assert.deepEqual(quantities, [1, 50])
})

test('64 times the same key and body is one order; another body under it is refused', async () => {
  const cart = await fillCart(world, [['PLENTY', 2]], { channel: 'counter' })
  const idempotency_key = freshKey()
  const more = { channel: 'counter', provider: 'manual', card: null, idempotency_key } as const
  const answers = await crowd(64, (i) => complete(serverOf(i), cart, more))
  assertOnly(answers, ['201', '409 request_in_progress'])
  const orders = new Set(answers.flatMap(({ body }) => body.order?.id ?? []))
  assert.equal(orders.size, 1)
  const again = await complete(twin, cart, more)
  assert.equal(again.status, 201)
  assert(orders.has(again.body.order.id))
  const others = await crowd(64, (i) =>
    complete(serverOf(i), cart, { ...more, expected_total: cart.cart.total + 1 + i }),
  )
  assert.deepEqual(tally(others), { '422 idempotency_key_reused': 64 })
  assert.equal((await stockOf(world, 'PLENTY')).held, 2)
  await assertWell(world)
})

test('many keys at once, half of them with other bodies: one order per key', async () => {
  const buy = await prepareOrder(world, [['SIXTEEN', 1]])
  const buyOther = await prepareOrder(world, [['SIXTEEN', 2]])
  const keys = Array.from({ length: 8 }, freshKey)
  const answers = await crowd(64, (i) =>
    ((i >> 3) % 2 === 0 ? buy : buyOther)(serverOf(i), keys[i % 8]!),
  )
  assertOnly(answers, ['201', '409 request_in_progress', '422 idempotency_key_reused'])
  for (let k = 0; k < 8; k++) {
    const of_key = answers.filter((_, i) => i % 8 === k)
    const orders = new Set(of_key.flatMap(({ body }) => body.order?.id ?? []))
    assert.equal(orders.size, 1)
    assert((tally(of_key)['422 idempotency_key_reused'] ?? 0) >= 1)
  }
  await assertWell(world)
})

test('an order that costs nothing is placed once, and a repeat is told so', async () => {
  const coupon = { code: 'ALL-OF-IT', rate_ppm: 1_000_000 }
  assert.equal((await admin(world, 'POST', '/admin/coupons', coupon)).status, 201)
  const buy = await prepareOrder(world, [['PLENTY', 10]], { coupon: coupon.code })
  const key = freshKey()
  const answers = await crowd(64, (i) => buy(serverOf(i), key))
  assertOnly(answers, ['201', '409 request_in_progress'])
  const orders = new Set(answers.flatMap(({ body }) => body.order?.id ?? []))
  const again = await buy(twin, key)
  assert.equal(again.status, 201, JSON.stringify(again.body))
  assert.deepEqual([...orders], [again.body.order.id])
  assert.equal(again.body.order.total, 0)
  await assertWell(world)
})

for (const limit of [1, 7]) {
  test(`200 orders with a coupon that may be used ${limit} times`, async () => {
    const code = `ONLY-${limit}`
    const coupon = { code, rate_ppm: 500_000, usage_limit: limit }
    const made = await admin(world, 'POST', '/admin/coupons', coupon)
    assert.equal(made.status, 201, JSON.stringify(made.body))
    const buy = await prepareOrder(world, [['PLENTY', 1]], { coupon: code })
    const answers = await crowd(200, (i) => buy(serverOf(i)))
    const used_up = ['409 coupon_used_up', '409 cart_is_incomplete']
    assertOnly(answers, ['201', ...used_up])
    assert.equal(tally(answers)['201'], limit)
    const uses = await snapshot(world.db, readCouponFacts)
    assert.equal(uses.find((one) => one.code === code)!.used, limit)
    await assertWell(world)
  })
}

test('a price that changes meanwhile: everybody pays what they agreed to, or nothing', async () => {
  const carts = await crowd(64, () => fillCart(world, [['DEAR', 1]], { channel: 'counter' }))
  const agreed = carts[0]!.cart.total
  const variant_id = world.variants.get('DEAR')
  const put = (amount: number) =>
    admin(twin, 'PUT', `/admin/price-lists/${world.frame.eur_list}/prices`, {
      prices: [{ variant_id, amount }],
    })
  const more = { channel: 'counter', provider: 'manual', card: null } as const
  const answers = await changeAmid(
    64,
    (i) => complete(serverOf(i), carts[i]!, more),
    () => put(2_600),
  )
  assertOnly(answers, ['201', '409 price_has_changed'])
  for (const { status, body } of answers) if (status === 201) assert.equal(body.order.total, agreed)
  const late = await fillCart(world, [['DEAR', 1]], { channel: 'counter' })
  assert.notEqual(late.cart.total, agreed)
  assert.equal((await complete(world, late, { ...more, expected_total: agreed })).status, 409)
  assert.equal((await complete(world, late, more)).status, 201)
  await assertWell(world)
})

type CartChange = (method: string, path: string, body?: unknown) => Promise<Answer>

/** Two ways to pay: in cash, of which only the shop has books, and at a bank that has its own. */
const ways = [
  { channel: 'counter', provider: 'manual', card: null },
  { channel: 'web', provider: 'stripe', card: 'pm_card_visa' },
] as const

/** What is done to a cart while it is completed, and what that came to. */
async function completeAmidChanges(i: number, cart: FilledCart) {
  const way = ways[i % 2]!
  const { id, token } = cart
  const key = world.keys.keys[way.channel]
  const change: CartChange = (method, path, body) =>
    ask(serverOf(i >> 1), method, `/store/carts/${id}${path}`, {
      key,
      token,
      ...(body === undefined ? {} : { body }),
    })
  const line_id = cart.cart.lines[1].id
  const variant_id = world.variants.get('PLENTY')
  const edits = [
    () => change('POST', '/lines', { variant_id, quantity: 3 }),
    () => change('DELETE', `/lines/${line_id}`),
    () => change('PATCH', '', { shipping_address: { ...german_address, line1: 'Nebenweg 2' } }),
    () => change('PATCH', '', { coupon_code: 'welcome10' }),
  ]
  // Some carts get one change, the others several at once.
  const chosen = edits.filter((_, e) => (i < 64 ? e === (i >> 1) % 4 : ((i >> 1) + e) % 3 !== 0))
  const [done, ...edited] = await Promise.all([
    complete(serverOf((i >> 1) + 1), cart, way),
    ...chosen.map((edit) => edit()),
  ])
  assertOnly([done], ['201', '202', '409 price_has_changed', '409 cart_has_changed'])
  assertOnly(edited, ['200', '409 cart_is_completed', '409 cart_is_locked'])
  const order_id: string | null = done.body.order?.id ?? null
  const moved = edited[chosen.indexOf(edits[2]!)]?.status === 200
  return { way, cart, change, order_id, line1: moved ? 'Nebenweg 2' : 'Musterweg 1' }
}

/** The buyer may have been told that the bank takes its time. */
const untilPlaced = (id: string) =>
  until(`order ${id} to be placed`, async () => {
    const { body } = await admin(world, 'GET', `/admin/orders/${id}`)
    return body.state === 'placed' && body
  })

test('a cart that is changed while it is completed: what is paid for is what is sent', async () => {
  const basket = [
    ['PLENTY', 2],
    ['OTHER-PART', 1],
  ] as const
  const carts = await crowd(128, (i) => fillCart(world, basket, { channel: ways[i % 2]!.channel }))
  const taken_before = allStripeBooks(world)
  const ended = await crowd(128, (i) => completeAmidChanges(i, carts[i]!))
  const charged: string[] = []
  for (const { way, cart, change, order_id, line1 } of ended) {
    if (order_id === null) continue
    const order = await untilPlaced(order_id)
    assert.equal(order.total, cart.cart.total, order_id)
    const kept = await change('GET', '')
    const quantities = (lines: readonly { quantity: number }[]) => lines.map((l) => l.quantity)
    // Whatever was acknowledged is in the order: the cart cannot be changed any more after it.
    assert.deepEqual(quantities(order.lines), quantities(kept.body.lines), order_id)
    assert.equal(order.shipping_address.line1, line1, order_id)
    const goods = order.lines.reduce((sum: number, line: { total: number }) => sum + line.total, 0)
    assert.equal(order.total, goods + order.shipping_total, order_id)
    if (way.provider === 'manual') continue
    // The bank knows nothing of carts: it has taken once what the goods cost.
    charged.push(order_id)
    const due = { charges: 1, captured: BigInt(goods + order.shipping_total), refunded: 0n }
    assertMoney(world, order_id, stripeBooks(world, order_id), due)
  }
  for (const { provider } of ways) {
    const of_way = ended.filter(({ way }) => way.provider === provider)
    const ordered = of_way.filter(({ order_id }) => order_id !== null).length
    assert(
      ordered > 0 && ordered < of_way.length,
      `${ordered} of ${of_way.length} were ordered with ${provider}: this proves nothing`,
    )
  }
  const taken = [...allStripeBooks(world).keys()].filter((id) => !taken_before.has(id))
  assert.deepEqual(taken.sort(), charged.sort(), 'the bank has taken money for other orders')
  await assertWell(world)
})
