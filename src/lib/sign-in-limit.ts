// Slows down guessing at one person from many addresses. Of one process: enough to slow down.
import { type RefusalCode, refuse } from './refusal.ts'
import { sha256 } from './signature.ts'

const failures_max = 10
const failures_ms = 5 * 60 * 1000
const addresses_max = 10_000
/** More than these do not wait for their turn: nobody signs in so often at once. */
const waiting_max = 100

/** One guess that is being checked. It counts as failed until it is said how it went. */
export type Guess = {
  /** The password was right: nothing is held against anybody. */
  readonly succeed: () => void
  readonly fail: (now: Date) => void
}

export function createSignInLimit() {
  const failures = new Map<string, readonly number[]>()
  /** Guesses whose password is being worked out, and those that wait for how these end. */
  const checking = new Map<string, { running: number; readonly waiting: (() => void)[] }>()
  const recent = (name: string, now: Date): readonly number[] =>
    // Requests end in any order, so one may lie a little ahead; one that lies far ahead was noted
    // before the clock went back.
    (failures.get(name) ?? []).filter((at) => Math.abs(at - now.getTime()) < failures_ms)
  const noteFailure = (name: string, now: Date): void => {
    if (failures.size >= addresses_max) failures.clear()
    failures.set(name, [...recent(name, now), now.getTime()].slice(-failures_max))
  }
  const end = (name: string): void => {
    const here = checking.get(name)!
    here.running -= 1
    // All of them look again: one failure more may have been the last one that is allowed.
    const woken = here.waiting.splice(0)
    if (here.running === 0 && woken.length === 0) checking.delete(name)
    for (const wake of woken) wake()
  }
  return {
    /**
     * Null when too many have failed lately. Guesses made side by side count as if they had
     * failed: beyond what is left, each waits until one of them has ended. Whoever gets a guess
     * must end it.
     */
    begin: async (email: string, now: Date): Promise<Guess | null> => {
      const name = sha256(email.trim().toLowerCase()).toString('base64')
      for (;;) {
        const left = failures_max - recent(name, now).length
        if (left <= 0) return null
        const here = checking.get(name) ?? { running: 0, waiting: [] }
        checking.set(name, here)
        if (here.running < left) {
          here.running += 1
          break
        }
        if (here.waiting.length >= waiting_max) return null
        await new Promise<void>((wake) => here.waiting.push(wake))
      }
      return {
        succeed: () => end(name),
        fail: (at) => {
          noteFailure(name, at)
          end(name)
        },
      }
    },
  }
}
export type SignInLimit = ReturnType<typeof createSignInLimit>

/**
 * What `check` finds when the password is right, null when it is wrong. It must take as long for
 * a person who does not exist.
 * @throws too_many_requests, and `wrong`
 */
export async function guess<T>(
  limit: SignInLimit,
  email: string,
  now: Date,
  check: () => Promise<T | null>,
  wrong: RefusalCode = 'sign_in_failed',
): Promise<T> {
  const begun = await limit.begin(email, now)
  if (!begun) throw refuse('too_many_requests')
  let found: T | null
  try {
    found = await check()
  } catch (error) {
    // Nothing was learned about the password.
    begun.succeed()
    throw error
  }
  if (found === null) {
    begun.fail(now)
    throw refuse(wrong)
  }
  begun.succeed()
  return found
}
