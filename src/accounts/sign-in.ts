// Customers sign in with e-mail address and password.
import {
  findAccount,
  readAccount,
  setPassword,
  useAccountMails,
} from '#src/customers/accounts.sql.ts'
import { customer_links } from '#src/customers/accounts.ts'
import { addAccountMail, type Mailing } from '#src/customers/ask-by-mail.ts'
import { lockCustomer } from '#src/customers/customers.sql.ts'
import { actorOfCustomer } from '#src/customers/customers.ts'
import { noteCustomers } from '#src/customers/edit-customers.ts'
import { endCustomerSessions } from '#src/customers/sessions.sql.ts'
import type { Db } from '#src/db/pool.ts'
import { snapshot, transaction } from '#src/db/transaction.ts'
import type { CustomerId, CustomerSessionId } from '#src/lib/ids.ts'
import { hashPassword, isPassword } from '#src/lib/passwords.ts'
import { refuse } from '#src/lib/refusal.ts'
import { guess, type SignInLimit } from '#src/lib/sign-in-limit.ts'
import { type Entered, type Entering, openSession } from './open-session.ts'

export type Credentials = { readonly email: string; readonly password: string }

/**
 * The same answer after the same work, whether there is no such customer, they have no password
 * or another one.
 * @throws sign_in_failed, too_many_requests
 */
export async function signInCustomer(
  db: Db,
  limit: SignInLimit,
  { email, password }: Credentials,
  entering: Entering,
): Promise<Entered> {
  const known = await guess(limit, email, entering.now, async () => {
    const account = await snapshot(db, (tx) => findAccount(tx, email))
    return (await isPassword(password, account?.password_hash ?? null)) ? account : null
  })
  return transaction(db, async (tx) => {
    await lockCustomer(tx, known.id)
    // Erased, or given another password, while this one was worked out.
    const account = await readAccount(tx, known.id)
    if (account?.password_hash !== known.password_hash) throw refuse('sign_in_failed')
    return openSession(tx, account, entering)
  })
}

export type PasswordChange = {
  readonly customer_id: CustomerId
  readonly current: string
  readonly password: string
  /** The session that asks goes on; all others end. */
  readonly session_id: CustomerSessionId
}

/** @throws sign_in_failed, too_many_requests */
export async function changePassword(
  db: Db,
  limit: SignInLimit,
  { customer_id, current, password, session_id }: PasswordChange,
  mailing: Mailing,
): Promise<void> {
  const { now } = mailing
  const known = await checkPassword(db, limit, { customer_id, password: current, now })
  const password_hash = await hashPassword(password)
  await transaction(db, async (tx) => {
    await lockCustomer(tx, customer_id)
    const account = await readAccount(tx, customer_id)
    if (account?.password_hash !== known.password_hash) throw refuse('sign_in_failed')
    await setPassword(tx, customer_id, password_hash, now)
    await endCustomerSessions(tx, customer_id, session_id)
    // Nor does a link that was asked for before set another one.
    await useAccountMails(tx, account.email, customer_links, now)
    const mail = { kind: 'password_changed', email: account.email, customer_id } as const
    await addAccountMail(tx, { ...mail, sign_up: null }, mailing)
    const by = { actor: actorOfCustomer(customer_id), now }
    await noteCustomers(tx, 'customer.password_changed', { id: customer_id }, by)
  })
}

/** @throws sign_in_failed, too_many_requests */
export async function checkPassword(
  db: Db,
  limit: SignInLimit,
  asked: { readonly customer_id: CustomerId; readonly password: string; readonly now: Date },
) {
  const { customer_id, password, now } = asked
  const account = await snapshot(db, (tx) => readAccount(tx, customer_id))
  if (!account) throw refuse('sign_in_failed')
  return guess(limit, account.email, now, async () =>
    (await isPassword(password, account.password_hash)) ? account : null,
  )
}
