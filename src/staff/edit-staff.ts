// Commands about staff, roles and keys. Nobody hands out a right that they do not have.
import { claimKey } from '#src/db/idempotency.sql.ts'
import type { Db } from '#src/db/pool.ts'
import type { Tx } from '#src/db/sql.ts'
import { transaction } from '#src/db/transaction.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { type ApiKeyId, type ChannelId, newId, type StaffId } from '#src/lib/ids.ts'
import { hashPassword } from '#src/lib/passwords.ts'
import { refuse } from '#src/lib/refusal.ts'
import type { Secret } from '#src/lib/secret.ts'
import { hmacSha256 } from '#src/lib/signature.ts'
import { type ApiKey, channelExists, findKeyById, insertKey, revokeKey } from './keys.sql.ts'
import { hashKeyToken, hintOf, type KeyKind, newKeyToken } from './keys.ts'
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

/** Who does it: how events name them, what they may do, and the request that must happen once. */
export type Doing = {
  readonly actor: string
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
  may: new Set(all_permissions),
  now,
  claim: null,
})

function checkMayGive(words: readonly string[], { may }: Doing): void {
  const missing = [...new Set(words)].filter((word) => !may.has(word as Permission))
  if (missing.length > 0) throw refuse('permission_missing', { permissions: missing })
}

const note = (
  tx: Tx,
  { actor, now }: Doing,
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

type NewPerson = Pick<NewStaff, 'id' | 'email' | 'name' | 'role' | 'password_hash'>

async function addPerson(
  tx: Tx,
  { id, email, name, role, password_hash }: NewPerson,
  doing: Doing,
): Promise<Staff> {
  const row = { id, email, name, role, password_hash, created_at: doing.now }
  const staff = await insertStaff(tx, row)
  if (!staff) throw refuse('already_exists')
  await note(tx, doing, 'staff.created', 'staff', id, { role })
  return staff
}

/** @throws already_exists, not_found, permission_missing */
export async function createStaff(db: Db, asked: CreateStaff, doing: Doing): Promise<Staff> {
  const password_hash = await hashPassword(asked.password)
  const id = newId<StaffId>()
  return transaction(db, async (tx) => {
    const earlier =
      doing.claim && (await claimKey(tx, { ...doing.claim, resource_id: id }, doing.now))
    if (earlier) return (await findStaff(tx, earlier as StaffId))!
    const role = await findRole(tx, asked.role)
    if (!role) throw refuse('not_found', { role: asked.role })
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
 * @throws not_found, permission_missing, in_use
 */
export const editStaff = (db: Db, id: StaffId, edit: EditStaff, doing: Doing): Promise<Staff> =>
  transaction(db, async (tx) => {
    const owners = await lockOwners(tx)
    const staff = await findStaff(tx, id)
    if (!staff) throw refuse('not_found')
    const role = await findRole(tx, edit.role ?? staff.role)
    if (!role) throw refuse('not_found', { role: edit.role })
    // Neither given nor taken away: who may do more is not put down by who may do less.
    const held = await findRole(tx, staff.role)
    checkMayGive([...role.permissions, ...(held?.permissions ?? [])], doing)
    const disabled = edit.disabled ?? staff.disabled_at !== null
    const is_last = owners.length === 1 && owners[0]!.id === id
    if (is_last && (disabled || role.code !== 'owner')) throw refuse('in_use', { role: 'owner' })
    if (disabled) await deleteSessionsOf(tx, id)
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

export type CreateKey = {
  readonly kind: KeyKind
  readonly name: string
  readonly channel_id: ChannelId | null
  readonly permissions: readonly Permission[]
  readonly expires_at: Date | null
  /** Null makes a random one. */
  readonly token: string | null
}
/** `token` is told once; a repeat of the request gets null. */
export type CreatedKey = { readonly key: ApiKey; readonly token: string | null }

/** The token of a key that must be the same at each start: that of the demo shop. */
export const derivedKeyToken = (secret: Secret, kind: KeyKind, label: string): string =>
  (kind === 'publishable' ? 'pk_' : 'sk_') +
  hmacSha256(secret.reveal(), `key\n${kind}\n`, label).toString('base64url').slice(0, 32)

/** @throws permission_missing, not_found for an unknown channel */
export const createKey = (db: Db, asked: CreateKey, doing: Doing): Promise<CreatedKey> =>
  transaction(db, async (tx) => {
    const id = newId<ApiKeyId>()
    const earlier =
      doing.claim && (await claimKey(tx, { ...doing.claim, resource_id: id }, doing.now))
    if (earlier) return { key: (await findKeyById(tx, earlier as ApiKeyId))!, token: null }
    checkMayGive(asked.permissions, doing)
    const { kind, name, channel_id, permissions, expires_at } = asked
    if (channel_id && !(await channelExists(tx, channel_id)))
      throw refuse('not_found', { channel_id })
    const token = asked.token ?? newKeyToken(kind)
    const row = {
      id,
      kind,
      name,
      channel_id,
      permissions,
      expires_at,
      token_hash: hashKeyToken(token),
      hint: hintOf(token),
      created_at: doing.now,
    }
    const { token_hash: _, ...key } = row
    if ((await insertKey(tx, row)) === 0) throw refuse('already_exists')
    await note(tx, doing, 'key.created', 'api_key', id, { kind, permissions })
    return { key: { ...key, revoked_at: null }, token }
  })

/** @throws not_found */
export const endKey = (db: Db, id: ApiKeyId, doing: Doing): Promise<ApiKey> =>
  transaction(db, async (tx) => {
    const key = await revokeKey(tx, id, doing.now)
    if (!key) throw refuse('not_found')
    await note(tx, doing, 'key.revoked', 'api_key', id)
    return key
  })
