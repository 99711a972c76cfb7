// An order is held for review, by staff or by a rule of its channel: nothing leaves and no money
// is taken at shipment until somebody has let it go.
import type { Tx } from '#src/db/sql.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { addEffects, healException, openException } from '#src/jobs/effects.sql.ts'
import { newId, type OrderId } from '#src/lib/ids.ts'
import { refuse, refuseField } from '#src/lib/refusal.ts'
import { lockOrders } from '#src/orders/orders.sql.ts'
import type { OrderRow } from '#src/orders/orders.ts'
import {
  readReviewFacts,
  readRules,
  readToReview,
  writeHeld,
  writeReleased,
} from '#src/orders/reviews.sql.ts'
import { hold_reasons_max, reasonsFor } from '#src/orders/reviews.ts'
import { readBalance } from '#src/payments/read-balances.ts'
import { unplanShipments } from './replan-shipments.ts'

type Acting = { readonly actor: string; readonly now: Date }

/** The order must be locked. Parcels without a label are planned anew when it is released. */
async function hold(
  tx: Tx,
  { id, version }: OrderRow,
  reasons: readonly string[],
  { actor, now }: Acting,
): Promise<void> {
  const all = await writeHeld(tx, id, { reasons, now })
  if (all === null) return
  if (all.length > hold_reasons_max) {
    throw refuseField('limit_exceeded', 'reason', { hold_reasons_max })
  }
  await unplanShipments(tx, id, { actor, now })
  const message = `The order is held for review: ${all.join(', ')}.`
  const found = { kind: 'order_review', cause_id: id, order_id: id, message }
  await openException(tx, { ...found, detail: { reasons: all } }, now)
  await addEvents(tx, [
    {
      kind: 'review.held',
      subject: 'order',
      subject_id: id,
      order_id: id,
      actor,
      // What staff give as a reason stands with the order: events outlive the person.
      detail: actor === 'system' ? { reasons, version } : { version },
      at: now,
    },
  ])
}

async function lockPlaced(tx: Tx, id: OrderId, move: string): Promise<OrderRow> {
  const [order] = await lockOrders(tx, [id])
  if (!order) throw refuse('not_found', { order_id: id })
  const { state } = order
  if (state !== 'placed') throw refuse('order_cannot_move', { order_id: id, state, move })
  return order
}

/** Held already, it is held for this reason as well. @throws not_found, order_cannot_move */
export async function holdOrder(
  tx: Tx,
  id: OrderId,
  reason: string,
  acting: Acting,
): Promise<void> {
  await hold(tx, await lockPlaced(tx, id, 'hold'), [reason], acting)
}

/**
 * Of all its reasons; what waited goes on. Not held, it stays as it is.
 * @throws not_found, order_cannot_move
 */
export async function releaseOrder(tx: Tx, id: OrderId, { actor, now }: Acting): Promise<void> {
  await lockPlaced(tx, id, 'release')
  if (!(await writeReleased(tx, id, now))) return
  const cause_id = newId()
  await addEffects(tx, [{ kind: 'fulfill', cause_id, order_id: id }], now)
  await healException(tx, 'order_review', id, now)
  await addEvents(tx, [
    {
      kind: 'review.released',
      subject: 'order',
      subject_id: id,
      order_id: id,
      actor,
      cause_id,
      at: now,
    },
  ])
}

/** As long as the buyer owes what an edit has added, it stands in the inbox why nothing is sent. */
async function isUnpaid(tx: Tx, order: OrderRow, now: Date): Promise<boolean> {
  const { to_collect } = await readBalance(tx, order)
  const kind = 'difference_unpaid'
  if (to_collect === 0n) {
    await healException(tx, kind, order.id, now)
    return false
  }
  const message = 'Nothing more is sent until the buyer has paid what an edit has added.'
  const found = { kind, cause_id: order.id, order_id: order.id, message }
  await openException(tx, { ...found, detail: { to_collect, currency: order.currency } }, now)
  return true
}

/**
 * Whether nothing of a placed order may leave now: it is held, or a rule of its channel holds it
 * at this moment, or an edit has added what is not paid yet. The order must be locked.
 */
export async function isWaiting(
  tx: Tx,
  order: OrderRow,
  { is_new, now }: { readonly is_new: boolean; readonly now: Date },
): Promise<boolean> {
  if (is_new) {
    const { rules, was_released } = await readToReview(tx, order.id)
    if (rules !== null && !was_released) {
      const reasons = reasonsFor(readRules(rules), await readReviewFacts(tx, order.id))
      if (reasons.length > 0) {
        await hold(tx, order, reasons, { actor: 'system', now })
        return true
      }
    }
  }
  if (order.held_at !== null) return true
  // Only edits make an order cost more than was paid, and each of them raises its version.
  return order.version > 1 && (await isUnpaid(tx, order, now))
}
