// Carries effects out. Each handler may run twice: it writes its attempt row first, unique per
// cause, and asks what has happened already.
import type { Db } from '#src/db/pool.ts'
import { transaction } from '#src/db/transaction.ts'
import { type Clock, plusMs } from '#src/lib/clock.ts'
import type { EffectId } from '#src/lib/ids.ts'
import { isWithoutDatabase, Refusal } from '#src/lib/refusal.ts'
import { job } from '#src/lib/trace.ts'
import {
  finishEffects,
  next_try_ms_max,
  noteFailedTry,
  openException,
  readEffects,
} from './effects.sql.ts'
import type { Effect, EffectKind, EffectOutcome } from './effects.ts'

export type EffectHandler = (effect: Effect) => Promise<EffectOutcome>
export type EffectHandlers = Readonly<Record<EffectKind, EffectHandler>>
export type EffectRunner = {
  readonly db: Db
  readonly clock: Clock
  readonly handlers: EffectHandlers
  /** Told about bugs; what it logs holds no personal data. */
  readonly onBug: (effect: Effect, error: unknown) => void
}

const at_once = 5

/** 1 s, 2 s, 4 s … 10 min. */
export const retryPauseMs = (tries: number): number =>
  Math.min(1000 * 2 ** Math.min(tries, 20), next_try_ms_max)

/** It goes on with the trace in which it was promised. */
function traced(effect: Effect, work: () => Promise<EffectOutcome>): Promise<EffectOutcome> {
  const { kind, id, order_id, tries, traceparent } = effect
  const order = order_id === null ? {} : { 'onhand.order_id': order_id }
  return job(
    {
      name: `effect ${kind}`,
      command: kind,
      parent: traceparent,
      attributes: { 'onhand.effect_id': id, 'onhand.tries': tries, ...order },
    },
    async (open) => {
      const outcome = await work()
      open?.set({ 'onhand.outcome': outcome.kind })
      return outcome
    },
  )
}

async function tryOne(runner: EffectRunner, effect: Effect): Promise<EffectOutcome> {
  try {
    return await traced(effect, () => runner.handlers[effect.kind](effect))
  } catch (error) {
    // Without a database nothing can be noted: the job itself is tried again.
    if (isWithoutDatabase(error)) throw error
    if (error instanceof Refusal) return { kind: 'retry', reason: error.message }
    runner.onBug(effect, error)
    const name = error instanceof Error ? error.name : 'unknown error'
    return { kind: 'retry', reason: `A bug in Onhand: ${name}. See the log.` }
  }
}

async function noteFailure(
  { db, clock }: EffectRunner,
  effect: Effect,
  outcome: Exclude<EffectOutcome, { kind: 'done' }>,
): Promise<void> {
  const now = clock()
  const stuck = outcome.kind === 'stuck'
  await transaction(db, async (tx) => {
    const next_try_at = plusMs(now, retryPauseMs(effect.tries))
    const failed = { id: effect.id, reason: outcome.reason, next_try_at, stuck }
    if (!(await noteFailedTry(tx, failed)) || !stuck) return
    await openException(
      tx,
      {
        kind: `effect_${effect.kind}`,
        cause_id: effect.cause_id,
        order_id: effect.order_id,
        effect_id: effect.id,
        message: outcome.reason,
      },
      now,
    )
  })
}

export async function runEffects(runner: EffectRunner, ids: readonly EffectId[]): Promise<void> {
  const waiting = await transaction(runner.db, (tx) => readEffects(tx, ids))
  const done: EffectId[] = []
  const work = async (): Promise<void> => {
    for (let effect = waiting.shift(); effect; effect = waiting.shift()) {
      const outcome = await tryOne(runner, effect)
      if (outcome.kind === 'done') done.push(effect.id)
      else await noteFailure(runner, effect, outcome)
    }
  }
  await Promise.all(Array.from({ length: at_once }, work))
  await transaction(runner.db, (tx) => finishEffects(tx, done, runner.clock()))
}
