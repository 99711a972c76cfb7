// What a cart costs: a pure function of one snapshot of prices, rates and promotions. It is run for
// every order on the hot path, so it collects no reasons; explain-cart.ts does.
import assert from 'node:assert/strict'
import type { CartLineId } from '#src/lib/ids.ts'
import { money_max, share } from '#src/lib/money.ts'
import { applyPromotions, type Gift, type Promoted, promotionProblems } from './apply-promotions.ts'
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

const nothing_off: Promoted['by_line'][number] = { off: 0n, discounts: [] }

/** Null where nothing is tried: a shop without promotions pays nothing for them. */
const promote = (cart: CartToPrice, lines: readonly LineWithPrice[]): Promoted | null =>
  cart.promotions.length === 0 ? null : applyPromotions(cart, lines)

/** A gift is a line like any other, at no price. */
function giftLine({ promotion, code, effect, facts }: Gift, tax_included: boolean): PricedLine {
  return {
    // It is in no cart: the promotion is what it can be told by.
    line_id: promotion.id as string as CartLineId,
    variant_id: effect.variant_id,
    quantity: effect.quantity,
    tax_category: facts.tax_category,
    taxable: facts.taxable,
    product_id: facts.product_id,
    category_ids: [],
    tags: [],
    price_list_id: null,
    is_gift: true,
    unit_price: 0n,
    per_units: 1,
    compare_at: null,
    subtotal: 0n,
    discount: 0n,
    discounts: [{ promotion_id: promotion.id, name: promotion.name, code, amount: 0n }],
    tax: 0n,
    tax_included,
    taxes: [],
    total: 0n,
    why: [],
  }
}

function priceLine(
  taxes_by_place: TaxIndex,
  cart: CartToPrice,
  { line, chosen, subtotal }: LineWithPrice,
  { off: discount, discounts }: Promoted['by_line'][number],
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
    product_id: line.product_id,
    category_ids: line.category_ids,
    tags: line.tags,
    price_list_id: list.id,
    is_gift: false,
    unit_price: price.amount,
    per_units: price.per_units,
    compare_at: price.compare_at,
    subtotal,
    discount,
    discounts,
    tax,
    tax_included: list.prices_include_tax,
    taxes,
    total: list.prices_include_tax ? paid : paid + tax,
    why: [],
  }
}

function priceShipping(
  taxes_by_place: TaxIndex,
  cart: CartToPrice,
  off: bigint,
): PricedShipping | null {
  if (cart.shipping === null) return null
  const { option_id, includes_tax, tax_category } = cart.shipping
  const amount = cart.shipping.amount - off
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
  promotions: [],
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

  const promoted = promote(cart, with_price)
  const lines = with_price.map((line, i) =>
    priceLine(taxes_by_place, cart, line, promoted?.by_line[i] ?? nothing_off),
  )
  const shipping = priceShipping(taxes_by_place, cart, promoted?.off_shipping ?? 0n)

  const shipping_total = shipping?.amount ?? 0n
  let tax_total = shipping?.tax ?? 0n
  let tax_included = shipping?.tax_included ? shipping.tax : 0n
  for (const { tax, tax_included: is_included } of lines) {
    tax_total += tax
    if (is_included) tax_included += tax
  }
  const discount_total = promoted?.off_lines ?? 0n
  const total = subtotal + shipping_total + tax_total - tax_included - discount_total
  // Every other sum is smaller than one of these three.
  if (total > money_max || shipping_total > money_max) return overLimit(cart, problems)
  if (promoted !== null) {
    for (const problem of promotionProblems(promoted)) problems.push(problem)
    const gross = lines[0]?.tax_included ?? true
    for (const gift of promoted.gifts) lines.push(giftLine(gift, gross))
  }
  return {
    currency: cart.currency,
    lines,
    subtotal,
    discount_total,
    shipping,
    shipping_total,
    tax_total,
    tax_included,
    total,
    promotions: promoted?.applied ?? [],
    problems,
    why: [],
  }
}
