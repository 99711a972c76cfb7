// What each kind of promotion takes off, and which of several wins.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCurrency } from '#src/lib/currency.ts'
import { type CategoryId, newId, type ProductId, type VariantId } from '#src/lib/ids.ts'
import {
  cartOf,
  codeOf,
  lineOf,
  noon,
  priceIn,
  priceList,
  promotionOf,
  tried,
} from '#test/pricing.ts'
import { mayCombine } from './apply-promotions.ts'
import { explainCart } from './explain-cart.ts'
import { priceCart } from './price-cart.ts'
import type { CartToPrice, PriceProblem } from './pricing.ts'
import {
  type Effect,
  type GoodsFilter,
  type Promotion,
  type PromotionClass,
  type PromotionToTry,
  promotion_classes,
} from './promotions.ts'

const eur = readCurrency('EUR')
const teas = newId<CategoryId>()
const list = priceList()

/** `tea 3 @ 500`: three units, each 500; teas stand in a category, and have a tag. */
function cartWith(texts: readonly string[], given: Partial<CartToPrice> = {}) {
  const named = new Map<string, VariantId>()
  const lines = []
  const prices = []
  for (const text of texts) {
    const [, name, quantity, amount] = /^(\w+) (\d+) @ (\d+)$/.exec(text)!
    const variant_id = newId<VariantId>()
    named.set(name!, variant_id)
    const is_tea = name!.startsWith('tea')
    lines.push(
      lineOf(variant_id, Number(quantity), {
        category_ids: is_tea ? [teas] : [],
        tags: is_tea ? ['leaf'] : [],
      }),
    )
    prices.push(priceIn(list, { variant_id, amount: BigInt(amount!) }))
  }
  return { cart: cartOf({ lines, prices, ...given }), named }
}
const book = { price_lists: [list], tax_rates: [] }
const tea: GoodsFilter = { category_ids: [teas] }
const leaf: GoodsFilter = { tags: ['leaf'] }
const free = 1_000_000

type Case = {
  readonly name: string
  readonly lines: readonly string[]
  readonly effect: Effect
  /** Off each line. Null: it does not count. */
  readonly off: readonly bigint[] | null
}
const cases: readonly Case[] = [
  {
    name: '10 % off the order is split over its lines',
    lines: ['tea 1 @ 1000', 'mug 2 @ 250'],
    effect: { kind: 'percentage', on: 'order', rate_ppm: 100_000 },
    off: [100n, 50n],
  },
  {
    name: '10 % off teas leaves mugs alone, each line rounded',
    lines: ['tea 1 @ 1005', 'mug 2 @ 250', 'tea2 1 @ 999'],
    effect: { kind: 'percentage', on: 'lines', rate_ppm: 100_000, goods: tea },
    off: [101n, 0n, 100n],
  },
  {
    name: '50 % off, but 300 at most',
    lines: ['tea 1 @ 1000', 'mug 2 @ 500'],
    effect: { kind: 'percentage', on: 'order', rate_ppm: 500_000, max_amount: 300n },
    off: [150n, 150n],
  },
  {
    name: 'a part of goods that are not there',
    lines: ['mug 2 @ 250'],
    effect: { kind: 'percentage', on: 'lines', rate_ppm: 100_000, goods: leaf },
    off: null,
  },
  {
    name: 'a sum off the order, a cent of it left over by the split',
    lines: ['tea 1 @ 100', 'mug 1 @ 100', 'cup 1 @ 100'],
    effect: { kind: 'fixed', on: 'order', amount: 100n },
    off: [34n, 33n, 33n],
  },
  {
    name: 'a sum off the order is never more than the order',
    lines: ['tea 1 @ 100', 'mug 1 @ 50'],
    effect: { kind: 'fixed', on: 'order', amount: 1_000n },
    off: [100n, 50n],
  },
  {
    name: 'a sum off the lines that match, together',
    lines: ['tea 1 @ 300', 'mug 1 @ 50', 'tea2 1 @ 100'],
    effect: { kind: 'fixed', on: 'lines', amount: 100n, goods: leaf },
    off: [75n, 0n, 25n],
  },
  {
    name: 'a sum off each unit, never more than it costs',
    lines: ['tea 3 @ 300', 'tea2 2 @ 40'],
    effect: { kind: 'fixed', on: 'units', amount: 50n, goods: tea },
    off: [150n, 80n],
  },
  {
    name: 'three for two: the cheapest is free',
    lines: ['tea 2 @ 500', 'tea2 1 @ 300'],
    effect: {
      kind: 'buy_x_get_y',
      buy: { goods: tea, quantity: 2 },
      get: { goods: tea, quantity: 1 },
      rate_ppm: free,
    },
    off: [0n, 300n],
  },
  {
    name: 'three for two, seven times: two are free, and they are the cheapest two',
    lines: ['tea 5 @ 500', 'tea2 1 @ 300', 'tea3 1 @ 400'],
    effect: {
      kind: 'buy_x_get_y',
      buy: { goods: tea, quantity: 2 },
      get: { goods: tea, quantity: 1 },
      rate_ppm: free,
    },
    off: [0n, 300n, 400n],
  },
  {
    name: 'three for two with two: nothing',
    lines: ['tea 2 @ 500'],
    effect: {
      kind: 'buy_x_get_y',
      buy: { goods: tea, quantity: 2 },
      get: { goods: tea, quantity: 1 },
      rate_ppm: free,
    },
    off: null,
  },
  {
    name: 'three for two, at most once',
    lines: ['tea 9 @ 500'],
    effect: {
      kind: 'buy_x_get_y',
      buy: { goods: tea, quantity: 2 },
      get: { goods: tea, quantity: 1 },
      rate_ppm: free,
      times_max: 1,
    },
    off: [500n],
  },
  {
    name: 'two teas make a mug half as dear',
    lines: ['tea 4 @ 500', 'mug 1 @ 301', 'cup 1 @ 100'],
    effect: {
      kind: 'buy_x_get_y',
      buy: { goods: tea, quantity: 2 },
      get: { goods: {}, quantity: 1 },
      rate_ppm: 500_000,
    },
    // Both mug and cup are there to be got, and all four teas are needed to buy.
    off: [0n, 151n, 50n],
  },
  {
    name: 'what could be bought and got is bought where it is needed',
    lines: ['tea 2 @ 100', 'mug 1 @ 500'],
    effect: {
      kind: 'buy_x_get_y',
      buy: { goods: tea, quantity: 2 },
      get: { goods: {}, quantity: 1 },
      rate_ppm: free,
    },
    off: [0n, 500n],
  },
  {
    name: 'a set of two teas and a mug for 1000: two sets, the dearest teas in them',
    lines: ['tea 3 @ 500', 'tea2 2 @ 400', 'mug 2 @ 300'],
    effect: {
      kind: 'bundle_price',
      parts: [
        { goods: tea, quantity: 2 },
        { goods: {}, quantity: 1 },
      ],
      amount: 1_000n,
    },
    // 3 × 500 + 400 of the teas, then the dearest of the rest: 400 and 300; 2600 − 2000. The
    // unit that is left over by the split goes to the first line.
    off: [347n, 184n, 69n],
  },
  {
    name: 'a second set that would cost more than its parts is not made',
    lines: ['tea 3 @ 2000', 'tea2 3 @ 1000'],
    effect: { kind: 'bundle_price', parts: [{ goods: tea, quantity: 3 }], amount: 5_000n },
    off: [1_000n, 0n],
  },
  {
    name: 'a set that is not whole',
    lines: ['tea 1 @ 500', 'mug 1 @ 300'],
    effect: {
      kind: 'bundle_price',
      parts: [
        { goods: tea, quantity: 2 },
        { goods: {}, quantity: 1 },
      ],
      amount: 100n,
    },
    off: null,
  },
  {
    name: 'many units at no cost of time',
    lines: Array.from({ length: 400 }, (_, i) => `tea${i} 9999 @ ${100 + i}`),
    effect: {
      kind: 'buy_x_get_y',
      buy: { goods: tea, quantity: 399 },
      get: { goods: tea, quantity: 1 },
      rate_ppm: free,
    },
    off: [999_900n, ...Array.from({ length: 399 }, () => 0n)],
  },
]
for (const { name, lines, effect, off } of cases) {
  test(name, () => {
    const { cart } = cartWith(lines)
    const priced = priceCart(book, { ...cart, promotions: [tried(promotionOf(effect))] })
    assert.deepEqual(
      priced.lines.map(({ discount }) => discount),
      off ?? lines.map(() => 0n),
    )
    assert.equal(priced.promotions.length, off === null ? 0 : 1)
  })
}

const shipping = { option_id: newId<never>(), tax_category: 'standard', includes_tax: true }

test('free shipping takes off what shipping costs, or a part of it', () => {
  const { cart } = cartWith(['tea 1 @ 1000'], { shipping: { ...shipping, amount: 490n } })
  const priceWith = (effect: Effect) =>
    priceCart(book, { ...cart, promotions: [tried(promotionOf(effect, { class: 'shipping' }))] })
  const whole = priceWith({ kind: 'free_shipping' })
  assert.deepEqual([whole.shipping_total, whole.discount_total, whole.total], [0n, 0n, 1_000n])
  assert.equal(whole.promotions[0]!.shipping, 490n)
  const part = priceWith({ kind: 'free_shipping', max_amount: 100n })
  assert.deepEqual([part.shipping_total, part.total], [390n, 1_390n])
})

test('a gift is a line at no price, where there is one to give', () => {
  const { cart } = cartWith(['tea 1 @ 1000'])
  const variant_id = newId<VariantId>()
  const gift = {
    tax_category: 'standard',
    taxable: true,
    requires_shipping: true,
    product_id: newId<ProductId>(),
    available: 2,
  }
  const promotion = promotionOf({ kind: 'gift', variant_id, quantity: 2 })
  const priceWith = (given: Partial<PromotionToTry>, more: Partial<CartToPrice> = {}) =>
    priceCart(book, { ...cart, promotions: [tried(promotion, given)], ...more })
  const priced = priceWith({ gift })
  const [, line] = priced.lines
  assert.deepEqual([line!.variant_id, line!.quantity, line!.total], [variant_id, 2, 0n])
  assert.equal(priced.total, 1_000n)
  for (const [given, more] of [
    [{ gift: { ...gift, available: 1 } }, {}],
    [{ gift: null }, {}],
    [{ gift }, { travels: false }],
    [{ gift }, { lines: [] }],
  ] as const) {
    assert.equal(
      priceWith(given, more).lines.some(({ is_gift }) => is_gift),
      false,
    )
  }
})

test('two gifts of one thing are both given only while there is enough for both', () => {
  const { cart } = cartWith(['tea 1 @ 1000'])
  const variant_id = newId<VariantId>()
  const unitsGiven = (available: number): number => {
    const gift = {
      tax_category: 'standard',
      taxable: true,
      requires_shipping: true,
      product_id: newId<ProductId>(),
      available,
    }
    const give = () =>
      tried(
        promotionOf(
          { kind: 'gift', variant_id, quantity: 1 },
          { class: 'order', combines_with: ['order'] },
        ),
        { gift },
      )
    const { lines } = priceCart(book, { ...cart, promotions: [give(), give()] })
    return lines.filter(({ is_gift }) => is_gift).reduce((all, { quantity }) => all + quantity, 0)
  }
  assert.deepEqual([0, 1, 2, 3].map(unitsGiven), [0, 1, 2, 2])
})

type Miss = readonly [name: string, given: Partial<Promotion>, more: Partial<PromotionToTry>]
const buyer = { turns: 1, has_ordered: true }
const misses: readonly Miss[] = [
  ['min_quantity', { conditions: { min_quantity: 3 } }, {}],
  ['min_subtotal', { conditions: { goods: tea, min_subtotal: 1_001n } }, {}],
  ['goods', { conditions: { goods: { tags: ['coffee'] } } }, {}],
  ['country', { conditions: { countries: ['FR'] } }, {}],
  ['group', { conditions: { customer_group_ids: [newId()] } }, {}],
  ['first_order', { conditions: { first_order: true } }, { buyer }],
  ['buyer_limit', { buyer_limit: 1 }, { buyer }],
  ['used_up', { usage_limit: 7, used: 7 }, {}],
  ['budget', { budget: 1_000n, spent: 851n, currency: eur }, {}],
  ['ended', { ends_at: noon }, {}],
  ['not_started', { starts_at: new Date(noon.getTime() + 1) }, {}],
]
const codes_of_miss: Readonly<Record<string, PriceProblem['code']>> = {
  used_up: 'coupon_used_up',
  buyer_limit: 'coupon_used_up',
  budget: 'coupon_used_up',
  ended: 'coupon_expired',
  not_started: 'coupon_expired',
}
for (const [miss, given, more] of misses) {
  test(`a code that misses ${miss} is told, and an automatic promotion is not`, () => {
    const { cart } = cartWith(['tea 1 @ 1000', 'mug 1 @ 500'])
    const effect = { kind: 'percentage', on: 'order', rate_ppm: 100_000 } as const
    const promotion = promotionOf(effect, given)
    const silent = priceCart(book, { ...cart, promotions: [tried(promotion, more)] })
    assert.deepEqual([silent.discount_total, silent.problems], [0n, []])
    const coded = { ...cart, promotions: [tried(promotion, { ...more, code: codeOf() })] }
    assert.deepEqual(priceCart(book, coded).problems, [
      {
        code: codes_of_miss[miss] ?? 'coupon_not_applicable',
        line_id: null,
        coupon: { code: 'WELCOME', reason: miss },
      },
    ])
    const told = explainCart(book, coded).why.find(({ rule }) => rule === 'coupon WELCOME')
    assert.equal(told?.applied, false)
  })
}

const on_order = (amount: bigint): Effect => ({ kind: 'fixed', on: 'order', amount })
const shipped_free: Effect = { kind: 'free_shipping' }
type Idle = readonly [
  name: string,
  effect: Effect,
  given: Partial<CartToPrice>,
  miss: 'nothing_off' | null,
]
const idle: readonly Idle[] = [
  [
    'shipping that costs nothing',
    shipped_free,
    { shipping: { ...shipping, amount: 0n } },
    'nothing_off',
  ],
  ['shipping where nothing travels', shipped_free, { travels: false }, 'nothing_off'],
  ['shipping that is not chosen yet', shipped_free, {}, null],
  ['less than a cent', { kind: 'percentage', on: 'order', rate_ppm: 1 }, {}, 'nothing_off'],
]
for (const [name, effect, given, miss] of idle) {
  test(`${name}: ${miss ?? 'no'} miss, and what gives nothing locks out nothing`, () => {
    const { cart } = cartWith(['tea 1 @ 1000'], given)
    const first = promotionOf(effect, { priority: 9, class: 'shipping' })
    const tries = [tried(first, { code: codeOf() }), tried(promotionOf(on_order(100n)))]
    const priced = priceCart(book, { ...cart, promotions: tries })
    assert.deepEqual(
      priced.promotions.map(({ promotion_id }) => promotion_id),
      [miss === null ? first.id : tries[1]!.promotion.id],
    )
    assert.deepEqual(
      priced.problems.map(({ coupon }) => coupon?.reason),
      miss === null ? [] : [miss],
    )
  })
}

test('who is left nothing by the others makes room for who it kept out', () => {
  const { cart } = cartWith(['tea 1 @ 1000', 'mug 1 @ 1000'])
  const product = { class: 'product', combines_with: promotion_classes } as const
  const all_teas = { kind: 'percentage', on: 'lines', rate_ppm: free, goods: tea } as const
  const takes_all = promotionOf(all_teas, { ...product, priority: 9 })
  const idles = promotionOf(
    { ...all_teas, rate_ppm: 100_000 },
    { class: 'product', combines_with: ['product'], priority: 8 },
  )
  const kept_out = promotionOf(on_order(100n), { combines_with: promotion_classes })
  const tries = { ...cart, promotions: [kept_out, idles, takes_all].map((one) => tried(one)) }
  assert.deepEqual(
    priceCart(book, tries).promotions.map(({ promotion_id, amount }) => [promotion_id, amount]),
    [
      [takes_all.id, 1_000n],
      [kept_out.id, 100n],
    ],
  )
  const told = explainCart(book, tries).why.find(({ rule }) => rule === `promotion ${idles.name}`)
  assert.deepEqual([told?.applied, told?.reason.includes('nothing')], [false, true])
})

test('a budget is spent to its last minor unit', () => {
  const { cart } = cartWith(['tea 1 @ 1000', 'mug 1 @ 500'])
  const effect = { kind: 'percentage', on: 'order', rate_ppm: 100_000 } as const
  const rest = promotionOf(effect, { budget: 1_000n, spent: 850n, currency: eur })
  assert.equal(priceCart(book, { ...cart, promotions: [tried(rest)] }).discount_total, 150n)
})

test('a budget is compared with what is left to take off after others', () => {
  const { cart } = cartWith(['tea 1 @ 1000', 'mug 1 @ 500'])
  const half = promotionOf(
    { kind: 'percentage', on: 'lines', rate_ppm: 500_000, goods: tea },
    { class: 'product', combines_with: ['order'] },
  )
  const tenth = { kind: 'percentage', on: 'order', rate_ppm: 100_000 } as const
  // A tenth of 1,500 would be 150; of what the half leaves it is 100.
  const offWith = (spent: bigint) => {
    const limits = { budget: 1_000n, spent, currency: eur }
    const order = promotionOf(tenth, { class: 'order', combines_with: ['product'], ...limits })
    return priceCart(book, { ...cart, promotions: [tried(half), tried(order)] }).discount_total
  }
  assert.deepEqual([offWith(900n), offWith(901n)], [600n, 500n])
})

test('who is left nothing by one that is over its budget stays when that one goes', () => {
  const { cart } = cartWith(['tea 1 @ 10000'])
  const all = { kind: 'fixed', on: 'lines', amount: 10_000n } as const
  const over = promotionOf(all, {
    ...{ class: 'product', combines_with: ['order'] },
    ...{ budget: 12_000n, spent: 7_000n, currency: eur },
  })
  const tenth = { kind: 'percentage', on: 'order', rate_ppm: 100_000 } as const
  const order = promotionOf(tenth, { class: 'order', combines_with: ['product'] })
  const promotions = [tried(over), tried(order, { code: codeOf() })]
  const { discount_total, problems } = priceCart(book, { ...cart, promotions })
  assert.deepEqual([discount_total, problems], [1_000n, []])
})

test('who loses the last gift to another keeps nobody out', () => {
  const { cart } = cartWith(['tea 1 @ 1000', 'mug 1 @ 500'])
  const variant_id = newId<VariantId>()
  const gift = {
    ...{ tax_category: 'standard', taxable: true, requires_shipping: true },
    ...{ product_id: newId<ProductId>(), available: 1 },
  }
  const gives = (given: Partial<Promotion>) =>
    tried(promotionOf({ kind: 'gift', variant_id, quantity: 1 }, given), { gift })
  const tenth = { kind: 'percentage', on: 'order', rate_ppm: 100_000 } as const
  const first = gives({ class: 'product', combines_with: ['product', 'order'], priority: 3 })
  const second = gives({ class: 'product', combines_with: ['product'], priority: 2 })
  const off = tried(promotionOf(tenth, { class: 'order', combines_with: ['product'] }))
  const priced = priceCart(book, { ...cart, promotions: [first, second, off] })
  assert.equal(priced.lines.filter(({ is_gift }) => is_gift).length, 1)
  assert.equal(priced.discount_total, 150n)
})

// Every class beside every other, each of the two willing or not: both count exactly when each
// names the class of the other, and else the one with the higher priority does.
const effect_of: Readonly<Record<PromotionClass, Effect>> = {
  product: { kind: 'percentage', on: 'lines', rate_ppm: 100_000 },
  order: { kind: 'percentage', on: 'order', rate_ppm: 100_000 },
  shipping: { kind: 'free_shipping', max_amount: 100n },
}
const subsets = [0, 1, 2, 3, 4, 5, 6, 7].map((bits) =>
  promotion_classes.filter((_, i) => bits & (1 << i)),
)
test('the matrix of what may be combined with what', () => {
  const { cart } = cartWith(['tea 1 @ 1000'], { shipping: { ...shipping, amount: 490n } })
  let combined = 0
  for (const a of promotion_classes) {
    for (const b of promotion_classes) {
      for (const of_a of subsets) {
        for (const of_b of subsets) {
          const first = promotionOf(effect_of[a], { class: a, combines_with: of_a, priority: 1 })
          const second = promotionOf(effect_of[b], { class: b, combines_with: of_b })
          const both = of_a.includes(b) && of_b.includes(a)
          assert.equal(mayCombine(first, second), both)
          for (const promotions of [
            [tried(first), tried(second)],
            [tried(second), tried(first)],
          ]) {
            const { promotions: applied, discount_total } = priceCart(book, { ...cart, promotions })
            const ids = applied.map(({ promotion_id }) => promotion_id).sort()
            assert.deepEqual(ids, (both ? [first.id, second.id] : [first.id]).sort())
            // The second takes a tenth of what the first has left.
            const off = [a, ...(both ? [b] : [])].filter((of) => of !== 'shipping').length
            assert.equal(discount_total, [0n, 100n, 190n][off])
          }
          if (both) combined += 1
        }
      }
    }
  }
  // Of the 64 ways for each pair one in four is a yes of both; for one class beside itself too.
  assert.equal(combined, 9 * 16)
})

test('at one priority the larger discount wins, among equals the older, and it is told', () => {
  const { cart } = cartWith(['tea 1 @ 1000'])
  const part = (rate_ppm: number) => promotionOf({ kind: 'percentage', on: 'order', rate_ppm })
  const [ten, twenty, same] = [part(100_000), part(200_000), part(200_000)] as const
  for (const order of [
    [ten, twenty, same],
    [same, twenty, ten],
    [twenty, ten, same],
  ]) {
    const tries = { ...cart, promotions: order.map((one) => tried(one)) }
    const priced = priceCart(book, tries)
    assert.deepEqual(
      priced.promotions.map(({ promotion_id }) => promotion_id),
      [twenty.id],
    )
    const { why } = explainCart(book, tries)
    const told = (promotion: Promotion) =>
      why.find(({ rule }) => rule === `promotion ${promotion.name}`)
    assert.equal(told(twenty)?.applied, true)
    for (const loser of [ten, same]) {
      assert.match(told(loser)!.reason, new RegExp(`combined with ${twenty.name}`))
    }
  }
})

test('products go before the order, the order before shipping, whatever the priority', () => {
  const { cart } = cartWith(['tea 1 @ 1000', 'mug 1 @ 1000'])
  const all = { combines_with: promotion_classes }
  const order = promotionOf({ kind: 'fixed', on: 'order', amount: 1_500n }, { ...all, priority: 9 })
  const teas_off = promotionOf(
    { kind: 'percentage', on: 'lines', rate_ppm: 500_000, goods: tea },
    { ...all, class: 'product' },
  )
  const priced = priceCart(book, { ...cart, promotions: [tried(order), tried(teas_off)] })
  // 500 off the tea first; then 1500 of the 1500 that are left.
  assert.deepEqual(
    priced.lines.map(({ discounts }) => discounts.map(({ amount }) => amount)),
    [[500n, 500n], [1_000n]],
  )
  assert.equal(priced.total, 0n)
})
