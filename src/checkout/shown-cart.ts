// What a buyer sees of a cart: the prices of now, or those of the order that it is being paid as,
// which stand whatever has been set since. Pure.
import type { PricedSnapshot } from '#src/carts/price-snapshot.ts'
import type { CartLineId, OrderId } from '#src/lib/ids.ts'
import type { PaidLine, PaidPrices } from '#src/orders/paid-prices.sql.ts'
import type { PricedCart, PricedLine } from '#src/pricing/pricing.ts'

type ShownLine = Pick<PricedLine, 'line_id' | 'is_gift' | 'compare_at'> & Omit<PaidLine, 'order_id'>
type ShownSums = Pick<
  PricedCart,
  | 'subtotal'
  | 'discount_total'
  | 'shipping_total'
  | 'tax_total'
  | 'tax_included'
  | 'total'
  | 'promotions'
>
export type ShownCart = Pick<
  PricedSnapshot,
  'snapshot' | 'shipping_options' | 'requires_shipping' | 'missing' | 'tax_facts'
> & {
  readonly prices: ShownSums & {
    readonly lines: readonly ShownLine[]
    readonly shipping_taxes: PaidPrices['shipping_taxes']
  }
  /** That is being paid, or has been. */
  readonly order_id: OrderId | null
}

export const shownAsPriced = ({ priced, ...rest }: PricedSnapshot): ShownCart => ({
  ...rest,
  prices: { ...priced, shipping_taxes: priced.shipping?.taxes ?? [] },
  order_id: null,
})

/** Prices to compare with are in no order: they are those of now, where they are still higher. */
function frozenLine({ snapshot, priced }: PricedSnapshot, line: PaidLine, at: number): ShownLine {
  const of_cart = snapshot.cart.lines[at]
  // A gift is told by its promotion, as in a cart that is not paid yet.
  const line_id = of_cart?.id ?? (line.discounts[0]?.promotion_id as string as CartLineId)
  const compare_at = priced.lines.find((one) => one.line_id === line_id)?.compare_at ?? null
  const is_above = compare_at !== null && compare_at > line.unit_price
  return { ...line, line_id, is_gift: !of_cart, compare_at: is_above ? compare_at : null }
}

export function shownAsPaid(priced: PricedSnapshot, paid: PaidPrices): ShownCart {
  const { lines, tax_facts, order_id } = paid
  return {
    ...priced,
    tax_facts,
    // Nothing is missing: it is ordered.
    missing: [],
    prices: { ...paid, lines: lines.map((line, at) => frozenLine(priced, line, at)) },
    order_id,
  }
}
