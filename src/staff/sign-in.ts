// Staff sign in with e-mail and password and get a session.
import { randomBytes } from 'node:crypto'
import type { Db } from '#src/db/pool.ts'
import { snapshot, transaction } from '#src/db/transaction.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { plusMs } from '#src/lib/clock.ts'
import { isPassword } from '#src/lib/passwords.ts'
import { refuse } from '#src/lib/refusal.ts'
import { guess, type SignInLimit } from '#src/lib/sign-in-limit.ts'
import { sha256 } from '#src/lib/signature.ts'
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
  const { id: staff_id } = await guess(limit, email, now, async () => {
    const staff = await snapshot(db, (tx) => findStaffByEmail(tx, email))
    return (await isPassword(password, staff?.password_hash ?? null)) ? staff : null
  })
  const token = randomBytes(32).toString('base64url')
  const token_hash = sha256(token)
  return transaction(db, async (tx) => {
    await deleteExpiredSessions(tx, now)
    await insertSession(tx, {
      token_hash,
      staff_id,
      csrf_token: randomBytes(24).toString('base64url'),
      created_at: now,
      expires_at: plusMs(now, session_ms),
    })
    const subject = { subject: 'staff', subject_id: staff_id, actor: `staff:${staff_id}`, at: now }
    await addEvents(tx, [{ kind: 'staff.signed_in', ...subject }])
    const session = await findSession(tx, token_hash, now)
    if (!session) throw refuse('sign_in_failed')
    return { token, session }
  })
}

export const signOut = (db: Db, token: string): Promise<number> =>
  transaction(db, (tx) => deleteSession(tx, sha256(token)))
