// What a shop keeps about its customers in tables of its own: it goes with what Onhand knows about
// them, and is told with it.
import { setTimeout } from 'node:timers/promises'
import type { Db } from '#src/db/pool.ts'
import type { Tx } from '#src/db/sql.ts'
import { snapshot } from '#src/db/transaction.ts'
import type { CustomerId } from '#src/lib/ids.ts'
import { toJson } from '#src/lib/json.ts'
import { Refusal } from '#src/lib/refusal.ts'
import { RuleError } from '#src/lib/rule-error.ts'

export type Person = {
  readonly id: CustomerId
  /** In lower case. Their orders as a guest have it as well. */
  readonly email: string
}
export type OwnData = {
  /**
   * In the transaction of an erasure, before anything else of the person goes: what it throws
   * undoes all of it, and `refuse('refused_by_shop', { reason })` says no.
   */
  readonly onErase: ((tx: Tx, person: Person) => Promise<void>) | null
  /** What is told of the person, as JSON: `shop` of their export. It may take ten seconds. */
  readonly onExport: ((tx: Tx, person: Person) => Promise<unknown>) | null
}
export const no_own_data: OwnData = { onErase: null, onExport: null }

const export_ms = 10_000

/** @throws RuleError with what it throws as its cause; a refusal is no failure */
async function runOwn<T>(name: keyof OwnData, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof Refusal || error instanceof RuleError) throw error
    throw new RuleError('personal data', name, 'has failed', { cause: error })
  }
}

export const eraseOwn = ({ onErase }: OwnData, tx: Tx, { id, email }: Person): Promise<void> =>
  onErase ? runOwn('onErase', () => onErase(tx, { id, email })) : Promise.resolve()

/** As JSON text; null where the shop tells nothing of its own. */
export async function exportOwn(
  db: Db,
  { onExport }: OwnData,
  { id, email }: Person,
  ms = export_ms,
): Promise<string | null> {
  if (!onExport) return null
  const ended = new AbortController()
  const late = setTimeout(ms, null, { signal: ended.signal }).then(
    () => Promise.reject(new RuleError('personal data', 'onExport', `takes more than ${ms} ms`)),
    () => null,
  )
  const told = snapshot(db, (tx) => runOwn('onExport', () => onExport(tx, { id, email })))
  try {
    return toJson((await Promise.race([told, late])) ?? null)
  } finally {
    ended.abort()
    // Whoever was too late is heard no more.
    told.catch(() => {})
  }
}
