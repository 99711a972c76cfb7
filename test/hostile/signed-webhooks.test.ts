// Providers whose signature is good and whose words are wild: a proxy in between, a new version of
// their API, or somebody who has their key. Whatever they tell is acknowledged, and what does not
// fit what we know changes neither money nor goods.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sha256 } from '#src/lib/signature.ts'
import { type Json, orderOf, placeReserved, untilOrder } from '#test/journeys/steps.ts'
import { sizeOf } from '#test/proof.ts'
import { calm } from '#test/races/crowd.ts'
import { admin, assertPromises, complete, fillCart, openWorld } from '#test/world.ts'
import { type Answer, assertTold, attack, behind_proxy, inTurns } from './attacker.ts'
import { nobody, readOperations } from './document.ts'
import {
  easypostRefund,
  easypostTracker,
  razorpayEvents,
  signers,
  stripeDispute,
  stripeIntent,
  stripeRefund,
  type Told,
} from './provider-events.ts'
import { someOf } from './some-of.ts'
import { watchTables } from './unchanged.ts'
import { bottomless, jsonOf, odd_texts, placesIn } from './values.ts'

const world = await openWorld(behind_proxy)
const { stripe, razorpay, easypost } = world.simulators
const hook = (await readOperations(world.url)).find(({ path }) => path === '/hooks/{plugin}')!

type Attempt = {
  readonly id: string
  readonly order_id: string
  readonly reference: string
  readonly state: string
  readonly amount: number
  readonly captured: number
  readonly refunded: number
}
async function attemptOf(order_id: string): Promise<Attempt> {
  const { rows } = await world.db.query<Attempt>(
    `select id, order_id, reference, state, amount::int, captured::int, refunded::int
     from payment_attempt where order_id = $1`,
    [order_id],
  )
  return rows[0]!
}

async function buy(quantity = 1): Promise<Json> {
  const done = await complete(world, await fillCart(world, [['MUG-BLUE', quantity]]))
  assert.equal(done.status, 201, JSON.stringify(done.body))
  return untilOrder(world, done.body.order.id, 'a label', (o) => o.shipments[0]?.label_id)
}
const wild_order = await buy(5)
const quiet_order = await buy()
const refund = { amount: 500, reason: 'a scratch' }
await admin(world, 'POST', `/admin/orders/${wild_order.id}/refunds`, refund)
await untilOrder(world, wild_order.id, 'the refund', (o) => o.refunds[0]?.state === 'succeeded')
const reserved = await placeReserved(world, 'MUG-BLUE', 1)
await calm(world)
await world.stopWorker()

// From here on nobody looks anything up: what the shop knows it is told by us.
for (const { faults } of [stripe, razorpay, easypost]) faults.webhook_drop = 1_000_000
const card = 'pm_card_authenticationRequired'
const started = await complete(world, await fillCart(world), { card })
assert.equal(started.status, 202)
Object.assign(stripe.faults, { only: 'POST /v1/payment_intents', lose_answers: 1 })
const lost = await complete(world, await fillCart(world))
assert.equal(lost.status, 202, JSON.stringify(lost.body))
const waiting = await complete(world, await fillCart(world, undefined, { channel: 'india' }), {
  channel: 'india',
  provider: 'razorpay',
  card: null,
})
assert.equal(waiting.status, 202, JSON.stringify(waiting.body))
const watch = await watchTables(world.db)

const paid = await attemptOf(wild_order.id)
const quiet = await attemptOf(quiet_order.id)
const open = await attemptOf(started.body.order.id)
const unknown = await attemptOf(lost.body.order.id)
const indian = await attemptOf(reserved.id)
const held = await attemptOf(waiting.body.order.id)
assert.deepEqual(
  [open.state, unknown.state, unknown.reference],
  ['requires_action', 'unknown', null],
)
const [own_refund] = (await orderOf(world, wild_order.id)).refunds as Json
const { tracking_code } = wild_order.shipments[0]

async function tell({ provider, body }: Told, text = jsonOf(body)): Promise<Answer> {
  const headers = { 'content-type': 'application/json', ...signers[provider]!(text) }
  return attack(world, hook, { values: { plugin: provider }, text, headers })
}
async function assertHeard(told: Told, text?: string): Promise<void> {
  const answer = await tell(told, text)
  const what = `${told.provider} ${(text ?? jsonOf(told.body)).slice(0, 600)}`
  assertTold(answer, what)
  assert.equal(answer.status, 200, `${what}: ${answer.text}`)
}

test('each provider that is told of here exists, and no other speaks by webhooks', () => {
  const { payments, shipping } = world.app
  const silent = new Set(['manual'])
  const speaking = [...payments.keys(), ...shipping.keys()].filter((name) => !silent.has(name))
  assert.deepEqual(speaking.sort(), Object.keys(signers).sort())
})

const anomalies = async (order_id: string): Promise<number> => {
  const { rows } = await world.db.query(
    `select from exception where kind = 'payment_anomaly' and order_id = $1`,
    [order_id],
  )
  return rows.length
}

test('another amount or currency than was agreed to pays for nothing, and a person is told', async () => {
  const { id, reference, amount, order_id } = open
  for (const units of [amount - 1, amount + 1, 0, -amount, 1, 2 ** 53 - 1]) {
    await assertHeard(stripeIntent(reference, id, units))
  }
  await assertHeard(stripeIntent(reference, id, amount, { currency: 'usd' }))
  await assertHeard(stripeIntent(`${reference}x`, id, amount))
  const after = await attemptOf(order_id)
  assert.deepEqual([after.state, after.captured], ['requires_action', 0])
  assert.equal((await orderOf(world, order_id)).state, 'pending')
  assert.equal(await anomalies(order_id), 1)
})

test('a payment that names another one by its reference stays with the one that has it', async () => {
  await assertHeard(stripeIntent(quiet.reference, unknown.id, unknown.amount))
  const after = await attemptOf(unknown.order_id)
  assert.deepEqual([after.captured, after.reference === quiet.reference], [0, false])
  assert.equal((await attemptOf(quiet.order_id)).captured, quiet.captured)
  await assertPromises(world)
})

test('what one provider says of the payment of another is not believed', async () => {
  const before = await attemptOf(indian.order_id)
  await assertHeard(stripeIntent(`pi_${indian.id}`, indian.id, indian.amount, { currency: 'inr' }))
  assert.deepEqual(await attemptOf(indian.order_id), before)
  assert.equal(await anomalies(indian.order_id), 0)
  await assertPromises(world)
})

test('a refund of more than was taken, of nothing, of other money: not booked, and told', async () => {
  const { reference, order_id, captured } = quiet
  for (const amount of [captured + 1, 2 ** 53 - 1, 0, -1]) {
    await assertHeard(stripeRefund(reference, amount))
  }
  await assertHeard(stripeRefund(reference, 1, { currency: 'usd' }))
  // Refunds of another payment, by their name here and by their name there.
  await assertHeard(stripeRefund(reference, captured + 1, { metadata: { refund: own_refund.id } }))
  const after = await attemptOf(order_id)
  assert.equal(after.refunded, 0)
  assert.equal(await anomalies(order_id), 1)
  // Of two that fit only one by one, and end at the same time, one is put on record.
  const most = captured - 1
  for (const status of ['pending', 'succeeded']) {
    for (const id of ['re_a', 're_b']) {
      await assertHeard(stripeRefund(reference, most, { status, id }))
    }
  }
  assert.equal((await attemptOf(order_id)).refunded, most)
  await assertPromises(world)
})

test('a refund that overtakes the news of its payment is not acknowledged: it comes again', async () => {
  await watch.accept()
  const told = stripeRefund(open.reference, 1)
  assert.equal((await tell(told)).code, 'webhook_too_early')
  await watch.assertUnchanged('too early')
})

test('a refund of ours that comes back with another amount or name is not taken for it', async () => {
  const asked = await admin(world, 'POST', `/admin/orders/${wild_order.id}/refunds`, { amount: 7 })
  assert.equal(asked.status, 201)
  const { refunds } = await orderOf(world, wild_order.id)
  const mine = refunds.find(({ amount }: Json) => amount === 7)
  const { rows } = await world.db.query('select reference from refund where id = $1', [
    own_refund.id,
  ])
  const metadata = { refund: mine.id }
  const stateOf = async () =>
    (await orderOf(world, wild_order.id)).refunds.find(({ id }: Json) => id === mine.id).state
  await assertHeard(stripeRefund(paid.reference, 8, { metadata }))
  await assertHeard(stripeRefund(paid.reference, 7, { metadata, currency: 'usd' }))
  await assertHeard(stripeRefund(paid.reference, 7, { metadata, id: rows[0]!['reference'] }))
  assert.equal(await stateOf(), 'requested')
  await assertHeard(stripeRefund(paid.reference, 7, { metadata, id: 're_mine' }))
  assert.equal(await stateOf(), 'succeeded')
  await assertPromises(world)
})

const noise = Array.from({ length: 100 }, (_, i) => sha256(`noise ${i}`).toString('base64')).join(
  '',
)
const half = 'wild\ud800'

/** A parcel with one scan that differs from a usual one in this. */
const scanned = (scan: object, more: object = {}): Told =>
  easypostTracker(tracking_code, {
    tracking_details: [{ status: 'in_transit', datetime: '2026-11-22T09:00:00Z', ...scan }],
    ...more,
  })
/** What has ended as a fault of ours before, one by one. */
const found_before = (): readonly (readonly [what: string, told: Told])[] => {
  const of_held = razorpayEvents(held.reference, held.id, held.amount, {
    created_at: 8e12,
    id: 'pay_Wild0002',
  })
  const as = (told: Told, more: object): Told => ({ ...told, body: { ...told.body, ...more } })
  return [
    ['an event by a name of NUL', as(stripeDispute(paid.reference), { id: 'evt\0' })],
    ['an event by an endless name', as(stripeDispute(paid.reference), { id: noise })],
    ['a payment by half a letter', stripeIntent(half, nobody, 1)],
    ['a payment by an endless name', stripeIntent(noise, unknown.id, unknown.amount)],
    ['a refund by half a letter', stripeRefund(paid.reference, 1, { id: half })],
    ['a refund by an endless name', stripeRefund(paid.reference, 1, { id: noise })],
    ['a refund of half a letter', stripeRefund(half, 1)],
    ['more ariary than there are', stripeRefund(paid.reference, 2 ** 53 - 1, { currency: 'mga' })],
    ['a dispute by half a letter', stripeDispute(paid.reference, { id: half })],
    ['a reservation until the year 253,000', of_held[1]!],
    ['a dispute by NUL', razorpayEvents(indian.reference, indian.id, 1, {}, { id: '\0' }).at(-1)!],
    ['a scan of the year 0', scanned({ datetime: '0000-01-01T00:00:00Z' })],
    ['a scan of the year 10,000', scanned({ datetime: '9999-12-31T23:59:59-23:59' })],
    ['a head of the year 0', easypostTracker(tracking_code, { updated_at: '0000-06-06T00:00:00' })],
    ['a scan of NUL', scanned({ message: 'a\0b' })],
    ['a scan of endless words', scanned({ message: noise, tracking_location: { city: noise } })],
    ['a scan cut within a letter', scanned({ message: `x${'\u{1f600}'.repeat(600)}` })],
    ['a parcel by half a letter', easypostTracker(half)],
    ['a parcel by an endless name', easypostTracker(noise)],
    ['news by an endless name', as(easypostTracker(tracking_code), { id: noise })],
  ]
}

test('what no column holds is acknowledged all the same, and kept as far as it can be', async () => {
  for (const [what, told] of found_before()) {
    const answer = await tell(told)
    assert.equal(answer.status, 200, `${what}: ${answer.text}`)
  }
  const { rows } = await world.db.query(
    'select from tracking_scan where detail like $1 or detail like $2',
    [`${noise.slice(0, 100)}%`, 'a\ufffdb'],
  )
  assert.equal(rows.length, 2, 'the words of scans are kept')
  assert.equal((await attemptOf(held.order_id)).state, 'authorized')
  await assertPromises(world)
})

const wild_values: readonly unknown[] = [
  null,
  true,
  0,
  1,
  -1,
  0.5,
  2 ** 53,
  -(2 ** 53 - 1),
  8e12,
  1e308,
  ...odd_texts,
  noise,
  `x${'\u{1f600}'.repeat(2_000)}`,
  'usd',
  'INR',
  'mga',
  'succeeded',
  'canceled',
  'failed',
  'delivered',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59-23:59',
  nobody,
  ...[quiet.id, quiet.reference, indian.id, indian.reference, unknown.id, own_refund.id],
  [],
  {},
  [[]],
  { id: noise },
]

/** The same with one place gone, or holding something else; then the next place. */
function* disturbed(body: unknown): Generator<unknown> {
  for (const { put, leave } of placesIn(body)) {
    if (leave) yield leave()
    for (const wild of [...wild_values, bottomless]) yield put(wild)
  }
}

/** Of what can be wild, each so many is sent. */
const each = sizeOf('WEBHOOK_EACH', 40)
const bases = (): Told[] => [
  stripeIntent(paid.reference, paid.id, paid.amount),
  stripeIntent(open.reference, open.id, open.amount - 1),
  stripeIntent('pi_wild', unknown.id, unknown.amount, { status: 'requires_capture' }),
  stripeRefund(paid.reference, 1),
  stripeRefund(paid.reference, 500, { id: 're_other', metadata: { refund: own_refund.id } }),
  stripeDispute(paid.reference),
  ...razorpayEvents(indian.reference, indian.id, indian.amount),
  easypostTracker(tracking_code),
  easypostRefund('shp_wild'),
]

test('every part of every webhook gone or wild, well signed: acknowledged, all promises kept', async () => {
  let sent = 0
  for (const [turn, told] of bases().entries()) {
    const { provider, body } = told
    const bodies = someOf([...disturbed(body)], each, turn)
    await inTurns([...bodies.entries()], async ([n, one]) => {
      // Told again under its own id it would be no news, and nobody would look at it.
      const id = (one as Json)?.id === body['id'] ? `evt_${turn}_${n}` : (one as Json)?.id
      const whole =
        provider === 'razorpay' || one === null || typeof one !== 'object' ? one : { ...one, id }
      const text = jsonOf(whole)
      const answer = await tell(told, text)
      assertTold(answer, `${provider} ${text.slice(0, 900)}`)
      // An event of the other mode is not ours; all others are heard.
      assert(
        answer.status === 200 || answer.code === 'webhook_not_authentic',
        `${provider} ${text.slice(0, 900)}: ${answer.text}`,
      )
      sent += 1
    })
  }
  assert(sent > 150, `${sent}`)
  await assertPromises(world)
})

test('bodies that are no JSON, well signed: acknowledged, and nothing is kept of them', async () => {
  const texts = [
    '',
    ' ',
    '{',
    'null',
    '[]',
    '"text"',
    '\0',
    '\ufeff{}',
    '{"id":1e999}',
    '['.repeat(9e4),
  ]
  await watch.accept()
  for (const provider of ['stripe', 'razorpay']) {
    for (const text of texts) await assertHeard({ provider, body: {} }, text)
  }
  await watch.assertUnchanged('no JSON')
  for (const text of texts) await assertHeard({ provider: 'easypost', body: {} }, text)
  await assertPromises(world)
})

test('after all that the shop sells, charges and sends as before', async () => {
  for (const { faults } of [stripe, razorpay, easypost]) faults.webhook_drop = 0
  await world.startWorker()
  const { payment_state, invoices } = await buy()
  assert.equal(payment_state, 'captured')
  assert(invoices.length > 0)
  await assertPromises(world)
})
