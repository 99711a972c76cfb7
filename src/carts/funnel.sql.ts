import { asTable } from '#src/db/as-table.ts'
import type { Tx } from '#src/db/sql.ts'
import type { Cursor } from '#src/events/events.sql.ts'
import type { ChannelId } from '#src/lib/ids.ts'

export type FunnelCount = {
  readonly channel_id: ChannelId
  readonly hour: Date
  readonly step: string
  readonly code: string
  readonly count: number
}

/** In key order, so that processes that write at once do not wait for each other crosswise. */
export async function addCounts(tx: Tx, counts: readonly FunnelCount[]): Promise<void> {
  if (counts.length === 0) return
  await tx.run`
    insert into cart_funnel as known (hour, channel_id, step, code, count)
    select hour, channel_id, step, code, count
    from ${asTable(
      counts,
      'row (hour timestamptz, channel_id uuid, step text, code text, count bigint)',
    )}
    order by hour, channel_id, step, code
    on conflict (hour, channel_id, step, code) do update
      set count = known.count + excluded.count`
}

/**
 * Counts what came of payments, which may be known long after the request: it is read from the
 * events, in the transaction that moves the cursor. Null when nothing has happened.
 */
export const countOutcomes = (
  tx: Tx,
  after: Cursor,
  limit: number,
): Promise<(Cursor & { readonly read: number }) | null> =>
  tx.maybe<Cursor & { readonly read: number }>`
    with told as materialized (
      select xid, id, kind, at, order_id, detail from event
      where (xid, id) > (${after.xid}::xid8, ${after.id}::uuid)
        and xid < pg_snapshot_xmin(pg_current_snapshot())
      order by xid, id limit ${limit}
    ), counted as (
      insert into cart_funnel as known (hour, channel_id, step, code, count)
      select date_trunc('hour', at, 'UTC'), channel_id,
        case kind when 'order.placed' then 'order_placed' else 'payment_declined' end as step,
        case kind when 'order.placed' then ''
          else left(coalesce(told.detail ->> 'decline_reason', 'unknown'), 60) end as code,
        count(*)
      from told join orders on orders.id = told.order_id
      where kind in ('order.placed', 'payment.declined')
        and orders.origin in ('web', 'agent')
      group by 1, 2, 3, 4 order by 1, 2, 3, 4
      on conflict (hour, channel_id, step, code) do update
        set count = known.count + excluded.count
    )
    select xid::text, id, (select count(*)::int from told) as read
    from told order by told.xid desc, told.id desc limit 1`

export type FunnelRow = Omit<FunnelCount, 'hour'> & { readonly at: Date }
export type FunnelFilter = {
  readonly from: Date
  readonly to: Date
  readonly by: 'hour' | 'day'
  readonly channel_id: ChannelId | null
  readonly after: Omit<FunnelRow, 'count'> | null
}

/** By the hour or the day of UTC, oldest first. */
export const readFunnel = (
  tx: Tx,
  { from, to, by, channel_id, after }: FunnelFilter,
  limit: number,
): Promise<FunnelRow[]> =>
  tx.many<FunnelRow>`
    select at, channel_id, step, code, count from (
      select date_trunc(${by}, hour, 'UTC') as at, channel_id, step, code,
        sum(count)::float8 as count
      from cart_funnel
      where hour >= ${from} and hour < ${to}
        and (${channel_id}::uuid is null or channel_id = ${channel_id})
      group by 1, 2, 3, 4
    ) as counted
    where ${after === null}
      or (at, channel_id, step, code) > (${after?.at ?? from}::timestamptz,
        ${after?.channel_id ?? null}::uuid, ${after?.step ?? ''}, ${after?.code ?? ''})
    order by at, channel_id, step, code
    limit ${limit}`
