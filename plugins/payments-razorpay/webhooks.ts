// What Razorpay tells by webhook. The signature carries no time: whoever stores the events must
// keep their ids, so that a replay says nothing new.

import { readJsonObject } from '#src/lib/http-client.ts'
import { type AttemptId, isId, type RefundId } from '#src/lib/ids.ts'
import { hmacSha256, sameBytes, sha256 } from '#src/lib/signature.ts'
import type { PaymentOutcome, PaymentWebhookEvent } from '#src/ports/payment-provider.ts'
import type { RawWebhook } from '#src/ports/raw-webhook.ts'
import { fromAmount } from './amounts.ts'
import { type Entity, isEntity, readText } from './client.ts'
import type { RazorpayConfig } from './settings.ts'
import {
  outcomeOf,
  type Payment,
  readPayment,
  readRefund,
  refundOutcome,
  void_receipt,
} from './translate.ts'

const body_bytes_max = 1024 * 1024
const event_id = /^[A-Za-z0-9_-]{1,64}$/

type Untold<E> = E extends PaymentWebhookEvent ? Omit<E, 'event_id'> : never
type About = Untold<PaymentWebhookEvent>
const nothing: About = { about: 'nothing' }

const entityOf = (body: Entity, name: string): unknown => {
  const payload = isEntity(body['payload']) ? body['payload'] : {}
  const wrapped = payload[name]
  return isEntity(wrapped) ? wrapped['entity'] : null
}

/** A snapshot of one payment can not know whether another one of its order has succeeded. */
function paymentOutcome(reference: string, payment: Payment): PaymentOutcome | null {
  const outcome = outcomeOf([payment])
  return outcome?.kind === 'declined' ? { kind: 'pending', reference } : outcome
}

function aboutPayment(payment: Payment | null, receipt: string | null): About {
  const reference = payment?.order
  if (!payment || !reference) return nothing
  const outcome = paymentOutcome(reference, payment)
  if (outcome === null) return nothing
  // The receipt of an order was written by us; notes are believed only with their proof.
  const attempt = receipt !== null && isId(receipt) ? (receipt as AttemptId) : payment.attempt
  return { about: 'payment', attempt, reference, outcome }
}

function aboutRefund(body: Entity, payment: Payment | null): About {
  const refund = readRefund(entityOf(body, 'refund'))
  const payment_reference = payment?.order
  // A payment that was never captured was no money of ours: Razorpay gave it back by itself.
  if (!refund || !payment || !payment_reference || !payment.captured) return nothing
  const outcome = refundOutcome(refund)
  const { id: reference, amount, receipt } = refund
  const is_void = receipt === void_receipt(payment.id)
  if (is_void && outcome.kind === 'succeeded') {
    const canceled: PaymentOutcome = { kind: 'canceled', reference: payment_reference }
    const { attempt } = payment
    return { about: 'payment', attempt, reference: payment_reference, outcome: canceled }
  }
  if (is_void && outcome.kind !== 'refused') return nothing
  const ours = receipt !== null && isId(receipt) ? (receipt as RefundId) : null
  return { about: 'refund', refund: ours, reference, payment_reference, amount, outcome }
}

const dispute_states = ['open', 'under_review', 'won', 'lost', 'closed'] as const

function aboutDispute(body: Entity, payment: Payment | null): About {
  const entity = entityOf(body, 'dispute')
  if (!isEntity(entity)) return nothing
  const reference = readText(entity['id'])
  const amount = fromAmount(entity['amount'], entity['currency'])
  const state = dispute_states.find((known) => known === entity['status'])
  const payment_reference = payment?.order
  if (!reference || !amount || !state || !payment_reference) return nothing
  return { about: 'dispute', reference, payment_reference, amount, state }
}

function aboutEvent(config: RazorpayConfig, body: Entity): About {
  const payment = readPayment(entityOf(body, 'payment'), config.key_secret)
  switch (body['event']) {
    case 'payment.authorized':
    case 'payment.captured':
    case 'payment.failed':
      return aboutPayment(payment, null)
    case 'order.paid': {
      const order = entityOf(body, 'order')
      const same = isEntity(order) && order['id'] === payment?.order
      return aboutPayment(payment, same ? readText(order['receipt']) : null)
    }
    case 'refund.created':
    case 'refund.processed':
    case 'refund.failed':
      return aboutRefund(body, payment)
    case 'payment.dispute.created':
    case 'payment.dispute.under_review':
    case 'payment.dispute.action_required':
    case 'payment.dispute.won':
    case 'payment.dispute.lost':
    case 'payment.dispute.closed':
      return aboutDispute(body, payment)
    default:
      return nothing
  }
}

export function readRazorpayWebhook(
  config: RazorpayConfig,
  { headers, body }: RawWebhook,
): readonly PaymentWebhookEvent[] | null {
  const signature = headers['x-razorpay-signature'] ?? ''
  if (signature === '' || body.length > body_bytes_max) return null
  // Every secret is tried, so that the time taken does not tell which one fits.
  const fits = config.webhook_secrets.filter((secret) =>
    sameBytes(hmacSha256(secret.reveal(), body).toString('hex'), signature),
  )
  if (fits.length === 0) return null
  const told = headers['x-razorpay-event-id'] ?? ''
  // Without the header the body itself is the event: it is a snapshot, equal in every retry.
  const id = event_id.test(told) ? told : `sha256-${sha256(body).toString('hex').slice(0, 48)}`
  const read = readJsonObject(body)
  return [{ event_id: id, ...(read === null ? nothing : aboutEvent(config, read)) }]
}
