// Stripe's JSON in our words. Pure. Whatever is not recognized becomes null or `unknown`:
// only an explicit yes is money, and only an explicit no is a decline.
import { type AttemptId, isId, type RefundId } from '#src/lib/ids.ts'
import type { Money } from '#src/lib/money.ts'
import type {
  DeclineReason,
  JsonObject,
  PaymentOutcome,
  PaymentWebhookEvent,
  TransferOutcome,
} from '#src/ports/payment-provider.ts'
import { fromStripeAmount } from './amounts.ts'

const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (inner, name) =>
      inner !== null && typeof inner === 'object' && Object.hasOwn(inner, name)
        ? (inner as Record<string, unknown>)[name]
        : undefined,
    value,
  )
const text = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value : null
/** A reference is sent as an id, or as the whole object when it was expanded. */
const idOf = (value: unknown): string | null => text(value) ?? text(at(value, 'id'))
const ourId = <T extends string>(value: unknown): T | null =>
  typeof value === 'string' && isId(value) ? (value as T) : null

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
  reasons.get(text(at(error, 'decline_code')) ?? '') ??
  reasons.get(text(at(error, 'code')) ?? '') ??
  'generic'

export type Intent = {
  readonly id: string
  readonly status: string
  readonly attempt: AttemptId | null
  /** The capture that was asked for last. */
  readonly capture: string | null
  readonly charge: string | null
  readonly received: Money
  readonly capturable: Money
  readonly client_secret: string | null
  readonly redirect_url: string | null
  readonly declined: DeclineReason | null
  readonly capture_before: Date | null
  readonly fee: Money | null
}

export function readIntent(value: unknown): Intent | null {
  const id = text(at(value, 'id'))
  const status = text(at(value, 'status'))
  const currency = at(value, 'currency')
  const received = fromStripeAmount(at(value, 'amount_received'), currency)
  const capturable = fromStripeAmount(at(value, 'amount_capturable'), currency)
  if (at(value, 'object') !== 'payment_intent') return null
  if (!id || !status || !received || !capturable) return null
  const charge = at(value, 'latest_charge')
  const paid = at(charge, 'balance_transaction')
  const before = at(charge, 'payment_method_details', 'card', 'capture_before')
  const error = at(value, 'last_payment_error')
  return {
    id,
    status,
    attempt: ourId<AttemptId>(at(value, 'metadata', 'attempt')),
    capture: text(at(value, 'metadata', 'capture')),
    charge: idOf(charge),
    received,
    capturable,
    client_secret: text(at(value, 'client_secret')),
    redirect_url: text(at(value, 'next_action', 'redirect_to_url', 'url')),
    declined: error === null || error === undefined ? null : readDeclineReason(error),
    capture_before: readUnixTime(before),
    fee: fromStripeAmount(at(paid, 'fee'), at(paid, 'currency')),
  }
}

const year_9999 = 253_402_300_799
const readUnixTime = (value: unknown): Date | null =>
  typeof value === 'number' && value > 0 && value < year_9999 ? new Date(value * 1000) : null

/** After a decline the intent waits for another card: the buyer could still pay with it. */
export const isOpenAfterDecline = ({ status, declined }: Intent): boolean =>
  status === 'requires_payment_method' && declined !== null

export function toOutcome(intent: Intent, browser: JsonObject): PaymentOutcome {
  const { id: reference, status, declined } = intent
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
      return declined
        ? { kind: 'declined', reference, reason: declined }
        : { kind: 'canceled', reference }
    case 'requires_payment_method':
      if (declined) return { kind: 'declined', reference, reason: declined }
      return waiting(intent, browser)
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
  const id = text(at(value, 'id'))
  const amount = fromStripeAmount(at(value, 'amount'), at(value, 'currency'))
  if (at(value, 'object') !== 'refund' || !id || !amount) return null
  return {
    id,
    refund: ourId<RefundId>(at(value, 'metadata', 'refund')),
    payment: idOf(at(value, 'payment_intent')),
    amount,
    outcome: toRefundOutcome(id, value),
  }
}

function toRefundOutcome(reference: string, value: unknown): TransferOutcome {
  const status = text(at(value, 'status'))
  if (status === 'succeeded') {
    const moved = at(value, 'balance_transaction')
    const fee = fromStripeAmount(at(moved, 'fee'), at(moved, 'currency'))
    return { kind: 'succeeded', reference, fee }
  }
  if (status === 'pending' || status === 'requires_action') return { kind: 'pending', reference }
  if (status === 'failed' || status === 'canceled') {
    const code = text(at(value, 'failure_reason')) ?? status
    return { kind: 'refused', code, message: `Stripe could not refund: ${code}` }
  }
  return { kind: 'unknown', reason: `Stripe says "${String(status).slice(0, 60)}"` }
}

/** The rows of a list, and where the next page begins; null when it is no list. */
export function readPage(
  value: unknown,
): { readonly rows: readonly unknown[]; readonly next: string | null } | null {
  const rows = at(value, 'data')
  if (at(value, 'object') !== 'list' || !Array.isArray(rows)) return null
  const last = idOf(rows.at(-1))
  const more = at(value, 'has_more')
  if (more !== true && more !== false) return null
  return { rows, next: more ? last : null }
}

export type Failure =
  /** The card was tried, and the answer is no. */
  | { readonly kind: 'declined'; readonly reason: DeclineReason; readonly intent: string | null }
  /** The request as such is not accepted; nothing was carried out. */
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  /** Nothing was carried out, for a reason that is not in this request. */
  | { readonly kind: 'not_now'; readonly reason: string }
  /** Our key was used before for another request. */
  | { readonly kind: 'key_used' }
  | { readonly kind: 'unclear'; readonly reason: string }

export function readFailure(status: number | null, error: unknown): Failure {
  const type = text(at(error, 'type'))
  const code = text(at(error, 'code')) ?? 'invalid_request'
  const message = (text(at(error, 'message')) ?? 'Stripe gave no reason').slice(0, 500)
  if (status === 402 && type === 'card_error') {
    const intent = idOf(at(error, 'payment_intent'))
    return { kind: 'declined', reason: readDeclineReason(error), intent }
  }
  if (status === 400 && type === 'idempotency_error') return { kind: 'key_used' }
  if (type === 'invalid_request_error') {
    if (status === 400 || status === 404) return { kind: 'refused', code, message }
    if (status === 401 || status === 403 || status === 429)
      return { kind: 'not_now', reason: `${status} ${message}` }
  }
  return { kind: 'unclear', reason: `${status ?? 'unreadable answer'} ${message}` }
}

export type StripeEvent = {
  readonly id: string
  readonly type: string
  readonly livemode: boolean
  readonly object: unknown
}
export function readEvent(value: unknown): StripeEvent | null {
  const id = text(at(value, 'id'))
  const type = text(at(value, 'type'))
  const livemode = at(value, 'livemode')
  if (!id || !type || typeof livemode !== 'boolean') return null
  return { id, type, livemode, object: at(value, 'data', 'object') }
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

export function toWebhookEvent(event: StripeEvent, browser: JsonObject): PaymentWebhookEvent {
  const { id: event_id, type, object } = event
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
  const outcome: PaymentOutcome = isOpenAfterDecline(intent)
    ? { kind: 'unknown', reason: 'declined, and the buyer may try another card' }
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
  const reference = text(at(value, 'id'))
  const payment_reference = idOf(at(value, 'payment_intent'))
  const amount = fromStripeAmount(at(value, 'amount'), at(value, 'currency'))
  if (!reference || !payment_reference || !amount) return { event_id, about: 'nothing' }
  // A state that is new to us is shown as open, so that a person looks at it.
  const state = dispute_states.get(text(at(value, 'status')) ?? '') ?? 'open'
  return { event_id, about: 'dispute', reference, payment_reference, amount, state }
}
