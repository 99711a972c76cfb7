// An order as its buyer sees it: whoever holds its token may read it.
import Type from 'typebox'
import { snapshot } from '#src/db/transaction.ts'
import type { InvoiceId, OrderId, OrderLineId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import { type OrderDetail, readOrderDetail } from '#src/orders/order-views.sql.ts'
import { AppliedPromotion, Discount, Tax } from './cart-views.ts'
import { Closed, Id, Minor, Moment, Nullable, type Route, route } from './route.ts'
import { AddressReply } from './shapes.ts'
import { assertOwnChannel } from './store-carts.ts'
import { assertOrderToken } from './store-checkout.ts'

const Line = Closed({
  id: Id<OrderLineId>(),
  sku: Type.String(),
  title: Type.String(),
  quantity: Type.Integer(),
  canceled: Type.Integer(),
  shipped: Type.Integer(),
  unit_price: Minor(),
  per_units: Type.Integer(),
  subtotal: Minor(),
  discount: Minor(),
  discounts: Type.Array(Discount),
  tax: Minor(),
  tax_included: Type.Boolean(),
  taxes: Type.Array(Tax),
  total: Minor(),
})
const Scan = Closed({
  status: Type.String(),
  detail: Type.String(),
  place: Nullable(Type.String()),
  at: Type.String(),
})
const Parcel = Closed({
  state: Type.String(),
  carrier: Nullable(Type.String()),
  tracking_code: Nullable(Type.String()),
  tracking_url: Nullable(Type.String()),
  shipped_at: Nullable(Moment()),
  delivered_at: Nullable(Moment()),
  lines: Type.Array(
    Closed({ line_id: Id<OrderLineId>(), sku: Type.String(), quantity: Type.Integer() }),
  ),
  scans: Type.Array(Scan),
})
const Document = Closed({
  id: Id<InvoiceId>(),
  kind: Type.String(),
  number: Type.String(),
  issued_on: Type.String(),
  total: Minor(),
  pdf_path: Nullable(Type.String({ description: 'Send X-Order-Token, or ?token= in a link.' })),
})
export const OrderView = Closed({
  id: Id<OrderId>(),
  number: Nullable(Type.String()),
  state: Type.String(),
  payment_state: Type.String(),
  fulfillment_state: Type.String(),
  currency: Type.String(),
  email: Type.String(),
  shipping_address: Nullable(AddressReply),
  shipping_name: Nullable(Type.String()),
  coupon_code: Nullable(Type.String()),
  promotions: Type.Array(AppliedPromotion),
  lines: Type.Array(Line),
  subtotal: Minor(),
  discount_total: Minor(),
  shipping_total: Minor(),
  tax_total: Minor(),
  tax_included: Minor(),
  total: Minor(),
  created_at: Moment(),
  placed_at: Nullable(Moment()),
  canceled_at: Nullable(Moment()),
  hold_expires_at: Nullable(Moment()),
  parcels: Type.Array(Parcel),
  invoices: Type.Array(Document),
  refunded: Minor({ description: 'What has been given back so far.' }),
})

type Row = Readonly<Record<string, unknown>>
type Invoice = Row & { readonly id: string; readonly has_pdf: boolean }
type Refund = Row & { readonly state: string; readonly amount: bigint }

/** What its buyer may see of an order. */
export function viewOrder(order: OrderDetail) {
  const parcels = (order.shipments as readonly Row[])
    .filter(({ state }) => state !== 'canceled')
    .map((parcel) => ({
      ...parcel,
      scans: parcel['scans'] ?? [],
      lines: parcel['lines'] ?? [],
    }))
  const invoices = (order.invoices as readonly Invoice[]).map((one) => ({
    ...one,
    pdf_path: one.has_pdf ? `/store/orders/${order.id}/invoices/${one.id}/pdf` : null,
  }))
  const refunded = (order.refunds as readonly Refund[])
    .filter(({ state }) => state === 'succeeded')
    .reduce((total, { amount }) => total + amount, 0n)
  return { ...order, parcels, invoices, refunded }
}

export const store_order_routes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/store/orders/:id',
    who: 'shop',
    summary: 'One order with its parcels and documents, with the token of the order',
    params: Closed({ id: Id<OrderId>() }),
    replies: { 200: OrderView },
    handle: async ({ app, identity, params: { id }, headers }) => {
      assertOrderToken(app, id, headers['x-order-token'])
      const order = await snapshot(app.db, (tx) => readOrderDetail(tx, id))
      if (!order) throw refuse('not_found', { order_id: id })
      assertOwnChannel(identity, order)
      return { status: 200, body: viewOrder(order) }
    },
  }),
]
