// What a cart costs: a pure function of one snapshot of prices, rates and coupon. It is run for
// every order on the hot path, so it collects no reasons; explain-cart.ts does.
import assert from 'node:assert/strict'
import { money_max, share, split } from '../lib/money.ts'
import { coupon_misses, couponDiscount, missesCoupon } from './coupons.ts'
import { type ChosenPrice, choosePrice, groupPrices, listIndexOf, listsFor } from './price-lists.ts'
import type {
  CartToPrice,
  LineToPrice,
  PriceBook,
  PricedCart,
  PricedLine,
  PricedShipping,
  PriceProblem,
} from './pricing.ts'
import { no_tax, type TaxIndex, taxIndexOf, taxOn, taxRuleFor } from './tax.ts'

type LineWithPrice = {
  readonly line: LineToPrice
  readonly chosen: ChosenPrice
  readonly subtotal: bigint
}

/** `amount` buys `per_units`: rounded once, for the whole line. */
const subtotalOf = ({ price }: ChosenPrice, quantity: number): bigint =>
  price.per_units === 1
    ? price.amount * BigInt(quantity)
    : share(price.amount, BigInt(quantity), BigInt(price.per_units))

function choosePrices(book: PriceBook, cart: CartToPrice, problems: PriceProblem[]) {
  const lists = listsFor(listIndexOf(book), cart)
  const prices = groupPrices(cart.prices)
  const found: LineWithPrice[] = []
  for (const line of cart.lines) {
    const { line_id, quantity } = line
    assert(Number.isSafeInteger(quantity) && quantity > 0, 'a line needs a quantity')
    const chosen = choosePrice(lists, prices.get(line.variant_id) ?? [], quantity)
    if (chosen === null) {
      problems.push({ code: 'no_price', line_id })
      continue
    }
    const subtotal = subtotalOf(chosen, quantity)
    if (subtotal > money_max) problems.push({ code: 'limit_exceeded', line_id })
    else found.push({ line, chosen, subtotal })
  }
  return found
}

/** The discount of the coupon on each line; zeros when there is none or it does not count. */
function discountsOf(
  cart: CartToPrice,
  lines: readonly LineWithPrice[],
  subtotal: bigint,
  problems: PriceProblem[],
): { readonly total: bigint; readonly by_line: readonly bigint[]; readonly counts: boolean } {
  const none = { total: 0n, by_line: lines.map(() => 0n), counts: false }
  if (cart.coupon === null) return none
  const miss = missesCoupon(cart.coupon, cart, subtotal)
  if (miss !== null) {
    problems.push({ code: coupon_misses[miss], line_id: null })
    return none
  }
  const total = couponDiscount(cart.coupon, subtotal)
  if (total === 0n) return { ...none, counts: true }
  const weights = lines.map((line) => line.subtotal)
  return { total, by_line: split(total, weights), counts: true }
}

function priceLine(
  taxes_by_place: TaxIndex,
  cart: CartToPrice,
  { line, chosen, subtotal }: LineWithPrice,
  discount: bigint,
): PricedLine {
  const { list, price } = chosen
  const rule = line.taxable ? taxRuleFor(taxes_by_place, cart, line.tax_category) : null
  const paid = subtotal - discount
  const { tax, taxes } = rule === null ? no_tax : taxOn(rule, paid, list.prices_include_tax)
  return {
    line_id: line.line_id,
    variant_id: line.variant_id,
    quantity: line.quantity,
    tax_category: line.tax_category,
    taxable: line.taxable,
    price_list_id: list.id,
    unit_price: price.amount,
    per_units: price.per_units,
    compare_at: price.compare_at,
    subtotal,
    discount,
    tax,
    tax_included: list.prices_include_tax,
    taxes,
    total: list.prices_include_tax ? paid : paid + tax,
    why: [],
  }
}

function priceShipping(taxes_by_place: TaxIndex, cart: CartToPrice): PricedShipping | null {
  if (cart.shipping === null) return null
  const { option_id, amount, includes_tax, tax_category } = cart.shipping
  assert(amount >= 0n, 'shipping never costs less than nothing')
  const rule = taxRuleFor(taxes_by_place, cart, tax_category)
  const { tax, taxes } = rule === null ? no_tax : taxOn(rule, amount, includes_tax)
  return { option_id, amount, tax, tax_included: includes_tax, taxes }
}

/** A sum that no double holds cannot be sent to anybody: nothing is priced then. */
const overLimit = (cart: CartToPrice, problems: readonly PriceProblem[]): PricedCart => ({
  currency: cart.currency,
  lines: [],
  subtotal: 0n,
  discount_total: 0n,
  shipping: null,
  shipping_total: 0n,
  tax_total: 0n,
  tax_included: 0n,
  total: 0n,
  coupon: null,
  problems: [...problems, { code: 'limit_exceeded', line_id: null }],
  why: [],
})

/**
 * Prices a cart. What cannot be priced is left out and named in `problems`; the totals are
 * those of the rest. `why` stays empty: see explainCart.
 */
export function priceCart(book: PriceBook, cart: CartToPrice): PricedCart {
  const problems: PriceProblem[] = []
  const taxes_by_place = taxIndexOf(book)
  const with_price = choosePrices(book, cart, problems)
  let subtotal = 0n
  for (const line of with_price) subtotal += line.subtotal
  if (subtotal > money_max) return overLimit(cart, problems)

  const discounts = discountsOf(cart, with_price, subtotal, problems)
  const lines = with_price.map((line, i) =>
    priceLine(taxes_by_place, cart, line, discounts.by_line[i]!),
  )
  const shipping = priceShipping(taxes_by_place, cart)

  const shipping_total = shipping?.amount ?? 0n
  let tax_total = shipping?.tax ?? 0n
  let tax_included = shipping?.tax_included ? shipping.tax : 0n
  for (const { tax, tax_included: is_included } of lines) {
    tax_total += tax
    if (is_included) tax_included += tax
  }
  const total = subtotal + shipping_total + tax_total - tax_included - discounts.total
  // Every other sum is smaller than one of these three.
  if (total > money_max || shipping_total > money_max) return overLimit(cart, problems)
  return {
    currency: cart.currency,
    lines,
    subtotal,
    discount_total: discounts.total,
    shipping,
    shipping_total,
    tax_total,
    tax_included,
    total,
    coupon: cart.coupon && discounts.counts ? { id: cart.coupon.id, code: cart.coupon.code } : null,
    problems,
    why: [],
  }
}
