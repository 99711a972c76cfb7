// Holds of orders that are changed: units of one line become units of another, and lines that had
// given units back take some again.
import { asTable } from '#src/db/as-table.ts'
import { type Tx, together } from '#src/db/sql.ts'
import { newId, type OrderLineId } from '#src/lib/ids.ts'
import type { Allocation } from './allocate.ts'
import type { HeldDelta } from './inventory.sql.ts'

export type HoldMove = {
  readonly hold_id: string
  readonly line_id: OrderLineId
  readonly quantity: number
}

/** The units stay held where they are: no level changes. The order must be locked. */
export async function moveHolds(tx: Tx, moves: readonly HoldMove[], now: Date): Promise<void> {
  if (moves.length === 0) return
  const rows = moves.map((move) => ({ ...move, id: newId() }))
  await tx.run`
    with asked as (
      select * from ${asTable(rows, 'row (id uuid, hold_id uuid, line_id uuid, quantity int)')}
    ), taken as (
      update hold set released = released + asked.quantity from asked
      where hold.id = asked.hold_id
      returning asked.id, order_id, asked.line_id, stock_item_id, location_id,
        asked.quantity as units
    )
    insert into hold (
      id, order_id, order_line_id, stock_item_id, location_id, quantity, created_at)
    select min(id::text)::uuid, order_id, line_id, stock_item_id, location_id, sum(units)::int,
      ${now}
    from taken group by order_id, line_id, stock_item_id, location_id
    on conflict (order_line_id, stock_item_id, location_id) do update
      set quantity = hold.quantity + excluded.quantity`
}

/** As `writeHolds`, for lines that may hold something there already. Levels must be locked. */
export async function addHolds(
  tx: Tx,
  allocations: readonly Allocation[],
  now: Date,
): Promise<void> {
  if (allocations.length === 0) return
  const sums = new Map<string, HeldDelta>()
  for (const one of allocations) {
    const key = one.stock_item_id + one.location_id
    sums.set(key, { ...one, quantity: (sums.get(key)?.quantity ?? 0) + one.quantity })
  }
  const levels = tx.run`
    update stock_level set held = held + row.quantity
    from ${asTable([...sums.values()], 'row (stock_item_id uuid, location_id uuid, quantity int)')}
    where stock_level.stock_item_id = row.stock_item_id
      and stock_level.location_id = row.location_id`
  const rows = allocations.map((allocation) => ({ id: newId(), ...allocation }))
  const holds = tx.run`
    insert into hold (
      id, order_id, order_line_id, stock_item_id, location_id, quantity, created_at)
    select id, order_id, order_line_id, stock_item_id, location_id, quantity, ${now}
    from ${asTable(
      rows,
      `row (
      id uuid, order_id uuid, order_line_id uuid, stock_item_id uuid, location_id uuid,
      quantity int)`,
    )}
    on conflict (order_line_id, stock_item_id, location_id) do update
      set quantity = hold.quantity + excluded.quantity`
  await together(levels, holds)
}
