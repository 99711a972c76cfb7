import type { Tx } from '#src/db/sql.ts'

/** Nobody waits for what a drill asks, however large the shop is. */
export const waitForEver = (tx: Tx): Promise<number> =>
  tx.run`select set_config('statement_timeout', '0', true)`

export type Restored = { readonly orders: number; readonly newest_at: Date | null }

export const readRestored = (tx: Tx): Promise<Restored> =>
  tx.one<Restored>`select count(*)::int as orders, max(created_at) as newest_at from orders`
