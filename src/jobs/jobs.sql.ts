// Jobs of a shop's own. They are enqueued in the transaction that makes them necessary, and run
// at least once: what they do must be safe to do twice.
import type { Tx } from '#src/db/sql.ts'

export const own_job_prefix = 'shop:'

export type JobOptions = {
  /** Of jobs with one key only the last waits; it takes over the payload. */
  readonly key?: string
  /** Not before. */
  readonly run_at?: Date
}

/** `name` is one of the jobs of onhand.config.ts. The payload holds ids, no personal data. */
export async function enqueueJob(
  tx: Tx,
  name: string,
  payload: Readonly<Record<string, unknown>>,
  { key, run_at }: JobOptions = {},
): Promise<void> {
  await tx.run`
    select graphile_worker.add_job(${own_job_prefix + name}, ${JSON.stringify(payload)}::json,
      job_key => ${key ?? null}, run_at => ${run_at ?? null})`
}
