// Takes and gives back what carts hold, in the transaction that has changed and locked them. Costs
// a cart nothing where the shop has no rule for its channel.
import type { Db } from '#src/db/pool.ts'
import type { Tx } from '#src/db/sql.ts'
import { transaction } from '#src/db/transaction.ts'
import {
  cartHeldItems,
  changeCartHolds,
  dueCartHolds,
  lockCartLevels,
  readCartHolds,
  readCustomerHolds,
  releaseCartHolds,
} from '#src/inventory/cart-holds.sql.ts'
import { lockLevels } from '#src/inventory/inventory.sql.ts'
import type { Clock } from '#src/lib/clock.ts'
import type { CartId, StockItemId } from '#src/lib/ids.ts'
import { type Holder, planHolds, ruleFor } from './cart-holds.ts'
import { lockFreeCarts } from './carts.sql.ts'
import type { Cart } from './carts.ts'
import type { GoodsBook } from './goods-book.ts'
import { channelOf, type ShopBook } from './shop-book.ts'

/** Null when it neither holds anything nor ever will. */
function holderOf(cart: Cart, book: ShopBook, goods: GoodsBook): Holder | null {
  const rules = book.hold_rules.get(cart.channel_id)
  if (!rules && cart.hold_expires_at === null) return null
  const units = new Map<StockItemId, number>()
  for (const { variant_id, quantity } of cart.lines) {
    for (const item of goods.facts.get(variant_id)?.items ?? []) {
      const more = item.quantity * quantity
      units.set(item.stock_item_id, (units.get(item.stock_item_id) ?? 0) + more)
    }
  }
  const wanted: Holder['wanted'] = new Map(
    [...units].flatMap(([item, count]) => {
      const rule = rules ? ruleFor(rules, item) : null
      return rule ? [[item, { units: count, rule }]] : []
    }),
  )
  if (wanted.size === 0 && cart.hold_expires_at === null) return null
  const { id: cart_id, customer_id, hold_expires_at: until } = cart
  return { cart_id, customer_id, channel: channelOf(book, cart.channel_id), wanted, until }
}

/**
 * The carts must be locked or new, and their lines have changed. Tells until when the goods of
 * those that have their turn now are held.
 */
export async function holdForCarts(
  tx: Tx,
  carts: readonly Cart[],
  { book, goods, now }: { book: ShopBook; goods: GoodsBook; now: Date },
): Promise<ReadonlyMap<CartId, Date>> {
  const holders = carts.flatMap((cart) => holderOf(cart, book, goods) ?? [])
  if (holders.length === 0) return new Map()
  const ids = holders.map(({ cart_id }) => cart_id)
  const holds = await readCartHolds(tx, ids)
  const wanted = holders.flatMap((holder) => [...holder.wanted.keys()])
  const items = [...new Set([...wanted, ...holds.map(({ stock_item_id }) => stock_item_id)])]
  const levels = await lockCartLevels(tx, items)
  const customers = [...new Set(holders.flatMap(({ customer_id }) => customer_id ?? []))]
  const of_customers = customers.length > 0 ? await readCustomerHolds(tx, { customers, items }) : []
  const { deltas, until } = planHolds(holders, { levels, holds, of_customers, now })
  const expires = new Map(holders.map(({ cart_id, until: ends }) => [cart_id, ends]))
  const all = new Map(ids.map((id) => [id, until.get(id) ?? expires.get(id) ?? now]))
  await changeCartHolds(tx, deltas, { expires: all, now })
  return until
}

const batch_max = 50

/**
 * Gives back what carts have held for long enough. A cart that is being ordered right now is left
 * to its order; one that was ordered has nothing left to give back.
 */
export async function endCartHolds({ db, clock }: { db: Db; clock: Clock }): Promise<void> {
  const now = clock()
  await transaction(db, async (tx) => {
    const due = await dueCartHolds(tx, now, batch_max)
    if (due.length === 0) return
    const carts = await lockFreeCarts(tx, due)
    await lockLevels(tx, await cartHeldItems(tx, carts))
    await releaseCartHolds(tx, carts)
  })
}
