import { type Statement, sql, type Tx } from '#src/db/sql.ts'
import type { ApiKeyId, ChannelId, StaffId } from '#src/lib/ids.ts'

export type ApiKey = {
  readonly id: ApiKeyId
  readonly kind: 'publishable' | 'secret'
  readonly name: string
  readonly hint: string
  readonly channel_id: ChannelId | null
  /** What it was made for. */
  readonly permissions: readonly string[]
  /** What of that it may do now: no more than the member of staff who made it. */
  readonly may: readonly string[]
  readonly made_by: StaffId | null
  readonly made_by_key: ApiKeyId | null
  readonly rotated_from: ApiKeyId | null
  readonly expires_at: Date | null
  readonly revoked_at: Date | null
  readonly last_used_at: Date | null
  readonly created_at: Date
}

const readable: Statement = sql`
  select key.id, kind, key.name, hint, channel_id, key.permissions, made_by, made_by_key,
    rotated_from, expires_at, revoked_at, last_used_at, key.created_at,
    case
      when made_by is null then key.permissions
      when staff.disabled_at is not null then '{}'
      else array(
        select unnest(key.permissions) intersect select unnest(role.permissions) order by 1)
    end as may
  from api_key as key
  left join staff on staff.id = made_by
  left join role on role.code = staff.role
  left join api_key_use on key_id = key.id`

export const findKey = (tx: Tx, token_hash: Buffer): Promise<ApiKey | null> =>
  tx.maybe<ApiKey>`${readable} where token_hash = ${token_hash}`

export const findKeyById = (tx: Tx, id: ApiKeyId): Promise<ApiKey | null> =>
  tx.maybe<ApiKey>`${readable} where key.id = ${id}`

/** Newest first; `after` is the id of the last one of the page before. */
export const listKeys = (
  tx: Tx,
  made_by: StaffId | null,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): Promise<ApiKey[]> =>
  tx.many<ApiKey>`
    ${readable}
    where (${after}::uuid is null or key.id < ${after}::uuid)
      and (${made_by}::uuid is null or made_by = ${made_by}::uuid)
    order by key.id desc limit ${limit}`

export type NewKey = Omit<
  ApiKey,
  'revoked_at' | 'last_used_at' | 'may' | 'made_by' | 'made_by_key' | 'rotated_from'
> &
  Partial<Pick<ApiKey, 'made_by' | 'made_by_key' | 'rotated_from'>> & {
    readonly token_hash: Buffer
  }

/** Zero when there is one with this token, or one that has come in place of the same key. */
export const insertKey = (tx: Tx, key: NewKey): Promise<number> =>
  tx.run`
    insert into api_key (id, kind, name, token_hash, hint, channel_id, permissions, expires_at,
      created_at, made_by, made_by_key, rotated_from)
    values (${key.id}, ${key.kind}, ${key.name}, ${key.token_hash}, ${key.hint},
      ${key.channel_id}, ${key.permissions}, ${key.expires_at}, ${key.created_at},
      ${key.made_by ?? null}, ${key.made_by_key ?? null}, ${key.rotated_from ?? null})
    on conflict do nothing`

/** With the keys that it has made, and those that these have made. Again changes nothing. */
export const revokeKey = (tx: Tx, id: ApiKeyId, now: Date): Promise<number> =>
  tx.run`
    with recursive made as (
      select ${id}::uuid as id
      union
      select api_key.id from api_key join made on made_by_key = made.id)
    update api_key set revoked_at = coalesce(revoked_at, ${now}) from made
    where api_key.id = made.id`

/** It goes on until then, unless it ends before. */
export const endKeyAt = (tx: Tx, id: ApiKeyId, at: Date): Promise<number> =>
  tx.run`
    update api_key set expires_at = least(expires_at, ${at}) where id = ${id}`

/** Once a minute is often enough to see whether somebody still uses it. */
export const noteUse = (tx: Tx, id: ApiKeyId, now: Date): Promise<number> =>
  tx.run`
    insert into api_key_use as known (key_id, last_used_at) values (${id}, ${now})
    on conflict (key_id) do update set last_used_at = excluded.last_used_at
    where known.last_used_at < excluded.last_used_at`

export const channelExists = async (tx: Tx, id: ChannelId): Promise<boolean> =>
  (await tx.maybe`select id from channel where id = ${id}`) !== null
