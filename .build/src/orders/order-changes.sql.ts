import { asTable } from '../db/as-table.ts'
import type { Tx } from '../db/sql.ts'
import type { OrderId, OrderLineId } from '../lib/ids.ts'

export type NewChange = {
  readonly id: string
  readonly order_id: OrderId
  readonly reason: string
  readonly actor: string
  readonly amount: bigint
  readonly at: Date
}
export type ChangeLine = {
  /** Null stands for the shipping charge. */
  readonly order_line_id: OrderLineId | null
  readonly quantity: number
  readonly amount: bigint
  readonly tax: bigint
}

/** Writes what was taken off an order and raises its version. The order must be locked. */
export async function insertChange(
  tx: Tx,
  change: NewChange,
  lines: readonly ChangeLine[],
): Promise<void> {
  const { id, order_id, reason, actor, amount, at } = change
  await tx.run`
    with raised as (
      update orders set version = version + 1 where id = ${order_id} returning version
    )
    insert into order_change (id, order_id, version, kind, reason, actor, amount, at)
    select ${id}, ${order_id}, version, 'cancel', ${reason}, ${actor}, ${amount}, ${at} from raised`
  await tx.run`
    insert into order_change_line (change_id, order_line_id, quantity, amount, tax)
    select ${id}, order_line_id, quantity, amount, tax
    from ${asTable(
      lines,
      `row (
      order_line_id uuid, quantity int, amount bigint, tax bigint)`,
    )}`
}
