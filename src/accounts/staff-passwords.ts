// Staff change their passwords, or set new ones by a link in a mail. Neither opens a session: who
// has a second factor shows it when they sign in.
import { takeLink, useAccountMails } from '#src/customers/accounts.sql.ts'
import { type AccountMailKind, staff_links, staff_mails } from '#src/customers/accounts.ts'
import { addAccountMail, type Mailing, mayMail } from '#src/customers/ask-by-mail.ts'
import { actAs } from '#src/db/acting.ts'
import type { Db } from '#src/db/pool.ts'
import type { Tx } from '#src/db/sql.ts'
import { snapshot, transaction } from '#src/db/transaction.ts'
import type { StaffId } from '#src/lib/ids.ts'
import { hashPassword, isPassword } from '#src/lib/passwords.ts'
import { refuse } from '#src/lib/refusal.ts'
import { guess, type SignInLimit } from '#src/lib/sign-in-limit.ts'
import { note } from '#src/staff/edit-staff.ts'
import { deleteSessionsOf } from '#src/staff/sessions.sql.ts'
import { findStaff, findStaffByEmail, lockPassword, setPassword } from '#src/staff/staff.sql.ts'
import { findLink } from './follow-links.ts'

const tell = (tx: Tx, kind: AccountMailKind, email: string, mailing: Mailing): Promise<void> =>
  addAccountMail(tx, { kind, email, customer_id: null, sign_up: null }, mailing)

/**
 * The same is written for every address: whether somebody here has it is looked up when the mail
 * is made, and nobody else gets one.
 */
export const askStaffPassword = (db: Db, address: string, mailing: Mailing): Promise<void> =>
  transaction(db, async (tx) => {
    const email = address.toLowerCase()
    if (!(await mayMail(tx, email, staff_mails, mailing.now))) return
    await tell(tx, 'staff_reset_password', email, mailing)
  })

/** The person must be locked: links that are still open lead nowhere any more. */
async function replace(
  tx: Tx,
  { id, email }: { readonly id: StaffId; readonly email: string },
  password_hash: string,
  mailing: Mailing,
): Promise<void> {
  await setPassword(tx, id, password_hash)
  await useAccountMails(tx, email, staff_links, mailing.now)
  await tell(tx, 'staff_password_changed', email, mailing)
}

export type FollowedLink = {
  readonly token: string
  readonly password: string
  /** As the audit tells it. */
  readonly request: { readonly request_id: string; readonly route: string }
}

/** Signs the person out everywhere. @throws link_invalid */
export async function resetStaffPassword(
  db: Db,
  { token, password, request }: FollowedLink,
  mailing: Mailing,
): Promise<void> {
  const { now } = mailing
  const link = await findLink(db, 'staff_reset_password', token, now)
  const password_hash = await hashPassword(password)
  const staff = await snapshot(db, (tx) => findStaffByEmail(tx, link.email))
  if (!staff) throw refuse('link_invalid')
  const actor = `staff:${staff.id}`
  await actAs({ ...request, actor, via: 'link', at: now }, () =>
    transaction(db, async (tx) => {
      const held = await lockPassword(tx, staff.id)
      if (held === null || !(await takeLink(tx, link.id, now))) throw refuse('link_invalid')
      await replace(tx, { id: staff.id, email: link.email }, password_hash, mailing)
      await deleteSessionsOf(tx, staff.id, null)
      await note(tx, { actor, now }, 'staff.password_reset', 'staff', staff.id)
    }),
  )
}

export type StaffPasswordChange = {
  readonly staff_id: StaffId
  /** The session that asks goes on; all others end. */
  readonly token_hash: Buffer
  readonly current: string
  readonly password: string
}

/** @throws sign_in_failed, too_many_requests */
export async function changeStaffPassword(
  db: Db,
  limit: SignInLimit,
  { staff_id, token_hash, current, password }: StaffPasswordChange,
  mailing: Mailing,
): Promise<void> {
  const { now } = mailing
  const staff = await snapshot(db, (tx) => findStaff(tx, staff_id))
  if (!staff) throw refuse('session_missing')
  const known = await guess(limit, staff.email, now, async () => {
    const found = await snapshot(db, (tx) => findStaffByEmail(tx, staff.email))
    return (await isPassword(current, found?.password_hash ?? null)) ? found : null
  })
  const password_hash = await hashPassword(password)
  await transaction(db, async (tx) => {
    // Given another password, or disabled, while this one was worked out.
    const held = await lockPassword(tx, staff_id)
    if (held !== known.password_hash) throw refuse('sign_in_failed')
    await replace(tx, staff, password_hash, mailing)
    await deleteSessionsOf(tx, staff_id, token_hash)
    const by = { actor: `staff:${staff_id}`, now }
    await note(tx, by, 'staff.password_changed', 'staff', staff_id)
  })
}
