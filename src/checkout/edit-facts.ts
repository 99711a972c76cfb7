// Everything an edit asks of the database, under the lock of the order.
import { readCartSnapshots } from '#src/carts/cart-snapshots.sql.ts'
import type { Cart } from '#src/carts/carts.ts'
import type { ShopBook } from '#src/carts/shop-book.ts'
import type { Tx } from '#src/db/sql.ts'
import { type Hold, readOpenHolds } from '#src/inventory/inventory.sql.ts'
import type { CartId, CartLineId, VariantId } from '#src/lib/ids.ts'
import {
  readLinesToEdit,
  readOrderedShipping,
  readOrderedTax,
} from '#src/orders/order-changes.sql.ts'
import { readOrderContact } from '#src/orders/order-contacts.sql.ts'
import type { OrderRow } from '#src/orders/orders.ts'
import type { EditAsked, EditFacts, OpenLine } from './edits.ts'
import { openUnits } from './open-units.ts'

/** The goods of an order as a cart, for whoever reads facts and prices of goods. */
const cartOf = (
  order: OrderRow,
  variants: readonly VariantId[],
  more: Pick<Cart, 'shipping_address' | 'billing_address' | 'tax_id' | 'created_at'>,
): Cart => ({
  id: order.cart_id ?? (order.id as string as CartId),
  channel_id: order.channel_id,
  currency: order.currency,
  customer_id: order.customer_id,
  version: order.version,
  email: null,
  phone: null,
  shipping_option_id: null,
  coupon_code: null,
  more_codes: [],
  updated_at: more.created_at,
  hold_expires_at: null,
  accepts_reminders: false,
  ...more,
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
): Promise<EditFacts> {
  const rows = await readLinesToEdit(tx, order.id)
  const holds: readonly Hold[] = await readOpenHolds(tx, [order.id])
  const lines = rows.map((line): OpenLine => {
    const { quantity, subtotal, discount, tax_included, total, taxes } = line
    const sold = { quantity, subtotal, discount, tax_included, taxes, total }
    return { ...line, sold, open: openUnits(line, holds) }
  })
  const contact = await readOrderContact(tx, order.id)
  const { tax_facts, created_at } = await readOrderedTax(tx, order.id)
  const variants = [
    ...new Set([
      ...rows.flatMap((line) => (line.kind === 'item' ? [line.variant_id] : [])),
      ...asked.add.map(({ variant_id }) => variant_id),
    ]),
  ]
  const { shipping_address, billing_address } = { ...contact, ...asked.contact }
  const tax_id = tax_facts?.tax_id?.number ?? null
  const cart = cartOf(order, variants, { shipping_address, billing_address, tax_id, created_at })
  const [snapshot] = await readCartSnapshots(tx, book, [cart], { coded: [], now })
  // The certificate that it was ordered with counts, whatever became of it.
  const exemption = tax_facts?.exemption
  const exemptions = [...(exemption ? [{ ...exemption, id: '' }] : []), ...snapshot!.exemptions]
  return {
    order,
    lines,
    shipping: await readOrderedShipping(tx, order.id),
    contact,
    tax_facts,
    ordered_at: created_at,
    snapshot: { ...snapshot!, exemptions },
  }
}
