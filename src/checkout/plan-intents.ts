// What each request of a batch comes to, over locked carts and orders. Pure.
import type { PricedSnapshot } from '#src/carts/price-snapshot.ts'
import { channelOf, type ShopBook } from '#src/carts/shop-book.ts'
import type { RequestKey } from '#src/db/idempotency.sql.ts'
import { plusMs } from '#src/lib/clock.ts'
import type { AttemptId, CartId, CustomerId, OrderId } from '#src/lib/ids.ts'
import { Refusal, refuse } from '#src/lib/refusal.ts'
import { type NewOrder, type OrderRow, orderFrom } from '#src/orders/orders.ts'
import type { Balance } from '#src/payments/balance.ts'
import type { Attempt } from '#src/payments/payments.ts'
import type { PaymentChoice, Timings } from './checkout.ts'
import type { Payer } from './start-payment.ts'

/** What one request wants: to order a priced cart, or to pay an order that waits. */
export type Wanted = {
  readonly request: RequestKey
  /** Null holds the goods until `hold_until`, and asks nobody for money yet. */
  readonly payment: PaymentChoice | null
  readonly hold_until?: Date
  readonly attempt_id: AttemptId
  readonly capture: 'now' | 'later'
  readonly origin: 'web' | 'staff'
  /** What the buyer writes to the shop: a gift message. */
  readonly buyer_note?: string | null
  /** Of the request, for what others do because of it; null unless traces are sent. */
  readonly traceparent: string | null
  readonly of:
    | {
        readonly kind: 'cart'
        readonly cart_id: CartId
        readonly priced: PricedSnapshot
        /** Staff have prepared it: its row is a draft, and its prices may be frozen. */
        readonly is_draft?: boolean
      }
    /** A cart that was never stored: everything came in one call. */
    | { readonly kind: 'goods'; readonly priced: PricedSnapshot }
    | {
        readonly kind: 'order'
        readonly order_id: OrderId
        readonly expected_total: bigint
        readonly payer: Payer
      }
}

export type Frame = {
  readonly book: ShopBook
  readonly timings: Timings
  readonly now: Date
}

export type NewPlan = {
  readonly kind: 'new'
  readonly order: NewOrder
  readonly replaces: OrderId | null
  /** The cart, if it holds goods already: they go to the order. */
  readonly held_by: CartId | null
}
export type PlanAgain = {
  readonly kind: 'again'
  readonly order: OrderRow
  readonly amount: bigint
  readonly purpose: Attempt['purpose']
}
export type Plan = NewPlan | PlanAgain
/** `at` is the request's place in the batch. */
export type Planned<Of extends Plan = Plan> = {
  readonly at: number
  readonly wanted: Wanted
  readonly plan: Of
}
export const isNew = (planned: Planned): planned is Planned<NewPlan> => planned.plan.kind === 'new'
export const isAgain = (planned: Planned): planned is Planned<PlanAgain> => !isNew(planned)

export type Locked = {
  /** Those in whose names something is ordered, and who were not erased. */
  readonly customers: ReadonlySet<CustomerId>
  readonly versions: ReadonlyMap<CartId, number>
  readonly may_hold: ReadonlySet<CartId>
  readonly by_cart: ReadonlyMap<CartId, OrderRow>
  readonly by_id: ReadonlyMap<OrderId, OrderRow>
  /** Of placed orders that somebody wants to pay: what an edit may have added. */
  readonly balances: ReadonlyMap<OrderId, Balance>
  /** Orders with a payment whose end is not known. */
  readonly paying: ReadonlySet<OrderId>
}

/** Why this order cannot be paid now, if so. */
function refusePaying(order: OrderRow, paying: ReadonlySet<OrderId>): Refusal | null {
  const { id: order_id, state } = order
  if (state === 'placed' || state === 'closed') return refuse('cart_is_completed', { order_id })
  if (state !== 'pending') return refuse('order_cannot_move', { order_id, state })
  return paying.has(order_id) ? refuse('payment_in_progress', { order_id }) : null
}

const again = (order: OrderRow): PlanAgain => ({
  kind: 'again',
  order,
  amount: order.total,
  purpose: 'order',
})

/** An order that is placed and costs more by now: the difference is paid by itself. */
function planDifference(
  order: OrderRow,
  amount: bigint,
  expected_total: bigint,
  { paying }: Locked,
): PlanAgain | Refusal {
  if (amount !== expected_total) {
    return refuse('price_has_changed', { expected_total, total: amount })
  }
  if (paying.has(order.id)) return refuse('payment_in_progress', { order_id: order.id })
  return { kind: 'again', order, amount, purpose: 'difference' }
}

function planOne(wanted: Wanted, locked: Locked, frame: Frame): Plan | Refusal {
  const { of } = wanted
  if (of.kind === 'order') {
    const order = locked.by_id.get(of.order_id)
    if (!order) return refuse('not_found', { order_id: of.order_id })
    const to_collect = locked.balances.get(order.id)?.to_collect ?? 0n
    if (to_collect > 0n) return planDifference(order, to_collect, of.expected_total, locked)
    if (order.total !== of.expected_total) {
      return refuse('price_has_changed', { expected_total: of.expected_total, total: order.total })
    }
    return refusePaying(order, locked.paying) ?? again(order)
  }
  const { cart } = of.priced.snapshot
  if (cart.customer_id !== null && !locked.customers.has(cart.customer_id)) {
    return refuse('customer_token_wrong')
  }
  const existing = of.kind === 'cart' ? locked.by_cart.get(of.cart_id) : undefined
  if (existing) {
    const refused = refusePaying(existing, locked.paying)
    if (refused) return refused
  }
  if (of.kind === 'cart' && locked.versions.get(of.cart_id) !== cart.version) {
    return refuse('cart_has_changed', { cart_id: of.cart_id })
  }
  if (existing?.cart_version === cart.version && existing.total === of.priced.priced.total) {
    return again(existing)
  }
  const order = orderFrom(of.priced, {
    cart_id: of.kind === 'cart' ? of.cart_id : null,
    legal_entity_id: channelOf(frame.book, cart.channel_id).legal_entity_id,
    locale: channelOf(frame.book, cart.channel_id).locale,
    origin: wanted.origin,
    buyer_note: wanted.buyer_note ?? null,
    hold_expires_at: wanted.hold_until ?? plusMs(frame.now, frame.timings.hold_ms),
    now: frame.now,
  })
  const held_by = of.kind === 'cart' && locked.may_hold.has(of.cart_id) ? of.cart_id : null
  return { kind: 'new', order, replaces: existing?.id ?? null, held_by }
}

/** What a request is about: a cart and the order it has become already, or an order. */
function subjectsOf({ of }: Wanted, { by_cart }: Locked): readonly string[] {
  if (of.kind === 'goods') return []
  if (of.kind === 'order') return [of.order_id]
  const order = by_cart.get(of.cart_id)
  return order ? [of.cart_id, order.id] : [of.cart_id]
}

/** Two requests about one cart or order in one batch: the first goes on, the second is told. */
export function planAll(
  wanted: readonly { readonly at: number; readonly wanted: Wanted }[],
  locked: Locked,
  frame: Frame,
): { readonly planned: readonly Planned[]; readonly refused: ReadonlyMap<number, Refusal> } {
  const taken = new Set<string>()
  const planned: Planned[] = []
  const refused = new Map<number, Refusal>()
  for (const one of wanted) {
    const subjects = subjectsOf(one.wanted, locked)
    const plan = subjects.some((subject) => taken.has(subject))
      ? refuse('payment_in_progress', {})
      : planOne(one.wanted, locked, frame)
    if (plan instanceof Refusal) {
      refused.set(one.at, plan)
      continue
    }
    for (const subject of subjects) taken.add(subject)
    planned.push({ ...one, plan })
  }
  return { planned, refused }
}
