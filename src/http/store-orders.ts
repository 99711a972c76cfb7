// An order as its buyer sees it: whoever holds its token may read it.
import Type from 'typebox'
import type { Tx } from '#src/db/sql.ts'
import { snapshot } from '#src/db/transaction.ts'
import type { InvoiceId, OrderId, OrderLineId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import { readOrderDetail } from '#src/orders/order-views.sql.ts'
import type { App } from './app.ts'
import { AppliedPromotion, Tax, TaxFactsView } from './cart-views.ts'
import { LineNow, line_fields, OrderMoney, readMoney } from './order-money.ts'
import { Closed, Id, Minor, Moment, Nullable, type Route, route } from './route.ts'
import { AddressReply } from './shapes.ts'
import { assertOwnChannel } from './store-carts.ts'
import { assertOrderToken } from './store-checkout.ts'

const Line = Closed({
  ...line_fields,
  now: Nullable(LineNow),
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
const as_placed = 'When it was placed. After edits and cancellations see money.'
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
  tax: TaxFactsView,
  shipping_taxes: Type.Array(Tax),
  lines: Type.Array(Line),
  subtotal: Minor({ description: as_placed }),
  discount_total: Minor({ description: as_placed }),
  shipping_total: Minor({ description: as_placed }),
  tax_total: Minor({ description: as_placed }),
  tax_included: Minor({ description: as_placed }),
  total: Minor({ description: as_placed }),
  money: OrderMoney,
  pay_url: Nullable(
    Type.String({ description: 'The page of the storefront that pays money.to_collect.' }),
  ),
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

/** What its buyer may see of an order; null when there is none. */
export async function readForBuyer(app: App, tx: Tx, id: OrderId) {
  const order = await readOrderDetail(tx, id)
  if (!order) return null
  const { money, goods, pay_url } = await readMoney(app, tx, order)
  const parts = new Map(goods.map(({ line, part }) => [line.id, part]))
  const lines = order.lines.map((line) => ({ ...line, now: parts.get(line.id) ?? null }))
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
  const { refunded } = money
  return { ...order, lines, parcels, invoices, refunded, money, pay_url }
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
      const order = await snapshot(app.db, (tx) => readForBuyer(app, tx, id))
      if (!order) throw refuse('not_found', { order_id: id })
      assertOwnChannel(identity, order)
      return { status: 200, body: order }
    },
  }),
]
