// What the shop needs goes away and comes back: the database, the payment provider, answers.
// Buyers are told clearly, nothing is lost, and nobody restarts anything.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDb } from '#src/db/pool.ts'
import { atEnd } from '#test/cleanup.ts'
import { testDatabase } from '#test/database.ts'
import {
  assertInbox,
  assertOnly,
  calm,
  crowd,
  ordersOf,
  stripeBooks,
  tally,
} from '#test/races/crowd.ts'
import { assertMoney } from '#test/races/money.ts'
import {
  type Answer,
  admin,
  ask,
  assertPromises,
  complete,
  type FilledCart,
  fillCart,
  freshKey,
  openWorld,
  until,
} from '#test/world.ts'
import { openCutLine } from './cut-line.ts'

/** A restart, and a failover that takes its time. */
const outages_ms = [3_000, 20_000]

const real = await testDatabase(2)
const line = await openCutLine(real.url)
const db = openDb({ url: line.url, connections_max: 20, name: 'outage' })
atEnd(() => line.close())
atEnd(() => db.end())
const world = await openWorld({ database: { db, url: line.url } })
const { stripe } = world.simulators

const resetFaults = () => fetch(`${stripe.url}/_simulator/faults`, { method: 'DELETE' })

/** A shopper who asks again with the same key until the order is there. */
const insist = (cart: FilledCart, first_key: string = freshKey()): Promise<Answer> => {
  const tried = { idempotency_key: first_key }
  return until(
    'an order',
    async () => {
      const answer = await complete(world, cart, tried)
      assertOnly(
        [answer],
        [
          '201',
          '202',
          '402 payment_declined',
          '409 request_in_progress',
          '503 database_unavailable',
        ],
      )
      // What never reached the provider was given up: Pay is pressed again.
      if (answer.status === 402) tried.idempotency_key = freshKey()
      return answer.status === 201 && answer
    },
    90_000,
  )
}

async function assertPaidOnce(answers: readonly Answer[]): Promise<void> {
  const ids = answers.map(({ body }) => body.order.id as string)
  assert.equal(new Set(ids).size, ids.length)
  for (const order of await ordersOf(world, ids)) {
    const { charges, captured } = stripeBooks(world, order.id)
    assertMoney(world, order.id, [order.state, charges, captured], ['placed', 1, order.total])
  }
}

let sold = 0

for (const outage_ms of outages_ms) {
  test(`the database is gone for ${outage_ms} ms under load, and comes back`, async () => {
    const carts = await crowd(24, () => fillCart(world, [['MUG-BLUE', 1]]))
    const before = stripe.seen.get('POST /v1/payment_intents') ?? 0
    const buying = crowd(24, (i) => insist(carts[i]!))
    await until(
      'the first payments',
      async () => (stripe.seen.get('POST /v1/payment_intents') ?? 0) > before + 3,
    )
    line.cut()
    await askAllAlong(carts[0]!, outage_ms)
    line.mend()
    const answers = await buying
    sold += answers.length
    await calm(world, 60_000)
    await stripe.settled()
    await assertPaidOnce(answers)
    await until(
      'labels of all parcels',
      async () => world.simulators.easypost.labelsPaid() === sold,
      60_000,
    )
    // What was refused has left nothing behind, and is done now.
    const { rowCount } = await world.db.query('select from cart where email = $1', [refused_email])
    assert.equal(rowCount, 0)
    assert.equal((await openCart('after@example.com')).status, 201)
    await assertInbox(world)
    await assertPromises(world)
  })
}

/** Until refusals have come for as long as that, from the first one to the last. */
async function askAllAlong({ id, token }: FilledCart, outage_ms: number): Promise<void> {
  const during: Answer[] = []
  let refused_since = Number.POSITIVE_INFINITY
  await until(
    'the end of the outage',
    async () => {
      during.push(await ask(world, 'GET', `/store/carts/${id}`, { token }))
      during.push(await openCart(refused_email))
      during.push(await admin(world, 'GET', '/admin/orders'))
      during.push(await sendWebhook())
      refused_since = Math.min(refused_since, performance.now())
      return performance.now() - refused_since > outage_ms
    },
    outage_ms + 20_000,
    100,
  )
  assert.deepEqual(Object.keys(tally(during)), ['503 database_unavailable'])
  const plain = await fetch(`${world.url}/store/carts/${id}`, {
    headers: { authorization: `Bearer ${world.keys.keys.web}`, 'x-cart-token': token },
  })
  assert.equal(plain.status, 503)
  assert.match(plain.headers.get('content-type') ?? '', /^application\/problem\+json/)
  assert.deepEqual(Object.keys((await plain.json()) as object).sort(), problem_fields)
}

const problem_fields = ['code', 'request_id', 'status', 'title', 'type']
const refused_email = 'during@example.com'
const openCart = (email: string): Promise<Answer> =>
  ask(world, 'POST', '/store/carts', { body: { email } })

/** What could not be stored is not acknowledged: Stripe then sends it again. */
async function sendWebhook(): Promise<Answer> {
  const event = { id: 'evt_during_the_outage', object: 'event', type: 'payment_intent.succeeded' }
  const [intent] = stripe.account.intents.values()
  const body = JSON.stringify({ ...event, livemode: false, data: { object: intent } })
  const answer = await fetch(`${world.url}/hooks/stripe`, {
    method: 'POST',
    headers: { 'stripe-signature': stripe.sign(body, new Date()) },
    body,
  })
  return { status: answer.status, body: await answer.json() }
}

test('the provider is down: an order that waits, and is paid or given up clearly', async () => {
  Object.assign(stripe.faults, { refuse: 10_000, refuse_status: 503 })
  const carts = await crowd(8, () => fillCart(world, [['TEA-EARL-GREY', 1]]))
  const keys = carts.map(freshKey)
  const answers = await crowd(8, (i) => complete(world, carts[i]!, { idempotency_key: keys[i]! }))
  // Whether Stripe has the money is not known; nobody says that it was declined.
  assert.deepEqual(tally(answers), { '202': 8 })
  await resetFaults()
  const paid = await crowd(8, (i) => insist(carts[i]!, keys[i]!))
  await calm(world)
  await assertPaidOnce(paid)
  await assertInbox(world)
  await assertPromises(world)
})

test('the provider is silent: others are served meanwhile', async () => {
  const slow_cart = await fillCart(world, [['TEA-EARL-GREY', 1]])
  const before = stripe.seen.get('POST /v1/payment_intents') ?? 0
  stripe.faults.latency_ms = 4_000
  const key = freshKey()
  const slow = complete(world, slow_cart, { idempotency_key: key })
  await until(
    'the slow payment',
    async () => stripe.seen.get('POST /v1/payment_intents') !== before,
  )
  await resetFaults()
  const quick = await complete(world, await fillCart(world, [['TEA-EARL-GREY', 1]]))
  assert.equal(quick.status, 201)
  const first = await Promise.race([slow, Promise.resolve('still waiting')])
  assert.equal(first, 'still waiting')
  await slow
  const paid = await insist(slow_cart, key)
  await calm(world)
  await assertPaidOnce([quick, paid])
  await assertInbox(world)
  await assertPromises(world)
})
