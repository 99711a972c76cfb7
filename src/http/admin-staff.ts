// Sign-in, people, roles and keys of the back office.
import Type from 'typebox'
import { hashRequest } from '#src/db/idempotency.sql.ts'
import { snapshot } from '#src/db/transaction.ts'
import type { ApiKeyId, ChannelId, StaffId } from '#src/lib/ids.ts'
import { password_length } from '#src/lib/passwords.ts'
import { refuse } from '#src/lib/refusal.ts'
import { createSignInLimit } from '#src/lib/sign-in-limit.ts'
import { sha256 } from '#src/lib/signature.ts'
import {
  createKey,
  createStaff,
  type Doing,
  editRole,
  editStaff,
  endKey,
} from '#src/staff/edit-staff.ts'
import { listKeys } from '#src/staff/keys.sql.ts'
import { readPermissions } from '#src/staff/keys.ts'
import { findSession } from '#src/staff/sessions.sql.ts'
import { session_seconds, signIn, signOut } from '#src/staff/sign-in.ts'
import { listRoles, listStaff } from '#src/staff/staff.sql.ts'
import { type Permission, permissions } from '#src/staff/staff.ts'
import { actorOf } from './identity.ts'
import {
  type Asked,
  Closed,
  Id,
  Moment,
  Nullable,
  Page,
  PageQuery,
  type Route,
  route,
  Text,
} from './route.ts'
import { session_cookie, sessionTokenOf } from './who.ts'

const PermissionWord = Type.Unsafe<Permission>({ type: 'string', enum: [...permissions] })
const RoleCode = Type.String({ pattern: '^[a-z_]{1,40}$' })
const StaffView = Closed({
  id: Id<StaffId>(),
  email: Type.String(),
  name: Type.String(),
  role: Type.String(),
  disabled_at: Nullable(Moment()),
  created_at: Moment(),
})
const RoleView = Closed({
  code: Type.String(),
  name: Type.String(),
  permissions: Type.Array(Type.String()),
})
const KeyView = Closed({
  id: Id<ApiKeyId>(),
  kind: Type.String({ enum: ['publishable', 'secret'] }),
  name: Type.String(),
  hint: Type.String({ description: 'Enough to recognize the key; it is not told again.' }),
  channel_id: Nullable(Id<ChannelId>()),
  permissions: Type.Array(Type.String()),
  expires_at: Nullable(Moment()),
  revoked_at: Nullable(Moment()),
  created_at: Moment(),
})
const Me = Closed({
  kind: Type.String({ enum: ['staff', 'key'] }),
  id: Type.String(),
  name: Type.String(),
  email: Nullable(Type.String()),
  role: Nullable(Type.String()),
  permissions: Type.Array(Type.String()),
  csrf_token: Nullable(Type.String({ description: 'Goes into X-CSRF-Token on writes.' })),
  expires_at: Nullable(Moment()),
})

type Wants = Pick<Asked<unknown, unknown, unknown>, 'identity' | 'now' | 'key' | 'body'>

/** `route_name` is null for what may be repeated without harm. */
function doingOf({ identity, now, key, body }: Wants, route_name: string | null): Doing {
  if (identity.kind !== 'staff' && identity.kind !== 'machine') throw refuse('permission_missing')
  const principal_id = identity.kind === 'staff' ? identity.staff_id : identity.key_id
  const claim = route_name && {
    principal_id,
    route: route_name,
    key,
    request_hash: hashRequest(body),
  }
  return { actor: actorOf(identity), may: identity.permissions, now, claim: claim || null }
}

const pageOf = <Row extends { readonly id: string }>(rows: readonly Row[], limit: number) => {
  const items = rows.slice(0, limit)
  return { items, next_cursor: rows.length > limit ? items.at(-1)!.id : null }
}
const PageOf = Closed({ ...PageQuery, after: Type.Optional(Id()) })

/** The token is base64url, so nothing in it needs quoting. */
const cookieFor = (token: string, seconds: number, public_url: string): string => {
  const secure = public_url.startsWith('https:') ? '; Secure' : ''
  return `${session_cookie}=${token}; Max-Age=${seconds}; Path=/; HttpOnly; SameSite=Lax${secure}`
}

const sign_in_limit = createSignInLimit()

const session_routes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/admin/sign-in',
    who: 'anyone',
    summary: 'Opens a session: sets its cookie and tells its CSRF token',
    rate_per_minute: 20,
    body: Closed({ email: Text(254, 3), password: Text(200, 1) }),
    example: { email: 'owner@shop.example', password: 'a long password' },
    replies: { 200: Me },
    handle: async ({ app, body, now }) => {
      const { token, session } = await signIn(app.db, sign_in_limit, body, now)
      const cookie = cookieFor(token, session_seconds, app.public_url)
      const me = { kind: 'staff', id: session.staff_id, ...session }
      return { status: 200, body: me, headers: { 'set-cookie': cookie } }
    },
  }),
  route({
    method: 'POST',
    path: '/admin/sign-out',
    who: 'staff',
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
    who: 'staff',
    summary: 'Who is asking and what they may do',
    replies: { 200: Me },
    handle: async ({ app, identity, headers, now }) => {
      if (identity.kind === 'machine') {
        const { key_id: id, name } = identity
        const none = { email: null, role: null, csrf_token: null, expires_at: null }
        const may = [...identity.permissions]
        return { status: 200, body: { kind: 'key', id, name, permissions: may, ...none } }
      }
      const hash = sha256(sessionTokenOf(headers) ?? '')
      const session = await snapshot(app.db, (tx) => findSession(tx, hash, now))
      if (!session) throw refuse('session_missing')
      const may = [...readPermissions(session.permissions)]
      const me = { ...session, kind: 'staff', id: session.staff_id, permissions: may }
      return { status: 200, body: me }
    },
  }),
]

const people_routes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/admin/staff',
    who: { staff: 'staff:write' },
    summary: 'Staff, newest first',
    query: PageOf,
    replies: { 200: Page(StaffView) },
    handle: async ({ app, query: { limit = 20, after } }) => {
      const rows = await snapshot(app.db, (tx) => listStaff(tx, after ?? null, limit + 1))
      return { status: 200, body: pageOf(rows, limit) }
    },
  }),
  route({
    method: 'POST',
    path: '/admin/staff',
    who: { staff: 'staff:write' },
    summary: 'Lets a person sign in',
    idempotent: true,
    body: Closed({
      email: Type.String({ format: 'email', maxLength: 254 }),
      name: Text(200, 1),
      role: RoleCode,
      password: Text(password_length.max, password_length.min),
    }),
    example: {
      email: 'asha@shop.example',
      name: 'Asha',
      role: 'support',
      password: 'at least twelve letters',
    },
    replies: { 201: StaffView },
    handle: async (asked) => {
      // A password has no business in a hash that is kept and quick to try.
      const { password: _, ...rest } = asked.body
      const doing = doingOf({ ...asked, body: rest }, 'POST /admin/staff')
      return { status: 201, body: await createStaff(asked.app.db, asked.body, doing) }
    },
  }),
  route({
    method: 'PATCH',
    path: '/admin/staff/:id',
    who: { staff: 'staff:write' },
    summary: 'Gives another role, disables or enables',
    params: Closed({ id: Id<StaffId>() }),
    body: Closed({ role: Type.Optional(RoleCode), disabled: Type.Optional(Type.Boolean()) }),
    example: { disabled: true },
    replies: { 200: StaffView },
    handle: async (asked) => {
      const { app, params, body } = asked
      const staff = await editStaff(app.db, params.id, body, doingOf(asked, null))
      return { status: 200, body: staff }
    },
  }),
  route({
    method: 'GET',
    path: '/admin/roles',
    who: { staff: 'staff:write' },
    summary: 'Roles with what they may do, and every permission there is',
    replies: {
      200: Closed({ items: Type.Array(RoleView), permissions: Type.Array(Type.String()) }),
    },
    handle: async ({ app }) => {
      const items = await snapshot(app.db, listRoles)
      return { status: 200, body: { items, permissions } }
    },
  }),
  route({
    method: 'PUT',
    path: '/admin/roles/:code',
    who: { staff: 'staff:write' },
    summary: 'Makes a role or replaces what it may do',
    params: Closed({ code: RoleCode }),
    body: Closed({
      name: Text(100, 1),
      permissions: Type.Array(PermissionWord, { uniqueItems: true, maxItems: 100 }),
    }),
    example: { name: 'Packers', permissions: ['orders:read', 'shipping:write'] },
    replies: { 200: RoleView },
    handle: async (asked) => {
      const { app, params, body } = asked
      const role = { ...body, code: params.code }
      return { status: 200, body: await editRole(app.db, role, doingOf(asked, null)) }
    },
  }),
]

const key_routes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/admin/keys',
    who: { staff: 'staff:write' },
    summary: 'API keys, newest first',
    query: PageOf,
    replies: { 200: Page(KeyView) },
    handle: async ({ app, query: { limit = 20, after } }) => {
      const rows = await snapshot(app.db, (tx) => listKeys(tx, after ?? null, limit + 1))
      return { status: 200, body: pageOf(rows, limit) }
    },
  }),
  route({
    method: 'POST',
    path: '/admin/keys',
    who: { staff: 'staff:write' },
    summary: 'Makes a key; its token is told once',
    idempotent: true,
    body: Type.Union([
      Closed({
        kind: Type.Literal('publishable'),
        name: Text(100, 1),
        channel_id: Id<ChannelId>(),
        expires_at: Type.Optional(Nullable(Moment())),
      }),
      Closed({
        kind: Type.Literal('secret'),
        name: Text(100, 1),
        permissions: Type.Array(PermissionWord, { uniqueItems: true, maxItems: 100 }),
        expires_at: Type.Optional(Nullable(Moment())),
      }),
    ]),
    example: { kind: 'secret', name: 'Nightly export', permissions: ['orders:read'] },
    replies: { 201: Closed({ key: KeyView, token: Nullable(Type.String()) }) },
    handle: async (asked) => {
      const { body } = asked
      const channel_id = body.kind === 'publishable' ? body.channel_id : null
      const created = await createKey(
        asked.app.db,
        {
          kind: body.kind,
          name: body.name,
          channel_id,
          permissions: body.kind === 'secret' ? body.permissions : [],
          expires_at: body.expires_at ?? null,
          token: null,
        },
        doingOf(asked, 'POST /admin/keys'),
      )
      return { status: 201, body: created }
    },
  }),
  route({
    method: 'DELETE',
    path: '/admin/keys/:id',
    who: { staff: 'staff:write' },
    summary: 'Revokes a key: at once here, within a second in other processes',
    params: Closed({ id: Id<ApiKeyId>() }),
    replies: { 200: KeyView },
    handle: async (asked) => {
      const key = await endKey(asked.app.db, asked.params.id, doingOf(asked, null))
      asked.app.keys.forget()
      return { status: 200, body: key }
    },
  }),
]

export const admin_staff_routes: readonly Route[] = [
  ...session_routes,
  ...people_routes,
  ...key_routes,
]
