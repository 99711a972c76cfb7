// A shop may write its prices with tax or without: the same goods cost the same.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { newId, type VariantId } from '#src/lib/ids.ts'
import { cartOf, couponOf, lineOf, priceIn, priceList, rates } from '#test/pricing.ts'
import { priceCart } from './price-cart.ts'

const tax_rates = rates('DE standard VAT 19', 'DE food VAT 7')
const percent_of: Readonly<Record<string, bigint>> = { standard: 19n, food: 7n }

/** A net amount with its tax, exactly: nets are multiples of 200. */
const gross = (net: bigint, category: string): bigint => net + (net * percent_of[category]!) / 100n

test('net and gross entry give the same totals, line by line, with and without a discount', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          net: fc.bigInt({ min: 1n, max: 2_500n }).map((n) => n * 200n),
          quantity: fc.integer({ min: 1, max: 30 }),
          category: fc.constantFrom('standard', 'food'),
        }),
        { minLength: 1, maxLength: 8 },
      ),
      fc.bigInt({ min: 0n, max: 50n }).map((n) => n * 200n),
      fc.constantFrom(0, 500_000, 1_000_000),
      (given, postage, off_ppm) => {
        const goods = given.map((one) => ({ ...one, variant_id: newId<VariantId>() }))
        const priceIf = (includes_tax: boolean) => {
          const list = priceList({ prices_include_tax: includes_tax })
          const amountOf = (net: bigint, category: string) =>
            includes_tax ? gross(net, category) : net
          const cart = cartOf({
            lines: goods.map(({ variant_id, quantity, category }) =>
              lineOf(variant_id, quantity, { tax_category: category }),
            ),
            prices: goods.map(({ variant_id, net, category }) =>
              priceIn(list, { variant_id, amount: amountOf(net, category) }),
            ),
            // A half and the whole of them leave nothing to round.
            promotions:
              off_ppm === 0
                ? []
                : [
                    couponOf(off_ppm, {
                      class: 'product',
                      effect: { kind: 'percentage', on: 'lines', rate_ppm: off_ppm },
                    }),
                  ],
            shipping: {
              option_id: newId(),
              tax_category: 'standard',
              amount: amountOf(postage, 'standard'),
              includes_tax,
            },
          })
          return priceCart({ price_lists: [list], tax_rates }, cart)
        }
        const [with_tax, without] = [priceIf(true), priceIf(false)]
        assert.equal(with_tax.total, without.total)
        assert.equal(with_tax.tax_total, without.tax_total)
        const sumsOf = ({ lines }: typeof with_tax) => lines.map(({ total, tax }) => [total, tax])
        assert.deepEqual(sumsOf(with_tax), sumsOf(without))
      },
    ),
    { numRuns: 500 },
  )
})
