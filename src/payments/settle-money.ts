// What a buyer has paid and what is owed are brought together: too much goes back, an
// authorization nobody needs is given up. Asked after every change of either.
import type { Tx } from '#src/db/sql.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { addEffects } from '#src/jobs/effects.sql.ts'
import { addEntries } from '#src/ledger/ledger.sql.ts'
import { depositReturnEntry, settleEntry } from '#src/ledger/ledger.ts'
import { newId, type OrderId, type RefundId } from '#src/lib/ids.ts'
import { sum } from '#src/lib/money.ts'
import { keptAmounts } from '#src/orders/order-changes.sql.ts'
import type { OrderRow } from '#src/orders/orders.ts'
import { counts, dueOf, inFlight, type MoneyRows } from './balance.ts'
import { canceledAmounts } from './money-views.sql.ts'
import {
  insertRefunds,
  type NewRefund,
  type Refund,
  type RefundAllocation,
  readCapturesOf,
  readOrderAttempts,
  readRefundsOf,
} from './payments.sql.ts'
import type { Attempt } from './payments.ts'

export type Cause = {
  readonly cause_id: string
  readonly reason: string
  readonly allocations: readonly RefundAllocation[]
  /**
   * Which account the journal takes what goes back from: where the money was booked to when it
   * came. Null when it knows already that it is owed back.
   */
  readonly from: 'receivable' | 'customer_deposits' | null
}
/** What of an attempt could still be given back. */
export const refundableOf = (attempt: Attempt, refunds: readonly Refund[]): bigint =>
  attempt.captured -
  sum(refunds.filter((r) => r.attempt_id === attempt.id && counts(r)).map((r) => r.amount))

function refundsFor(order: OrderRow, excess: bigint, money: MoneyRows, cause: Cause): NewRefund[] {
  const made: NewRefund[] = []
  let left = excess
  // First the payment that was too much, then the latest: an older one paid for what is kept.
  const latest_first = [...money.attempts].reverse()
  const surplus = latest_first.filter(({ id }) => id === cause.cause_id)
  for (const attempt of [...surplus, ...latest_first.filter((one) => !surplus.includes(one))]) {
    const refundable = refundableOf(attempt, money.refunds)
    const amount = refundable < left ? refundable : left
    if (amount <= 0n) continue
    made.push({
      id: newId<RefundId>(),
      attempt_id: attempt.id,
      order_id: order.id,
      cause_id: cause.cause_id,
      state: 'requested',
      currency: attempt.currency,
      amount,
      reason: cause.reason,
      reference: null,
      takes_off: 0n,
      allocations: made.length === 0 && amount === excess ? cause.allocations : [],
    })
    left -= amount
  }
  return made
}

type Standing = {
  readonly money: MoneyRows
  readonly canceled: bigint
  /** What an edit has left with the shop; null is all that there is. */
  readonly kept: bigint | null
  readonly cause: Cause
}

async function settle(
  tx: Tx,
  order: OrderRow,
  { money, canceled, kept, cause }: Standing,
  now: Date,
): Promise<void> {
  const due = dueOf(order, canceled, money.refunds)
  const captured = sum(money.attempts.map((attempt) => attempt.captured))
  const given_back = sum(money.refunds.filter(counts).map(({ amount }) => amount))
  // What came on top of what an edit has left does not wait with it.
  const excess = kept === null ? 0n : captured - given_back - due - kept
  if (excess > 0n) {
    const refunds = refundsFor(order, excess, money, cause)
    const made = await insertRefunds(tx, refunds, now)
    const ours = refunds.filter(({ id }) => made.includes(id))
    const effects = ours.map(({ id }) => ({
      kind: 'refund' as const,
      cause_id: id,
      order_id: order.id,
    }))
    await addEffects(tx, effects, now)
    if (cause.from !== null) {
      const is_deposit = cause.from === 'customer_deposits'
      const entries = ours.map((refund) => ({
        kind: is_deposit ? 'deposit_return' : 'settle',
        order_id: order.id,
        cause_id: refund.id,
        legal_entity_id: order.legal_entity_id,
        currency: refund.currency,
        party_id: order.customer_id,
        postings: is_deposit ? depositReturnEntry(refund.amount) : settleEntry(refund.amount),
      }))
      await addEntries(tx, entries, now)
    }
    await addEvents(
      tx,
      ours.map((refund) => ({
        kind: 'refund.requested',
        subject: 'refund',
        subject_id: refund.id,
        order_id: order.id,
        actor: 'system',
        cause_id: cause.cause_id,
        detail: { amount: refund.amount, currency: refund.currency },
        at: now,
      })),
    )
  }
  if (money.captures.some(inFlight)) return
  await giveUpUnused(tx, money.attempts, due - (captured - given_back), now)
}

/** Authorizations beyond what is still to be captured: the oldest ones are kept. */
async function giveUpUnused(
  tx: Tx,
  attempts: readonly Attempt[],
  to_capture: bigint,
  now: Date,
): Promise<void> {
  let needed = to_capture
  const unused: Attempt[] = []
  for (const attempt of attempts) {
    if (attempt.state !== 'authorized' || attempt.captured > 0n) continue
    if (needed > 0n) needed -= attempt.authorized
    else unused.push(attempt)
  }
  const voids = unused.map(({ id, order_id }) => ({
    kind: 'void' as const,
    cause_id: id,
    order_id,
  }))
  await addEffects(tx, voids, now)
}

/** The orders must be locked. Asking again with one cause refunds once. */
export async function settleMoney(
  tx: Tx,
  orders: readonly { readonly order: OrderRow; readonly cause: Cause }[],
  now: Date,
): Promise<void> {
  if (orders.length === 0) return
  const ids = orders.map(({ order }) => order.id)
  const attempts = await readOrderAttempts(tx, ids)
  const captures = await readCapturesOf(tx, ids)
  const refunds = await readRefundsOf(tx, ids)
  const canceled = await canceledAmounts(tx, ids)
  const keeping = orders.flatMap(({ order }) => (order.settle_later ? [order.id] : []))
  const kept = await keptAmounts(tx, keeping)
  const of = <T extends { readonly order_id: OrderId }>(rows: readonly T[], id: OrderId): T[] =>
    rows.filter(({ order_id }) => order_id === id)
  for (const { order, cause } of orders) {
    const money = {
      attempts: of(attempts, order.id),
      captures: of(captures, order.id),
      refunds: of(refunds, order.id),
    }
    const standing = {
      money,
      canceled: canceled.get(order.id) ?? 0n,
      kept: order.settle_later ? (kept.get(order.id) ?? null) : 0n,
      cause,
    }
    await settle(tx, order, standing, now)
  }
}
