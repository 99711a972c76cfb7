// What a Stripe account holds in the simulator, and what happens to money in it: charges,
// captures, refunds, disputes, fees, and the event that each of them sends.
import { hmacSha256 } from '../../src/lib/signature.ts'
import { openStore, type SimulatorServer } from '../../src/lib/simulator.ts'
import type { CardBehavior } from './simulator-cards.ts'
import { invalid, type Json, newStripeId, StripeApiError } from './simulator-wire.ts'

/** The fields of a PaymentIntent that the simulator itself reads. */
export type IntentObject = Json & {
  id: string
  status: string
  amount: number
  amount_capturable: number
  amount_received: number
  currency: string
  capture_method: string
  client_secret: string
  latest_charge: string | null
  payment_method: string | null
  metadata: Json
}
export type ChargeObject = Json & {
  id: string
  amount: number
  amount_captured: number
  amount_refunded: number
  currency: string
  payment_intent: string
  payment_method: string
}
export type RefundObject = Json & {
  id: string
  amount: number
  status: string
  charge: string
  payment_intent: string
}
export type Account = ReturnType<typeof openAccount>

const api_version = '2026-10-28.endive'
const hold_days = 7

export function openAccount(state_file: string | null, now: () => Date) {
  return {
    now_s: () => Math.floor(now().getTime() / 1000),
    /** The key of the request that is being carried out; its events name it. */
    asked: { idempotency_key: null as string | null },
    intents: openStore<IntentObject>(state_file, 'intent'),
    charges: openStore<ChargeObject>(state_file, 'charge'),
    refunds: openStore<RefundObject>(state_file, 'refund'),
    moves: openStore<Json>(state_file, 'balance_transaction'),
    disputes: openStore<Json>(state_file, 'dispute'),
    methods: openStore<Json & { behaves_as: string }>(state_file, 'payment_method'),
    tokens: openStore<Json & { payment_method: string }>(state_file, 'confirmation_token'),
    events: openStore<Json>(state_file, 'event'),
  }
}

export const signStripe = (secret: string, body: string, time_s: number): string =>
  `t=${time_s},v1=${hmacSha256(secret, `${time_s}.${body}`).toString('hex')}`

export type Emit = (type: string, object: Json) => void

/** Events are snapshots: the object as it is now, whenever the delivery is. */
export const emitter =
  (account: Account, server: () => SimulatorServer, secret: string, now: () => Date): Emit =>
  (type, object) => {
    const event = {
      id: newStripeId('evt'),
      object: 'event',
      api_version,
      created: account.now_s(),
      data: { object: structuredClone(object) },
      livemode: false,
      pending_webhooks: 1,
      request: { id: newStripeId('req'), ...account.asked },
      type,
    }
    account.events.put(event.id, event)
    const body = JSON.stringify(event, null, 2)
    server().sendWebhook(() => ({
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
        'stripe-signature': signStripe(secret, body, Math.floor(now().getTime() / 1000)),
      },
      body,
    }))
  }

function addMove(account: Account, type: string, source: string, amount: number, currency: string) {
  // 2.9 % and 30 minor units, rounded half up; refunds give no fee back.
  const fee = type === 'charge' ? Math.floor((amount * 29 + 500) / 1000) + 30 : 0
  const move = {
    id: newStripeId('txn'),
    object: 'balance_transaction',
    amount,
    available_on: account.now_s() + 2 * 86_400,
    created: account.now_s(),
    currency,
    description: null,
    exchange_rate: null,
    fee,
    fee_details: fee > 0 ? [{ amount: fee, currency, type: 'stripe_fee' }] : [],
    net: amount - fee,
    reporting_category: type,
    source,
    status: 'pending',
    type,
  }
  account.moves.put(move.id, move)
  return move.id
}

/** Asks the bank. The intent is changed in place and stored by the caller. */
export function charge(
  account: Account,
  emit: Emit,
  intent: IntentObject,
  card: CardBehavior,
  authenticated: boolean,
): ErrorBodyOfCharge | null {
  const manual = intent.capture_method === 'manual'
  const failed = card.decline !== null
  const made: ChargeObject = {
    id: newStripeId('ch'),
    object: 'charge',
    amount: intent.amount,
    amount_captured: failed || manual ? 0 : intent.amount,
    amount_refunded: 0,
    balance_transaction: null,
    captured: !failed && !manual,
    created: account.now_s(),
    currency: intent.currency,
    disputed: false,
    failure_code: card.decline?.code ?? null,
    livemode: false,
    metadata: intent.metadata,
    paid: !failed,
    payment_intent: intent.id,
    payment_method: intent.payment_method!,
    payment_method_details: {
      type: 'card',
      card: {
        brand: card.brand,
        last4: card.last4,
        ...(manual && !failed ? { capture_before: account.now_s() + hold_days * 86_400 } : {}),
        multicapture: { status: 'unavailable' },
        three_d_secure: authenticated ? { result: 'authenticated' } : null,
      },
    },
    refunded: false,
    status: failed ? 'failed' : 'succeeded',
  }
  intent.latest_charge = made.id
  intent['next_action'] = null
  if (card.decline) {
    account.charges.put(made.id, made)
    emit('charge.failed', made)
    return declineIntent(account, emit, intent, card.decline, made.id)
  }
  intent['last_payment_error'] = null
  if (manual) {
    intent.status = 'requires_capture'
    intent.amount_capturable = intent.amount
  } else {
    intent.status = 'succeeded'
    intent.amount_received = intent.amount
    made['balance_transaction'] = addMove(account, 'charge', made.id, made.amount, made.currency)
  }
  account.charges.put(made.id, made)
  account.intents.put(intent.id, intent)
  emit('charge.succeeded', made)
  emit(manual ? 'payment_intent.amount_capturable_updated' : 'payment_intent.succeeded', intent)
  if (card.dispute && !manual) dispute(account, emit, made, card.dispute)
  return null
}

export type ErrorBodyOfCharge = {
  readonly type: 'card_error'
  readonly code: string
  readonly message: string
  readonly [more: string]: unknown
}

/** A declined intent is not over: it waits for another payment method. */
export function declineIntent(
  account: Account,
  emit: Emit,
  intent: IntentObject,
  { code, decline_code }: { readonly code: string; readonly decline_code: string | null },
  charge_id: string | null,
): ErrorBodyOfCharge {
  const error: ErrorBodyOfCharge = {
    type: 'card_error',
    code,
    ...(decline_code ? { decline_code } : {}),
    message: `Your card was not accepted (${decline_code ?? code}).`,
    ...(charge_id ? { charge: charge_id } : {}),
  }
  intent.status = 'requires_payment_method'
  intent.payment_method = null
  intent['next_action'] = null
  intent['last_payment_error'] = error
  account.intents.put(intent.id, intent)
  emit('payment_intent.payment_failed', intent)
  return error
}

function dispute(account: Account, emit: Emit, charged: ChargeObject, reason: string): void {
  const made = {
    id: newStripeId('dp'),
    object: 'dispute',
    amount: charged.amount,
    charge: charged.id,
    created: account.now_s(),
    currency: charged.currency,
    livemode: false,
    metadata: {},
    payment_intent: charged.payment_intent,
    reason: reason === 'inquiry' ? 'general' : reason,
    status: reason === 'inquiry' ? 'warning_needs_response' : 'needs_response',
  }
  account.disputes.put(made.id, made)
  charged['disputed'] = true
  account.charges.put(charged.id, charged)
  emit('charge.dispute.created', made)
}

const state_error = (intent: IntentObject, verb: string): StripeApiError =>
  new StripeApiError(
    400,
    {
      type: 'invalid_request_error',
      code: 'payment_intent_unexpected_state',
      message: `You cannot ${verb} this PaymentIntent because it has a status of ${intent.status}.`,
      payment_intent: intent,
    },
    true,
  )

export function captureIntent(
  account: Account,
  emit: Emit,
  intent: IntentObject,
  amount: number | null,
  final: boolean,
): void {
  if (intent['cancellation_reason'] === 'automatic') {
    const code = 'capture_charge_authorization_expired'
    const message = 'The authorization of this charge has expired.'
    throw new StripeApiError(400, { type: 'invalid_request_error', code, message }, true)
  }
  if (intent.status !== 'requires_capture') throw state_error(intent, 'capture')
  const taken = amount ?? intent.amount_capturable
  if (taken < 1) throw invalid('Invalid positive integer', 'parameter_invalid_integer')
  if (taken > intent.amount_capturable) {
    const message = 'The requested capture amount is greater than the authorized amount.'
    const body = { type: 'invalid_request_error', code: 'amount_too_large', message } as const
    throw new StripeApiError(400, body, true)
  }
  if (!final)
    throw invalid('This account may not capture several times.', undefined, 'final_capture')
  const charged = account.charges.get(intent.latest_charge!)!
  charged.amount_captured = taken
  charged['captured'] = true
  charged['balance_transaction'] = addMove(account, 'charge', charged.id, taken, charged.currency)
  account.charges.put(charged.id, charged)
  Object.assign(intent, { status: 'succeeded', amount_received: taken, amount_capturable: 0 })
  account.intents.put(intent.id, intent)
  emit('charge.captured', charged)
  emit('payment_intent.succeeded', intent)
}

const can_cancel = [
  'requires_payment_method',
  'requires_capture',
  'requires_confirmation',
  'requires_action',
]
export function cancelIntent(
  account: Account,
  emit: Emit,
  intent: IntentObject,
  why: string,
): void {
  if (!can_cancel.includes(intent.status)) throw state_error(intent, 'cancel')
  Object.assign(intent, {
    status: 'canceled',
    amount_capturable: 0,
    canceled_at: account.now_s(),
    cancellation_reason: why,
    next_action: null,
  })
  account.intents.put(intent.id, intent)
  emit('payment_intent.canceled', intent)
}

/** Authorizations lapse after a week without anybody asking for it. */
export function lapse(account: Account, emit: Emit, intent: IntentObject): void {
  const charged = intent.latest_charge ? account.charges.get(intent.latest_charge) : undefined
  if (intent.status !== 'requires_capture' || !charged) return
  if (account.now_s() < (charged['created'] as number) + hold_days * 86_400) return
  emit('charge.expired', charged)
  cancelIntent(account, emit, intent, 'automatic')
}

export function refundCharge(
  account: Account,
  emit: Emit,
  charged: ChargeObject,
  asked: number | null,
  card: CardBehavior,
  metadata: Json,
): RefundObject {
  const refuse = (message: string, code?: string): StripeApiError => {
    const named = code ? { code } : {}
    return new StripeApiError(400, { type: 'invalid_request_error', ...named, message }, true)
  }
  const left = charged.amount_captured - charged.amount_refunded
  if (charged['captured'] !== true) throw refuse('This charge has not been captured.')
  if (charged['disputed'] === true) throw refuse('This charge is disputed.', 'charge_disputed')
  if (left === 0) {
    throw refuse(`Charge ${charged.id} has already been refunded.`, 'charge_already_refunded')
  }
  const amount = asked ?? left
  if (amount < 1) throw invalid('Invalid positive integer', 'parameter_invalid_integer', 'amount')
  if (amount > left)
    throw refuse(`Refund amount (${amount}) is greater than unrefunded amount (${left})`)
  const pending = card.refund === 'pending_then_succeeded'
  const made: RefundObject = {
    id: newStripeId('re'),
    object: 'refund',
    amount,
    balance_transaction: addMove(account, 'refund', charged.id, -amount, charged.currency),
    charge: charged.id,
    created: account.now_s(),
    currency: charged.currency,
    metadata,
    payment_intent: charged.payment_intent,
    reason: null,
    status: pending ? 'pending' : 'succeeded',
    /** Only here: what this refund will become. */
    becomes: pending ? 'succeeded' : card.refund === 'succeeded_then_failed' ? 'failed' : null,
  }
  charged.amount_refunded += amount
  charged['refunded'] = charged.amount_refunded === charged.amount_captured
  account.charges.put(charged.id, charged)
  account.refunds.put(made.id, made)
  emit('charge.refunded', charged)
  emit('refund.created', shownRefund(made))
  return made
}

export const shownRefund = ({ becomes: _, ...shown }: RefundObject): Json => shown

/** Lets the refunds that are still under way reach their end. */
export function settleRefunds(account: Account, emit: Emit): void {
  for (const made of account.refunds.values()) {
    const end = made['becomes']
    if (typeof end !== 'string') continue
    Object.assign(made, { status: end, becomes: null })
    if (end === 'failed') {
      made['failure_reason'] = 'lost_or_stolen_card'
      const charged = account.charges.get(made.charge)!
      charged.amount_refunded -= made.amount
      charged['refunded'] = false
      account.charges.put(charged.id, charged)
      addMove(account, 'refund_failure', charged.id, made.amount, charged.currency)
    }
    account.refunds.put(made.id, made)
    emit(end === 'failed' ? 'refund.failed' : 'refund.updated', shownRefund(made))
  }
}
