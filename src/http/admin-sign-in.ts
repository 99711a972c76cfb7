// Staff sign in: by password, by a second factor, or by an OpenID provider.
import Type from 'typebox'
import { snapshot } from '#src/db/transaction.ts'
import { refuse } from '#src/lib/refusal.ts'
import { createSignInLimit } from '#src/lib/sign-in-limit.ts'
import { sha256 } from '#src/lib/signature.ts'
import { enterByOpenId } from '#src/staff/enter-by-openid.ts'
import { readPermissions } from '#src/staff/keys.ts'
import { begun_seconds, type OpenId, openid_callback } from '#src/staff/openid.ts'
import type { Proving } from '#src/staff/prove-second-factor.ts'
import { code_pattern } from '#src/staff/second-factor.ts'
import { findSession, type Session } from '#src/staff/sessions.sql.ts'
import {
  beginEnrolment,
  confirmEnrolment,
  removeFactor,
  renewRecoveryCodes,
} from '#src/staff/set-second-factor.ts'
import { type SignedIn, session_seconds, showCode, signIn, signOut } from '#src/staff/sign-in.ts'
import type { App } from './app.ts'
import {
  type Asked,
  Closed,
  Moment,
  Nullable,
  type Reply,
  type Route,
  route,
  Text,
} from './route.ts'
import { session_cookie, sessionTokenOf } from './who.ts'

const Me = Closed({
  kind: Type.String({ enum: ['staff', 'key'] }),
  id: Type.String(),
  name: Type.String(),
  email: Nullable(Type.String()),
  role: Nullable(Type.String()),
  permissions: Type.Array(Type.String()),
  csrf_token: Nullable(Type.String({ description: 'Goes into X-CSRF-Token on writes.' })),
  expires_at: Nullable(Moment()),
  has_second_factor: Type.Boolean(),
  waits_for: Nullable(
    Type.String({
      enum: ['code', 'enrolment'],
      description: 'The session opens nothing else until then: see /admin/second-factor.',
    }),
  ),
})

/** The token is base64url, so nothing in it needs quoting. */
const cookieFor = (token: string, seconds: number, public_url: string): string => {
  const secure = public_url.startsWith('https:') ? '; Secure' : ''
  return `${session_cookie}=${token}; Max-Age=${seconds}; Path=/; HttpOnly; SameSite=Lax${secure}`
}

const Code = Type.String({
  pattern: code_pattern,
  description: 'Six digits of the app, or a recovery code',
})

export const staff_sign_in_limit = createSignInLimit()
const codes = createSignInLimit()

const provingOf = ({
  app,
  now,
}: Pick<Asked<unknown, unknown, unknown>, 'app' | 'now'>): Proving => ({
  db: app.db,
  key: app.secret_key,
  limit: codes,
  now,
})

/** What a session that waits may do is nothing yet. */
const meOf = (session: Session) => ({
  ...session,
  kind: 'staff',
  id: session.staff_id,
  permissions: session.waits_for === null ? [...readPermissions(session.permissions)] : [],
})

const entered = ({ public_url }: App, { token, session }: SignedIn): Reply => ({
  status: 200,
  body: meOf(session),
  headers: { 'set-cookie': cookieFor(token, session_seconds, public_url) },
})

const session_routes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/admin/sign-in',
    who: 'anyone',
    summary: 'Opens a session: sets its cookie and tells its CSRF token',
    rate_per_minute: 20,
    body: Closed({ email: Text(254, 3), password: Text(200, 1), code: Type.Optional(Code) }),
    example: { email: 'owner@shop.example', password: 'a long password' },
    replies: { 200: Me },
    handle: async (asked) =>
      entered(asked.app, await signIn(provingOf(asked), staff_sign_in_limit, asked.body)),
  }),
  route({
    method: 'POST',
    path: '/admin/sign-out',
    who: 'staff_waiting',
    summary: 'Ends the session',
    replies: { 204: null },
    handle: async ({ app, headers }) => {
      const token = sessionTokenOf(headers)
      if (token) await signOut(app.db, token)
      const cookie = cookieFor('', 0, app.public_url)
      return { status: 204, headers: { 'set-cookie': cookie } }
    },
  }),
  route({
    method: 'GET',
    path: '/admin/me',
    who: 'staff_waiting',
    summary: 'Who is asking and what they may do',
    replies: { 200: Me },
    handle: async (asked) => {
      const { app, identity, now } = asked
      if (identity.kind === 'machine') {
        const { key_id: id, name } = identity
        const none = { email: null, role: null, csrf_token: null, expires_at: null }
        const factor = { has_second_factor: false, waits_for: null }
        const permissions = [...identity.permissions]
        return { status: 200, body: { kind: 'key', id, name, permissions, ...none, ...factor } }
      }
      const { token_hash } = personOf(asked)
      const session = await snapshot(app.db, (tx) => findSession(tx, token_hash, now))
      if (!session) throw refuse('session_missing')
      return { status: 200, body: meOf(session) }
    },
  }),
]

/** Keys have no second factor. */
export function personOf({
  identity,
  headers,
}: Pick<Asked<unknown, unknown, unknown>, 'identity' | 'headers'>) {
  if (identity.kind !== 'staff') throw refuse('permission_missing')
  const { staff_id } = identity
  return { staff_id, token_hash: sha256(sessionTokenOf(headers) ?? '') }
}

const RecoveryCodes = Closed({
  recovery_codes: Type.Array(Type.String(), {
    description: 'Told once. Each opens once, in place of a code of the app.',
  }),
})
const CodeBody = Closed({ code: Code })
const code_example = { code: '287082' }

const factor_routes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/admin/second-factor',
    who: 'staff_waiting',
    summary: 'Begins to set up a second factor: its secret, told once, for an authenticator app',
    rate_per_minute: 20,
    replies: { 200: Closed({ secret: Type.String(), uri: Type.String() }) },
    handle: async (asked) => {
      const { app, now } = asked
      const { staff_id, token_hash } = personOf(asked)
      const session = await snapshot(app.db, (tx) => findSession(tx, token_hash, now))
      if (!session) throw refuse('session_missing')
      const issuer = new URL(app.public_url).host
      const enrolling = { key: app.secret_key, staff_id, email: session.email, issuer }
      return { status: 200, body: await beginEnrolment(app.db, enrolling, now) }
    },
  }),
  route({
    method: 'POST',
    path: '/admin/second-factor/confirm',
    who: 'staff_waiting',
    summary: 'Sends the first code back: from now on the factor counts',
    rate_per_minute: 20,
    body: CodeBody,
    example: code_example,
    replies: { 200: RecoveryCodes },
    handle: async (asked) => {
      const recovery_codes = await confirmEnrolment(
        provingOf(asked),
        personOf(asked),
        asked.body.code,
      )
      return { status: 200, body: { recovery_codes } }
    },
  }),
  route({
    method: 'POST',
    path: '/admin/second-factor/code',
    who: 'staff_waiting',
    summary: 'Shows the second factor: opens the session that waits for it, under a new token',
    rate_per_minute: 20,
    body: CodeBody,
    example: code_example,
    replies: { 200: Me },
    handle: async (asked) =>
      entered(asked.app, await showCode(provingOf(asked), personOf(asked), asked.body.code)),
  }),
  route({
    method: 'POST',
    path: '/admin/second-factor/recovery-codes',
    who: 'staff',
    summary: 'New recovery codes in place of all others',
    rate_per_minute: 20,
    body: CodeBody,
    example: code_example,
    replies: { 200: RecoveryCodes },
    handle: async (asked) => {
      const { staff_id } = personOf(asked)
      const recovery_codes = await renewRecoveryCodes(provingOf(asked), staff_id, asked.body.code)
      return { status: 200, body: { recovery_codes } }
    },
  }),
  route({
    method: 'POST',
    path: '/admin/second-factor/remove',
    who: 'staff',
    summary: 'Takes the second factor of whoever asks away',
    rate_per_minute: 20,
    body: CodeBody,
    example: code_example,
    replies: { 204: null },
    handle: async (asked) => {
      const { staff_id } = personOf(asked)
      await removeFactor(provingOf(asked), staff_id, asked.body.code)
      return { status: 204 }
    },
  }),
]

const begun_cookie = 'onhand_openid'
/** For the callback alone. Lax: the provider sends the browser here from another site. */
const begunCookie = (carried: string, seconds: number, public_url: string): string => {
  const secure = public_url.startsWith('https:') ? '; Secure' : ''
  const rules = `Path=${openid_callback}; HttpOnly; SameSite=Lax${secure}`
  return `${begun_cookie}=${carried}; Max-Age=${seconds}; ${rules}`
}
const carriedIn = (cookie: string | undefined): string | null =>
  new RegExp(`(?:^|; ?)${begun_cookie}=([\\w-]{1,2000})(?:;|$)`).exec(cookie ?? '')?.[1] ?? null

function openIdOf({ openid }: App): OpenId {
  if (!openid) throw refuse('sign_in_not_offered')
  return openid
}

const Text1 = Type.Optional(Text(4_000))
const openid_routes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/admin/sign-in/openid',
    who: 'anyone',
    summary: 'Sends the browser to the OpenID provider',
    rate_per_minute: 60,
    replies: { 303: null },
    handle: async ({ app, now }) => {
      const { url, carried } = await openIdOf(app).begin(now)
      const cookie = begunCookie(carried, begun_seconds, app.public_url)
      return { status: 303, headers: { location: url, 'set-cookie': cookie } }
    },
  }),
  route({
    method: 'GET',
    path: openid_callback,
    who: 'anyone',
    summary: 'Where the OpenID provider sends the browser back to: opens a session',
    rate_per_minute: 60,
    query: Type.Object(
      { code: Text1, state: Text1, iss: Text1, error: Text1, error_description: Text1 },
      // Providers add what they like, such as session_state and scope.
      { additionalProperties: true },
    ),
    replies: { 303: null },
    handle: async ({ app, query, headers, now }) => {
      const openid = openIdOf(app)
      const told = Object.entries(query).filter(([, value]) => typeof value === 'string')
      const parameters = new URLSearchParams(told as [string, string][])
      const who = await openid.finish(parameters, carriedIn(headers['cookie']), now)
      const { default_role, return_url } = openid.settings
      const { token } = await enterByOpenId(app.db, who, { default_role, now })
      const cookies = [
        cookieFor(token, session_seconds, app.public_url),
        begunCookie('', 0, app.public_url),
      ]
      return { status: 303, headers: { location: return_url, 'set-cookie': cookies } }
    },
  }),
]

export const admin_sign_in_routes: readonly Route[] = [
  ...session_routes,
  ...factor_routes,
  ...openid_routes,
]
