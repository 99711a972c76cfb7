import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plusMs } from './clock.ts'
import { createSignInLimit, guess } from './sign-in-limit.ts'

const now = new Date('2026-01-01T12:00:00Z')
const email = 'ada@example.com'
type Limit = ReturnType<typeof createSignInLimit>

/** How a guess ends: the code of its refusal, or that it was right. */
const tryOnce = async (limit: Limit, who: string, at: Date, check: () => Promise<boolean>) =>
  guess(limit, who, at, async () => ((await check()) ? 'right' : null)).catch(({ code }) => code)
const wrong = async () => false

test('failures that a clock has noted while it was ahead hold nobody back', async () => {
  const limit = createSignInLimit()
  const ahead = plusMs(now, 5 * 3_600_000)
  for (let i = 0; i < 10; i++) {
    assert.equal(await tryOnce(limit, email, ahead, wrong), 'sign_in_failed')
  }
  assert.equal(await tryOnce(limit, email, ahead, wrong), 'too_many_requests')
  for (let i = 0; i < 10; i++) {
    assert.equal(await tryOnce(limit, email, now, wrong), 'sign_in_failed')
  }
  assert.equal(await tryOnce(limit, 'Ada@example.com', now, wrong), 'too_many_requests')
  assert.equal(await tryOnce(limit, 'eve@example.com', now, wrong), 'sign_in_failed')
})

test('failures of requests that end in another order are all counted', async () => {
  const limit = createSignInLimit()
  for (let i = 9; i >= 0; i--) await tryOnce(limit, email, plusMs(now, i), wrong)
  assert.equal(await limit.begin(email, now), null)
})

test('of a hundred guesses side by side ten are checked; right ones hold nobody back', async () => {
  const limit = createSignInLimit()
  let checked = 0
  const sideBySide = (right: boolean) =>
    Promise.all(
      Array.from({ length: 100 }, () =>
        tryOnce(limit, email, now, async () => {
          checked += 1
          await new Promise((later) => setImmediate(later))
          return right
        }),
      ),
    )
  assert.deepEqual(await sideBySide(true), Array(100).fill('right'))
  assert.equal(checked, 100)
  checked = 0
  const said = await sideBySide(false)
  assert.equal(checked, 10)
  assert.equal(said.filter((code) => code === 'too_many_requests').length, 90)
})

test('a check that breaks off counts for nothing and lets the next one in', async () => {
  const limit = createSignInLimit()
  const broken = () => Promise.reject(Object.assign(new Error('away'), { code: 'away' }))
  for (let i = 0; i < 20; i++) assert.equal(await tryOnce(limit, email, now, broken), 'away')
  assert.equal(await tryOnce(limit, email, now, async () => true), 'right')
})
