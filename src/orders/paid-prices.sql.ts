// Prices that stand: those of the orders that carts have become, or are being paid as.
import type { TaxFacts } from '#src/carts/cart-tax.ts'
import { sql, type Tx, together } from '#src/db/sql.ts'
import type { CartId, CouponId, OrderId, ShippingOptionId, VariantId } from '#src/lib/ids.ts'
import type { AppliedPromotion, Discount, TaxAmount } from '#src/pricing/pricing.ts'
import { type DiscountJson, readDiscounts, readTaxes, type TaxJson } from './order-changes.sql.ts'

export type PaidLine = {
  readonly order_id: OrderId
  readonly variant_id: VariantId
  readonly quantity: number
  readonly unit_price: bigint
  readonly per_units: number
  readonly subtotal: bigint
  readonly discount: bigint
  readonly discounts: readonly Discount[]
  readonly tax: bigint
  readonly tax_included: boolean
  readonly taxes: readonly TaxAmount[]
  readonly total: bigint
}
export type PaidPrices = {
  readonly order_id: OrderId
  readonly cart_id: CartId
  readonly cart_version: number
  readonly subtotal: bigint
  readonly discount_total: bigint
  readonly shipping_total: bigint
  readonly shipping_option_id: ShippingOptionId | null
  readonly shipping_tax: bigint
  readonly shipping_tax_included: boolean
  readonly shipping_taxes: readonly TaxAmount[]
  readonly tax_total: bigint
  readonly tax_included: bigint
  readonly tax_facts: TaxFacts | null
  readonly total: bigint
  readonly promotions: readonly AppliedPromotion[]
  /** Those of the cart in its order, then gifts. */
  readonly lines: readonly PaidLine[]
}

type PromotionJson = Omit<AppliedPromotion, 'amount' | 'shipping' | 'coupon_id'> & {
  readonly coupon_id?: CouponId | null
  readonly amount: number
  readonly shipping: number
}
type HeadRow = Omit<PaidPrices, 'lines' | 'promotions' | 'shipping_taxes'> & {
  readonly promotions: readonly PromotionJson[]
  readonly shipping_taxes: readonly TaxJson[]
}
type LineRow = Omit<PaidLine, 'discounts' | 'taxes'> & {
  readonly discounts: readonly DiscountJson[]
  readonly taxes: readonly TaxJson[]
}

/** Ordered, or with a payment whose end is not known. What waits after a decline is priced anew. */
const standing = (carts: readonly CartId[]) => sql`orders.cart_id = any(${carts})
  and (orders.state in ('placed', 'closed') or orders.state = 'pending' and exists (
    select from payment_attempt where order_id = orders.id
      and payment_attempt.state in ('created', 'requires_action', 'pending', 'unknown')))`

export async function readPaidPrices(
  tx: Tx,
  carts: readonly CartId[],
): Promise<Map<CartId, PaidPrices>> {
  if (carts.length === 0) return new Map()
  const [heads, lines] = await together(
    tx.many<HeadRow>`
      select id as order_id, cart_id, cart_version, subtotal, discount_total, shipping_total,
        shipping_option_id, shipping_tax, shipping_tax_included, shipping_taxes, tax_total,
        tax_included, tax_facts, total, coalesce(promotions, '[]') as promotions
      from orders where ${standing(carts)}`,
    tx.many<LineRow>`
      select order_id, variant_id, quantity, unit_price, per_units, order_line.subtotal, discount,
        coalesce(discounts, '[]') as discounts, tax, order_line.tax_included, taxes,
        order_line.total
      from order_line join orders on orders.id = order_id
      where ${standing(carts)} and change_id is null and kind = 'item'
      order by order_id, position`,
  )
  const by_order = Map.groupBy(lines, ({ order_id }) => order_id)
  return new Map(
    heads.map((head) => [
      head.cart_id,
      {
        ...head,
        shipping_taxes: readTaxes(head.shipping_taxes),
        promotions: head.promotions.map((one) => ({
          ...one,
          coupon_id: one.coupon_id ?? null,
          amount: BigInt(one.amount),
          shipping: BigInt(one.shipping),
        })),
        lines: (by_order.get(head.order_id) ?? []).map((line) => ({
          ...line,
          discounts: readDiscounts(line.discounts),
          taxes: readTaxes(line.taxes),
        })),
      },
    ]),
  )
}
