import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readCurrency } from '#src/lib/currency.ts'
import {
  type ChannelId,
  type CustomerGroupId,
  newId,
  type ProductId,
  type ShippingOptionId,
  type VariantId,
} from '#src/lib/ids.ts'
import { money_max } from '#src/lib/money.ts'
import {
  cartOf,
  codeOf,
  lineOf,
  noon,
  priceIn,
  priceList,
  promotionOf,
  rates,
  tried,
  web,
} from '#test/pricing.ts'
import { explainCart } from './explain-cart.ts'
import { priceCart } from './price-cart.ts'
import { applicableLists } from './price-lists.ts'
import type { CartToPrice, Price, PriceBook, PricedCart } from './pricing.ts'
import { type Effect, type PromotionToTry, promotion_classes } from './promotions.ts'

const variants = Array.from({ length: 4 }, () => newId<VariantId>())
const groups = Array.from({ length: 3 }, () => newId<CustomerGroupId>())
const channels = [web, newId<ChannelId>()]
const eur = readCurrency('EUR')
const usd = readCurrency('USD')
const tax_rates = rates(
  'DE standard VAT 19',
  'DE food VAT 7',
  'IN standard IGST 18',
  'IN-KA standard CGST 9',
  'IN-KA standard SGST 9',
  'US-CA standard State 6',
  'US-CA standard County 1.25',
  'US-CA standard City 0.875',
)

const orNull = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.oneof({ arbitrary: fc.constant(null), weight: 2 }, { arbitrary: one, weight: 1 })
const day_ms = 86_400_000
const moment = fc.integer({ min: -3, max: 3 }).map((days) => new Date(+noon + days * day_ms))
const amount = fc.oneof(
  { arbitrary: fc.bigInt({ min: 0n, max: 100_000n }), weight: 20 },
  { arbitrary: fc.bigInt({ min: 0n, max: money_max }), weight: 1 },
)

const list = fc
  .record({
    currency: fc.constantFrom(eur, eur, eur, usd),
    prices_include_tax: fc.boolean(),
    channel_id: orNull(fc.constantFrom(...channels)),
    customer_group_id: orNull(fc.constantFrom(...groups)),
    countries: orNull(fc.constantFrom(['DE'], ['DE', 'IN'], ['US'])),
    starts_at: orNull(moment),
    ends_at: orNull(moment),
    priority: fc.integer({ min: 0, max: 2 }),
  })
  .map((given) => priceList(given))

const goods = fc.oneof(
  fc.constant({}),
  fc.record({ variant_ids: fc.subarray(variants, { minLength: 1 }) }),
)
const counted = fc.record({ goods, quantity: fc.integer({ min: 1, max: 3 }) })
const rate_ppm = fc.oneof(fc.constant(1_000_000), fc.integer({ min: 1, max: 1_000_000 }))
const small = fc.bigInt({ min: 1n, max: 20_000n })
const effect: fc.Arbitrary<Effect> = fc.oneof(
  fc.record({ kind: fc.constant('percentage'), on: fc.constantFrom('order', 'lines'), rate_ppm }),
  fc.record({
    kind: fc.constant('percentage'),
    on: fc.constantFrom('order', 'lines'),
    rate_ppm,
    goods,
    max_amount: small,
  }),
  fc.record({
    kind: fc.constant('fixed'),
    on: fc.constantFrom('order', 'lines', 'units'),
    amount: small,
    goods,
  }),
  fc.record({ kind: fc.constant('buy_x_get_y'), buy: counted, get: counted, rate_ppm }),
  fc.record({
    kind: fc.constant('bundle_price'),
    parts: fc.array(counted, { minLength: 1, maxLength: 3 }),
    amount: small,
  }),
  fc.record({
    kind: fc.constant('gift'),
    variant_id: fc.constant(newId<VariantId>()),
    quantity: fc.constant(1),
  }),
  fc.constant({ kind: 'free_shipping' as const }),
)
const gift = {
  tax_category: 'standard',
  taxable: true,
  requires_shipping: true,
  product_id: newId<ProductId>(),
  available: 5,
}
const any_class = fc.constantFrom(...promotion_classes)
const promotion: fc.Arbitrary<PromotionToTry> = fc
  .record({
    effect,
    class: any_class,
    combines_with: fc.subarray([...promotion_classes]),
    priority: fc.integer({ min: 0, max: 2 }),
    min_subtotal: fc.constantFrom(0n, 0n, 5000n),
    usage_limit: orNull(fc.constantFrom(0, 3)),
    used: fc.constantFrom(0, 3),
    ends_at: orNull(moment),
    budget: orNull(small),
    has_code: fc.boolean(),
  })
  .map(({ effect: of, min_subtotal, has_code, ...terms }) =>
    tried(promotionOf(of, { ...terms, is_automatic: !has_code, conditions: { min_subtotal } }), {
      code: has_code ? codeOf() : null,
      gift: of.kind === 'gift' ? gift : null,
    }),
  )

const world = fc
  .record({
    lists: fc.array(list, { minLength: 1, maxLength: 6, size: 'max' }),
    seeds: fc.array(
      fc.record({
        list: fc.nat(5),
        variant_id: fc.constantFrom(...variants),
        min_quantity: fc.constantFrom(1, 1, 5, 20),
        amount,
        per_units: fc.constantFrom(1, 1, 1, 12, 100),
      }),
      { minLength: 4, maxLength: 24 },
    ),
    lines: fc.array(
      fc.record({
        variant_id: fc.constantFrom(...variants),
        quantity: fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 100_000 })),
        tax_category: fc.constantFrom('standard', 'standard', 'food', 'unheard-of'),
        taxable: fc.boolean(),
      }),
      { minLength: 0, maxLength: 8, size: 'max' },
    ),
    place: fc.constantFrom<[string, string | null]>(
      ['DE', null],
      ['IN', 'KA'],
      ['IN', 'MH'],
      ['US', 'CA'],
      ['ZZ', null],
    ),
    buyer_groups: fc.subarray(groups),
    promotions: fc.array(promotion, { maxLength: 4 }),
    shipping: orNull(
      fc.record({
        amount,
        includes_tax: fc.boolean(),
        tax_category: fc.constantFrom('standard', 'food'),
      }),
    ),
  })
  .map(({ lists, seeds, lines, place, buyer_groups, promotions, shipping }) => {
    const book: PriceBook = { price_lists: lists, tax_rates }
    const prices = seeds.map(({ list: at, ...seed }) => priceIn(lists[at % lists.length]!, seed))
    const cart: CartToPrice = cartOf({
      currency: eur,
      country: place[0],
      region: place[1],
      customer_group_ids: buyer_groups,
      lines: lines.map(({ variant_id, quantity, ...line }) => lineOf(variant_id, quantity, line)),
      prices,
      promotions,
      shipping: shipping && { option_id: newId<ShippingOptionId>(), ...shipping },
    })
    return { book, cart }
  })

const sumOf = <T>(rows: readonly T[], pick: (row: T) => bigint): bigint =>
  rows.reduce((all, row) => all + pick(row), 0n)

function assertAddsUp(priced: PricedCart): void {
  const { lines, shipping, subtotal, shipping_total, tax_total, tax_included, total } = priced
  assert.equal(total, subtotal + shipping_total + tax_total - tax_included - priced.discount_total)
  assert.equal(
    sumOf(lines, (line) => line.subtotal),
    subtotal,
  )
  assert.equal(
    sumOf(lines, (line) => line.discount),
    priced.discount_total,
  )
  assert.equal(
    sumOf(priced.promotions, ({ amount }) => amount),
    priced.discount_total,
  )
  for (const line of lines) {
    assert.equal(
      sumOf(line.discounts, ({ amount }) => amount),
      line.discount,
    )
  }
  const added = shipping && !shipping.tax_included ? shipping.tax : 0n
  assert.equal(sumOf(lines, (line) => line.total) + shipping_total + added, total)
  assert.equal(sumOf(lines, ({ tax }) => tax) + (shipping?.tax ?? 0n), tax_total)
  assert(priced.discount_total <= subtotal && tax_included <= tax_total)
  for (const line of lines) {
    assert.equal(
      sumOf(line.taxes, (one) => one.amount),
      line.tax,
    )
    assert(line.discount <= line.subtotal && (!line.tax_included || line.tax <= line.total))
    assert(line.taxable || line.tax === 0n)
  }
  const amounts = [
    ...[subtotal, shipping_total, tax_total, tax_included, total, priced.discount_total],
    ...lines.flatMap((line) => [line.subtotal, line.discount, line.tax, line.total]),
    ...lines.flatMap((line) => line.taxes.map((one) => one.amount)),
  ]
  assert(amounts.every((one) => typeof one === 'bigint' && one >= 0n && one <= money_max))
}

/** Another way to the price of a line: sort everything that may count and take the first. */
function expectedPrice(book: PriceBook, cart: CartToPrice, at: number): Price | null {
  const { variant_id, quantity } = cart.lines[at]!
  const candidates = book.price_lists
    .filter((one) => one.currency === cart.currency)
    .filter((one) => one.channel_id === null || one.channel_id === cart.channel_id)
    .filter((one) => one.countries === null || one.countries.includes(cart.country))
    .filter(
      ({ customer_group_id: group_id }) =>
        group_id === null || cart.customer_group_ids.includes(group_id),
    )
    .filter((one) => one.starts_at === null || one.starts_at <= cart.now)
    .filter((one) => one.ends_at === null || cart.now < one.ends_at)
    .flatMap((one) => {
      const tier = cart.prices
        .filter((price) => price.price_list_id === one.id && price.variant_id === variant_id)
        .filter((price) => price.min_quantity <= quantity)
        .sort((a, b) => b.min_quantity - a.min_quantity)[0]
      const named = [one.channel_id, one.customer_group_id, one.countries]
      // 300 is a multiple of every per_units here, so the unit price is exact.
      const narrow = named.filter((condition) => condition !== null).length
      return tier
        ? [{ list: one, tier, narrow, unit: (tier.amount * 300n) / BigInt(tier.per_units) }]
        : []
    })
    .sort(
      (a, b) =>
        b.list.priority - a.list.priority ||
        b.narrow - a.narrow ||
        Number(a.unit - b.unit) ||
        (a.list.id < b.list.id ? -1 : 1),
    )
  return candidates[0]?.tier ?? null
}

test('the totals of any cart add up, in whole minor units, and nothing is negative', () => {
  let priced_lines = 0
  let discounted = 0
  let over_limit = 0
  fc.assert(
    fc.property(world, ({ book, cart }) => {
      const priced = priceCart(book, cart)
      assertAddsUp(priced)
      priced_lines += priced.lines.length
      if (priced.discount_total > 0n) discounted += 1
      if (priced.problems.some(({ code }) => code === 'limit_exceeded')) over_limit += 1
    }),
    { numRuns: 10_000 },
  )
  // Random carts that never reach a branch would prove nothing about it.
  assert(priced_lines > 1000 && discounted > 300 && over_limit > 100)
})

test('each line has the price that another way of choosing gives', () => {
  fc.assert(
    fc.property(world, ({ book, cart }) => {
      // Two tiers of one list at one quantity cannot stand in the table: keep the first.
      const prices = Map.groupBy(cart.prices, (price) =>
        [price.price_list_id, price.variant_id, price.min_quantity].join(),
      )
      const single = { ...cart, prices: [...prices.values()].map((group) => group[0]!) }
      const { lines, problems } = priceCart(book, single)
      if (problems.some(({ code, line_id }) => code === 'limit_exceeded' && !line_id)) return
      single.lines.forEach((line, i) => {
        const priced = lines.find(({ line_id }) => line_id === line.line_id)
        const problem = problems.find(({ line_id }) => line_id === line.line_id)
        const expected = expectedPrice(book, single, i)
        if (expected === null) assert.equal(problem?.code, 'no_price')
        else if (priced === undefined) assert.equal(problem?.code, 'limit_exceeded')
        else {
          assert.equal(priced.price_list_id, expected.price_list_id)
          assert.equal(priced.unit_price, expected.amount)
        }
      })
    }),
    { numRuns: 3_000 },
  )
})

test('the reasons name what was chosen, and change nothing', () => {
  fc.assert(
    fc.property(world, ({ book, cart }) => {
      const priced = priceCart(book, cart)
      const explained = explainCart(book, cart)
      const bare = explained.lines.map((line) => ({ ...line, why: [] }))
      assert.deepEqual({ ...explained, lines: bare, why: [] }, priced)
      const codes = new Map(book.price_lists.map(({ id, code }) => [id, code]))
      for (const line of explained.lines) {
        if (line.price_list_id === null) continue
        const hits = line.why.filter(({ rule, applied }) => applied && rule.startsWith('price'))
        assert.deepEqual(
          hits.map(({ rule }) => rule),
          [`price list ${codes.get(line.price_list_id)}`],
        )
        const taxes = line.why.filter(({ rule, applied }) => applied && rule.startsWith('tax'))
        assert.equal(taxes.length, line.taxes.length)
      }
      const holding = explained.why.filter(
        ({ rule, reason }) => rule.startsWith('price list') && reason.startsWith('It holds'),
      )
      assert.deepEqual(
        holding.map(({ rule }) => rule).sort(),
        applicableLists(book, cart)
          .map(({ code }) => `price list ${code}`)
          .sort(),
      )
    }),
    { numRuns: 1_000 },
  )
})
