// Stripe as a payment provider. One attempt is one PaymentIntent that names it in its
// metadata; the attempt's id is the idempotency key under which the intent is made.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type Stripe from 'stripe'
import type { Send } from '../../src/lib/http-client.ts'
import type { AttemptId } from '../../src/lib/ids.ts'
import type {
  AttemptAt,
  CapturePayment,
  JsonObject,
  PaymentOutcome,
  PaymentProvider,
  RefundPayment,
  StartPayment,
  TransferOutcome,
} from '../../src/ports/payment-provider.ts'
import { Doubt, orUnknown, refused } from '../../src/ports/reply.ts'
import { call, explain, openStripe, sure } from './sdk.ts'
import { isLive, type StripeConfig } from './settings.ts'
import {
  type Intent,
  isNamed,
  mustBeClosed,
  readDeclineReason,
  readIntent,
  readPage,
  readRefund,
  readStripeWebhook,
  toOutcome,
  toStripeAmount,
} from './translate.ts'

/** An intent is made between these two moments around the start: clocks differ, calls last. */
const made_before_s = 120
const made_after_s = 600
const pages_max = 200
const with_charge = ['latest_charge.balance_transaction']

type At = { readonly stripe: Stripe; readonly browser: JsonObject }

const reading = { timeout: 25_000 }
const moving = (idempotencyKey: string) => ({ idempotencyKey, timeout: 80_000 })

function intentIn(value: unknown): Intent {
  const intent = readIntent(value)
  if (intent) return intent
  throw new Doubt('Stripe sent no payment intent')
}

const readById = async ({ stripe }: At, id: string): Promise<Intent> =>
  intentIn(await sure(stripe.paymentIntents.retrieve(id, { expand: with_charge }, reading)))

type PageParams = { readonly limit: number; readonly starting_after?: string }

/** The first row of a list that is the one, on whichever page; null when there is none. */
async function findRow(
  ask: (page: PageParams) => Promise<unknown>,
  isIt: (row: unknown) => boolean,
): Promise<unknown> {
  let page: PageParams = { limit: 100 }
  for (let pages = 0; pages < pages_max; pages++) {
    const told = readPage(await sure(ask(page)))
    if (!told) throw new Doubt('Stripe sent no list')
    const found = told.rows.find(isIt)
    if (found !== undefined) return found
    if (!told.next) return null
    page = { limit: 100, starting_after: told.next }
  }
  throw new Doubt(`not among the first ${pages_max} pages`)
}

/**
 * Reads the list, because the search lags behind and does not exist for every merchant.
 * Null means that no intent was there; a start still on its way may yet make one.
 */
async function findByAttempt(at: At, request: AttemptAt): Promise<Intent | null> {
  const started_s = Math.floor(request.started_at.getTime() / 1000)
  const created = { gte: started_s - made_before_s, lte: started_s + made_after_s }
  const row = await findRow(
    (page) => at.stripe.paymentIntents.list({ created, ...page }, reading),
    (row) => isNamed(row, 'attempt', request.attempt),
  )
  return row === null ? null : readById(at, intentIn(row).id)
}

async function readOurs(at: At, attempt: AttemptId, reference: string): Promise<Intent> {
  const intent = await readById(at, reference)
  if (intent.attempt === attempt) return intent
  throw new Doubt('this payment intent belongs to another attempt')
}
const find = async (at: At, request: AttemptAt): Promise<Intent | null> =>
  request.reference === null
    ? findByAttempt(at, request)
    : readOurs(at, request.attempt, request.reference)

/** Cancels and reads again: whatever the answer was, the intent knows how it ended. */
async function cancelIntent(at: At, { id }: Intent): Promise<Intent> {
  const called = await call(
    at.stripe.paymentIntents.cancel(
      id,
      { cancellation_reason: 'abandoned', expand: with_charge },
      // Canceling repeats well by itself, and a stored refusal must not be played back.
      moving(`${id}:cancel:${randomUUID()}`),
    ),
  )
  return called.kind === 'ok' ? intentIn(called.value) : readById(at, id)
}

/** What could still be paid and must not be is closed first. */
async function settle(at: At, found: Intent | null): Promise<PaymentOutcome> {
  if (found === null) return { kind: 'not_found' }
  const intent = mustBeClosed(found) ? await cancelIntent(at, found) : found
  if (!mustBeClosed(intent)) return toOutcome(intent, at.browser)
  throw new Doubt('not to be paid any more, and Stripe did not let us close it')
}

const metadataOf = ({ attempt, order }: AttemptAt | StartPayment) => ({ attempt, order })

const intentParams = (request: AttemptAt | StartPayment, amount: number) => ({
  amount,
  currency: request.price.currency.toLowerCase(),
  automatic_payment_methods: { enabled: true },
  metadata: metadataOf(request),
})

function startParams(request: StartPayment, amount: number): Stripe.PaymentIntentCreateParams {
  const { capture, token, buyer, return_url } = request
  const params: Stripe.PaymentIntentCreateParams = {
    ...intentParams(request, amount),
    // Not the asynchronous default: with it the fee is known only later.
    capture_method: capture === 'now' ? 'automatic' : 'manual',
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
  const method = token.startsWith('ctoken_') ? 'confirmation_token' : 'payment_method'
  return { ...params, confirm: true, return_url, [method]: token }
}

async function start(at: At, request: StartPayment): Promise<PaymentOutcome> {
  const amount = toStripeAmount(request.price)
  if (amount === null) return { kind: 'declined', reference: null, reason: 'not_supported' }
  const params = startParams(request, amount)
  const called = await call(at.stripe.paymentIntents.create(params, moving(request.attempt)))
  switch (called.kind) {
    case 'ok':
      return settle(at, intentIn(called.value))
    case 'declined':
      // Nobody was ever given the client secret, so the intent need not be closed.
      return { kind: 'declined', reference: called.intent, reason: called.reason }
    case 'refused':
      return { kind: 'declined', reference: null, reason: readDeclineReason(called) }
    case 'not_now':
      return { kind: 'declined', reference: null, reason: 'try_again' }
    default:
      throw new Doubt(explain(called))
  }
}

/** Names an intent that is to be canceled, so that whoever finds it open closes it. */
const given_up = { given_up: 'yes' }

/**
 * Uses the attempt's idempotency key for an intent that nobody is to pay. A start that is still
 * on its way then finds its key used, so that "never arrived" has become "will never charge".
 */
async function claimKey(at: At, request: AttemptAt): Promise<Intent | null> {
  const amount = toStripeAmount(request.price)
  // What Stripe cannot take was never sent.
  if (amount === null) return null
  const description = `Canceled before it arrived: order ${request.order}`
  const metadata = { ...metadataOf(request), ...given_up }
  const params = { ...intentParams(request, amount), description, metadata }
  const called = await call(at.stripe.paymentIntents.create(params, moving(request.attempt)))
  if (called.kind === 'ok') return intentIn(called.value)
  const found = called.kind === 'key_used' ? await findByAttempt(at, request) : null
  if (found) return found
  throw new Doubt(explain(called))
}

async function cancel(at: At, request: AttemptAt): Promise<PaymentOutcome> {
  const intent = (await find(at, request)) ?? (await claimKey(at, request))
  if (intent === null) return { kind: 'canceled', reference: null }
  const over = intent.status === 'succeeded' || intent.status === 'canceled'
  return settle(at, over ? intent : await cancelIntent(at, intent))
}

const inexpressible = ({ amount }: CapturePayment | RefundPayment): TransferOutcome =>
  refused(
    'amount_not_supported',
    `Stripe can not move ${amount.amount} minor units of ${amount.currency}.`,
  )

async function capture(at: At, request: CapturePayment): Promise<TransferOutcome> {
  const { attempt, reference } = request
  if (!request.final && request.amount.amount !== request.price.amount) {
    const message = 'Stripe takes one capture per payment; make it the last one.'
    return refused('one_capture_only', message)
  }
  const amount_to_capture = toStripeAmount(request.amount)
  if (amount_to_capture === null) return inexpressible(request)
  const metadata = { capture: request.capture }
  const called = await call(
    at.stripe.paymentIntents.capture(
      reference,
      { amount_to_capture, metadata, expand: with_charge },
      moving(request.capture),
    ),
  )
  // Refused is also what was captured long ago, and an error may hide a capture: the intent tells.
  const intent =
    called.kind === 'ok' ? intentIn(called.value) : await readOurs(at, attempt, reference)
  if (intent.status === 'succeeded' && intent.capture === request.capture) {
    return { kind: 'succeeded', reference: intent.charge ?? intent.id, fee: intent.fee }
  }
  if (called.kind === 'refused') return called
  throw new Doubt(called.kind === 'ok' ? 'Stripe did not say that it captured' : explain(called))
}

async function refund(at: At, request: RefundPayment): Promise<TransferOutcome> {
  const { refund: id, reference: payment_intent } = request
  const amount = toStripeAmount(request.amount)
  if (amount === null) return inexpressible(request)
  // Stripe forgets an idempotency key after a day; the refunds of the payment stay.
  const expand = ['data.balance_transaction']
  const made = await findRow(
    (page) => at.stripe.refunds.list({ payment_intent, expand, ...page }, reading),
    (row) => isNamed(row, 'refund', id),
  )
  if (made !== null) return refundIn(made)
  const metadata = { ...metadataOf(request), refund: id }
  const params = { payment_intent, amount, metadata, expand: ['balance_transaction'] }
  const called = await call(at.stripe.refunds.create(params, moving(id)))
  if (called.kind === 'refused') return called
  if (called.kind === 'ok') return refundIn(called.value)
  throw new Doubt(explain(called))
}

function refundIn(value: unknown): TransferOutcome {
  const refund = readRefund(value)
  if (refund) return refund.outcome
  throw new Doubt('Stripe sent no refund')
}

export function stripePayments(config: StripeConfig, send: Send): PaymentProvider {
  assert.equal(
    config.publishable_key.startsWith('pk_live_'),
    isLive(config),
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
    start: orUnknown((request) => start(at, request)),
    // What the browser brings along is a hint at most; Stripe is asked.
    finish: orUnknown(async (request) => settle(at, await find(at, request))),
    lookup: orUnknown(async (request) => settle(at, await find(at, request))),
    cancel: orUnknown((request) => cancel(at, request)),
    capture: orUnknown((request) => capture(at, request)),
    refund: orUnknown((request) => refund(at, request)),
    readWebhook: (raw) => readStripeWebhook(config, browser, raw),
  }
}
