// What a cart costs: a pure function of one snapshot of prices, rates and promotions. It is run for
// every order on the hot path, so it collects no reasons; explain-cart.ts does.
import assert from 'node:assert/strict'
import type { CartLineId } from '#src/lib/ids.ts'
import { money_max, share, sum } from '#src/lib/money.ts'
import { RuleError } from '#src/lib/rule-error.ts'
import { agreedPrice, offAsAgreed } from './agreed-prices.ts'
import { applyPromotions, type Gift, type Promoted, promotionProblems } from './apply-promotions.ts'
import { isKnownCategory } from './known-categories.ts'
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
import type { Taxed } from './tax.ts'
import {
  type Amount,
  chargeWithoutTax,
  openTaxStage,
  type TaxStage,
  taxLines,
  taxShipping,
  withoutTax,
} from './tax-stage.ts'

export type LineWithPrice = {
  readonly line: LineToPrice
  /** As its list says, before the rules of the shop's own; or as it was agreed on. */
  readonly listed: ChosenPrice
  /** What anybody is offered, who may owe the tax that it includes. */
  readonly offered: ChosenPrice
  /** The same, or without the tax that this buyer does not owe. */
  readonly chosen: ChosenPrice
  /** Null where the price is that of its list. */
  readonly price_rule: string | null
  readonly subtotal: bigint
  /** What it would be if this buyer owed the tax that the price includes. */
  readonly before_relief: bigint
}

/** `amount` buys `per_units`: rounded once, for the whole line. */
const subtotalOf = ({ price }: ChosenPrice, quantity: number): bigint =>
  price.per_units === 1
    ? price.amount * BigInt(quantity)
    : share(price.amount, BigInt(quantity), BigInt(price.per_units))

/**
 * By a rule of the shop's own a line may be taxed as goods of another category: one that a rate is
 * about, or it would bear the standard rate and nobody would be told.
 */
function taxedAs(book: PriceBook, cart: CartToPrice, line: LineToPrice): LineToPrice {
  const ruled = cart.rules?.category(line, cart) ?? null
  if (ruled === null) return line
  const { category: tax_category, rule } = ruled
  if (!isKnownCategory(book, tax_category)) {
    throw new RuleError('tax', rule, 'names a category that no tax rate is for')
  }
  return { ...line, tax_category }
}

export function choosePrices(
  book: PriceBook,
  cart: CartToPrice,
  stage: TaxStage,
  problems: PriceProblem[],
): LineWithPrice[] {
  const lists = listsFor(listIndexOf(book), cart)
  const prices = groupPrices(cart.prices)
  const found: LineWithPrice[] = []
  for (const given of cart.lines) {
    const { line_id, quantity } = given
    const line = taxedAs(book, cart, given)
    assert(Number.isSafeInteger(quantity) && quantity > 0, 'a line needs a quantity')
    const agreed = agreedPrice(line, cart)
    const listed = agreed ?? choosePrice(lists, prices.get(line.variant_id) ?? [], quantity)
    if (listed === null) {
      problems.push({ code: 'no_price', line_id })
      continue
    }
    // What was agreed on stands, whatever a rule of today says.
    const ruled = agreed ? null : (cart.rules?.price(line, listed.price, cart) ?? null)
    const offered = ruled ? { ...listed, price: ruled.price } : listed
    const chosen = withoutTax(stage, line, offered)
    const price_rule = ruled?.rule ?? null
    const subtotal = subtotalOf(chosen, quantity)
    const before_relief = chosen === offered ? subtotal : subtotalOf(offered, quantity)
    if (subtotal > money_max) problems.push({ code: 'limit_exceeded', line_id })
    else found.push({ line, listed, offered, chosen, price_rule, subtotal, before_relief })
  }
  return found
}

const nothing_off: Promoted['by_line'][number] = { off: 0n, discounts: [] }

/** Null where nothing is tried: a shop without promotions pays nothing for them. */
const promote = (
  cart: CartToPrice,
  shipping: CartToPrice['shipping'],
  lines: readonly LineWithPrice[],
): Promoted | null => {
  if (lines.some(({ line }) => line.agreed)) return asAgreed(cart, lines)
  return cart.promotions.length === 0 ? null : applyPromotions({ ...cart, shipping }, lines)
}

/** What was agreed on stands; beside it no promotion counts. */
function asAgreed({ promotions }: CartToPrice, lines: readonly LineWithPrice[]): Promoted {
  assert(promotions.length === 0, 'a promotion beside an agreed price')
  const by_line = lines.map(({ line, subtotal, before_relief }) => {
    return line.agreed ? offAsAgreed(line.agreed, { subtotal, before_relief }) : nothing_off
  })
  const off_lines = sum(by_line.map(({ off }) => off))
  return { applied: [], by_line, off_lines, off_shipping: 0n, gifts: [], missed: [] }
}

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
  { line, chosen, price_rule, subtotal }: LineWithPrice,
  { off: discount, discounts }: Promoted['by_line'][number],
  { tax, taxes }: Taxed,
): PricedLine {
  const { list, price } = chosen
  const paid = subtotal - discount
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
    ...(price_rule === null ? {} : { price_rule }),
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
  stage: TaxStage,
  charge: CartToPrice['shipping'],
  amounts: readonly Amount[],
): PricedShipping | null {
  if (charge === null) return null
  assert(charge.amount >= 0n, 'shipping never costs less than nothing')
  return { option_id: charge.option_id, ...taxShipping(stage, charge, amounts) }
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
  const stage = openTaxStage(book, cart)
  const with_price = choosePrices(book, cart, stage, problems)
  let subtotal = 0n
  for (const line of with_price) subtotal += line.subtotal
  if (subtotal > money_max) return overLimit(cart, problems)

  // Promotions take something off what this buyer would pay: taxes are reckoned on the rest.
  const charge = chargeWithoutTax(stage, cart.shipping, with_price)
  const promoted = promote(cart, charge, with_price)
  const amounts = with_price.map(({ line, chosen, subtotal: before }, i) => ({
    line,
    paid: before - (promoted?.by_line[i]?.off ?? 0n),
    is_included: chosen.list.prices_include_tax,
  }))
  const taxes = taxLines(stage, amounts)
  const lines = with_price.map((line, i) =>
    priceLine(line, promoted?.by_line[i] ?? nothing_off, taxes[i]!),
  )
  const left = charge && { ...charge, amount: charge.amount - (promoted?.off_shipping ?? 0n) }
  const shipping = priceShipping(stage, left, amounts)

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
