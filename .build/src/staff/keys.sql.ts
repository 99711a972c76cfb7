import type { Tx } from '../db/sql.ts'
import type { ApiKeyId, ChannelId } from '../lib/ids.ts'

export type ApiKey = {
  readonly id: ApiKeyId
  readonly kind: 'publishable' | 'secret'
  readonly name: string
  readonly hint: string
  readonly channel_id: ChannelId | null
  readonly permissions: readonly string[]
  readonly expires_at: Date | null
  readonly revoked_at: Date | null
  readonly created_at: Date
}

export const findKey = (tx: Tx, token_hash: Buffer): Promise<ApiKey | null> =>
  tx.maybe<ApiKey>`
    select id, kind, name, hint, channel_id, permissions, expires_at, revoked_at, created_at
    from api_key where token_hash = ${token_hash}`

/** Newest first; `after` is the id of the last one of the page before. */
export const listKeys = (tx: Tx, after: string | null, limit: number): Promise<ApiKey[]> =>
  tx.many<ApiKey>`
    select id, kind, name, hint, channel_id, permissions, expires_at, revoked_at, created_at
    from api_key where ${after}::uuid is null or id < ${after}::uuid
    order by id desc limit ${limit}`

export type NewKey = Omit<ApiKey, 'revoked_at'> & { readonly token_hash: Buffer }

export const insertKey = (tx: Tx, key: NewKey): Promise<number> =>
  tx.run`
    insert into api_key (id, kind, name, token_hash, hint, channel_id, permissions, expires_at,
      created_at)
    values (${key.id}, ${key.kind}, ${key.name}, ${key.token_hash}, ${key.hint},
      ${key.channel_id}, ${key.permissions}, ${key.expires_at}, ${key.created_at})
    on conflict (token_hash) do nothing`

/** Null when there is no such key; revoking again changes nothing. */
export const revokeKey = (tx: Tx, id: ApiKeyId, now: Date): Promise<ApiKey | null> =>
  tx.maybe<ApiKey>`
    update api_key set revoked_at = coalesce(revoked_at, ${now}) where id = ${id}
    returning id, kind, name, hint, channel_id, permissions, expires_at, revoked_at, created_at`

export const findKeyById = (tx: Tx, id: ApiKeyId): Promise<ApiKey | null> =>
  tx.maybe<ApiKey>`
    select id, kind, name, hint, channel_id, permissions, expires_at, revoked_at, created_at
    from api_key where id = ${id}`

export const channelExists = async (tx: Tx, id: ChannelId): Promise<boolean> =>
  (await tx.maybe`select id from channel where id = ${id}`) !== null
