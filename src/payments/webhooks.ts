// What providers tell by themselves: verified first, then stored and recorded in one
// transaction, then answered. A webhook that could not be recorded is not acknowledged.
import type { Tx } from '#src/db/sql.ts'
import { openException } from '#src/jobs/effects.sql.ts'
import { addEntries } from '#src/ledger/ledger.sql.ts'
import { goodwillEntry } from '#src/ledger/ledger.ts'
import { type AttemptId, newId, type RefundId } from '#src/lib/ids.ts'
import { lockOrders } from '#src/orders/orders.sql.ts'
import type { PaymentWebhookEvent } from '#src/ports/payment-provider.ts'
import {
  attemptByReference,
  insertRefunds,
  readAttempts,
  readRefund,
  refundByReference,
} from './payments.sql.ts'
import { type Recording, recordOutcomes } from './record-outcomes.ts'
import { recordRefund } from './transfers.ts'
import { noteProviderEvent } from './webhooks.sql.ts'

type About<Kind> = Extract<PaymentWebhookEvent, { about: Kind }>
type Heard = { readonly provider: string; readonly recording: Recording }

async function findAttempt(
  tx: Tx,
  provider: string,
  { attempt, reference }: { readonly attempt: AttemptId | null; readonly reference: string },
): Promise<AttemptId | null> {
  if (attempt !== null && (await readAttempts(tx, [attempt])).length > 0) return attempt
  return (await attemptByReference(tx, provider, reference))?.id ?? null
}

async function hearPayment(tx: Tx, event: About<'payment'>, heard: Heard): Promise<void> {
  const attempt_id = await findAttempt(tx, heard.provider, event)
  // Another system may share the provider's account: what is not ours is none of our business.
  if (attempt_id === null) return
  const source = `provider:${heard.provider}`
  await recordOutcomes(tx, [{ attempt_id, outcome: event.outcome, source }], heard.recording)
}

/** A refund that was made at the provider and not here is put on record as it is. */
async function adoptRefund(
  tx: Tx,
  event: About<'refund'>,
  { provider, recording: { now } }: Heard,
): Promise<RefundId | null> {
  const found = await attemptByReference(tx, provider, event.payment_reference)
  if (!found) return null
  const [attempt] = await readAttempts(tx, [found.id])
  const [order] = await lockOrders(tx, [attempt!.order_id])
  const known = await refundByReference(tx, found.id, event.reference)
  if (known) return known.id
  if (event.outcome.kind === 'refused') return null
  const id = newId<RefundId>()
  const { amount, currency } = event.amount
  const refund = {
    id,
    attempt_id: found.id,
    order_id: attempt!.order_id,
    cause_id: id,
    state: 'pending' as const,
    currency,
    amount,
    reason: 'made at the provider',
    reference: event.reference,
    allocations: [],
  }
  await insertRefunds(tx, [refund], now)
  await addEntries(
    tx,
    [
      {
        kind: 'goodwill',
        order_id: refund.order_id,
        cause_id: id,
        legal_entity_id: order!.legal_entity_id,
        currency,
        party_id: order!.customer_id,
        postings: goodwillEntry(amount),
      },
    ],
    now,
  )
  return id
}

async function hearRefund(tx: Tx, event: About<'refund'>, heard: Heard): Promise<void> {
  const ours = event.refund === null ? null : await readRefund(tx, event.refund)
  const id = ours?.id ?? (await adoptRefund(tx, event, heard))
  if (id === null) return
  const refund = (await readRefund(tx, id))!
  const { now } = heard.recording
  await recordRefund(tx, refund, event.outcome, { now, source: heard.provider })
}

async function hearDispute(tx: Tx, event: About<'dispute'>, heard: Heard): Promise<void> {
  const found = await attemptByReference(tx, heard.provider, event.payment_reference)
  if (!found) return
  const [attempt] = await readAttempts(tx, [found.id])
  const message = `The buyer's bank disputes ${event.amount.amount} ${event.amount.currency}.`
  const detail = { reference: event.reference, state: event.state }
  const { order_id, id: cause_id } = attempt!
  await openException(
    tx,
    { kind: 'payment_dispute', cause_id, order_id, message, detail },
    heard.recording.now,
  )
}

/** Records each event once, whatever the order and however often it is sent. */
export async function hearPaymentEvents(
  tx: Tx,
  events: readonly PaymentWebhookEvent[],
  heard: Heard,
): Promise<void> {
  for (const event of events) {
    const content = {
      about: event.about,
      outcome: 'outcome' in event ? event.outcome.kind : null,
      reference: 'reference' in event ? event.reference : null,
    }
    const { provider, recording } = heard
    const noted = { provider, event_id: event.event_id, content, now: recording.now }
    if (!(await noteProviderEvent(tx, noted))) continue
    if (event.about === 'payment') await hearPayment(tx, event, heard)
    if (event.about === 'refund') await hearRefund(tx, event, heard)
    if (event.about === 'dispute') await hearDispute(tx, event, heard)
  }
}
