// Commands about staff and roles. Nobody hands out a right that they do not have.
import { claimKey } from '#src/db/idempotency.sql.ts'
import type { Db } from '#src/db/pool.ts'
import type { Tx } from '#src/db/sql.ts'
import { transaction } from '#src/db/transaction.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { fieldError } from '#src/lib/field-errors.ts'
import { type ApiKeyId, newId, type StaffId } from '#src/lib/ids.ts'
import { hashPassword } from '#src/lib/passwords.ts'
import { refuse, refuseField } from '#src/lib/refusal.ts'
import { deleteSessionsOf } from './sessions.sql.ts'
import {
  findRole,
  findStaff,
  insertMissingRoles,
  insertStaff,
  lockOwnerRole,
  lockOwners,
  type NewStaff,
  putRole,
  type Role,
  type Staff,
  setOwnerPermissions,
  updateStaff,
} from './staff.sql.ts'
import { permissions as all_permissions, default_roles, type Permission } from './staff.ts'

export const no_role = 'There is no such role.'

/** Who does it: how events name them, what they may do, and the request that must happen once. */
export type Doing = {
  readonly actor: string
  /** Whose rights a key that they make never exceeds; null for the server itself. */
  readonly maker:
    | { readonly kind: 'staff'; readonly id: StaffId }
    | { readonly kind: 'key'; readonly id: ApiKeyId }
    | null
  readonly may: ReadonlySet<Permission>
  readonly now: Date
  /** Null for what the server does by itself. */
  readonly claim: {
    readonly principal_id: string
    readonly route: string
    readonly key: string
    readonly request_hash: Buffer
  } | null
}
export const asServer = (now: Date): Doing => ({
  actor: 'system',
  maker: null,
  may: new Set(all_permissions),
  now,
  claim: null,
})

/** @throws permission_missing */
export function checkMayGive(words: readonly string[], { may }: Doing): void {
  const missing = [...new Set(words)].filter((word) => !may.has(word as Permission))
  if (missing.length > 0) throw refuse('permission_missing', { permissions: missing })
}

export const note = (
  tx: Tx,
  { actor, now }: Pick<Doing, 'actor' | 'now'>,
  kind: string,
  subject: string,
  subject_id: string,
  detail: object = {},
): Promise<void> => addEvents(tx, [{ kind, subject, subject_id, actor, at: now, detail }])

/** Roles of a new shop, and new permissions for the owners of an old one. */
export const seedRoles = (db: Db): Promise<void> =>
  transaction(db, async (tx) => {
    const roles = Object.entries(default_roles).map(([code, permissions]) => ({
      code,
      name: code.charAt(0).toUpperCase() + code.slice(1),
      permissions,
    }))
    await insertMissingRoles(tx, roles)
    await setOwnerPermissions(tx, all_permissions)
  })

export type CreateStaff = {
  readonly email: string
  readonly name: string
  readonly role: string
  readonly password: string
}

/** @throws invalid_input when there is no such role */
async function namedRole(tx: Tx, code: string): Promise<Role> {
  const role = await findRole(tx, code)
  if (role) return role
  throw refuse('invalid_input', { errors: [fieldError('role', 'unknown', no_role)] })
}

type NewPerson = Pick<NewStaff, 'id' | 'email' | 'name' | 'role' | 'password_hash'>

/** @throws already_exists */
export async function addPerson(
  tx: Tx,
  { id, email, name, role, password_hash }: NewPerson,
  doing: Doing,
): Promise<Staff> {
  const row = { id, email, name, role, password_hash, created_at: doing.now }
  const staff = await insertStaff(tx, row)
  if (!staff) throw refuseField('already_exists', 'email')
  await note(tx, doing, 'staff.created', 'staff', id, { role })
  return staff
}

/** @throws already_exists, invalid_input for an unknown role, permission_missing */
export async function createStaff(db: Db, asked: CreateStaff, doing: Doing): Promise<Staff> {
  const password_hash = await hashPassword(asked.password)
  const id = newId<StaffId>()
  return transaction(db, async (tx) => {
    const earlier =
      doing.claim && (await claimKey(tx, { ...doing.claim, resource_id: id }, doing.now))
    if (earlier) return (await findStaff(tx, earlier as StaffId))!
    const role = await namedRole(tx, asked.role)
    checkMayGive(role.permissions, doing)
    return addPerson(tx, { id, ...asked, password_hash }, doing)
  })
}

/** Null when there is an owner who can sign in, and another one is not wanted. */
export async function createOwner(
  db: Db,
  asked: Omit<CreateStaff, 'role'>,
  { another, now }: { readonly another: boolean; readonly now: Date },
): Promise<Staff | null> {
  const password_hash = await hashPassword(asked.password)
  return transaction(db, async (tx) => {
    await lockOwnerRole(tx)
    if (!another && (await lockOwners(tx)).length > 0) return null
    const person = { id: newId<StaffId>(), ...asked, role: 'owner', password_hash }
    return addPerson(tx, person, asServer(now))
  })
}

export type EditStaff = { readonly role?: string; readonly disabled?: boolean }

/**
 * A person who is disabled is signed out everywhere. One owner must always be able to sign in.
 * @throws not_found, invalid_input for an unknown role, permission_missing, in_use
 */
export const editStaff = (db: Db, id: StaffId, edit: EditStaff, doing: Doing): Promise<Staff> =>
  transaction(db, async (tx) => {
    const owners = await lockOwners(tx)
    const staff = await findStaff(tx, id)
    if (!staff) throw refuse('not_found')
    const role = await namedRole(tx, edit.role ?? staff.role)
    // Neither given nor taken away: who may do more is not put down by who may do less.
    const held = await findRole(tx, staff.role)
    checkMayGive([...role.permissions, ...(held?.permissions ?? [])], doing)
    const disabled = edit.disabled ?? staff.disabled_at !== null
    const is_last = owners.length === 1 && owners[0]!.id === id
    if (is_last && (disabled || role.code !== 'owner')) throw refuse('in_use', { role: 'owner' })
    if (disabled) await deleteSessionsOf(tx, id, null)
    const disabled_at = disabled ? (staff.disabled_at ?? doing.now) : null
    await note(tx, doing, 'staff.changed', 'staff', id, { role: role.code, disabled })
    return updateStaff(tx, id, { role: role.code, disabled_at })
  })

/** @throws permission_missing, in_use for the role that always has everything */
export const editRole = (db: Db, role: Role, doing: Doing): Promise<Role> =>
  transaction(db, async (tx) => {
    if (role.code === 'owner') throw refuse('in_use', { role: 'owner' })
    const held = await findRole(tx, role.code)
    checkMayGive([...role.permissions, ...(held?.permissions ?? [])], doing)
    // A role has no id of its own: its events hang on whoever changed it.
    const subject_id = doing.claim?.principal_id ?? newId<string & {}>()
    await note(tx, doing, 'role.changed', 'role', subject_id, role)
    return putRole(tx, role)
  })
