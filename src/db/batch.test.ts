import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal, refuse } from '#src/lib/refusal.ts'
import { type BatchOptions, createBatcher } from './batch.ts'

const options: BatchOptions = { name: 'test', size_max: 3, parallel: 1, waiting_max: 4 }

/** A batcher whose batches end when the test says so. */
function openBatcher(given: Partial<BatchOptions> = {}) {
  const batches: (readonly number[])[] = []
  const gates: PromiseWithResolvers<void>[] = []
  const batcher = createBatcher(
    async (items: readonly number[]) => {
      batches.push(items)
      const gate = Promise.withResolvers<void>()
      gates.push(gate)
      await gate.promise
      return items.map((item) => item * 10)
    },
    { ...options, ...given },
  )
  const turn = (): Promise<void> => new Promise((done) => setImmediate(done))
  const openAll = async (): Promise<void> => {
    for (let at = 0; at < gates.length; at++) {
      gates[at]!.resolve()
      // The next batch sets out before the answers of this one are told.
      await turn()
      await turn()
    }
  }
  return { batcher, batches, turn, openAll }
}

test('what waits while a batch runs shares the next one, and each gets its own answer', async () => {
  const { batcher, batches, turn, openAll } = openBatcher()
  const first = batcher(1)
  await turn()
  const rest = [2, 3, 4, 5].map((item) => batcher(item))
  await turn()
  assert.deepEqual(batches, [[1]])
  await openAll()
  assert.deepEqual(await Promise.all([first, ...rest]), [10, 20, 30, 40, 50])
  assert.deepEqual(batches, [[1], [2, 3, 4], [5]])
  await batcher.idle()
})

test('batches that need not queue run side by side, as many as are allowed', async () => {
  const { batcher, batches, turn, openAll } = openBatcher({ parallel: 2, size_max: 1 })
  const all = [1, 2, 3].map((item) => batcher(item))
  await turn()
  assert.deepEqual(batches, [[1], [2]])
  await openAll()
  assert.deepEqual(await Promise.all(all), [10, 20, 30])
  assert.deepEqual(batches, [[1], [2], [3]])
})

test('more than may wait are refused at once; those that waited are served', async () => {
  const { batcher, turn, openAll } = openBatcher()
  const running = batcher(0)
  await turn()
  const waiting = [1, 2, 3, 4].map((item) => batcher(item))
  await assert.rejects(
    batcher(5),
    (error: unknown) => error instanceof Refusal && error.code === 'overloaded',
  )
  await openAll()
  assert.deepEqual(await Promise.all([running, ...waiting]), [0, 10, 20, 30, 40])
  const later = batcher(6)
  await turn()
  await openAll()
  assert.equal(await later, 60)
})

test('one bad item does not fail its neighbors', async () => {
  const tried: (readonly number[])[] = []
  const batcher = createBatcher(async (items: readonly number[]) => {
    tried.push(items)
    if (items.includes(2)) throw new Error('two is bad')
    return items
  }, options)
  const results = await Promise.allSettled([1, 2, 3].map((item) => batcher(item)))
  assert.deepEqual(
    results.map((one) => (one.status === 'fulfilled' ? one.value : one.reason.message)),
    [1, 'two is bad', 3],
  )
  assert.deepEqual(tried, [[1, 2, 3], [1], [2], [3]])
})

test('while the database is away nobody is tried alone', async () => {
  let tries = 0
  const batcher = createBatcher(async () => {
    tries += 1
    throw refuse('database_unavailable')
  }, options)
  const results = await Promise.allSettled([1, 2, 3].map((item) => batcher(item)))
  assert(results.every(({ status }) => status === 'rejected'))
  assert.equal(tries, 1)
})
