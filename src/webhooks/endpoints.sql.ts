import { sql, type Tx } from '#src/db/sql.ts'
import type { WebhookEndpointId } from '#src/lib/ids.ts'
import type { Wishes } from './webhooks.ts'

export const disabled_reasons = ['staff', 'failing', 'gone'] as const

export type Endpoint = Wishes & {
  readonly id: WebhookEndpointId
  readonly url: string
  readonly description: string
  readonly enabled: boolean
  readonly disabled_at: Date | null
  readonly disabled_reason: (typeof disabled_reasons)[number] | null
  readonly failing_since: Date | null
  readonly secret_version: number
  readonly previous_secret_until: Date | null
  readonly created_at: Date
  readonly updated_at: Date
}

const columns = sql`id, url, description, kinds, channel_ids, order_states, enabled, disabled_at,
  disabled_reason, failing_since, secret_version, previous_secret_until, created_at, updated_at`

/** More than this is told as this. */
export const waiting_told_max = 10_000

export const readEndpointPage = (
  tx: Tx,
  after: string | null,
  limit: number,
): Promise<(Endpoint & { readonly waiting: number })[]> =>
  tx.many<Endpoint & { readonly waiting: number }>`
    select ${columns}, (
      select count(*)::int from (
        select from webhook_delivery
        where endpoint_id = webhook_endpoint.id and state = 'waiting'
        limit ${waiting_told_max}) as counted
    ) as waiting
    from webhook_endpoint
    where deleted_at is null and (${after}::uuid is null or id > ${after}::uuid)
    order by id limit ${limit}`

export const readEndpoint = (tx: Tx, id: WebhookEndpointId): Promise<Endpoint | null> =>
  tx.maybe<Endpoint>`
    select ${columns} from webhook_endpoint where id = ${id} and deleted_at is null`

/** Also one that was taken away: its log is kept for a while. */
export const isEndpoint = async (tx: Tx, id: WebhookEndpointId): Promise<boolean> =>
  (await tx.maybe`select from webhook_endpoint where id = ${id}`) !== null

/** Locked until commit, so that two changes of one endpoint do not mix. */
export const lockEndpoint = (tx: Tx, id: WebhookEndpointId): Promise<Endpoint | null> =>
  tx.maybe<Endpoint>`
    select ${columns} from webhook_endpoint where id = ${id} and deleted_at is null for update`

export const countEndpoints = (tx: Tx): Promise<{ all: number; enabled: number }> =>
  tx.one<{ all: number; enabled: number }>`
    select count(*)::int as all, (count(*) filter (where enabled))::int as enabled
    from webhook_endpoint where deleted_at is null`

export const insertEndpoint = (tx: Tx, one: Endpoint): Promise<number> =>
  tx.run`
    insert into webhook_endpoint (${columns})
    values (${one.id}, ${one.url}, ${one.description}, ${one.kinds}, ${one.channel_ids},
      ${one.order_states}, ${one.enabled}, ${one.disabled_at}, ${one.disabled_reason},
      ${one.failing_since}, ${one.secret_version}, ${one.previous_secret_until},
      ${one.created_at}, ${one.updated_at})`

export const updateEndpoint = (tx: Tx, one: Endpoint): Promise<number> =>
  tx.run`
    update webhook_endpoint set url = ${one.url}, description = ${one.description},
      kinds = ${one.kinds}, channel_ids = ${one.channel_ids}, order_states = ${one.order_states},
      enabled = ${one.enabled}, disabled_at = ${one.disabled_at},
      disabled_reason = ${one.disabled_reason}, failing_since = ${one.failing_since},
      secret_version = ${one.secret_version},
      previous_secret_until = ${one.previous_secret_until}, updated_at = ${one.updated_at}
    where id = ${one.id}`

/** What waits for it is sent no more; its log goes with the clean-up. */
export async function removeEndpoint(tx: Tx, id: WebhookEndpointId, now: Date): Promise<void> {
  await tx.run`
    update webhook_endpoint set deleted_at = ${now}, updated_at = ${now}, enabled = false
    where id = ${id}`
  await tx.run`
    update webhook_delivery set state = 'failed', last_error = 'the endpoint was removed'
    where endpoint_id = ${id} and state = 'waiting'`
}

/** What may be sent to: enabled, or there is a ping for it. */
export const readOpenEndpoints = (
  tx: Tx,
): Promise<{ readonly id: WebhookEndpointId; readonly enabled: boolean }[]> =>
  tx.many<{ id: WebhookEndpointId; enabled: boolean }>`
    select id, enabled from webhook_endpoint
    where deleted_at is null and exists (
      select from webhook_delivery where endpoint_id = webhook_endpoint.id and state = 'waiting'
        and (enabled or kind = 'webhook.ping'))
    order by id`

export const readWishes = (tx: Tx): Promise<(Wishes & { readonly id: WebhookEndpointId })[]> =>
  tx.many<Wishes & { id: WebhookEndpointId }>`
    select id, kinds, channel_ids, order_states from webhook_endpoint
    where enabled and deleted_at is null order by id`

/** A try has succeeded: whatever failed before is forgotten. */
export const forgetFailing = (tx: Tx, id: WebhookEndpointId): Promise<number> =>
  tx.run`
    update webhook_endpoint set failing_since = null
    where id = ${id} and failing_since is not null`

/** Notes the first failure of a row of them, and tells since when they are. */
export const noteFailing = (
  tx: Tx,
  id: WebhookEndpointId,
  now: Date,
): Promise<{ readonly failing_since: Date; readonly enabled: boolean } | null> =>
  tx.maybe<{ failing_since: Date; enabled: boolean }>`
    update webhook_endpoint set failing_since = least(coalesce(failing_since, ${now}), ${now})
    where id = ${id} and deleted_at is null
    returning failing_since, enabled`

export const disableEndpoint = (
  tx: Tx,
  id: WebhookEndpointId,
  { reason, now }: { readonly reason: 'failing' | 'gone'; readonly now: Date },
): Promise<number> =>
  tx.run`
    update webhook_endpoint set enabled = false, disabled_at = ${now}, disabled_reason = ${reason},
      updated_at = ${now}
    where id = ${id} and enabled`

export const knownChannels = async (tx: Tx, ids: readonly string[]): Promise<Set<string>> => {
  const rows = await tx.many<{ id: string }>`select id from channel where id = any(${ids})`
  return new Set(rows.map(({ id }) => id))
}
