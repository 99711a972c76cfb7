// Stripe as a payment provider. One attempt is one PaymentIntent that names it in its
// metadata; the attempt's id is the idempotency key under which the intent is made.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type Stripe from 'stripe'
import { readJsonObject, type Send } from '#src/lib/http-client.ts'
import type {
  AttemptAt,
  CapturePayment,
  JsonObject,
  PaymentOutcome,
  PaymentProvider,
  RefundPayment,
  StartPayment,
  TransferOutcome,
} from '#src/ports/payment-provider.ts'
import { toStripeAmount } from './amounts.ts'
import { type Called, call, openStripe } from './sdk.ts'
import { isLive, type StripeConfig } from './settings.ts'
import {
  type Failure,
  type Intent,
  isOpenAfterDecline,
  readDeclineReason,
  readEvent,
  readIntent,
  readPage,
  readRefund,
  toOutcome,
  toWebhookEvent,
} from './translate.ts'
import { isFromStripe } from './webhook.ts'

const money_call_ms = 80_000
const read_ms = 25_000
/** An intent is made between these two moments around the start: clocks differ, calls last. */
const made_before_s = 120
const made_after_s = 600
const pages_max = 200
const with_charge = ['latest_charge.balance_transaction']

type At = { readonly stripe: Stripe; readonly browser: JsonObject }
type Found =
  | { readonly kind: 'intent'; readonly intent: Intent }
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown'; readonly reason: string }

const unknown = (reason: string) => ({ kind: 'unknown', reason }) as const

const explain = (failure: Failure): string => {
  if (failure.kind === 'key_used') return 'this id was used at Stripe for another request'
  if (failure.kind === 'declined') return `declined: ${failure.reason}`
  return failure.kind === 'refused' ? `${failure.code}: ${failure.message}` : failure.reason
}

/** An intent in answer to a call, or what to make of its absence. */
function toFound(called: Called<unknown>): Found {
  if (called.kind === 'failed') return unknown(explain(called.failure))
  const intent = readIntent(called.value)
  return intent ? { kind: 'intent', intent } : unknown('Stripe sent no payment intent')
}

const readById = async ({ stripe }: At, id: string): Promise<Found> =>
  toFound(
    await call(stripe.paymentIntents.retrieve(id, { expand: with_charge }, { timeout: read_ms })),
  )

/**
 * Reads the list, because the search lags behind and does not exist for every merchant.
 * "None" means that no intent was there; a start still on its way may yet make one.
 */
async function findByAttempt(at: At, request: AttemptAt): Promise<Found> {
  const started_s = Math.floor(request.started_at.getTime() / 1000)
  const created = { gte: started_s - made_before_s, lte: started_s + made_after_s }
  let after: string | null = null
  for (let pages = 0; pages < pages_max; pages++) {
    const params: Stripe.PaymentIntentListParams = { created, limit: 100 }
    if (after) params.starting_after = after
    const called = await call(at.stripe.paymentIntents.list(params, { timeout: read_ms }))
    if (called.kind === 'failed') return unknown(explain(called.failure))
    const page = readPage(called.value)
    if (!page) return unknown('Stripe sent no list')
    for (const row of page.rows) {
      const intent = readIntent(row)
      if (intent?.attempt === request.attempt) return readById(at, intent.id)
    }
    if (!page.next) return { kind: 'none' }
    after = page.next
  }
  return unknown(`not among the first ${pages_max} pages`)
}

async function find(at: At, request: AttemptAt): Promise<Found> {
  if (request.reference === null) return findByAttempt(at, request)
  const found = await readById(at, request.reference)
  if (found.kind !== 'intent' || found.intent.attempt === request.attempt) return found
  return unknown('this payment intent belongs to another attempt')
}

/** Cancels and reads again: whatever the answer was, the intent knows how it ended. */
async function cancelIntent(at: At, intent: Intent): Promise<Found> {
  // Canceling repeats well by itself, and a stored refusal must not be played back: no fixed key.
  const called = await call(
    at.stripe.paymentIntents.cancel(
      intent.id,
      { cancellation_reason: 'abandoned', expand: with_charge },
      { idempotencyKey: `${intent.id}:cancel:${randomUUID()}`, timeout: money_call_ms },
    ),
  )
  if (called.kind === 'ok' || !called.answered) return toFound(called)
  return readById(at, intent.id)
}

/** A declined intent could still be paid with another card, so it is closed first. */
async function settle(at: At, found: Found): Promise<PaymentOutcome> {
  const open = found.kind === 'intent' && isOpenAfterDecline(found.intent)
  const last = open ? await cancelIntent(at, found.intent) : found
  if (last.kind === 'none') return { kind: 'not_found' }
  if (last.kind === 'unknown') return last
  return isOpenAfterDecline(last.intent)
    ? unknown('declined, and Stripe did not let us close it')
    : toOutcome(last.intent, at.browser)
}

const metadataOf = ({ attempt, order }: AttemptAt | StartPayment) => ({ attempt, order })

function createParams(request: StartPayment, amount: number): Stripe.PaymentIntentCreateParams {
  const { price, capture, token, buyer, return_url } = request
  const params: Stripe.PaymentIntentCreateParams = {
    amount,
    currency: price.currency.toLowerCase(),
    // Not the asynchronous default: with it the fee is known only later.
    capture_method: capture === 'now' ? 'automatic' : 'manual',
    automatic_payment_methods: { enabled: true },
    metadata: metadataOf(request),
    description: `Order ${request.order}`,
    // Radar scores it, and Indian accounts need it for sales abroad.
    shipping: {
      name: buyer.name,
      ...(buyer.phone === null ? {} : { phone: buyer.phone }),
      address: {
        line1: buyer.address.line1,
        line2: buyer.address.line2 ?? '',
        city: buyer.address.city,
        state: buyer.address.region ?? '',
        postal_code: buyer.address.postal_code ?? '',
        country: buyer.address.country,
      },
    },
    expand: with_charge,
  }
  if (token === null) return params
  return {
    ...params,
    confirm: true,
    return_url,
    ...(token.startsWith('ctoken_') ? { confirmation_token: token } : { payment_method: token }),
  }
}

async function start(at: At, request: StartPayment): Promise<PaymentOutcome> {
  const amount = toStripeAmount(request.price)
  if (amount === null) return { kind: 'declined', reference: null, reason: 'not_supported' }
  const called = await call(
    at.stripe.paymentIntents.create(createParams(request, amount), {
      idempotencyKey: request.attempt,
      timeout: money_call_ms,
    }),
  )
  const found = toFound(called)
  if (found.kind === 'intent') return settle(at, found)
  if (called.kind === 'ok') return unknown('Stripe sent no payment intent')
  const { failure } = called
  switch (failure.kind) {
    case 'declined':
      // Nobody was ever given the client secret, so the intent need not be closed.
      return { kind: 'declined', reference: failure.intent, reason: failure.reason }
    case 'refused':
      return { kind: 'declined', reference: null, reason: readDeclineReason(failure) }
    case 'not_now':
      return { kind: 'declined', reference: null, reason: 'try_again' }
    default:
      return unknown(explain(failure))
  }
}

/**
 * Uses the attempt's idempotency key for an intent that nobody can pay. A start that is still on
 * its way then finds its key used, so that "never arrived" has become "will never charge".
 */
async function claimKey(at: At, request: AttemptAt): Promise<Found> {
  const amount = toStripeAmount(request.price)
  if (amount === null) return { kind: 'none' }
  const called = await call(
    at.stripe.paymentIntents.create(
      {
        amount,
        currency: request.price.currency.toLowerCase(),
        automatic_payment_methods: { enabled: true },
        metadata: metadataOf(request),
        description: `Canceled before it arrived: order ${request.order}`,
      },
      { idempotencyKey: request.attempt, timeout: money_call_ms },
    ),
  )
  if (called.kind === 'failed' && called.failure.kind === 'key_used') {
    const found = await findByAttempt(at, request)
    return found.kind === 'none' ? unknown('the start is not in the list yet') : found
  }
  return toFound(called)
}

async function cancel(at: At, request: AttemptAt): Promise<PaymentOutcome> {
  let found = await find(at, request)
  if (found.kind === 'none') found = await claimKey(at, request)
  if (found.kind === 'none') return { kind: 'canceled', reference: null }
  if (found.kind === 'unknown') return found
  const { status } = found.intent
  const over = status === 'succeeded' || status === 'canceled'
  const last = over ? found : await cancelIntent(at, found.intent)
  return settle(at, last)
}

/** The capture with this id, when the intent shows that it took place. */
function captureDone(intent: Intent, request: CapturePayment): TransferOutcome | null {
  if (intent.status !== 'succeeded' || intent.capture !== request.capture) return null
  return { kind: 'succeeded', reference: intent.charge ?? intent.id, fee: intent.fee }
}

async function capture(at: At, request: CapturePayment): Promise<TransferOutcome> {
  const whole = request.amount.amount === request.price.amount
  if (!request.final && !whole) {
    const message = 'Stripe takes one capture per payment; make it the last one.'
    return { kind: 'refused', code: 'one_capture_only', message }
  }
  const amount = toStripeAmount(request.amount)
  if (amount === null) return inexpressible(request)
  const called = await call(
    at.stripe.paymentIntents.capture(
      request.reference,
      {
        amount_to_capture: amount,
        metadata: { capture: request.capture },
        expand: with_charge,
      },
      { idempotencyKey: request.capture, timeout: money_call_ms },
    ),
  )
  const found = called.kind === 'ok' || !called.answered ? toFound(called) : await find(at, request)
  const done = found.kind === 'intent' ? captureDone(found.intent, request) : null
  if (done) return done
  if (found.kind === 'unknown') return found
  if (called.kind === 'failed' && called.failure.kind === 'refused') return called.failure
  return unknown(
    called.kind === 'failed' ? explain(called.failure) : 'Stripe did not say that it captured',
  )
}

const inexpressible = ({ amount }: CapturePayment | RefundPayment): TransferOutcome => ({
  kind: 'refused',
  code: 'amount_not_supported',
  message: `Stripe can not move ${amount.amount} minor units of ${amount.currency}.`,
})

/** Stripe forgets an idempotency key after a day; the refunds of the payment stay. */
async function findRefund({ stripe }: At, request: RefundPayment): Promise<TransferOutcome | null> {
  let after: string | null = null
  for (let pages = 0; pages < pages_max; pages++) {
    const params: Stripe.RefundListParams = {
      payment_intent: request.reference,
      limit: 100,
      expand: ['data.balance_transaction'],
    }
    if (after) params.starting_after = after
    const called = await call(stripe.refunds.list(params, { timeout: read_ms }))
    if (called.kind === 'failed') return unknown(explain(called.failure))
    const page = readPage(called.value)
    if (!page) return unknown('Stripe sent no list')
    const made = page.rows.map(readRefund).find((row) => row?.refund === request.refund)
    if (made) return made.outcome
    if (!page.next) return null
    after = page.next
  }
  return unknown(`not among the first ${pages_max} pages`)
}

async function refund(at: At, request: RefundPayment): Promise<TransferOutcome> {
  const amount = toStripeAmount(request.amount)
  if (amount === null) return inexpressible(request)
  const made = await findRefund(at, request)
  if (made) return made
  const called = await call(
    at.stripe.refunds.create(
      {
        payment_intent: request.reference,
        amount,
        metadata: { ...metadataOf(request), refund: request.refund },
        expand: ['balance_transaction'],
      },
      { idempotencyKey: request.refund, timeout: money_call_ms },
    ),
  )
  if (called.kind === 'ok') {
    return readRefund(called.value)?.outcome ?? unknown('Stripe sent no refund')
  }
  return called.failure.kind === 'refused' ? called.failure : unknown(explain(called.failure))
}

export function stripePayments(config: StripeConfig, send: Send): PaymentProvider {
  const live = isLive(config)
  assert.equal(
    config.publishable_key.startsWith('pk_live_'),
    live,
    'STRIPE_PUBLISHABLE_KEY and STRIPE_SECRET_KEY are of different modes (test and live)',
  )
  const browser = { publishable_key: config.publishable_key, api_base: config.api_base }
  const at: At = { stripe: openStripe(config, send), browser }
  return {
    name: 'stripe',
    capabilities: {
      partial_capture: true,
      several_captures: { no: 'Only accounts with multicapture can capture in several parts.' },
      void: true,
      capture_later: true,
    },
    browser,
    immediate: null,
    start: (request) => start(at, request),
    // What the browser brings along is a hint at most; Stripe is asked.
    finish: async (request) => settle(at, await find(at, request)),
    lookup: async (request) => settle(at, await find(at, request)),
    cancel: (request) => cancel(at, request),
    capture: (request) => capture(at, request),
    refund: (request) => refund(at, request),
    readWebhook: (raw) => {
      if (!isFromStripe(raw, config.webhook_secrets)) return null
      const event = readEvent(readJsonObject(raw.body))
      if (!event) return []
      return event.livemode === live ? [toWebhookEvent(event, browser)] : null
    },
  }
}
