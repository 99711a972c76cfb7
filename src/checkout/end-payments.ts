// Open payments that nobody counts on any more are ended at their providers, before goods go back.
import type { Tx } from '#src/db/sql.ts'
import { transaction } from '#src/db/transaction.ts'
import type { OrderId } from '#src/lib/ids.ts'
import { lockOrders } from '#src/orders/orders.sql.ts'
import type { OrderRow } from '#src/orders/orders.ts'
import { askToCancel, readOrderAttempts } from '#src/payments/payments.sql.ts'
import { type Attempt, isOpen } from '#src/payments/payments.ts'
import type { Desk } from './desk.ts'
import { attemptAt } from './place-order.ts'

type MayEnd = (order: OrderRow, now: Date) => boolean

/** The open payments of an order, noted as to be ended; null where they may not be. */
async function takeOpen(
  tx: Tx,
  order_id: OrderId,
  { mayEnd, now }: { readonly mayEnd: MayEnd; readonly now: Date },
): Promise<Attempt[] | null> {
  const [order] = await lockOrders(tx, [order_id])
  if (order && !mayEnd(order, now)) return null
  const attempts = await readOrderAttempts(tx, [order_id])
  const open = attempts.filter(({ state }) => isOpen(state))
  if (open.length > 0)
    await askToCancel(
      tx,
      open.map(({ id }) => id),
      now,
    )
  return open
}

/**
 * Ends open payments of an order at their providers, if it may be done as the order stands when it
 * is locked. False while one is still not certain, as where this process lacks its provider, or
 * where it may not.
 */
export async function endPayments(
  desk: Desk,
  order_id: OrderId,
  mayEnd: MayEnd = () => true,
): Promise<boolean> {
  const open = await transaction(desk.db, (tx) =>
    takeOpen(tx, order_id, { mayEnd, now: desk.clock() }),
  )
  if (open === null) return false
  let certain = true
  for (const attempt of open) {
    const provider = desk.payments.get(attempt.provider)
    if (!provider) {
      certain = false
      continue
    }
    const outcome = await provider.cancel(attemptAt(attempt))
    const source = `provider:${attempt.provider}`
    const recorded = await desk.record({ attempt_id: attempt.id, outcome, source })
    if (recorded?.attempt && isOpen(recorded.attempt.state)) certain = false
  }
  return certain
}
