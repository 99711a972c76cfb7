// The members of segments are reckoned anew: of a few customers when something about them has
// changed, of all by the clock, because rules look back from now.
import type { Db } from '#src/db/pool.ts'
import type { Tx } from '#src/db/sql.ts'
import { snapshot, transaction } from '#src/db/transaction.ts'
import type { CustomerGroupId, CustomerId } from '#src/lib/ids.ts'
import { countSegments, lockSegments, readSegmentPage, writeMembers } from './segments.sql.ts'

/** The last thing of a transaction: segments are locked after customers, carts and orders. */
export async function evaluateFor(
  tx: Tx,
  customers: readonly CustomerId[],
  now: Date,
): Promise<void> {
  if (customers.length === 0 || (await countSegments(tx)) === 0) return
  for (const segment of await lockSegments(tx, null)) {
    await writeMembers(tx, segment, customers, now)
  }
}

export async function evaluateSegment(tx: Tx, id: CustomerGroupId, now: Date): Promise<void> {
  const [segment] = await lockSegments(tx, [id])
  if (segment) await writeMembers(tx, segment, null, now)
}

/** One transaction each: none of them waits for all the others. */
export async function evaluateAll(db: Db, now: Date, signal: AbortSignal): Promise<void> {
  const segments = await snapshot(db, (tx) => readSegmentPage(tx, null, 1_000))
  for (const { id } of segments) {
    signal.throwIfAborted()
    await transaction(db, (tx) => evaluateSegment(tx, id, now))
  }
}
