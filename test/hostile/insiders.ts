// People who work at the shop and keys of theirs: all that may do something, and those who almost
// may.
import assert from 'node:assert/strict'
import { transaction } from '#src/db/transaction.ts'
import { plusMs } from '#src/lib/clock.ts'
import { type ApiKeyId, newId, type StaffId } from '#src/lib/ids.ts'
import { asServer, createStaff, editRole, editStaff } from '#src/staff/edit-staff.ts'
import { insertKey } from '#src/staff/keys.sql.ts'
import { hashKeyToken, hintOf, newKeyToken } from '#src/staff/keys.ts'
import { default_roles, type Permission, permissions } from '#src/staff/staff.ts'
import type { World } from '#test/world.ts'

export const password = 'correct horse battery'
export type Session = { readonly cookie: string; readonly 'x-csrf-token': string }

export const hire = (world: World, name: string, role: string, now: Date) =>
  createStaff(world.db, { email: `${name}@shop.example`, name, role, password }, asServer(now))

/** Staff of every role, each called like it. */
export async function hireAll(world: World, now: Date): Promise<void> {
  for (const role of Object.keys(default_roles)) await hire(world, role, role, now)
}

export async function signIn(world: World, name: string): Promise<Session> {
  const answer = await fetch(`${world.url}/admin/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: `${name}@shop.example`, password }),
  })
  assert.equal(answer.status, 200)
  const { csrf_token } = (await answer.json()) as { csrf_token: string }
  return { cookie: answer.headers.getSetCookie()[0]!.split(';')[0]!, 'x-csrf-token': csrf_token }
}

export type KeyMaking = {
  readonly now: Date
  readonly expires_at?: Date | null
  readonly made_by?: StaffId
}
/** A secret key of its own, which may do so much. */
export async function makeKey(
  world: World,
  may: readonly Permission[],
  { now, expires_at = null, made_by }: KeyMaking,
) {
  const token = newKeyToken('secret')
  const id = newId<ApiKeyId>()
  const secret = { token_hash: hashKeyToken(token), hint: hintOf(token), channel_id: null }
  const row = { id, kind: 'secret', name: 'somebody', permissions: may, expires_at } as const
  await transaction(world.db, (tx) =>
    insertKey(tx, { ...row, ...secret, created_at: now, ...(made_by ? { made_by } : {}) }),
  )
  return { id, token }
}

/** Sessions of people who may do everything, once they have shown their second factor. */
export async function openWaiting(world: World, now: Date) {
  const everything = { code: 'newcomers', name: 'Newcomers', permissions: [...permissions] }
  await editRole(world.db, everything, asServer(now))
  const { id } = await hire(world, 'has-a-factor', 'owner', now)
  await hire(world, 'has-none-yet', 'newcomers', now)
  await transaction(world.db, async (tx) => {
    await tx.run`update staff_policy set second_factor_roles = '{newcomers}'`
    await tx.run`
      insert into second_factor (staff_id, sealed_secret, confirmed_at, created_at)
      values (${id}, '\\x00', ${now}, ${now})`
  })
  return {
    code: await signIn(world, 'has-a-factor'),
    enrolment: await signIn(world, 'has-none-yet'),
  }
}

/** Keys that were made for everything, by somebody who may do less by now, or nothing. */
export async function openOutgrown(world: World, now: Date) {
  const [less, nothing] = [
    await hire(world, 'moved', 'owner', now),
    await hire(world, 'left', 'owner', now),
  ]
  const keys = {
    less: (await makeKey(world, permissions, { now, made_by: less.id })).token,
    nothing: (await makeKey(world, permissions, { now, made_by: nothing.id })).token,
    expired: (await makeKey(world, permissions, { now, expires_at: plusMs(now, -1_000) })).token,
  }
  await editStaff(world.db, less.id, { role: 'warehouse' }, asServer(now))
  await editStaff(world.db, nothing.id, { disabled: true }, asServer(now))
  return keys
}
