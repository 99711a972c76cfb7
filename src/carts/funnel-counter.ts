// Counts in memory how far carts come, and writes it down now and then: whoever buys waits for
// none of it. A process that is killed forgets the last seconds.
import type { Db } from '#src/db/pool.ts'
import { transaction } from '#src/db/transaction.ts'
import { moveCursor, readCursor } from '#src/events/events.sql.ts'
import type { Clock } from '#src/lib/clock.ts'
import type { ChannelId } from '#src/lib/ids.ts'
import { addCounts, countOutcomes, type FunnelCount } from './funnel.sql.ts'
import type { FunnelStep } from './funnel.ts'

export type FunnelCounter = {
  note(channel_id: ChannelId, step: FunnelStep, code?: string): void
  /** Writes down what was counted. What cannot be written is kept for the next time. */
  flush(): Promise<void>
  /** Writes down the rest and counts no more by itself. */
  close(): Promise<void>
}

/** How often a process writes down what it has counted. */
export const usual_flush_ms = 5_000
const hour_ms = 3_600_000
/** Codes and reasons are few; somebody who makes up others fills no memory. */
const kinds_max = 5_000

export type FunnelParts = {
  readonly db: Db
  readonly clock: Clock
  /** Null writes nothing down before it is told to. */
  readonly flush_ms: number | null
}

export function openFunnel({ db, clock, flush_ms }: FunnelParts): FunnelCounter {
  let counts = new Map<string, FunnelCount>()

  const add = (one: FunnelCount): void => {
    const key = `${one.hour.getTime()} ${one.channel_id} ${one.step} ${one.code}`
    const known = counts.get(key)
    if (known === undefined && counts.size >= kinds_max) return
    counts.set(key, { ...one, count: (known?.count ?? 0) + one.count })
  }
  const flush = async (): Promise<void> => {
    if (counts.size === 0) return
    const written = [...counts.values()]
    counts = new Map()
    try {
      await transaction(db, (tx) => addCounts(tx, written))
    } catch (error) {
      for (const one of written) add(one)
      throw error
    }
  }
  let flushing = Promise.resolve()
  const inTurn = (): Promise<void> => {
    flushing = flushing.catch(() => {}).then(flush)
    return flushing
  }
  // Without a database it is counted on.
  const tick = () => void inTurn().catch(() => {})
  const timer = flush_ms === null ? undefined : setInterval(tick, flush_ms).unref()

  return {
    note: (channel_id, step, code = '') => {
      const hour = new Date(Math.floor(clock().getTime() / hour_ms) * hour_ms)
      add({ channel_id, hour, step, code, count: 1 })
    },
    flush: inTurn,
    close: async () => {
      clearInterval(timer)
      await inTurn().catch(() => {})
    },
  }
}

const reader = 'funnel'
const events_max = 10_000

/** What payments have come to since the last time; in every worker, of whom one goes on. */
export async function countPayments(db: Db): Promise<void> {
  for (let more = true; more; ) {
    more = await transaction(db, async (tx) => {
      const end = await countOutcomes(tx, await readCursor(tx, reader), events_max)
      if (end === null) return false
      await moveCursor(tx, reader, end)
      return end.read === events_max
    })
  }
}
