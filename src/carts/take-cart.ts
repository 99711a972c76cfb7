// The cart of a customer who signs in: theirs, with what the guest's cart holds.
import { isDeepStrictEqual } from 'node:util'
import type { Tx } from '#src/db/sql.ts'
import { moveCartHolds } from '#src/inventory/cart-holds.sql.ts'
import type { CartId, ChannelId, CustomerId } from '#src/lib/ids.ts'
import { moveExemptions } from '#src/pricing/exemptions.sql.ts'
import {
  cartsOfCustomer,
  dropCarts,
  giveCart,
  lockCarts,
  ordersOfCarts,
  updateCarts,
} from './carts.sql.ts'
import type { Cart } from './carts.ts'
import { mergeCart } from './merge-carts.ts'

export type TakeCart = {
  readonly customer_id: CustomerId
  readonly email: string
  readonly channel_id: ChannelId
  /** The cart that the guest has proved to be theirs. */
  readonly guest_cart_id: CartId | null
  readonly now: Date
}

/** Every cart that is still open, and which of them has an order that waits to be paid again. */
async function lockOpen(tx: Tx, ids: readonly CartId[]) {
  const carts = await lockCarts(tx, ids)
  const orders = new Map((await ordersOfCarts(tx, ids)).map((one) => [one.cart_id, one]))
  const open = [...carts.values()].filter(({ id }) => {
    const order = orders.get(id)
    return order === undefined || (order.state === 'pending' && !order.paying)
  })
  return { open, isOrdered: ({ id }: Cart): boolean => orders.has(id) }
}

const idsToTake = async (
  tx: Tx,
  { customer_id, channel_id, guest_cart_id }: Omit<TakeCart, 'email' | 'now'>,
): Promise<CartId[]> => {
  const own = await cartsOfCustomer(tx, customer_id, channel_id)
  return [...new Set([...own, ...(guest_cart_id ? [guest_cart_id] : [])])]
}

/** For whoever locks orders before they take the cart: carts go first. */
export async function lockCartsToTake(
  tx: Tx,
  taking: Omit<TakeCart, 'email' | 'now'>,
): Promise<void> {
  await lockCarts(tx, await idsToTake(tx, taking))
}

/**
 * The customer must be locked: of twenty sign-ins at once each finds what the one before has left.
 * A cart that is being paid, or has become an order, stays as it is. Null when there is none.
 */
export async function takeCart(tx: Tx, taking: TakeCart): Promise<CartId | null> {
  const { customer_id, email, channel_id, guest_cart_id, now } = taking
  const ids = await idsToTake(tx, taking)
  if (ids.length === 0) return null
  const { open, isOrdered } = await lockOpen(tx, ids)
  const isTheirs = (cart: Cart): boolean =>
    cart.channel_id === channel_id &&
    (cart.customer_id === customer_id || (cart.id === guest_cart_id && cart.customer_id === null))
  const carts = open.filter(isTheirs)
  const guest = carts.find(({ id }) => id === guest_cart_id)
  // The one that was chosen in last says in which currency somebody shops now.
  const currency = (guest ?? carts.toSorted((a, b) => +b.updated_at - +a.updated_at)[0])?.currency
  const alike = carts.filter((cart) => cart.currency === currency)
  // What waits to be paid again goes on under the same cart; else the oldest of their own.
  const rank = (cart: Cart): number =>
    (isOrdered(cart) ? 0 : 2) + (cart.customer_id === customer_id ? 0 : 1)
  const [target, ...sources] = alike.toSorted((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1))
  if (!target) return null
  let merged: Cart = target
  const emptied: Cart[] = []
  for (const source of sources) {
    const both = mergeCart(merged, source)
    // More lines than a cart holds: the other cart stays, and loses nothing.
    if (!both) continue
    merged = both
    emptied.push(source)
  }
  // A cart has its turn once: goods that another one holds go along where it has not had it yet.
  const giver =
    target.hold_expires_at === null && emptied.find((one) => one.hold_expires_at !== null)
  if (giver) {
    await moveCartHolds(tx, giver.id, target.id)
    merged = { ...merged, hold_expires_at: giver.hold_expires_at }
  }
  merged = { ...merged, customer_id, email: merged.email ?? email }
  if (!isDeepStrictEqual(merged, target)) {
    const changed = { ...merged, version: target.version + 1, updated_at: now }
    await updateCarts(tx, new Map([[target.id, target]]), [changed])
    if (target.customer_id === null) await giveCart(tx, target.id, customer_id)
  }
  if (emptied.length === 0) return target.id
  const ids_emptied = emptied.map(({ id }) => id)
  await moveExemptions(tx, ids_emptied, target.id)
  await dropCarts(tx, ids_emptied, now)
  return target.id
}
