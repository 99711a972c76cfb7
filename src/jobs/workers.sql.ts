// Which workers are alive. graphile-worker frees the jobs of a dead one only after four hours.
import type { Tx } from '#src/db/sql.ts'

export async function beat(tx: Tx, worker_ids: readonly string[], now: Date): Promise<void> {
  await tx.run`
    insert into worker_heartbeat (worker_id, beat_at)
    select worker_id, ${now} from unnest(${worker_ids}::text[]) as alive (worker_id)
    on conflict (worker_id) do update set beat_at = excluded.beat_at`
}

export async function endBeats(tx: Tx, worker_ids: readonly string[]): Promise<void> {
  await tx.run`delete from worker_heartbeat where worker_id = any(${worker_ids})`
}

/**
 * Sets free what workers hold that have been silent since `before`, or were never heard of.
 * Several processes may do so at once: a job that is free already stays free.
 */
export async function freeJobsOfSilent(tx: Tx, before: Date): Promise<number> {
  const silent = await tx.many<{ worker_id: string }>`
    select distinct locked_by as worker_id from graphile_worker._private_jobs as job
    where locked_by is not null and locked_at < ${before}
      and not exists (
        select from worker_heartbeat
        where worker_id = job.locked_by and beat_at >= ${before})`
  const ids = silent.map(({ worker_id }) => worker_id)
  await tx.run`delete from worker_heartbeat where beat_at < ${before}`
  if (ids.length === 0) return 0
  // What the dead have begun was no try of the job: after three of them it would lie until its
  // effects are looked after again.
  await tx.run`
    update graphile_worker._private_jobs set attempts = attempts - 1
    where locked_by = any(${ids})`
  await tx.run`select graphile_worker.force_unlock_workers(${ids}::text[])`
  return ids.length
}
