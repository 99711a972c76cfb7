// What the order path leaves to others: an order that was placed as a guest, with an address that
// is verified, becomes one of that customer, and segments learn of it. A reader of events, so that
// orders pay nothing for it, and nothing is missed however often this process dies.
import { evaluateFor } from '#src/customers/evaluate-segments.ts'
import type { Db } from '#src/db/pool.ts'
import { snapshot, transaction } from '#src/db/transaction.ts'
import {
  hasEventsAfter,
  moveCursor,
  newestCursor,
  readCursor,
  readEvents,
  startCursor,
} from '#src/events/events.sql.ts'
import type { OrderId } from '#src/lib/ids.ts'
import { customersOfOrders, verifiedBuyersOf } from '#src/orders/orders-of-person.sql.ts'
import { adopt } from './follow-links.ts'

const reader = 'customers'
const batch_max = 500

/** What changes how often somebody has bought, or for how much. */
const kinds = new Set(['order.placed', 'order.canceled', 'refund.succeeded'])

/** One round; false when there is nothing more to read. Of several processes one works. */
async function followSome(db: Db, now: Date): Promise<boolean> {
  return transaction(db, async (tx) => {
    const from = await readCursor(tx, reader)
    const events = await readEvents(tx, from, batch_max)
    const last = events.at(-1)
    if (!last) return false
    const orders = [
      ...new Set(events.flatMap(({ kind, order_id }) => (kinds.has(kind) ? (order_id ?? []) : []))),
    ] as OrderId[]
    if (orders.length > 0) {
      await adopt(tx, await verifiedBuyersOf(tx, orders), now)
      await evaluateFor(tx, await customersOfOrders(tx, orders), now)
    }
    await moveCursor(tx, reader, last)
    return events.length === batch_max
  })
}

export async function followOrders(db: Db, now: Date): Promise<void> {
  // Nothing is written, not even a lock, while nothing has happened.
  if (!(await snapshot(db, (tx) => hasEventsAfter(tx, reader)))) return
  while (await followSome(db, now));
}

/** A shop that had orders before it had this begins with what comes next. */
export const beginFollowing = (db: Db): Promise<void> =>
  transaction(db, async (tx) => startCursor(tx, reader, await newestCursor(tx)))
