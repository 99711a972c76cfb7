// API keys. A publishable key names a channel and is no secret; a secret key carries permissions.
// Both are random enough that a plain hash protects them.
import { randomBytes } from 'node:crypto'
import type { Db } from '#src/db/pool.ts'
import { snapshot, transaction } from '#src/db/transaction.ts'
import { plusMs } from '#src/lib/clock.ts'
import type { ApiKeyId, ChannelId } from '#src/lib/ids.ts'
import { sha256 } from '#src/lib/signature.ts'
import { type ApiKey, findKey, noteUse } from './keys.sql.ts'
import { type Permission, permissions } from './staff.ts'

export type KeyKind = 'publishable' | 'secret'
export type KeyHolder =
  | { readonly kind: 'publishable'; readonly id: ApiKeyId; readonly channel_id: ChannelId }
  | {
      readonly kind: 'secret'
      readonly id: ApiKeyId
      readonly name: string
      readonly permissions: ReadonlySet<Permission>
    }
  /** It was good once, and its time is over. */
  | { readonly kind: 'expired'; readonly id: ApiKeyId }

const prefixes: Record<KeyKind, string> = { publishable: 'pk_', secret: 'sk_' }
const form = /^[ps]k_[\w-]{32}$/

export const newKeyToken = (kind: KeyKind): string =>
  prefixes[kind] + randomBytes(24).toString('base64url')
export const hashKeyToken = (token: string): Buffer => sha256(token)
/** Enough to recognize a key in a list. */
export const hintOf = (token: string): string => `${token.slice(0, 3)}…${token.slice(-4)}`

const known = new Set<string>(permissions)
/** Words of the database that this version does not know give no right. */
export const readPermissions = (words: readonly string[]): ReadonlySet<Permission> =>
  new Set(words.filter((word): word is Permission => known.has(word)))

function holderOf(key: ApiKey, now: Date): KeyHolder | null {
  if (key.revoked_at) return null
  if (key.expires_at && key.expires_at <= now) return { kind: 'expired', id: key.id }
  if (key.channel_id) return { kind: 'publishable', id: key.id, channel_id: key.channel_id }
  return {
    kind: 'secret',
    id: key.id,
    name: key.name,
    permissions: readPermissions(key.may),
  }
}

export type KeyLookup = {
  /** The answer if it is fresh, undefined when it must be asked for. */
  known(token: string): KeyHolder | null | undefined
  find(token: string, now: Date): Promise<KeyHolder | null>
  /** After a revocation in this process; others follow within `fresh_ms`. */
  forget(): void
}

const fresh_ms = 1_000
const use_ms = 60_000
const entries_max = 10_000

/**
 * Keys are read from the database at most once a second each, so that a revocation counts within
 * a second everywhere. Requests that arrive meanwhile share one read.
 */
export function createKeyLookup(db: Db): KeyLookup {
  type Entry = { readonly holder: KeyHolder | null; readonly read_at: number }
  const entries = new Map<string, Entry>()
  const reading = new Map<string, Promise<KeyHolder | null>>()

  const isNoted = ({ last_used_at }: ApiKey, now: Date): boolean =>
    last_used_at !== null && last_used_at > plusMs(now, -use_ms)
  /** Nobody waits for it, and nobody is refused because it cannot be noted. */
  const noteInPassing = (id: ApiKeyId, now: Date): void => {
    transaction(db, (tx) => noteUse(tx, id, now)).catch(() => {})
  }
  const read = async (token: string, now: Date): Promise<KeyHolder | null> => {
    const key = await snapshot(db, (tx) => findKey(tx, hashKeyToken(token)))
    const holder = key ? holderOf(key, now) : null
    if (key && holder?.kind === 'secret' && !isNoted(key, now)) noteInPassing(key.id, now)
    if (entries.size >= entries_max) entries.clear()
    entries.set(token, { holder, read_at: performance.now() })
    return holder
  }
  const known = (token: string): KeyHolder | null | undefined => {
    const entry = entries.get(token)
    return entry && performance.now() - entry.read_at < fresh_ms ? entry.holder : undefined
  }
  return {
    known,
    find: async (token, now) => {
      if (!form.test(token)) return null
      const fresh = known(token)
      if (fresh !== undefined) return fresh
      const running = reading.get(token) ?? read(token, now).finally(() => reading.delete(token))
      reading.set(token, running)
      return running
    },
    forget: () => entries.clear(),
  }
}
