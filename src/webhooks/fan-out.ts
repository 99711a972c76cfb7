// From events to deliveries: a reader of the event table that goes on where it was, and never
// skips what is committed late. What it queues and how far it has come are committed together.
import type { Db } from '#src/db/pool.ts'
import type { Tx } from '#src/db/sql.ts'
import { transaction } from '#src/db/transaction.ts'
import { type EventRow, moveCursor, readCursor, readEvents } from '#src/events/events.sql.ts'
import type { Clock } from '#src/lib/clock.ts'
import type { WebhookEndpointId } from '#src/lib/ids.ts'
import { type NewDelivery, queueDeliveries, readOrderSummaries } from './deliveries.sql.ts'
import { reader } from './edit-endpoint.ts'
import { readEndpoint, readWishes } from './endpoints.sql.ts'
import { moveReplay, readReplayEvents, takeReplay } from './replays.sql.ts'
import { aggregateOf, bodyOf, missOf, type Wishes } from './webhooks.ts'

const batch_max = 500

export type FanOut = { readonly db: Db; readonly clock: Clock }

async function deliveriesFor(
  tx: Tx,
  events: readonly EventRow[],
  endpoints: readonly (Wishes & { readonly id: WebhookEndpointId })[],
): Promise<NewDelivery[]> {
  const ids = [...new Set(events.flatMap(({ order_id }) => order_id ?? []))]
  const orders = await readOrderSummaries(tx, ids)
  return events.flatMap((event) => {
    const order = event.order_id === null ? null : (orders.get(event.order_id) ?? null)
    const wanted = endpoints.filter((endpoint) => missOf(endpoint, event, order) === null)
    if (wanted.length === 0) return []
    const body = bodyOf(event, order)
    const one = { event_id: event.id, kind: event.kind, aggregate_id: aggregateOf(event), body }
    return wanted.map(({ id: endpoint_id }) => ({ ...one, endpoint_id }))
  })
}

/** One batch; true when there may be more. */
const readOn = ({ db, clock }: FanOut): Promise<boolean> =>
  transaction(db, async (tx) => {
    const endpoints = await readWishes(tx)
    // Whoever is the first to be told sets the cursor.
    if (endpoints.length === 0) return false
    const events = await readEvents(tx, await readCursor(tx, reader), batch_max)
    const last = events.at(-1)
    if (!last) return false
    const deliveries = await deliveriesFor(tx, events, endpoints)
    await queueDeliveries(tx, deliveries, { again: 'nothing', now: clock() })
    await moveCursor(tx, reader, last)
    return events.length === batch_max
  })

/** One batch of a replay; true when there may be more. */
const replayOn = ({ db, clock }: FanOut): Promise<boolean> =>
  transaction(db, async (tx) => {
    const replay = await takeReplay(tx)
    if (!replay) return false
    const { id, endpoint_id, everything } = replay
    const endpoint = await readEndpoint(tx, endpoint_id)
    const events = endpoint ? await readReplayEvents(tx, replay, batch_max) : []
    const deliveries = endpoint ? await deliveriesFor(tx, events, [endpoint]) : []
    const again = everything ? 'everything' : 'failed'
    const now = clock()
    const queued = await queueDeliveries(tx, deliveries, { again, now })
    const is_done = events.length < batch_max
    const after_id = events.at(-1)?.id ?? replay.after_id
    await moveReplay(tx, id, { after_id, queued, done_at: is_done ? now : null })
    return !is_done
  })

const batches_max = 40

/** So much at a time that what is queued can be sent meanwhile. */
export async function fanOut(parts: FanOut): Promise<void> {
  for (let n = 0; n < batches_max && (await readOn(parts)); n++);
  for (let n = 0; n < batches_max && (await replayOn(parts)); n++);
}
