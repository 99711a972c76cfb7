import { asTable } from '#src/db/as-table.ts'
import { and, type Statement, sql, type Tx } from '#src/db/sql.ts'
import { type EventRow, eventColumns } from '#src/events/events.sql.ts'
import {
  newId,
  type OrderId,
  type WebhookDeliveryId,
  type WebhookEndpointId,
} from '#src/lib/ids.ts'
import { type OrderSummary, ping_kind, type Signed } from './webhooks.ts'

export const readOrderSummaries = async (
  tx: Tx,
  ids: readonly OrderId[],
): Promise<Map<OrderId, OrderSummary>> => {
  if (ids.length === 0) return new Map()
  const rows = await tx.many<OrderSummary>`
    select id, number, channel_id, state, payment_state, fulfillment_state, return_state, currency,
      total, version, created_at, placed_at, canceled_at
    from orders where id = any(${ids})`
  return new Map(rows.map((row) => [row.id, row]))
}

export type NewDelivery = {
  readonly endpoint_id: WebhookEndpointId
  readonly event_id: string
  readonly kind: string
  readonly aggregate_id: string
  readonly body: string
}
/** What to do with what is there already: nothing, try what was given up, or send it all again. */
export type Again = 'nothing' | 'failed' | 'everything'

const states_again: Readonly<Record<Again, readonly string[]>> = {
  nothing: [],
  failed: ['failed'],
  everything: ['failed', 'delivered'],
}

/** How many wait because of this. */
export async function queueDeliveries(
  tx: Tx,
  deliveries: readonly NewDelivery[],
  { again, now }: { readonly again: Again; readonly now: Date },
): Promise<number> {
  if (deliveries.length === 0) return 0
  const rows = deliveries.map((one) => ({ ...one, id: newId<WebhookDeliveryId>() }))
  return tx.run`
    insert into webhook_delivery as known (id, endpoint_id, event_id, kind, aggregate_id, body,
      next_try_at, created_at)
    select id, endpoint_id, event_id, kind, aggregate_id, body, ${now}, ${now}
    from ${asTable(
      rows,
      `row (id uuid, endpoint_id uuid, event_id uuid, kind text, aggregate_id uuid, body text)`,
    )}
    order by endpoint_id, event_id
    on conflict (endpoint_id, event_id) do update
      set state = 'waiting', tries = 0, next_try_at = ${now},
        claimed_until = null, claimed_by = null
      where known.state = any(${states_again[again]})`
}

export type Claimed = Signed & {
  readonly id: WebhookDeliveryId
  readonly event_id: string
  readonly kind: string
  readonly body: string
  /** Those that came to an end: one that died with its worker is none. */
  readonly tries: number
  readonly url: string
  readonly claimed_until: Date
}

/** No pause between two tries is longer: what is due later was noted by a clock that was ahead. */
const far_off = sql`interval '2 days'`

export type Claiming = {
  readonly now: Date
  readonly until: Date
  readonly worker_id: string
  readonly limit: number
}

/**
 * Takes deliveries of one endpoint for one try: the first that waits of each thing, if its time
 * has come. Nobody else may try them before `until`, unless the worker that has them is taken for
 * dead, and has no heartbeat any more.
 */
export const claimDeliveries = (
  tx: Tx,
  id: WebhookEndpointId,
  { now, until, worker_id, limit }: Claiming,
): Promise<Claimed[]> =>
  tx.many<Claimed>`
    with due as (
      select delivery.id
      from webhook_delivery as delivery
      join webhook_endpoint as endpoint on endpoint.id = endpoint_id
      where endpoint_id = ${id} and state = 'waiting' and deleted_at is null
        and (enabled or kind = 'webhook.ping')
        and (next_try_at <= ${now} or next_try_at > ${now}::timestamptz + ${far_off})
        and (claimed_until is null or claimed_until <= ${now}
          or claimed_until > ${until}::timestamptz + (${until}::timestamptz - ${now}::timestamptz)
          or (claimed_by is not null
            and not exists (select from worker_heartbeat where worker_id = claimed_by)))
        and not exists (
          select from webhook_delivery as earlier
          where earlier.endpoint_id = delivery.endpoint_id
            and earlier.aggregate_id = delivery.aggregate_id
            and earlier.event_id < delivery.event_id and earlier.state = 'waiting')
      order by next_try_at, event_id
      limit ${limit}
      for update of delivery skip locked
    )
    update webhook_delivery set claimed_until = ${until}, claimed_by = ${worker_id}
    from due, webhook_endpoint as endpoint
    where webhook_delivery.id = due.id and endpoint.id = endpoint_id
      and webhook_delivery.state = 'waiting'
    returning webhook_delivery.id, endpoint_id, event_id, kind, body, tries, url, claimed_until,
      secret_version, previous_secret_until`

export type Try = {
  readonly delivery_id: WebhookDeliveryId
  readonly at: Date
  readonly duration_ms: number
  readonly status: number | null
  readonly error: string | null
  readonly response: string
}

export const insertAttempt = (tx: Tx, one: Try): Promise<number> =>
  tx.run`
    insert into webhook_attempt (id, delivery_id, at, duration_ms, status, error, response)
    select ${newId()}::uuid, ${one.delivery_id}::uuid, ${one.at}::timestamptz,
      ${one.duration_ms}::int, ${one.status}::int, ${one.error}, ${one.response}
    where exists (select from webhook_delivery where id = ${one.delivery_id})`

/** What was delivered is delivered, whoever may have taken it meanwhile. */
export const noteDelivered = (
  tx: Tx,
  id: WebhookDeliveryId,
  { status, now }: { readonly status: number; readonly now: Date },
): Promise<number> =>
  tx.run`
    update webhook_delivery set state = 'delivered', delivered_at = ${now}, claimed_until = null,
      claimed_by = null, tries = tries + 1, last_status = ${status}, last_error = null
    where id = ${id} and state <> 'delivered'`

/** Whether something of the endpoint is given up. */
export const hasGivenUp = async (tx: Tx, id: WebhookEndpointId): Promise<boolean> =>
  (await tx.maybe`
    select from webhook_delivery
    where endpoint_id = ${id} and state = 'failed' and kind <> ${ping_kind} limit 1`) !== null

/** Null for `next_try_at` gives it up. Says nothing when somebody else tries it by now. */
export const noteFailed = (
  tx: Tx,
  { id, claimed_until }: Pick<Claimed, 'id' | 'claimed_until'>,
  failed: {
    readonly status: number | null
    readonly error: string
    readonly next_try_at: Date | null
  },
): Promise<number> =>
  tx.run`
    update webhook_delivery set claimed_until = null, claimed_by = null,
      tries = tries + 1, last_status = ${failed.status},
      last_error = ${failed.error},
      next_try_at = coalesce(${failed.next_try_at}, next_try_at),
      state = case when ${failed.next_try_at}::timestamptz is null then 'failed' else 'waiting' end
    where id = ${id} and state = 'waiting' and claimed_until = ${claimed_until}`

/** A person wants one tried again now, whatever came of it. */
export const reopenDelivery = (tx: Tx, id: WebhookDeliveryId, now: Date): Promise<number> =>
  tx.run`
    update webhook_delivery set state = 'waiting', tries = 0, next_try_at = ${now}
    where id = ${id} and (claimed_until is null or claimed_until <= ${now})`

export const delivery_states = ['waiting', 'delivered', 'failed'] as const

export type DeliveryRow = {
  readonly id: WebhookDeliveryId
  readonly endpoint_id: WebhookEndpointId
  readonly event_id: string
  readonly kind: string
  readonly aggregate_id: string
  readonly state: (typeof delivery_states)[number]
  readonly tries: number
  /** Null for what is not tried any more. */
  readonly next_try_at: Date | null
  readonly last_status: number | null
  readonly last_error: string | null
  readonly created_at: Date
  readonly delivered_at: Date | null
}
const columns = sql`id, endpoint_id, event_id, kind, aggregate_id, state, tries,
  case when state = 'waiting' then next_try_at end as next_try_at, last_status, last_error,
  created_at, delivered_at`

export type DeliveryFilter = {
  readonly endpoint_id: WebhookEndpointId
  readonly state: string | null
  readonly kind: string | null
  readonly aggregate_id: string | null
  readonly after: string | null
}

/** The newest first. */
export function readDeliveryPage(
  tx: Tx,
  { endpoint_id, state, kind, aggregate_id, after }: DeliveryFilter,
  limit: number,
): Promise<DeliveryRow[]> {
  const conditions: Statement[] = [
    sql`endpoint_id = ${endpoint_id}`,
    ...(state ? [sql`state = ${state}`] : []),
    ...(kind ? [sql`kind = ${kind}`] : []),
    ...(aggregate_id ? [sql`aggregate_id = ${aggregate_id}`] : []),
    ...(after ? [sql`id < ${after}::uuid`] : []),
  ]
  return tx.many<DeliveryRow>`
    select ${columns} from webhook_delivery where ${and(conditions)}
    order by id desc limit ${limit}`
}

export const readDelivery = (
  tx: Tx,
  id: WebhookDeliveryId,
): Promise<(DeliveryRow & { readonly body: string }) | null> =>
  tx.maybe<DeliveryRow & { readonly body: string }>`
    select ${columns}, body from webhook_delivery
    where id = ${id} and exists (
      select from webhook_endpoint
      where webhook_endpoint.id = endpoint_id and deleted_at is null)`

export const readAttempts = (
  tx: Tx,
  id: WebhookDeliveryId,
): Promise<(Omit<Try, 'delivery_id'> & { readonly id: string })[]> =>
  tx.many<Omit<Try, 'delivery_id'> & { readonly id: string }>`
    select id, at, duration_ms, status, error, response from webhook_attempt
    where delivery_id = ${id} order by id desc limit 100`

/** The newest events first, as they would be told. */
export const readLastEvents = (tx: Tx, limit: number): Promise<EventRow[]> =>
  tx.many<EventRow>`
    select ${eventColumns} from event order by event.id desc limit ${limit}`

/** Deletes what ended, and of endpoints that are gone or off what waits, when it is this old. */
export const dropOldDeliveries = (
  tx: Tx,
  { ended, waiting }: { readonly ended: Date; readonly waiting: Date },
  limit: number,
): Promise<number> =>
  tx.run`
    with old as (
      select id from webhook_delivery
      where created_at < ${ended} and (state <> 'waiting' or created_at < ${waiting}
        and not exists (select from webhook_endpoint
          where webhook_endpoint.id = endpoint_id and enabled and deleted_at is null))
      order by created_at limit ${limit} for update skip locked
    )
    delete from webhook_delivery using old where webhook_delivery.id = old.id`
