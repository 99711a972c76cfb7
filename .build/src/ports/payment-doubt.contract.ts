// Cases about lost answers, rubbish, outages and what a lookup then says.
import assert from 'node:assert/strict'
import type { HttpAnswer } from '../lib/http-client.ts'
import {
  at,
  captureOf,
  type OpenBench,
  pay,
  refundOf,
  someAttempt,
  startAs,
  takeNow,
  usual_price,
} from './payment-bench.ts'
import { assertKind } from './payment-charging.contract.ts'
import type { PaymentCases } from './payment-provider.contract.ts'

const answered = (status: number, type: string, text: string) => (): HttpAnswer => ({
  kind: 'answer',
  status,
  headers: new Headers({ 'content-type': type }),
  body: Buffer.from(text),
})
const rubbish = [
  answered(200, 'application/json', ''),
  answered(200, 'application/json', 'null'),
  answered(200, 'application/json', '[]'),
  answered(200, 'application/json', '{}'),
  answered(200, 'application/json', '"ok"'),
  answered(200, 'application/json', '{"id":5,"object":[],"status":{},"items":7,"data":"x"}'),
  answered(200, 'application/json', '{"id":"x","status":"succee'),
  answered(200, 'text/html', '<html>Welcome to the hotel network</html>'),
  answered(204, 'text/plain', ''),
  answered(500, 'application/json', '{"error":{}}'),
  answered(500, 'application/json', '{"error":"out of order"}'),
  answered(502, 'text/html', '<html><h1>502 Bad Gateway</h1></html>'),
  answered(504, 'text/plain', ''),
]

/** Asks once for each kind of rubbish; each must be `unknown`. */
async function allUnknown(
  bench: OpenBench,
  ask: () => Promise<{ readonly kind: string }>,
): Promise<void> {
  for (const rewrite of rubbish) {
    bench.wire.rewrite = rewrite
    const { kind } = await ask()
    const { status, body } = rewrite()
    assert.equal(kind, 'unknown', `${status} ${body}`)
  }
  bench.wire.rewrite = null
}

export const doubt_cases: PaymentCases = {
  'a lost answer is unknown, and a lookup without reference then tells': async (bench) => {
    const request = someAttempt()
    bench.wire.lose_posts = 1
    assertKind(await startAs(bench, request, 'pays'), 'unknown')
    assert.equal(bench.wire.lose_posts, 0, 'no answer was lost')
    const found = await bench.provider.lookup(at(request, null))
    if (found.kind === 'requires_action') await bench.buyerActs(found.client_data, 'pays')
    const later = await bench.provider.lookup(at(request, null))
    const told = assertKind(await takeNow(bench, request, later), 'captured')
    assert.deepEqual(told.amount, usual_price)
    assert.equal(bench.books(request.attempt).captured, usual_price.amount)
    assertKind(await bench.provider.lookup(at(request, told.reference)), 'captured')
  },

  'a lost answer to an authorization is found by lookup': async (bench) => {
    const request = someAttempt({ capture: 'later' })
    bench.wire.lose_posts = 1
    assertKind(await startAs(bench, request, 'pays'), 'unknown')
    const found = await bench.provider.lookup(at(request, null))
    if (found.kind === 'requires_action') await bench.buyerActs(found.client_data, 'pays')
    assertKind(await bench.provider.lookup(at(request, null)), 'authorized')
  },

  'a lost decline is unknown and looked up as certain': async (bench) => {
    const request = someAttempt()
    bench.wire.lose_posts = 1
    assertKind(await startAs(bench, request, 'is_declined'), 'unknown')
    const found = await bench.provider.lookup(at(request, null))
    if (found.kind === 'requires_action') await bench.buyerActs(found.client_data, 'is_declined')
    const { kind } = await bench.provider.lookup(at(request, null))
    assert(kind === 'declined' || kind === 'canceled', kind)
    assert.equal(bench.books(request.attempt).captured, 0n)
  },

  'starting again after a lost answer charges once': async (bench) => {
    const request = someAttempt()
    bench.wire.lose_posts = 1
    assertKind(await startAs(bench, request, 'pays'), 'unknown')
    assertKind(await pay(bench, request), 'captured')
    assert.equal(bench.books(request.attempt).captured, usual_price.amount)
  },

  'an attempt that was never sent is not found': async (bench) => {
    await pay(bench, someAttempt())
    assertKind(await bench.provider.lookup(at(someAttempt(), null)), 'not_found')
  },

  'a lookup tells one attempt from all others': async (bench) => {
    const requests = [1, 2, 3, 4].map((i) =>
      someAttempt({ price: { ...usual_price, amount: BigInt(i) * 10_000n } }),
    )
    for (const request of requests) await pay(bench, request)
    for (const request of requests) {
      const found = assertKind(await bench.provider.lookup(at(request, null)), 'captured')
      assert.deepEqual(found.amount, request.price)
    }
  },

  'a lost answer to a finish or a lookup is unknown': async (bench) => {
    const request = someAttempt()
    const started = await startAs(bench, request, 'approves')
    const { reference, client_data } = assertKind(started, 'requires_action')
    const answer = await bench.buyerActs(client_data, 'approves')
    bench.simulator.faults.lose_answers = 1
    assertKind(await bench.provider.finish({ ...at(request, reference), answer }), 'unknown')
    bench.simulator.faults.lose_answers = 1
    assertKind(await bench.provider.lookup(at(request, null)), 'unknown')
    const finished = await bench.provider.finish({ ...at(request, reference), answer })
    assertKind(await takeNow(bench, request, finished), 'captured')
  },

  'rubbish in answer to a start is unknown': async (bench) => {
    await allUnknown(bench, () => startAs(bench, someAttempt(), 'pays'))
  },

  'a good answer under a status of failure is unknown': async (bench) => {
    const request = someAttempt()
    bench.wire.rewrite = (answer) => ({ ...answer, status: 500 })
    assertKind(await startAs(bench, request, 'pays'), 'unknown')
    bench.wire.rewrite = null
    const { reference } = assertKind(await pay(bench, request), 'captured')
    bench.wire.rewrite = (answer) => ({ ...answer, status: 502 })
    assertKind(await bench.provider.lookup(at(request, reference)), 'unknown')
    const refund = refundOf(request, reference, 1_000n)
    assert.equal((await bench.provider.refund(refund)).kind, 'unknown')
  },

  'rubbish in answer to a lookup is unknown, never "not found"': async (bench) => {
    const request = someAttempt()
    const { reference } = assertKind(await pay(bench, request), 'captured')
    await allUnknown(bench, () => bench.provider.lookup(at(request, reference)))
    await allUnknown(bench, () => bench.provider.lookup(at(request, null)))
  },

  'rubbish in answer to a finish is unknown': async (bench) => {
    const request = someAttempt()
    const started = await startAs(bench, request, 'approves')
    const { reference, client_data } = assertKind(started, 'requires_action')
    const answer = await bench.buyerActs(client_data, 'approves')
    await allUnknown(bench, () => bench.provider.finish({ ...at(request, reference), answer }))
  },

  'rubbish in answer to a capture, a refund or a cancel is unknown': async (bench) => {
    const request = someAttempt({ capture: 'later' })
    const held = assertKind(await pay(bench, request), 'authorized')
    await allUnknown(bench, () => bench.provider.cancel(at(request, null)))
    const asked = captureOf(request, held.reference, 123_457n)
    await allUnknown(bench, () => bench.provider.capture(asked))
    const paid = someAttempt()
    const { reference } = assertKind(await pay(bench, paid), 'captured')
    await allUnknown(bench, () => bench.provider.refund(refundOf(paid, reference, 1_000n)))
  },

  'another amount is reported as the provider tells it': async (bench) => {
    const request = someAttempt()
    await pay(bench, request)
    bench.wire.rewrite = (answer) => ({
      ...answer,
      body: Buffer.from(answer.body.toString().replaceAll('123457', '123456')),
    })
    const told = assertKind(await bench.provider.lookup(at(request, null)), 'captured')
    assert.deepEqual(told.amount, { ...usual_price, amount: 123_456n })
  },

  'a refused connection or an outage charges nothing, and a later start charges once': async (
    bench,
  ) => {
    const request = someAttempt()
    for (const status of [500, 503]) {
      Object.assign(bench.simulator.faults, { refuse: 1, refuse_status: status })
      assertKind(await startAs(bench, request, 'pays'), 'unknown')
    }
    assertKind(await bench.provider.lookup(at(request, null)), 'not_found')
    assertKind(await pay(bench, request), 'captured')
    assert.equal(bench.books(request.attempt).captured, usual_price.amount)
  },

  'without a connection a start is unknown or certainly not sent': async (bench) => {
    await bench.simulator.close()
    const outcome = await startAs(bench, someAttempt(), 'pays')
    const not_sent = outcome.kind === 'declined' && outcome.reason === 'try_again'
    assert(not_sent || outcome.kind === 'unknown', outcome.kind)
    assertKind(await bench.provider.lookup(at(someAttempt(), null)), 'unknown')
  },
}
