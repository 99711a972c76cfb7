// Random carts with every kind of tax: compound, steps, districts, treatments, settings of shipping
// and rounding. `npm run prove` asks for more of them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readCurrency } from '#src/lib/currency.ts'
import { newId, type ShippingOptionId, type VariantId } from '#src/lib/ids.ts'
import { usual_tax_settings } from '#src/shop/tax-settings.ts'
import { cartOf, lineOf, priceIn, priceList, promotionOf, tried } from '#test/pricing.ts'
import { sizeOf } from '#test/proof.ts'
import { explainCart } from './explain-cart.ts'
import { priceCart } from './price-cart.ts'
import type {
  CartToPrice,
  DistrictRate,
  PriceBook,
  PricedCart,
  TaxDistrict,
  TaxRate,
  TaxSteps,
} from './pricing.ts'
import { type Effect, promotion_classes } from './promotions.ts'
import { indexTaxes, type Place, taxInGross, taxOnNet, taxRuleFor } from './tax.ts'
import { treat } from './tax-treatment.ts'

const numRuns = sizeOf('RANDOM_CARTS', 10_000)
const usd = readCurrency('USD')
const categories = ['standard', 'food'] as const

const ppm = fc.oneof(
  fc.constantFrom(0, 50_000, 62_500, 99_750, 190_000, 200_000, 255_000),
  fc.integer({ min: 0, max: 400_000 }),
)
const steps: fc.Arbitrary<TaxSteps> = fc
  .record({
    of: fc.constantFrom<TaxSteps['of']>('whole', 'part'),
    froms: fc.uniqueArray(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: 3 }),
    ppms: fc.array(ppm, { minLength: 4, maxLength: 4 }),
    is_over: fc.boolean(),
    currency: fc.constantFrom(usd, usd, usd, readCurrency('INR')),
  })
  .map(({ of, froms, ppms, is_over, currency }) => {
    const rates = of === 'whole' ? ppms.toSorted((a, b) => a - b) : ppms
    const begins = [0, ...froms.toSorted((a, b) => a - b)]
    const all = begins.map((from, i) => ({
      from: BigInt(from),
      is_over: is_over && i > 0,
      rate_ppm: rates[i]!,
    }))
    return { of, currency, steps: all }
  })

/** At most 40 % each, and few: a price that includes taxes must have room for them. */
const rateOf = (component: string) =>
  fc
    .record({
      rate_ppm: ppm,
      is_compound: fc.boolean(),
      steps: fc.oneof({ arbitrary: fc.constant(null), weight: 3 }, { arbitrary: steps, weight: 1 }),
    })
    .map(
      (given): Omit<DistrictRate, 'category'> => ({
        component,
        position: 0,
        ...given,
        is_compound: given.is_compound && given.steps === null,
      }),
    )

/** From narrow to wide, so that whoever needs them the other way round must sort. */
const district_kinds = ['special', 'city', 'county'] as const
const districtOf = (kind: TaxDistrict['kind']) =>
  fc.option(
    fc.record({
      rate: rateOf(`District: ${kind}`),
      adds: fc.oneof({ arbitrary: fc.constant(true), weight: 2 }, fc.boolean()),
    }),
    { nil: null },
  )

const zoneRates = fc.tuple(rateOf('State'), rateOf('County'), rateOf('City'))
const book_parts = fc.record({
  zone: zoneRates,
  region: zoneRates,
  adds: fc.boolean(),
  has_region: fc.boolean(),
  districts: fc.tuple(...district_kinds.map(districtOf)),
})
type BookParts = typeof book_parts extends fc.Arbitrary<infer Parts> ? Parts : never

const taxesOf = ({
  zone,
  region,
  adds,
  has_region,
  districts,
}: BookParts): Required<Pick<PriceBook, 'tax_rates' | 'tax_districts'>> => {
  const rates = (of: string | null, all: readonly Omit<DistrictRate, 'category'>[]): TaxRate[] =>
    categories.flatMap((category, n) =>
      all.slice(n).map((rate, position) => ({
        ...rate,
        country: 'US',
        region: of,
        adds: of !== null && adds,
        category,
        position,
      })),
    )
  const tax_districts = districts.flatMap((one, i): TaxDistrict[] => {
    if (one === null) return []
    const kind = district_kinds[i]!
    const district = { id: newId<string>(), country: 'US', region: 'NY', kind, name: `NY ${kind}` }
    const postal_codes = [{ from: '10001', to: '10292' }]
    const taxed = [{ ...one.rate, category: 'standard' }]
    return [{ ...district, cities: [], adds: one.adds, postal_codes, rates: taxed }]
  })
  const tax_rates = [...rates(null, zone), ...(has_region ? rates('NY', region) : [])]
  return { tax_rates, tax_districts }
}

const amount = fc.oneof(
  { arbitrary: fc.integer({ min: 0, max: 300 }), weight: 1 },
  { arbitrary: fc.integer({ min: 0, max: 50_000 }), weight: 3 },
)
const exemption = {
  id: 'x',
  country: 'US',
  region: null,
  number: '1',
  reason: 'charity',
  valid_until: null,
}

/** Off the order or off shipping, on top of each other: what taxes are reckoned on is the rest. */
const promotion = fc
  .oneof(
    fc
      .integer({ min: 1, max: 1_000_000 })
      .map((rate_ppm): Effect => ({ kind: 'percentage', on: 'order', rate_ppm })),
    amount.map((off): Effect => ({ kind: 'fixed', on: 'order', amount: BigInt(off) + 1n })),
    amount.map((max): Effect => ({ kind: 'free_shipping', max_amount: BigInt(max) + 1n })),
  )
  .map((effect) => {
    const of_class = effect.kind === 'free_shipping' ? 'shipping' : 'order'
    return tried(promotionOf(effect, { class: of_class, combines_with: promotion_classes }))
  })

const world = fc
  .record({
    taxes: book_parts,
    include: fc.boolean(),
    lines: fc.array(
      fc.record({
        amount,
        quantity: fc.integer({ min: 1, max: 12 }),
        tax_category: fc.constantFrom<string>(...categories, 'unheard-of'),
        taxable: fc.oneof({ arbitrary: fc.constant(true), weight: 5 }, fc.boolean()),
      }),
      { minLength: 1, maxLength: 6 },
    ),
    promotions: fc.array(promotion, { maxLength: 3 }),
    shipping: fc.oneof(fc.constant(null), fc.record({ amount, includes_tax: fc.boolean() })),
    settings: fc.record({
      shipping: fc.constantFrom('category', 'proportional', 'main'),
      rounding: fc.constantFrom('line', 'invoice'),
    }),
    postal_code: fc.constantFrom('10001', '10292-1234', '90210', null),
    seller: fc.constantFrom('US', 'US', 'US', 'DE'),
    sent_from: fc.constantFrom('10292', '94105', null),
    exempt: fc.oneof({ arbitrary: fc.constant(false), weight: 6 }, fc.boolean()),
  })
  .map((asked) => {
    const { taxes, include, lines, promotions, shipping, settings, postal_code } = asked
    const { seller, sent_from, exempt } = asked
    const list = priceList({ currency: usd, prices_include_tax: include })
    const prices = lines.map((line) => priceIn(list, { amount: BigInt(line.amount) }))
    const place = { country: 'US', region: 'NY', city: '', postal_code }
    const tax_settings = { ...usual_tax_settings, ...settings } as typeof usual_tax_settings
    const treatment = treat({
      seller: {
        country: seller,
        region: null,
        city: '',
        postal_code: sent_from,
        settings: tax_settings,
      },
      place,
      supply: 'goods',
      tax_id: null,
      exemptions: exempt ? [exemption] : [],
      today: '2026-06-01',
    })
    const book: PriceBook = { price_lists: [list], ...taxesOf(taxes) }
    const cart: CartToPrice = cartOf({
      currency: usd,
      country: 'US',
      region: 'NY',
      lines: lines.map(({ quantity, tax_category, taxable }, i) =>
        lineOf(prices[i]!.variant_id, quantity, { tax_category, taxable }),
      ),
      prices,
      promotions,
      shipping: shipping && {
        option_id: newId<ShippingOptionId>(),
        tax_category: 'standard',
        amount: BigInt(shipping.amount),
        includes_tax: shipping.includes_tax,
      },
      tax: { treatment, settings: tax_settings, engine: null },
    })
    return { book, cart }
  })

/** Of the districts that an address lies in at most one stands in for all around: the narrowest. */
function standIn({ tax_districts = [] }: PriceBook, category: string, place: Place) {
  const is_within = place.postal_code?.startsWith('10') === true
  const here = is_within && category === 'standard' ? tax_districts : []
  // Nor for goods that come from elsewhere in the country.
  const from = place.sent_from?.postal_code
  const instead = from?.startsWith('10') ? here.find(({ adds }) => !adds) : undefined
  return { instead, districts: here.filter((one) => one.adds || one === instead).toReversed() }
}

/** What a line of this category bears, in the order in which it is shown. */
function componentsAt(book: PriceBook, category: string, place: Place): string[] {
  const { instead, districts } = standIn(book, category, place)
  const ratesOf = (region: string | null): readonly DistrictRate[] =>
    book.tax_rates.filter((one) => one.region === region && one.category === category)
  const regional = book.tax_rates.find((one) => one.region === 'NY' && one.category === category)
  const whole = !regional || regional.adds ? ratesOf(null) : []
  const zones = instead ? [] : [...whole, ...ratesOf('NY')]
  const found = [...zones, ...districts.flatMap(({ rates }) => rates)]
  // What has no rate is taxed like all else.
  if (found.length === 0 && category !== 'standard') return componentsAt(book, 'standard', place)
  return found.map(({ component }) => component)
}

const sumOf = <T>(rows: readonly T[], pick: (row: T) => bigint): bigint =>
  rows.reduce((all, row) => all + pick(row), 0n)

function assertAddsUp({ lines, shipping, ...priced }: PricedCart): void {
  const { subtotal, discount_total, shipping_total, tax_total, tax_included, total } = priced
  assert.equal(total, subtotal + shipping_total + tax_total - tax_included - discount_total)
  assert.equal(sumOf(lines, (line) => line.subtotal) - subtotal, 0n)
  assert.equal(sumOf(lines, (line) => line.discount) - discount_total, 0n)
  assert.equal(
    sumOf(priced.promotions, (one) => one.amount),
    discount_total,
  )
  const added = shipping && !shipping.tax_included ? shipping.tax : 0n
  assert.equal(sumOf(lines, (line) => line.total) + shipping_total + added, total)
  assert.equal(sumOf(lines, ({ tax }) => tax) + (shipping?.tax ?? 0n), tax_total)
  for (const line of lines) {
    const paid = line.subtotal - line.discount
    assert.equal(sumOf(line.taxes, (one) => one.amount) - line.tax, 0n)
    assert(line.taxes.every(({ amount: one }) => one >= 0n))
    assert(line.discount <= line.subtotal && (!line.tax_included || line.tax <= paid))
    assert(line.taxable || line.tax === 0n)
    assert.equal(line.total, line.tax_included ? paid : paid + line.tax)
  }
  if (shipping === null) return
  assert.equal(sumOf(shipping.taxes, (one) => one.amount) - shipping.tax, 0n)
  assert(!shipping.tax_included || shipping.tax <= shipping.amount)
}

const nowhere: Place = { country: 'US', region: null }

test(`lines + tax + shipping − discounts are the total of ${numRuns} random carts`, () => {
  const seen = {
    ...{ untaxed: 0, contained: 0, stepped: 0, apart: 0, sent_cheaper: 0 },
    ...{ stood_in: 0, stood_in_beside_others: 0 },
  }
  fc.assert(
    fc.property(world, ({ book, cart }) => {
      const priced = priceCart(book, cart)
      assertAddsUp(priced)
      if (cart.tax!.treatment.rates_at === null) {
        seen.untaxed += 1
        assert.equal(priced.tax_total, 0n)
      }
      const place = cart.tax!.treatment.rates_at
      for (const { taxable, tax_category, taxes } of place === null ? [] : priced.lines) {
        const expected = taxable ? componentsAt(book, tax_category, place!) : []
        assert.deepEqual(
          taxes.map(({ component }) => component),
          expected,
        )
      }
      const { instead, districts } = standIn(book, 'standard', place ?? nowhere)
      if (instead) seen.stood_in += 1
      if (instead && districts.length > 1) seen.stood_in_beside_others += 1
      // What a promotion says it has taken off shipping is what shipping costs less.
      const off = sumOf(priced.promotions, ({ shipping }) => shipping)
      const bare = priceCart(book, { ...cart, promotions: [] })
      assert.equal(priced.shipping_total + off, bare.shipping_total)
      if (off > 0n) seen.sent_cheaper += 1
      if (priced.tax_included > 0n) seen.contained += 1
      if (priced.lines.some(({ taxes }) => taxes.some(({ base }) => base !== undefined))) {
        seen.stepped += 1
      }
      if ((priced.shipping?.taxes.length ?? 0) > 3) seen.apart += 1
    }),
    { numRuns },
  )
  // Random carts that never reach a branch would prove nothing about it.
  for (const [what, times] of Object.entries(seen)) assert(times > numRuns / 100, what)
})

test('whoever owes no tax pays nothing more than whoever owes it', () => {
  fc.assert(
    fc.property(world, ({ book, cart }) => {
      const treatment = { ...cart.tax!.treatment, kind: 'taxed' as const, relief_at: null }
      const place = { country: 'US', region: 'NY', city: '', postal_code: '10001' }
      const taxed = { ...cart.tax!, treatment: { ...treatment, rates_at: place } }
      const relieved = {
        ...cart.tax!,
        treatment: { ...treatment, rates_at: null, relief_at: place },
      }
      const bare = { ...cart, promotions: [] }
      const more = priceCart(book, { ...bare, tax: taxed }).total
      assert(priceCart(book, { ...bare, tax: relieved }).total <= more)
    }),
    { numRuns: Math.ceil(numRuns / 10) },
  )
})

test('net → gross → net is exact for every rule, and both ways of entry have one total', () => {
  const cases = fc.record({
    taxes: book_parts,
    net: fc.bigInt({ min: 0n, max: 1_000_000n }),
    quantity: fc.integer({ min: 1, max: 9 }),
  })
  fc.assert(
    fc.property(cases, ({ taxes, net, quantity }) => {
      const parts = taxesOf(taxes)
      const place = { country: 'US', region: 'NY', city: '', postal_code: '10001' }
      const rule = taxRuleFor(indexTaxes(parts.tax_rates, parts.tax_districts), place, 'standard')!
      const units = { quantity: BigInt(quantity), currency: usd }
      const added = taxOnNet(rule, net, units)
      assert.deepEqual(taxInGross(rule, net + added.tax, units), added)

      // A price for the whole line, once without and once with the tax: the same order.
      const [without, within] = [net, net + added.tax].map((price, n) => {
        const list = priceList({ currency: usd, prices_include_tax: n === 1 })
        const variant_id = newId<VariantId>()
        const cart = cartOf({
          currency: usd,
          country: 'US',
          region: 'NY',
          lines: [lineOf(variant_id, quantity)],
          prices: [priceIn(list, { variant_id, amount: price, per_units: quantity })],
          tax: {
            treatment: treat({
              seller: { ...place, settings: usual_tax_settings },
              place,
              supply: 'goods',
              tax_id: null,
              exemptions: [],
              today: '',
            }),
            settings: usual_tax_settings,
            engine: null,
          },
        })
        return priceCart({ price_lists: [list], ...parts }, cart)
      })
      assert.equal(without!.total, within!.total)
      assert.equal(without!.tax_total, within!.tax_total)
      assert.deepEqual(without!.lines[0]!.taxes, within!.lines[0]!.taxes)
    }),
    { numRuns },
  )
})

test('the reasons change nothing, and name each component', () => {
  fc.assert(
    fc.property(world, ({ book, cart }) => {
      const priced = priceCart(book, cart)
      const explained = explainCart(book, cart)
      const bare = explained.lines.map((line) => ({ ...line, why: [] }))
      assert.deepEqual({ ...explained, lines: bare, why: [] }, priced)
      for (const line of explained.lines) {
        const hits = line.why.filter(({ rule, applied }) => applied && rule.startsWith('tax'))
        assert.equal(hits.length, line.taxes.length)
      }
    }),
    { numRuns: Math.ceil(numRuns / 10) },
  )
})
