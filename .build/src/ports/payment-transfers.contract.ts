// Cases about captures, refunds and cancels: money that moves after the payment was made.
import assert from 'node:assert/strict'
import {
  at,
  captureOf,
  type OpenBench,
  pay,
  refundOf,
  someAttempt,
  startAs,
  usual_price,
} from './payment-bench.ts'
import { assertKind, assertNoMoney } from './payment-charging.contract.ts'
import type { PaymentCases } from './payment-provider.contract.ts'
import type { TransferOutcome } from './payment-provider.ts'

const whole = usual_price.amount

function assertDone(outcome: TransferOutcome): void {
  const done = outcome.kind === 'succeeded' || outcome.kind === 'pending'
  assert(done, outcome.kind === 'refused' ? outcome.message : outcome.kind)
}
const assertRefused = (outcome: TransferOutcome): void => assert.equal(outcome.kind, 'refused')

async function authorized(bench: OpenBench) {
  const request = someAttempt({ capture: 'later' })
  const { reference } = assertKind(await pay(bench, request), 'authorized')
  return { request, reference, where: at(request, reference) }
}
async function captured(bench: OpenBench) {
  const request = someAttempt()
  const { reference } = assertKind(await pay(bench, request), 'captured')
  return { request, reference, where: at(request, reference) }
}

const capture_cases: PaymentCases = {
  'what was authorized can be captured': async (bench) => {
    const { request, reference, where } = await authorized(bench)
    const outcome = await bench.provider.capture(captureOf(request, reference, whole))
    assert.equal(outcome.kind, 'succeeded')
    const found = assertKind(await bench.provider.lookup(where), 'captured')
    assert.deepEqual(found.amount, usual_price)
    assert.deepEqual(bench.books(request.attempt), { reserved: 0n, captured: whole, refunded: 0n })
  },

  'a part can be captured and the rest is released, or is refused unsent': async (bench) => {
    const { request, reference, where } = await authorized(bench)
    const sent = bench.wire.sent
    const outcome = await bench.provider.capture(captureOf(request, reference, 100_000n))
    if (bench.provider.capabilities.partial_capture !== true) {
      assertRefused(outcome)
      assert.equal(bench.wire.sent, sent, 'a capability is checked before anything is sent')
      assert.equal(bench.books(request.attempt).captured, 0n)
      return
    }
    assert.equal(outcome.kind, 'succeeded')
    const found = assertKind(await bench.provider.lookup(where), 'captured')
    assert.equal(found.amount.amount, 100_000n)
    const books = bench.books(request.attempt)
    assert.deepEqual(books, { reserved: 0n, captured: 100_000n, refunded: 0n })
    assertRefused(await bench.provider.capture(captureOf(request, reference, 20_000n)))
    assert.deepEqual(bench.books(request.attempt), books)
  },

  'a capture that is not the last leaves the rest open, or is refused unsent': async (bench) => {
    const { request, reference } = await authorized(bench)
    const sent = bench.wire.sent
    const first = await bench.provider.capture(captureOf(request, reference, 100_000n, false))
    if (bench.provider.capabilities.several_captures !== true) {
      assertRefused(first)
      assert.equal(bench.wire.sent, sent, 'a capability is checked before anything is sent')
      assert.deepEqual(bench.books(request.attempt).captured, 0n)
      return
    }
    assert.equal(first.kind, 'succeeded')
    assert.equal(bench.books(request.attempt).reserved, 23_457n)
    assertDone(await bench.provider.capture(captureOf(request, reference, 23_457n)))
    assert.equal(bench.books(request.attempt).captured, whole)
  },

  'capturing twice with one id captures once': async (bench) => {
    const { request, reference } = await authorized(bench)
    const asked = captureOf(request, reference, whole)
    const first = await bench.provider.capture(asked)
    const second = await bench.provider.capture(asked)
    assert.equal(first.kind, 'succeeded')
    assert.deepEqual(second, first)
    assert.equal(bench.books(request.attempt).captured, whole)
  },

  'capturing twice at the same moment captures once': async (bench) => {
    const { request, reference } = await authorized(bench)
    const asked = captureOf(request, reference, whole)
    const outcomes = await Promise.all([1, 2].map(() => bench.provider.capture(asked)))
    assert(outcomes.some(({ kind }) => kind === 'succeeded' || kind === 'pending'))
    assert(outcomes.every(({ kind }) => kind !== 'refused'))
    assert.equal(bench.books(request.attempt).captured, whole)
  },

  'a lost answer to a capture is unknown, and asking again captures once': async (bench) => {
    const { request, reference } = await authorized(bench)
    const asked = captureOf(request, reference, whole)
    bench.wire.lose_posts = 1
    assert.equal((await bench.provider.capture(asked)).kind, 'unknown')
    assert.equal(bench.books(request.attempt).captured, whole)
    assertDone(await bench.provider.capture(asked))
    assert.equal(bench.books(request.attempt).captured, whole)
  },

  'more than was authorized is not captured': async (bench) => {
    const { request, reference } = await authorized(bench)
    assertRefused(await bench.provider.capture(captureOf(request, reference, whole + 1n)))
    assert.equal(bench.books(request.attempt).captured, 0n)
  },
}

const refund_cases: PaymentCases = {
  'all of it can be refunded, and the payment stays captured': async (bench) => {
    const { request, reference, where } = await captured(bench)
    assertDone(await bench.provider.refund(refundOf(request, reference, whole)))
    assert.equal(bench.books(request.attempt).refunded, whole)
    const found = assertKind(await bench.provider.lookup(where), 'captured')
    assert.deepEqual(found.amount, usual_price)
  },

  'parts can be refunded, up to what was captured': async (bench) => {
    const { request, reference } = await captured(bench)
    assertDone(await bench.provider.refund(refundOf(request, reference, 100_000n)))
    assertDone(await bench.provider.refund(refundOf(request, reference, 20_000n)))
    assertRefused(await bench.provider.refund(refundOf(request, reference, 3_458n)))
    assert.equal(bench.books(request.attempt).refunded, 120_000n)
    assertDone(await bench.provider.refund(refundOf(request, reference, 3_457n)))
    assert.equal(bench.books(request.attempt).refunded, whole)
  },

  'refunding twice with one id refunds once': async (bench) => {
    const { request, reference } = await captured(bench)
    const asked = refundOf(request, reference, 50_000n)
    const first = await bench.provider.refund(asked)
    const second = await bench.provider.refund(asked)
    assertDone(first)
    assert.deepEqual(second, first)
    assert.equal(bench.books(request.attempt).refunded, 50_000n)
  },

  'refunding twice at the same moment refunds once': async (bench) => {
    const { request, reference } = await captured(bench)
    const asked = refundOf(request, reference, 50_000n)
    const outcomes = await Promise.all([1, 2].map(() => bench.provider.refund(asked)))
    assert(outcomes.some(({ kind }) => kind === 'succeeded' || kind === 'pending'))
    assert(outcomes.every(({ kind }) => kind !== 'refused'))
    assertDone(await bench.provider.refund(asked))
    assert.equal(bench.books(request.attempt).refunded, 50_000n)
  },

  'a lost answer to a refund is unknown, and asking again refunds once': async (bench) => {
    const { request, reference } = await captured(bench)
    const asked = refundOf(request, reference, 50_000n)
    bench.wire.lose_posts = 1
    assert.equal((await bench.provider.refund(asked)).kind, 'unknown')
    assert.equal(bench.books(request.attempt).refunded, 50_000n)
    assertDone(await bench.provider.refund(asked))
    assert.equal(bench.books(request.attempt).refunded, 50_000n)
  },

  'what was not captured is not refunded': async (bench) => {
    const { request, reference } = await authorized(bench)
    assertRefused(await bench.provider.refund(refundOf(request, reference, 1_000n)))
    assert.equal(bench.books(request.attempt).refunded, 0n)
  },
}

const cancel_cases: PaymentCases = {
  'a canceled authorization is void for certain, or stays as it is': async (bench) => {
    const { request, reference, where } = await authorized(bench)
    const outcome = await bench.provider.cancel(where)
    const { void: can_void } = bench.provider.capabilities
    // Without a void the money may only lapse, or have been taken and given back in full.
    if (can_void !== true && outcome.kind !== 'canceled') return assertNoMoney(outcome)
    assertKind(outcome, 'canceled')
    assertRefused(await bench.provider.capture(captureOf(request, reference, whole)))
    assertKind(await bench.provider.lookup(where), 'canceled')
    assertKind(await bench.provider.cancel(where), 'canceled')
    const books = bench.books(request.attempt)
    assert.equal(books.reserved, 0n)
    assert.equal(books.captured, books.refunded)
    if (can_void === true) assert.equal(books.captured, 0n, 'it was void')
  },

  'after `canceled` the buyer can not pay any more': async (bench) => {
    const request = someAttempt()
    const started = await startAs(bench, request, 'approves')
    const { reference, client_data } = assertKind(started, 'requires_action')
    const outcome = await bench.provider.cancel(at(request, reference))
    if (bench.provider.capabilities.void === true) assertKind(outcome, 'canceled')
    if (outcome.kind !== 'canceled') return assertNoMoney(outcome)
    await bench.buyerActs(client_data, 'approves').catch(() => null)
    assert.deepEqual(bench.books(request.attempt), { reserved: 0n, captured: 0n, refunded: 0n })
  },

  'cancel reports a captured payment as captured': async (bench) => {
    const { request, where } = await captured(bench)
    const told = assertKind(await bench.provider.cancel(where), 'captured')
    assert.deepEqual(told.amount, usual_price)
    assertKind(await bench.provider.cancel(at(request, null)), 'captured')
    assert.equal(bench.books(request.attempt).captured, whole)
  },

  'a lost answer to a cancel is unknown, and asking again tells': async (bench) => {
    const { where } = await authorized(bench)
    bench.simulator.faults.lose_answers = 1
    const lost = await bench.provider.cancel(where)
    const again = await bench.provider.cancel(where)
    assertKind(lost, 'unknown')
    if (bench.provider.capabilities.void === true) assertKind(again, 'canceled')
    else assertNoMoney(again)
  },

  'after the cancel of an attempt that never arrived a late start takes nothing': async (bench) => {
    const request = someAttempt()
    assertKind(await bench.provider.cancel(at(request, null)), 'canceled')
    assertNoMoney(await startAs(bench, request, 'pays'))
    assert.deepEqual(bench.books(request.attempt), { reserved: 0n, captured: 0n, refunded: 0n })
  },
}

export const transfer_cases: PaymentCases = { ...capture_cases, ...refund_cases, ...cancel_cases }
