// The only place where a payment changes. The checkout's own answer, the webhook and the lookup
// all end here, in any order and any number of times. It never refuses: what the provider says
// has happened, and must be on record.

import { type Tx, together } from '#src/db/sql.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { addEffects, healException, openException } from '#src/jobs/effects.sql.ts'
import { addEntries } from '#src/ledger/ledger.sql.ts'
import { captureEntry, feeEntry, type JournalEntry } from '#src/ledger/ledger.ts'
import type { AttemptId, CaptureId, ChannelId, OrderId } from '#src/lib/ids.ts'
import { newId } from '#src/lib/ids.ts'
import { lockOrders } from '#src/orders/orders.sql.ts'
import type { OrderRow } from '#src/orders/orders.ts'
import { type LegalEntities, placeOrders } from '#src/orders/place-orders.ts'
import { projectPayment } from '#src/orders/projections.sql.ts'
import { reviveHolds } from '#src/orders/revive-holds.ts'
import type { PaymentOutcome } from '#src/ports/payment-provider.ts'
import type { Channel } from '#src/shop/shop.ts'
import {
  type Capture,
  insertCaptures,
  lockAttempts,
  type NewCapture,
  ordersOfAttempts,
  readCapturesOf,
  settleCaptures,
  writeAttempts,
} from './payments.sql.ts'
import { type Attempt, decideOutcome, isOpen, nextLookup } from './payments.ts'
import { settleMoney } from './settle-money.ts'

export type Report = {
  readonly attempt_id: AttemptId
  readonly outcome: PaymentOutcome
  /** `checkout`, `provider:<name>`, `lookup`: for the timeline. */
  readonly source: string
}
export type Recording = {
  readonly now: Date
  readonly entities: LegalEntities
  readonly channels: ReadonlyMap<ChannelId, Channel>
  /** After this time an attempt that the provider never heard of will not arrive any more. */
  readonly arrival_ms: number
  readonly lookup_ms: number
}

type Step = {
  readonly before: Attempt
  readonly after: Attempt
  readonly report: Report
  readonly capture_before: Date | null
}

function decideAll(
  reports: readonly Report[],
  attempts: ReadonlyMap<AttemptId, Attempt>,
  { now, arrival_ms }: Recording,
): { readonly steps: Step[]; readonly anomalies: { attempt: Attempt; message: string }[] } {
  const current = new Map(attempts)
  const steps: Step[] = []
  const anomalies: { attempt: Attempt; message: string }[] = []
  for (const report of reports) {
    const before = current.get(report.attempt_id)
    if (!before) continue
    const decided = decideOutcome(before, report.outcome, { now, arrival_ms })
    if (decided.kind === 'anomaly') anomalies.push({ attempt: before, message: decided.message })
    if (decided.kind !== 'change') continue
    const { capture_before, ...change } = decided.change
    const after = { ...before, ...change }
    current.set(after.id, after)
    steps.push({ before, after, report, capture_before })
  }
  return { steps, anomalies }
}

const isMoney = ({ after }: Step): boolean =>
  after.state === 'captured' || after.state === 'authorized'

const feeOf = ({ report: { outcome } }: Step): bigint | null =>
  outcome.kind === 'captured' ? (outcome.fee?.amount ?? null) : null

type Taken = { readonly step: Step; readonly capture: NewCapture }

/** Money that was captured: what we had asked for is settled, what we had not is added. */
async function writeCaptures(tx: Tx, steps: readonly Step[], now: Date): Promise<readonly Taken[]> {
  const grown = steps.filter(({ before, after }) => after.captured > before.captured)
  const asked_before = grown.filter(
    ({ before }) => before.state === 'authorized' || before.captured,
  )
  const waiting: Capture[] =
    asked_before.length === 0
      ? []
      : (
          await readCapturesOf(
            tx,
            asked_before.map(({ after }) => after.order_id),
          )
        ).filter(({ state }) => state === 'requested' || state === 'pending')
  const taken: Taken[] = []
  const settled: NewCapture[] = []
  for (const step of grown) {
    const amount = step.after.captured - step.before.captured
    const asked = waiting.find((c) => c.attempt_id === step.after.id && c.amount === amount)
    const capture: NewCapture = {
      id: asked?.id ?? newId<CaptureId>(),
      attempt_id: step.after.id,
      order_id: step.after.order_id,
      state: 'succeeded',
      currency: step.after.currency,
      amount,
      final: true,
      reference: step.after.reference,
      fee: feeOf(step),
    }
    taken.push({ step, capture })
    if (asked) settled.push(capture)
  }
  await settleCaptures(tx, settled as (NewCapture & { state: 'succeeded' })[], now)
  const asked = new Set(settled)
  const added = taken.flatMap(({ capture }) => (asked.has(capture) ? [] : capture))
  await insertCaptures(tx, added, now)
  return taken
}

/** An authorization that was only meant to be a step on the way to the money. */
async function requestCaptures(tx: Tx, steps: readonly Step[], now: Date): Promise<void> {
  const wanted = steps.filter(
    ({ after }) => after.state === 'authorized' && after.capture_mode === 'now',
  )
  const captures = wanted.map(
    ({ after }): NewCapture => ({
      id: newId<CaptureId>(),
      attempt_id: after.id,
      order_id: after.order_id,
      state: 'requested',
      currency: after.currency,
      amount: after.amount,
      final: true,
      reference: null,
      fee: null,
    }),
  )
  await insertCaptures(tx, captures, now)
  const effects = captures.map(({ id, order_id }) => ({
    kind: 'capture' as const,
    cause_id: id,
    order_id,
  }))
  await addEffects(tx, effects, now)
}

function journalOf({ step, capture }: Taken, order: OrderRow, is_owed: boolean): JournalEntry[] {
  const entry = {
    order_id: order.id,
    cause_id: capture.id,
    legal_entity_id: order.legal_entity_id,
    currency: capture.currency,
    party_id: order.customer_id,
  }
  const fee = feeOf(step)
  const postings = captureEntry(capture.amount, is_owed)
  return [
    { ...entry, kind: 'capture', postings },
    ...(fee === null ? [] : [{ ...entry, kind: 'fee', postings: feeEntry(fee) }]),
  ]
}

async function noteAnomalies(
  tx: Tx,
  anomalies: readonly { attempt: Attempt; message: string }[],
  now: Date,
): Promise<void> {
  for (const { attempt, message } of anomalies) {
    const { id: cause_id, order_id } = attempt
    await openException(tx, { kind: 'payment_anomaly', cause_id, order_id, message }, now)
  }
}

const stepEvents = (steps: readonly Step[], now: Date) =>
  steps.map(({ after, report }) => ({
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
    at: now,
  }))

/** Which orders can be placed now: the pending ones, and expired ones whose goods are left. */
async function decidePlacing(
  tx: Tx,
  orders: ReadonlyMap<OrderId, OrderRow>,
  steps: readonly Step[],
  { channels, now }: Recording,
): Promise<Map<OrderId, Step>> {
  const placing = new Map<OrderId, Step>()
  const late: OrderRow[] = []
  for (const step of steps.filter(isMoney)) {
    const order = orders.get(step.after.order_id)!
    if (order.state === 'pending' || placing.has(order.id)) placing.set(order.id, step)
    else if (order.state === 'canceled' && order.cancel_reason === 'expired') late.push(order)
  }
  for (const order of late) {
    const { locations } = channels.get(order.channel_id)!
    if (!(await reviveHolds(tx, order, locations, now))) continue
    placing.set(order.id, steps.findLast((s) => s.after.order_id === order.id && isMoney(s))!)
  }
  return placing
}

export async function recordOutcomes(
  tx: Tx,
  reports: readonly Report[],
  recording: Recording,
): Promise<Map<AttemptId, Attempt>> {
  const { now, lookup_ms } = recording
  const ids = [...new Set(reports.map(({ attempt_id }) => attempt_id))]
  const [locked_orders, locked] = await together(
    lockOrders(tx, await ordersOfAttempts(tx, ids)),
    lockAttempts(tx, ids),
  )
  const orders = new Map(locked_orders.map((order) => [order.id, order]))
  const attempts = new Map(locked.map((attempt) => [attempt.id, attempt]))
  const { steps, anomalies } = decideAll(reports, attempts, recording)
  await noteAnomalies(tx, anomalies, now)
  if (steps.length === 0) return attempts

  const latest = new Map(steps.map((step) => [step.after.id, step]))
  const changes = [...latest.values()].map(({ after, capture_before }) => ({
    ...after,
    capture_before,
    lookup_due_at: isOpen(after.state) ? nextLookup(after.lookups, lookup_ms, now) : null,
  }))
  const [taken, placing] = await together(
    writeCaptures(tx, steps, now),
    decidePlacing(tx, orders, steps, recording),
    writeAttempts(tx, changes, now),
    addEvents(tx, stepEvents(steps, now)),
  )
  const to_place = [...placing].map(([id, { after }]) => ({
    order: orders.get(id)!,
    payment_state: after.state === 'captured' ? ('captured' as const) : ('authorized' as const),
    cause_id: after.id,
  }))
  await together(
    requestCaptures(tx, [...placing.values()], now),
    placeOrders(tx, to_place, recording.entities, now),
  )
  await followUp(tx, { steps, taken, orders, placing: new Set(placing.keys()) }, now)
  for (const { after } of latest.values()) {
    if (!isOpen(after.state)) await healIfUnclear(tx, attempts.get(after.id)!, now)
  }
  return new Map([...attempts, ...[...latest].map(([id, { after }]) => [id, after] as const)])
}

/** Lookups that had gone on for too long stood in the inbox; now there is an answer. */
async function healIfUnclear(tx: Tx, before: Attempt, now: Date): Promise<void> {
  if (before.lookups > 0) await healException(tx, 'payment_unclear', before.id, now)
}

type Recorded = {
  readonly steps: readonly Step[]
  readonly taken: readonly Taken[]
  readonly orders: ReadonlyMap<OrderId, OrderRow>
  readonly placing: ReadonlySet<OrderId>
}

/** Journal and invoices for what was taken; refunds for what was not owed. */
async function followUp(tx: Tx, recorded: Recorded, now: Date): Promise<void> {
  const { steps, taken, orders, placing } = recorded
  const isOwed = ({ step: { before, after } }: Taken): boolean => {
    const order = orders.get(after.order_id)!
    const is_first = placing.has(order.id)
    const of_placed = order.state === 'placed' || order.state === 'closed'
    // Captures of the attempt that placed the order pay what is owed; a second one does not.
    return is_first || (of_placed && before.state === 'authorized') || before.captured > 0n
  }
  const owed = new Set(taken.filter(isOwed))
  const entries = taken.flatMap((one) =>
    journalOf(one, orders.get(one.step.after.order_id)!, owed.has(one)),
  )
  const effects = [...owed].map(({ capture }) => ({
    kind: 'invoice' as const,
    cause_id: capture.id,
    order_id: capture.order_id,
  }))
  await together(addEntries(tx, entries, now), addEffects(tx, effects, now))
  // Freshly placed orders are paid exactly; all others are looked at as a whole.
  const others = new Map(
    steps.filter(({ after }) => !placing.has(after.order_id)).map((s) => [s.after.order_id, s]),
  )
  if (others.size === 0) return
  const cause = { reason: 'not owed', allocations: [], booked: false }
  const unsettled = [...others].map(([id, { after }]) => ({
    order: orders.get(id)!,
    cause: { ...cause, cause_id: after.id },
  }))
  await settleMoney(
    tx,
    unsettled.filter((one) => isMoney(others.get(one.order.id)!)),
    now,
  )
  await projectPayment(tx, [...others.keys()])
}
