import { asTable } from '#src/db/as-table.ts'
import { sql, type Tx, together } from '#src/db/sql.ts'
import { plusMs } from '#src/lib/clock.ts'
import { type EffectId, type ExceptionId, newId, type OrderId } from '#src/lib/ids.ts'
import { toJson } from '#src/lib/json.ts'
import { handOn, isTracing } from '#src/lib/trace.ts'
import { type Effect, type EffectKind, effect_deadlines_ms } from './effects.ts'

export type NewEffect = {
  readonly kind: EffectKind
  readonly cause_id: string
  readonly order_id: OrderId | null
  readonly traceparent?: string | null
}

const effects_per_job = 25

/** A job that was lost is made up for by then, however much time its effect has. */
const first_look_ms = 60_000

/** Jobs for the effects of the table `woken (id)`: only alarm clocks, each for some of them. */
const add_jobs = sql`
  select count(*) from (
    select array_agg(('run_effects', json_build_object('ids', ids), null, null, 3, null, null,
      null)::graphile_worker.job_spec) as specs
    from (
      select json_agg(id) as ids from (
        select id, (row_number() over () - 1) / ${effects_per_job}::int as job from woken
      ) as counted group by job
    ) as job having count(*) > 0
  ) as bells cross join lateral graphile_worker.add_jobs(specs)`

/**
 * The trace that an effect goes on with: that of the command which promises it, or, where many
 * share a transaction or a provider speaks, that in which its order was last paid.
 */
const tracedFrom = () => sql`coalesce(row.traceparent, ${handOn()}::text, (
  select traceparent from payment_attempt
  where order_id = row.order_id order by created_at desc limit 1))`

/**
 * Promises that these things will happen, and enqueues the jobs that do them, all in the
 * caller's transaction. A kind that was promised for a cause before is not promised twice.
 */
export async function addEffects(tx: Tx, effects: readonly NewEffect[], now: Date): Promise<void> {
  if (effects.length === 0) return
  const rows = effects.map((effect) => ({
    ...effect,
    id: newId<EffectId>(),
    due_at: plusMs(now, effect_deadlines_ms[effect.kind]),
    next_try_at: plusMs(now, Math.min(effect_deadlines_ms[effect.kind], first_look_ms)),
  }))
  const is_traced = isTracing()
  await tx.run`
    with woken as (
      insert into effect (id, kind, cause_id, order_id, due_at, created_at, next_try_at
        ${is_traced ? sql`, traceparent` : sql``})
      select id, kind, cause_id, order_id, due_at, ${now}, next_try_at
        ${is_traced ? sql`, ${tracedFrom()}` : sql``}
      from ${asTable(
        rows,
        `row (id uuid, kind text, cause_id uuid, order_id uuid, due_at timestamptz,
          next_try_at timestamptz${is_traced ? ', traceparent text' : ''})`,
      )}
      on conflict (kind, cause_id) do nothing
      returning id
    )
    ${add_jobs}`
}

/** Rings again for effects that are known. */
export async function wakeEffects(tx: Tx, ids: readonly EffectId[]): Promise<void> {
  if (ids.length === 0) return
  await tx.run`with woken as (select id from unnest(${ids}::uuid[]) as known (id)) ${add_jobs}`
}

/** Claims one effect for this try; null when it is done, or another worker has it now. */
export const claimEffect = (tx: Tx, id: EffectId): Promise<Effect | null> =>
  tx.maybe<Effect>`
    select id, kind, cause_id, order_id, tries, traceparent from effect
    where id = ${id} and state = 'waiting' for update skip locked`

export const readEffects = (tx: Tx, ids: readonly EffectId[]): Promise<Effect[]> =>
  tx.many<Effect>`
    select id, kind, cause_id, order_id, tries, traceparent from effect
    where id = any(${ids}) and state = 'waiting'`

export async function finishEffects(tx: Tx, ids: readonly EffectId[], now: Date): Promise<void> {
  if (ids.length === 0) return
  await together(
    tx.run`
      update effect set state = 'done', done_at = ${now}, last_error = null, tries = tries + 1
      where id = any(${ids}) and state in ('waiting', 'failed')`,
    // A statement of its own, which sees what was opened while the first one waited for its locks.
    tx.run`
      update exception set resolved_at = ${now}, resolved_by = 'system', resolution = 'healed'
      from effect
      where effect.id = exception.effect_id and effect.id = any(${ids})
        and effect.state = 'done' and resolved_at is null`,
  )
}

export type FailedTry = {
  readonly id: EffectId
  readonly reason: string
  readonly next_try_at: Date
  /** Nothing more is tried by itself. */
  readonly stuck: boolean
}

/** False when it was finished meanwhile: nobody has to look after it. */
export async function noteFailedTry(tx: Tx, failed: FailedTry): Promise<boolean> {
  const noted = await tx.run`
    update effect set tries = tries + 1, last_error = ${failed.reason.slice(0, 2000)},
      next_try_at = ${failed.next_try_at},
      state = case when ${failed.stuck} then 'failed' else 'waiting' end
    where id = ${failed.id} and state = 'waiting'`
  return noted === 1
}

/** No try is ever put off for longer. */
export const next_try_ms_max = 10 * 60_000

/**
 * Effects whose next try is due: their job was lost, or they wait for another try. One that is
 * further ahead than any is put off was noted by a clock that has gone back since.
 */
export const dueEffects = (tx: Tx, now: Date, limit: number): Promise<{ id: EffectId }[]> =>
  tx.many<{ id: EffectId }>`
    select id from effect
    where state = 'waiting'
      and (next_try_at <= ${now} or next_try_at > ${plusMs(now, 2 * next_try_ms_max)})
    order by next_try_at limit ${limit}
    for update skip locked`

/** Moves the next try of these on, so that two sweepers do not wake them twice. */
export async function postpone(tx: Tx, ids: readonly EffectId[], until: Date): Promise<void> {
  await tx.run`
    update effect set next_try_at = ${until} where id = any(${ids}) and state = 'waiting'`
}

export type NewException = {
  readonly kind: string
  readonly cause_id: string
  readonly order_id: OrderId | null
  readonly effect_id?: EffectId | null
  readonly message: string
  readonly detail?: object
}

/** Puts it into the inbox of the staff, once per kind and cause while it is open. */
export async function openException(tx: Tx, found: NewException, now: Date): Promise<void> {
  await tx.run`
    insert into exception (id, kind, cause_id, order_id, effect_id, message, detail, opened_at)
    values (${newId<ExceptionId>()}, ${found.kind}, ${found.cause_id}, ${found.order_id},
      ${found.effect_id ?? null}, ${found.message.slice(0, 2000)},
      ${toJson(found.detail ?? {})}, ${now})
    on conflict (kind, cause_id) where resolved_at is null
    do update set message = excluded.message, detail = excluded.detail`
}

export const isOpenException = async (tx: Tx, kind: string, cause_id: string): Promise<boolean> =>
  (await tx.maybe`
    select from exception
    where kind = ${kind} and cause_id = ${cause_id} and resolved_at is null`) !== null

export async function healException(
  tx: Tx,
  kind: string,
  cause_id: string,
  now: Date,
): Promise<void> {
  await tx.run`
    update exception set resolved_at = ${now}, resolved_by = 'system', resolution = 'healed'
    where kind = ${kind} and cause_id = ${cause_id} and resolved_at is null`
}

/**
 * Effects that are late by more than the grace and not yet in the inbox. Locked, so that none of
 * them is finished before it stands there, and would stand there for good.
 */
export const overdueEffects = (
  tx: Tx,
  before: Date,
  limit: number,
): Promise<(Effect & { last_error: string | null })[]> =>
  tx.many<Effect & { last_error: string | null }>`
    select id, kind, cause_id, order_id, tries, traceparent, last_error from effect
    where state in ('waiting', 'failed') and due_at < ${before}
      and not exists (
        select from exception where exception.effect_id = effect.id and resolved_at is null)
    order by due_at limit ${limit} for update skip locked`
