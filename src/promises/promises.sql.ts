// The promises of the shop, each as a query that returns the guilty rows. The same queries run
// after every simulation and attack, by the clock, and when staff ask (`/admin/promises`).
import { type Statement, sql, type Tx } from '#src/db/sql.ts'
import { audit_promises } from './audit.sql.ts'
import { card_promises } from './cards.sql.ts'
import { customer_promises } from './customers.sql.ts'
import { effect_promises } from './effects.sql.ts'
import { goods_promises } from './goods.sql.ts'
import { money_promises } from './money.sql.ts'
import { once_promises } from './once.sql.ts'
import type { Promised, Promises } from './promised.ts'
import { promotion_promises } from './promotions.sql.ts'
import { tax_promises } from './tax.sql.ts'
import { type About, narrowTo } from './touched.sql.ts'

export const promises: Promises = {
  ...goods_promises,
  ...money_promises,
  ...promotion_promises,
  ...effect_promises,
  ...once_promises,
  ...tax_promises,
  ...card_promises,
  ...customer_promises,
  ...audit_promises,
}

export type Guilty = { readonly thing: string; readonly order_id?: string | null }
export type PromiseResult = {
  readonly name: string
  readonly violations: number
  /** The first guilty rows. */
  readonly rows: readonly object[]
}

/** More guilty rows than this are not told apart. */
export const guilty_max = 1000
export const rows_max = 20

/** Of these alone, or of all. */
export type Among = { readonly about: About; readonly ids: readonly string[] } | null

export const readGuilty = (
  tx: Tx,
  { query }: Promised,
  { now, among }: { readonly now: Date; readonly among: Among },
): Promise<Guilty[]> => {
  const narrowed: Statement = among ? sql`${narrowTo[among.about](among.ids)},` : sql``
  // Materialized, for without guilty rows the limit is never reached: a plan made for the
  // first thousand rows looks up one by one what it should read as a whole.
  return tx.many<Guilty>`
    with ${narrowed} guilty as materialized (${query(now)})
    select * from guilty limit ${guilty_max}`
}

/** What is summed over all orders fits into this, and would go through files without it. */
export const giveMemory = (tx: Tx): Promise<number> =>
  tx.run`select set_config('work_mem', '64MB', true)`

/** Asks every promise at one moment. */
export async function readPromises(tx: Tx, now: Date): Promise<PromiseResult[]> {
  const results: PromiseResult[] = []
  await giveMemory(tx)
  for (const [name, promised] of Object.entries(promises)) {
    const rows = await readGuilty(tx, promised, { now, among: null })
    results.push({ name, violations: rows.length, rows: rows.slice(0, rows_max) })
  }
  return results
}
