// Many clients at once, on one server or on two that share nothing but the database.
import assert from 'node:assert/strict'
import { routes } from '#src/app/routes.ts'
import { openDb } from '#src/db/pool.ts'
import { snapshot } from '#src/db/transaction.ts'
import {
  type OrderFacts,
  readExceptions,
  readOrderFacts,
  readStockFacts,
  readUnrest,
} from '#test/books.sql.ts'
import { testApp, testServer } from '../app.ts'
import { atEnd } from '../cleanup.ts'
import { sizeOf } from '../proof.ts'
import {
  type Answer,
  ask,
  assertPromises,
  type Basket,
  type Channel,
  fillCart,
  german_address,
  until,
  type World,
} from '../world.ts'

/** A second web server of the same shop: its own connections, its own memory, its own batches. */
export async function openTwin(world: World): Promise<World> {
  const { public_url, payments, shipping, clock, desk } = world.app
  const url = world.database_url
  const db = openDb({ url, connections_max: 10, name: 'twin' })
  atEnd(() => db.end())
  const parts = { public_url, payments, shipping, clock, timings: desk.timings }
  const app = await testApp({ ...parts, database: { db, url } })
  if (world.twin_url !== null) return { ...world, app, db, url: world.twin_url }
  const server = await testServer(app, routes)
  const port = await server.listen('127.0.0.1', 0)
  atEnd(() => server.drain(1_000))
  return { ...world, app, db, url: `http://127.0.0.1:${port}` }
}

/** All of them at once. */
export const crowd = <T>(size: number, act: (i: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: size }, (_, i) => act(i)))

const nameOf = ({ status, body }: Answer): string =>
  status < 300 ? `${status}` : `${status} ${body.code}`

/** How often each answer came: `{'201': 10, '409 out_of_stock': 30}`. */
export function tally(answers: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const answer of answers) counts[nameOf(answer)] = (counts[nameOf(answer)] ?? 0) + 1
  return counts
}

/** Fails on every answer that is not one of these. */
export function assertOnly(answers: readonly Answer[], names: readonly string[]): void {
  const strange = answers.find((answer) => !names.includes(nameOf(answer)))
  assert.equal(strange, undefined, JSON.stringify({ strange, all: tally(answers) }))
}

export type Buying = {
  readonly channel?: Channel
  readonly provider?: string
  readonly card?: string
  readonly coupon?: string
}

/** What one call needs to order a basket: the total is learned from a first cart. */
export async function prepareOrder(world: World, basket: Basket, buying: Buying = {}) {
  const { channel = 'counter', provider = 'manual', card, coupon } = buying
  const { cart } = await fillCart(world, basket, { channel, ...(coupon ? { coupon } : {}) })
  const lines = basket.map(([sku, quantity]) => ({ variant_id: world.variants.get(sku), quantity }))
  const body = {
    email: 'ada@example.com',
    shipping_address: german_address,
    shipping_option_id: cart.shipping_options[0].id,
    lines,
    ...(coupon ? { coupon_code: coupon } : {}),
    expected_total: cart.total,
    payment: { provider, token: card ?? null },
  }
  return (server: World, idempotency_key?: string): Promise<Answer> =>
    ask(server, 'POST', '/store/orders', {
      key: world.keys.keys[channel],
      body,
      ...(idempotency_key ? { idempotency_key } : {}),
    })
}

export const ordersOf = (world: World, ids: readonly string[]): Promise<OrderFacts[]> =>
  snapshot(world.db, (tx) => readOrderFacts(tx, ids))

/** On the shelves of Berlin, from which the German channels sell. */
export async function stockOf(world: World, sku: string, location = 'berlin') {
  const levels = await snapshot(world.db, readStockFacts)
  const { on_hand, held } = levels.find((at) => at.sku === sku && at.location === location)!
  return { on_hand, held }
}

/** Where hundreds come at once a payment may begin late, and is not given up for that. */
export const in_a_crowd = { arrival_ms: 60_000 } as const

/** A busy machine may answer that it has no time: the same is sent again, as it asks for. */
export const served = (send: () => Promise<Answer>): Promise<Answer> =>
  until(
    'a server that has time',
    async () => {
      const answer = await send()
      return answer.status === 503 ? false : answer
    },
    60_000,
    200,
  )

/** Waits until no effect waits and no payment is unclear. */
export async function calm(world: World, patience_ms = 30_000): Promise<void> {
  let last: unknown
  await until(
    'calm',
    async () => {
      const unrest = await snapshot(world.db, readUnrest)
      last = unrest
      return unrest.length === 0
    },
    patience_ms,
    // The question itself costs those who are to come to rest.
    50,
  ).catch((error: unknown) => {
    const fleet = world.fleet.map(({ standing }) => standing).join(', ')
    assert.fail(`${String(error)}: ${JSON.stringify(last)} ${fleet}`)
  })
}

/**
 * Orders each of which two clients and more race for at once, all side by side: in `npm run prove`
 * they are 64 clients and more.
 */
export const contested = sizeOf('CONTESTED_ORDERS', 16)

type Inbox = Readonly<Record<string, number>>

/** Nothing waits for a person but so much of each kind. */
export async function assertInbox(world: World, inbox: Inbox = {}): Promise<void> {
  const found = await snapshot(world.db, readExceptions)
  const kinds = [...Map.groupBy(found, ({ kind }) => kind)].map(([kind, all]) => [kind, all.length])
  assert.deepEqual(Object.fromEntries(kinds), inbox, JSON.stringify(found))
}

/**
 * Nobody has waited for each other in a circle: PostgreSQL ends such a circle and the shop tries
 * again, so that nothing else would tell. A connection reports what it saw within ten seconds.
 */
async function assertNoCircles({ db }: World): Promise<void> {
  const { rows } = await db.query<{ deadlocks: bigint }>(
    'select deadlocks from pg_stat_database where datname = current_database()',
  )
  assert.equal(rows[0]!.deadlocks, 0n, 'they have waited for each other in a circle')
}

/** The promises hold, nobody waited in a circle, and nothing is left to a person. */
export async function assertWell(world: World, inbox: Inbox = {}): Promise<void> {
  await assertInbox(world, inbox)
  await assertNoCircles(world)
  await assertPromises(world)
}

export type StripeBooks = {
  readonly charges: number
  readonly captured: bigint
  readonly refunded: bigint
}
const sum = (amounts: readonly number[]): bigint => BigInt(amounts.reduce((a, b) => a + b, 0))

/** What Stripe has taken and given back, for every order that it knows. */
export function allStripeBooks({ simulators }: World): ReadonlyMap<string, StripeBooks> {
  const { account } = simulators.stripe
  const taken = [...account.charges.values()].filter((row) => row.amount_captured > 0)
  const orderOf = ({ payment_intent }: { readonly payment_intent: string }): string =>
    String(account.intents.get(payment_intent)?.metadata['order'])
  return new Map(
    [...Map.groupBy(taken, orderOf)].map(([order_id, rows]) => [
      order_id,
      {
        charges: rows.length,
        captured: sum(rows.map((row) => row.amount_captured)),
        refunded: sum(rows.map((row) => row.amount_refunded)),
      },
    ]),
  )
}

const nothing: StripeBooks = { charges: 0, captured: 0n, refunded: 0n }
export const stripeBooks = (world: World, order_id: string): StripeBooks =>
  allStripeBooks(world).get(order_id) ?? nothing
