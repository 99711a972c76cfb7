// Jobs of a shop's own. They are enqueued in the transaction that makes them necessary, and run
// at least once: what they do must be safe to do twice.
import type { Tx } from '#src/db/sql.ts'
import { handOn } from '#src/lib/trace.ts'

export const own_job_prefix = 'shop:'

/** In the payload, where traces are sent. The job itself never sees it. */
const trace_field = '_traceparent'
const withTrace = (payload: Readonly<Record<string, unknown>>) => {
  const traceparent = handOn()
  return traceparent === null ? payload : { ...payload, [trace_field]: traceparent }
}

export function splitTrace(payload: unknown): {
  readonly payload: unknown
  readonly traceparent: string | null
} {
  if (payload === null || typeof payload !== 'object' || !(trace_field in payload)) {
    return { payload, traceparent: null }
  }
  const { [trace_field]: traceparent, ...own } = payload
  return { payload: own, traceparent: String(traceparent) }
}

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
  const text = JSON.stringify(withTrace(payload))
  await tx.run`
    select graphile_worker.add_job(${own_job_prefix + name}, ${text}::json,
      job_key => ${key ?? null}, run_at => ${run_at ?? null})`
}
