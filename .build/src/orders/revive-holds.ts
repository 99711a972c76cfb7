// Money came for an order whose hold had run out: are the goods still there?
import type { Tx } from '../db/sql.ts'
import { addEvents } from '../events/events.sql.ts'
import { allocate, readSellable, type SellingChannel, sellerOf } from '../inventory/allocate.ts'
import { dropReleasedHolds, lockLevels, writeHolds } from '../inventory/inventory.sql.ts'
import { heldStock } from '../inventory/stock-changes.ts'
import type { OrderId } from '../lib/ids.ts'
import { takeCouponUses, usesOf } from '../pricing/pricing.sql.ts'
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
  // The coupon's limit holds for late money too.
  if ((await takeCouponUses(tx, await usesOf(tx, order.id))).length > 0) return false
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
