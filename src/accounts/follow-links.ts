// What the links in mails lead to: an address is verified, a new password is set. Each works once.
import { lockCartsToTake } from '#src/carts/take-cart.ts'
import {
  findAccount,
  readLink,
  setPassword,
  takeLink,
  useAccountMails,
} from '#src/customers/accounts.sql.ts'
import {
  type AccountMail,
  type AccountMailKind,
  customer_links,
  hashToken,
} from '#src/customers/accounts.ts'
import { addAccountMail, type Mailing } from '#src/customers/ask-by-mail.ts'
import { insertCustomer, lockCustomer } from '#src/customers/customers.sql.ts'
import { actorOfCustomer } from '#src/customers/customers.ts'
import { noteCustomers } from '#src/customers/edit-customers.ts'
import { evaluateFor } from '#src/customers/evaluate-segments.ts'
import { addConsents } from '#src/customers/record-consent.ts'
import { endCustomerSessions } from '#src/customers/sessions.sql.ts'
import type { Db } from '#src/db/pool.ts'
import type { Tx } from '#src/db/sql.ts'
import { snapshot, transaction } from '#src/db/transaction.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { type CustomerId, newId } from '#src/lib/ids.ts'
import { hashPassword } from '#src/lib/passwords.ts'
import { refuse } from '#src/lib/refusal.ts'
import { adoptOrders } from '#src/orders/orders-of-person.sql.ts'
import { type Entered, type Entering, openSession } from './open-session.ts'

type Person = { readonly id: CustomerId; readonly email: string }

/** Orders that were placed with a verified address as a guest are theirs from now on. */
export async function adopt(tx: Tx, customers: readonly CustomerId[], now: Date): Promise<void> {
  const adopted = await adoptOrders(tx, customers)
  await addEvents(
    tx,
    adopted.map(({ id, customer_id }) => ({
      kind: 'order.adopted',
      subject: 'order',
      subject_id: id,
      order_id: id,
      actor: 'system',
      detail: { customer_id },
      at: now,
    })),
  )
}

/** The customer of an address, locked; made when there is none yet. */
async function lockPerson(tx: Tx, { email, sign_up }: AccountMail, now: Date): Promise<Person> {
  const known = await findAccount(tx, email)
  if (known && (await lockCustomer(tx, known.id))) return known
  if (!sign_up) throw refuse('link_invalid')
  const id = newId<CustomerId>()
  const { name, phone } = sign_up
  const made = await insertCustomer(tx, { id, email, name, phone, created_at: now })
  // Somebody made the same customer at this moment: whoever asks again finds it.
  if (!made) throw refuse('link_invalid')
  await noteCustomers(tx, 'customer.created', { id, groups: [] }, by(id, now))
  return { id, email }
}

const by = (id: CustomerId, now: Date) => ({ actor: actorOfCustomer(id), now })

/** @throws link_invalid */
export async function findLink(db: Db, kind: AccountMailKind, token: string, now: Date) {
  const link = await snapshot(db, (tx) => readLink(tx, kind, hashToken(token), now))
  if (!link) throw refuse('link_invalid')
  return link
}

/**
 * The account comes into being, with the password of the sign-up whose link was followed; all
 * other links to this address are void. The customer is signed in.
 * @throws link_invalid
 */
export async function verifyEmail(
  db: Db,
  token: string,
  entering: Entering,
  mailing: Mailing,
): Promise<Entered> {
  const { now } = entering
  const link = await findLink(db, 'verify_email', token, now)
  return transaction(db, async (tx) => {
    const person = await lockPerson(tx, link, now)
    const { id, email } = person
    const taken = await takeLink(tx, link.id, now)
    if (!taken?.sign_up) throw refuse('link_invalid')
    const { password_hash, consents } = taken.sign_up
    await setPassword(tx, id, password_hash, now)
    await endCustomerSessions(tx, id, null)
    await useAccountMails(tx, email, customer_links, now)
    const said = consents.map((contact) => ({ contact, granted: true, wording: null }))
    await addConsents(tx, id, said, { ...by(id, now), source: 'sign_up' })
    await noteCustomers(tx, 'customer.verified', { id }, by(id, now))
    // Carts, then orders, then stock, which goods that a guest's cart held may be of.
    await lockCartsToTake(tx, { customer_id: id, ...entering })
    await adopt(tx, [id], now)
    const entered = await openSession(tx, person, entering)
    await evaluateFor(tx, [id], now)
    const mail = { kind: 'welcome', email, customer_id: id, sign_up: null } as const
    await addAccountMail(tx, mail, { ...mailing, channel_id: link.channel_id })
    return entered
  })
}

/**
 * Whoever reads the mails of the address sets a new password. Every session ends.
 * @throws link_invalid
 */
export async function resetPassword(
  db: Db,
  { token, password }: { readonly token: string; readonly password: string },
  mailing: Mailing,
): Promise<void> {
  const { now } = mailing
  const link = await findLink(db, 'reset_password', token, now)
  const password_hash = await hashPassword(password)
  await transaction(db, async (tx) => {
    const { id, email } = await lockPerson(tx, link, now)
    if (!(await takeLink(tx, link.id, now))) throw refuse('link_invalid')
    await setPassword(tx, id, password_hash, now)
    await endCustomerSessions(tx, id, null)
    await useAccountMails(tx, email, customer_links, now)
    await noteCustomers(tx, 'customer.password_reset', { id }, by(id, now))
    await adopt(tx, [id], now)
    await evaluateFor(tx, [id], now)
    const mail = { kind: 'password_changed', email, customer_id: id, sign_up: null } as const
    await addAccountMail(tx, mail, { ...mailing, channel_id: link.channel_id })
  })
}
