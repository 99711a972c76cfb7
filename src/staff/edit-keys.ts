// Commands about API keys. No key may do more than whoever has made it.
import { claimKey } from '#src/db/idempotency.sql.ts'
import type { Db } from '#src/db/pool.ts'
import type { Tx } from '#src/db/sql.ts'
import { transaction } from '#src/db/transaction.ts'
import { plusMs } from '#src/lib/clock.ts'
import { fieldError, refuseErrors } from '#src/lib/field-errors.ts'
import { type ApiKeyId, type ChannelId, newId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import type { Secret } from '#src/lib/secret.ts'
import { hmacSha256 } from '#src/lib/signature.ts'
import { checkMayGive, type Doing, note } from './edit-staff.ts'
import {
  type ApiKey,
  channelExists,
  endKeyAt,
  findKeyById,
  insertKey,
  revokeKey,
} from './keys.sql.ts'
import { hashKeyToken, hintOf, type KeyKind, newKeyToken } from './keys.ts'
import { readPolicy } from './policy.sql.ts'
import type { Permission } from './staff.ts'

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

const day_ms = 86_400_000

type Made = Pick<ApiKey, 'made_by' | 'made_by_key'>
/** A key that a key makes has the maker of that one, and does not outlive it. */
async function makerOf(tx: Tx, { maker }: Doing): Promise<Made & { readonly ends: Date | null }> {
  if (maker === null) return { made_by: null, made_by_key: null, ends: null }
  if (maker.kind === 'staff') return { made_by: maker.id, made_by_key: null, ends: null }
  const key = await findKeyById(tx, maker.id)
  return { made_by: key?.made_by ?? null, made_by_key: maker.id, ends: key?.expires_at ?? null }
}

/** The latest moment at which a new key may end; null leaves it open. */
async function latestEnd(tx: Tx, kind: KeyKind, ends: Date | null, now: Date) {
  const { key_days_max } = await readPolicy(tx)
  const by_policy =
    kind === 'secret' && key_days_max !== null ? plusMs(now, key_days_max * day_ms) : null
  const both = [ends, by_policy].filter((one) => one !== null)
  return both.sort((a, b) => a.getTime() - b.getTime())[0] ?? null
}

function checkEnd(expires_at: Date | null, latest: Date | null, now: Date): void {
  const refuseEnd = (code: string, message: string) =>
    refuse('invalid_input', { errors: [fieldError('expires_at', code, message)] })
  if (expires_at && expires_at <= now) throw refuseEnd('too_early', 'This moment has passed.')
  if (latest && (expires_at === null || expires_at > latest)) {
    const last = latest.toISOString()
    throw refuseEnd('too_late', `A key that you make here ends at ${last} at the latest.`)
  }
}

type Asked = CreateKey & { readonly rotated_from: ApiKeyId | null }

async function addKey(tx: Tx, id: ApiKeyId, asked: Asked, doing: Doing): Promise<string> {
  checkMayGive(asked.permissions, doing)
  const { kind, name, channel_id, permissions, expires_at, rotated_from } = asked
  if (channel_id && !(await channelExists(tx, channel_id))) {
    refuseErrors([fieldError('channel_id', 'unknown', 'There is no such channel.')])
  }
  const { ends, ...made } = await makerOf(tx, doing)
  // The server itself keeps to no terms.
  if (doing.maker) checkEnd(expires_at, await latestEnd(tx, kind, ends, doing.now), doing.now)
  const token = asked.token ?? newKeyToken(kind)
  const row = { id, kind, name, channel_id, permissions, expires_at, rotated_from, ...made }
  const secret = { token_hash: hashKeyToken(token), hint: hintOf(token) }
  const inserted = await insertKey(tx, { ...row, ...secret, created_at: doing.now })
  if (inserted === 0) throw refuse(rotated_from === null ? 'already_exists' : 'key_is_over')
  return token
}

/** @throws permission_missing, invalid_input for an unknown channel or its end */
export const createKey = (db: Db, asked: CreateKey, doing: Doing): Promise<CreatedKey> =>
  transaction(db, async (tx) => {
    const id = newId<ApiKeyId>()
    const earlier =
      doing.claim && (await claimKey(tx, { ...doing.claim, resource_id: id }, doing.now))
    if (earlier) return { key: (await findKeyById(tx, earlier as ApiKeyId))!, token: null }
    const token = await addKey(tx, id, { ...asked, rotated_from: null }, doing)
    const { kind, permissions } = asked
    await note(tx, doing, 'key.created', 'api_key', id, { kind, permissions })
    return { key: (await findKeyById(tx, id))!, token }
  })

export type RotateKey = {
  /** How long both are good. */
  readonly overlap_ms: number
  /** Undefined gives the new one as long a life as the old one had. */
  readonly expires_at: Date | null | undefined
}

/**
 * Makes a key that may do the same, by whoever asks; the old one ends when the overlap does.
 * @throws not_found, permission_missing, key_is_over, invalid_input for its end
 */
export const rotateKey = (
  db: Db,
  id: ApiKeyId,
  { overlap_ms, expires_at }: RotateKey,
  doing: Doing,
): Promise<CreatedKey> =>
  transaction(db, async (tx) => {
    const { now } = doing
    const new_id = newId<ApiKeyId>()
    const earlier =
      doing.claim && (await claimKey(tx, { ...doing.claim, resource_id: new_id }, now))
    if (earlier) return { key: (await findKeyById(tx, earlier as ApiKeyId))!, token: null }
    const old = await findKeyById(tx, id)
    if (!old) throw refuse('not_found')
    if (old.revoked_at || (old.expires_at && old.expires_at <= now)) throw refuse('key_is_over')
    const { ends } = await makerOf(tx, doing)
    const latest = await latestEnd(tx, old.kind, ends, now)
    const life = old.expires_at && old.expires_at.getTime() - old.created_at.getTime()
    const as_long = life === null ? null : plusMs(now, life)
    // What nobody has asked for is made to fit; what somebody has asked for is refused.
    const usual = latest && (as_long === null || as_long > latest) ? latest : as_long
    const asked = {
      ...{ kind: old.kind, name: old.name, channel_id: old.channel_id, token: null },
      permissions: old.permissions as Permission[],
      expires_at: expires_at === undefined ? usual : expires_at,
      rotated_from: id,
    }
    const token = await addKey(tx, new_id, asked, doing)
    await endKeyAt(tx, id, plusMs(now, overlap_ms))
    await note(tx, doing, 'key.rotated', 'api_key', new_id, { rotated_from: id })
    return { key: (await findKeyById(tx, new_id))!, token }
  })

/**
 * A key that is revoked takes along those that it has made. Whoever may less than the key does may
 * revoke it all the same: one that has leaked must not wait for somebody who may more.
 * @throws not_found
 */
export const endKey = (db: Db, id: ApiKeyId, doing: Doing): Promise<ApiKey> =>
  transaction(db, async (tx) => {
    await revokeKey(tx, id, doing.now)
    const key = await findKeyById(tx, id)
    if (!key) throw refuse('not_found')
    await note(tx, doing, 'key.revoked', 'api_key', id)
    return key
  })
