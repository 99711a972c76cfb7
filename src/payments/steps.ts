// What reports about payments change, and what follows from it. Pure: attempts that are stored
// and such as are about to be are treated alike.
import { captureEntry, feeEntry, type JournalEntry } from '#src/ledger/ledger.ts'
import { type AttemptId, type CaptureId, newId, type OrderId } from '#src/lib/ids.ts'
import type { Money } from '#src/lib/money.ts'
import type { FollowUps } from '#src/orders/follow-ups.ts'
import type { OrderRow } from '#src/orders/orders.ts'
import type { Fee, PaymentOutcome } from '#src/ports/payment-provider.ts'
import type { Capture, NewAttempt, NewCapture } from './payments.sql.ts'
import { type Attempt, decideOutcome, isOpen, nextLookup } from './payments.ts'

export type Report = {
  readonly attempt_id: AttemptId
  readonly outcome: PaymentOutcome
  /** `checkout`, `provider:<name>`, `lookup`: for the timeline. */
  readonly source: string
}
export type Step = {
  readonly before: Attempt
  readonly after: Attempt
  readonly report: Report
  readonly capture_before: Date | null
}
export type Anomaly = { readonly attempt: Attempt; readonly message: string }
export type Waits = {
  readonly now: Date
  readonly lookup_ms: number
}

/** One step after the other, each from where the one before left its attempt. */
export function decideSteps(
  reports: readonly Report[],
  attempts: ReadonlyMap<AttemptId, Attempt>,
): { readonly steps: readonly Step[]; readonly anomalies: readonly Anomaly[] } {
  const current = new Map(attempts)
  const steps: Step[] = []
  const anomalies: Anomaly[] = []
  for (const report of reports) {
    const before = current.get(report.attempt_id)
    if (!before) continue
    const decided = decideOutcome(before, report.outcome)
    if (decided.kind === 'anomaly') anomalies.push({ attempt: before, message: decided.message })
    if (decided.kind !== 'change') continue
    const { capture_before, ...change } = decided.change
    const after = { ...before, ...change }
    current.set(after.id, after)
    steps.push({ before, after, report, capture_before })
  }
  return { steps, anomalies }
}

/** The attempts as the last of their steps leaves them. */
export function attemptsAfter(
  steps: readonly Step[],
  { lookup_ms, now }: Waits,
): ReadonlyMap<AttemptId, NewAttempt> {
  const found = new Map<AttemptId, NewAttempt>()
  for (const { after, capture_before } of steps) {
    const lookup_due_at = isOpen(after.state) ? nextLookup(after.lookups, lookup_ms, now) : null
    found.set(after.id, { ...after, capture_before, lookup_due_at })
  }
  return found
}

export const isMoney = ({ after }: Step): boolean =>
  after.state === 'captured' || after.state === 'authorized'

/**
 * Money that may place an order. An authorization does not while we ask the provider to end that
 * payment: it would be gone a moment later. What was captured stays.
 */
export const mayPlace = (step: Step): boolean => {
  const { before, after } = step
  const is_ending = before.cancel_asked && isOpen(before.state)
  return isMoney(step) && !(is_ending && after.state === 'authorized')
}

const feeOf = ({ report: { outcome } }: Step): Fee =>
  outcome.kind === 'captured' ? outcome.fee : null
const isTold = (fee: Fee): fee is Money => fee !== null && fee !== 'later'

/** Steps that took money which we may have asked for by a capture of its own. */
export const askedBefore = (steps: readonly Step[]): Step[] =>
  steps.filter(
    ({ before, after }) =>
      after.captured > before.captured && (before.state === 'authorized' || before.captured > 0n),
  )

export type Taken = { readonly step: Step; readonly capture: NewCapture }
export type TakenMoney = {
  readonly taken: readonly Taken[]
  /** Captures that we had asked for. */
  readonly settled: readonly (NewCapture & { readonly state: 'succeeded' })[]
  readonly added: readonly NewCapture[]
}

/** Money that was captured: what we had asked for is settled, what we had not is added. */
export function takeMoney(steps: readonly Step[], asked_for: readonly Capture[]): TakenMoney {
  const taken: Taken[] = []
  const settled: (NewCapture & { readonly state: 'succeeded' })[] = []
  const added: NewCapture[] = []
  for (const step of steps) {
    const { before, after } = step
    const amount = after.captured - before.captured
    if (amount <= 0n) continue
    const asked = asked_for.find(
      (one) =>
        one.attempt_id === after.id &&
        one.amount === amount &&
        (one.state === 'requested' || one.state === 'pending'),
    )
    const fee = feeOf(step)
    const capture = {
      id: asked?.id ?? newId<CaptureId>(),
      attempt_id: after.id,
      order_id: after.order_id,
      state: 'succeeded' as const,
      currency: after.currency,
      amount,
      final: true,
      reference: after.reference,
      fee: isTold(fee) ? fee.amount : null,
    }
    taken.push({ step, capture })
    if (asked) settled.push(capture)
    else added.push(capture)
  }
  return { taken, settled, added }
}

/** Money for what an edit has added to an order that is placed. */
export const paysDifference = (step: Step): boolean =>
  step.after.purpose === 'difference' && mayPlace(step)

/** An authorization that was only meant to be a step on the way to the money. */
export const wantedCaptures = (placing: Iterable<Step>): NewCapture[] =>
  [...placing].flatMap(({ after }): NewCapture[] => {
    if (after.state !== 'authorized' || after.capture_mode !== 'now') return []
    const { id: attempt_id, order_id, currency, amount } = after
    const of = { id: newId<CaptureId>(), attempt_id, order_id, currency, amount }
    return [{ ...of, state: 'requested', final: true, reference: null, fee: null }]
  })

const entryOf = ({ id }: Pick<Capture, 'id'>, order: OrderRow) => ({
  order_id: order.id,
  cause_id: id,
  legal_entity_id: order.legal_entity_id,
  party_id: order.customer_id,
})

/** In the currency in which the provider settles, which may be another than that of the order. */
export const feeJournal = (
  capture: Pick<Capture, 'id'>,
  order: OrderRow,
  { amount, currency }: Money,
): JournalEntry => ({
  ...entryOf(capture, order),
  kind: 'fee',
  currency,
  postings: feeEntry(amount),
})

function journalOf({ step, capture }: Taken, order: OrderRow, is_owed: boolean): JournalEntry[] {
  const { amount, currency } = capture
  const postings = captureEntry(amount, is_owed)
  const fee = feeOf(step)
  return [
    { ...entryOf(capture, order), kind: 'capture', currency, postings },
    ...(isTold(fee) ? [feeJournal(capture, order, fee)] : []),
  ]
}

const eventOf = ({ after, report }: Step, at: Date) => ({
  kind: `payment.${after.state}`,
  subject: 'payment',
  subject_id: after.id,
  order_id: after.order_id,
  actor: report.source,
  cause_id: after.id,
  detail: {
    provider: after.provider,
    amount: after.state === 'captured' ? after.captured : after.amount,
    currency: after.currency,
    ...(after.decline_reason ? { decline_reason: after.decline_reason } : {}),
  },
  at,
})

export type Stepped = {
  readonly steps: readonly Step[]
  readonly taken: readonly Taken[]
  readonly wanted: readonly NewCapture[]
  readonly orders: ReadonlyMap<OrderId, OrderRow>
  /** The step that places each order that is placed now. */
  readonly placing: ReadonlyMap<OrderId, Step>
  /** What no payment has covered yet of orders that such a step pays a difference of. */
  readonly to_collect?: ReadonlyMap<OrderId, bigint>
}

/** Captures of the attempt that placed the order pay what is owed; a second one does not. */
export function isOwed(
  { step: { before, after }, capture }: Taken,
  { orders, placing, to_collect }: Stepped,
): boolean {
  const order = orders.get(after.order_id)!
  const of_placed = order.state === 'placed' || order.state === 'closed'
  return (
    placing.has(order.id) ||
    (of_placed && before.state === 'authorized') ||
    (after.purpose === 'difference' && capture.amount <= (to_collect?.get(order.id) ?? 0n)) ||
    before.captured > 0n
  )
}

/** Journal and invoices for what was taken, captures that are to be made, and the timeline. */
export function followSteps(follow: FollowUps, stepped: Stepped, now: Date): void {
  for (const one of stepped.taken) {
    const order = stepped.orders.get(one.step.after.order_id)!
    const is_owed = isOwed(one, stepped)
    follow.entries.push(...journalOf(one, order, is_owed))
    const { id: cause_id, order_id } = one.capture
    if (is_owed) follow.effects.push({ kind: 'invoice', cause_id, order_id })
    // Whoever tells of this capture after us tells nothing new, so the fee is asked for.
    if (feeOf(one.step) === 'later') follow.effects.push({ kind: 'fee', cause_id, order_id })
  }
  for (const { id: cause_id, order_id } of stepped.wanted) {
    follow.effects.push({ kind: 'capture', cause_id, order_id })
  }
  for (const step of stepped.steps) follow.events.push(eventOf(step, now))
}
