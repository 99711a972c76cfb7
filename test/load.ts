// Buyers who order one after the other, for as long as a test needs them.
import { crowd } from './races/crowd.ts'
import { until } from './world.ts'

export type Load<T> = {
  /** What came of it so far, in the order in which buyers were told. */
  readonly told: readonly T[]
  /** Waits for so many more; a buyer who has failed is told of at once. */
  more(count: number): Promise<void>
  stop(): Promise<void>
}

const patience_ms = 240_000

/**
 * A buyer begins an order so long after the one before, or at once when that took longer; without
 * a pause a slow machine would only fall behind.
 */
export function openLoad<T>(
  buyers: number,
  buy: (buyer: number) => Promise<T>,
  pace_ms = 1_000,
): Load<T> {
  const told: T[] = []
  let stopped = false
  const done = crowd(buyers, async (buyer) => {
    while (!stopped) {
      const looked = new Promise((done) => setTimeout(done, pace_ms))
      told.push(await buy(buyer))
      await looked
    }
  })
  // Whoever waits for more or for the end is told of it.
  done.catch(() => {
    stopped = true
  })
  return {
    told,
    more: async (count) => {
      const wanted = told.length + count
      const enough = until(
        `${count} orders`,
        async () => told.length >= wanted || stopped,
        patience_ms,
      )
      await Promise.race([enough, done])
    },
    stop: async () => {
      stopped = true
      await done
    },
  }
}
