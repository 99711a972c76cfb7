// Staff sign in with e-mail and password and get a session.
import { randomBytes } from 'node:crypto'
import type { Db } from '../db/pool.ts'
import { snapshot, transaction } from '../db/transaction.ts'
import { addEvents } from '../events/events.sql.ts'
import { plusMs } from '../lib/clock.ts'
import { refuse } from '../lib/refusal.ts'
import { sha256 } from '../lib/signature.ts'
import { isPassword } from './passwords.ts'
import {
  deleteExpiredSessions,
  deleteSession,
  findSession,
  insertSession,
  type Session,
} from './sessions.sql.ts'
import { findStaffByEmail } from './staff.sql.ts'

const session_ms = 12 * 60 * 60 * 1000
export const session_seconds = session_ms / 1000

const failures_max = 10
const failures_ms = 5 * 60 * 1000
const addresses_max = 10_000

/** Slows down guessing at one person from many addresses. Of one process: enough to slow down. */
export function createSignInLimit() {
  const failures = new Map<string, readonly number[]>()
  const nameOf = (email: string): string => sha256(email.toLowerCase()).toString('base64')
  const recent = (name: string, now: Date): readonly number[] =>
    // Requests end in any order, so one may lie a little ahead; one that lies far ahead was noted
    // before the clock went back.
    (failures.get(name) ?? []).filter((at) => Math.abs(at - now.getTime()) < failures_ms)
  return {
    isReached: (email: string, now: Date): boolean =>
      recent(nameOf(email), now).length >= failures_max,
    noteFailure: (email: string, now: Date): void => {
      const name = nameOf(email)
      if (failures.size >= addresses_max) failures.clear()
      failures.set(name, [...recent(name, now), now.getTime()].slice(-failures_max))
    },
  }
}
export type SignInLimit = ReturnType<typeof createSignInLimit>

export type SignedIn = { readonly token: string; readonly session: Session }

/**
 * The same answer after the same work, whether the person does not exist, is disabled or typed
 * another password.
 * @throws sign_in_failed, too_many_requests
 */
export async function signIn(
  db: Db,
  limit: SignInLimit,
  { email, password }: { readonly email: string; readonly password: string },
  now: Date,
): Promise<SignedIn> {
  if (limit.isReached(email, now)) throw refuse('too_many_requests')
  const staff = await snapshot(db, (tx) => findStaffByEmail(tx, email))
  if (!(await isPassword(password, staff?.password_hash ?? null)) || !staff) {
    limit.noteFailure(email, now)
    throw refuse('sign_in_failed')
  }
  const token = randomBytes(32).toString('base64url')
  const token_hash = sha256(token)
  return transaction(db, async (tx) => {
    await deleteExpiredSessions(tx, now)
    await insertSession(tx, {
      token_hash,
      staff_id: staff.id,
      csrf_token: randomBytes(24).toString('base64url'),
      created_at: now,
      expires_at: plusMs(now, session_ms),
    })
    const subject = { subject: 'staff', subject_id: staff.id, actor: `staff:${staff.id}`, at: now }
    await addEvents(tx, [{ kind: 'staff.signed_in', ...subject }])
    const session = await findSession(tx, token_hash, now)
    if (!session) throw refuse('sign_in_failed')
    return { token, session }
  })
}

export const signOut = (db: Db, token: string): Promise<number> =>
  transaction(db, (tx) => deleteSession(tx, sha256(token)))
