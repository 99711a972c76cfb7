// Batch one: for all orders that wait now, decide each and commit what is intended, before any
// provider hears of it. A refusal is a value here: it must not fail its neighbors.

import { lockCartVersions } from '#src/carts/carts.sql.ts'
import type { PricedSnapshot } from '#src/carts/price-snapshot.ts'
import { channelOf, type ShopBook } from '#src/carts/shop-book.ts'
import type { RequestKey } from '#src/db/idempotency.sql.ts'
import { claimKeys, redirectKeys, releaseKeys } from '#src/db/idempotency.sql.ts'
import { type Tx, together } from '#src/db/sql.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { type Allocation, allocate, readSellable } from '#src/inventory/allocate.ts'
import {
  heldItems,
  lockLevels,
  releaseOrderHolds,
  writeHolds,
} from '#src/inventory/inventory.sql.ts'
import { plusMs } from '#src/lib/clock.ts'
import type { AttemptId, CartId, OrderId } from '#src/lib/ids.ts'
import { Refusal, refuse } from '#src/lib/refusal.ts'
import {
  extendHolds,
  insertOrders,
  lockOrders,
  lockPendingOrders,
  moveOrders,
} from '#src/orders/orders.sql.ts'
import { demandsOf, type NewOrder, type OrderRow, orderFrom } from '#src/orders/orders.ts'
import { placeOrders } from '#src/orders/place-orders.ts'
import { insertAttempts, type NewAttempt, readOrderAttempts } from '#src/payments/payments.sql.ts'
import { isOpen } from '#src/payments/payments.ts'
import { releaseCouponUses, takeCouponUses } from '#src/pricing/pricing.sql.ts'
import type { PaymentChoice, Timings } from './checkout.ts'
import type { Payer } from './start-payment.ts'

/** What one request wants: to order a priced cart, or to pay an order that waits. */
export type Wanted = {
  readonly request: RequestKey
  readonly payment: PaymentChoice
  readonly attempt_id: AttemptId
  readonly capture: 'now' | 'later'
  readonly origin: 'web' | 'staff'
  readonly of:
    | { readonly kind: 'cart'; readonly cart_id: CartId; readonly priced: PricedSnapshot }
    /** A cart that was never stored: everything came in one call. */
    | { readonly kind: 'goods'; readonly priced: PricedSnapshot }
    | {
        readonly kind: 'order'
        readonly order_id: OrderId
        readonly expected_total: bigint
        readonly payer: Payer
      }
}
export type Written =
  | { readonly kind: 'repeat'; readonly resource_id: string }
  | {
      readonly kind: 'written'
      readonly order_id: OrderId
      /** Null when nothing is to pay. */
      readonly attempt_id: AttemptId | null
    }
export type WrittenIntent = Written | Refusal

type Plan =
  | { readonly kind: 'new'; readonly order: NewOrder; readonly replaces: OrderId | null }
  | { readonly kind: 'again'; readonly order: OrderRow }
type Planned = { readonly at: number; readonly wanted: Wanted; readonly plan: Plan }

const cartOf = ({ of }: Wanted): CartId[] => (of.kind === 'cart' ? [of.cart_id] : [])
const orderOf = ({ of }: Wanted): OrderId[] => (of.kind === 'order' ? [of.order_id] : [])

type Locked = {
  readonly versions: ReadonlyMap<CartId, number>
  readonly by_cart: ReadonlyMap<CartId, OrderRow>
  readonly by_id: ReadonlyMap<OrderId, OrderRow>
  /** Orders with a payment whose end is not known. */
  readonly paying: ReadonlySet<OrderId>
}

async function lockAll(tx: Tx, wanted: readonly Wanted[]): Promise<Locked> {
  const carts = [...new Set(wanted.flatMap(cartOf))]
  const asked = [...new Set(wanted.flatMap(orderOf))]
  const [versions, of_carts, of_orders] = await together(
    lockCartVersions(tx, carts),
    carts.length > 0 ? lockPendingOrders(tx, carts) : Promise.resolve([]),
    asked.length > 0 ? lockOrders(tx, asked) : Promise.resolve([]),
  )
  const orders = [...of_carts, ...of_orders]
  const pending = orders.filter(({ state }) => state === 'pending').map(({ id }) => id)
  const attempts = pending.length > 0 ? await readOrderAttempts(tx, pending) : []
  return {
    versions,
    by_cart: new Map(of_carts.map((order) => [order.cart_id!, order])),
    by_id: new Map(orders.map((order) => [order.id, order])),
    paying: new Set(attempts.filter((a) => isOpen(a.state)).map((a) => a.order_id)),
  }
}

/** Why this order cannot be paid now, if so. */
function refusePaying(order: OrderRow, paying: ReadonlySet<OrderId>): Refusal | null {
  const { id: order_id, state } = order
  if (state === 'placed' || state === 'closed') return refuse('cart_is_completed', { order_id })
  if (state !== 'pending') return refuse('order_cannot_move', { order_id, state })
  return paying.has(order_id) ? refuse('payment_in_progress', { order_id }) : null
}

function planOne(wanted: Wanted, locked: Locked, frame: Frame): Plan | Refusal {
  const { of } = wanted
  if (of.kind === 'order') {
    const order = locked.by_id.get(of.order_id)
    if (!order) return refuse('not_found', { order_id: of.order_id })
    if (order.total !== of.expected_total) {
      return refuse('price_has_changed', { expected_total: of.expected_total, total: order.total })
    }
    return refusePaying(order, locked.paying) ?? { kind: 'again', order }
  }
  const { cart } = of.priced.snapshot
  const existing = of.kind === 'cart' ? locked.by_cart.get(of.cart_id) : undefined
  if (existing) {
    const refused = refusePaying(existing, locked.paying)
    if (refused) return refused
  }
  if (of.kind === 'cart' && locked.versions.get(of.cart_id) !== cart.version) {
    return refuse('cart_has_changed', { cart_id: of.cart_id })
  }
  if (existing?.cart_version === cart.version && existing.total === of.priced.priced.total) {
    return { kind: 'again', order: existing }
  }
  const order = orderFrom(of.priced, {
    cart_id: of.kind === 'cart' ? of.cart_id : null,
    legal_entity_id: channelOf(frame.book, cart.channel_id).legal_entity_id,
    locale: channelOf(frame.book, cart.channel_id).locale,
    origin: wanted.origin,
    hold_expires_at: plusMs(frame.now, frame.timings.hold_ms),
    now: frame.now,
  })
  return { kind: 'new', order, replaces: existing?.id ?? null }
}

export type Frame = {
  readonly book: ShopBook
  readonly timings: Timings
  readonly now: Date
}

/** What a request is about: a cart and the order it has become already, or an order. */
function subjectsOf({ of }: Wanted, { by_cart }: Locked): readonly string[] {
  if (of.kind === 'goods') return []
  if (of.kind === 'order') return [of.order_id]
  const order = by_cart.get(of.cart_id)
  return order ? [of.cart_id, order.id] : [of.cart_id]
}

/** Two requests about one cart or order in one batch: the first goes on, the second is told. */
function planAll(wanted: readonly Wanted[], locked: Locked, frame: Frame): (Plan | Refusal)[] {
  const taken = new Set<string>()
  return wanted.map((one) => {
    const subjects = subjectsOf(one, locked)
    if (subjects.some((subject) => taken.has(subject))) return refuse('payment_in_progress', {})
    const plan = planOne(one, locked, frame)
    if (!(plan instanceof Refusal)) for (const subject of subjects) taken.add(subject)
    return plan
  })
}

type NewPlanned = Planned & { readonly plan: Extract<Plan, { kind: 'new' }> }
const isNew = (planned: Planned): planned is NewPlanned => planned.plan.kind === 'new'

/** Frees what replaced orders held; it may be needed for the order that replaces them. */
async function replaceOrders(tx: Tx, replaced: readonly OrderId[], now: Date): Promise<void> {
  if (replaced.length === 0) return
  await releaseOrderHolds(tx, replaced)
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
      at: now,
    })),
  )
}

type Stocked = {
  readonly held: Map<number, readonly Allocation[]>
  readonly refused: Map<number, Refusal>
}

/** Locks the stock of all orders in key order and decides them one after the other. */
async function holdStock(
  tx: Tx,
  planned: readonly NewPlanned[],
  { book, now }: Frame,
): Promise<Stocked> {
  const demands = new Map(planned.map((one) => [one.at, demandsOf(one.plan.order)]))
  const replaced = planned.flatMap(({ plan }) => plan.replaces ?? [])
  const freed = replaced.length > 0 ? await heldItems(tx, replaced) : []
  const items = new Set([
    ...[...demands.values()].flat().map(({ stock_item_id }) => stock_item_id),
    ...freed,
  ])
  if (items.size === 0) return { held: new Map(), refused: new Map() }
  let levels = await lockLevels(tx, [...items])
  if (replaced.length > 0) {
    await replaceOrders(tx, replaced, now)
    levels = await lockLevels(tx, [...items])
  }
  const sellable = readSellable(levels)
  const held = new Map<number, readonly Allocation[]>()
  const refused = new Map<number, Refusal>()
  for (const { at, plan } of planned) {
    const { locations } = channelOf(book, plan.order.channel_id)
    const decision = allocate(demands.get(at)!, locations, sellable)
    if (decision.kind === 'held') held.set(at, decision.allocations)
    else refused.set(at, shortOf(plan.order, decision.items))
  }
  return { held, refused }
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

/** A replaced order cannot be given back inside a batch: the request is run again alone. */
function assertUndoable(planned: readonly NewPlanned[], refused: ReadonlyMap<number, Refusal>) {
  for (const { at, plan } of planned) {
    const refusal = refused.get(at)
    if (refusal && plan.replaces !== null) throw planned.length > 1 ? new RunAlone() : refusal
  }
}

/** Thrown to make the batcher try each request in a transaction of its own. */
export class RunAlone extends Error {}

async function writeNew(
  tx: Tx,
  planned: readonly NewPlanned[],
  frame: Frame,
): Promise<ReadonlyMap<number, Refusal>> {
  const { held, refused } = await holdStock(tx, planned, frame)
  const stocked = planned.filter(({ at }) => !refused.has(at))
  const uses = stocked.flatMap(({ plan: { order } }) =>
    order.coupon_id ? [{ coupon_id: order.coupon_id, order_id: order.id }] : [],
  )
  const used_up = new Set(uses.length > 0 ? await takeCouponUses(tx, uses) : [])
  for (const { at, plan } of stocked) {
    if (!used_up.has(plan.order.id)) continue
    refused.set(at, refuse('coupon_used_up', { coupon_code: plan.order.coupon_code }))
  }
  assertUndoable(planned, refused)
  const accepted = planned.filter(({ at }) => !refused.has(at))
  const orders = accepted.map(({ plan }) => plan.order)
  const events = orders.map((order) => ({
    kind: 'order.created',
    subject: 'order',
    subject_id: order.id,
    order_id: order.id,
    actor: order.origin === 'staff' ? 'staff' : 'shopper',
    cause_id: order.cart_id,
    detail: { total: order.total, currency: order.currency, lines: order.lines.length },
    at: frame.now,
  }))
  const allocations = accepted.flatMap(({ at }) => held.get(at) ?? [])
  await together(
    insertOrders(tx, orders),
    writeHolds(tx, allocations, frame.now),
    addEvents(tx, events),
    writeAttempts(tx, accepted, frame),
  )
  return refused
}

const orderIdOf = ({ plan }: Planned): OrderId => plan.order.id

async function writeAttempts(tx: Tx, planned: readonly Planned[], frame: Frame): Promise<void> {
  const attempts = planned.flatMap(({ wanted, plan }): NewAttempt[] => {
    if (plan.order.total === 0n) return []
    return [
      {
        id: wanted.attempt_id,
        order_id: plan.order.id,
        provider: wanted.payment.provider,
        capture_mode: wanted.capture,
        currency: plan.order.currency,
        amount: plan.order.total,
        lookup_due_at: plusMs(frame.now, frame.timings.lookup_ms),
      },
    ]
  })
  await insertAttempts(tx, attempts, frame.now)
  const again = planned.flatMap(({ plan }) => (plan.kind === 'again' ? plan.order.id : []))
  if (again.length > 0) await extendHolds(tx, again, plusMs(frame.now, frame.timings.hold_ms))
}

/** Orders without a price to pay are placed at once; having no attempt, they answer repeats. */
async function placeFree(tx: Tx, planned: readonly Planned[], frame: Frame): Promise<void> {
  const free = planned.filter(({ plan }) => plan.order.total === 0n)
  if (free.length === 0) return
  await redirectKeys(
    tx,
    free.map((one) => ({ ...one.wanted.request, resource_id: orderIdOf(one) })),
  )
  const orders = await lockOrders(tx, free.map(orderIdOf))
  const placing = orders.map((order) => ({
    order,
    payment_state: 'captured' as const,
    cause_id: order.id,
  }))
  await placeOrders(tx, placing, frame.book.legal_entities, frame.now)
}

/** One result per request, in their order. */
export async function writeIntents(
  tx: Tx,
  wanted: readonly Wanted[],
  frame: Frame,
): Promise<WrittenIntent[]> {
  const results: (WrittenIntent | undefined)[] = wanted.map(() => undefined)
  const asked = wanted.map(({ request, attempt_id }) => ({ ...request, resource_id: attempt_id }))
  // What is a repeat is locked too, and left as it is.
  const [claims, locked] = await together(claimKeys(tx, asked, frame.now), lockAll(tx, wanted))
  claims.forEach((claim, at) => {
    if (claim.kind === 'repeat') results[at] = claim
    if (claim.kind === 'reused') results[at] = refuse('idempotency_key_reused')
  })
  const fresh = wanted.flatMap((one, at) => (results[at] ? [] : [{ one, at }]))
  const plans = planAll(
    fresh.map(({ one }) => one),
    locked,
    frame,
  )
  const planned: Planned[] = []
  fresh.forEach(({ one, at }, i) => {
    const plan = plans[i]!
    if (plan instanceof Refusal) results[at] = plan
    else planned.push({ at, wanted: one, plan })
  })
  const refused = await writeNew(tx, planned.filter(isNew), frame)
  for (const [at, refusal] of refused) results[at] = refusal
  const written = planned.filter(({ at }) => !refused.has(at))
  await writeAttempts(
    tx,
    written.filter((one) => !isNew(one)),
    frame,
  )
  await placeFree(tx, written, frame)
  for (const one of written) {
    const attempt_id = one.plan.order.total === 0n ? null : one.wanted.attempt_id
    results[one.at] = { kind: 'written', order_id: one.plan.order.id, attempt_id }
  }
  const refused_claims = wanted.flatMap(({ request, attempt_id }, at) =>
    results[at] instanceof Refusal && claims[at]!.kind === 'new'
      ? [{ ...request, resource_id: attempt_id }]
      : [],
  )
  await releaseKeys(tx, refused_claims)
  return results as WrittenIntent[]
}
