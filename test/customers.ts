// Customers for tests: they sign up, read their mail, and follow the link in it.
import assert from 'node:assert/strict'
import { openSession } from '#src/accounts/open-session.ts'
import { setPassword } from '#src/customers/accounts.sql.ts'
import { insertCustomer } from '#src/customers/customers.sql.ts'
import { transaction } from '#src/db/transaction.ts'
import { type CustomerId, newId } from '#src/lib/ids.ts'
import { hashPassword } from '#src/lib/passwords.ts'
import { type Answer, admin, ask, until, type World } from './world.ts'

export const password = 'a long password'
export type SignedIn = {
  readonly id: string
  readonly email: string
  readonly token: string
  readonly cart: Answer['body']
}

/** The newest mail of a kind to an address, as its owner reads it. */
export async function readMail(world: World, email: string, kind: string): Promise<Answer['body']> {
  const path = `/admin/messages?recipient=${encodeURIComponent(email)}&kind=${kind}&limit=1`
  const head = await until(`${kind} to ${email}`, async () => {
    const { body } = await admin(world, 'GET', path)
    return body.items[0]
  })
  return (await admin(world, 'GET', `/admin/messages/${head.id}`)).body
}

export const linkToken = (mail: { readonly text: string }): string => {
  const found = /[?&]token=([\w-]{43})/.exec(mail.text)
  assert(found, mail.text)
  return found[1]!
}

export const signUp = (world: World, email: string, more: object = {}): Promise<Answer> =>
  ask(world, 'POST', '/store/customers', {
    body: { email, password, name: 'Ada Example', ...more },
  })

/** From sign-up to the first session. */
export async function makeCustomer(
  world: World,
  email: string,
  more: { readonly cart_token?: string; readonly sign_up?: object } = {},
): Promise<SignedIn> {
  const asked = await signUp(world, email, more.sign_up)
  assert.equal(asked.status, 202, JSON.stringify(asked.body))
  const token = linkToken(await readMail(world, email.toLowerCase(), 'verify_email'))
  const { cart_token } = more
  const body = { token, ...(cart_token ? { cart_token } : {}) }
  const entered = await ask(world, 'POST', '/store/customers/verification', { body })
  assert.equal(entered.status, 201, JSON.stringify(entered.body))
  const { customer, customer_token, cart } = entered.body
  return { id: customer.id, email: customer.email, token: customer_token, cart }
}

let known_hash: Promise<string> | null = null

/** One who has signed up long ago, and is signed in: without mails, for crowds. */
export async function enterCustomer(world: World, email: string) {
  known_hash ??= hashPassword(password)
  const password_hash = await known_hash
  const now = world.app.clock()
  const id = newId<CustomerId>()
  const channel_id = world.frame.web
  return transaction(world.db, async (tx) => {
    await insertCustomer(tx, { id, email, name: 'Ada Example', phone: null, created_at: now })
    await setPassword(tx, id, password_hash, now)
    const entering = { channel_id, guest_cart_id: null, device: null, now }
    const { token } = await openSession(tx, { id, email }, entering)
    return { id, email, token }
  })
}

export const signIn = (world: World, email: string, more: object = {}): Promise<Answer> =>
  ask(world, 'POST', '/store/sessions', { body: { email, password, ...more } })
