// Dozens of payments, each told of by everybody at once: the buyer's browser by `complete` and
// `continue`, the provider by webhooks late, doubled, lost and out of order, the lookup job by
// asking. RACE_SEED names the dice and RACES how many; a failure prints the seed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sweep } from '#src/checkout/sweep.ts'
import { snapshot } from '#src/db/transaction.ts'
import { isWithoutDatabase } from '#src/lib/refusal.ts'
import { readOrderFacts, readPaymentTellers, readUnrest } from '#test/books.sql.ts'
import { sizeOf } from '#test/proof.ts'
import { type Dice, openDice } from '#test/simulation/dice.ts'
import {
  type Answer,
  ask,
  assertPromises,
  complete,
  type FilledCart,
  fillCart,
  freshKey,
  german_address,
  openWorld,
  until,
  type World,
} from '#test/world.ts'
import { assertOnly, assertWell, crowd, in_a_crowd, openTwin, tally } from './crowd.ts'

const seed = sizeOf('RACE_SEED', 20_260_101)
const races = sizeOf('RACES', 32)
const side_by_side = 100

const goods = [{ sku: 'MUG', price: '10.00', stock: 2 * races }]
// Where the servers are those of this test, jobs are left lying, and the lookups are those of the
// races themselves. In a fleet the workers look up too.
const timings = { ...in_a_crowd, lookup_ms: 15 }
const world = await openWorld({ goods, timings, worker: false })
const twin = await openTwin(world)
const servers = [world, twin] as const
const { stripe } = world.simulators
const said: Answer[] = []

const pattern = await fillCart(world, [['MUG', 1]])
const cart_body = {
  email: 'ada@example.com',
  shipping_address: german_address,
  shipping_option_id: pattern.cart.shipping_option_id,
  lines: [{ variant_id: world.variants.get('MUG'), quantity: 1 }],
}

async function newCart(server: World): Promise<FilledCart> {
  const { status, body } = await ask(server, 'POST', '/store/carts', { body: cart_body })
  assert.equal(status, 201, JSON.stringify(body))
  return { id: body.cart.id, token: body.token, cart: body.cart }
}

/** Everybody who speaks of a payment comes at a moment of the dice. */
const late = (dice: Dice): Promise<void> =>
  new Promise((come) => setTimeout(come, dice.roll(4) === 0 ? 0 : dice.roll(25)))

async function lookUp(dice: Dice): Promise<void> {
  const { desk, shipping_desk } = dice.pick(servers).app
  await late(dice)
  await sweep(desk, shipping_desk, (_, error) => {
    // On a busy machine no connection may be free for it; a worker comes again too.
    if (!isWithoutDatabase(error)) throw error
  })
}

const intentOf = (order_id: string) =>
  [...stripe.account.intents.values()].find(({ metadata }) => metadata['order'] === order_id)!

async function continues(dice: Dice, first: Answer): Promise<void> {
  await late(dice)
  const { token, payment } = first.body
  const path = `/store/payments/${payment.id}/continue`
  said.push(await ask(dice.pick(servers), 'POST', path, { order_token: token, body: {} }))
}

async function completes(dice: Dice, cart: FilledCart, more: object): Promise<void> {
  await late(dice)
  said.push(await complete(dice.pick(servers), cart, more))
}

async function approves(dice: Dice, order_id: string): Promise<void> {
  await late(dice)
  stripe.answerChallenge(intentOf(order_id).id, true)
}

/** One cart that is paid; how often and in which order everybody comes is up to the dice. */
async function race(dice: Dice): Promise<string> {
  const cart = await newCart(dice.pick(servers))
  const idempotency_key = freshKey()
  const again = () => (dice.chance(50) ? { idempotency_key } : {})
  const times = <T>(max: number, act: () => T): T[] =>
    Array.from({ length: dice.roll(max + 1) }, act)
  if (dice.chance(40)) {
    await Promise.all([
      completes(dice, cart, { idempotency_key }),
      ...times(3, () => completes(dice, cart, again())),
      ...(dice.chance(10) ? [lookUp(dice)] : []),
    ])
    return cart.id
  }
  const card = 'pm_card_threeDSecure2Required'
  const first = await complete(dice.pick(servers), cart, { card, idempotency_key })
  assert.equal(first.status, 202, JSON.stringify(first.body))
  await Promise.all([
    approves(dice, first.body.order.id),
    ...times(3, () => continues(dice, first)),
    ...times(2, () => completes(dice, cart, { card, ...again() })),
    ...(dice.chance(10) ? [lookUp(dice)] : []),
  ])
  return cart.id
}

/** Some answers to the browser are lost, some webhooks never sent, the others doubled and late. */
const disturb = (dice: Dice): void =>
  void Object.assign(stripe.faults, {
    only: 'POST /v1/payment_intents',
    lose_answers: dice.roll(12),
    webhook_copies: 1 + dice.roll(3),
    webhook_reorder: dice.roll(6),
    webhook_delay_ms: dice.roll(30),
    webhook_drop: dice.roll(60),
  })

/** Races side by side; meanwhile the promises are asked: they hold at every moment. */
async function wave(from: number): Promise<string[]> {
  disturb(openDice(seed, from, 0))
  const started = crowd(Math.min(side_by_side, races - from), (i) => {
    const at = from + i
    return race(openDice(seed, at, 1)).catch((error: unknown) => {
      throw new Error(`race ${at} of seed ${seed}`, { cause: error })
    })
  })
  const [carts] = await Promise.all([started, assertPromises(world)])
  await fetch(`${stripe.url}/_simulator/faults`, { method: 'DELETE' })
  await stripe.settled()
  return carts
}

async function allIsKnown(): Promise<void> {
  await until('the end of every payment', async () => {
    await Promise.all(servers.map(() => lookUp(openDice(seed))))
    const unrest = await snapshot(world.db, readUnrest)
    return unrest.every(({ what }) => what !== 'payment')
  })
}

test(`${races} races of browser, webhook and lookup: one order, one capture each (RACE_SEED=${seed})`, async (t) => {
  const carts: string[] = []
  while (carts.length < races) carts.push(...(await wave(carts.length)))
  // Who told of them while they raced: the lookups that follow find out the rest.
  const tellers = await snapshot(world.db, readPaymentTellers)
  await allIsKnown()
  // `payment_not_waiting`: its answer was lost, and nobody knows yet that the bank has asked.
  const waits = ['409 payment_in_progress', '409 payment_not_waiting', '409 request_in_progress']
  assertOnly(said, ['201', '202', '409 cart_is_completed', ...waits])

  const facts = await snapshot(world.db, readOrderFacts)
  const taken = [...stripe.account.charges.values()].filter((row) => row.amount_captured > 0)
  const orderAt = new Map(
    [...stripe.account.intents.values()].map(({ id, metadata }) => [id, metadata['order']]),
  )
  const charges = Map.groupBy(taken, (row) => orderAt.get(row.payment_intent))
  const orders = Map.groupBy(facts, ({ cart_id }) => cart_id)
  for (const [at, cart_id] of carts.entries()) {
    const who = `race ${at} of seed ${seed}`
    const [order, ...others] = orders.get(cart_id) ?? []
    assert(order && others.length === 0, `${who}: ${others.length + 1} orders`)
    const money = charges.get(order.id)?.map((row) => row.amount_captured - row.amount_refunded)
    assert.deepEqual(money, [Number(order.total)], `${who}: charges of ${order.id}`)
    assert.deepEqual([order.state, order.captured], ['placed', order.total], who)
  }
  // Nothing was taken, and nothing ordered, beside these.
  assert.deepEqual([facts.length, taken.length], [races, races])
  await assertWell(world)

  t.diagnostic(JSON.stringify({ answers: tally(said), tellers }))
  for (const teller of ['lookup', 'provider:stripe']) {
    assert(
      tellers.some(({ actor }) => actor === teller),
      `nothing was told by ${teller}`,
    )
  }
})
