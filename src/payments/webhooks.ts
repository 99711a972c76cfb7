// What providers tell by themselves: verified first, then stored and recorded in one
// transaction, then answered. A webhook that could not be recorded is not acknowledged.
import { type Tx, together } from '#src/db/sql.ts'
import { openException } from '#src/jobs/effects.sql.ts'
import { addEntries } from '#src/ledger/ledger.sql.ts'
import { goodwillEntry } from '#src/ledger/ledger.ts'
import { newId, type RefundId } from '#src/lib/ids.ts'
import { type Money, sum } from '#src/lib/money.ts'
import { refuse } from '#src/lib/refusal.ts'
import { lockOrders } from '#src/orders/orders.sql.ts'
import type { OrderRow } from '#src/orders/orders.ts'
import type { PaymentWebhookEvent } from '#src/ports/payment-provider.ts'
import {
  attemptByReference,
  attemptsByReference,
  insertRefunds,
  lockAttempts,
  type Refund,
  readAttempts,
  readRefund,
  readRefundsOf,
  refundByReference,
} from './payments.sql.ts'
import { type Attempt, isOpen } from './payments.ts'
import { noteAnomalies, type Recording, recordOutcomes } from './record-outcomes.ts'
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
  const told = news.map(({ provider, event: { reference } }) => ({ provider, reference }))
  const [by_name, by_reference] = await together(
    readAttempts(tx, [...new Set(named)]),
    attemptsByReference(tx, told),
  )
  const reports: Report[] = []
  for (const { provider, event } of news) {
    const { attempt, reference, outcome } = event
    const isTheirs = (one: { readonly provider: string }): boolean => one.provider === provider
    // A name comes back from outside; the reference is that of one payment, whatever it is named.
    const found =
      by_reference.find((one) => isTheirs(one) && one.reference === reference) ??
      by_name.find((one) => isTheirs(one) && one.id === attempt)
    // Another system may share the provider's account: what is not ours is none of our business.
    if (found) reports.push({ attempt_id: found.id, outcome, source: `provider:${provider}` })
  }
  if (reports.length > 0) await recordOutcomes(tx, reports, recording)
}

/** Why a refund that was not asked for here can not be put on record; null when it can. */
async function whyNotAdopted(
  tx: Tx,
  { amount, currency }: Money,
  attempt: Attempt,
): Promise<string | null> {
  const refunds = await readRefundsOf(tx, [attempt.order_id])
  const going = refunds.filter((one) => one.attempt_id === attempt.id && one.state !== 'failed')
  const left = attempt.captured - sum(going.map((one) => one.amount))
  const fits = currency === attempt.currency && amount > 0n && amount <= left
  return fits
    ? null
    : `The provider tells of a refund of ${amount} ${currency} ` +
        `where ${left} ${attempt.currency} are left.`
}

/**
 * A refund that was made at the provider and not here is put on record as it is.
 * @throws webhook_too_early when its capture was not heard of yet
 */
async function adoptRefund(
  tx: Tx,
  event: About<'refund'>,
  { attempt, order }: { readonly attempt: Attempt; readonly order: OrderRow },
  now: Date,
): Promise<Refund | null> {
  if (event.outcome.kind === 'refused') return null
  if (isOpen(attempt.state) || attempt.state === 'authorized') {
    // It has overtaken the news that money was taken.
    throw refuse('webhook_too_early')
  }
  const message = await whyNotAdopted(tx, event.amount, attempt)
  if (message !== null) {
    await noteAnomalies(tx, [{ attempt, message }], now)
    return null
  }
  const id = newId<RefundId>()
  const { amount, currency } = event.amount
  const refund = {
    id,
    attempt_id: attempt.id,
    order_id: attempt.order_id,
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
        legal_entity_id: order.legal_entity_id,
        currency,
        party_id: order.customer_id,
        postings: goodwillEntry(amount),
      },
    ],
    now,
  )
  return refund
}

/** By their name of it, else by ours; null when it is none of this payment that we know. */
async function knownRefund(
  tx: Tx,
  { reference, refund }: About<'refund'>,
  attempt: Attempt,
): Promise<Refund | null> {
  const found = await refundByReference(tx, attempt.id, reference)
  if (found !== null || refund === null) return found
  const named = await readRefund(tx, refund)
  return named?.attempt_id === attempt.id ? named : null
}

async function hearRefund(tx: Tx, event: About<'refund'>, heard: Heard): Promise<void> {
  const found = await attemptByReference(tx, heard.provider, event.payment_reference)
  if (!found) return
  const { now } = heard.recording
  const [before] = await readAttempts(tx, [found.id])
  const order = (await lockOrders(tx, [before!.order_id]))[0]!
  const attempt = (await lockAttempts(tx, [found.id]))[0]!
  const known = await knownRefund(tx, event, attempt)
  const refund = known ?? (await adoptRefund(tx, event, { attempt, order }, now))
  if (refund === null) return
  const { amount, currency } = event.amount
  if (refund.amount !== amount || refund.currency !== currency) {
    const told = `The provider tells of a refund of ${amount} ${currency}`
    const message = `${told} where ${refund.amount} ${refund.currency} was asked.`
    await noteAnomalies(tx, [{ attempt, message }], now)
    return
  }
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
