// The words of pricing: what goes into it (one snapshot) and what comes out.
import type {
  CartLineId,
  CategoryId,
  ChannelId,
  CouponId,
  CustomerGroupId,
  PriceListId,
  ProductId,
  PromotionId,
  ShippingOptionId,
  VariantId,
} from '#src/lib/ids.ts'
import type { Currency } from '#src/lib/money.ts'
import type { PricingRules } from './pricing-rules.ts'
import type { PromotionToTry } from './promotions.ts'
import type { CartTax } from './tax-treatment.ts'

export type PriceList = {
  readonly id: PriceListId
  readonly code: string
  readonly currency: Currency
  readonly prices_include_tax: boolean
  readonly channel_id: ChannelId | null
  readonly customer_group_id: CustomerGroupId | null
  readonly countries: readonly string[] | null
  readonly starts_at: Date | null
  readonly ends_at: Date | null
  readonly priority: number
}
/** `amount` buys `per_units` units, from `min_quantity` on. */
export type Price = {
  readonly price_list_id: PriceListId
  readonly variant_id: VariantId
  readonly min_quantity: number
  readonly amount: bigint
  readonly per_units: number
  readonly compare_at: bigint | null
}
export type TaxRate = {
  readonly country: string
  readonly region: string | null
  /** Of its zone: whether a region's rates come on top of those of the country. */
  readonly adds: boolean
  readonly category: string
  readonly component: string
  readonly rate_ppm: number
  readonly position: number
  /** Reckoned on the net and the components before it. */
  readonly is_compound: boolean
  readonly steps: TaxSteps | null
}
/** A rate that depends on the price of a unit. */
export type TaxSteps = {
  readonly currency: Currency
  /**
   * `whole`: the rate of the step in which the price lies holds for all of it. `part`: each rate
   * holds for the part of the price that lies in its step.
   */
  readonly of: 'whole' | 'part'
  readonly steps: readonly TaxStep[]
}
/** Begins at this price, or only just above it. The first one begins at zero. */
export type TaxStep = {
  readonly from: bigint
  readonly is_over: boolean
  readonly rate_ppm: number
}
/** A county, city or special district. Several hold at one address. */
export type TaxDistrict = {
  readonly id: string
  readonly country: string
  readonly region: string | null
  readonly kind: 'county' | 'city' | 'special'
  readonly name: string
  /** On top of the country and region; else in their stead, for the categories that it names. */
  readonly adds: boolean
  /** In capitals; none stands for any. */
  readonly cities: readonly string[]
  readonly postal_codes: readonly { readonly from: string; readonly to: string }[]
  readonly rates: readonly DistrictRate[]
}
export type DistrictRate = Pick<
  TaxRate,
  'category' | 'component' | 'rate_ppm' | 'position' | 'is_compound' | 'steps'
>
/** Everything that is the same for all carts until somebody changes a setting. */
export type PriceBook = {
  readonly price_lists: readonly PriceList[]
  readonly tax_rates: readonly TaxRate[]
  readonly tax_districts?: readonly TaxDistrict[]
  /** Whether buyers have to be asked for certificates. */
  readonly has_exemptions?: boolean
}

/** A price that was agreed on before: no list is asked, and no promotion counts beside it. */
export type AgreedPrice = {
  readonly unit_price: bigint
  readonly per_units: number
  readonly includes_tax: boolean
  /** Off the whole line, at most what it costs. */
  readonly discount: bigint
  /** What the discount is made of; without it staff have given it. */
  readonly discounts?: readonly Discount[]
}
export type LineToPrice = {
  readonly line_id: CartLineId
  readonly variant_id: VariantId
  readonly quantity: number
  readonly tax_category: string
  readonly taxable: boolean
  readonly product_id: ProductId
  /** All that the product stands in, up to the top of the tree. */
  readonly category_ids: readonly CategoryId[]
  readonly tags: readonly string[]
  readonly agreed?: AgreedPrice | null
}
export type CartToPrice = {
  readonly now: Date
  readonly channel_id: ChannelId
  readonly currency: Currency
  /** Where it goes; before the buyer has said so, the channel's default country. */
  readonly country: string
  readonly region: string | null
  readonly customer_group_ids: readonly CustomerGroupId[]
  readonly lines: readonly LineToPrice[]
  /** Of all lists that may apply; others are ignored. */
  readonly prices: readonly Price[]
  /** Every promotion that is tried: the automatic ones, and those of the codes it names. */
  readonly promotions: readonly PromotionToTry[]
  /** Whether something is sent to the buyer, by whatever way. */
  readonly travels: boolean
  readonly shipping: {
    readonly option_id: ShippingOptionId
    readonly tax_category: string
    readonly amount: bigint
    readonly includes_tax: boolean
  } | null
  /** Of the shop's own, where it has some. */
  readonly rules?: PricingRules
  /** How this seller taxes this buyer; without it the rates of the place hold. */
  readonly tax?: CartTax
}

export type TaxAmount = {
  readonly component: string
  readonly rate_ppm: number
  readonly amount: bigint
  /** What it was reckoned on, where that is not the whole net amount. */
  readonly base?: bigint
}
/** One rule that was looked at: what it was and why it did or did not count. */
export type Why = { readonly rule: string; readonly applied: boolean; readonly reason: string }

/** What one promotion took off; of a line, its share of that. */
export type Discount = {
  /** Null: staff have given it. */
  readonly promotion_id: PromotionId | null
  readonly name: string
  readonly code: string | null
  readonly amount: bigint
}
export type AppliedPromotion = Discount & {
  readonly promotion_id: PromotionId
  readonly coupon_id: CouponId | null
  /** Off shipping: what `shipping_total` is lower by. */
  readonly shipping: bigint
}

export type PricedLine = LineToPrice & {
  /** Null for a gift, which is in no list. */
  readonly price_list_id: PriceListId | null
  readonly is_gift: boolean
  readonly unit_price: bigint
  readonly per_units: number
  /** The rule of the shop's own that has made the price. */
  readonly price_rule?: string
  readonly compare_at: bigint | null
  /** Before discount; gross when `tax_included`. */
  readonly subtotal: bigint
  readonly discount: bigint
  /** What `discount` is made of. */
  readonly discounts: readonly Discount[]
  readonly tax: bigint
  readonly tax_included: boolean
  readonly taxes: readonly TaxAmount[]
  /** What the buyer pays for the line: subtotal − discount, plus tax when it is not included. */
  readonly total: bigint
  readonly why: readonly Why[]
}
export type PricedShipping = {
  readonly option_id: ShippingOptionId
  readonly amount: bigint
  readonly tax: bigint
  readonly tax_included: boolean
  readonly taxes: readonly TaxAmount[]
}
export type PriceProblem = {
  readonly code:
    | 'no_price'
    | 'coupon_expired'
    | 'coupon_used_up'
    | 'coupon_not_applicable'
    | 'coupon_not_combinable'
    | 'limit_exceeded'
  readonly line_id: CartLineId | null
  /** Where a code is the problem: which one, and what it misses. */
  readonly coupon?: { readonly code: string; readonly reason: string }
}
/** total = subtotal + shipping_total + tax_total − tax_included − discount_total, always. */
export type PricedCart = {
  readonly currency: Currency
  /** Lines without a price are left out and named in `problems`. */
  readonly lines: readonly PricedLine[]
  readonly subtotal: bigint
  readonly discount_total: bigint
  readonly shipping: PricedShipping | null
  readonly shipping_total: bigint
  /** All tax, whether contained in the amounts or added to them. */
  readonly tax_total: bigint
  /** The part of it that is contained in lines and shipping. */
  readonly tax_included: bigint
  readonly total: bigint
  readonly promotions: readonly AppliedPromotion[]
  readonly problems: readonly PriceProblem[]
  readonly why: readonly Why[]
}

/** What is kept in memory for every cart must stay small enough for it. */
export const pricing_limits = {
  price_lists: 10_000,
  prices_per_call: 1_000,
  tax_zones: 5_000,
  rates_per_zone: 200,
  tax_districts: 20_000,
  steps_per_rate: 20,
  exemptions_per_buyer: 100,
} as const
