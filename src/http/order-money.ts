// What an order costs as it stands, what is paid of it and what is not, and where that is paid.
import Type from 'typebox'
import type { Tx } from '#src/db/sql.ts'
import { type Standing, standingOf } from '#src/invoices/standing.ts'
import type { OrderId, OrderLineId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import { signToken } from '#src/lib/tokens.ts'
import { readOrderedShipping } from '#src/orders/order-changes.sql.ts'
import type { OrderDetail, OrderLineView } from '#src/orders/order-views.sql.ts'
import { readOrders } from '#src/orders/orders.sql.ts'
import type { OrderRow } from '#src/orders/orders.ts'
import type { Balance } from '#src/payments/balance.ts'
import { readBalance } from '#src/payments/read-balances.ts'
import { type Channel, storefrontLink } from '#src/shop/shop.ts'
import type { App } from './app.ts'
import { Discount, Tax } from './cart-views.ts'
import { Closed, Id, Minor } from './route.ts'

export const balance_fields = {
  due: Minor({ description: 'What the buyer must pay for what is on the order.' }),
  paid: Minor({ description: 'Taken and not given back.' }),
  reserved: Minor({ description: 'Authorized and still to be taken.' }),
  to_collect: Minor({ description: 'What no payment covers: the buyer pays it by link.' }),
  to_refund: Minor({ description: 'What was paid beyond what is due.' }),
}
/** As the order stands now, after edits and cancellations. */
export const OrderMoney = Closed({
  subtotal: Minor({ description: 'Of the goods that stand now.' }),
  discount_total: Minor(),
  shipping_total: Minor(),
  tax_total: Minor(),
  tax_included: Minor({ description: 'What of the tax the amounts contain.' }),
  total: Minor({
    description: 'subtotal - discount_total + shipping_total + tax_total - tax_included',
  }),
  ...balance_fields,
  refunded: Minor({ description: 'What has been given back so far.' }),
})
/** A line as it was ordered or added, alike for staff and buyer. */
export const line_fields = {
  id: Id<OrderLineId>(),
  kind: Type.String({ description: 'item, or shipping for a charge that an edit has added' }),
  sku: Type.String(),
  title: Type.String(),
  quantity: Type.Integer({ description: 'As it was ordered.' }),
  canceled: Type.Integer({ description: 'So many of them are off.' }),
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
}
/** What of a line stands: what was canceled is off. */
export const LineNow = Closed({
  quantity: Type.Integer({ description: 'Units that are not canceled.' }),
  subtotal: Minor(),
  discount: Minor(),
  tax: Minor(),
  total: Minor(),
})

/** Where the buyer pays what is left to pay; null when nothing is. */
export function payUrl(
  { state }: Pick<OrderRow, 'state'>,
  { to_collect }: Balance,
  { channel, token }: { readonly channel: Pick<Channel, 'storefront_url'>; readonly token: string },
): string | null {
  return state === 'placed' && to_collect > 0n ? storefrontLink(channel, 'order', token) : null
}

type Refund = { readonly state: string; readonly amount: bigint }
export type MoneyOfOrder = {
  readonly row: OrderRow
  readonly token: string
  readonly money: Standing<OrderLineView>['figures'] & Balance & { readonly refunded: bigint }
  readonly goods: Standing<OrderLineView>['goods']
  readonly pay_url: string | null
}

/** By the one reckoning for staff and for the buyer. @throws not_found */
export async function readMoney(app: App, tx: Tx, order: OrderDetail): Promise<MoneyOfOrder> {
  const id: OrderId = order.id
  const [row] = await readOrders(tx, [id])
  if (!row) throw refuse('not_found', { order_id: id })
  const balance = await readBalance(tx, row)
  const shipping = await readOrderedShipping(tx, id)
  const { goods, figures } = standingOf({
    ...row,
    lines: order.lines,
    shipping_name: shipping.name,
    shipping_taxes: shipping.taxes,
    shipping_is_off: shipping.is_off,
  })
  const refunded = (order.refunds as readonly Refund[])
    .filter(({ state }) => state === 'succeeded')
    .reduce((total, { amount }) => total + amount, 0n)
  const { channels } = await app.desk.readBook(tx)
  const token = signToken(app.secret_key, 'order', id)
  const channel = channels.get(row.channel_id)!
  return {
    ...{ row, token, goods },
    money: { ...figures, ...balance, refunded },
    pay_url: payUrl(row, balance, { channel, token }),
  }
}
