// The log of webhooks is for looking back, not for ever.
import type { Db } from '#src/db/pool.ts'
import { transaction } from '#src/db/transaction.ts'
import { type Clock, plusMs } from '#src/lib/clock.ts'
import { dropOldDeliveries } from './deliveries.sql.ts'

const day_ms = 86_400_000
const ended_kept_ms = 30 * day_ms
/** What waits so long waits for an endpoint that nobody has enabled again. */
const waiting_kept_ms = 60 * day_ms
const batch_max = 1_000
const batches_max = 200

export async function dropOldLog({ db, clock }: { db: Db; clock: Clock }): Promise<void> {
  const now = clock()
  const before = { ended: plusMs(now, -ended_kept_ms), waiting: plusMs(now, -waiting_kept_ms) }
  for (let n = 0; n < batches_max; n++) {
    const dropped = await transaction(db, (tx) => dropOldDeliveries(tx, before, batch_max))
    if (dropped < batch_max) return
  }
}
