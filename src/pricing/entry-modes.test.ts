// A shop may write its prices with tax or without. What is the same then, and where rounding makes
// a difference how large it can be, as docs/tax.md says under "What is exact".
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { newId, type VariantId } from '#src/lib/ids.ts'
import { share } from '#src/lib/money.ts'
import { cartOf, couponOf, lineOf, priceIn, priceList, rates } from '#test/pricing.ts'
import { priceCart } from './price-cart.ts'
import type { PricedCart } from './pricing.ts'

const tax_rates = rates(
  'DE standard VAT 19',
  'DE food VAT 7',
  'DE odd VAT 8.1',
  'DE two One 2.55',
  'DE two Two 13.333',
)
const ppm_of: Readonly<Record<string, readonly bigint[]>> = {
  standard: [190_000n],
  food: [70_000n],
  odd: [81_000n],
  two: [25_500n, 133_330n],
}
const categories = Object.keys(ppm_of)

/** A net amount with its tax: each component is rounded by itself. */
const grossOf = (net: bigint, category: string): bigint =>
  ppm_of[category]!.reduce((sum, ppm) => sum + share(net, ppm, 1_000_000n), net)

type Good = {
  readonly net: bigint
  readonly quantity: number
  readonly category: string
  /** For how many units the price is. */
  readonly per_units: number
}
type Asked = { readonly postage?: bigint; readonly off_ppm?: number }

/** The same cart with prices that include tax, and with prices that do not. */
function priceBoth(
  given: readonly Good[],
  { postage = 0n, off_ppm = 0 }: Asked = {},
): [with_tax: PricedCart, without: PricedCart] {
  const goods = given.map((one) => ({ ...one, variant_id: newId<VariantId>() }))
  const lines = goods.map(({ variant_id, quantity, category }) =>
    lineOf(variant_id, quantity, { tax_category: category }),
  )
  const effect = { kind: 'percentage', on: 'lines', rate_ppm: off_ppm } as const
  const promotions = off_ppm === 0 ? [] : [couponOf(off_ppm, { class: 'product', effect })]
  const priceIf = (includes_tax: boolean): PricedCart => {
    const list = priceList({ prices_include_tax: includes_tax })
    const amountOf = (net: bigint, category: string) =>
      includes_tax ? grossOf(net, category) : net
    const prices = goods.map(({ variant_id, net, category, per_units }) =>
      priceIn(list, { variant_id, amount: amountOf(net, category), per_units }),
    )
    const amount = amountOf(postage, 'standard')
    const shipping = { option_id: newId<never>(), tax_category: 'standard', amount, includes_tax }
    return priceCart(
      { price_lists: [list], tax_rates },
      cartOf({ lines, prices, promotions, shipping }),
    )
  }
  return [priceIf(true), priceIf(false)]
}

function assertSame([with_tax, without]: readonly [PricedCart, PricedCart]): void {
  assert.equal(with_tax.total, without.total)
  assert.equal(with_tax.tax_total, without.tax_total)
  const sumsOf = ({ lines }: PricedCart) =>
    lines.map(({ total, tax, taxes }) => [total, tax, taxes.map(({ amount }) => amount)])
  assert.deepEqual(sumsOf(with_tax), sumsOf(without))
}

const some = { minLength: 1, maxLength: 8 } as const
const category = fc.constantFrom(...categories)
const anyNet = fc.bigInt({ min: 1n, max: 500_000n })
const quantity = fc.integer({ min: 1, max: 30 })

test('where no tax needs rounding both give the same totals, for any number and a discount', () => {
  const whole = fc.record({
    net: fc.bigInt({ min: 1n, max: 2_500n }).map((n) => n * 200n),
    quantity,
    category: fc.constantFrom('standard', 'food'),
    per_units: fc.constant(1),
  })
  // A half and the whole of them leave nothing to round.
  const off = fc.constantFrom(0, 500_000, 1_000_000)
  const postage = fc.bigInt({ min: 0n, max: 50n }).map((n) => n * 200n)
  fc.assert(
    fc.property(fc.array(whole, some), postage, off, (goods, postage, off_ppm) => {
      assertSame(priceBoth(goods, { postage, off_ppm }))
    }),
    { numRuns: 300 },
  )
})

test('one unit of anything, and its postage, cost the same whatever is rounded', () => {
  const one = fc.record({
    net: anyNet,
    quantity: fc.constant(1),
    category,
    per_units: fc.constant(1),
  })
  let rounded = 0
  fc.assert(
    fc.property(fc.array(one, some), anyNet, (goods, postage) => {
      const asked = goods.flatMap(({ net, category }) => ppm_of[category]!.map((ppm) => net * ppm))
      if (asked.some((tax) => tax % 1_000_000n !== 0n)) rounded += 1
      assertSame(priceBoth(goods, { postage }))
    }),
    { numRuns: 500 },
  )
  assert(rounded > 400, `${rounded} of the carts had a tax to round`)
})

test('so do several units whose price is one for all of them', () => {
  const pack = fc
    .record({ net: anyNet, quantity, category })
    .map((one) => ({ ...one, per_units: one.quantity }))
  fc.assert(
    fc.property(fc.array(pack, some), (goods) => assertSame(priceBoth(goods))),
    { numRuns: 500 },
  )
})

const difference = ([with_tax, without]: readonly [PricedCart, PricedCart]): bigint[] =>
  with_tax.lines.map(({ total }, i) => {
    const off = total - without.lines[i]!.total
    return off < 0n ? -off : off
  })
const mug = { net: 99n, quantity: 3, category: 'standard', per_units: 1 }

test('several units differ by what rounding the tax of one does: half a unit each at most', () => {
  const [with_tax, without] = priceBoth([mug])
  assert.deepEqual([with_tax.total, without.total], [354n, 353n])
  // Each component of the tax is rounded.
  const least = (units: number, category: string) =>
    BigInt(Math.floor((ppm_of[category]!.length * (units + 1)) / 2))
  const several = fc.record({ net: anyNet, quantity, category, per_units: fc.constant(1) })
  fc.assert(
    fc.property(fc.array(several, some), (goods) => {
      difference(priceBoth(goods)).forEach((off, i) => {
        const { quantity, category } = goods[i]!
        assert(off <= least(quantity, category), `${off} for ${quantity} units`)
      })
    }),
    { numRuns: 500 },
  )
})

test('a discount in percent of one unit differs by two minor units of its line at most', () => {
  const shirt = { net: 1_150n, quantity: 1, category: 'standard', per_units: 1 }
  const [with_tax, without] = priceBoth([shirt], { off_ppm: 50_000 })
  assert.deepEqual([with_tax.total, without.total], [1_301n, 1_299n])
  const one = fc.record({
    net: anyNet,
    quantity: fc.constant(1),
    category: fc.constantFrom('standard', 'food', 'odd'),
    per_units: fc.constant(1),
  })
  fc.assert(
    fc.property(fc.array(one, some), fc.integer({ min: 1, max: 999_999 }), (goods, off_ppm) => {
      for (const off of difference(priceBoth(goods, { off_ppm }))) assert(off <= 2n, String(off))
    }),
    { numRuns: 500 },
  )
})
