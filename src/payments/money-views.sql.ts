// What rules and cancellations need to know of an order's money.
import type { Tx } from '#src/db/sql.ts'
import type { CaptureId, EffectId, OrderId } from '#src/lib/ids.ts'

/** What was taken off each order after it was placed. */
export async function canceledAmounts(
  tx: Tx,
  orders: readonly OrderId[],
): Promise<Map<OrderId, bigint>> {
  const rows = await tx.many<{ order_id: OrderId; amount: bigint }>`
    select order_id, sum(amount)::bigint as amount from order_change
    where order_id = any(${orders}) group by order_id`
  return new Map(rows.map(({ order_id, amount }) => [order_id, amount]))
}

/** The order is locked before anything that hangs on it. */
export async function orderOfCapture(tx: Tx, id: CaptureId): Promise<OrderId> {
  const { order_id } = await tx.one<{ order_id: OrderId }>`
    select order_id from capture where id = ${id}`
  return order_id
}

/** What still waits, for a person mostly, because a provider has refused to take money. */
export async function effectsOfRefused(tx: Tx, order_id: OrderId): Promise<EffectId[]> {
  const rows = await tx.many<{ id: EffectId }>`
    select effect.id from capture
    join effect on effect.kind = 'capture' and effect.cause_id = capture.id
    where capture.order_id = ${order_id} and capture.state = 'failed'
      and effect.state in ('waiting', 'failed')
    order by effect.id`
  return rows.map(({ id }) => id)
}
