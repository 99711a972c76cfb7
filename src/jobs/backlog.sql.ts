import { sql, type Tx } from '#src/db/sql.ts'
import { plusMs } from '#src/lib/clock.ts'
import type { Backlog } from '#src/lib/metrics.ts'

/** A hold that ran out ends within seconds while a worker runs. */
const stuck_ms = 5 * 60_000

const ageOfOldest = (now: Date) =>
  sql`greatest(0, coalesce(extract(epoch from ${now} - min(created_at)), 0))::float8`

/** What waits, for the figures. Each count stops at 10,000: beyond that it is only "too many". */
export const readBacklog = (tx: Tx, now: Date): Promise<Backlog> =>
  tx.one<Backlog>`
    select
      (select count(*)::int from (
        select from graphile_worker._private_jobs
        where locked_at is null and attempts < max_attempts limit 10000) as waiting
      ) as jobs_waiting,
      (select count(*)::int from (
        select from graphile_worker._private_jobs
        where attempts >= max_attempts limit 10000) as failed
      ) as jobs_failed,
      (select count(*)::int from (
        select from effect where state = 'waiting' and due_at < ${now} limit 10000) as overdue
      ) as effects_overdue,
      (select count(*)::int from (
        select from exception where resolved_at is null limit 10000) as opened
      ) as exceptions_open,
      (select count(*)::int from (
        select order_id from exception where resolved_at is null and order_id is not null
        union
        select id from orders
        where state = 'pending' and hold_expires_at < ${plusMs(now, -stuck_ms)}
        limit 10000) as stuck
      ) as orders_stuck,
      (select count(*)::int from (
        select from payment_attempt
        where lookup_due_at is not null and lookups > 0 and state in ('created', 'unknown')
        limit 10000) as unclear
      ) as payments_unclear,
      (select ${ageOfOldest(now)} from (
        select created_at from effect where state = 'waiting' and tries = 0
        order by next_try_at limit 10000) as waiting
      ) as effects_lag_s,
      (select ${ageOfOldest(now)} from (
        select created_at from webhook_delivery where state = 'waiting'
        order by endpoint_id, next_try_at limit 10000) as waiting
      ) as webhooks_lag_s,
      (select count(*)::int from (
        select from exception
        where resolved_at is null and starts_with(kind, 'promise_') limit 10000) as broken
      ) as promises_broken,
      (select count(*)::int from promise_asking where guilty is null) as promises_unanswered,
      (select extract(epoch from min(asked_at))::float8
        from promise_asking where scope = 'touched') as promises_touched_asked_s,
      (select extract(epoch from min(asked_at))::float8
        from promise_asking where scope = 'all') as promises_all_asked_s`
