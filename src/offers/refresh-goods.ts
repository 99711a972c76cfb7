// What the goods need by the clock: collections whose members change with time and stock, and an
// end for what was noted of stock long ago.
import { evaluateCollection, readMoving } from '#src/catalog/edit-collections.ts'
import type { Db } from '#src/db/pool.ts'
import { readOnce, transaction } from '#src/db/transaction.ts'
import { plusMs } from '#src/lib/clock.ts'
import { dropOldFlips } from './goods-index.sql.ts'

/** Web servers look at least every half an hour, or read everything again. */
const flips_kept_ms = 3_600_000

export async function refreshGoods(db: Db, now: Date, signal?: AbortSignal): Promise<void> {
  for (const id of await readOnce(db, readMoving)) {
    if (signal?.aborted) return
    // One after the other, each in its own transaction: whoever changes goods waits for one.
    await transaction(db, (tx) => evaluateCollection(tx, id, now))
  }
  await transaction(db, (tx) => dropOldFlips(tx, plusMs(now, -flips_kept_ms)))
}
