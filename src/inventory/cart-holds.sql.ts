// Units set aside for carts. They count as held like those of orders, and `cart_held` says how
// many of them are for carts. The rows of a cart are guarded by the lock of the cart.
import { asTable } from '#src/db/as-table.ts'
import { sql, type Tx, together } from '#src/db/sql.ts'
import type { CartId, CustomerId, LocationId, StockItemId } from '#src/lib/ids.ts'
import type { Level } from './allocate.ts'

export type CartHold = {
  readonly cart_id: CartId
  readonly stock_item_id: StockItemId
  readonly location_id: LocationId
  readonly quantity: number
}

/** Of these carts, which must be locked. */
export const readCartHolds = (tx: Tx, carts: readonly CartId[]): Promise<CartHold[]> =>
  tx.many<CartHold>`
    select cart_id, stock_item_id, location_id, quantity from cart_hold
    where cart_id = any(${carts}) order by stock_item_id, location_id, cart_id`

/** Items that these carts hold: to be locked before anything is given back. */
export const cartHeldItems = async (tx: Tx, carts: readonly CartId[]): Promise<StockItemId[]> => {
  const rows = await tx.many<{ stock_item_id: StockItemId }>`
    select distinct stock_item_id from cart_hold where cart_id = any(${carts})`
  return rows.map(({ stock_item_id }) => stock_item_id)
}

export type CartLevel = Level & { readonly cart_held: number }

/** Locks the levels of these items until commit, in key order as everybody does. */
export const lockCartLevels = (tx: Tx, items: readonly StockItemId[]): Promise<CartLevel[]> =>
  tx.many<CartLevel>`
    select stock_item_id, location_id, on_hand, held, safety, backorder_limit, channel_safety,
      cart_held
    from stock_level where stock_item_id = any(${items})
    order by stock_item_id, location_id
    for update`

export type CustomerHold = {
  readonly customer_id: CustomerId
  readonly stock_item_id: StockItemId
  readonly quantity: number
}

/** What all carts of these customers hold. Ask after the levels are locked. */
export const readCustomerHolds = (
  tx: Tx,
  asked: {
    readonly customers: readonly CustomerId[]
    readonly items: readonly StockItemId[]
  },
): Promise<CustomerHold[]> =>
  tx.many<CustomerHold>`
    select customer_id, stock_item_id, sum(quantity)::int as quantity
    from cart_hold join cart on cart.id = cart_id
    where stock_item_id = any(${asked.items}) and customer_id = any(${asked.customers})
    group by customer_id, stock_item_id`

const hold_row = 'row (cart_id uuid, stock_item_id uuid, location_id uuid, quantity int)'

/** A shortfall becomes smaller with what is held. */
const moveLevels = (tx: Tx, deltas: readonly CartHold[]): Promise<number> =>
  tx.run`
    update stock_level set held = held + units, cart_held = cart_held + units,
      shortfall = least(shortfall, greatest(0, held + units - on_hand - backorder_limit))
    from (
      select stock_item_id, location_id, sum(quantity)::int as units
      from ${asTable(deltas, hold_row)} group by stock_item_id, location_id
    ) as per_level
    where stock_level.stock_item_id = per_level.stock_item_id
      and stock_level.location_id = per_level.location_id and units <> 0`

/**
 * Sets aside more, or gives back with a negative quantity. Carts and levels must be locked;
 * `never_oversold` stands behind it.
 */
export async function changeCartHolds(
  tx: Tx,
  deltas: readonly CartHold[],
  { expires, now }: { readonly expires: ReadonlyMap<CartId, Date>; readonly now: Date },
): Promise<void> {
  if (deltas.length === 0) return
  const more = deltas
    .filter(({ quantity }) => quantity > 0)
    .map((delta) => ({ ...delta, expires_at: expires.get(delta.cart_id)! }))
  const less = deltas.filter(({ quantity }) => quantity < 0)
  // Less is an update only: a CHECK looks at the row to insert, also when there is a conflict.
  const lowered = sql`
    update cart_hold set quantity = cart_hold.quantity + row.quantity
    from ${asTable(less, hold_row)}
    where cart_hold.cart_id = row.cart_id and cart_hold.stock_item_id = row.stock_item_id
      and cart_hold.location_id = row.location_id
      and cart_hold.quantity + row.quantity > 0`
  const ended = sql`
    delete from cart_hold using ${asTable(less, hold_row)}
    where cart_hold.cart_id = row.cart_id and cart_hold.stock_item_id = row.stock_item_id
      and cart_hold.location_id = row.location_id
      and cart_hold.quantity + row.quantity = 0`
  await together(
    tx.run`with lowered as (${lowered}) ${ended}`,
    tx.run`
      insert into cart_hold (cart_id, stock_item_id, location_id, quantity, expires_at, created_at)
      select cart_id, stock_item_id, location_id, quantity, expires_at, ${now}
      from ${asTable(
        more,
        `row (cart_id uuid, stock_item_id uuid, location_id uuid, quantity int,
          expires_at timestamptz)`,
      )}
      on conflict (cart_id, stock_item_id, location_id) do update
        set quantity = cart_hold.quantity + excluded.quantity`,
    moveLevels(tx, deltas),
  )
}

/** Gives back all that these carts hold. Carts and levels must be locked. */
export async function releaseCartHolds(tx: Tx, carts: readonly CartId[]): Promise<number> {
  const ended = await tx.many<CartHold>`
    delete from cart_hold where cart_id = any(${carts})
    returning cart_id, stock_item_id, location_id, -quantity as quantity`
  if (ended.length > 0) await moveLevels(tx, ended)
  return ended.length
}

/** What one cart holds, another one does. Both must be locked, and the other hold nothing. */
export const moveCartHolds = (tx: Tx, from: CartId, to: CartId): Promise<number> =>
  tx.run`update cart_hold set cart_id = ${to} where cart_id = ${from}`

/** Carts whose time is over. One further ahead than any was noted by a clock that was ahead. */
export const dueCartHolds = async (tx: Tx, now: Date, limit: number): Promise<CartId[]> => {
  const rows = await tx.many<{ cart_id: CartId }>`
    select distinct cart_id from (
      select cart_id from cart_hold
      where expires_at <= ${now} or expires_at > ${now}::timestamptz + interval '2 hours'
      limit ${limit}
    ) as due`
  return rows.map(({ cart_id }) => cart_id)
}
