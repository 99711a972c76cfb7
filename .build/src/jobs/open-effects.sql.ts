// What is still to be done for one order by itself.
import type { Tx } from '../db/sql.ts'
import type { EffectId, OrderId } from '../lib/ids.ts'
import type { EffectKind } from './effects.ts'

export type OpenEffect = {
  readonly id: EffectId
  readonly kind: EffectKind
  readonly cause_id: string
  /** `waiting` is tried by itself; `failed` waits for a person. */
  readonly state: 'waiting' | 'failed'
  readonly tries: number
  readonly due_at: Date
  readonly next_try_at: Date
  readonly last_error: string | null
}

/** Few effects of a shop are open at a time: the index on those is enough. */
export const readOpenEffects = (tx: Tx, order_id: OrderId): Promise<OpenEffect[]> =>
  tx.many<OpenEffect>`
    select id, kind, cause_id, state, tries, due_at, next_try_at, last_error
    from effect where order_id = ${order_id} and state in ('waiting', 'failed')
    order by id`

/**
 * Jobs that will look after effects of the order, or do so at this moment: also of those that are
 * done, because a job that was rung twice has not found out yet.
 */
export const countJobs = async (tx: Tx, order_id: OrderId): Promise<number> => {
  const { jobs } = await tx.one<{ jobs: number }>`
    select count(*)::int as jobs from graphile_worker._private_jobs as job
    where (attempts < max_attempts or locked_at is not null) and exists (
      select from json_array_elements_text(
        case json_typeof(job.payload->'ids') when 'array' then job.payload->'ids' end
      ) as named (id)
      join effect on effect.id = named.id::uuid
      where effect.order_id = ${order_id})`
  return jobs
}
