// Carrying out captures, voids and refunds: the row is there first, its id is the provider's key.

import type { Db } from '#src/db/pool.ts'
import type { Tx } from '#src/db/sql.ts'
import { transaction } from '#src/db/transaction.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { addEffects, openException } from '#src/jobs/effects.sql.ts'
import type { EffectOutcome } from '#src/jobs/effects.ts'
import { addEntries } from '#src/ledger/ledger.sql.ts'
import { refundEntry, reverse } from '#src/ledger/ledger.ts'
import type { AttemptId, CaptureId, RefundId } from '#src/lib/ids.ts'
import { lockOrders, readOrders } from '#src/orders/orders.sql.ts'
import type { OrderRow } from '#src/orders/orders.ts'
import { projectPayment } from '#src/orders/projections.sql.ts'
import type {
  AttemptAt,
  PaymentOutcome,
  PaymentProvider,
  TransferOutcome,
} from '#src/ports/payment-provider.ts'
import { orderOfCapture } from './money-views.sql.ts'
import {
  addRefunded,
  isOfEdit,
  lockAttempts,
  lockCapture,
  moveRefund,
  type Refund,
  readAttempts,
  readRefund,
  settleCaptures,
} from './payments.sql.ts'
import type { Attempt } from './payments.ts'
import { type Recording, recordOutcomes } from './record-outcomes.ts'

export type Till = {
  readonly db: Db
  readonly payments: ReadonlyMap<string, PaymentProvider>
  readonly recording: (tx: Tx) => Promise<Recording>
}

const retry = (reason: string): EffectOutcome => ({ kind: 'retry', reason })
const stuck = (reason: string): EffectOutcome => ({ kind: 'stuck', reason })
const done: EffectOutcome = { kind: 'done' }

/** It is tried again: another worker may have its keys. A person is told when none of them does. */
export const missingProvider = (provider: string): string =>
  `The payment plug-in ${provider} is not configured.`

/** How the provider knows an attempt that it has answered to. */
export const at = (attempt: Attempt): AttemptAt & { readonly reference: string } => ({
  attempt: attempt.id,
  order: attempt.order_id,
  reference: attempt.reference!,
  price: { amount: attempt.amount, currency: attempt.currency },
  started_at: attempt.created_at,
})

/** Asking again would heal the exception while no money has moved. */
const refused_before =
  'The provider has refused this for good. Move the money in another way, then dismiss this.'

/** Of an order that is canceled nothing is to be taken, and nobody has to look. */
const afterRefusal = ({ state }: OrderRow, reason: string): EffectOutcome =>
  state === 'canceled' ? done : stuck(reason)

/** For the effect `capture`. */
export async function runCapture(till: Till, id: CaptureId): Promise<EffectOutcome> {
  const found = await transaction(till.db, async (tx) => {
    const capture = await lockCapture(tx, id)
    if (!capture || capture.state === 'succeeded') return null
    const [attempt] = await readAttempts(tx, [capture.attempt_id])
    const [order] = await readOrders(tx, [capture.order_id])
    return { capture, attempt: attempt!, order: order! }
  })
  if (!found) return done
  const { capture, attempt, order } = found
  if (capture.state === 'failed') return afterRefusal(order, refused_before)
  const provider = till.payments.get(attempt.provider)
  if (!provider) return retry(missingProvider(attempt.provider))
  const amount = { amount: capture.amount, currency: capture.currency }
  const asked = { ...at(attempt), capture: id, amount, final: capture.final }
  return recordCapture(till, id, await provider.capture(asked))
}

async function recordCapture(
  till: Till,
  id: CaptureId,
  outcome: TransferOutcome,
): Promise<EffectOutcome> {
  if (outcome.kind === 'unknown') return retry(`The provider does not answer: ${outcome.reason}`)
  if (outcome.kind === 'pending') return retry('The provider is still taking the money.')
  return transaction(till.db, async (tx): Promise<EffectOutcome> => {
    const recording = await till.recording(tx)
    const order_id = await orderOfCapture(tx, id)
    const [order] = await lockOrders(tx, [order_id])
    const capture = (await lockCapture(tx, id))!
    if (capture.state === 'succeeded' || capture.state === 'failed') return done
    if (outcome.kind === 'refused') {
      await settleCaptures(tx, [{ id, state: 'failed', reference: null, fee: null }], recording.now)
      await projectPayment(tx, [order_id])
      return afterRefusal(order!, `The provider refuses to take the money: ${outcome.message}`)
    }
    const [attempt] = await lockAttempts(tx, [capture.attempt_id])
    const told: PaymentOutcome = {
      kind: 'captured',
      reference: attempt!.reference!,
      amount: { amount: attempt!.captured + capture.amount, currency: capture.currency },
      fee: outcome.fee,
    }
    const source = `provider:${attempt!.provider}`
    await recordOutcomes(tx, [{ attempt_id: attempt!.id, outcome: told, source }], recording)
    return done
  })
}

/** For the effect `void`: an authorization that nobody needs any more. */
export async function runVoid(till: Till, id: AttemptId): Promise<EffectOutcome> {
  const [attempt] = await transaction(till.db, (tx) => readAttempts(tx, [id]))
  if (attempt?.state !== 'authorized') return done
  const provider = till.payments.get(attempt.provider)
  if (!provider) return retry(missingProvider(attempt.provider))
  const outcome = await provider.cancel(at(attempt))
  if (outcome.kind === 'unknown') return retry(`The provider does not answer: ${outcome.reason}`)
  await transaction(till.db, async (tx) => {
    const source = `provider:${attempt.provider}`
    await recordOutcomes(tx, [{ attempt_id: id, outcome, source }], await till.recording(tx))
  })
  const is_over = outcome.kind === 'canceled' || outcome.kind === 'captured'
  return is_over ? done : retry(`The provider says ${outcome.kind}.`)
}

/** For the effect `refund`. */
export async function runRefund(till: Till, id: RefundId): Promise<EffectOutcome> {
  const found = await transaction(till.db, async (tx) => {
    const refund = await readRefund(tx, id)
    if (!refund || refund.state === 'succeeded') return null
    const [attempt] = await readAttempts(tx, [refund.attempt_id])
    return { refund, attempt: attempt! }
  })
  if (!found) return done
  const { refund, attempt } = found
  if (refund.state === 'failed') return stuck(refused_before)
  const provider = till.payments.get(attempt.provider)
  if (!provider) return retry(missingProvider(attempt.provider))
  const amount = { amount: refund.amount, currency: refund.currency }
  const outcome = await provider.refund({ ...at(attempt), refund: id, amount })
  if (outcome.kind === 'unknown') return retry(`The provider does not answer: ${outcome.reason}`)
  const { now } = await transaction(till.db, async (tx) => {
    const recording = await till.recording(tx)
    await recordRefund(tx, refund, outcome, { now: recording.now, source: provider.name })
    return recording
  })
  if (outcome.kind === 'refused') return stuck(`The provider refuses: ${outcome.message}`)
  // A pending refund is asked for again: the same id never refunds twice.
  return outcome.kind === 'pending' ? retry(`Accepted, not settled at ${now.toISOString()}.`) : done
}

/** Whoever tells of it, in any order: the effect's own answer or a webhook. */
export async function recordRefund(
  tx: Tx,
  { id, order_id, attempt_id }: Pick<Refund, 'id' | 'order_id' | 'attempt_id'>,
  outcome: TransferOutcome,
  { now, source }: { readonly now: Date; readonly source: string },
): Promise<void> {
  if (outcome.kind === 'unknown') return
  const [order] = await lockOrders(tx, [order_id])
  await lockAttempts(tx, [attempt_id])
  const before = (await readRefund(tx, id))!
  const state = outcome.kind === 'refused' ? 'failed' : outcome.kind
  const reference = 'reference' in outcome ? outcome.reference : null
  if (!(await moveRefund(tx, id, { state, reference, now }))) return
  const { amount, currency } = before
  const entry = {
    order_id,
    cause_id: id,
    legal_entity_id: order!.legal_entity_id,
    currency,
    party_id: order!.customer_id,
  }
  if (state === 'succeeded') {
    await addRefunded(tx, attempt_id, amount)
    await addEntries(tx, [{ ...entry, kind: 'refund', postings: refundEntry(amount) }], now)
    if (order!.number !== null) {
      // What an edit took off is credited by the correction of its documents.
      const kind = (await isOfEdit(tx, id)) ? 'message_refunded' : 'credit_note'
      await addEffects(tx, [{ kind, cause_id: id, order_id }], now)
    }
  } else if (state === 'failed') {
    if (before.state === 'succeeded') {
      // The bank sent it back days later: the money is ours again and still owed.
      await addRefunded(tx, attempt_id, -amount)
      const postings = reverse(refundEntry(amount))
      await addEntries(tx, [{ ...entry, kind: 'refund_failed', postings }], now)
    }
    const message = 'A refund failed: the buyer must be paid in another way.'
    await openException(tx, { kind: 'refund_failed', cause_id: id, order_id, message }, now)
  }
  await addEvents(tx, [
    {
      kind: `refund.${state}`,
      subject: 'refund',
      subject_id: id,
      order_id,
      actor: `provider:${source}`,
      cause_id: id,
      detail: { amount, currency },
      at: now,
    },
  ])
  await projectPayment(tx, [order_id])
}
