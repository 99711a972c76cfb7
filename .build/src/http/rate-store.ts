// Counts requests by a clock that only runs forward. By the time of day a counter whose clock was
// ahead would go on counting for hours once it is right again, and refuse everybody.
import type { FastifyRateLimitStore, FastifyRateLimitStoreCtor } from '@fastify/rate-limit'

type Counter = { current: number; readonly began_ms: number }
type Told = Parameters<FastifyRateLimitStore['incr']>[1]

const counters_max = 5_000

/** `now_ms` is `performance.now`, except where a test lets time pass. */
export function rateStoreBy(now_ms: () => number): FastifyRateLimitStoreCtor {
  return class RateStore implements FastifyRateLimitStore {
    readonly #counters = new Map<string, Counter>()

    incr(key: string, tell: Told, window_ms: number): void {
      const now = now_ms()
      const known = this.#counters.get(key)
      const is_over = known === undefined || known.began_ms + window_ms <= now
      const counter = is_over ? { current: 0, began_ms: now } : known
      counter.current += 1
      // Who has not asked for longest is forgotten first.
      this.#counters.delete(key)
      this.#counters.set(key, counter)
      if (this.#counters.size > counters_max) {
        this.#counters.delete(this.#counters.keys().next().value!)
      }
      tell(null, { current: counter.current, ttl: counter.began_ms + window_ms - now })
    }

    child(): FastifyRateLimitStore {
      return new RateStore()
    }
  }
}
