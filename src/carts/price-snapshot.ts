// From a snapshot to prices, and to the list of what is still missing. Pure.
import { type OfferedOption, shippingOptionsFor } from '#src/delivery/delivery.ts'
import { checkAddress } from '#src/lib/addresses.ts'
import type { FieldError } from '#src/lib/refusal.ts'
import { explainCart } from '#src/pricing/explain-cart.ts'
import { priceCart } from '#src/pricing/price-cart.ts'
import type { CartToPrice, LineToPrice, PricedCart } from '#src/pricing/pricing.ts'
import { unknown_code_reason } from '#src/pricing/promotions.ts'
import { treatmentFor } from '#src/pricing/tax-treatment.ts'
import { type CartSnapshot, isSoldIn, placeOf, type VariantFacts } from './cart-snapshots.sql.ts'
import {
  cartTaxOf,
  engineTaxes,
  factsOf,
  type QuoteResult,
  questionOf,
  quoteFor,
  type TaxFacts,
  type ToAsk,
} from './cart-tax.ts'
import { type Cart, type CartLine, codesOf } from './carts.ts'
import { checkByRules } from './checkout-rules.ts'
import { channelOf, type ShopBook } from './shop-book.ts'

/**
 * One thing that stands between a cart and an order, as a message to act on; of a code that does
 * not count also which one it is, and what it misses.
 */
export type Missing = FieldError & Pick<PricedCart['problems'][number], 'coupon'>
export type PricedSnapshot = {
  readonly snapshot: CartSnapshot
  readonly priced: PricedCart
  /** The options that serve this cart, with their prices. */
  readonly shipping_options: readonly OfferedOption[]
  readonly requires_shipping: boolean
  readonly weight_g: number
  /** Null where the rates of the place say all. */
  readonly tax_facts: TaxFacts | null
  /** What an engine is asked about the cart as it is now; null when none is. */
  readonly tax_question: ToAsk | null
  /** What came of it; null when it has not been asked. */
  readonly tax_result: QuoteResult | null
  /** Empty when the cart can be ordered. */
  readonly missing: readonly Missing[]
}

const missing = (field: string, code: string, message: string): Missing => ({
  field,
  code,
  message,
})

/** How goods that travel can get there. `serves_country`: whether anything goes there at all. */
type Ways = {
  readonly serves_country: boolean
  readonly options: readonly OfferedOption[]
  readonly has_choice: boolean
}

function missingWay({ cart }: CartSnapshot, { serves_country, options, has_choice }: Ways) {
  const found: Missing[] = []
  const errors = cart.shipping_address === null ? [] : checkAddress(cart.shipping_address)
  if (cart.shipping_address === null) {
    found.push(missing('shipping_address', 'required', 'A shipping address is needed.'))
  }
  for (const error of errors) found.push({ ...error, field: `shipping_address.${error.field}` })
  if (cart.shipping_address !== null && !serves_country) {
    // An option would not help, so none is asked for.
    if (!errors.some(({ field }) => field === 'country')) {
      const text = 'The shop does not deliver to this country.'
      found.push(missing('shipping_address.country', 'country_not_served', text))
    }
  } else if (options.length === 0) {
    const text = 'Nothing that the shop offers can deliver this cart there.'
    found.push(missing('shipping_option_id', 'no_shipping_option', text))
  } else if (cart.shipping_option_id === null) {
    found.push(missing('shipping_option_id', 'required', 'A shipping option must be chosen.'))
  } else if (!has_choice) {
    const text = 'The chosen shipping option does not serve this cart any more.'
    found.push(missing('shipping_option_id', 'shipping_option_unavailable', text))
  }
  return found
}

/** `ways` is null when nothing travels. */
function missingOf(snapshot: CartSnapshot, priced: PricedCart, ways: Ways | null): Missing[] {
  const { cart, variants } = snapshot
  const found: Missing[] = []
  if (cart.lines.length === 0) {
    found.push(missing('lines', 'cart_is_empty', 'Add something to the cart.'))
  }
  cart.lines.forEach((line, i) => {
    const facts = variants.get(line.variant_id)
    if (!facts || !isSoldIn(facts, cart.channel_id)) {
      const text = 'This item is not sold any more.'
      found.push(missing(`lines.${i}`, 'not_for_sale', text))
    }
  })
  for (const problem of priced.problems) {
    const at = cart.lines.findIndex(({ id }) => id === problem.line_id)
    const { code, coupon } = problem
    const field = coupon ? codeField(cart, coupon.code) : at >= 0 ? `lines.${at}` : 'lines'
    found.push({ ...missing(field, code, problem_texts[code]), ...(coupon ? { coupon } : {}) })
  }
  for (const code of snapshot.unknown_codes) {
    const entry = missing(codeField(cart, code), 'coupon_unknown', 'There is no such coupon.')
    found.push({ ...entry, coupon: { code, reason: unknown_code_reason } })
  }
  if (cart.email === null) found.push(missing('email', 'required', 'An e-mail address is needed.'))
  if (ways !== null) {
    found.push(...missingWay(snapshot, ways))
  } else if (cart.billing_address === null && cart.shipping_address === null) {
    found.push(missing('billing_address', 'required', 'A billing address is needed.'))
  }
  return found
}

/** The first code has a field of its own; the others stand in the list of all. */
function codeField(cart: Cart, code: string): string {
  const at = codesOf(cart).indexOf(code)
  return code === cart.coupon_code ? 'coupon_code' : `coupon_codes.${at}`
}

const problem_texts = {
  no_price: 'This item has no price in this currency.',
  coupon_expired: 'The coupon is not valid now.',
  coupon_used_up: 'The coupon has been used as often as it may be.',
  coupon_not_applicable: 'The coupon does not apply to this cart.',
  coupon_not_combinable: 'The coupon cannot be combined with what the cart has already.',
  limit_exceeded: 'The total is larger than this shop can charge.',
} as const satisfies Record<PricedCart['problems'][number]['code'], string>

const toPrice = (line: CartLine, facts: VariantFacts): LineToPrice => ({
  line_id: line.id,
  variant_id: line.variant_id,
  quantity: line.quantity,
  tax_category: facts.tax_category,
  taxable: facts.taxable,
  agreed: line.agreed ?? null,
  product_id: facts.product_id,
  category_ids: facts.category_ids,
  tags: facts.tags,
})

type Known = { readonly line: CartLine; readonly facts: VariantFacts }

const knownLines = ({ cart, variants }: CartSnapshot): Known[] =>
  cart.lines.flatMap((line) => {
    const facts = variants.get(line.variant_id)
    return facts ? [{ line, facts }] : []
  })

/** What pricing is asked, before it is known which way the goods are sent. */
function goodsToPrice(
  snapshot: CartSnapshot,
  known: readonly Known[],
  book: ShopBook,
  now: Date,
): CartToPrice {
  const { cart } = snapshot
  const { country, region } = placeOf(cart, book)
  const tax = cartTaxOf(snapshot, book, now)
  return {
    now,
    channel_id: cart.channel_id,
    currency: cart.currency,
    country,
    region,
    customer_group_ids: snapshot.customer_group_ids,
    lines: known.map(({ line, facts }) => toPrice(line, facts)),
    prices: snapshot.prices,
    promotions: snapshot.promotions,
    travels: known.some(({ facts }) => facts.requires_shipping),
    shipping: null,
    ...(book.rules.pricing ? { rules: book.rules.pricing } : {}),
    ...(tax === null ? {} : { tax }),
  }
}

type Priced = { readonly input: CartToPrice; readonly priced: PricedCart }

/** Goods that are worth more than the seller may collect taxes for are exported. */
function priceWithin(book: ShopBook, input: CartToPrice): Priced {
  const priced = priceCart(book.prices, input)
  const { tax } = input
  if (!tax?.treatment.limit) return { input, priced }
  const treatment = treatmentFor(tax.treatment, input.currency, worthOf(priced))
  if (treatment === tax.treatment) return { input, priced }
  const beyond = { ...input, tax: { ...tax, treatment } }
  return { input: beyond, priced: priceCart(book.prices, beyond) }
}

/** Without tax and shipping. */
const worthOf = ({ lines }: PricedCart): bigint =>
  lines.reduce((all, { total, tax }) => all + total - tax, 0n)

function sentBy(
  goods: CartToPrice,
  choice: OfferedOption | undefined,
  { agreed_shipping }: CartSnapshot['cart'],
): CartToPrice {
  if (choice === undefined) return goods
  const { id, tax_category, includes_tax } = choice
  const amount = agreed_shipping ?? choice.amount
  return { ...goods, shipping: { option_id: id, tax_category, amount, includes_tax } }
}

/** The same cart with the taxes that an engine has answered. */
const answeredBy = (input: CartToPrice, result: QuoteResult | null): CartToPrice =>
  input.tax && result?.kind === 'answer'
    ? { ...input, tax: { ...input.tax, engine: engineTaxes(result) } }
    : input

export function priceSnapshot(snapshot: CartSnapshot, book: ShopBook, now: Date): PricedSnapshot {
  const { cart } = snapshot
  const known = knownLines(snapshot)
  const requires_shipping = known.some(({ facts }) => facts.requires_shipping)
  const weight_g = known.reduce((sum, { line, facts }) => sum + facts.weight_g * line.quantity, 0)
  const input = goodsToPrice(snapshot, known, book, now)
  // Shipping rates depend on the subtotal, so goods are priced before shipping is.
  const goods = priceWithin(book, input)
  const serves_country =
    channelOf(book, cart.channel_id).countries.includes(input.country) &&
    book.shipping_options.some(({ countries }) => countries.includes(input.country))
  const shipping_options =
    requires_shipping && serves_country
      ? shippingOptionsFor(book.shipping_options, {
          country: input.country,
          currency: cart.currency,
          weight_g,
          subtotal: goods.priced.subtotal,
        })
      : []
  const choice = shipping_options.find(({ id }) => id === cart.shipping_option_id)
  const has_choice = choice !== undefined
  const ways = { serves_country, options: shipping_options, has_choice }
  const { input: whole, priced: own } = has_choice
    ? priceWithin(book, sentBy(input, choice, cart))
    : goods
  // Before it is known how the goods travel there would be another question soon.
  const asked =
    has_choice || !requires_shipping
      ? questionOf(snapshot, { book, input: whole, priced: own, now })
      : null
  const result = asked && quoteFor(snapshot.tax_quote, asked)
  const priced = result?.kind === 'answer' ? priceCart(book.prices, answeredBy(whole, result)) : own
  const { variants, customer_group_ids } = snapshot
  const facts = { cart, priced, variants, customer_group_ids, weight_g, now }
  return {
    snapshot,
    priced,
    shipping_options,
    requires_shipping,
    weight_g,
    tax_facts: factsOf(whole.tax ?? null, cart.tax_id, asked && { asked, result }),
    tax_question: asked,
    tax_result: result,
    missing: [
      ...missingOf(snapshot, priced, requires_shipping ? ways : null),
      ...checkByRules(book.rules, facts),
    ],
  }
}

/** The same prices with every rule that was looked at, in words. For people. */
export function explainSnapshot(priced: PricedSnapshot, book: ShopBook, now: Date): PricedCart {
  const { snapshot, shipping_options } = priced
  const { shipping_option_id } = snapshot.cart
  const choice = shipping_options.find(({ id }) => id === shipping_option_id)
  const goods = goodsToPrice(snapshot, knownLines(snapshot), book, now)
  const { input } = priceWithin(book, sentBy(goods, choice, snapshot.cart))
  const asked = questionOf(snapshot, { book, input, priced: priced.priced, now })
  const result = asked && quoteFor(snapshot.tax_quote, asked)
  return explainCart(book.prices, answeredBy(input, result))
}
