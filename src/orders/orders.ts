// What an order is and how it may change state. Pure.
import type { TaxFacts } from '#src/carts/cart-tax.ts'
import type { PricedSnapshot } from '#src/carts/price-snapshot.ts'
import type { Demand } from '#src/inventory/allocate.ts'
import type { Address } from '#src/lib/addresses.ts'
import {
  type CartId,
  type ChannelId,
  type CustomerId,
  type LegalEntityId,
  newId,
  type OrderId,
  type OrderLineId,
  type ShippingOptionId,
  type StockItemId,
  type VariantId,
} from '#src/lib/ids.ts'
import type { Currency } from '#src/lib/money.ts'
import type { AppliedPromotion, Discount, TaxAmount } from '#src/pricing/pricing.ts'
import { type PromotionUse, usesFrom } from '#src/pricing/promotion-uses.ts'

export const order_states = ['pending', 'placed', 'canceled', 'superseded', 'closed'] as const
export type OrderState = (typeof order_states)[number]
/** It has goods, or waits for money that would get them. */
export const isLive = ({ state }: { readonly state: OrderState }): boolean =>
  state === 'pending' || state === 'placed' || state === 'closed'

type Move = { readonly from: readonly OrderState[]; readonly to: OrderState }

/** Every way an order can change state. What is not in this table cannot happen. */
export const order_moves = {
  place: { from: ['pending'], to: 'placed' },
  cancel: { from: ['pending', 'placed'], to: 'canceled' },
  /** The buyer changed the cart after a decline: a new order takes its place. */
  supersede: { from: ['pending'], to: 'superseded' },
  /** Money came after the hold had run out, and the goods were still there. */
  revive: { from: ['canceled'], to: 'placed' },
  close: { from: ['placed'], to: 'closed' },
} as const satisfies Record<string, Move>
export type OrderMove = keyof typeof order_moves

export const canMove = (state: OrderState, move: OrderMove): boolean =>
  (order_moves[move].from as readonly OrderState[]).includes(state)

export const payment_states = [
  'unpaid',
  'pending',
  'authorized',
  'partially_captured',
  'captured',
  'partially_refunded',
  'refunded',
  'voided',
] as const
export type PaymentState = (typeof payment_states)[number]
export const fulfillment_states = [
  'not_needed',
  'unfulfilled',
  'partially_shipped',
  'shipped',
  'delivered',
  'returned',
] as const
export type FulfillmentState = (typeof fulfillment_states)[number]

export type ItemOf = { readonly stock_item_id: StockItemId; readonly quantity: number }
export const line_kinds = ['item', 'shipping'] as const
export type LineKind = (typeof line_kinds)[number]

export type NewOrderLine = {
  readonly id: OrderLineId
  readonly order_id: OrderId
  readonly position: number
  readonly variant_id: VariantId
  readonly sku: string
  readonly title: string
  readonly quantity: number
  readonly unit_price: bigint
  readonly per_units: number
  readonly subtotal: bigint
  readonly discount: bigint
  readonly discounts: readonly Discount[] | null
  readonly tax: bigint
  readonly tax_included: boolean
  readonly taxes: readonly TaxAmount[]
  readonly total: bigint
  readonly tax_category: string
  readonly hs_code: string | null
  readonly weight_g: number
  readonly requires_shipping: boolean
  readonly items: readonly ItemOf[]
}
/** An order as commands see it, under its lock. */
export type OrderRow = {
  readonly id: OrderId
  readonly number: string | null
  readonly cart_id: CartId | null
  readonly cart_version: number | null
  readonly channel_id: ChannelId
  readonly legal_entity_id: LegalEntityId
  readonly customer_id: CustomerId | null
  readonly state: OrderState
  readonly payment_state: PaymentState
  readonly fulfillment_state: FulfillmentState
  readonly currency: Currency
  readonly subtotal: bigint
  readonly discount_total: bigint
  readonly shipping_total: bigint
  readonly tax_total: bigint
  readonly tax_included: bigint
  readonly total: bigint
  readonly shipping_tax: bigint
  readonly shipping_tax_included: boolean
  readonly version: number
  readonly hold_expires_at: Date | null
  readonly cancel_reason: string | null
  /** What the buyer has paid too much is kept until staff settle it. */
  readonly settle_later: boolean
  /** Held for review since then: nothing leaves until it is released. */
  readonly held_at: Date | null
}
/** An order that is not stored yet. */
export type NewOrder = OrderRow & {
  readonly cart_version: number
  readonly origin: 'web' | 'staff'
  readonly shipping_option_id: ShippingOptionId | null
  readonly shipping_name: string | null
  readonly shipping_taxes: readonly TaxAmount[]
  /** What the taxes rest on, where that is more than the rates of a place. */
  readonly tax_facts: TaxFacts | null
  readonly coupon_code: string | null
  /** What was applied; null where nothing was. */
  readonly promotions: readonly AppliedPromotion[] | null
  /** What they take of limits and budgets. */
  readonly uses: readonly PromotionUse[]
  readonly email: string
  readonly phone: string | null
  readonly shipping_address: Address | null
  readonly billing_address: Address | null
  readonly locale: string
  readonly buyer_note: string | null
  readonly created_at: Date
  readonly placed_at: Date | null
  readonly lines: readonly NewOrderLine[]
}

export type OrderFrame = {
  readonly cart_id: CartId | null
  readonly legal_entity_id: LegalEntityId
  readonly locale: string
  readonly origin: 'web' | 'staff'
  readonly buyer_note: string | null
  readonly hold_expires_at: Date
  readonly now: Date
}

export const titleOf = (product: string, variant: string): string =>
  variant === '' || variant === 'Default Title' ? product : `${product} – ${variant}`

/** The order that this priced cart becomes. The cart must have nothing missing. */
export function orderFrom(priced_cart: PricedSnapshot, frame: OrderFrame): NewOrder {
  const { snapshot, priced, shipping_options } = priced_cart
  const { cart, variants } = snapshot
  const order_id = newId<OrderId>()
  const option = shipping_options.find(({ id }) => id === priced.shipping?.option_id)
  const lines = priced.lines.map((line, position): NewOrderLine => {
    const facts = variants.get(line.variant_id)!
    return {
      id: newId<OrderLineId>(),
      order_id,
      position,
      variant_id: line.variant_id,
      sku: facts.sku,
      title: titleOf(facts.product_title, facts.variant_title),
      quantity: line.quantity,
      unit_price: line.unit_price,
      per_units: line.per_units,
      subtotal: line.subtotal,
      discount: line.discount,
      discounts: line.discounts.length === 0 ? null : line.discounts,
      tax: line.tax,
      tax_included: line.tax_included,
      taxes: line.taxes,
      total: line.total,
      tax_category: line.tax_category,
      hs_code: facts.hs_code,
      weight_g: facts.weight_g,
      requires_shipping: facts.requires_shipping,
      items: facts.items,
    }
  })
  return {
    id: order_id,
    number: null,
    state: 'pending',
    payment_state: 'unpaid',
    fulfillment_state: 'unfulfilled',
    version: 1,
    cancel_reason: null,
    settle_later: false,
    held_at: null,
    placed_at: null,
    cart_id: frame.cart_id,
    cart_version: cart.version,
    channel_id: cart.channel_id,
    legal_entity_id: frame.legal_entity_id,
    customer_id: cart.customer_id,
    origin: frame.origin,
    currency: cart.currency,
    subtotal: priced.subtotal,
    discount_total: priced.discount_total,
    shipping_total: priced.shipping_total,
    tax_total: priced.tax_total,
    tax_included: priced.tax_included,
    total: priced.total,
    shipping_option_id: priced.shipping?.option_id ?? null,
    shipping_name: option?.name ?? null,
    shipping_taxes: priced.shipping?.taxes ?? [],
    shipping_tax: priced.shipping?.tax ?? 0n,
    shipping_tax_included: priced.shipping?.tax_included ?? false,
    tax_facts: priced_cart.tax_facts,
    coupon_code: priced.promotions.find(({ code }) => code !== null)?.code ?? null,
    promotions: priced.promotions.length === 0 ? null : priced.promotions,
    uses: usesFrom(order_id, cart.currency, priced.promotions),
    email: cart.email!,
    phone: cart.phone,
    shipping_address: cart.shipping_address,
    billing_address: cart.billing_address ?? cart.shipping_address,
    locale: frame.locale,
    buyer_note: frame.buyer_note,
    hold_expires_at: frame.hold_expires_at,
    created_at: frame.now,
    lines,
  }
}

/** The same order, if it is paid (or free) before it is stored. */
export const bornPlaced = (
  order: NewOrder,
  { number, payment_state, now }: { number: string; payment_state: PaymentState; now: Date },
): NewOrder => ({
  ...order,
  state: 'placed',
  number,
  payment_state,
  hold_expires_at: null,
  placed_at: now,
})

/** The stock items that an order needs: bundles count for each of their parts. */
export const demandsOf = (order: {
  readonly id: OrderId
  readonly lines: readonly Pick<NewOrderLine, 'id' | 'quantity' | 'items'>[]
}): Demand[] =>
  order.lines.flatMap((line) =>
    line.items.map((item) => ({
      order_id: order.id,
      order_line_id: line.id,
      stock_item_id: item.stock_item_id,
      quantity: item.quantity * line.quantity,
    })),
  )
