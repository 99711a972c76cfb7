// What lines of an edit cost at a place: by the same pure pricing as carts. Agreed prices are
// given, lists are asked for the others. Coupons were for what was ordered.
import type { VariantFacts } from '#src/carts/cart-snapshots.sql.ts'
import { channelOf } from '#src/carts/shop-book.ts'
import type { Address } from '#src/lib/addresses.ts'
import type { CartLineId, ShippingOptionId, VariantId } from '#src/lib/ids.ts'
import { priceCart } from '#src/pricing/price-cart.ts'
import type {
  AgreedPrice,
  CartToPrice,
  PricedLine,
  PricedShipping,
  TaxAmount,
} from '#src/pricing/pricing.ts'
import type { EditFacts, EditFrame } from './edits.ts'

export type ToPrice = {
  readonly id: string
  readonly variant_id: VariantId
  readonly quantity: number
  readonly tax_category: string
  /** Null asks the lists. */
  readonly agreed: AgreedPrice | null
}
export type ShippingToPrice = {
  readonly option_id: ShippingOptionId
  readonly tax_category: string
  readonly amount: bigint
  readonly includes_tax: boolean
}

export type Pricing = {
  readonly country: string
  /** Null when it has no price, or one that is too large. */
  readonly priceOne: (line: ToPrice) => PricedLine | null
  readonly priceShipping: (shipping: ShippingToPrice) => PricedShipping
  /** Which taxes hold for such a line. */
  readonly ratesOf: (line: ToPrice) => readonly Rate[]
}
type Rate = Pick<TaxAmount, 'component' | 'rate_ppm'>

export const sameRates = (a: readonly Rate[], b: readonly Rate[]): boolean =>
  a.length === b.length &&
  a.every(({ component, rate_ppm }, i) => {
    return b[i]!.component === component && b[i]!.rate_ppm === rate_ppm
  })

const isTaxable = (variant: VariantFacts | null | undefined): boolean => variant?.taxable ?? true

export function openPricing(
  { order, variants, prices, customer_group_ids }: EditFacts,
  { book, now }: EditFrame,
  place: Address | null,
): Pricing {
  const channel = channelOf(book, order.channel_id)
  const country = place?.country ?? channel.default_country
  const cart: CartToPrice = {
    now,
    channel_id: order.channel_id,
    currency: order.currency,
    country,
    region: place?.region ?? null,
    customer_group_ids,
    lines: [],
    prices,
    coupon: null,
    shipping: null,
  }
  const priceOne = ({ id, ...line }: ToPrice): PricedLine | null => {
    const to_price = {
      ...line,
      line_id: id as CartLineId,
      taxable: isTaxable(variants.get(line.variant_id)),
    }
    return priceCart(book.prices, { ...cart, lines: [to_price] }).lines[0] ?? null
  }
  return {
    country,
    priceOne,
    priceShipping: (shipping) => priceCart(book.prices, { ...cart, shipping }).shipping!,
    ratesOf: (line) => priceOne(line)?.taxes ?? [],
  }
}
