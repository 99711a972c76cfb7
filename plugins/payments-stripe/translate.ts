// Stripe's JSON in our words. Pure. Whatever is not recognized becomes null or `unknown`:
// only an explicit yes is money, and only an explicit no is a decline.
import { momentAt, nameAt, textAt, valueAt } from '#src/lib/foreign-json.ts'
import { readJsonObject } from '#src/lib/http-client.ts'
import { type AttemptId, type CaptureId, isId, type RefundId } from '#src/lib/ids.ts'
import { type DigitsThere, fromUnits, toUnits } from '#src/lib/minor-units.ts'
import type { Money } from '#src/lib/money.ts'
import type { Secret } from '#src/lib/secret.ts'
import { isHmacHex } from '#src/lib/signature.ts'
import type {
  DeclineReason,
  Fee,
  JsonObject,
  PaymentOutcome,
  PaymentWebhookEvent,
  TransferOutcome,
} from '#src/ports/payment-provider.ts'
import type { RawWebhook } from '#src/ports/raw-webhook.ts'
import { type Refused, refused } from '#src/ports/reply.ts'
import { isLive, type StripeConfig } from './settings.ts'

const without_digits = new Set(
  'BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' '),
)
const with_three_digits = new Set('BHD JOD KWD OMR TND'.split(' '))

/** Differs from ISO 4217 in both directions: kronur are sent in hundredths, ariary whole. */
const digitsAtStripe: DigitsThere = (code) =>
  without_digits.has(code) ? 0 : with_three_digits.has(code) ? 3 : 2

export const toStripeAmount = (money: Money): number | null => toUnits(money, digitsAtStripe)
/** Stripe writes currencies in lower case. */
export const fromStripeAmount = (units: unknown, currency: unknown): Money | null =>
  typeof currency === 'string' ? fromUnits(units, currency.toUpperCase(), digitsAtStripe) : null

const amountAt = (value: unknown, name: string): Money | null =>
  fromStripeAmount(valueAt(value, name), valueAt(value, 'currency'))

/** A reference is sent as an id, or as the whole object when it was expanded. */
const idAt = (value: unknown, name: string): string | null =>
  nameAt(value, name) ?? nameAt(value, name, 'id')
const ourIdAt = <T extends string>(value: unknown, name: string): T | null => {
  const id = textAt(value, 'metadata', name)
  return id !== null && isId(id) ? (id as T) : null
}

const reasons = new Map<string, DeclineReason>(
  Object.entries({
    insufficient_funds: 'insufficient_funds withdrawal_count_limit_exceeded',
    limit_exceeded: 'card_velocity_exceeded card_decline_rate_limit_exceeded amount_too_large',
    expired_card: 'expired_card invalid_expiry_month invalid_expiry_year',
    incorrect_cvc: 'incorrect_cvc invalid_cvc',
    incorrect_number: 'incorrect_number invalid_number invalid_account',
    do_not_honor: 'do_not_honor call_issuer no_action_taken transaction_not_allowed',
    not_supported: 'card_not_supported currency_not_supported not_permitted amount_too_small',
    authentication_failed: 'authentication_required payment_intent_authentication_failure',
    try_again: 'processing_error issuer_not_available reenter_transaction approve_with_id',
  }).flatMap(([reason, codes]) =>
    codes.split(' ').map((code): [string, DeclineReason] => [code, reason as DeclineReason]),
  ),
)
/** Lost, stolen and fraud are not in the table: they are `generic` on purpose. */
export const readDeclineReason = (error: unknown): DeclineReason =>
  reasons.get(textAt(error, 'decline_code') ?? '') ??
  reasons.get(textAt(error, 'code') ?? '') ??
  'generic'

export type Intent = {
  readonly id: string
  readonly status: string
  readonly attempt: AttemptId | null
  /** The capture that was asked for last. */
  readonly capture: CaptureId | null
  readonly charge: string | null
  readonly received: Money
  readonly capturable: Money
  readonly client_secret: string | null
  readonly redirect_url: string | null
  readonly declined: DeclineReason | null
  /** Made only to be canceled: see `given_up` in stripe.ts. */
  readonly given_up: boolean
  readonly capture_before: Date | null
  /** Webhooks name the charge by its id alone, and the balance may come after the charge. */
  readonly fee: Fee
}

export function readIntent(value: unknown): Intent | null {
  const id = nameAt(value, 'id')
  const status = textAt(value, 'status')
  const received = amountAt(value, 'amount_received')
  const capturable = amountAt(value, 'amount_capturable')
  if (valueAt(value, 'object') !== 'payment_intent') return null
  if (!id || !status || !received || !capturable) return null
  const charge = valueAt(value, 'latest_charge')
  const before = valueAt(charge, 'payment_method_details', 'card', 'capture_before')
  const error = valueAt(value, 'last_payment_error') ?? null
  return {
    id,
    status,
    attempt: ourIdAt<AttemptId>(value, 'attempt'),
    capture: ourIdAt<CaptureId>(value, 'capture'),
    charge: idAt(value, 'latest_charge'),
    received,
    capturable,
    client_secret: textAt(value, 'client_secret'),
    redirect_url: textAt(value, 'next_action', 'redirect_to_url', 'url'),
    declined: error === null ? null : readDeclineReason(error),
    given_up: textAt(value, 'metadata', 'given_up') !== null,
    capture_before: readUnixTime(before),
    fee: amountAt(valueAt(charge, 'balance_transaction'), 'fee') ?? 'later',
  }
}

const readUnixTime = (value: unknown): Date | null =>
  typeof value === 'number' && value > 0 ? momentAt(value * 1000) : null

/** It waits for a card, or for another one, and nobody is to pay with it any more. */
export const mustBeClosed = ({ status, declined, given_up }: Intent): boolean =>
  status === 'requires_payment_method' && (declined !== null || given_up)

export function toOutcome(intent: Intent, browser: JsonObject): PaymentOutcome {
  const { id: reference, status, declined } = intent
  if (declined && (status === 'canceled' || status === 'requires_payment_method')) {
    return { kind: 'declined', reference, reason: declined }
  }
  switch (status) {
    case 'succeeded':
      return { kind: 'captured', reference, amount: intent.received, fee: intent.fee }
    case 'requires_capture': {
      const { capturable: amount, capture_before } = intent
      return { kind: 'authorized', reference, amount, capture_before }
    }
    case 'processing':
      return { kind: 'pending', reference }
    case 'canceled':
      return { kind: 'canceled', reference }
    case 'requires_payment_method':
    case 'requires_action':
    case 'requires_confirmation':
      return waiting(intent, browser)
    default:
      return { kind: 'unknown', reason: `Stripe says "${status.slice(0, 60)}"` }
  }
}

const waiting = (intent: Intent, browser: JsonObject): PaymentOutcome => {
  const { id: reference, client_secret, redirect_url } = intent
  if (!client_secret) return { kind: 'unknown', reason: 'Stripe gave no client secret' }
  return {
    kind: 'requires_action',
    reference,
    client_data: { ...browser, payment_intent: reference, client_secret, redirect_url },
  }
}

export type Refund = {
  readonly id: string
  readonly refund: RefundId | null
  readonly payment: string | null
  readonly amount: Money
  readonly outcome: TransferOutcome
}

export function readRefund(value: unknown): Refund | null {
  const id = nameAt(value, 'id')
  const amount = amountAt(value, 'amount')
  if (valueAt(value, 'object') !== 'refund' || !id || !amount) return null
  return {
    id,
    refund: ourIdAt<RefundId>(value, 'refund'),
    payment: idAt(value, 'payment_intent'),
    amount,
    outcome: toRefundOutcome(id, value),
  }
}

function toRefundOutcome(reference: string, value: unknown): TransferOutcome {
  const status = textAt(value, 'status')
  if (status === 'succeeded') {
    const fee = amountAt(valueAt(value, 'balance_transaction'), 'fee')
    return { kind: 'succeeded', reference, fee }
  }
  if (status === 'pending' || status === 'requires_action') return { kind: 'pending', reference }
  if (status === 'failed' || status === 'canceled') {
    const code = textAt(value, 'failure_reason') ?? status
    return refused(code, `Stripe could not refund: ${code}`)
  }
  return { kind: 'unknown', reason: `Stripe says "${String(status).slice(0, 60)}"` }
}

/** Whether a row of a list is the one of ours; what it says is read afterwards. */
export const isNamed = (row: unknown, name: 'attempt' | 'refund', id: string): boolean =>
  textAt(row, 'metadata', name) === id

type Page = { readonly rows: readonly unknown[]; readonly next: string | null }

/** The rows of a list, and where the next page begins; null when it is no list. */
export function readPage(value: unknown): Page | null {
  const rows = valueAt(value, 'data')
  const more = valueAt(value, 'has_more')
  if (valueAt(value, 'object') !== 'list' || !Array.isArray(rows)) return null
  if (more === false) return { rows, next: null }
  const next = textAt(rows.at(-1), 'id')
  return more === true && next ? { rows, next } : null
}

export type Failure =
  /** The card was tried, and the answer is no. */
  | { readonly kind: 'declined'; readonly reason: DeclineReason; readonly intent: string | null }
  /** The request as such is not accepted; nothing was carried out. */
  | Refused
  /** Nothing was carried out, for a reason that is not in this request. */
  | { readonly kind: 'not_now'; readonly reason: string }
  /** Our key was used before for another request. */
  | { readonly kind: 'key_used' }
  | { readonly kind: 'unclear'; readonly reason: string }

export function readFailure(status: number | null, error: unknown): Failure {
  const type = textAt(error, 'type')
  const code = textAt(error, 'code') ?? 'invalid_request'
  const message = (textAt(error, 'message') ?? 'Stripe gave no reason').slice(0, 500)
  if (status === 402 && type === 'card_error') {
    const intent = idAt(error, 'payment_intent')
    return { kind: 'declined', reason: readDeclineReason(error), intent }
  }
  if (status === 400 && type === 'idempotency_error') return { kind: 'key_used' }
  if (type === 'invalid_request_error') {
    if (status === 400 || status === 404) return refused(code, message)
    if (status === 401 || status === 403 || status === 429)
      return { kind: 'not_now', reason: `${status} ${message}` }
  }
  return { kind: 'unclear', reason: `${status ?? 'unreadable answer'} ${message}` }
}

const tolerance_s = 300
/** Two are there while Stripe rolls a secret; more than a few is somebody else's header. */
const signatures_max = 8

/** Decided over the raw bytes, before anything is parsed. */
export function isFromStripe(raw: RawWebhook, secrets: readonly Secret[]): boolean {
  const parts = (raw.headers['stripe-signature'] ?? '').slice(0, 2_000).split(',')
  const valuesOf = (scheme: string): string[] =>
    parts
      .filter((part) => part.startsWith(`${scheme}=`))
      .map((part) => part.slice(scheme.length + 1))
  const [time, ...more_times] = valuesOf('t')
  if (time === undefined || more_times.length > 0 || !/^\d{1,12}$/.test(time)) return false
  const age_s = Math.floor(raw.received_at.getTime() / 1000) - Number(time)
  if (Math.abs(age_s) > tolerance_s) return false
  const signatures = valuesOf('v1').slice(0, signatures_max)
  return secrets.some((secret) =>
    signatures.some((one) => isHmacHex(one, secret.reveal(), `${time}.`, raw.body)),
  )
}

const payment_events = new Set(
  'succeeded amount_capturable_updated payment_failed processing requires_action canceled'
    .split(' ')
    .map((name) => `payment_intent.${name}`),
)
const refund_events = new Set(['refund.created', 'refund.updated', 'refund.failed'])
const dispute_events = new Set(
  'created updated closed funds_withdrawn funds_reinstated'
    .split(' ')
    .map((name) => `charge.dispute.${name}`),
)

/** Events that we do not know, or that are about nothing of ours, are about nothing. */
export function toWebhookEvent(event: unknown, browser: JsonObject): PaymentWebhookEvent {
  const event_id = nameAt(event, 'id') ?? ''
  const type = textAt(event, 'type') ?? ''
  const object = valueAt(event, 'data', 'object')
  if (payment_events.has(type)) {
    const intent = readIntent(object)
    if (intent) return paymentEvent(event_id, intent, browser)
  }
  if (refund_events.has(type)) {
    const refund = readRefund(object)
    if (refund?.payment) {
      const { id: reference, payment: payment_reference, amount, outcome } = refund
      const about = { about: 'refund', refund: refund.refund } as const
      return { event_id, ...about, reference, payment_reference, amount, outcome }
    }
  }
  if (dispute_events.has(type)) return disputeEvent(event_id, object)
  return { event_id, about: 'nothing' }
}

function paymentEvent(event_id: string, intent: Intent, browser: JsonObject): PaymentWebhookEvent {
  const { id: reference, attempt } = intent
  // A decline that left the intent open is not the last word; a lookup closes it.
  const outcome: PaymentOutcome = mustBeClosed(intent)
    ? { kind: 'unknown', reason: 'not paid, and the buyer may try another card' }
    : toOutcome(intent, browser)
  return { event_id, about: 'payment', attempt, reference, outcome }
}

type DisputeState = Extract<PaymentWebhookEvent, { about: 'dispute' }>['state']
const dispute_states = new Map<string, DisputeState>([
  ['warning_under_review', 'under_review'],
  ['under_review', 'under_review'],
  ['appeal_under_review', 'under_review'],
  ['won', 'won'],
  ['prevented', 'won'],
  ['lost', 'lost'],
  ['warning_closed', 'closed'],
])

function disputeEvent(event_id: string, value: unknown): PaymentWebhookEvent {
  const reference = nameAt(value, 'id')
  const payment_reference = idAt(value, 'payment_intent')
  const amount = amountAt(value, 'amount')
  if (!reference || !payment_reference || !amount) return { event_id, about: 'nothing' }
  // A state that is new to us is shown as open, so that a person looks at it.
  const state = dispute_states.get(textAt(value, 'status') ?? '') ?? 'open'
  return { event_id, about: 'dispute', reference, payment_reference, amount, state }
}

export function readStripeWebhook(
  config: StripeConfig,
  browser: JsonObject,
  raw: RawWebhook,
): readonly PaymentWebhookEvent[] | null {
  if (!isFromStripe(raw, config.webhook_secrets)) return null
  const event = readJsonObject(raw.body)
  const live = valueAt(event, 'livemode')
  if (!nameAt(event, 'id') || typeof live !== 'boolean') return []
  return live === isLive(config) ? [toWebhookEvent(event, browser)] : null
}
