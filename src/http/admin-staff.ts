// People and roles of the back office, and what is demanded of them.
import Type from 'typebox'
import { snapshot } from '#src/db/transaction.ts'
import type { StaffId } from '#src/lib/ids.ts'
import { password_length } from '#src/lib/passwords.ts'
import { editPolicy } from '#src/staff/edit-policy.ts'
import { createStaff, editRole, editStaff } from '#src/staff/edit-staff.ts'
import { readPolicy } from '#src/staff/policy.sql.ts'
import { resetFactor } from '#src/staff/set-second-factor.ts'
import { listRoles, listStaff } from '#src/staff/staff.sql.ts'
import { type Permission, permissions } from '#src/staff/staff.ts'
import { doingOf } from './doing.ts'
import { IdPageQuery, readPage } from './page.ts'
import { Closed, Id, Moment, Nullable, Page, type Route, route, Text } from './route.ts'

export const PermissionWord = Type.Unsafe<Permission>({ type: 'string', enum: [...permissions] })
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
const people_routes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/admin/staff',
    who: { staff: 'staff:write' },
    summary: 'Staff, newest first',
    query: Closed(IdPageQuery),
    replies: { 200: Page(StaffView) },
    handle: async ({ app, query }) => ({
      status: 200,
      body: await readPage(query, (after, limit) =>
        snapshot(app.db, (tx) => listStaff(tx, after, limit)),
      ),
    }),
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
  route({
    method: 'DELETE',
    path: '/admin/staff/:id/second-factor',
    who: { staff: 'staff:write' },
    summary: 'Takes the second factor away from somebody who has lost it, and signs them out',
    params: Closed({ id: Id<StaffId>() }),
    replies: { 204: null },
    handle: async (asked) => {
      await resetFactor(asked.app.db, asked.params.id, doingOf(asked, null))
      return { status: 204 }
    },
  }),
]

const Policy = Closed({
  second_factor_of_all: Type.Boolean(),
  second_factor_roles: Type.Array(RoleCode, { uniqueItems: true, maxItems: 100 }),
  key_days_max: Nullable(
    Type.Integer({
      minimum: 1,
      maximum: 3650,
      description: 'Secret keys that are made from now on end after so many days at most.',
    }),
  ),
})

const policy_routes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/admin/staff-policy',
    who: { staff: 'staff:write' },
    summary: 'What is demanded of staff: second factors, and how long keys live',
    replies: { 200: Policy },
    handle: async ({ app }) => ({ status: 200, body: await snapshot(app.db, readPolicy) }),
  }),
  route({
    method: 'PUT',
    path: '/admin/staff-policy',
    who: { staff: 'staff:write' },
    summary: 'Sets what is demanded of staff; whoever may do everything may',
    body: Policy,
    example: { second_factor_of_all: false, second_factor_roles: ['owner'], key_days_max: 365 },
    replies: { 200: Policy },
    handle: async (asked) => ({
      status: 200,
      body: await editPolicy(asked.app.db, asked.body, doingOf(asked, null)),
    }),
  }),
]

export const admin_staff_routes: readonly Route[] = [...people_routes, ...policy_routes]
