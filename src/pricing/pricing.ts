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
import type { PromotionToTry } from './promotions.ts'

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
  readonly category: string
  readonly component: string
  readonly rate_ppm: number
  readonly position: number
}
/** Everything that is the same for all carts until somebody changes a setting. */
export type PriceBook = {
  readonly price_lists: readonly PriceList[]
  readonly tax_rates: readonly TaxRate[]
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
}

export type TaxAmount = {
  readonly component: string
  readonly rate_ppm: number
  readonly amount: bigint
}
/** One rule that was looked at: what it was and why it did or did not count. */
export type Why = { readonly rule: string; readonly applied: boolean; readonly reason: string }

/** What one promotion took off; of a line, its share of that. */
export type Discount = {
  readonly promotion_id: PromotionId
  readonly name: string
  readonly code: string | null
  readonly amount: bigint
}
export type AppliedPromotion = Discount & {
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
} as const
