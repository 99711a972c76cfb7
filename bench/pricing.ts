// Prints how long it takes to price a cart: `node bench/pricing.ts`. The book holds 1,000
// contract lists beside the public one, as a shop with many business customers has.
import { readCurrency } from '#src/lib/currency.ts'
import { type CustomerGroupId, newId, type ShippingOptionId, type VariantId } from '#src/lib/ids.ts'
import { explainCart } from '#src/pricing/explain-cart.ts'
import { priceCart } from '#src/pricing/price-cart.ts'
import type { CartToPrice, PriceBook } from '#src/pricing/pricing.ts'
import { cartOf, couponOf, lineOf, priceIn, priceList, rates } from '#test/pricing.ts'

const eur = readCurrency('EUR')
const base = priceList({ code: 'base', currency: eur, prices_include_tax: false })
const contracts = Array.from({ length: 1_000 }, () =>
  priceList({ customer_group_id: newId<CustomerGroupId>(), prices_include_tax: false }),
)
const book: PriceBook = {
  price_lists: [base, ...contracts],
  tax_rates: rates('DE standard VAT 19', 'IN-KA standard CGST 9', 'IN-KA standard SGST 9'),
}

function cartWith(lines: number, given: Partial<CartToPrice>): CartToPrice {
  const variants = Array.from({ length: lines }, () => newId<VariantId>())
  return cartOf({
    lines: variants.map((variant_id) => lineOf(variant_id, 3)),
    prices: variants.map((variant_id) => priceIn(base, { variant_id, amount: 1999n })),
    ...given,
  })
}

const shipping = {
  option_id: newId<ShippingOptionId>(),
  tax_category: 'standard',
  amount: 490n,
  includes_tax: false,
}
const promotions = [couponOf(100_000)]

function measure(name: string, run: () => unknown, rounds: number): void {
  for (let i = 0; i < rounds / 4; i++) run()
  const times_us = [1, 2, 3].map(() => {
    const start = process.hrtime.bigint()
    for (let i = 0; i < rounds; i++) run()
    return Number(process.hrtime.bigint() - start) / 1000 / rounds
  })
  const median_us = times_us.sort((a, b) => a - b)[1]!
  process.stdout.write(`${name.padEnd(48)} ${median_us.toFixed(2).padStart(9)} µs\n`)
}

const two = cartWith(2, { shipping })
const with_coupon = cartWith(2, { shipping, promotions })
const india = cartWith(2, { shipping, promotions, country: 'IN', region: 'KA' })
const large = cartWith(200, { shipping, promotions })
measure('2 lines, shipping', () => priceCart(book, two), 100_000)
measure('2 lines, shipping, coupon', () => priceCart(book, with_coupon), 100_000)
measure('2 lines, shipping, coupon, CGST + SGST', () => priceCart(book, india), 100_000)
measure('200 lines, shipping, coupon', () => priceCart(book, large), 2_000)
measure('2 lines, shipping, coupon, with reasons', () => explainCart(book, with_coupon), 500)
