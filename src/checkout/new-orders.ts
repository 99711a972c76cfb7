// Orders that are not stored yet, with the payments that begin with them. What needs nobody
// outside (no price to pay, or a method that settles at once) is placed before it is written, so
// that each row is written once, as it stays. Pure but for the numbers, which are drawn.
import type { Tx } from '#src/db/sql.ts'
import type { Allocation } from '#src/inventory/allocate.ts'
import { heldStock } from '#src/inventory/stock-changes.ts'
import { plusMs } from '#src/lib/clock.ts'
import type { OrderId } from '#src/lib/ids.ts'
import { type FollowUps, noFollowUps } from '#src/orders/follow-ups.ts'
import { bornPlaced, type NewOrder } from '#src/orders/orders.ts'
import { followPlacing, numberOrders } from '#src/orders/place-orders.ts'
import type { NewAttempt, NewCapture } from '#src/payments/payments.sql.ts'
import type { Attempt } from '#src/payments/payments.ts'
import { paidBy } from '#src/payments/record-outcomes.ts'
import {
  type Anomaly,
  attemptsAfter,
  decideSteps,
  followSteps,
  isMoney,
  type Report,
  type Step,
  takeMoney,
  wantedCaptures,
} from '#src/payments/steps.ts'
import type { PaymentProvider } from '#src/ports/payment-provider.ts'
import type { HeldGoods } from './hold-goods.ts'
import type { Frame, NewPlan, Planned, Wanted } from './plan-intents.ts'
import { startOf } from './start-payment.ts'

type Payments = ReadonlyMap<string, PaymentProvider>

/** The answer of a method that needs nobody outside; null for all others. */
export function reportAtOnce(wanted: Wanted, order: OrderId, payments: Payments): Report | null {
  if (wanted.payment === null) return null
  const provider = payments.get(wanted.payment.provider)!
  if (provider.immediate === null) return null
  const outcome = provider.immediate(startOf(wanted, order, ''))
  return { attempt_id: wanted.attempt_id, outcome, source: `provider:${provider.name}` }
}

/** The intent to pay this order; null when there is nothing to pay. */
export function attemptOf({ wanted, plan }: Planned, { now, timings }: Frame): NewAttempt | null {
  const { id: order_id, currency, total } = plan.order
  const { amount, purpose } =
    plan.kind === 'again' ? plan : { amount: total, purpose: 'order' as const }
  if (amount === 0n || wanted.payment === null) return null
  return {
    id: wanted.attempt_id,
    order_id,
    provider: wanted.payment.provider,
    purpose,
    capture_mode: wanted.capture,
    state: 'created',
    currency,
    amount,
    authorized: 0n,
    captured: 0n,
    refunded: 0n,
    reference: null,
    decline_reason: null,
    lookups: 0,
    cancel_asked: false,
    traceparent: wanted.traceparent,
    created_at: now,
    capture_before: null,
    lookup_due_at: plusMs(now, timings.lookup_ms),
  }
}

export type NewOrders = {
  readonly orders: ReadonlyMap<OrderId, NewOrder>
  readonly attempts: ReadonlyMap<OrderId, NewAttempt>
  readonly captures: readonly NewCapture[]
  readonly follow: FollowUps
  readonly anomalies: readonly Anomaly[]
  /** Orders whose payment has moved and has not placed them: their summary is to be made. */
  readonly unplaced: readonly OrderId[]
}

const createdEvent = (
  { id, cart_id, origin, total, currency, lines }: NewOrder,
  held: readonly Allocation[],
  at: Date,
) => ({
  kind: 'order.created',
  subject: 'order',
  subject_id: id,
  order_id: id,
  actor: origin === 'staff' ? 'staff' : 'shopper',
  cause_id: cart_id,
  detail: { total, currency, lines: lines.length, stock: heldStock(held) },
  at,
})

/** The number series are locked last, so everything else must be locked and decided. */
export async function makeNewOrders(
  tx: Tx,
  planned: readonly Planned<NewPlan>[],
  frame: Frame & { readonly payments: Payments } & Pick<HeldGoods, 'held'>,
): Promise<NewOrders> {
  const { now, timings, book, payments } = frame
  const orders = new Map(planned.map(({ plan: { order } }) => [order.id, order]))
  const begun = planned.flatMap((one) => attemptOf(one, frame) ?? [])
  const reports = planned.flatMap(({ wanted, plan: { order } }) =>
    order.total === 0n ? [] : (reportAtOnce(wanted, order.id, payments) ?? []),
  )
  const waits = { now, lookup_ms: timings.lookup_ms }
  const known = new Map(begun.map((attempt): [Attempt['id'], Attempt] => [attempt.id, attempt]))
  const { steps, anomalies } = decideSteps(reports, known)
  const placing = new Map<OrderId, Step>(
    steps.filter(isMoney).map((step) => [step.after.order_id, step]),
  )
  const { taken, added } = takeMoney(steps, [])
  const wanted = wantedCaptures(placing.values())
  const follow = noFollowUps()
  for (const { at, plan } of planned) {
    follow.events.push(createdEvent(plan.order, frame.held.get(at)!, now))
  }
  followSteps(follow, { steps, taken, wanted, orders, placing }, now)

  const placed = [...orders.values()].filter(({ id, total }) => total === 0n || placing.has(id))
  const numbers = await numberOrders(tx, placed, book.legal_entities, now)
  for (const order of placed) {
    const step = placing.get(order.id)
    const number = numbers.get(order.id)!
    followPlacing(follow, { order, number, cause_id: step?.after.id ?? order.id }, now)
    const payment_state = step ? paidBy(step) : 'captured'
    orders.set(order.id, bornPlaced(order, { number, payment_state, now }))
  }
  const moved = attemptsAfter(steps, waits)
  return {
    orders,
    attempts: new Map(begun.map((one) => [one.order_id, moved.get(one.id) ?? one])),
    captures: [...added, ...wanted],
    follow,
    anomalies,
    unplaced: steps.flatMap(({ after }) => (placing.has(after.order_id) ? [] : [after.order_id])),
  }
}
