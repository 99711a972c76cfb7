import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plusMs } from '#src/lib/clock.ts'
import { createSignInLimit } from './sign-in.ts'

test('failures that a clock has noted while it was ahead hold nobody back', () => {
  const limit = createSignInLimit()
  const now = new Date('2026-01-01T12:00:00Z')
  const ahead = plusMs(now, 5 * 3_600_000)
  for (let i = 0; i < 10; i++) limit.noteFailure('ada@example.com', ahead)
  assert(limit.isReached('ada@example.com', ahead))
  assert(!limit.isReached('ada@example.com', now))
  for (let i = 0; i < 10; i++) limit.noteFailure('ada@example.com', now)
  assert(limit.isReached('Ada@example.com', now))
})

test('failures of requests that end in another order are all counted', () => {
  const limit = createSignInLimit()
  const now = new Date('2026-01-01T12:00:00Z')
  for (let i = 9; i >= 0; i--) limit.noteFailure('ada@example.com', plusMs(now, i))
  assert(limit.isReached('ada@example.com', now))
})
