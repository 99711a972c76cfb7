// Customers come in and go: sign-up, the links in mails, sign-in, sessions.
import Type from 'typebox'
import { resetPassword, verifyEmail } from '#src/accounts/follow-links.ts'
import type { Entered, Entering } from '#src/accounts/open-session.ts'
import { signInCustomer } from '#src/accounts/sign-in.ts'
import {
  hashToken,
  newSessionToken,
  renewal_grace_ms,
  session_ms,
  session_ms_max,
} from '#src/customers/accounts.ts'
import { askPasswordReset, askSignUp } from '#src/customers/ask-by-mail.ts'
import { readCustomer } from '#src/customers/customers.sql.ts'
import {
  endCustomerSession,
  endCustomerSessions,
  readSessionPage,
  renewCustomerSession,
} from '#src/customers/sessions.sql.ts'
import { readOnce, snapshot, transaction } from '#src/db/transaction.ts'
import { plusMs } from '#src/lib/clock.ts'
import type { CartId, CustomerSessionId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import { createSignInLimit } from '#src/lib/sign-in-limit.ts'
import { readToken, signToken } from '#src/lib/tokens.ts'
import type { App } from './app.ts'
import { CartReply } from './cart-views.ts'
import {
  ContactWord,
  EmailBody,
  MeView,
  NewPassword,
  OldPassword,
  SessionView,
} from './customer-views.ts'
import type { Identity } from './identity.ts'
import { IdPageQuery, readPage } from './page.ts'
import {
  type Asked,
  Closed,
  Id,
  Moment,
  Nullable,
  Page,
  type Reply,
  type Route,
  route,
  Text,
} from './route.ts'
import { readContact } from './shapes.ts'
import { type CartHeaders, showCart } from './show-cart.ts'
import { channelIdOf } from './store-carts.ts'

/** Passwords take time to work out, and mails fill mailboxes. Of one key and address. */
const rate_per_minute = 120

export const customer_sign_in_limit = createSignInLimit()

export const customerOf = (identity: Identity) => {
  if (identity.kind !== 'customer') throw refuse('session_missing')
  return identity
}

export const OpenCart = Closed({
  token: Type.String({ description: 'Send it as X-Cart-Token.' }),
  cart: CartReply,
})
const SignedIn = Closed({
  customer_token: Type.String({
    description: 'Told once. Send it as X-Customer-Token, and keep it as you keep a password.',
  }),
  session: SessionView,
  customer: MeView,
  cart: Nullable(OpenCart),
  cart_token_ignored: Type.Boolean({
    description: 'The cart_token that was sent does not hold: forget it, and go on with `cart`.',
  }),
})
export const Told = Closed({
  message: Type.String({ description: 'The same, whether the address is known or not.' }),
})
const way_in = {
  cart_token: Type.Optional(
    Type.String({
      maxLength: 300,
      description:
        'Of the cart that was filled before: what is in it goes into that of the customer.',
    }),
  ),
  device: Type.Optional(Text(100)),
}

export async function viewOpenCart(app: App, id: CartId | null, headers: CartHeaders) {
  if (id === null) return null
  const { priced, paid } = await app.desk.read({ cart: id, request: null, to_show: true })
  if (!priced) return null
  const cart = await showCart(app, { priced, paid }, headers)
  return { token: signToken(app.secret_key, 'cart', id), cart }
}

type WayIn = { readonly cart_token?: string; readonly device?: string }
type Asking = Pick<Asked<unknown, unknown, WayIn>, 'app' | 'identity' | 'body' | 'now'>

/** Nobody is kept out by the token of a cart that a browser has kept for too long. */
function enteringOf({ app, identity, body, now }: Asking) {
  const { cart_token, device = null } = body
  const guest_cart_id =
    cart_token === undefined ? null : readToken<CartId>(app.secret_key, 'cart', cart_token, now)
  return { channel_id: channelIdOf(identity), guest_cart_id, device, now }
}
export const mailingOf = ({ app, identity, now }: Omit<Asking, 'body'>) => ({
  secret_key: app.secret_key,
  channel_id: channelIdOf(identity),
  now,
})

async function letIn(
  { app, headers, body }: Pick<Asked<unknown, unknown, WayIn>, 'app' | 'headers' | 'body'>,
  { token, session, cart_id }: Entered,
  { guest_cart_id }: Pick<Entering, 'guest_cart_id'>,
): Promise<Reply> {
  const customer = await readOnce(app.db, (tx) => readCustomer(tx, session.customer_id))
  const cart = await viewOpenCart(app, cart_id, headers)
  const cart_token_ignored = body.cart_token !== undefined && guest_cart_id === null
  const told = { customer_token: token, session, customer, cart, cart_token_ignored }
  return { status: 201, body: told }
}

const signUp = route({
  method: 'POST',
  path: '/store/customers',
  who: 'shop',
  summary: 'Sign up: a mail goes to the address, and the link in it opens the account',
  rate_per_minute,
  example: { email: 'ada@example.com', password: 'a long password', name: 'Ada Example' },
  body: Closed({
    email: EmailBody,
    password: NewPassword,
    name: Text(200, 1),
    phone: Type.Optional(Nullable(Text(40))),
    consents: Type.Optional(
      Type.Array(ContactWord, {
        maxItems: 2,
        uniqueItems: true,
        description: 'Ways in which the shop may write to them about more than their orders.',
      }),
    ),
  }),
  replies: { 202: Told },
  handle: async (asked) => {
    const { app, body } = asked
    const { email, phone } = readContact({ email: body.email, phone: body.phone ?? null })
    const { password, name, consents = [] } = body
    const about = { email: email!, phone: phone ?? null, password, name, consents }
    await askSignUp(app.db, about, mailingOf(asked))
    return { status: 202, body: { message: 'A mail is on its way to this address.' } }
  },
})

const verify = route({
  method: 'POST',
  path: '/store/customers/verification',
  who: 'shop',
  summary: 'Follow the link of a sign-up: the account is open, and the customer signed in',
  rate_per_minute,
  body: Closed({ token: Text(100, 1), ...way_in }),
  example: { token: 'v.019a0000.3f2c9d', device: 'Phone' },
  replies: { 201: SignedIn },
  handle: async (asked) => {
    const { app, body } = asked
    const entering = enteringOf(asked)
    const entered = await verifyEmail(app.db, body.token, entering, mailingOf(asked))
    return letIn(asked, entered, entering)
  },
})

const askReset = route({
  method: 'POST',
  path: '/store/password-resets',
  who: 'shop',
  summary: 'Ask for a link by mail with which a new password is set',
  rate_per_minute,
  example: { email: 'ada@example.com' },
  body: Closed({ email: EmailBody }),
  replies: { 202: Told },
  handle: async (asked) => {
    const { email } = readContact({ email: asked.body.email })
    await askPasswordReset(asked.app.db, email!, mailingOf(asked))
    return { status: 202, body: { message: 'A mail is on its way to this address.' } }
  },
})

const setNew = route({
  method: 'POST',
  path: '/store/password-resets/confirmation',
  who: 'shop',
  summary: 'Follow such a link: set the new password, which ends all sessions',
  rate_per_minute,
  body: Closed({ token: Text(100, 1), password: NewPassword }),
  example: { token: 'r.019a0000.3f2c9d', password: 'violet otters sing' },
  replies: { 204: null },
  handle: async (asked) => {
    await resetPassword(asked.app.db, asked.body, mailingOf(asked))
    return { status: 204 }
  },
})

const signIn = route({
  method: 'POST',
  path: '/store/sessions',
  who: 'shop',
  summary: 'Sign in; a cart that was filled before goes along, nothing lost and nothing doubled',
  rate_per_minute,
  example: { email: 'ada@example.com', password: 'a long password' },
  body: Closed({ email: EmailBody, password: OldPassword, ...way_in }),
  replies: { 201: SignedIn },
  handle: async (asked) => {
    const { app, body } = asked
    const entering = enteringOf(asked)
    const entered = await signInCustomer(app.db, customer_sign_in_limit, body, entering)
    return letIn(asked, entered, entering)
  },
})

const sessions = route({
  method: 'GET',
  path: '/store/sessions',
  who: 'customer',
  summary: 'Where the customer is signed in, the newest first',
  query: Closed(IdPageQuery),
  replies: { 200: Page(Closed({ ...SessionView.properties, current: Type.Boolean() })) },
  handle: async ({ app, identity, query, now }) => {
    const { customer_id, session_id } = customerOf(identity)
    const page = await snapshot(app.db, (tx) =>
      readPage(query, (after, limit) => readSessionPage(tx, customer_id, { after, limit, now })),
    )
    const items = page.items.map((one) => ({ ...one, current: one.id === session_id }))
    return { status: 200, body: { ...page, items } }
  },
})

const endSession = route({
  method: 'DELETE',
  path: '/store/sessions/:id',
  who: 'customer',
  summary: 'Sign out on one device',
  params: Closed({ id: Id<CustomerSessionId>() }),
  replies: { 204: null },
  handle: async ({ app, identity, params: { id } }) => {
    const { customer_id } = customerOf(identity)
    const ended = await transaction(app.db, (tx) => endCustomerSession(tx, customer_id, id))
    if (ended === 0) throw refuse('not_found', { session_id: id })
    return { status: 204 }
  },
})

const endAll = route({
  method: 'DELETE',
  path: '/store/sessions',
  who: 'customer',
  summary: 'Sign out everywhere, here as well',
  replies: { 204: null },
  handle: async ({ app, identity }) => {
    const { customer_id } = customerOf(identity)
    await transaction(app.db, (tx) => endCustomerSessions(tx, customer_id, null))
    return { status: 204 }
  },
})

const signOut = route({
  method: 'DELETE',
  path: '/store/session',
  who: 'customer',
  summary: 'Sign out here',
  replies: { 204: null },
  handle: async ({ app, identity }) => {
    const { customer_id, session_id } = customerOf(identity)
    await transaction(app.db, (tx) => endCustomerSession(tx, customer_id, session_id))
    return { status: 204 }
  },
})

const renew = route({
  method: 'POST',
  path: '/store/session/renewal',
  who: 'customer',
  summary: 'A new token for this session, which goes on; the old one ends within a minute',
  replies: { 200: Closed({ customer_token: Type.String(), expires_at: Moment() }) },
  handle: async ({ app, identity, headers, now }) => {
    const { customer_id, session_id } = customerOf(identity)
    const customer_token = newSessionToken()
    const expires_at = await transaction(app.db, async (tx) => {
      const after = { after: null, limit: 100, now }
      const all = await readSessionPage(tx, customer_id, after)
      const session = all.find(({ id }) => id === session_id)
      if (!session) throw refuse('session_missing')
      const latest = plusMs(session.created_at, session_ms_max)
      const wanted = plusMs(now, session_ms)
      const until = wanted < latest ? wanted : latest
      const renewed = await renewCustomerSession(tx, {
        id: session_id,
        token_hash: hashToken(customer_token),
        previous_hash: hashToken(headers['x-customer-token']!),
        previous_until: plusMs(now, renewal_grace_ms),
        expires_at: until,
        now,
      })
      if (!renewed) throw refuse('session_missing')
      return until
    })
    return { status: 200, body: { customer_token, expires_at } }
  },
})

export const store_account_routes: readonly Route[] = [
  signUp,
  verify,
  askReset,
  setNew,
  signIn,
  sessions,
  endSession,
  endAll,
  signOut,
  renew,
]
