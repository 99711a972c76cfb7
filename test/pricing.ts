// Carts and price books written as one would say them, for tables of worked cases.
import assert from 'node:assert/strict'
import { readCurrency, readDecimal } from '#src/lib/currency.ts'
import {
  type CartLineId,
  type ChannelId,
  type CouponId,
  newId,
  type PriceListId,
  type ProductId,
  type PromotionId,
  type ShippingOptionId,
  type VariantId,
} from '#src/lib/ids.ts'
import type { Currency } from '#src/lib/money.ts'
import type { CartToPrice, LineToPrice, Price, PriceList, TaxRate } from '#src/pricing/pricing.ts'
import type { Code, Effect, Promotion, PromotionToTry } from '#src/pricing/promotions.ts'

export const web = newId<ChannelId>()
export const noon = new Date('2026-06-01T12:00:00.000Z')

export function money(text: string, currency: Currency): bigint {
  const amount = readDecimal(text, currency)
  assert(amount !== null, `${text} is no amount in ${currency}`)
  return amount
}

let lists = 0
export const priceList = (given: Partial<PriceList> = {}): PriceList => ({
  id: newId<PriceListId>(),
  code: `list-${++lists}`,
  currency: readCurrency('EUR'),
  prices_include_tax: true,
  channel_id: null,
  customer_group_id: null,
  countries: null,
  starts_at: null,
  ends_at: null,
  priority: 0,
  ...given,
})

export const priceIn = (list: PriceList, given: Partial<Price> = {}): Price => ({
  price_list_id: list.id,
  variant_id: newId<VariantId>(),
  min_quantity: 1,
  amount: 100n,
  per_units: 1,
  compare_at: null,
  ...given,
})

export const lineOf = (
  variant_id: VariantId,
  quantity: number,
  given: Partial<LineToPrice> = {},
): LineToPrice => ({
  line_id: newId<CartLineId>(),
  variant_id,
  quantity,
  tax_category: 'standard',
  taxable: true,
  product_id: newId<ProductId>(),
  category_ids: [],
  tags: [],
  ...given,
})

/** `DE standard VAT 19`, `IN-KA standard CGST 9`; the order given is the order shown. */
export const rates = (...texts: readonly string[]): TaxRate[] =>
  texts.map((text, position) => {
    const [place, category, component, rate] = text.split(' ')
    const [country, region = null] = place!.split('-')
    const rate_ppm = Math.round(Number(rate) * 10_000)
    return {
      country: country!,
      region,
      category: category!,
      component: component!,
      rate_ppm,
      position,
    }
  })

let promotions = 0
export const promotionOf = (effect: Effect, given: Partial<Promotion> = {}): Promotion => ({
  id: newId<PromotionId>(),
  name: `promotion ${++promotions}`,
  is_automatic: true,
  class: 'order',
  combines_with: [],
  priority: 0,
  effect,
  conditions: {},
  currency: null,
  starts_at: null,
  ends_at: null,
  usage_limit: null,
  used: 0,
  buyer_limit: null,
  budget: null,
  spent: 0n,
  ...given,
})

export const tried = (
  promotion: Promotion,
  given: Partial<Omit<PromotionToTry, 'promotion'>> = {},
): PromotionToTry => ({ promotion, code: null, buyer: null, gift: null, ...given })

export const codeOf = (given: Partial<Code> = {}): Code => ({
  id: newId<CouponId>(),
  code: 'WELCOME',
  usage_limit: null,
  used: 0,
  ...given,
})

/** A code for a part of the order: what a coupon is. */
export const couponOf = (
  rate_ppm: number,
  given: Partial<Promotion> = {},
  code: Partial<Code> = {},
): PromotionToTry =>
  tried(
    promotionOf({ kind: 'percentage', on: 'order', rate_ppm }, { is_automatic: false, ...given }),
    { code: codeOf(code) },
  )

export const cartOf = (given: Partial<CartToPrice> = {}): CartToPrice => ({
  now: noon,
  channel_id: web,
  currency: readCurrency('EUR'),
  country: 'DE',
  region: null,
  customer_group_ids: [],
  lines: [],
  prices: [],
  promotions: [],
  travels: true,
  shipping: null,
  ...given,
})

export type Worked = {
  readonly name: string
  /** How a person gets to the figures, with pencil and paper. */
  readonly reckoning: string
  /** `DE`, `IN-KA` */
  readonly to: string
  readonly currency: string
  readonly prices: 'gross' | 'net'
  readonly rates: readonly string[]
  /** `3 @ 19.99`, `7 @ 12.50 per 100`, `1 @ 10.00 food`, `1 @ 10.00 untaxed`. */
  readonly lines: readonly string[]
  /** `4.90 gross`, `4.90 net food`; the category is standard when none is named. */
  readonly shipping?: string
  /** Percent off. */
  readonly coupon?: number
  readonly expect: {
    readonly total: string
    readonly subtotal?: string
    readonly discount?: string
    readonly tax?: string
    readonly included?: string
    /** Per line its taxes in order: `CGST 0.45 + SGST 0.45`; empty for none. */
    readonly taxes?: readonly string[]
    readonly discounts?: readonly string[]
    readonly shipping_taxes?: string
  }
}

/** The book and the cart that a worked case describes. */
export function workedCart(worked: Worked) {
  const currency = readCurrency(worked.currency)
  const [country, region = null] = worked.to.split('-')
  const list = priceList({ currency, prices_include_tax: worked.prices === 'gross' })
  const lines: LineToPrice[] = []
  const prices: Price[] = []
  for (const text of worked.lines) {
    const match = /^(\d+) @ ([\d.]+)(?: per (\d+))?(?: (\w+))?$/.exec(text)
    assert(match, `cannot read the line ${text}`)
    const [, quantity, amount, per_units = '1', word = 'standard'] = match
    const price = priceIn(list, {
      amount: money(amount!, currency),
      per_units: Number(per_units),
    })
    prices.push(price)
    const taxable = word !== 'untaxed'
    const tax_category = taxable ? word : 'standard'
    lines.push(lineOf(price.variant_id, Number(quantity), { taxable, tax_category }))
  }
  const [charge, mode, tax_category = 'standard'] = worked.shipping?.split(' ') ?? []
  const shipping = charge
    ? {
        option_id: newId<ShippingOptionId>(),
        tax_category,
        amount: money(charge, currency),
        includes_tax: mode === 'gross',
      }
    : null
  const promotions = worked.coupon ? [couponOf(Math.round(worked.coupon * 10_000))] : []
  return {
    book: { price_lists: [list], tax_rates: rates(...worked.rates) },
    cart: cartOf({ currency, country: country!, region, lines, prices, promotions, shipping }),
    currency,
  }
}
