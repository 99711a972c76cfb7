// What an answer about a payment changes. Pure: the same decision for the checkout's own answer,
// the webhook and the lookup, in any order and any number of times.
import { plusMs } from '#src/lib/clock.ts'
import type { AttemptId, OrderId } from '#src/lib/ids.ts'
import type { Currency } from '#src/lib/money.ts'
import type { PaymentOutcome } from '#src/ports/payment-provider.ts'

export const attempt_states = [
  'created',
  'requires_action',
  'pending',
  'unknown',
  'authorized',
  'captured',
  'declined',
  'canceled',
] as const
export type AttemptState = (typeof attempt_states)[number]

export type Attempt = {
  readonly id: AttemptId
  readonly order_id: OrderId
  readonly provider: string
  /** `difference`: what an edit has added to an order that was placed before. */
  readonly purpose: 'order' | 'difference'
  readonly capture_mode: 'now' | 'later'
  readonly state: AttemptState
  readonly currency: Currency
  readonly amount: bigint
  readonly authorized: bigint
  readonly captured: bigint
  readonly refunded: bigint
  readonly reference: string | null
  readonly decline_reason: string | null
  readonly lookups: number
  readonly created_at: Date
  /** The provider was asked to end it while it was open. */
  readonly cancel_asked: boolean
  /** Where in its trace it was begun; null unless traces are sent. */
  readonly traceparent: string | null
}

/** Nobody knows yet how these end; the provider is asked until it is known. */
export const isOpen = (state: AttemptState): boolean =>
  state === 'created' || state === 'requires_action' || state === 'pending' || state === 'unknown'

export type Change = {
  readonly state: AttemptState
  readonly authorized: bigint
  readonly captured: bigint
  readonly reference: string | null
  readonly decline_reason: string | null
  readonly capture_before: Date | null
}
export type Decided =
  /** Heard before, or overtaken by something later. */
  | { readonly kind: 'nothing' }
  /** What the provider says does not fit what was asked: a person must look. */
  | { readonly kind: 'anomaly'; readonly message: string }
  | { readonly kind: 'change'; readonly change: Change }

/** How far an attempt has come: an answer from earlier on this line is old. */
const rank: Readonly<Record<AttemptState, number>> = {
  created: 0,
  unknown: 1,
  requires_action: 2,
  pending: 3,
  declined: 4,
  canceled: 4,
  authorized: 5,
  captured: 6,
}

function decideMoney(
  attempt: Attempt,
  outcome: Extract<PaymentOutcome, { kind: 'captured' | 'authorized' }>,
): Decided {
  const { amount, currency } = outcome.amount
  if (currency !== attempt.currency || amount > attempt.amount || amount <= 0n) {
    const told = `${amount} ${currency}`
    const asked = `${attempt.amount} ${attempt.currency}`
    return { kind: 'anomaly', message: `The provider says ${told} where ${asked} was asked.` }
  }
  const captured = outcome.kind === 'captured' ? amount : 0n
  if (attempt.captured >= captured && rank[attempt.state] >= rank[outcome.kind]) {
    return { kind: 'nothing' }
  }
  const whole = outcome.kind === 'captured' && attempt.capture_mode === 'now'
  if ((whole || outcome.kind === 'authorized') && amount !== attempt.amount) {
    return { kind: 'anomaly', message: `Only ${amount} of ${attempt.amount} was ${outcome.kind}.` }
  }
  const change: Change = {
    state: outcome.kind,
    // A capture of a part leaves the authorization of the whole on record.
    authorized: attempt.authorized > 0n ? attempt.authorized : attempt.amount,
    captured: captured > attempt.captured ? captured : attempt.captured,
    reference: outcome.reference,
    decline_reason: null,
    capture_before: outcome.kind === 'authorized' ? outcome.capture_before : null,
  }
  return { kind: 'change', change }
}

export function decideOutcome(attempt: Attempt, outcome: PaymentOutcome): Decided {
  const told = 'reference' in outcome ? outcome.reference : null
  if (told !== null && attempt.reference !== null && told !== attempt.reference) {
    return { kind: 'anomaly', message: `The provider names ${told} for ${attempt.reference}.` }
  }
  const to = (state: AttemptState, decline_reason: string | null = null): Decided => {
    const is_news = rank[state] > rank[attempt.state] || (told && !attempt.reference)
    if (!is_news || !(isOpen(attempt.state) || state === 'canceled')) return { kind: 'nothing' }
    const { authorized, captured } = attempt
    const reference = told ?? attempt.reference
    const change = { state, authorized, captured, reference, decline_reason, capture_before: null }
    return { kind: 'change', change }
  }
  switch (outcome.kind) {
    case 'captured':
    case 'authorized':
      return decideMoney(attempt, outcome)
    case 'declined':
      return isOpen(attempt.state) ? to('declined', outcome.reason) : { kind: 'nothing' }
    case 'canceled':
      // Voided or lapsed: the only way back from an authorization.
      if (attempt.state === 'authorized') {
        const { authorized, captured, reference } = attempt
        const change = { authorized, captured, reference, decline_reason: null }
        return { kind: 'change', change: { ...change, state: 'canceled', capture_before: null } }
      }
      return isOpen(attempt.state) ? to('canceled') : { kind: 'nothing' }
    case 'not_found':
      // However late it is, a start may still be on its way: only `canceled` is sure.
      return { kind: 'nothing' }
    case 'requires_action':
      return to('requires_action')
    case 'pending':
      return to('pending')
    case 'unknown':
      return to('unknown')
  }
}

/** Nobody waits longer for the next lookup. */
export const lookup_ms_max = 600_000

/** When to ask the provider next, growing from `first_ms` to ten minutes. */
export const nextLookup = (lookups: number, first_ms: number, now: Date): Date =>
  plusMs(now, Math.min(first_ms * 2 ** Math.min(lookups, 12), lookup_ms_max))
