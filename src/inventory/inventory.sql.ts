// Stock is changed here and nowhere else. Rows are always locked in key order, so that baskets
// {A, B} and {B, A} queue up instead of deadlocking.
import { asTable } from '#src/db/as-table.ts'
import { sql, type Tx, together } from '#src/db/sql.ts'
import {
  type LocationId,
  newId,
  type OrderId,
  type OrderLineId,
  type StockItemId,
  type VariantId,
} from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import type { Allocation, Level } from './allocate.ts'

export type MovementKind = 'import' | 'adjustment' | 'count' | 'sale' | 'return' | 'receipt'

/**
 * Locks the levels of these items until commit and returns them: what is found there is still there
 * when it is held. In key order, so that baskets in opposite orders wait in one line.
 */
export async function lockLevels(tx: Tx, items: readonly StockItemId[]): Promise<Level[]> {
  if (items.length === 0) return []
  return tx.many<Level>`
    select stock_item_id, location_id, on_hand, held, safety, backorder_limit, channel_safety
    from stock_level where stock_item_id = any(${items})
    order by stock_item_id, location_id
    for update`
}

export type HeldDelta = {
  readonly stock_item_id: StockItemId
  readonly location_id: LocationId
  readonly quantity: number
}

function sumByLevel(deltas: readonly HeldDelta[]): HeldDelta[] {
  const sums = new Map<string, HeldDelta>()
  for (const delta of deltas) {
    const key = `${delta.stock_item_id} ${delta.location_id}`
    const quantity = (sums.get(key)?.quantity ?? 0) + delta.quantity
    sums.set(key, { ...delta, quantity })
  }
  return [...sums.values()]
}

/** Writes what `allocate` decided over locked levels. `never_oversold` stands behind it. */
export async function writeHolds(
  tx: Tx,
  allocations: readonly Allocation[],
  now: Date,
): Promise<void> {
  if (allocations.length === 0) return
  const levels = tx.run`
    update stock_level set held = held + row.quantity
    from ${asTable(
      sumByLevel(allocations),
      'row (stock_item_id uuid, location_id uuid, quantity int)',
    )}
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
    )}`
  await together(levels, holds)
}

/** Gives back `quantity` units of a hold, or what is open of it. */
export type Release = { readonly hold_id: string; readonly quantity: number }

/** Items that open holds of these orders lie on: to be locked before anything is given back. */
export const heldItems = async (tx: Tx, orders: readonly OrderId[]): Promise<StockItemId[]> => {
  const rows = await tx.many<{ stock_item_id: StockItemId }>`
    select distinct stock_item_id from hold
    where order_id = any(${orders}) and shipped + released < quantity`
  return rows.map(({ stock_item_id }) => stock_item_id)
}

/** Takes what `per_level` sums up off what is held; a shortfall becomes smaller with it. */
const lowered = sql`
  update stock_level set held = held - units,
    shortfall = least(shortfall, greatest(0, held - units - on_hand - backorder_limit))
  from per_level
  where stock_level.stock_item_id = per_level.stock_item_id
    and stock_level.location_id = per_level.location_id`

/** Units that are held no more. */
export type Released = HeldDelta & { readonly order_id: OrderId }

/** Gives back everything that is still held for these orders. The levels must be locked. */
export const releaseOrderHolds = (tx: Tx, orders: readonly OrderId[]): Promise<Released[]> =>
  tx.many<Released>`
    with open as (
      select id, order_id, stock_item_id, location_id, quantity - shipped - released as units
      from hold where order_id = any(${orders}) and shipped + released < quantity
      for update
    ), given_back as (
      update hold set released = released + units from open where hold.id = open.id
    ), per_level as (
      select stock_item_id, location_id, sum(units)::int as units
      from open group by stock_item_id, location_id
    ), lowered as (${lowered})
    select order_id, stock_item_id, location_id, units as quantity from open`

/** Gives back part of some holds. The levels must be locked. */
export const releaseHolds = (tx: Tx, releases: readonly Release[]): Promise<Released[]> =>
  tx.many<Released>`
    with asked as (
      select * from ${asTable(releases, 'row (hold_id uuid, quantity int)')}
    ), given_back as (
      update hold set released = released + asked.quantity from asked where hold.id = hold_id
      returning order_id, stock_item_id, location_id, asked.quantity as units
    ), per_level as (
      select stock_item_id, location_id, sum(units)::int as units
      from given_back group by stock_item_id, location_id
    ), lowered as (${lowered})
    select order_id, stock_item_id, location_id, units as quantity from given_back`

/** Before an expired order is held anew: what it had given back is history. */
export async function dropReleasedHolds(tx: Tx, order: OrderId): Promise<void> {
  await tx.run`
    delete from hold where order_id = ${order} and shipped = 0 and released = quantity`
}

export type Hold = {
  readonly id: string
  readonly order_id: OrderId
  readonly order_line_id: OrderLineId
  readonly stock_item_id: StockItemId
  readonly location_id: LocationId
  /** Neither shipped nor given back. */
  readonly open: number
}

export const readOpenHolds = (tx: Tx, orders: readonly OrderId[]): Promise<Hold[]> =>
  tx.many<Hold>`
    select id, order_id, order_line_id, stock_item_id, location_id,
      quantity - shipped - released as open
    from hold where order_id = any(${orders}) and shipped + released < quantity
    order by stock_item_id, location_id, id`

export type Shipped = {
  readonly order_line_id: OrderLineId
  readonly stock_item_id: StockItemId
  readonly location_id: LocationId
  readonly quantity: number
}

/** The goods leave: on hand and held fall together, with a movement each. Levels locked. */
export async function shipHolds(
  tx: Tx,
  shipped: readonly Shipped[],
  { cause_id, actor, at }: { readonly cause_id: string; readonly actor: string; readonly at: Date },
): Promise<void> {
  if (shipped.length === 0) return
  await tx.run`
    update hold set shipped = shipped + row.quantity
    from ${asTable(
      shipped,
      `row (
      order_line_id uuid, stock_item_id uuid, location_id uuid, quantity int)`,
    )}
    where hold.order_line_id = row.order_line_id and hold.stock_item_id = row.stock_item_id
      and hold.location_id = row.location_id`
  const deltas = sumByLevel(shipped)
  await tx.run`
    update stock_level set on_hand = on_hand - row.quantity, held = held - row.quantity
    from ${asTable(deltas, 'row (stock_item_id uuid, location_id uuid, quantity int)')}
    where stock_level.stock_item_id = row.stock_item_id
      and stock_level.location_id = row.location_id`
  await addMovements(
    tx,
    deltas.map((delta) => ({
      ...delta,
      quantity: -delta.quantity,
      kind: 'sale',
      reason: '',
      cause_id,
      actor,
      at,
    })),
  )
}

export type Movement = {
  readonly stock_item_id: StockItemId
  readonly location_id: LocationId
  readonly quantity: number
  readonly kind: MovementKind
  readonly reason: string
  readonly cause_id: string | null
  readonly actor: string
  readonly at: Date
}

async function addMovements(tx: Tx, movements: readonly Movement[]): Promise<void> {
  const rows = movements.map((movement) => ({ id: newId(), ...movement }))
  await tx.run`
    insert into stock_movement (
      id, stock_item_id, location_id, quantity, kind, reason, cause_id, actor, at)
    select id, stock_item_id, location_id, quantity, kind, reason, cause_id, actor, at
    from ${asTable(
      rows,
      `row (
      id uuid, stock_item_id uuid, location_id uuid, quantity int, kind text, reason text,
      cause_id uuid, actor text, at timestamptz)`,
    )}`
}

/** Adds to (or with a negative quantity takes from) what is on hand, with a movement each. */
export async function addStock(tx: Tx, movements: readonly Movement[]): Promise<void> {
  const moved = movements.filter(({ quantity }) => quantity !== 0)
  if (moved.length === 0) return
  const deltas = sumByLevel(moved)
  await lockLevels(tx, [...new Set(deltas.map(({ stock_item_id }) => stock_item_id))])
  // Less than before is an update only: a CHECK looks at the row to insert, also when there is
  // a conflict, and would refuse every negative quantity.
  const less = deltas.filter(({ quantity }) => quantity < 0)
  const lowered = await tx.run`
    update stock_level set on_hand = on_hand + row.quantity
    from ${asTable(less, 'row (stock_item_id uuid, location_id uuid, quantity int)')}
    where stock_level.stock_item_id = row.stock_item_id
      and stock_level.location_id = row.location_id`
  if (lowered < less.length) throw refuse('stock_would_be_negative')
  await tx.run`
    insert into stock_level (stock_item_id, location_id, on_hand)
    select stock_item_id, location_id, quantity
    from ${asTable(
      deltas.filter(({ quantity }) => quantity > 0),
      'row (stock_item_id uuid, location_id uuid, quantity int)',
    )}
    order by stock_item_id, location_id
    on conflict (stock_item_id, location_id) do update
      set on_hand = stock_level.on_hand + excluded.on_hand,
        shortfall = least(stock_level.shortfall, greatest(0, stock_level.held
          - stock_level.on_hand - excluded.on_hand - stock_level.backorder_limit))`
  await addMovements(tx, moved)
}

export async function ensureStockItems(
  tx: Tx,
  items: readonly { readonly id: StockItemId; readonly sku: string; readonly title: string }[],
): Promise<Map<string, StockItemId>> {
  const rows = await tx.many<{ id: StockItemId; sku: string }>`
    insert into stock_item (id, sku, title)
    select id, sku, title
    from ${asTable(items, 'row (id uuid, sku text, title text)')}
    order by sku
    on conflict (sku) do update set title = excluded.title
    returning id, sku`
  return new Map(rows.map(({ sku, id }) => [sku, id]))
}

/** Makes each variant consist of exactly these items. */
export async function setVariantItems(
  tx: Tx,
  rows: readonly {
    readonly variant_id: VariantId
    readonly stock_item_id: StockItemId
    readonly quantity: number
  }[],
): Promise<void> {
  await tx.run`
    delete from variant_item
    using ${asTable(rows, 'row (variant_id uuid, stock_item_id uuid)')}
    where variant_item.variant_id = row.variant_id
      and not exists (
        select from ${asTable(rows, 'kept (variant_id uuid, stock_item_id uuid)')}
        where kept.variant_id = variant_item.variant_id
          and kept.stock_item_id = variant_item.stock_item_id)`
  await tx.run`
    insert into variant_item (variant_id, stock_item_id, quantity)
    select variant_id, stock_item_id, quantity
    from ${asTable(rows, 'row (variant_id uuid, stock_item_id uuid, quantity int)')}
    on conflict (variant_id, stock_item_id) do update set quantity = excluded.quantity`
}

export type LevelSettings = {
  readonly stock_item_id: StockItemId
  readonly location_id: LocationId
  readonly safety: number
  readonly backorder_limit: number
}

/** A lower back-order limit cannot undo what is promised: what is held beyond is shortfall. */
export async function setLevelSettings(tx: Tx, rows: readonly LevelSettings[]): Promise<void> {
  await tx.run`
    insert into stock_level (stock_item_id, location_id, safety, backorder_limit)
    select stock_item_id, location_id, safety, backorder_limit
    from ${asTable(
      rows,
      `row (
      stock_item_id uuid, location_id uuid, safety int, backorder_limit int)`,
    )}
    order by stock_item_id, location_id
    on conflict (stock_item_id, location_id) do update
      set safety = excluded.safety, backorder_limit = excluded.backorder_limit,
        shortfall = greatest(0,
          stock_level.held - stock_level.on_hand - excluded.backorder_limit)`
}
