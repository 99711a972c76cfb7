// What an order still has to pay or to get back, from what was agreed, taken and reserved. Pure.
import { sum } from '#src/lib/money.ts'
import type { OrderRow } from '#src/orders/orders.ts'
import type { Capture, Refund } from './payments.sql.ts'
import type { Attempt } from './payments.ts'

export type MoneyRows = {
  readonly attempts: readonly Attempt[]
  readonly captures: readonly Capture[]
  readonly refunds: readonly Refund[]
}
export type Balance = {
  /** What the buyer must pay for what is on the order. */
  readonly due: bigint
  /** Taken and not given back. */
  readonly paid: bigint
  /** Reserved at a provider, and still to be taken. */
  readonly reserved: bigint
  /** What no payment covers. */
  readonly to_collect: bigint
  /** What was paid beyond what is due. */
  readonly to_refund: bigint
}

const positive = (amount: bigint): bigint => (amount > 0n ? amount : 0n)
export const counts = ({ state }: Refund): boolean => state !== 'failed'
export const inFlight = ({ state }: Capture): boolean =>
  state === 'requested' || state === 'pending'

type Reduced = Pick<Refund, 'state' | 'takes_off'>

/** What the buyer must pay for what is still on the order, less what was given out of goodwill. */
export function dueOf(order: OrderRow, changed: bigint, refunds: readonly Reduced[]): bigint {
  if (order.state !== 'placed' && order.state !== 'closed') return 0n
  const given = sum(refunds.flatMap((one) => (one.state === 'failed' ? [] : one.takes_off)))
  return positive(order.total - changed - given)
}

/** What of an attempt may still be taken: nothing once its last capture was asked for. */
function reservedOf(attempt: Attempt, captures: readonly Capture[]): bigint {
  const { state, capture_mode, authorized, captured } = attempt
  const own = captures.filter(({ attempt_id, ...one }) => {
    return attempt_id === attempt.id && one.state !== 'failed'
  })
  const under_way = sum(own.filter(inFlight).map(({ amount }) => amount))
  if (own.some(({ final }) => final)) return under_way
  const is_open = state === 'authorized' || (state === 'captured' && capture_mode === 'later')
  return is_open ? authorized - captured : under_way
}

/** `changed`: what changes have taken off the total of the order. */
export function balanceOf(order: OrderRow, changed: bigint, money: MoneyRows): Balance {
  const due = dueOf(order, changed, money.refunds)
  const captured = sum(money.attempts.map((attempt) => attempt.captured))
  const paid = captured - sum(money.refunds.filter(counts).map(({ amount }) => amount))
  const reserved = sum(money.attempts.map((attempt) => reservedOf(attempt, money.captures)))
  return {
    due,
    paid,
    reserved,
    to_collect: positive(due - paid - reserved),
    to_refund: positive(paid - due),
  }
}
