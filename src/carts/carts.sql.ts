import { asTable } from '#src/db/as-table.ts'
import { type Tx, together } from '#src/db/sql.ts'
import { cartHeldItems, releaseCartHolds } from '#src/inventory/cart-holds.sql.ts'
import { lockLevels } from '#src/inventory/inventory.sql.ts'
import type { CartId, ChannelId, CustomerId, OrderId } from '#src/lib/ids.ts'
import type { Cart, CartLine } from './carts.ts'

type CartRow = Omit<Cart, 'lines'>

type LineRow = CartLine & { readonly cart_id: CartId }

const readLines = (tx: Tx, ids: readonly CartId[]): Promise<LineRow[]> =>
  tx.many<LineRow>`
    select id, cart_id, variant_id, quantity from cart_line
    where cart_id = any(${ids}) order by id`

function withLines(rows: readonly CartRow[], lines: readonly LineRow[]): Map<CartId, Cart> {
  const by_cart = new Map<CartId, CartLine[]>(rows.map(({ id }) => [id, []]))
  for (const { cart_id, ...line } of lines) by_cart.get(cart_id)?.push(line)
  return new Map(rows.map((row) => [row.id, { ...row, lines: by_cart.get(row.id)! }]))
}

/**
 * Locks carts in id order until commit, so that nobody changes what is being priced or ordered.
 * Unknown ids are left out.
 */
export async function lockCarts(tx: Tx, ids: readonly CartId[]): Promise<Map<CartId, Cart>> {
  const locked = tx.many<CartRow>`
    select id, channel_id, currency, customer_id, version, email, phone, shipping_address,
      billing_address, shipping_option_id, coupon_code, more_codes, tax_id, created_at,
      updated_at, hold_expires_at, accepts_reminders
    from cart where id = any(${ids}) order by id for update`
  return withLines(...(await together(locked, readLines(tx, ids))))
}

export async function readCarts(tx: Tx, ids: readonly CartId[]): Promise<Map<CartId, Cart>> {
  if (ids.length === 0) return new Map()
  const found = tx.many<CartRow>`
    select id, channel_id, currency, customer_id, version, email, phone, shipping_address,
      billing_address, shipping_option_id, coupon_code, more_codes, tax_id, created_at,
      updated_at, hold_expires_at, accepts_reminders
    from cart where id = any(${ids})`
  return withLines(...(await together(found, readLines(tx, ids))))
}

export type CartVersion = {
  readonly id: CartId
  readonly version: number
  /** It has had its turn to hold goods, and may hold some still. */
  readonly may_hold: boolean
}

/**
 * Locks the rows of carts and tells their versions: whether they are still what was priced, and
 * stay so until the order is written.
 */
export const lockCartVersions = (tx: Tx, ids: readonly CartId[]): Promise<CartVersion[]> =>
  tx.many<CartVersion>`
    select id, version, hold_expires_at is not null as may_hold
    from cart where id = any(${ids}) order by id for update`

/** Locks those of them that nobody else has locked right now: a buyer does not wait for a sweep. */
export async function lockFreeCarts(tx: Tx, ids: readonly CartId[]): Promise<CartId[]> {
  const rows = await tx.many<{ id: CartId }>`
    select id from cart where id = any(${ids}) order by id for update skip locked`
  return rows.map(({ id }) => id)
}

export async function insertCarts(tx: Tx, carts: readonly Cart[]): Promise<void> {
  const inserted = tx.run`
    insert into cart (id, channel_id, currency, customer_id, email, phone, shipping_address,
      billing_address, shipping_option_id, coupon_code, more_codes, tax_id, created_at,
      updated_at, hold_expires_at, accepts_reminders)
    select id, channel_id, currency, customer_id, email, phone, shipping_address,
      billing_address, shipping_option_id, coupon_code, more_codes, tax_id, created_at,
      updated_at, hold_expires_at, accepts_reminders
    from ${asTable(
      carts,
      `row (
      id uuid, channel_id uuid, currency text, customer_id uuid, email text, phone text,
      shipping_address jsonb, billing_address jsonb, shipping_option_id uuid, coupon_code text,
      more_codes text[], tax_id text, created_at timestamptz, updated_at timestamptz,
      hold_expires_at timestamptz, accepts_reminders boolean)`,
    )}`
  const lines = carts.flatMap((cart) => cart.lines.map((line) => ({ ...line, cart_id: cart.id })))
  await together(inserted, writeLines(tx, lines))
}

async function writeLines(tx: Tx, lines: readonly LineRow[]): Promise<void> {
  if (lines.length === 0) return
  await tx.run`
    insert into cart_line (id, cart_id, variant_id, quantity)
    select id, cart_id, variant_id, quantity
    from ${asTable(lines, 'row (id uuid, cart_id uuid, variant_id uuid, quantity int)')}
    on conflict (id) do update set quantity = excluded.quantity`
}

/** Writes what differs between the locked carts and what they became. */
export async function updateCarts(
  tx: Tx,
  before: ReadonlyMap<CartId, Cart>,
  after: readonly Cart[],
): Promise<void> {
  if (after.length === 0) return
  const updated = tx.run`
    update cart set version = row.version, email = row.email, phone = row.phone,
      shipping_address = row.shipping_address, billing_address = row.billing_address,
      shipping_option_id = row.shipping_option_id, coupon_code = row.coupon_code,
      more_codes = row.more_codes, tax_id = row.tax_id, updated_at = row.updated_at,
      hold_expires_at = row.hold_expires_at, accepts_reminders = row.accepts_reminders
    from ${asTable(
      after.map(({ lines: _, ...cart }) => cart),
      `row (
      id uuid, version int, email text, phone text, shipping_address jsonb,
      billing_address jsonb, shipping_option_id uuid, coupon_code text, more_codes text[],
      tax_id text, updated_at timestamptz, hold_expires_at timestamptz,
      accepts_reminders boolean)`,
    )}
    where cart.id = row.id`
  const written: LineRow[] = []
  const removed: string[] = []
  for (const cart of after) {
    const known = new Map(before.get(cart.id)!.lines.map((line) => [line.id, line]))
    for (const line of cart.lines) {
      if (known.get(line.id)?.quantity !== line.quantity)
        written.push({ ...line, cart_id: cart.id })
      known.delete(line.id)
    }
    removed.push(...known.keys())
  }
  const deleted = async (): Promise<void> => {
    if (removed.length > 0) await tx.run`delete from cart_line where id = any(${removed})`
  }
  await together(updated, writeLines(tx, written), deleted())
}

export type CartOrder = {
  readonly cart_id: CartId
  readonly order_id: OrderId
  readonly state: string
  /** A payment is under way whose end is not known. */
  readonly paying: boolean
}

/** The live order of each cart, if it has one. Ask after the cart is locked. */
export const ordersOfCarts = (tx: Tx, ids: readonly CartId[]): Promise<CartOrder[]> =>
  tx.many<CartOrder>`
    select cart_id, id as order_id, state, exists (
      select from payment_attempt where order_id = orders.id
        and state in ('created', 'requires_action', 'pending', 'unknown')) as paying
    from orders where cart_id = any(${ids}) and state in ('pending', 'placed', 'closed')`

/**
 * Carts of a customer that may still be filled, the one that is being filled first. Each sign-in
 * leaves one, and those that were emptied into it where an order that came to nothing keeps them.
 */
export const cartsOfCustomer = async (
  tx: Tx,
  customer_id: CustomerId,
  channel_id: ChannelId,
): Promise<CartId[]> => {
  const rows = await tx.many<{ id: CartId }>`
    select id from cart where customer_id = ${customer_id} and channel_id = ${channel_id}
      and not exists (select from orders where orders.cart_id = cart.id
        and orders.state in ('placed', 'closed'))
    order by exists (select from cart_line where cart_line.cart_id = cart.id) desc,
      updated_at desc, id desc
    limit 50`
  return rows.map(({ id }) => id)
}

/** The cart must be locked. From now on it is priced for this customer. */
export const giveCart = (tx: Tx, id: CartId, customer_id: CustomerId): Promise<number> =>
  tx.run`update cart set customer_id = ${customer_id} where id = ${id}`

/** The carts must be locked, and their lines be elsewhere. Money keeps a cart, without lines. */
export async function dropCarts(tx: Tx, ids: readonly CartId[], now: Date): Promise<void> {
  if (ids.length === 0) return
  const held = await cartHeldItems(tx, ids)
  if (held.length > 0) {
    await lockLevels(tx, held)
    await releaseCartHolds(tx, ids)
  }
  await tx.run`
    with forgotten as (
      delete from tax_quote where cart_id = any(${ids})
    )
    delete from cart_line where cart_id = any(${ids})`
  await tx.run`
    delete from cart where id = any(${ids})
      and not exists (select from orders where orders.cart_id = cart.id)`
  await tx.run`
    update cart set version = version + 1, updated_at = ${now} where id = any(${ids})`
}

/**
 * Locks the carts of a customer, and those that name their address, in id order. Those of guests
 * are theirs; those of other customers are not.
 */
export async function lockCartsOfPerson(
  tx: Tx,
  customer_id: CustomerId,
  email: string,
): Promise<{ readonly theirs: CartId[]; readonly of_others: CartId[] }> {
  const rows = await tx.many<{ id: CartId; is_theirs: boolean }>`
    select id, customer_id is null or customer_id = ${customer_id} as is_theirs
    from cart where customer_id = ${customer_id} or lower(email) = ${email}
    order by id for update`
  const idsOf = (is_theirs: boolean): CartId[] =>
    rows.flatMap((row) => (row.is_theirs === is_theirs ? row.id : []))
  return { theirs: idsOf(true), of_others: idsOf(false) }
}

/** An address that is no longer anybody's, in carts of others. They must be locked. */
export const dropEmailOfCarts = (tx: Tx, ids: readonly CartId[]): Promise<number> =>
  tx.run`update cart set email = null, version = version + 1 where id = any(${ids})`

/** The carts must be locked. Their goods stay where an order was made of them, the person not. */
export async function eraseCarts(tx: Tx, ids: readonly CartId[], now: Date): Promise<void> {
  await dropCarts(tx, ids, now)
  await tx.run`
    update cart set email = null, phone = null, shipping_address = null, billing_address = null,
      coupon_code = null, more_codes = '{}', tax_id = null
    where id = any(${ids})`
}
