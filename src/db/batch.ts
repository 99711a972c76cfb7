// Group commit. Commands that many buyers run at once take arrays; while one batch is in
// flight the next one gathers. A lone request runs at once: no timer, no added latency.

import { AsyncLocalStorage } from 'node:async_hooks'
import { observeBatch } from '#src/lib/metrics.ts'
import { isWithoutDatabase, refuse } from '#src/lib/refusal.ts'
import { beginShare, isTracing, type OpenSpan, shared } from '#src/lib/trace.ts'
import { isActing } from './acting.ts'

export type Batcher<Item, Result> = {
  (item: Item): Promise<Result>
  /** Resolves when nothing is running or waiting. */
  idle(): Promise<void>
}

export type BatchOptions = {
  /** How the figures name it. */
  readonly name: string
  readonly size_max: number
  /** How many batches may run side by side. Those that lock the same rows want one. */
  readonly parallel: number
  /** How many items may wait. More are refused, so that a flood cannot fill the memory. */
  readonly waiting_max: number
}

type Waiting<Item, Result> = {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
  /** From its asking to its answer, in the trace of whoever asks. */
  readonly share: OpenSpan | null
}

/**
 * `run` gets all items that wait and returns one result per item, in their order. A refusal of
 * one item is a value in its result. When `run` throws, each item is tried again alone, so that
 * one bad item cannot fail its neighbors.
 * @throws overloaded to items that come while too many wait
 */
export function createBatcher<Item, Result>(
  run: (items: readonly Item[]) => Promise<readonly Result[]>,
  { name, size_max, parallel, waiting_max }: BatchOptions,
): Batcher<Item, Result> {
  // A batch is nobody's alone: it runs as whoever has made the batcher, not as who came first.
  const asMaker = AsyncLocalStorage.snapshot()
  let waiting: Waiting<Item, Result>[] = []
  let running = 0
  let when_idle: (() => void)[] = []

  /** Runs the batch; what is returned tells those who wait. */
  const settle = async (batch: readonly Waiting<Item, Result>[]): Promise<() => void> => {
    try {
      const items = batch.map(({ item }) => item)
      const shares = batch.map(({ share }) => share)
      const results = await shared(name, shares, () => run(items))
      return () => batch.forEach(({ resolve }, i) => resolve(results[i]!))
    } catch (error) {
      // Without a database, trying each by itself is no use.
      if (batch.length === 1 || isWithoutDatabase(error)) {
        return () => {
          for (const { reject } of batch) reject(error)
        }
      }
      for (const one of batch) (await settle([one]))()
      return () => {}
    }
  }

  const next = (): void => {
    if (running >= parallel) return
    if (waiting.length === 0) {
      if (running === 0) for (const tell of when_idle.splice(0)) tell()
      return
    }
    const batch = waiting.slice(0, size_max)
    waiting = waiting.slice(size_max)
    running += 1
    observeBatch(name, batch.length)
    void settle(batch).then((tell) => {
      running -= 1
      // The next batch sets out before the answers of this one are written: the database works
      // on it meanwhile.
      if (waiting.length > 0) next()
      tell()
      next()
    })
    // What did not fit into this batch need not wait for its end where others may run beside it.
    if (waiting.length > 0) next()
  }

  const ask = (item: Item, share: OpenSpan | null): Promise<Result> =>
    new Promise((resolve, reject) => {
      if (waiting.length >= waiting_max) return reject(refuse('overloaded'))
      waiting.push({ item, resolve, reject, share })
      // Requests that arrived in the same turn of the event loop share the batch.
      if (waiting.length === 1) setImmediate(asMaker, next)
    })
  const inTurn = async (item: Item, share: OpenSpan | null): Promise<Result> => {
    if (!isActing()) return ask(item, share)
    // What staff write is written down in their name, so they share no transaction.
    const [result] = await shared(name, [share], () => run([item]))
    return result!
  }
  const add = (item: Item): Promise<Result> => {
    if (!isTracing()) return inTurn(item, null)
    const share = beginShare(name)
    return inTurn(item, share).finally(() => share?.end())
  }
  const idle = (): Promise<void> =>
    new Promise((resolve) => {
      when_idle = [...when_idle, resolve]
      if (running === 0 && waiting.length === 0) next()
    })
  return Object.assign(add, { idle })
}
