// Cases about webhooks: who is believed, and what is read from them.
import assert from 'node:assert/strict'
import type { Webhook } from '../lib/simulator.ts'
import { at, captureOf, type OpenBench, pay, refundOf, someAttempt } from './payment-bench.ts'
import { assertKind } from './payment-charging.contract.ts'
import type { PaymentCases } from './payment-provider.contract.ts'
import type { PaymentWebhookEvent } from './payment-provider.ts'
import type { RawWebhook } from './raw-webhook.ts'

type About<K> = Extract<PaymentWebhookEvent, { about: K }>

async function received(bench: OpenBench): Promise<readonly RawWebhook[]> {
  await bench.simulator.settled()
  assert(bench.webhooks.length > 0, 'no webhook came')
  return bench.webhooks
}
async function believed(bench: OpenBench): Promise<readonly PaymentWebhookEvent[]> {
  return (await received(bench)).flatMap((raw) => {
    const events = bench.provider.readWebhook(raw)
    assert(events, 'a genuine webhook was not believed')
    return events
  })
}
const about = <K extends PaymentWebhookEvent['about']>(
  events: readonly PaymentWebhookEvent[],
  kind: K,
): About<K>[] => events.filter((event) => event.about === kind) as About<K>[]

const rawOf = ({ headers, body }: Webhook, received_at: Date): RawWebhook => ({
  headers: Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  ),
  body: Buffer.from(body),
  received_at,
})

/** Every text that differs from `json` in one value, which is gone or something else. */
function* disturbed(json: unknown, put: (value: unknown) => unknown): Generator<string> {
  for (const other of [null, 7, 'x', [], {}]) yield JSON.stringify(put(other))
  if (json === null || typeof json !== 'object') return
  for (const [name, value] of Object.entries(json)) {
    const copy = (inner: unknown) =>
      Array.isArray(json)
        ? json.map((old, i) => (String(i) === name ? inner : old))
        : { ...json, [name]: inner }
    yield* disturbed(value, (inner) => put(copy(inner)))
  }
}

export const webhook_cases: PaymentCases = {
  'the webhook of a payment tells the attempt and what was captured': async (bench) => {
    const request = someAttempt()
    const paid = assertKind(await pay(bench, request), 'captured')
    const events = about(await believed(bench), 'payment')
    const told = events.find(({ outcome }) => outcome.kind === 'captured')
    assert(told, 'no webhook said that it was captured')
    assert.equal(told.attempt, request.attempt)
    assert.equal(told.reference, paid.reference)
    assert.deepEqual(assertKind(told.outcome, 'captured').amount, request.price)
  },

  'the webhooks of an authorization and of its capture tell which is which': async (bench) => {
    const request = someAttempt({ capture: 'later' })
    const { reference } = assertKind(await pay(bench, request), 'authorized')
    const held = about(await believed(bench), 'payment').map(({ outcome }) => outcome)
    assert(held.some((outcome) => outcome.kind === 'authorized'))
    assert(held.every((outcome) => outcome.kind !== 'captured'))
    await bench.provider.capture(captureOf(request, reference, request.price.amount))
    const events = about(await believed(bench), 'payment')
    assert(events.some(({ outcome }) => outcome.kind === 'captured'))
    assert(events.every(({ attempt }) => attempt === request.attempt))
  },

  'the webhook of a refund tells the refund, its payment and the amount': async (bench) => {
    const request = someAttempt()
    const { reference } = assertKind(await pay(bench, request), 'captured')
    const asked = refundOf(request, reference, 50_000n)
    const made = await bench.provider.refund(asked)
    const told = about(await believed(bench), 'refund').at(-1)
    assert(told, 'no webhook told of the refund')
    assert.equal(told.refund, asked.refund)
    assert(made.kind === 'succeeded' || made.kind === 'pending')
    assert.equal(told.reference, made.reference)
    assert.equal(told.payment_reference, reference)
    assert.deepEqual(told.amount, asked.amount)
    assert(['succeeded', 'pending'].includes(told.outcome.kind))
  },

  'no webhook of a declined payment speaks of money': async (bench) => {
    const request = someAttempt()
    await pay(bench, request, 'is_declined')
    for (const { attempt, outcome } of about(await believed(bench), 'payment')) {
      assert.equal(attempt, request.attempt)
      assert(!['captured', 'authorized'].includes(outcome.kind), outcome.kind)
    }
  },

  'a webhook delivered twice has one event id, and two webhooks have two': async (bench) => {
    bench.simulator.faults.webhook_copies = 2
    await pay(bench, someAttempt())
    await pay(bench, someAttempt())
    const ids = new Map<string, Set<string>>()
    for (const raw of await received(bench)) {
      const known = ids.get(Buffer.from(raw.body).toString()) ?? new Set()
      ids.set(Buffer.from(raw.body).toString(), known)
      for (const { event_id } of bench.provider.readWebhook(raw)!) known.add(event_id)
    }
    const each = [...ids.values()].map((known) => [...known])
    assert(each.length >= 2 && each.every((known) => known.length === 1), JSON.stringify(each))
    assert.equal(new Set(each.flat()).size, each.length)
    assert.equal(bench.webhooks.length, each.length * 2)
  },

  'a webhook that was changed on its way is not believed': async (bench) => {
    await pay(bench, someAttempt())
    for (const raw of await received(bench)) {
      const { length } = raw.body
      for (const index of [0, Math.floor(length / 2), length - 1]) {
        const body = Buffer.from(raw.body)
        body[index]! ^= 1
        assert.equal(bench.provider.readWebhook({ ...raw, body }), null)
      }
      const longer = Buffer.concat([raw.body, Buffer.from(' ')])
      assert.equal(bench.provider.readWebhook({ ...raw, body: longer }), null)
      assert.equal(bench.provider.readWebhook({ ...raw, body: Buffer.alloc(0) }), null)
    }
  },

  'a webhook without its signature, or with another one, is not believed': async (bench) => {
    await pay(bench, someAttempt())
    const [raw, other] = await received(bench)
    assert(raw)
    assert.equal(bench.provider.readWebhook({ ...raw, headers: {} }), null)
    for (const [name, value] of Object.entries(raw.headers)) {
      if (!name.includes('signature')) continue
      const backwards = [...value].reverse().join('')
      for (const forged of ['', 'x', 't=,v1=', value.slice(0, -1), backwards, `${value}é`]) {
        const headers: RawWebhook['headers'] = { ...raw.headers, [name]: forged }
        assert.equal(bench.provider.readWebhook({ ...raw, headers }), null, forged)
      }
      if (!other) continue
      const headers: RawWebhook['headers'] = { ...raw.headers, [name]: other.headers[name]! }
      if (headers[name] === value) continue
      assert.equal(bench.provider.readWebhook({ ...raw, headers }), null)
    }
  },

  'a webhook of an hour ago is not believed': async (bench) => {
    await pay(bench, someAttempt())
    for (const raw of await received(bench)) {
      const received_at = new Date(raw.received_at.getTime() + 3_600_000)
      assert.equal(bench.provider.readWebhook({ ...raw, received_at }), null)
    }
  },

  'a signed webhook of an unknown kind is about nothing': async (bench) => {
    await pay(bench, someAttempt())
    const now = new Date()
    for (const raw of await received(bench)) {
      const json = JSON.parse(Buffer.from(raw.body).toString()) as Record<string, unknown>
      for (const name of ['type', 'event']) {
        if (typeof json[name] !== 'string') continue
        const body = JSON.stringify({ ...json, [name]: 'moon.landed' })
        const events = bench.provider.readWebhook(rawOf(bench.signWebhook(body, now), now))
        assert(events, 'it was signed')
        assert(events.every((event) => event.about === 'nothing'))
      }
    }
  },

  'nothing that is signed makes it throw': async (bench) => {
    const request = someAttempt()
    const { reference } = assertKind(await pay(bench, request), 'captured')
    await bench.provider.refund(refundOf(request, reference, 50_000n))
    const bodies = ['', 'null', '[]', '{}', '7', 'not json', '{"id":']
    for (const raw of await received(bench)) {
      const json: unknown = JSON.parse(Buffer.from(raw.body).toString())
      bodies.push(...disturbed(json, (value) => value))
    }
    const now = new Date()
    for (const body of bodies) {
      const raw = rawOf(bench.signWebhook(body, now), now)
      assert.doesNotThrow(() => bench.provider.readWebhook(raw), body.slice(0, 300))
    }
  },

  'what the webhook told is what a lookup tells': async (bench) => {
    const request = someAttempt()
    await pay(bench, request)
    const told = about(await believed(bench), 'payment')
    const last = told.find(({ outcome }) => outcome.kind === 'captured')?.outcome
    const found = await bench.provider.lookup(at(request, null))
    assert(last?.kind === 'captured' && found.kind === 'captured')
    assert.deepEqual(last.amount, found.amount)
    assert.equal(last.reference, found.reference)
  },
}
