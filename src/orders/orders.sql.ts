import { asRows, asTable } from '#src/db/as-table.ts'
import { sql, type Tx, together } from '#src/db/sql.ts'
import { erased_email } from '#src/lib/erased.ts'
import type { CartId, OrderId, OrderLineId } from '#src/lib/ids.ts'
import {
  type ItemOf,
  type LineKind,
  type NewOrder,
  type OrderMove,
  type OrderRow,
  order_moves,
  type PaymentState,
} from './orders.ts'

export async function insertOrders(tx: Tx, orders: readonly NewOrder[]): Promise<void> {
  if (orders.length === 0) return
  const inserted = tx.run`
    insert into orders ${asRows(
      orders,
      `id uuid, number text, cart_id uuid, cart_version int, channel_id uuid,
      legal_entity_id uuid, customer_id uuid, origin text, state text, payment_state text,
      currency text, subtotal bigint, discount_total bigint, shipping_total bigint,
      tax_total bigint, total bigint, tax_included bigint, shipping_option_id uuid,
      shipping_name text, shipping_taxes jsonb, shipping_tax bigint,
      shipping_tax_included boolean, tax_facts jsonb, coupon_code text, promotions jsonb,
      email text, phone text,
      shipping_address jsonb, billing_address jsonb, locale text,
      buyer_note text, hold_expires_at timestamptz, created_at timestamptz, placed_at timestamptz`,
    )}`
  const lines = tx.run`
    insert into order_line ${asRows(
      orders.flatMap((order) => order.lines),
      `id uuid, order_id uuid, position int, variant_id uuid, sku text, title text, quantity int,
      unit_price bigint, per_units int, subtotal bigint, discount bigint, discounts jsonb,
      tax bigint, tax_included boolean, taxes jsonb, total bigint, tax_category text, hs_code text,
      weight_g int, requires_shipping boolean, items jsonb`,
    )}`
  await together(inserted, lines)
}

/** The columns of an `OrderRow`. */
export const order_columns = sql`id, number, cart_id, cart_version, channel_id, legal_entity_id,
  customer_id, state, payment_state, fulfillment_state, currency, subtotal, discount_total,
  shipping_total, tax_total, tax_included, total, shipping_tax, shipping_tax_included, version,
  hold_expires_at, cancel_reason, settle_later, held_at`

/** Locks orders in id order until commit. An order's row is the lock of all that hangs on it. */
export const lockOrders = (tx: Tx, ids: readonly OrderId[]): Promise<OrderRow[]> =>
  tx.many<OrderRow>`
    select ${order_columns}
    from orders where id = any(${ids}) order by id for update`

/** Those that name nobody any more. They must be locked, or one could be erased since. */
export async function erasedAmong(tx: Tx, ids: readonly OrderId[]): Promise<ReadonlySet<OrderId>> {
  const rows = await tx.many<{ id: OrderId }>`
    select id from orders where id = any(${ids}) and email = ${erased_email}`
  return new Set(rows.map(({ id }) => id))
}

/**
 * Locks these orders, and the live ones of these carts: none of those is paid or canceled while its
 * cart is. In one statement: two who ask for the same orders, one over a cart and one by its id,
 * wait for each other and not in a circle.
 */
export const lockOrdersAsked = (
  tx: Tx,
  { carts, ids }: { readonly carts: readonly CartId[]; readonly ids: readonly OrderId[] },
): Promise<OrderRow[]> => {
  const of_carts = sql`cart_id = any(${carts}) and state in ('pending', 'placed', 'closed')`
  const which = ids.length === 0 ? of_carts : sql`(${of_carts}) or id = any(${ids})`
  return tx.many<OrderRow>`
    select ${order_columns} from orders where ${which} order by id for update`
}

export type NewlyPlaced = {
  readonly id: OrderId
  readonly number: string
  readonly payment_state: PaymentState
}

/** Gives orders their number. Those that are not pending (or expired) are left alone. */
export async function writePlaced(
  tx: Tx,
  placed: readonly NewlyPlaced[],
  now: Date,
): Promise<void> {
  if (placed.length === 0) return
  await tx.run`
    update orders set state = 'placed', number = row.number, payment_state = row.payment_state,
      hold_expires_at = null, placed_at = ${now}, canceled_at = null, cancel_reason = null
    from ${asTable(placed, 'row (id uuid, number text, payment_state text)')}
    where orders.id = row.id and orders.state = any(${placeable})`
}
const placeable = [...order_moves.place.from, ...order_moves.revive.from]

/** Compare-and-set out of one state: of two racing moves exactly one gets the row. */
export async function moveOrders(
  tx: Tx,
  ids: readonly OrderId[],
  move: Exclude<OrderMove, 'place' | 'revive'>,
  { reason, now }: { readonly reason: string | null; readonly now: Date },
): Promise<OrderId[]> {
  const { from, to } = order_moves[move]
  const moved = await tx.many<{ id: OrderId }>`
    update orders set state = ${to}, hold_expires_at = null,
      canceled_at = case when ${to} in ('canceled', 'superseded') then ${now}::timestamptz
        else canceled_at end,
      cancel_reason = coalesce(${reason}, cancel_reason)
    where id = any(${ids}) and state = any(${[...from]})
    returning id`
  return moved.map(({ id }) => id)
}

/**
 * Holds the goods of pending orders for longer; those of one order no longer than `max_ms` in all,
 * where there is such a bound.
 */
export const extendHolds = (
  tx: Tx,
  ids: readonly OrderId[],
  { until, max_ms }: { readonly until: Date; readonly max_ms: number | null },
): Promise<{ id: OrderId; hold_expires_at: Date }[]> =>
  tx.many<{ id: OrderId; hold_expires_at: Date }>`
    update orders set hold_expires_at = greatest(hold_expires_at,
      least(${until}, created_at + ${max_ms}::float8 * interval '1 millisecond'))
    where id = any(${ids}) and state = 'pending'
    returning id, hold_expires_at`

/**
 * What was held by a clock that was ahead: nothing is held beyond `latest` from now on. For drafts
 * goods are held as long as staff have said.
 */
export const shortenHolds = (tx: Tx, latest: Date, until: Date): Promise<number> =>
  tx.run`
    update orders set hold_expires_at = ${until}
    where state = 'pending' and hold_expires_at > ${latest}
      and not exists (select from draft where draft.id = cart_id)`

/** Pending orders whose time is up. Not locked: whoever acts locks and looks again. */
export const expiredOrders = (tx: Tx, now: Date, limit: number): Promise<{ id: OrderId }[]> =>
  tx.many<{ id: OrderId }>`
    select id from orders where state = 'pending' and hold_expires_at <= ${now}
    order by hold_expires_at limit ${limit}`

/** Looks without locking: for previews. */
export const readOrders = (tx: Tx, ids: readonly OrderId[]): Promise<OrderRow[]> =>
  tx.many<OrderRow>`select ${order_columns} from orders where id = any(${ids}) order by id`

export type OrderLineRow = {
  readonly id: OrderLineId
  readonly order_id: OrderId
  readonly position: number
  readonly kind: LineKind
  readonly sku: string
  readonly title: string
  readonly quantity: number
  /** Units taken off the order after it was placed. */
  readonly canceled: number
  readonly tax: bigint
  readonly total: bigint
  readonly weight_g: number
  readonly requires_shipping: boolean
  readonly items: readonly ItemOf[]
}

export const readOrderLines = (tx: Tx, orders: readonly OrderId[]): Promise<OrderLineRow[]> =>
  tx.many<OrderLineRow>`
    select id, order_id, position, kind, sku, title, quantity, tax, total, weight_g,
      requires_shipping, items,
      coalesce((select sum(order_change_line.quantity)
        from order_change_line where order_line_id = order_line.id), 0)::int as canceled
    from order_line where order_id = any(${orders}) order by order_id, position`

/** Whether a cart has become an order that counts. */
export const liveOrderOfCart = (tx: Tx, cart: CartId): Promise<{ id: OrderId } | null> =>
  tx.maybe<{ id: OrderId }>`
    select id from orders where cart_id = ${cart} and state in ('pending', 'placed', 'closed')`
