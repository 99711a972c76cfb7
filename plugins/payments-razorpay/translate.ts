// Their JSON ↔ our types. Pure: no network, no clock. One attempt of ours is one Razorpay order;
// the buyer's browser makes payments on it, of which several may fail and at most one is taken.
import { type Foreign, momentAt, nameAt, textAt, valueAt } from '#src/lib/foreign-json.ts'
import { readJsonObject } from '#src/lib/http-client.ts'
import { type AttemptId, isId, type RefundId } from '#src/lib/ids.ts'
import { type DigitsThere, fromUnits, toUnits } from '#src/lib/minor-units.ts'
import type { Money } from '#src/lib/money.ts'
import type { Secret } from '#src/lib/secret.ts'
import { hmacSha256, isHmacHex, sha256 } from '#src/lib/signature.ts'
import type {
  DeclineReason,
  Fee,
  PaymentOutcome,
  PaymentWebhookEvent,
  TransferOutcome,
} from '#src/ports/payment-provider.ts'
import type { RawWebhook } from '#src/ports/raw-webhook.ts'
import { Doubt, type Reply, refused } from '#src/ports/reply.ts'
import type { RazorpayConfig } from './settings.ts'

const codes_by_digits = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF',
  2:
    'AED ALL AMD AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BZD CAD CHF CNY COP ' +
    'CRC CUP CVE CZK DKK DOP DZD EGP ETB EUR FJD GBP GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF ' +
    'IDR ILS INR JMD KES KGS KHR KYD KZT LAK LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR ' +
    'MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SCR SEK ' +
    'SGD SLL SOS SVC SZL THB TRY TTD TWD TZS UAH USD UYU UZS XCD YER ZAR ZMW',
  3: 'BHD IQD JOD KWD OMR TND',
}
const exponents = new Map(
  Object.entries(codes_by_digits).flatMap(([digits, codes]) =>
    codes.split(' ').map((code) => [code, Number(digits)]),
  ),
)
/** No other gateway shares this table: ariary have two digits here and none at Stripe. */
const digitsAtRazorpay: DigitsThere = (code) => exponents.get(code)

export const toAmount = (money: Money): number | null => toUnits(money, digitsAtRazorpay)
export function fromAmount(units: unknown, currency: unknown): Money | null {
  const money = fromUnits(units, currency, digitsAtRazorpay)
  return money && money.amount >= 0n ? money : null
}
const amountAt = (entity: unknown): Money | null =>
  fromAmount(valueAt(entity, 'amount'), valueAt(entity, 'currency'))

const inr_min = 100n
/** Whether an order of this size can be made. Refunds may be below a rupee. */
export const isOrderable = (price: Money): boolean =>
  toAmount(price) !== null && (price.currency !== 'INR' || price.amount >= inr_min)

export const sameMoney = (a: Money, b: Money): boolean =>
  a.amount === b.amount && a.currency === b.currency

/** How long we let Razorpay keep an authorization, in minutes: the longest it takes. */
export const manual_expiry_min = 7200

export type Order = {
  readonly id: string
  readonly receipt: string | null
  readonly money: Money | null
}
export type Payment = {
  readonly id: string
  readonly order: string | null
  readonly amount: Money
  readonly status: string
  readonly captured: boolean
  readonly fee: Fee
  readonly error_reason: string | null
  readonly created_at: number | null
  readonly attempt: AttemptId | null
  /** How we decided to give this money back, once we did. */
  readonly released: 'refund' | 'lapse' | null
}
export type Refund = {
  readonly id: string
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
  typeof signature === 'string' && isHmacHex(signature, secret.reveal(), `${order}|${payment}`)

/** Ids go into addresses, so they must look like ids. */
export const readId = (value: unknown, prefix: 'order_' | 'pay_' | 'rfnd_'): string | null =>
  typeof value === 'string' && value.startsWith(prefix) && /^[a-z]+_[A-Za-z0-9]{1,40}$/.test(value)
    ? value
    : null

export function readOrder(entity: unknown): Order | null {
  const id = readId(valueAt(entity, 'id'), 'order_')
  if (id === null) return null
  return { id, receipt: textAt(entity, 'receipt'), money: amountAt(entity) }
}

/** Null when this is no payment we can account for. */
export function readPayment(entity: unknown, secret: Secret): Payment | null {
  const id = readId(valueAt(entity, 'id'), 'pay_')
  const amount = amountAt(entity)
  const status = textAt(entity, 'status')
  if (id === null || amount === null || status === null) return null
  const order = readId(valueAt(entity, 'order_id'), 'order_')
  // Empty notes come as [], filled ones as {}.
  const attempt = textAt(entity, 'notes', 'attempt') ?? ''
  const proof = textAt(entity, 'notes', 'proof')
  const known =
    order !== null && isId(attempt) && proof === prove(secret, 'attempt', attempt, order)
  const mark = textAt(entity, 'notes', 'void')
  const modes = (['refund', 'lapse'] as const).filter((m) => mark === releaseMark(secret, m, id))
  const created_at = valueAt(entity, 'created_at')
  return {
    id,
    order,
    amount,
    status,
    captured: valueAt(entity, 'captured') === true,
    // Settlement is in rupees; in which currency the fee of a foreign payment is counted is
    // not documented, so it is left to the settlement report.
    fee: amount.currency === 'INR' ? (fromAmount(valueAt(entity, 'fee'), 'INR') ?? 'later') : null,
    error_reason: textAt(entity, 'error_reason'),
    created_at: Number.isSafeInteger(created_at) ? (created_at as number) : null,
    attempt: known ? (attempt as AttemptId) : null,
    released: modes[0] ?? null,
  }
}

export function readRefund(entity: unknown): Refund | null {
  const id = readId(valueAt(entity, 'id'), 'rfnd_')
  const amount = amountAt(entity)
  const status = textAt(entity, 'status')
  if (id === null || amount === null || status === null) return null
  return { id, amount, status, receipt: textAt(entity, 'receipt') }
}

const declined: Partial<Record<DeclineReason, string>> = {
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
  abandoned:
    'payment_cancelled payment_timed_out payment_session_expired payment_collect_request_expired',
}
const reasons = new Map(
  Object.entries(declined).flatMap(([ours, theirs]) =>
    theirs.split(' ').map((word) => [word, ours as DeclineReason] as const),
  ),
)
/** Nobody said no; there was nothing that could be read. */
const doubtful = new Set(
  (
    'gateway_technical_error bank_technical_error issuer_technical_error server_error ' +
    'request_timed_out invalid_response_from_gateway payment_pending deemed_transaction'
  ).split(' '),
)
const broken = new Set(['GATEWAY_ERROR', 'SERVER_ERROR'])

/** Only an explicit no is one. `reason` is the finer word; both are open vocabularies. */
export function readReply(status: number, body: Foreign | null): Reply {
  if (status === 200 && body !== null) return { kind: 'ok', body }
  const code = textAt(body, 'error', 'code') ?? ''
  const word = (textAt(body, 'error', 'reason') ?? code).slice(0, 200)
  const message = (textAt(body, 'error', 'description') ?? 'no reason given').slice(0, 200)
  const explicit = status >= 400 && status < 500 && ![408, 409, 425, 429].includes(status)
  if (explicit && word && !broken.has(code) && !doubtful.has(word)) {
    return refused(word, message)
  }
  throw new Doubt(`razorpay answered ${status}: ${message}`)
}

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
      const capture_before = lapses_ms === null ? null : momentAt(lapses_ms)
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
      return refused('refund_failed', 'Razorpay could not refund.')
    default:
      return { kind: 'unknown', reason: `refund ${refund.id} is ${refund.status}` }
  }
}

// The signature of a webhook carries no time: whoever stores the events must keep their ids, so
// that a replay says nothing new.
const body_bytes_max = 1024 * 1024
const event_id = /^[A-Za-z0-9_-]{1,64}$/

type Untold<E> = E extends PaymentWebhookEvent ? Omit<E, 'event_id'> : never
type About = Untold<PaymentWebhookEvent>
const nothing: About = { about: 'nothing' }

const entityIn = (event: unknown, name: string): unknown =>
  valueAt(event, 'payload', name, 'entity')

function aboutPayment(payment: Payment | null, receipt: string | null): About {
  const reference = payment?.order
  if (!payment || !reference) return nothing
  const told = outcomeOf([payment])
  if (told === null) return nothing
  // This payment can not know whether another one of its order has succeeded.
  const outcome: PaymentOutcome = told.kind === 'declined' ? { kind: 'pending', reference } : told
  // The receipt of an order was written by us; notes are believed only with their proof.
  const attempt = receipt !== null && isId(receipt) ? (receipt as AttemptId) : payment.attempt
  return { about: 'payment', attempt, reference, outcome }
}

function aboutRefund(event: unknown, payment: Payment | null): About {
  const refund = readRefund(entityIn(event, 'refund'))
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

function aboutDispute(event: unknown, payment: Payment | null): About {
  const dispute = entityIn(event, 'dispute')
  const reference = nameAt(dispute, 'id')
  const amount = amountAt(dispute)
  const state = dispute_states.find((known) => known === valueAt(dispute, 'status'))
  const payment_reference = payment?.order
  if (!reference || !amount || !state || !payment_reference) return nothing
  return { about: 'dispute', reference, payment_reference, amount, state }
}

const payment_events = /^payment\.(?:authorized|captured|failed)$/
const refund_events = /^refund\.(?:created|processed|failed)$/
const dispute_events =
  /^payment\.dispute\.(?:created|under_review|action_required|won|lost|closed)$/

function aboutEvent({ key_secret }: RazorpayConfig, event: unknown): About {
  const name = textAt(event, 'event') ?? ''
  const payment = readPayment(entityIn(event, 'payment'), key_secret)
  if (payment_events.test(name)) return aboutPayment(payment, null)
  if (refund_events.test(name)) return aboutRefund(event, payment)
  if (dispute_events.test(name)) return aboutDispute(event, payment)
  if (name !== 'order.paid') return nothing
  const order = entityIn(event, 'order')
  const same = valueAt(order, 'id') === payment?.order
  return aboutPayment(payment, same ? textAt(order, 'receipt') : null)
}

export function readRazorpayWebhook(
  config: RazorpayConfig,
  { headers, body }: RawWebhook,
): readonly PaymentWebhookEvent[] | null {
  const signature = headers['x-razorpay-signature'] ?? ''
  if (signature === '' || body.length > body_bytes_max) return null
  // Every secret is tried, so that the time taken does not tell which one fits.
  const fits = config.webhook_secrets.filter((secret) =>
    isHmacHex(signature, secret.reveal(), body),
  )
  if (fits.length === 0) return null
  const told = headers['x-razorpay-event-id'] ?? ''
  // Without the header the body itself is the event: it is a snapshot, equal in every retry.
  const id = event_id.test(told) ? told : `sha256-${sha256(body).toString('hex').slice(0, 48)}`
  return [{ event_id: id, ...aboutEvent(config, readJsonObject(body)) }]
}
