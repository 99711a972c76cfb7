import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rateStoreBy } from './rate-store.ts'

test('a window ends by the clock that only runs forward, whatever the time of day does', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.UTC(2026, 0, 1, 12) })
  let now_ms = 1_000
  const store = new (rateStoreBy(() => now_ms))({})
  const ask = (key: string): unknown => {
    let told: unknown
    store.incr(
      key,
      (_, result) => {
        told = result
      },
      60_000,
      2,
    )
    return told
  }
  assert.deepEqual(ask('ada'), { current: 1, ttl: 60_000 })
  t.mock.timers.setTime(Date.UTC(2026, 0, 1, 7))
  now_ms += 20_000
  assert.deepEqual(ask('ada'), { current: 2, ttl: 40_000 })
  assert.deepEqual(ask('bob'), { current: 1, ttl: 60_000 })
  now_ms += 40_000
  assert.deepEqual(ask('ada'), { current: 1, ttl: 60_000 })
  assert.notEqual(store.child({} as never), store)
})

test('it remembers a bounded number, and forgets who has not asked for longest', () => {
  const store = new (rateStoreBy(() => 0))({})
  const counts: number[] = []
  const ask = (key: string) =>
    store.incr(key, (_, result) => counts.push(result!.current), 60_000, 2)
  ask('first')
  ask('second')
  for (let i = 0; i < 4_999; i++) ask(`other-${i}`)
  counts.length = 0
  ask('second')
  ask('first')
  assert.deepEqual(counts, [2, 1])
})
