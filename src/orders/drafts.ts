// What a draft is: an order that staff prepare for somebody, by phone or as an offer. Pure.
import type { Address } from '#src/lib/addresses.ts'
import type {
  CartLineId,
  ChannelId,
  CustomerId,
  DraftId,
  ShippingOptionId,
  VariantId,
} from '#src/lib/ids.ts'
import type { Currency } from '#src/lib/money.ts'
import type { PricedCart } from '#src/pricing/pricing.ts'

export type DraftLine = {
  readonly id: CartLineId
  readonly variant_id: VariantId
  readonly quantity: number
  /** Null takes the price of the lists. */
  readonly unit_price: bigint | null
  /** Off the whole line. */
  readonly discount: bigint
  readonly reason: string
}
export type DraftFields = {
  readonly customer_id: CustomerId | null
  readonly email: string | null
  readonly phone: string | null
  /** A VAT number, GSTIN or the like, in its usual form. */
  readonly tax_id: string | null
  readonly shipping_address: Address | null
  readonly billing_address: Address | null
  readonly shipping_option_id: ShippingOptionId | null
  /** Null takes the price of the option. */
  readonly shipping_amount: bigint | null
  /** Off the goods, spread over the lines. */
  readonly discount: bigint
  readonly discount_reason: string
  readonly buyer_note: string | null
}
export type Draft = DraftFields & {
  readonly id: DraftId
  readonly channel_id: ChannelId
  readonly currency: Currency
  readonly version: number
  readonly state: 'open' | 'sent' | 'canceled'
  readonly total: bigint | null
  readonly sent_at: Date | null
  readonly expires_at: Date | null
  readonly created_by: string
  readonly created_at: Date
  readonly updated_at: Date
  readonly lines: readonly DraftLine[]
}

/** `placed` when it has become an order, `expired` when its time is over. */
export const draft_states = ['open', 'sent', 'expired', 'placed', 'canceled'] as const
export type DraftState = (typeof draft_states)[number]

export const draft_limits = { lines: 500, quantity: 9_999, days: 90 } as const

const money_fields = new Set(
  `unit_price compare_at subtotal discount tax amount base total discount_total shipping_total
  tax_total tax_included`.split(/\s+/),
)

/** Stored prices, their money as bigint again. */
export const readPriced = (text: string): PricedCart =>
  JSON.parse(text, (key, value: unknown) =>
    typeof value === 'number' && money_fields.has(key) ? BigInt(value) : value,
  ) as PricedCart
