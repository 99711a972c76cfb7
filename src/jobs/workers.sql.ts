// Which workers are alive. graphile-worker frees the jobs of a dead one only after four hours. All
// moments are those of the database, which workers share: their own clocks may differ.
import { sql, type Tx } from '#src/db/sql.ts'

const ago = (ms: number) => sql`now() - ${ms}::float8 * interval '1 millisecond'`

/**
 * True when these have been heard without a break for so long, and may judge: after an outage of
 * the database all have been silent, and each living one gets the time to say so.
 */
export async function beat(
  tx: Tx,
  worker_ids: readonly string[],
  silent_ms: number,
): Promise<boolean> {
  const heard = await tx.many<{ long: boolean }>`
    insert into worker_heartbeat as known (worker_id, beat_at)
    select worker_id, now() from unnest(${worker_ids}::text[]) as alive (worker_id)
    on conflict (worker_id) do update set beat_at = excluded.beat_at,
      since = case when known.beat_at < ${ago(silent_ms)} then excluded.beat_at
        else known.since end
    returning since <= ${ago(silent_ms)} as long`
  return heard.length > 0 && heard.every(({ long }) => long)
}

/** What a worker claims before its first beat is not that of a dead one. */
export const comeAlive = (tx: Tx, worker_id: string) =>
  tx.run`
    insert into worker_heartbeat (worker_id, beat_at) values (${worker_id}, now())
    on conflict (worker_id) do nothing`

export async function endBeats(tx: Tx, worker_ids: readonly string[]): Promise<void> {
  await tx.run`delete from worker_heartbeat where worker_id = any(${worker_ids})`
}

/**
 * Sets free what workers hold that have been silent for so long, or were never heard of. Several
 * processes may do so at once: a job that is free already stays free.
 */
export async function freeJobsOfSilent(tx: Tx, silent_ms: number): Promise<number> {
  const silent = await tx.many<{ worker_id: string }>`
    select distinct locked_by as worker_id from graphile_worker._private_jobs as job
    where locked_by is not null and locked_at < ${ago(silent_ms)}
      and not exists (
        select from worker_heartbeat
        where worker_id = job.locked_by and beat_at >= ${ago(silent_ms)})`
  const ids = silent.map(({ worker_id }) => worker_id)
  await tx.run`delete from worker_heartbeat where beat_at < ${ago(silent_ms)}`
  if (ids.length === 0) return 0
  // What the dead have begun was no try of the job: after three of them it would lie until its
  // effects are looked after again.
  await tx.run`
    update graphile_worker._private_jobs set attempts = attempts - 1
    where locked_by = any(${ids})`
  await tx.run`select graphile_worker.force_unlock_workers(${ids}::text[])`
  return ids.length
}

export type Crew = { readonly worker_ids: readonly string[]; readonly running: readonly string[] }

/**
 * Sets free what living workers hold without running it: the connection broke after the job was
 * taken and before they were told.
 */
export async function freeJobsOfNobody(tx: Tx, crew: Crew, silent_ms: number): Promise<number> {
  const { worker_ids, running } = crew
  const freed = await tx.many<{ job_queue_id: number | null }>`
    update graphile_worker._private_jobs
    set locked_at = null, locked_by = null, attempts = attempts - 1
    where locked_by = any(${worker_ids}) and locked_at < ${ago(silent_ms)}
      and id <> all(${running}::bigint[])
    returning job_queue_id`
  const queues = freed.flatMap(({ job_queue_id }) => job_queue_id ?? [])
  if (queues.length === 0) return freed.length
  await tx.run`
    update graphile_worker._private_job_queues set locked_at = null, locked_by = null
    where id = any(${queues}::int[])`
  return freed.length
}
