// Finds carts that were left behind, each time once, and deletes those that nobody came back to.
import type { Db } from '#src/db/pool.ts'
import { transaction } from '#src/db/transaction.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { addEffects } from '#src/jobs/effects.sql.ts'
import { type Clock, plusMs } from '#src/lib/clock.ts'
import type { ChannelId } from '#src/lib/ids.ts'
import {
  beginWatches,
  type CartPlace,
  dropCarts,
  listWatches,
  lockLeftCarts,
  moveWatch,
  noteAbandoned,
  readLeftCarts,
  readOldCarts,
  takeWatch,
  touchCarts,
} from './abandoned.sql.ts'

type Parts = { readonly db: Db; readonly clock: Clock }

const batch_max = 200

/** One batch of a channel; true when there may be more. */
const findSome = ({ db, clock }: Parts, channel_id: ChannelId): Promise<boolean> =>
  transaction(db, async (tx) => {
    const watch = await takeWatch(tx, channel_id)
    if (!watch) return false
    const now = clock()
    const until = plusMs(now, -watch.after_minutes * 60_000)
    const places = await readLeftCarts(tx, watch, { until, limit: batch_max })
    const last = places.at(-1)
    if (!last) return false
    const carts = await lockLeftCarts(
      tx,
      places.map(({ id }) => id),
      until,
    )
    const left = carts.filter(({ lines, order }) => lines > 0 && order === 'none')
    const paying = carts.filter(({ order }) => order === 'pending')
    await touchCarts(
      tx,
      paying.map(({ id }) => id),
      now,
    )
    await noteAbandoned(
      tx,
      left.map(({ id }) => id),
      now,
    )
    await addEvents(
      tx,
      left.map(({ id, lines, accepts_message }) => ({
        kind: 'cart.abandoned',
        subject: 'cart',
        subject_id: id,
        actor: 'system',
        detail: { channel_id, lines, accepts_message },
        at: now,
      })),
    )
    const wanted = watch.message ? left.filter(({ accepts_message }) => accepts_message) : []
    await addEffects(
      tx,
      wanted.map(({ id }) => ({ kind: 'message_cart_abandoned', cause_id: id, order_id: null })),
      now,
    )
    await moveWatch(tx, channel_id, last)
    return places.length === batch_max
  })

/** In every worker; of several that look at one channel, one goes on. */
export async function findAbandoned(parts: Parts): Promise<void> {
  const channels = await transaction(parts.db, async (tx) => {
    await beginWatches(tx, parts.clock())
    return listWatches(tx)
  })
  for (const { channel_id } of channels) while (await findSome(parts, channel_id));
}

const cart_kept_ms = 90 * 86_400_000
const looked_at_max = 500

/**
 * Deletes carts that nobody has touched for ninety days, and that have neither money nor a live
 * order: a batch in each transaction, once over all that are so old. Tells how many.
 */
export async function dropOldCarts(
  { db, clock }: Parts,
  signal: AbortSignal | undefined,
): Promise<number> {
  const before = plusMs(clock(), -cart_kept_ms)
  let dropped = 0
  let after: CartPlace | null = null
  for (;;) {
    if (signal?.aborted) return dropped
    const from: CartPlace | null = after
    const places: CartPlace[] = await transaction(db, async (tx) => {
      const some = await readOldCarts(tx, from, { before, limit: looked_at_max })
      const ids = some.map(({ id }) => id)
      if (ids.length > 0) dropped += await dropCarts(tx, ids, before)
      return some
    })
    after = places.at(-1) ?? null
    if (places.length < looked_at_max) return dropped
  }
}
