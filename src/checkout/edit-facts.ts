// Everything an edit asks of the database, under the lock of the order.
import { readCartSnapshots } from '#src/carts/cart-snapshots.sql.ts'
import type { Cart } from '#src/carts/carts.ts'
import type { ShopBook } from '#src/carts/shop-book.ts'
import type { Tx } from '#src/db/sql.ts'
import { type Hold, readOpenHolds } from '#src/inventory/inventory.sql.ts'
import type { CartId, CartLineId, VariantId } from '#src/lib/ids.ts'
import { readLinesToEdit, readOrderedShipping } from '#src/orders/order-changes.sql.ts'
import { readOrderContact } from '#src/orders/order-contacts.sql.ts'
import type { OrderRow } from '#src/orders/orders.ts'
import type { EditAsked, EditFacts, OpenLine } from './edits.ts'
import { openUnits } from './open-units.ts'

/** The goods of an order as a cart, for whoever reads facts and prices of goods. */
const cartOf = (order: OrderRow, variants: readonly VariantId[], now: Date): Cart => ({
  id: order.id as string as CartId,
  channel_id: order.channel_id,
  currency: order.currency,
  customer_id: order.customer_id,
  version: order.version,
  email: null,
  phone: null,
  shipping_address: null,
  billing_address: null,
  shipping_option_id: null,
  coupon_code: null,
  created_at: now,
  updated_at: now,
  lines: variants.map((variant_id, i) => ({
    id: String(i) as CartLineId,
    variant_id,
    quantity: 1,
  })),
})

export async function readEditFacts(
  tx: Tx,
  order: OrderRow,
  asked: EditAsked,
  { book, now }: { readonly book: ShopBook; readonly now: Date },
): Promise<{ readonly facts: EditFacts; readonly holds: readonly Hold[] }> {
  const rows = await readLinesToEdit(tx, order.id)
  const holds = await readOpenHolds(tx, [order.id])
  const lines = rows.map((line): OpenLine => {
    const { quantity, subtotal, discount, tax_included, total } = line
    const taxes = line.taxes.map((tax) => ({ ...tax, amount: BigInt(tax.amount) }))
    const sold = { quantity, subtotal, discount, tax_included, taxes, total }
    return { ...line, sold, open: openUnits(line, holds) }
  })
  const contact = await readOrderContact(tx, order.id)
  const variants = [
    ...new Set([
      ...rows.flatMap((line) => (line.kind === 'item' ? [line.variant_id] : [])),
      ...asked.add.map(({ variant_id }) => variant_id),
    ]),
  ]
  const address = asked.contact.shipping_address ?? contact.shipping_address
  const cart = { ...cartOf(order, variants, now), shipping_address: address }
  const [snapshot] = await readCartSnapshots(tx, book, [cart], { coupons: [], now })
  const { variants: known, prices, customer_group_ids } = snapshot!
  const shipping = await readOrderedShipping(tx, order.id)
  return {
    facts: { order, lines, shipping, contact, variants: known, prices, customer_group_ids },
    holds,
  }
}
