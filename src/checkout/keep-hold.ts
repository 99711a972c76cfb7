// A buyer who is still paying keeps the goods for longer, up to a bound.
import type { Tx } from '#src/db/sql.ts'
import { transaction } from '#src/db/transaction.ts'
import { plusMs } from '#src/lib/clock.ts'
import type { ChannelId, OrderId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import { extendHolds, lockOrders } from '#src/orders/orders.sql.ts'
import type { Desk } from './desk.ts'

type Parts = Pick<Desk, 'db' | 'clock' | 'timings'>

const extend = async (tx: Tx, { clock, timings }: Parts, id: OrderId): Promise<Date | null> => {
  const until = plusMs(clock(), timings.hold_ms)
  const [held] = await extendHolds(tx, [id], { until, max_ms: timings.hold_max_ms })
  return held?.hold_expires_at ?? null
}

/** Tells until when the goods are held; null when they are held for a pending order no more. */
export const extendHold = (parts: Parts, id: OrderId): Promise<Date | null> =>
  transaction(parts.db, (tx) => extend(tx, parts, id))

/**
 * The buyer says that they are still there.
 * @throws not_found, token_wrong, order_cannot_move
 */
export const keepHold = (parts: Parts, order_id: OrderId, channel_id: ChannelId): Promise<Date> =>
  transaction(parts.db, async (tx) => {
    const [order] = await lockOrders(tx, [order_id])
    if (!order) throw refuse('not_found', { order_id })
    if (order.channel_id !== channel_id) throw refuse('token_wrong')
    const until = await extend(tx, parts, order_id)
    const { state } = order
    if (!until) throw refuse('order_cannot_move', { order_id, state, move: 'hold' })
    return until
  })
