// Money came for an order whose hold had run out: are the goods still there?
import type { Tx } from '#src/db/sql.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { allocate, readSellable, type SellingChannel, sellerOf } from '#src/inventory/allocate.ts'
import { dropReleasedHolds, lockLevels, writeHolds } from '#src/inventory/inventory.sql.ts'
import { heldStock } from '#src/inventory/stock-changes.ts'
import type { OrderId } from '#src/lib/ids.ts'
import { takeUses, usesOf } from '#src/pricing/promotion-uses.sql.ts'
import { readBuyer } from './order-contacts.sql.ts'
import { liveOrderOfCart, readOrderLines } from './orders.sql.ts'
import type { OrderRow } from './orders.ts'
import { demandsOf } from './orders.ts'

/** Holds everything again, or nothing. False when that is not possible: the money goes back. */
export async function reviveHolds(
  tx: Tx,
  order: OrderRow,
  channel: SellingChannel,
  now: Date,
): Promise<boolean> {
  if (order.cart_id !== null && (await liveOrderOfCart(tx, order.cart_id)) !== null) return false
  const lines = await readOrderLines(tx, [order.id])
  const demands = demandsOf({ id: order.id, lines })
  const levels = await lockLevels(tx, [...new Set(demands.map((d) => d.stock_item_id))])
  const decision = allocate(demands, sellerOf(channel, levels), readSellable(levels))
  if (decision.kind === 'short') return false
  // The limits of promotions hold for late money too.
  const uses = await usesOf(tx, order.id)
  const buyer = uses.length > 0 ? await readBuyer(tx, order.id) : { customer_id: null, email: null }
  if ((await takeUses(tx, [{ order_id: order.id, uses, buyer }])).length > 0) return false
  await dropReleasedHolds(tx, order.id)
  await writeHolds(tx, decision.allocations, now)
  const detail = { stock: heldStock(decision.allocations) }
  await addEvents(tx, [{ ...heldAgain(order.id), detail, at: now }])
  return true
}

const heldAgain = (order_id: OrderId) => ({
  kind: 'order.held_again',
  subject: 'order',
  subject_id: order_id,
  order_id,
  actor: 'system',
})
