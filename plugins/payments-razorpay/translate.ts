// Their JSON ↔ our types. Pure: no network, no clock. One attempt of ours is one Razorpay order;
// the buyer's browser makes payments on it, of which several may fail and at most one is taken.

import { type AttemptId, isId } from '#src/lib/ids.ts'
import type { Money } from '#src/lib/money.ts'
import type { Secret } from '#src/lib/secret.ts'
import { hmacSha256, sameBytes } from '#src/lib/signature.ts'
import type { DeclineReason, PaymentOutcome, TransferOutcome } from '#src/ports/payment-provider.ts'
import { fromAmount } from './amounts.ts'
import { isEntity, readText } from './client.ts'

/** How long we let Razorpay keep an authorization, in minutes: the longest it takes. */
export const manual_expiry_min = 7200

export type Payment = {
  readonly id: string
  readonly order: string | null
  readonly amount: Money
  readonly status: string
  readonly captured: boolean
  readonly fee: Money | null
  readonly error_reason: string | null
  readonly created_at: number | null
  readonly attempt: AttemptId | null
  /** How we decided to give this money back, once we did. */
  readonly released: 'refund' | 'lapse' | null
}
export type Refund = {
  readonly id: string
  readonly payment: string | null
  readonly amount: Money
  readonly status: string
  readonly receipt: string | null
}

/**
 * Notes of a payment come through the buyer's browser, so what we find there is believed only
 * with a proof that binds it to this one order or payment.
 */
const prove = (secret: Secret, ...words: string[]): string =>
  hmacSha256(secret.reveal(), ['onhand', ...words].join('|'))
    .toString('hex')
    .slice(0, 40)

export const notesFor = (
  secret: Secret,
  attempt: AttemptId,
  order: string,
): { readonly attempt: string; readonly proof: string } => ({
  attempt,
  proof: prove(secret, 'attempt', attempt, order),
})
export const releaseMark = (secret: Secret, mode: 'refund' | 'lapse', payment: string): string =>
  prove(secret, mode, payment)

/** Tells the refund of a release from refunds that the shop has booked. At most 40 characters. */
export const void_receipt = (payment: string): string => `void-${payment}`

/** Checkout signs its answer with the key secret over OUR order id, never over a posted one. */
export const isSignedByCheckout = (
  secret: Secret,
  order: string,
  payment: string,
  signature: unknown,
): boolean =>
  typeof signature === 'string' &&
  sameBytes(hmacSha256(secret.reveal(), `${order}|${payment}`).toString('hex'), signature)

/** Ids go into addresses, so they must look like ids. */
export function readId(value: unknown, prefix: 'order_' | 'pay_' | 'rfnd_'): string | null {
  const id = readText(value) ?? ''
  return id.startsWith(prefix) && /^[a-z]+_[A-Za-z0-9]{1,40}$/.test(id) ? id : null
}

/** Null when this is no payment we can account for. */
export function readPayment(entity: unknown, secret: Secret): Payment | null {
  if (!isEntity(entity)) return null
  const id = readId(entity['id'], 'pay_')
  const amount = fromAmount(entity['amount'], entity['currency'])
  const status = readText(entity['status'])
  if (id === null || amount === null || status === null) return null
  const order = readId(entity['order_id'], 'order_')
  // Empty notes come as [], filled ones as {}.
  const notes = isEntity(entity['notes']) ? entity['notes'] : {}
  const attempt = readText(notes['attempt']) ?? ''
  const known =
    order !== null && isId(attempt) && notes['proof'] === prove(secret, 'attempt', attempt, order)
  const mark = notes['void']
  const modes = (['refund', 'lapse'] as const).filter((m) => mark === releaseMark(secret, m, id))
  const created_at = entity['created_at']
  return {
    id,
    order,
    amount,
    status,
    captured: entity['captured'] === true,
    // Settlement is in rupees; in which currency the fee of a foreign payment is counted is
    // not documented, so it is left to the settlement report.
    fee: amount.currency === 'INR' ? fromAmount(entity['fee'], 'INR') : null,
    error_reason: readText(entity['error_reason']),
    created_at: Number.isSafeInteger(created_at) ? (created_at as number) : null,
    attempt: known ? (attempt as AttemptId) : null,
    released: modes[0] ?? null,
  }
}

export function readRefund(entity: unknown): Refund | null {
  if (!isEntity(entity)) return null
  const id = readId(entity['id'], 'rfnd_')
  const amount = fromAmount(entity['amount'], entity['currency'])
  const status = readText(entity['status'])
  if (id === null || amount === null || status === null) return null
  const payment = readId(entity['payment_id'], 'pay_')
  return { id, payment, amount, status, receipt: readText(entity['receipt']) }
}

const declined: Readonly<Record<DeclineReason, string>> = {
  insufficient_funds: 'insufficient_funds insufficient_fund credit_limit_exceeded',
  expired_card: 'card_expired incorrect_card_expiry_date',
  incorrect_cvc: 'incorrect_cvv',
  incorrect_number: 'card_number_invalid incorrect_card_details',
  not_supported:
    'card_not_enrolled card_disabled_for_online_payments card_network_not_enabled ' +
    'card_type_invalid international_transaction_not_allowed',
  limit_exceeded: 'transaction_limit_exceeded transaction_daily_limit_exceeded',
  authentication_failed:
    'authentication_failed incorrect_otp otp_expired otp_attempts_exceeded incorrect_pin',
  do_not_honor: '',
  abandoned:
    'payment_cancelled payment_timed_out payment_session_expired payment_collect_request_expired',
  try_again: '',
  generic: '',
}
const reasons = new Map(
  Object.entries(declined).flatMap(([ours, theirs]) =>
    theirs.split(' ').map((word) => [word, ours as DeclineReason] as const),
  ),
)
/** The bank did not say no; it said nothing that could be read. */
const doubtful = new Set(
  (
    'gateway_technical_error bank_technical_error issuer_technical_error server_error ' +
    'request_timed_out invalid_response_from_gateway payment_pending deemed_transaction'
  ).split(' '),
)

export function readDeclineReason(word: string | null): DeclineReason {
  const known = reasons.get(word ?? '')
  if (known) return known
  return /_(frequency_limit|count)_exceeded$/.test(word ?? '') ? 'limit_exceeded' : 'generic'
}

/** What one payment means for its attempt, the most weighty first. */
const weights = [
  'captured',
  'authorized',
  'strange',
  'thinking',
  'releasing',
  'doubtful',
  'released',
  'failed',
] as const
type Weight = (typeof weights)[number]

export function weigh(payment: Payment): Weight {
  const { status, captured, released } = payment
  if (status === 'created') return 'thinking'
  if (status === 'failed') return doubtful.has(payment.error_reason ?? '') ? 'doubtful' : 'failed'
  if (status === 'authorized') {
    return released === null ? 'authorized' : released === 'lapse' ? 'released' : 'releasing'
  }
  if (status === 'captured') return released === 'refund' ? 'releasing' : 'captured'
  // Refunded without ever having been captured: it lapsed, or came too late to a paid order.
  if (status === 'refunded') return captured && released !== 'refund' ? 'captured' : 'released'
  return 'strange'
}

/**
 * The weightiest of them, the newest first, as Razorpay lists them. Null when nobody has tried to
 * pay yet. Our reference of an attempt is the order, which exists before any payment does.
 */
export function outcomeOf(payments: readonly Payment[]): PaymentOutcome | null {
  const sorted = payments.toSorted((a, b) => weights.indexOf(weigh(a)) - weights.indexOf(weigh(b)))
  const payment = sorted[0]
  const reference = payment?.order
  if (!payment || !reference) return null
  const { amount, fee } = payment
  switch (weigh(payment)) {
    case 'captured':
      return { kind: 'captured', reference, amount, fee }
    case 'authorized': {
      const { created_at } = payment
      const lapses_ms = created_at === null ? null : (created_at + manual_expiry_min * 60) * 1000
      const capture_before = lapses_ms === null ? null : new Date(lapses_ms)
      return { kind: 'authorized', reference, amount, capture_before }
    }
    case 'thinking':
    case 'releasing':
    case 'doubtful':
      return { kind: 'pending', reference }
    case 'released':
      return { kind: 'canceled', reference }
    case 'failed':
      return { kind: 'declined', reference, reason: readDeclineReason(payment.error_reason) }
    case 'strange':
      return { kind: 'unknown', reason: `payment ${payment.id} is ${payment.status}` }
  }
}

export function refundOutcome(refund: Refund): TransferOutcome {
  switch (refund.status) {
    case 'processed':
      return { kind: 'succeeded', reference: refund.id, fee: null }
    case 'pending':
      return { kind: 'pending', reference: refund.id }
    case 'failed':
      return { kind: 'refused', code: 'refund_failed', message: 'Razorpay could not refund.' }
    default:
      return { kind: 'unknown', reason: `refund ${refund.id} is ${refund.status}` }
  }
}
