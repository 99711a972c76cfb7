import { asRows } from '#src/db/as-table.ts'
import type { Tx } from '#src/db/sql.ts'
import type { StaffId } from '#src/lib/ids.ts'

export type Staff = {
  readonly id: StaffId
  readonly email: string
  readonly name: string
  readonly role: string
  readonly disabled_at: Date | null
  readonly created_at: Date
}
export type Role = {
  readonly code: string
  readonly name: string
  readonly permissions: readonly string[]
}

export const findStaffByEmail = (
  tx: Tx,
  email: string,
): Promise<{ id: StaffId; name: string; password_hash: string | null } | null> =>
  tx.maybe<{ id: StaffId; name: string; password_hash: string | null }>`
    select id, name, password_hash from staff where email = lower(${email}) and disabled_at is null`

/**
 * Of somebody who may sign in by it. Held until commit: nobody signs in with the old password
 * while a new one is set, nor sets one while another is.
 */
export const lockPassword = async (tx: Tx, id: StaffId): Promise<string | null> => {
  const row = await tx.maybe<{ password_hash: string | null }>`
    select password_hash from staff where id = ${id} and disabled_at is null for update`
  return row?.password_hash ?? null
}

/** The person must be locked. */
export const setPassword = (tx: Tx, id: StaffId, password_hash: string): Promise<number> =>
  tx.run`update staff set password_hash = ${password_hash} where id = ${id}`

export const findStaff = (tx: Tx, id: StaffId): Promise<Staff | null> =>
  tx.maybe<Staff>`
    select id, email, name, role, disabled_at, created_at from staff where id = ${id}`

/** Newest first; `after` is the id of the last one of the page before. */
export const listStaff = (tx: Tx, after: string | null, limit: number): Promise<Staff[]> =>
  tx.many<Staff>`
    select id, email, name, role, disabled_at, created_at from staff
    where ${after}::uuid is null or id < ${after}::uuid
    order by id desc limit ${limit}`

/** Without a password whoever comes by way of an OpenID provider alone. */
export type NewStaff = Omit<Staff, 'disabled_at'> & { readonly password_hash: string | null }

/** Null when somebody has this address already. */
export const insertStaff = (tx: Tx, staff: NewStaff): Promise<Staff | null> =>
  tx.maybe<Staff>`
    insert into staff (id, email, name, password_hash, role, created_at)
    values (${staff.id}, lower(${staff.email}), ${staff.name}, ${staff.password_hash},
      ${staff.role}, ${staff.created_at})
    on conflict (email) do nothing
    returning id, email, name, role, disabled_at, created_at`

export const updateStaff = (
  tx: Tx,
  id: StaffId,
  { role, disabled_at }: Pick<Staff, 'role' | 'disabled_at'>,
): Promise<Staff> =>
  tx.one<Staff>`
    update staff set role = ${role}, disabled_at = ${disabled_at} where id = ${id}
    returning id, email, name, role, disabled_at, created_at`

/** The owners who can sign in stay locked, so that two of them cannot remove each other at once. */
export const lockOwners = (tx: Tx): Promise<{ id: StaffId }[]> =>
  tx.many<{ id: StaffId }>`
    select id from staff where role = 'owner' and disabled_at is null order by id for update`

/** Who makes an owner at the terminal waits for another who does: there is one first owner. */
export const lockOwnerRole = (tx: Tx): Promise<unknown> =>
  tx.maybe`select code from role where code = 'owner' for update`

export const listRoles = (tx: Tx): Promise<Role[]> =>
  tx.many<Role>`select code, name, permissions from role order by code`

export const findRole = (tx: Tx, code: string): Promise<Role | null> =>
  tx.maybe<Role>`select code, name, permissions from role where code = ${code}`

export const putRole = (tx: Tx, { code, name, permissions }: Role): Promise<Role> =>
  tx.one<Role>`
    insert into role (code, name, permissions) values (${code}, ${name}, ${permissions})
    on conflict (code) do update set name = excluded.name, permissions = excluded.permissions
    returning code, name, permissions`

/** What is there already was perhaps changed by the merchant and stays. */
export const insertMissingRoles = (tx: Tx, roles: readonly Role[]): Promise<number> =>
  tx.run`
    insert into role ${asRows(roles, 'code text, name text, permissions text[]')}
    on conflict (code) do nothing`

/** The owner of an old database gets what a new version has added. */
export const setOwnerPermissions = (tx: Tx, permissions: readonly string[]): Promise<number> =>
  tx.run`
    update role set permissions = ${permissions}
    where code = 'owner' and permissions <> ${permissions}::text[]`
