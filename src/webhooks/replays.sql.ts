import type { Tx } from '#src/db/sql.ts'
import { type EventRow, eventColumns } from '#src/events/events.sql.ts'
import { idFloor, type WebhookEndpointId, type WebhookReplayId } from '#src/lib/ids.ts'

export type Replay = {
  readonly id: WebhookReplayId
  readonly endpoint_id: WebhookEndpointId
  readonly since: Date
  readonly until: Date
  readonly everything: boolean
  readonly queued: number
  readonly created_at: Date
  readonly done_at: Date | null
}

export const insertReplay = (tx: Tx, one: Omit<Replay, 'queued' | 'done_at'>): Promise<number> =>
  tx.run`
    insert into webhook_replay (id, endpoint_id, since, until, everything, after_id, created_at)
    values (${one.id}, ${one.endpoint_id}, ${one.since}, ${one.until}, ${one.everything},
      ${idFloor(one.since)}, ${one.created_at})`

export const hasOpenReplay = async (tx: Tx, id: WebhookEndpointId): Promise<boolean> =>
  (await tx.maybe`
    select from webhook_replay where endpoint_id = ${id} and done_at is null limit 1`) !== null

export const readReplay = (tx: Tx, id: WebhookReplayId): Promise<Replay> =>
  tx.one<Replay>`
    select id, endpoint_id, since, until, everything, queued, created_at, done_at
    from webhook_replay where id = ${id}`

export const readReplayPage = (
  tx: Tx,
  { endpoint_id, after }: { endpoint_id: WebhookEndpointId; after: string | null },
  limit: number,
): Promise<Replay[]> =>
  tx.many<Replay>`
    select id, endpoint_id, since, until, everything, queued, created_at, done_at
    from webhook_replay
    where endpoint_id = ${endpoint_id} and (${after}::uuid is null or id < ${after}::uuid)
    order by id desc limit ${limit}`

/** The oldest that is not done, for whoever goes on with it. */
export const takeReplay = (tx: Tx): Promise<(Replay & { readonly after_id: string }) | null> =>
  tx.maybe<Replay & { readonly after_id: string }>`
    select id, endpoint_id, since, until, everything, queued, created_at, done_at, after_id
    from webhook_replay where done_at is null order by id limit 1 for update skip locked`

/** Events of the time of a replay, by their ids. */
export const readReplayEvents = (
  tx: Tx,
  { after_id, until }: { readonly after_id: string; readonly until: Date },
  limit: number,
): Promise<EventRow[]> =>
  tx.many<EventRow>`
    select ${eventColumns} from event
    where id > ${after_id} and id < ${idFloor(until)}
    order by event.id limit ${limit}`

export const moveReplay = (
  tx: Tx,
  id: WebhookReplayId,
  to: { readonly after_id: string; readonly queued: number; readonly done_at: Date | null },
): Promise<number> =>
  tx.run`
    update webhook_replay set after_id = ${to.after_id}, queued = queued + ${to.queued},
      done_at = ${to.done_at}
    where id = ${id}`
