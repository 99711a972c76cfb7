// Orders that are changed: a right to a file goes along with its unit to the line it has now.
import { asTable } from '#src/db/as-table.ts'
import type { Tx } from '#src/db/sql.ts'
import type { OrderLineId } from '#src/lib/ids.ts'

export type UnitsMoved = {
  readonly from: OrderLineId
  readonly to: OrderLineId
  readonly units: number
  /** So many units the other line has before them. */
  readonly after: number
}

/** A right that the other line had for such a unit once is the older one, and stays. */
export async function repointEntitlements(tx: Tx, moves: readonly UnitsMoved[]): Promise<void> {
  if (moves.length === 0) return
  const rows = moves.map(({ from, to, ...move }) => ({ from_id: from, to_id: to, ...move }))
  await tx.run`
    update entitlement
    set order_line_id = row.to_id, unit = entitlement.unit + row.after * entitlement.per_unit
    from ${asTable(rows, 'row (from_id uuid, to_id uuid, units int, after int)')}
    where order_line_id = row.from_id and unit <= row.units * entitlement.per_unit and not exists (
      select from entitlement as other
      where other.order_line_id = row.to_id and other.file_id = entitlement.file_id
        and other.unit = entitlement.unit + row.after * entitlement.per_unit)`
}
