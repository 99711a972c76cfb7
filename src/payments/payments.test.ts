// What an answer changes: every state an attempt can have against every answer there is.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AttemptId, OrderId } from '#src/lib/ids.ts'
import type { Currency } from '#src/lib/money.ts'
import type { PaymentOutcome } from '#src/ports/payment-provider.ts'
import { type Attempt, type AttemptState, decideOutcome, isOpen } from './payments.ts'

const now = new Date('2026-11-20T12:00:00Z')
const price = { amount: 1_903n, currency: 'EUR' as Currency }
const reference = 'pi_1'

/** In the order in which an attempt goes through them. */
const open_states = ['created', 'unknown', 'requires_action', 'pending'] as const
const states: readonly AttemptState[] = [
  ...open_states,
  'declined',
  'canceled',
  'authorized',
  'captured',
]

const attemptIn = (state: AttemptState): Attempt => ({
  id: 'a' as AttemptId,
  order_id: 'o' as OrderId,
  provider: 'stripe',
  capture_mode: 'now',
  state,
  currency: price.currency,
  amount: price.amount,
  authorized: state === 'authorized' || state === 'captured' ? price.amount : 0n,
  captured: state === 'captured' ? price.amount : 0n,
  refunded: 0n,
  reference: state === 'created' || state === 'unknown' ? null : reference,
  decline_reason: null,
  lookups: 0,
  cancel_asked: false,
  purpose: 'order' as const,
  traceparent: null,
  created_at: now,
})

const outcomes: readonly PaymentOutcome[] = [
  { kind: 'captured', reference, amount: price, fee: null },
  { kind: 'authorized', reference, amount: price, capture_before: null },
  { kind: 'declined', reference, reason: 'generic' },
  { kind: 'canceled', reference },
  { kind: 'requires_action', reference, client_data: {} },
  { kind: 'pending', reference },
  { kind: 'unknown', reason: 'silence' },
  { kind: 'not_found' },
]

/** The state after the answer; null when it changes nothing. */
function after(state: AttemptState, outcome: PaymentOutcome): AttemptState | null {
  const decided = decideOutcome(attemptIn(state), outcome)
  assert.notEqual(decided.kind, 'anomaly', `${state}, ${outcome.kind}`)
  return decided.kind === 'change' ? decided.change.state : null
}

test('among what is still open an older answer undoes nothing', () => {
  for (const [at, state] of open_states.entries()) {
    for (const outcome of outcomes) {
      const to = (open_states as readonly (AttemptState | null)[]).indexOf(after(state, outcome))
      assert(to === -1 || to > at, `${state} went back to ${open_states[to]} by ${outcome.kind}`)
    }
  }
})

test('money that is there is never taken back by an answer, and a decline stays one', () => {
  for (const outcome of outcomes) {
    assert.equal(after('captured', outcome), null, outcome.kind)
    if (isOpen(outcome.kind as AttemptState)) {
      for (const state of states.filter((one) => !isOpen(one))) {
        assert.equal(after(state, outcome), null, `${state}, ${outcome.kind}`)
      }
    }
  }
  assert.equal(after('declined', outcomes[3]!), null)
  assert.equal(after('authorized', outcomes[2]!), null)
})

test('money that still arrives counts, whatever was said before', () => {
  for (const state of states.filter((one) => one !== 'captured')) {
    assert.equal(after(state, outcomes[0]!), 'captured', state)
  }
  for (const state of ['created', 'unknown', 'pending', 'declined', 'canceled'] as const) {
    assert.equal(after(state, outcomes[1]!), 'authorized', state)
  }
})

test('a payment that the provider does not know may still arrive, however late it is', () => {
  for (const state of states) assert.equal(after(state, { kind: 'not_found' }), null, state)
})
