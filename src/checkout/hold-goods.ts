// Stock and coupons for the orders of a batch: locked in key order, then given out one order
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
import { type CouponUse, usesLeft } from '#src/pricing/coupons.ts'
import { lockCoupons, releaseCouponUses } from '#src/pricing/pricing.sql.ts'
import type { Frame, NewPlan, Planned } from './plan-intents.ts'

/** Frees what replaced orders held; it may be needed for the order that replaces them. */
async function replaceOrders(tx: Tx, replaced: readonly OrderId[], now: Date): Promise<void> {
  const released = await releaseOrderHolds(tx, replaced)
  await releaseCouponUses(tx, replaced, now)
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

export type HeldGoods = {
  readonly held: ReadonlyMap<number, readonly Allocation[]>
  readonly uses: readonly CouponUse[]
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
  const coupon_ids = [...new Set(planned.flatMap(({ plan }) => plan.order.coupon_id ?? []))]
  const lock = () => together(lockLevels(tx, items), lockCoupons(tx, coupon_ids))
  let [levels, coupons] = await lock()
  if (replaced.length > 0 || held_by.length > 0) {
    if (replaced.length > 0) await replaceOrders(tx, replaced, now)
    if (held_by.length > 0) await releaseCartHolds(tx, held_by)
    ;[levels, coupons] = await lock()
  }
  const sellable = readSellable(levels)
  const sellers = new Map<ChannelId, Seller>()
  const sellerFor = (id: ChannelId): Seller => {
    const seller = sellers.get(id) ?? sellerOf(channelOf(book, id), levels)
    sellers.set(id, seller)
    return seller
  }
  const left = usesLeft(coupons)
  const held = new Map<number, readonly Allocation[]>()
  const uses: CouponUse[] = []
  const refused = new Map<number, Refusal>()
  for (const { at, plan } of planned) {
    const { id: order_id, channel_id, coupon_id, coupon_code } = plan.order
    const remaining = coupon_id === null ? Infinity : (left.get(coupon_id) ?? 0)
    if (remaining < 1) {
      refused.set(at, refuse('coupon_used_up', { coupon_code }))
      continue
    }
    const decision = allocate(demands.get(at)!, sellerFor(channel_id), sellable)
    if (decision.kind === 'short') {
      refused.set(at, shortOf(plan.order, decision.items))
      continue
    }
    held.set(at, decision.allocations)
    if (coupon_id === null) continue
    left.set(coupon_id, remaining - 1)
    uses.push({ coupon_id, order_id })
  }
  return { held, uses, refused }
}
