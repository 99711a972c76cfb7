// The files of an order go to its buyer as its parcels do: not while it waits for somebody.
import type { Db } from '#src/db/pool.ts'
import { transaction } from '#src/db/transaction.ts'
import { grantDownloads } from '#src/downloads/grant-downloads.ts'
import type { EffectOutcome } from '#src/jobs/effects.ts'
import { readOpenEffects } from '#src/jobs/open-effects.sql.ts'
import type { OrderId } from '#src/lib/ids.ts'
import { lockOrders } from '#src/orders/orders.sql.ts'
import { isWaiting } from './review-order.ts'

/** For the effect `grant`. Whatever ends the waiting brings an effect of its own. */
export async function grantFiles(db: Db, order_id: OrderId, now: Date): Promise<EffectOutcome> {
  return transaction(db, async (tx): Promise<EffectOutcome> => {
    const [order] = await lockOrders(tx, [order_id])
    if (order?.state === 'placed') {
      // The rules are asked by whoever comes first, this or what plans the parcels.
      const open = await readOpenEffects(tx, order_id)
      const is_new = open.some(({ kind, cause_id }) => kind === 'fulfill' && cause_id === order_id)
      if (await isWaiting(tx, order, { is_new, now })) return { kind: 'done' }
    }
    await grantDownloads(tx, order_id, now)
    return { kind: 'done' }
  })
}
