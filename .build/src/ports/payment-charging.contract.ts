// Cases about the way of a payment from `start` to its last word.
import assert from 'node:assert/strict'
import type { Currency } from '../lib/money.ts'
import {
  at,
  type OpenBench,
  pay,
  someAttempt,
  startAs,
  takeNow,
  usual_price,
} from './payment-bench.ts'
import type { PaymentCases } from './payment-provider.contract.ts'
import type { JsonObject, PaymentOutcome } from './payment-provider.ts'

type Kind = PaymentOutcome['kind']
type Of<K extends Kind> = Extract<PaymentOutcome, { kind: K }>

export function assertKind<K extends Kind>(outcome: PaymentOutcome, kind: K): Of<K> {
  assert.equal(
    outcome.kind,
    kind,
    JSON.stringify(outcome, (_, v) => (v as bigint)?.toString()),
  )
  return outcome as Of<K>
}
export const assertNoMoney = (outcome: PaymentOutcome): void =>
  assert(!['captured', 'authorized'].includes(outcome.kind), outcome.kind)

const nothing_yet = { reserved: 0n, captured: 0n, refunded: 0n }

/** As a forger would: the same fields, each with another end. */
const forge = (answer: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(answer).map(([name, value]) => [
      name,
      typeof value === 'string' ? `${value.slice(0, -1)}${value.endsWith('0') ? '1' : '0'}` : value,
    ]),
  )

/** Starts a payment that waits for the buyer. */
async function startWaiting(bench: OpenBench, request = someAttempt()) {
  const started = assertKind(await startAs(bench, request, 'approves'), 'requires_action')
  return { request, started, where: at(request, started.reference) }
}

async function chargesExactly(bench: OpenBench, amount: bigint, currency: string): Promise<void> {
  const price = { amount, currency: currency as Currency }
  const request = someAttempt({ price })
  const paid = assertKind(await pay(bench, request), 'captured')
  assert.deepEqual(paid.amount, price)
  assert.deepEqual(bench.books(request.attempt), { ...nothing_yet, captured: amount })
}

export const charging_cases: PaymentCases = {
  'charges exactly the price': (bench) => chargesExactly(bench, 123_457n, 'INR'),
  'charges in a currency without minor units': (bench) => chargesExactly(bench, 4_500n, 'JPY'),
  'charges in a currency with three digits': (bench) => chargesExactly(bench, 99_990n, 'KWD'),

  'what talks to a network decides nothing inside a transaction': async ({ provider }) => {
    assert.equal(provider.immediate, null)
  },

  'starting twice with one attempt id charges once': async (bench) => {
    const request = someAttempt()
    const first = await startAs(bench, request, 'pays')
    const second = await startAs(bench, request, 'pays')
    assert.equal(second.kind, first.kind)
    // Two tabs: the buyer tries to pay in both, and the provider may stop the second.
    const tabs = [first, second].filter((outcome) => outcome.kind === 'requires_action')
    for (const tab of tabs) await bench.buyerActs(tab.client_data, 'pays').catch(() => null)
    const found = await bench.provider.lookup(at(request, null))
    assertKind(await takeNow(bench, request, found), 'captured')
    assert.equal(bench.books(request.attempt).captured, usual_price.amount)
  },

  'starting twice at the same moment charges at most once': async (bench) => {
    const request = someAttempt()
    const outcomes = await Promise.all([1, 2].map(() => startAs(bench, request, 'pays')))
    for (const outcome of outcomes) assert.notEqual(outcome.kind, 'declined')
    assert(bench.books(request.attempt).captured <= usual_price.amount)
    assert(outcomes.some(({ kind }) => kind === 'captured' || kind === 'requires_action'))
  },

  'an authorization reserves the price and takes nothing': async (bench) => {
    const request = someAttempt({ capture: 'later' })
    const held = assertKind(await pay(bench, request), 'authorized')
    assert.deepEqual(held.amount, usual_price)
    assert.deepEqual(bench.books(request.attempt), { ...nothing_yet, reserved: 123_457n })
    assertKind(await bench.provider.lookup(at(request, held.reference)), 'authorized')
  },

  'a declined card is returned as declined, and nothing is thrown': async (bench) => {
    const request = someAttempt()
    assertKind(await pay(bench, request, 'is_declined'), 'declined')
    assert.deepEqual(bench.books(request.attempt), nothing_yet)
  },

  'a decline says why': async (bench) => {
    const outcome = assertKind(await pay(bench, someAttempt(), 'lacks_funds'), 'declined')
    assert.equal(outcome.reason, 'insufficient_funds')
  },

  'a declined attempt is looked up as certain': async (bench) => {
    const request = someAttempt()
    await pay(bench, request, 'is_declined')
    const found = await bench.provider.lookup(at(request, null))
    assert(['declined', 'canceled'].includes(found.kind), found.kind)
  },

  'a declined attempt can not be paid afterwards': async (bench) => {
    const request = someAttempt()
    const started = await startAs(bench, request, 'is_declined')
    if (started.kind === 'requires_action') {
      const answer = await bench.buyerActs(started.client_data, 'is_declined')
      const where = at(request, started.reference)
      assertKind(await bench.provider.finish({ ...where, answer }), 'declined')
      await bench.buyerActs(started.client_data, 'pays').catch(() => null)
    } else {
      assertKind(started, 'declined')
    }
    assert.deepEqual(bench.books(request.attempt), nothing_yet)
  },

  'an approval by the buyer completes the payment': async (bench) => {
    const request = someAttempt()
    const paid = assertKind(await pay(bench, request, 'approves'), 'captured')
    assert.deepEqual(paid.amount, usual_price)
    assert.equal(bench.books(request.attempt).captured, usual_price.amount)
  },

  'an approval may complete an authorization': async (bench) => {
    const request = someAttempt({ capture: 'later' })
    assertKind(await pay(bench, request, 'approves'), 'authorized')
    assert.deepEqual(bench.books(request.attempt), { ...nothing_yet, reserved: 123_457n })
  },

  'a failed approval is declined': async (bench) => {
    const request = someAttempt()
    const outcome = assertKind(await pay(bench, request, 'fails_approval'), 'declined')
    assert.equal(outcome.reason, 'authentication_failed')
    assert.deepEqual(bench.books(request.attempt), nothing_yet)
  },

  'finishing before the buyer acted still waits': async (bench) => {
    const { request, where } = await startWaiting(bench)
    assertKind(await bench.provider.finish({ ...where, answer: {} }), 'requires_action')
    assertKind(await bench.provider.lookup(where), 'requires_action')
    assert.deepEqual(bench.books(request.attempt), nothing_yet)
  },

  'the buyer can go on with what a lookup returns': async (bench) => {
    const { request } = await startWaiting(bench)
    const found = await bench.provider.lookup(at(request, null))
    const { client_data } = assertKind(found, 'requires_action')
    await bench.buyerActs(client_data, 'approves')
    const later = await bench.provider.lookup(at(request, null))
    assertKind(await takeNow(bench, request, later), 'captured')
  },

  'the answer of another payment finishes nothing': async (bench) => {
    const theirs = await startWaiting(bench)
    const answer = await bench.buyerActs(theirs.started.client_data, 'approves')
    const ours = await startWaiting(bench)
    assertNoMoney(await bench.provider.finish({ ...ours.where, answer }))
    assert.deepEqual(bench.books(ours.request.attempt), nothing_yet)
  },

  'a forged answer finishes nothing': async (bench) => {
    const theirs = await startWaiting(bench)
    const answer = forge(await bench.buyerActs(theirs.started.client_data, 'approves'))
    const ours = await startWaiting(bench)
    assertNoMoney(await bench.provider.finish({ ...ours.where, answer }))
    const odd = { status: 'succeeded', paid: true, amount: 123_457, deep: [{ a: null }] }
    assertNoMoney(await bench.provider.finish({ ...ours.where, answer: odd }))
  },

  'finishing twice says the same': async (bench) => {
    const { started, where } = await startWaiting(bench)
    const answer = await bench.buyerActs(started.client_data, 'approves')
    const first = await bench.provider.finish({ ...where, answer })
    assert.deepEqual(await bench.provider.finish({ ...where, answer }), first)
  },
}
