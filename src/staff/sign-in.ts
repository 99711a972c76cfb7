// Staff sign in with e-mail and password, and with a second factor where there is one.
import { randomBytes } from 'node:crypto'
import type { Db } from '#src/db/pool.ts'
import type { Tx } from '#src/db/sql.ts'
import { snapshot, transaction } from '#src/db/transaction.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { plusMs } from '#src/lib/clock.ts'
import type { StaffId } from '#src/lib/ids.ts'
import { isPassword } from '#src/lib/passwords.ts'
import { refuse } from '#src/lib/refusal.ts'
import { guess, type SignInLimit } from '#src/lib/sign-in-limit.ts'
import { sha256 } from '#src/lib/signature.ts'
import { type Proving, withCode } from './prove-second-factor.ts'
import {
  deleteExpiredSessions,
  deleteSession,
  findSession,
  insertSession,
  type Session,
} from './sessions.sql.ts'
import { findStaffByEmail, lockPassword } from './staff.sql.ts'

const session_ms = 12 * 60 * 60 * 1000
export const session_seconds = session_ms / 1000

export type SignedIn = { readonly token: string; readonly session: Session }

type Entering = {
  readonly staff_id: StaffId
  readonly second_factor_at: Date | null
  readonly now: Date
}

/** @throws sign_in_failed when the person was disabled meanwhile */
export async function openSession(
  tx: Tx,
  { staff_id, second_factor_at, now }: Entering,
): Promise<SignedIn> {
  const token = randomBytes(32).toString('base64url')
  const token_hash = sha256(token)
  await deleteExpiredSessions(tx, now)
  await insertSession(tx, {
    token_hash,
    staff_id,
    csrf_token: randomBytes(24).toString('base64url'),
    created_at: now,
    expires_at: plusMs(now, session_ms),
    second_factor_at,
  })
  const subject = { subject: 'staff', subject_id: staff_id, actor: `staff:${staff_id}`, at: now }
  await addEvents(tx, [{ kind: 'staff.signed_in', ...subject }])
  const session = await findSession(tx, token_hash, now)
  if (!session) throw refuse('sign_in_failed')
  return { token, session }
}

export type SignIn = {
  readonly email: string
  readonly password: string
  /** Of the second factor; without it the session waits for the code. */
  readonly code?: string
}

/**
 * The same answer after the same work, whether the person does not exist, is disabled or typed
 * another password.
 * @throws sign_in_failed, too_many_requests, and what a code is refused for
 */
export async function signIn(
  proving: Proving,
  passwords: SignInLimit,
  { email, password, code }: SignIn,
): Promise<SignedIn> {
  const { db, now } = proving
  const { id: staff_id, password_hash } = await guess(passwords, email, now, async () => {
    const staff = await snapshot(db, (tx) => findStaffByEmail(tx, email))
    return (await isPassword(password, staff?.password_hash ?? null)) ? staff : null
  })
  const enter = (second_factor_at: Date | null) => async (tx: Tx) => {
    // Disabled, or given another password, while this one was worked out.
    if ((await lockPassword(tx, staff_id)) !== password_hash) throw refuse('sign_in_failed')
    return openSession(tx, { staff_id, second_factor_at, now })
  }
  return code === undefined
    ? transaction(db, enter(null))
    : withCode(proving, staff_id, code, enter(now))
}

/**
 * Ends the session that waits for its code and opens one that does not: a token that somebody saw
 * before the code was shown is worth nothing after it.
 * @throws what a code is refused for
 */
export const showCode = (
  proving: Proving,
  { staff_id, token_hash }: { readonly staff_id: StaffId; readonly token_hash: Buffer },
  code: string,
): Promise<SignedIn> =>
  withCode(proving, staff_id, code, async (tx) => {
    const { now } = proving
    await deleteSession(tx, token_hash)
    return openSession(tx, { staff_id, second_factor_at: now, now })
  })

export const signOut = (db: Db, token: string): Promise<number> =>
  transaction(db, (tx) => deleteSession(tx, sha256(token)))
