// Which list, which tier, which coupon, and what happens at the limits.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCurrency } from '#src/lib/currency.ts'
import {
  type ChannelId,
  type CustomerGroupId,
  newId,
  type ShippingOptionId,
  type VariantId,
} from '#src/lib/ids.ts'
import { money_max } from '#src/lib/money.ts'
import { cartOf, couponOf, lineOf, noon, priceIn, priceList, rates, web } from '#test/pricing.ts'
import { explainCart } from './explain-cart.ts'
import { priceCart } from './price-cart.ts'
import { applicableLists, groupPrices, pricesOf } from './price-lists.ts'
import type { CartToPrice, PriceList, PriceProblem } from './pricing.ts'
import type { Code, Promotion, PromotionToTry } from './promotions.ts'

const variant_id = newId<VariantId>()
const vip = newId<CustomerGroupId>()
const staff = newId<CustomerGroupId>()
const other_channel = newId<ChannelId>()
const before = new Date(+noon - 1)
const later = new Date(+noon + 1)

type Offer = Partial<PriceList> & { amount: bigint; min_quantity?: number; per_units?: number }

/** The amount per unit that one line gets from these lists, or null. */
function priceOf(
  offers: readonly (Offer | readonly Offer[])[],
  given: Partial<CartToPrice>,
  quantity = 1,
) {
  const lists: PriceList[] = []
  const prices = offers.flatMap((offer) => {
    const tiers = [offer].flat()
    const { amount: _, min_quantity: __, per_units: ___, ...list_given } = tiers[0]!
    const list = priceList(list_given)
    lists.push(list)
    return tiers.map(({ amount, min_quantity = 1, per_units = 1 }) =>
      priceIn(list, { variant_id, amount, min_quantity, per_units }),
    )
  })
  const cart = cartOf({ lines: [lineOf(variant_id, quantity)], prices, ...given })
  const priced = priceCart({ price_lists: lists, tax_rates: [] }, cart)
  return priced.lines[0]?.unit_price ?? null
}

const usd = readCurrency('USD')
const choices: {
  readonly name: string
  readonly offers: readonly (Offer | readonly Offer[])[]
  readonly cart?: Partial<CartToPrice>
  readonly quantity?: number
  readonly expect: bigint | null
}[] = [
  { name: 'the only list', offers: [{ amount: 5n }], expect: 5n },
  { name: 'no list', offers: [], expect: null },
  { name: 'another currency', offers: [{ amount: 5n, currency: usd }], expect: null },
  { name: 'its channel', offers: [{ amount: 5n, channel_id: web }], expect: 5n },
  { name: 'another channel', offers: [{ amount: 5n, channel_id: other_channel }], expect: null },
  { name: 'its country', offers: [{ amount: 5n, countries: ['FR', 'DE'] }], expect: 5n },
  { name: 'another country', offers: [{ amount: 5n, countries: ['FR'] }], expect: null },
  { name: 'no country at all', offers: [{ amount: 5n, countries: [] }], expect: null },
  { name: 'a guest', offers: [{ amount: 5n, customer_group_id: vip }], expect: null },
  {
    name: 'a member',
    offers: [{ amount: 5n, customer_group_id: vip }],
    cart: { customer_group_ids: [staff, vip] },
    expect: 5n,
  },
  {
    name: 'a member of another group',
    offers: [{ amount: 5n, customer_group_id: vip }],
    cart: { customer_group_ids: [staff] },
    expect: null,
  },
  { name: 'starts now', offers: [{ amount: 5n, starts_at: noon }], expect: 5n },
  { name: 'starts in a millisecond', offers: [{ amount: 5n, starts_at: later }], expect: null },
  { name: 'ends now', offers: [{ amount: 5n, ends_at: noon }], expect: null },
  { name: 'ends in a millisecond', offers: [{ amount: 5n, ends_at: later }], expect: 5n },
  { name: 'was over', offers: [{ amount: 5n, ends_at: before }], expect: null },
  {
    name: 'a sale that begins takes over',
    offers: [
      { amount: 9n, ends_at: noon },
      { amount: 5n, starts_at: noon },
    ],
    expect: 5n,
  },
  {
    name: 'until then the old price holds',
    offers: [
      { amount: 9n, ends_at: noon },
      { amount: 5n, starts_at: noon },
    ],
    cart: { now: before },
    expect: 9n,
  },
  {
    name: 'priority before everything',
    offers: [
      { amount: 5n, channel_id: web, countries: ['DE'] },
      { amount: 9n, priority: 1 },
    ],
    expect: 9n,
  },
  {
    name: 'a negative priority goes last',
    offers: [{ amount: 5n, priority: -1 }, { amount: 9n }],
    expect: 9n,
  },
  {
    name: 'the more specific before the lower price',
    offers: [{ amount: 5n }, { amount: 9n, channel_id: web }],
    expect: 9n,
  },
  {
    name: 'two conditions before one',
    offers: [
      { amount: 5n, channel_id: web },
      { amount: 9n, countries: ['DE'], customer_group_id: vip },
    ],
    cart: { customer_group_ids: [vip] },
    expect: 9n,
  },
  {
    name: 'a schedule does not make a list more specific',
    offers: [{ amount: 9n, starts_at: before, ends_at: later }, { amount: 5n }],
    expect: 5n,
  },
  {
    name: 'then the lower price',
    offers: [{ amount: 9n }, { amount: 5n }, { amount: 7n }],
    expect: 5n,
  },
  {
    name: 'the lower price of a unit, not the lower figure',
    offers: [{ amount: 90n, per_units: 100 }, { amount: 1n }],
    expect: 90n,
  },
  {
    name: 'below the first tier',
    offers: [[{ amount: 9n, min_quantity: 10 }]],
    quantity: 9,
    expect: null,
  },
  {
    name: 'a list whose tiers begin higher is passed over',
    offers: [[{ amount: 5n, min_quantity: 10, priority: 9 }], { amount: 9n }],
    quantity: 9,
    expect: 9n,
  },
  {
    name: 'exactly at a tier',
    offers: [[{ amount: 9n }, { amount: 7n, min_quantity: 10 }, { amount: 5n, min_quantity: 50 }]],
    quantity: 10,
    expect: 7n,
  },
  {
    name: 'one below a tier',
    offers: [[{ amount: 9n }, { amount: 7n, min_quantity: 10 }, { amount: 5n, min_quantity: 50 }]],
    quantity: 49,
    expect: 7n,
  },
  {
    name: 'tiers in any order',
    offers: [[{ amount: 5n, min_quantity: 50 }, { amount: 9n }, { amount: 7n, min_quantity: 10 }]],
    quantity: 60,
    expect: 5n,
  },
  {
    name: 'a higher tier holds even when it costs more',
    offers: [[{ amount: 5n }, { amount: 9n, min_quantity: 10 }]],
    quantity: 10,
    expect: 9n,
  },
]
for (const { name, offers, cart = {}, quantity, expect } of choices) {
  test(`price: ${name}`, () => assert.equal(priceOf(offers, cart, quantity), expect))
}

function withCoupon(coupon: PromotionToTry, given: Partial<CartToPrice> = {}) {
  const list = priceList()
  const prices = [priceIn(list, { variant_id, amount: 5000n })]
  const cart = cartOf({ lines: [lineOf(variant_id, 2)], prices, promotions: [coupon], ...given })
  return { book: { price_lists: [list], tax_rates: [] }, cart }
}
const eur = readCurrency('EUR')
type Given = Partial<Promotion>
const onChannel = (id: ChannelId): Given => ({ conditions: { channel_ids: [id] } })
const fromSum = (min_subtotal: bigint): Given => ({ conditions: { min_subtotal } })
const coupons: [
  name: string,
  given: Given,
  problem: PriceProblem['code'] | null,
  code?: Partial<Code>,
][] = [
  ['plain', {}, null],
  ['of its currency', { currency: eur }, null],
  ['of another currency', { currency: usd }, 'coupon_not_applicable'],
  ['of its channel', onChannel(web), null],
  ['of another channel', onChannel(other_channel), 'coupon_not_applicable'],
  ['exactly at the minimum', fromSum(10_000n), null],
  ['a cent below the minimum', fromSum(10_001n), 'coupon_not_applicable'],
  ['that starts now', { starts_at: noon }, null],
  ['that starts later', { starts_at: later }, 'coupon_expired'],
  ['that ends now', { ends_at: noon }, 'coupon_expired'],
  ['that ends later', { ends_at: later }, null],
  ['with a use left', { usage_limit: 3, used: 2 }, null],
  ['whose code has none left', {}, 'coupon_used_up', { usage_limit: 1, used: 1 }],
  ['without a use left', { usage_limit: 3, used: 3 }, 'coupon_used_up'],
  ['with a limit of zero', { usage_limit: 0 }, 'coupon_used_up'],
  ['without a limit', { used: 1_000_000 }, null],
]
for (const [name, given, problem, code] of coupons) {
  test(`coupon ${name}: ${problem ?? 'counts'}`, () => {
    const coupon = couponOf(100_000, given, code)
    const { book, cart } = withCoupon(coupon)
    const priced = priceCart(book, cart)
    assert.deepEqual(
      priced.problems.map((one) => [one.code, one.coupon?.code]),
      problem ? [[problem, 'WELCOME']] : [],
    )
    assert.equal(priced.discount_total, problem ? 0n : 1000n)
    assert.deepEqual(
      priced.promotions.map((one) => [one.promotion_id, one.coupon_id, one.amount]),
      problem ? [] : [[coupon.promotion.id, coupon.code!.id, 1000n]],
    )
    const told = explainCart(book, cart).why.find(({ rule }) => rule === 'coupon WELCOME')
    assert.equal(told?.applied, problem === null)
  })
}

test('a line without a price is left out and named; the rest is priced', () => {
  const list = priceList()
  const known = lineOf(variant_id, 1)
  const unknown = lineOf(newId<VariantId>(), 1)
  const prices = [priceIn(list, { variant_id, amount: 500n })]
  const priced = priceCart(
    { price_lists: [list], tax_rates: [] },
    cartOf({ lines: [unknown, known], prices }),
  )
  assert.deepEqual(priced.problems, [{ code: 'no_price', line_id: unknown.line_id }])
  assert.deepEqual(
    priced.lines.map(({ line_id }) => line_id),
    [known.line_id],
  )
  assert.equal(priced.total, 500n)
})

test('a line beyond 2^53 − 1 is left out and named', () => {
  const list = priceList()
  const line = lineOf(variant_id, 2)
  const prices = [priceIn(list, { variant_id, amount: money_max })]
  const priced = priceCart(
    { price_lists: [list], tax_rates: [] },
    cartOf({ lines: [line], prices }),
  )
  assert.deepEqual(priced.problems, [{ code: 'limit_exceeded', line_id: line.line_id }])
  assert.equal(priced.total, 0n)
})

const limits: [name: string, amount: bigint, tax: string[], shipping: bigint, is_over: boolean][] =
  [
    ['the largest sum there is', money_max, [], 0n, false],
    ['one more by shipping', money_max, [], 1n, true],
    ['one more by tax', money_max, ['DE standard VAT 1'], 0n, true],
    ['shipping alone too high', 0n, [], money_max + 1n, true],
  ]
for (const [name, amount, tax, shipping_amount, is_over] of limits) {
  test(`limit: ${name}`, () => {
    const list = priceList({ prices_include_tax: false })
    const prices = [priceIn(list, { variant_id, amount })]
    const book = { price_lists: [list], tax_rates: rates(...tax) }
    const shipping = {
      option_id: newId<ShippingOptionId>(),
      tax_category: 'none',
      amount: shipping_amount,
      includes_tax: true,
    }
    const priced = priceCart(book, cartOf({ lines: [lineOf(variant_id, 1)], prices, shipping }))
    const problem = { code: 'limit_exceeded', line_id: null }
    assert.deepEqual(priced.problems, is_over ? [problem] : [])
    assert.equal(priced.total, is_over ? 0n : amount + shipping_amount)
    assert.equal(priced.lines.length, is_over ? 0 : 1)
  })
}

test('net and gross lists may stand in one cart', () => {
  const net = priceList({ prices_include_tax: false })
  const gross = priceList({ prices_include_tax: true })
  const [a, b] = [newId<VariantId>(), newId<VariantId>()]
  const prices = [
    priceIn(net, { variant_id: a, amount: 10_000n }),
    priceIn(gross, { variant_id: b, amount: 11_900n }),
  ]
  const priced = priceCart(
    { price_lists: [net, gross], tax_rates: rates('DE standard VAT 19') },
    cartOf({ lines: [lineOf(a, 1), lineOf(b, 1)], prices }),
  )
  assert.equal(priced.total, 23_800n)
  assert.equal(priced.tax_total, 3800n)
  assert.equal(priced.tax_included, 1900n)
})

test('the lists that hold come in the order in which they win', () => {
  const lists = [
    priceList({ code: 'plain' }),
    priceList({ code: 'vip', customer_group_id: vip }),
    priceList({ code: 'sale', priority: 1 }),
    priceList({ code: 'dollars', currency: usd, priority: 9 }),
    priceList({ code: 'tomorrow', starts_at: later, priority: 9 }),
  ]
  const codes = (customer_group_ids: CustomerGroupId[]): string[] =>
    applicableLists({ price_lists: lists }, cartOf({ customer_group_ids })).map(({ code }) => code)
  assert.deepEqual(codes([vip, vip]), ['sale', 'vip', 'plain'])
  assert.deepEqual(codes([]), ['sale', 'plain'])
})

test('carts that share one read get their own prices only', () => {
  const list = priceList()
  const mine = priceIn(list, { variant_id })
  const groups = groupPrices([priceIn(list), mine, priceIn(list)])
  assert.deepEqual(pricesOf(groups, [variant_id, variant_id, newId<VariantId>()]), [mine])
})

test('the reasons say what a person would ask', () => {
  const base = priceList({ code: 'base' })
  const contract = priceList({ code: 'contract', customer_group_id: vip, priority: 5 })
  const bulk = priceList({ code: 'bulk', priority: 7 })
  const prices = [
    priceIn(base, { variant_id, amount: 1250n }),
    priceIn(contract, { variant_id, amount: 1000n }),
    priceIn(bulk, { variant_id, amount: 10n, min_quantity: 100 }),
  ]
  const book = {
    price_lists: [base, contract, bulk],
    tax_rates: rates('DE standard VAT 19', 'DE-BY food VAT 7'),
  }
  const cart = cartOf({ lines: [lineOf(variant_id, 2)], prices, region: 'BY' })
  const tell = (given: Partial<CartToPrice>): string[] => {
    const { lines, why } = explainCart(book, { ...cart, ...given })
    return [...lines.flatMap((line) => line.why), ...why].map(
      ({ rule, applied, reason }) => `${applied ? '+' : '-'} ${rule}: ${reason}`,
    )
  }
  const guest = tell({})
  assert(guest.includes('+ price list base: 12.50 EUR for a unit.'))
  assert(guest.includes('- price list contract: It is for a customer group the buyer is not in.'))
  assert(guest.includes('- price list bulk: Its prices begin at 100 units; the line has 2.'))
  assert(guest.includes('- tax in DE-BY: No rate of category standard is set for this region.'))
  assert(guest.includes('+ tax in DE: VAT 19 %: 3.99 EUR is contained.'))
  const member = tell({ customer_group_ids: [vip] })
  assert(member.includes('+ price list contract: 10.00 EUR for a unit.'))
  assert(
    member.includes(
      '- price list base: 12.50 EUR for a unit. contract has the higher priority (5 > 0).',
    ),
  )
  const stranger = tell({ lines: [lineOf(newId<VariantId>(), 1)] })
  assert(stranger.includes('- price list base: It has no price for this item.'))
})
