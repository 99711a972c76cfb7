import type { Tx } from '#src/db/sql.ts'
import type { OrderId } from '#src/lib/ids.ts'

/** Why money went back, in words of staff that may speak of the buyer, taken out. */
export const eraseRefundReasons = (tx: Tx, orders: readonly OrderId[]): Promise<number> =>
  tx.run`update refund set reason = '' where order_id = any(${orders}) and reason <> ''`
