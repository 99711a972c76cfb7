import type { Tx } from '#src/db/sql.ts'
import type { StaffId } from '#src/lib/ids.ts'

export type Session = {
  readonly staff_id: StaffId
  readonly name: string
  readonly email: string
  readonly role: string
  readonly permissions: readonly string[]
  readonly csrf_token: string
  readonly expires_at: Date
  /** Whether its owner has a second factor that counts. */
  readonly has_second_factor: boolean
  /** Opens nothing until the code was shown, or the factor that is demanded was set up. */
  readonly waits_for: 'code' | 'enrolment' | null
}

/** The session with what its owner may do now; none once it is over or the owner is disabled. */
export const findSession = (tx: Tx, token_hash: Buffer, now: Date): Promise<Session | null> =>
  tx.maybe<Session>`
    select staff.id as staff_id, staff.name, staff.email, staff.role, role.permissions,
      csrf_token, expires_at, second_factor.staff_id is not null as has_second_factor,
      case
        when second_factor_at is not null then null
        when second_factor.staff_id is not null then 'code'
        when second_factor_of_all or staff.role = any (second_factor_roles) then 'enrolment'
      end as waits_for
    from staff_session
    join staff on staff.id = staff_session.staff_id
    join role on role.code = staff.role
    cross join staff_policy
    left join second_factor
      on second_factor.staff_id = staff.id and second_factor.confirmed_at is not null
    where token_hash = ${token_hash} and expires_at > ${now} and disabled_at is null`

export type NewSession = {
  readonly token_hash: Buffer
  readonly staff_id: StaffId
  readonly csrf_token: string
  readonly created_at: Date
  readonly expires_at: Date
  /** When the second factor was shown, if it was. */
  readonly second_factor_at: Date | null
}

export const insertSession = (tx: Tx, session: NewSession): Promise<number> =>
  tx.run`
    insert into staff_session (token_hash, staff_id, csrf_token, created_at, expires_at,
      second_factor_at)
    values (${session.token_hash}, ${session.staff_id}, ${session.csrf_token},
      ${session.created_at}, ${session.expires_at}, ${session.second_factor_at})`

/** The second factor was shown in it. */
export const markSession = (tx: Tx, token_hash: Buffer, now: Date): Promise<number> =>
  tx.run`update staff_session set second_factor_at = ${now} where token_hash = ${token_hash}`

export const deleteSession = (tx: Tx, token_hash: Buffer): Promise<number> =>
  tx.run`delete from staff_session where token_hash = ${token_hash}`

/** All of them, but the one that is kept. */
export const deleteSessionsOf = (tx: Tx, staff_id: StaffId, kept: Buffer | null): Promise<number> =>
  tx.run`
    delete from staff_session
    where staff_id = ${staff_id} and (${kept}::bytea is null or token_hash <> ${kept})`

export const deleteExpiredSessions = (tx: Tx, now: Date): Promise<number> =>
  tx.run`delete from staff_session where expires_at <= ${now}`
