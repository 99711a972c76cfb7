// Stock and promotions for the orders of a batch: locked in key order, then given out one order
// after the other. What cannot be had is a value per order.
import { channelOf } from '#src/carts/shop-book.ts'
import { type Tx, together } from '#src/db/sql.ts'
import { addEvents } from '#src/events/events.sql.ts'
import {
  type Allocation,
  allocate,
  readSellable,
  type Seller,
  sellerOf,
} from '#src/inventory/allocate.ts'
import { cartHeldItems, releaseCartHolds } from '#src/inventory/cart-holds.sql.ts'
import { heldItems, lockLevels, releaseOrderHolds } from '#src/inventory/inventory.sql.ts'
import { releasedStock } from '#src/inventory/stock-changes.ts'
import type { ChannelId, OrderId } from '#src/lib/ids.ts'
import { type Refusal, refuse } from '#src/lib/refusal.ts'
import { moveOrders } from '#src/orders/orders.sql.ts'
import { demandsOf, type NewOrder } from '#src/orders/orders.ts'
import { lockUses, releaseUses } from '#src/pricing/promotion-uses.sql.ts'
import { type Granted, openTill, type PromotionUse } from '#src/pricing/promotion-uses.ts'
import type { Frame, NewPlan, Planned } from './plan-intents.ts'

/** Frees what replaced orders held; it may be needed for the order that replaces them. */
async function replaceOrders(tx: Tx, replaced: readonly OrderId[], now: Date): Promise<void> {
  const released = await releaseOrderHolds(tx, replaced)
  await releaseUses(tx, replaced, now)
  await moveOrders(tx, replaced, 'supersede', { reason: 'cart changed', now })
  await addEvents(
    tx,
    replaced.map((id) => ({
      kind: 'order.superseded',
      subject: 'order',
      subject_id: id,
      order_id: id,
      actor: 'shopper',
      detail: { stock: releasedStock(released.filter(({ order_id }) => order_id === id)) },
      at: now,
    })),
  )
}

function shortOf(
  order: NewOrder,
  scarce: readonly { stock_item_id: string; wanted: number; available: number }[],
): Refusal {
  const short = new Map(scarce.map((item) => [item.stock_item_id, item]))
  const items = order.lines.flatMap((line, i) => {
    const parts = line.items.flatMap((item) => {
      const found = short.get(item.stock_item_id)
      return found ? [Math.floor(found.available / item.quantity)] : []
    })
    if (parts.length === 0) return []
    const { sku, title, quantity: wanted } = line
    return [{ field: `lines.${i}.quantity`, sku, title, wanted, available: Math.min(...parts) }]
  })
  const errors = items.map(({ field, title, available }) => ({
    field,
    code: 'out_of_stock',
    message: available === 0 ? `${title} is sold out.` : `Only ${available} left: ${title}.`,
  }))
  return refuse('out_of_stock', { errors, items })
}

/**
 * A code that is used up meanwhile is told. What came by itself goes by itself: the cart is priced
 * again, and the total that the buyer agreed to still guards.
 */
function refuseUse({ promotions, cart_id }: NewOrder, { coupon_id, promotion_id }: PromotionUse) {
  if (coupon_id === null) return refuse('cart_has_changed', { cart_id })
  const applied = promotions?.find((one) => one.promotion_id === promotion_id)
  return refuse('coupon_used_up', { coupon_code: applied?.code })
}

export type HeldGoods = {
  readonly held: ReadonlyMap<number, readonly Allocation[]>
  readonly granted: Granted
  readonly refused: ReadonlyMap<number, Refusal>
}

/** Nothing is written but what is freed by orders that are replaced. */
export async function holdGoods(
  tx: Tx,
  planned: readonly Planned<NewPlan>[],
  { book, now }: Frame,
): Promise<HeldGoods> {
  const demands = new Map(planned.map((one) => [one.at, demandsOf(one.plan.order)]))
  const replaced = planned.flatMap(({ plan }) => plan.replaces ?? [])
  const held_by = planned.flatMap(({ plan }) => plan.held_by ?? [])
  const freed = replaced.length > 0 ? await heldItems(tx, replaced) : []
  if (held_by.length > 0) freed.push(...(await cartHeldItems(tx, held_by)))
  const wanted = [...demands.values()].flat().map(({ stock_item_id }) => stock_item_id)
  const items = [...new Set([...wanted, ...freed])]
  const orders = planned.map(({ plan: { order } }) => ({ uses: order.uses, buyer: order }))
  const lock = () => together(lockLevels(tx, items), lockUses(tx, orders))
  let [levels, locked] = await lock()
  if (replaced.length > 0 || held_by.length > 0) {
    if (replaced.length > 0) await replaceOrders(tx, replaced, now)
    if (held_by.length > 0) await releaseCartHolds(tx, held_by)
    ;[levels, locked] = await lock()
  }
  const sellable = readSellable(levels)
  const sellers = new Map<ChannelId, Seller>()
  const sellerFor = (id: ChannelId): Seller => {
    const seller = sellers.get(id) ?? sellerOf(channelOf(book, id), levels)
    sellers.set(id, seller)
    return seller
  }
  const till = openTill(locked)
  const held = new Map<number, readonly Allocation[]>()
  const refused = new Map<number, Refusal>()
  for (const { at, plan } of planned) {
    const { channel_id, uses } = plan.order
    const missing = till.missing(uses, plan.order)
    if (missing !== null) {
      refused.set(at, refuseUse(plan.order, missing))
      continue
    }
    const decision = allocate(demands.get(at)!, sellerFor(channel_id), sellable)
    if (decision.kind === 'short') {
      refused.set(at, shortOf(plan.order, decision.items))
      continue
    }
    held.set(at, decision.allocations)
    till.take(uses, plan.order)
  }
  return { held, granted: till.granted, refused }
}
