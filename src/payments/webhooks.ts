// What providers tell by themselves: verified first, then stored and recorded in one
// transaction, then answered. A webhook that could not be recorded is not acknowledged.
import type { Tx } from '#src/db/sql.ts'
import { openException } from '#src/jobs/effects.sql.ts'
import { addEntries } from '#src/ledger/ledger.sql.ts'
import { goodwillEntry } from '#src/ledger/ledger.ts'
import { newId, type RefundId } from '#src/lib/ids.ts'
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
import type { Report } from './steps.ts'
import { recordRefund } from './transfers.ts'
import { noteProviderEvents } from './webhooks.sql.ts'

type About<Kind> = Extract<PaymentWebhookEvent, { about: Kind }>
type Heard = { readonly provider: string; readonly recording: Recording }

/** What one provider told. */
export type Told = { readonly provider: string; readonly events: readonly PaymentWebhookEvent[] }

type News = { readonly provider: string; readonly event: PaymentWebhookEvent }
type PaymentNews = { readonly provider: string; readonly event: About<'payment'> }

const isPayment = (news: News): news is PaymentNews => news.event.about === 'payment'

/** All of them share a transaction: whatever else is told locks more than its own order. */
export const tellsOnlyPayments = ({ events }: Told): boolean =>
  events.every(({ about }) => about === 'payment')

async function hearPayments(
  tx: Tx,
  news: readonly PaymentNews[],
  recording: Recording,
): Promise<void> {
  if (news.length === 0) return
  const named = news.flatMap(({ event }) => event.attempt ?? [])
  const known = new Set((await readAttempts(tx, [...new Set(named)])).map(({ id }) => id))
  const reports: Report[] = []
  for (const { provider, event } of news) {
    const { attempt, reference, outcome } = event
    const attempt_id =
      attempt !== null && known.has(attempt)
        ? attempt
        : (await attemptByReference(tx, provider, reference))?.id
    // Another system may share the provider's account: what is not ours is none of our business.
    if (attempt_id) reports.push({ attempt_id, outcome, source: `provider:${provider}` })
  }
  if (reports.length > 0) await recordOutcomes(tx, reports, recording)
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
    takes_off: amount,
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
  told: readonly Told[],
  recording: Recording,
): Promise<void> {
  const all = told.flatMap(({ provider, events }) =>
    events.map((event): News => ({ provider, event })),
  )
  const noted = await noteProviderEvents(
    tx,
    all.map(({ provider, event }) => ({
      provider,
      event_id: event.event_id,
      content: {
        about: event.about,
        outcome: 'outcome' in event ? event.outcome.kind : null,
        reference: 'reference' in event ? event.reference : null,
      },
      now: recording.now,
    })),
  )
  const news = all.filter((_, at) => noted.has(at))
  await hearPayments(tx, news.filter(isPayment), recording)
  for (const { provider, event } of news) {
    if (event.about === 'refund') await hearRefund(tx, event, { provider, recording })
    if (event.about === 'dispute') await hearDispute(tx, event, { provider, recording })
  }
}
