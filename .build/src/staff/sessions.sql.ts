import type { Tx } from '../db/sql.ts'
import type { StaffId } from '../lib/ids.ts'

export type Session = {
  readonly staff_id: StaffId
  readonly name: string
  readonly email: string
  readonly role: string
  readonly permissions: readonly string[]
  readonly csrf_token: string
  readonly expires_at: Date
}

/** The session with what its owner may do now; none once it is over or the owner is disabled. */
export const findSession = (tx: Tx, token_hash: Buffer, now: Date): Promise<Session | null> =>
  tx.maybe<Session>`
    select staff.id as staff_id, staff.name, staff.email, staff.role, role.permissions,
      csrf_token, expires_at
    from staff_session
    join staff on staff.id = staff_id
    join role on role.code = staff.role
    where token_hash = ${token_hash} and expires_at > ${now} and disabled_at is null`

export type NewSession = {
  readonly token_hash: Buffer
  readonly staff_id: StaffId
  readonly csrf_token: string
  readonly created_at: Date
  readonly expires_at: Date
}

export const insertSession = (tx: Tx, session: NewSession): Promise<number> =>
  tx.run`
    insert into staff_session (token_hash, staff_id, csrf_token, created_at, expires_at)
    values (${session.token_hash}, ${session.staff_id}, ${session.csrf_token},
      ${session.created_at}, ${session.expires_at})`

export const deleteSession = (tx: Tx, token_hash: Buffer): Promise<number> =>
  tx.run`delete from staff_session where token_hash = ${token_hash}`

export const deleteSessionsOf = (tx: Tx, staff_id: StaffId): Promise<number> =>
  tx.run`delete from staff_session where staff_id = ${staff_id}`

export const deleteExpiredSessions = (tx: Tx, now: Date): Promise<number> =>
  tx.run`delete from staff_session where expires_at <= ${now}`
