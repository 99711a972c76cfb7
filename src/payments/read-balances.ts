// What orders still have to pay or to get back, as it stands now.
import { type Tx, together } from '#src/db/sql.ts'
import type { OrderId } from '#src/lib/ids.ts'
import type { OrderRow } from '#src/orders/orders.ts'
import { type Balance, balanceOf } from './balance.ts'
import { canceledAmounts } from './money-views.sql.ts'
import { readCapturesOf, readOrderAttempts, readRefundsOf } from './payments.sql.ts'

export async function readBalances(
  tx: Tx,
  orders: readonly OrderRow[],
): Promise<Map<OrderId, Balance>> {
  if (orders.length === 0) return new Map()
  const ids = orders.map(({ id }) => id)
  const [changed, attempts, captures, refunds] = await together(
    canceledAmounts(tx, ids),
    readOrderAttempts(tx, ids),
    readCapturesOf(tx, ids),
    readRefundsOf(tx, ids),
  )
  const of = <T extends { readonly order_id: OrderId }>(rows: readonly T[], id: OrderId): T[] =>
    rows.filter(({ order_id }) => order_id === id)
  return new Map(
    orders.map((order) => {
      const { id } = order
      const money = {
        attempts: of(attempts, id),
        captures: of(captures, id),
        refunds: of(refunds, id),
      }
      return [id, balanceOf(order, changed.get(id) ?? 0n, money)]
    }),
  )
}

export const readBalance = async (tx: Tx, order: OrderRow): Promise<Balance> =>
  (await readBalances(tx, [order])).get(order.id)!
