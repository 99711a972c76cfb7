// Live updates of one process: a single reader follows the event table and hands each row to
// everybody who listens. NOTIFY only wakes it; the table is the truth.
import type { Client } from 'pg'
import { type Db, openClient } from '../db/pool.ts'
import { snapshot } from '../db/transaction.ts'
import type { OrderId } from '../lib/ids.ts'
import {
  type Cursor,
  type EventRow,
  events_channel,
  newestCursor,
  readEvents,
  readOrderEventsAfter,
} from './events.sql.ts'

export type FedEvent = EventRow & Cursor
export type Feed = {
  /** Events from now on; the listener must not throw. Returns how to stop. */
  listen(listener: (event: FedEvent) => void): () => void
  close(): Promise<void>
}

const batch_max = 500
/** A wake-up may be lost while a connection is made anew: look by ourselves now and then. */
const look_ms = 2_000
const reconnect_ms = 500

export function openFeed(db: Db, url: string): Feed {
  const listeners = new Set<(event: FedEvent) => void>()
  let cursor: Cursor | null = null
  let reading: Promise<void> | null = null
  let again = false
  let closed = false
  let client: Client | null = null

  const readOn = async (): Promise<void> => {
    for (;;) {
      const from = cursor ?? (await snapshot(db, newestCursor))
      const rows = await snapshot(db, (tx) => readEvents(tx, from, batch_max))
      cursor = rows.at(-1) ?? from
      for (const row of rows) for (const listener of listeners) listener(row)
      if (rows.length < batch_max) return
    }
  }
  const wake = (): void => {
    if (closed || listeners.size === 0) {
      // Nobody listens: the next one starts from where the table is then.
      cursor = null
      return
    }
    if (reading) {
      again = true
      return
    }
    reading = readOn()
      .catch(() => {})
      .finally(() => {
        reading = null
        if (!again) return
        again = false
        wake()
      })
  }
  const connect = (): void => {
    if (closed) return
    const fresh = openClient({ url, name: 'onhand feed' })
    client = fresh
    fresh.on('notification', wake)
    const retry = (): void => {
      if (client !== fresh) return
      client = null
      fresh.end().catch(() => {})
      if (!closed) setTimeout(connect, reconnect_ms).unref()
    }
    fresh.on('error', retry)
    fresh.on('end', retry)
    fresh
      .connect()
      .then(async () => {
        // It may have been closed while the primary was looked for.
        if (client === fresh) await fresh.query(`listen ${events_channel}`)
        else await fresh.end()
      })
      .then(wake, retry)
  }
  connect()
  const timer = setInterval(wake, look_ms)
  timer.unref()

  return {
    listen: (listener) => {
      listeners.add(listener)
      wake()
      return () => void listeners.delete(listener)
    },
    close: async () => {
      closed = true
      clearInterval(timer)
      listeners.clear()
      const open = client
      client = null
      await open?.end().catch(() => {})
      await reading
    },
  }
}

const compare = (a: Cursor, b: Cursor): number => {
  const [x, y] = [BigInt(a.xid), BigInt(b.xid)]
  if (x !== y) return x < y ? -1 : 1
  return a.id === b.id ? 0 : a.id < b.id ? -1 : 1
}

export type Following = {
  /** Null follows everything. */
  readonly order_id: OrderId | null
  /** Where the client was; null starts with what is new. */
  readonly after: Cursor | null
  readonly gone: AbortSignal
}

const queue_max = 5_000

/** What was missed first, then what comes, until the client has gone. */
export async function* follow(
  db: Db,
  feed: Feed,
  { order_id, after, gone }: Following,
): AsyncGenerator<FedEvent> {
  const queue: FedEvent[] = []
  let wake = (): void => {}
  const stop = feed.listen((event) => {
    if (order_id !== null && event.order_id !== order_id) return
    // A reader that is too slow starts anew from where it was: it knows its last id.
    if (queue.length < queue_max) queue.push(event)
    wake()
  })
  const onGone = (): void => wake()
  gone.addEventListener('abort', onGone)
  try {
    let last = after
    while (last !== null && !gone.aborted) {
      const from: Cursor = last
      const missed: FedEvent[] = await snapshot(db, (tx) =>
        order_id === null
          ? readEvents(tx, from, batch_max)
          : readOrderEventsAfter(tx, order_id, from, batch_max),
      )
      for (const event of missed) yield event
      last = missed.at(-1) ?? last
      if (missed.length < batch_max) break
    }
    while (!gone.aborted && queue.length < queue_max) {
      const event = queue.shift()
      if (event) {
        if (last === null || compare(event, last) > 0) yield event
        continue
      }
      await new Promise<void>((resolve) => {
        wake = resolve
        if (gone.aborted || queue.length > 0) resolve()
      })
    }
  } finally {
    stop()
    gone.removeEventListener('abort', onGone)
  }
}
