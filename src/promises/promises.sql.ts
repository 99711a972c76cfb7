// The promises of the shop, each as a query that returns the guilty rows. The same queries run
// after every simulation and attack, and when staff ask (`/admin/promises`).
import type { Tx } from '#src/db/sql.ts'
import { card_promises } from './cards.sql.ts'
import { effect_promises } from './effects.sql.ts'
import { goods_promises } from './goods.sql.ts'
import { money_promises } from './money.sql.ts'
import { once_promises } from './once.sql.ts'
import type { Promises } from './promised.ts'

const promises: Promises = {
  ...goods_promises,
  ...money_promises,
  ...effect_promises,
  ...once_promises,
  ...card_promises,
}

export type PromiseResult = {
  readonly name: string
  readonly violations: number
  /** The first guilty rows. */
  readonly rows: readonly object[]
}

const rows_max = 20

/** Asks every promise at one moment. */
export async function readPromises(tx: Tx, now: Date): Promise<PromiseResult[]> {
  const results: PromiseResult[] = []
  // What is summed over all orders fits into this, and would go through files without it.
  await tx.run`select set_config('work_mem', '64MB', true)`
  for (const [name, query] of Object.entries(promises)) {
    // Materialized, for without guilty rows the limit is never reached: a plan made for the
    // first thousand rows looks up one by one what it should read as a whole.
    const rows = await tx.many<object>`
      with guilty as materialized (${query(now)}) select * from guilty limit 1000`
    results.push({ name, violations: rows.length, rows: rows.slice(0, rows_max) })
  }
  return results
}
