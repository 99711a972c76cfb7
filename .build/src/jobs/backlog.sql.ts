import type { Tx } from '../db/sql.ts'
import type { Backlog } from '../lib/metrics.ts'

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
        select from exception
        where resolved_at is null and starts_with(kind, 'promise_') limit 10000) as broken
      ) as promises_broken,
      (select count(*)::int from promise_asking where guilty is null) as promises_unanswered,
      (select extract(epoch from min(asked_at))::float8
        from promise_asking where scope = 'touched') as promises_touched_asked_s,
      (select extract(epoch from min(asked_at))::float8
        from promise_asking where scope = 'all') as promises_all_asked_s`
