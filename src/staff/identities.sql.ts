import type { Tx } from '#src/db/sql.ts'
import type { StaffId } from '#src/lib/ids.ts'

/** Who it is at an OpenID provider. */
export type OutsideIdentity = { readonly issuer: string; readonly subject: string }
type Known = { readonly id: StaffId; readonly disabled_at: Date | null }

export const findByIdentity = (
  tx: Tx,
  { issuer, subject }: OutsideIdentity,
): Promise<Known | null> =>
  tx.maybe<Known>`
    select staff.id, staff.disabled_at from staff_identity
    join staff on staff.id = staff_id
    where issuer = ${issuer} and subject = ${subject}`

export const findByEmail = (tx: Tx, email: string): Promise<Known | null> =>
  tx.maybe<Known>`select id, disabled_at from staff where email = lower(${email})`

/** Zero when either of them is bound to another at this provider. */
export const bindIdentity = (
  tx: Tx,
  { issuer, subject }: OutsideIdentity,
  { staff_id, now }: { readonly staff_id: StaffId; readonly now: Date },
): Promise<number> =>
  tx.run`
    insert into staff_identity (issuer, subject, staff_id, created_at, last_used_at)
    values (${issuer}, ${subject}, ${staff_id}, ${now}, ${now})
    on conflict do nothing`

export const noteIdentityUse = (
  tx: Tx,
  { issuer, subject }: OutsideIdentity,
  now: Date,
): Promise<number> =>
  tx.run`
    update staff_identity set last_used_at = ${now}
    where issuer = ${issuer} and subject = ${subject}`
