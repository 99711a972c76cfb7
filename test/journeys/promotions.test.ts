// Promotions from the merchant's first call to the order, its invoice and its cancellation; and
// prices that change under buyers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openClock } from '#test/movable-clock.ts'
import {
  type Answer,
  admin,
  ask,
  assertPromises,
  type Basket,
  complete,
  fillCart,
  openWorld,
} from '#test/world.ts'
import { goOn, intentOf, type Json, levelOf, orderOf, untilOrder } from './steps.ts'

const clock = openClock()
const goods = [
  { sku: 'TEA', price: '10.00', stock: 100 },
  { sku: 'MUG', price: '8.00', stock: 100 },
  { sku: 'SPOON', price: '3.00', stock: 4 },
  { sku: 'LAMP', price: '40.00', stock: 100 },
]
const world = await openWorld({ goods, clock })
const variantOf = (sku: string) => ({ variant_ids: [world.variants.get(sku)!] })

async function make(body: object): Promise<Json> {
  const made = await admin(world, 'POST', '/admin/promotions', body)
  assert.equal(made.status, 201, JSON.stringify(made.body))
  return made.body
}
const change = (id: string, body: object) => admin(world, 'PATCH', `/admin/promotions/${id}`, body)
async function addCodes(id: string, body: object): Promise<Json> {
  const made = await admin(world, 'POST', `/admin/promotions/${id}/codes`, body)
  assert.equal(made.status, 201, JSON.stringify(made.body))
  return made.body
}
/** Each story ends what it began: an automatic promotion is tried on every cart. */
async function end(...ids: readonly string[]): Promise<void> {
  for (const id of ids) assert.equal((await change(id, { archived: true })).status, 200)
}
const usedOf = async (id: string) => {
  const { body } = await admin(world, 'GET', `/admin/promotions/${id}`)
  return [body.used, body.spent]
}
const patch = (cart: Json, body: object): Promise<Answer> =>
  ask(world, 'PATCH', `/store/carts/${cart.id}`, { token: cart.token, body })
const read = async (cart: Json): Promise<Json> =>
  (await ask(world, 'GET', `/store/carts/${cart.id}`, { token: cart.token })).body

/** A cart of somebody else than everybody: limits per buyer go by the e-mail address. */
async function fillAs(email: string, basket: Basket) {
  const filled = await fillCart(world, basket)
  const told = await patch(filled, { email })
  assert.equal(told.status, 200, JSON.stringify(told.body))
  return { ...filled, cart: told.body }
}
const linesOf = ({ lines }: Json) =>
  lines.map(({ sku, quantity, discount, total }: Json) => [sku, quantity, discount, total])

test('three for two, a gift and free shipping by themselves; the order says what was applied', async () => {
  const combines_with = ['product', 'order', 'shipping']
  const three = await make({
    name: 'Three for two',
    is_automatic: true,
    combines_with,
    effect: {
      kind: 'buy_x_get_y',
      buy: { goods: variantOf('TEA'), quantity: 2 },
      get: { goods: variantOf('TEA'), quantity: 1 },
      rate_ppm: 1_000_000,
    },
  })
  const gift = await make({
    name: 'A spoon for you',
    is_automatic: true,
    combines_with,
    currency: 'EUR',
    conditions: { min_subtotal: 2_000 },
    effect: { kind: 'gift', variant_id: world.variants.get('SPOON'), quantity: 1 },
  })
  const post = await make({
    name: 'Free shipping',
    is_automatic: true,
    combines_with,
    conditions: { min_quantity: 3 },
    effect: { kind: 'free_shipping' },
  })
  assert.deepEqual([three.class, gift.class, post.class], ['product', 'order', 'shipping'])

  const filled = await fillCart(world, [['TEA', 3]])
  const { cart } = filled
  assert.deepEqual(linesOf(cart), [
    ['TEA', 3, 1_000, 2_000],
    ['SPOON', 1, 0, 0],
  ])
  assert.deepEqual([cart.lines[1].is_gift, cart.lines[1].unit_price], [true, 0])
  assert.deepEqual([cart.discount_total, cart.shipping_total, cart.total], [1_000, 0, 2_000])
  const { body: why } = await ask(world, 'GET', `/store/carts/${filled.id}/why`, filled)
  const told = why.rules.filter(({ rule }: Json) => rule.startsWith('promotion'))
  assert.deepEqual(
    told.map(({ rule, applied }: Json) => [rule, applied]),
    [three, gift, post].map(({ name }) => [`promotion ${name}`, true]),
  )

  const done = await complete(world, filled)
  assert.equal(done.status, 201, JSON.stringify(done.body))
  const order = await untilOrder(world, done.body.order.id, 'invoice', (o) => o.invoices.length > 0)
  assert.deepEqual([order.total, order.invoices[0].total], [2_000, 2_000])
  assert.deepEqual(
    order.promotions.map(({ name, amount, shipping }: Json) => [name, amount, shipping > 0]),
    [
      ['Three for two', 1_000, false],
      ['A spoon for you', 0, false],
      ['Free shipping', 0, true],
    ],
  )
  assert.deepEqual(
    order.lines.map(({ discounts }: Json) => discounts.map((one: Json) => [one.name, one.amount])),
    [[['Three for two', 1_000]], [['A spoon for you', 0]]],
  )
  assert.equal((await levelOf(world, 'SPOON')).held, 1)
  const page = await ask(world, 'GET', `/store/orders/${order.id}`, {
    order_token: done.body.token,
  })
  assert.deepEqual(page.body.promotions.length, 3)

  // Further ones are no gift: they cost what lists say, unless somebody says why they do not.
  const [, spoon] = order.lines
  const more = { lines: [{ line_id: spoon.id, quantity: 2 }] }
  const { version } = await orderOf(world, order.id)
  const path = `/admin/orders/${order.id}/edits/preview`
  const dear = await admin(world, 'POST', path, { version, ...more })
  assert.equal(dear.status, 200, JSON.stringify(dear.body))
  const [{ unit_price, quantity }] = dear.body.added
  assert(unit_price > 0, 'a gift is given once')
  assert.deepEqual([quantity, dear.body.difference], [1, unit_price])
  const own = { ...more.lines[0], unit_price: 0, reason: 'the first one was bent' }
  const free = await admin(world, 'POST', path, { version, lines: [own] })
  assert.equal(free.status, 200, JSON.stringify(free.body))
  assert.deepEqual([free.body.added[0].unit_price, free.body.difference], [0, 0])

  // Three spoons are left: who buys two of them leaves one to give, who buys three leaves none.
  const buyer = async (spoons: number) =>
    (
      await fillCart(world, [
        ['SPOON', spoons],
        ['LAMP', 1],
      ])
    ).cart.lines.map((l: Json) => l.is_gift)
  assert.deepEqual(await buyer(2), [false, false, true])
  assert.deepEqual(await buyer(3), [false, false])

  assert.deepEqual(await usedOf(three.id), [1, 0])
  const canceled = await admin(world, 'POST', `/admin/orders/${order.id}/cancel`, {})
  assert.equal(canceled.status, 200, JSON.stringify(canceled.body))
  for (const { id } of [three, gift, post]) assert.deepEqual(await usedOf(id), [0, 0])
  assert.equal((await levelOf(world, 'SPOON')).held, 0)
  await end(three.id, gift.id, post.id)
  await assertPromises(world)
})

test('several codes on one cart: combined where both may be, refused by name where not', async () => {
  const part = { kind: 'percentage', on: 'order', rate_ppm: 100_000 }
  const ten = await make({
    name: 'Ten off',
    is_automatic: false,
    combines_with: ['product'],
    effect: part,
  })
  const mugs = await make({
    name: 'Mugs',
    is_automatic: false,
    combines_with: ['order'],
    currency: 'EUR',
    effect: { kind: 'fixed', on: 'units', amount: 200, goods: variantOf('MUG') },
  })
  const alone = await make({ name: 'Alone', is_automatic: false, priority: -1, effect: part })
  await addCodes(ten.id, { codes: ['ten-off'] })
  await addCodes(mugs.id, { codes: ['MUGS'] })
  await addCodes(alone.id, { codes: ['ALONE'] })
  const filled = await fillCart(world, [
    ['TEA', 1],
    ['MUG', 2],
  ])
  const both = await patch(filled, { coupon_codes: ['TEN-OFF', 'mugs'] })
  assert.deepEqual(both.body.missing, [])
  assert.deepEqual(both.body.coupon_codes, ['TEN-OFF', 'MUGS'])
  // 4 € off the mugs, then a tenth of 22 €.
  assert.equal(both.body.discount_total, 620)
  const three = await patch(filled, { coupon_codes: ['TEN-OFF', 'MUGS', 'ALONE'] })
  assert.deepEqual(
    three.body.missing.map(({ field, code }: Json) => [field, code]),
    [['coupon_codes.2', 'coupon_not_combinable']],
  )
  const why = { code: 'ALONE', reason: 'not_combinable' }
  assert.deepEqual(three.body.missing[0].coupon, why)
  assert.equal(three.body.discount_total, 620)
  const refused = await complete(world, { ...filled, cart: three.body })
  assert.deepEqual([refused.status, refused.body.code], [409, 'cart_is_incomplete'])
  assert.deepEqual(refused.body.errors[0].coupon, why)
  const many = await patch(filled, { coupon_codes: ['A1A', 'B1B', 'C1C', 'D1D', 'E1E', 'F1F'] })
  assert.equal(many.status, 400)
  const unknown = await patch(filled, { coupon_codes: ['MUGS', 'NO-SUCH'] })
  assert.deepEqual([unknown.body.code, unknown.body.coupon_code], ['coupon_unknown', 'NO-SUCH'])
  const one = await patch(filled, { coupon_code: 'mugs' })
  assert.deepEqual([one.body.coupon_codes, one.body.discount_total], [['MUGS'], 400])
  const none = await patch(filled, { coupon_code: null })
  assert.deepEqual([none.body.coupon_codes, none.body.discount_total], [[], 0])

  const all = await patch(filled, { coupon_codes: ['TEN-OFF', 'MUGS'] })
  const done = await complete(world, { ...filled, cart: all.body })
  assert.equal(done.status, 201, JSON.stringify(done.body))
  const { promotions, coupon_code } = await orderOf(world, done.body.order.id)
  assert.deepEqual(
    promotions.map(({ code, amount }: Json) => [code, amount]),
    [
      ['MUGS', 400],
      ['TEN-OFF', 220],
    ],
  )
  assert.equal(coupon_code, 'MUGS')
  await assertPromises(world)
})

test('10,000 codes in one call, each good once; the list of them is exported', async () => {
  const { id } = await make({
    name: 'Letter to all',
    is_automatic: false,
    currency: 'EUR',
    effect: { kind: 'fixed', on: 'order', amount: 500 },
  })
  const draw = { draw: { count: 10_000, prefix: 'letter-' }, usage_limit: 1 }
  const path = `/admin/promotions/${id}/codes`
  const key = world.keys.secret_key
  const once = { key, body: draw, idempotency_key: 'letter-to-all-1' }
  const [made, again] = [await ask(world, 'POST', path, once), await ask(world, 'POST', path, once)]
  assert.deepEqual([made.status, made.body.codes], [201, 10_000])
  assert.deepEqual(again.body, made.body)
  const csv = (await admin(world, 'GET', `${path}.csv`)).body as string
  const codes = csv.split('\n').slice(1, -1)
  assert.equal(new Set(codes.map((line) => line.split(',')[0])).size, 10_000)
  const [code] = codes[4_711]!.split(',') as [string]
  assert.match(code, /^LETTER-[2-9A-HJ-NP-Z]{10}$/)

  const filled = await fillCart(world, [['LAMP', 1]], { coupon: code.toLowerCase() })
  assert.equal(filled.cart.discount_total, 500)
  assert.equal((await complete(world, filled)).status, 201)
  const late = await fillCart(world, [['LAMP', 1]])
  const refused = await patch(late, { coupon_code: code })
  assert.deepEqual(
    [refused.status, refused.body.code, refused.body.reason],
    [409, 'coupon_used_up', 'used_up'],
  )
  const { body: uses } = await admin(world, 'GET', `/admin/promotions/${id}/uses`)
  assert.deepEqual(
    uses.items.map((use: Json) => [use.code, use.amount]),
    [[code, 500]],
  )
  const { body: page } = await admin(world, 'GET', `${path}?batch_id=${made.body.batch_id}&limit=1`)
  const kept = await fillCart(world, [['LAMP', 1]], { coupon: page.items[0].code })
  const off = await admin(world, 'PATCH', `${path}/${page.items[0].id}`, { archived: true })
  assert.equal(off.status, 200, JSON.stringify(off.body))
  const archived = await patch(late, { coupon_code: page.items[0].code })
  assert.deepEqual([archived.body.code, archived.body.reason], ['coupon_unknown', 'unknown'])
  const url = `/store/carts/${kept.id}`
  const { body: shown } = await ask(world, 'GET', url, { token: kept.token })
  assert.deepEqual(
    shown.missing.map(({ field, coupon }: Json) => [field, coupon]),
    [['coupon_code', { code: page.items[0].code, reason: 'unknown' }]],
  )
  await assertPromises(world)
})

test('a first order, by the address; a limit for each buyer; both free again after a cancellation', async () => {
  const first = await make({
    name: 'Welcome',
    is_automatic: true,
    conditions: { first_order: true },
    effect: { kind: 'percentage', on: 'order', rate_ppm: 200_000 },
  })
  const newcomer = await fillAs('new@example.com', [['TEA', 1]])
  assert.equal(newcomer.cart.discount_total, 200)
  const placed = await complete(world, newcomer)
  assert.equal(placed.status, 201, JSON.stringify(placed.body))
  const again = await fillAs('NEW@example.com', [['TEA', 1]])
  assert.equal(again.cart.discount_total, 0)
  // Whoever has ordered before is known, though not by this promotion.
  assert.equal((await fillAs('ada@example.com', [['TEA', 1]])).cart.discount_total, 0)
  const canceled = await admin(world, 'POST', `/admin/orders/${placed.body.order.id}/cancel`, {})
  assert.equal(canceled.status, 200)
  assert.equal((await read(again)).discount_total, 200)
  await end(first.id)

  const twice = await make({
    name: 'Twice each',
    is_automatic: true,
    buyer_limit: 2,
    effect: { kind: 'percentage', on: 'order', rate_ppm: 100_000 },
  })
  for (const expected of [100, 100, 0]) {
    const cart = await fillAs('bea@example.com', [['TEA', 1]])
    assert.equal(cart.cart.discount_total, expected)
    assert.equal((await complete(world, cart)).status, 201)
  }
  assert.equal((await fillAs('cy@example.com', [['TEA', 1]])).cart.discount_total, 100)
  await end(twice.id)
  await assertPromises(world)
})

test('a declined card keeps its own last use: the same cart is paid with another card', async () => {
  const { id } = await make({
    name: 'Last one',
    is_automatic: false,
    usage_limit: 1,
    currency: 'EUR',
    budget: 100,
    effect: { kind: 'percentage', on: 'order', rate_ppm: 100_000 },
  })
  await addCodes(id, { codes: ['LAST-ONE'], usage_limit: 1 })
  const filled = await fillCart(world, [['TEA', 1]], { coupon: 'LAST-ONE' })
  const declined = await complete(world, filled, { card: 'pm_card_chargeDeclined' })
  assert.equal(declined.status, 402, JSON.stringify(declined.body))
  assert.deepEqual(await usedOf(id), [1, 100])
  const paid = await complete(world, filled, { card: 'pm_card_visa' })
  assert.equal(paid.status, 201, JSON.stringify(paid.body))
  assert.deepEqual(await usedOf(id), [1, 100])
  await assertPromises(world)
})

test('a set for a fixed price, only while it lasts', async () => {
  const now = clock().getTime()
  const [starts_at, ends_at] = [new Date(now + 60_000), new Date(now + 120_000)]
  const set = await make({
    name: 'Tea time',
    is_automatic: true,
    currency: 'EUR',
    starts_at,
    ends_at,
    effect: {
      kind: 'bundle_price',
      parts: [
        { goods: variantOf('TEA'), quantity: 1 },
        { goods: variantOf('MUG'), quantity: 1 },
      ],
      amount: 1_500,
    },
  })
  const filled = await fillCart(world, [
    ['TEA', 2],
    ['MUG', 1],
  ])
  assert.equal(filled.cart.discount_total, 0)
  await clock.advance(61_000)
  const shown = await read(filled)
  assert.equal(shown.discount_total, 300)
  // It ends while the buyer looks at the total: nothing is written, and the new one is told.
  await clock.advance(61_000)
  const late = await complete(world, { ...filled, cart: shown })
  assert.deepEqual(
    [late.status, late.body.code, late.body.total],
    [409, 'price_has_changed', shown.total + 300],
  )
  await end(set.id)
})

test('what is being paid keeps its price: charged is what was shown, and is shown on', async () => {
  const combines_with = ['product', 'order']
  const off = await make({
    name: 'Today',
    is_automatic: true,
    combines_with,
    effect: { kind: 'percentage', on: 'order', rate_ppm: 100_000 },
  })
  const gift = await make({
    name: 'A spoon',
    is_automatic: true,
    combines_with,
    effect: { kind: 'gift', variant_id: world.variants.get('SPOON'), quantity: 1 },
  })
  const filled = await fillCart(world, [
    ['LAMP', 1],
    ['MUG', 2],
  ])
  const before = await read(filled)
  const shown = before.total
  assert.deepEqual([before.order_id, before.lines.length], [null, 3])
  const started = await complete(world, filled, { card: 'pm_card_authenticationRequired' })
  assert.equal(started.status, 202, JSON.stringify(started.body))
  await end(off.id, gift.id)
  const variant_id = world.variants.get('LAMP')
  const prices = `/admin/price-lists/${world.frame.eur_list}/prices`
  const raised = await admin(world, 'PUT', prices, { prices: [{ variant_id, amount: 9_900 }] })
  assert.equal(raised.status, 204)
  const { id: order_id } = started.body.order
  assert.deepEqual(await read(filled), { ...before, order_id })
  const why = await ask(world, 'GET', `/store/carts/${filled.id}/why`, { token: filled.token })
  assert.deepEqual(
    why.body.rules.map(({ rule, applied }: Json) => [rule, applied]),
    [['order', true]],
  )
  world.simulators.stripe.answerChallenge(intentOf(started.body), true)
  const placed = await goOn(world, started.body)
  assert.equal(placed.status, 201, JSON.stringify(placed.body))
  const { payments, total, promotions } = await orderOf(world, placed.body.order.id)
  assert.deepEqual([total, payments[0].captured, promotions[0].name], [shown, shown, 'Today'])
  assert.deepEqual(await usedOf(off.id), [1, 0])
  assert.deepEqual(await read(filled), { ...before, order_id })
  await assertPromises(world)
})

test('a reduced price is shown with the lowest of the thirty days before', async () => {
  const variant_id = world.variants.get('MUG')!
  const prices = `/admin/price-lists/${world.frame.eur_list}/prices`
  const put = async (amount: number, compare_at: number | null) => {
    const body = { prices: [{ variant_id, amount, compare_at }] }
    assert.equal((await admin(world, 'PUT', prices, body)).status, 204)
  }
  const day_ms = 86_400_000
  const later = (days: number) => clock.advance(days * day_ms)
  const { body: list } = await ask(world, 'GET', '/store/products?limit=50')
  const card = list.items.find(({ price }: Json) => price?.from === 800)
  const shown = async () => {
    const { body } = await ask(world, 'GET', `/store/products/${card.handle}`)
    const { body: cards } = await ask(world, 'GET', '/store/products?limit=50')
    const { price } = body.variants[0]
    const in_list = cards.items.find(({ id }: Json) => id === card.id).price
    assert.deepEqual(in_list.lowest_30d, price.lowest_30d)
    return [price.amount, price.lowest_30d?.amount ?? null]
  }
  assert.deepEqual(await shown(), [800, null])
  await put(700, null)
  await later(5)
  await put(1_000, null)
  await later(5)
  await put(750, 1_000)
  assert.deepEqual(await shown(), [750, 700])
  await later(40)
  assert.deepEqual(await shown(), [750, 700])
  await put(600, 1_000)
  assert.deepEqual(await shown(), [600, 750])
  const { body: past } = await admin(world, 'GET', `/admin/variants/${variant_id}/past-prices`)
  assert.deepEqual(
    past.items.map((one: Json) => one.amount),
    [750, 1_000, 700, 800],
  )
})

test('terms that make no sense are refused by field, and nothing is written', async () => {
  const part = { kind: 'percentage', on: 'order', rate_ppm: 100_000 }
  const refused = async (body: object): Promise<string[]> => {
    const { status, body: told } = await admin(world, 'POST', '/admin/promotions', {
      name: 'No',
      is_automatic: true,
      effect: part,
      ...body,
    })
    assert.equal(status, 400, JSON.stringify(told))
    return told.errors.map(({ field, code }: Json) => `${field} ${code}`)
  }
  const gone = '01900000-0000-7000-8000-000000000000'
  assert.deepEqual(await refused({ budget: 100 }), ['currency required'])
  assert.deepEqual(await refused({ effect: { kind: 'fixed', on: 'order', amount: 5 } }), [
    'currency required',
  ])
  assert.deepEqual(await refused({ class: 'shipping' }), ['class effect'])
  assert.deepEqual(await refused({ combines_with: ['order', 'order'] }), ['combines_with twice'])
  assert.deepEqual(await refused({ conditions: { goods: { category_ids: [gone] } } }), [
    'conditions.goods.category_ids unknown',
  ])
  assert.deepEqual(await refused({ effect: { kind: 'gift', variant_id: gone, quantity: 1 } }), [
    'effect.variant_id unknown',
  ])
  const { body } = await admin(world, 'GET', '/admin/promotions?is_automatic=true&limit=100')
  assert.equal(
    body.items.some(({ name }: Json) => name === 'No'),
    false,
  )
  const taken = await make({ name: 'Named', is_automatic: false, effect: part })
  const codes = `/admin/promotions/${taken.id}/codes`
  const same = await admin(world, 'POST', codes, { codes: ['FRESH-1', 'WELCOME10'] })
  assert.deepEqual([same.status, same.body.code, same.body.codes], [409, 'already_exists', 1])
  assert.deepEqual(same.body.errors, [
    { field: 'codes.1', code: 'already_exists', message: 'There is such a code.' },
  ])
  const { body: none } = await admin(world, 'GET', codes)
  assert.deepEqual(none.items, [])
})

test('what takes a part off the order takes no goods; a category that went keeps none alive', async () => {
  const part = { kind: 'percentage', on: 'order', rate_ppm: 500_000 }
  const draft = { name: 'Half off', is_automatic: true }
  const refused = await admin(world, 'POST', '/admin/promotions', {
    ...draft,
    effect: { ...part, goods: variantOf('TEA') },
  })
  assert.deepEqual(
    refused.body.errors.map(({ field, code }: Json) => `${field} ${code}`),
    ['effect.goods not_allowed'],
  )
  const made = await admin(world, 'POST', '/admin/categories', { title: 'Away', handle: 'away' })
  const goods = { category_ids: [made.body.id] }
  const { id } = await make({ ...draft, conditions: { goods }, effect: part })
  assert.equal((await admin(world, 'DELETE', `/admin/categories/${made.body.id}`)).status, 204)
  const again = await change(id, { conditions: { goods } })
  assert.equal(again.body.errors[0].field, 'conditions.goods.category_ids')
  assert.equal((await change(id, { name: 'Half off still' })).status, 200)
  await end(id)
})

test('a change of a coupon leaves the channels that its promotion was given', async () => {
  const draft = { code: 'TWOSHOPS', rate_ppm: 100_000 }
  const made = await admin(world, 'POST', '/admin/coupons', draft)
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const { body: listed } = await admin(world, 'GET', '/admin/channels')
  const { id: _, ...like } = listed.items[0]
  const second = await admin(world, 'POST', '/admin/channels', { ...like, code: 'second' })
  const channel_ids = [listed.items[0].id, second.body.id]
  const { id } = made.body
  const given = await change(id, { conditions: { channel_ids } })
  assert.equal(given.status, 200, JSON.stringify(given.body))
  const path = `/admin/coupons/${id}`
  const later = await admin(world, 'PATCH', path, { ends_at: '2030-01-01T00:00:00.000Z' })
  assert.equal(later.status, 200, JSON.stringify(later.body))
  const kept = await admin(world, 'GET', `/admin/promotions/${id}`)
  assert.deepEqual(kept.body.conditions.channel_ids, channel_ids)
  await admin(world, 'PATCH', path, { channel_id: second.body.id })
  const one = await admin(world, 'GET', `/admin/promotions/${id}`)
  assert.deepEqual(one.body.conditions.channel_ids, [second.body.id])
})
