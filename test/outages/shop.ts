// A shop of two web servers and two workers, each a process of its own. What it needs is taken
// away and given back; nobody restarts it, and its buyers do not give up.
import assert from 'node:assert/strict'
import { freePort } from '#src/app/embedded-postgres.ts'
import { snapshot } from '#src/db/transaction.ts'
import { testSecret } from '#test/app.ts'
import { type OrderFacts, readExceptions, readOrderFacts } from '#test/books.sql.ts'
import type { TestDatabase } from '#test/database.ts'
import { type FleetMember, startFleet } from '#test/fleet.ts'
import type { MovableClock } from '#test/movable-clock.ts'
import { assertOnly, calm, stockOf, stripeBooks, tally } from '#test/races/crowd.ts'
import {
  type Answer,
  assertPromises,
  complete,
  type FilledCart,
  fast_timings,
  fillCart,
  freshKey,
  openWorld,
  until,
  type World,
} from '#test/world.ts'

export const buyers = 16
const stock = 100_000
const patience_ms = 60_000

export type ShopOptions = {
  /** The way of the test itself, which nothing happens to. */
  readonly database: TestDatabase
  /** The way of the shop's processes, when it is another one. */
  readonly processes_url?: string
  readonly clock?: MovableClock
  readonly goods?: readonly {
    readonly sku: string
    readonly price: string
    readonly stock: number
  }[]
}

export type Bought = {
  readonly order_id: string
  readonly at: number
  /** The same request once more, with its key. */
  repeat(): Promise<Answer>
}

export type Shop = {
  readonly world: World
  readonly webs: readonly World[]
  readonly members: readonly FleetMember[]
  /** Orders that a buyer was told of. */
  readonly told: ReadonlySet<string>
  /** Buys and returns when the buyer was told of the order; every second one at the counter. */
  buy(buyer: number): Promise<Bought>
  /** The two steps of that. */
  fill(buyer: number): Promise<FilledCart>
  order(buyer: number, cart: FilledCart): Promise<Bought>
  /** How often each answer came to who pressed the Buy button. */
  answers(): Record<string, number>
  /** Everything comes to rest by itself. */
  rest(): Promise<void>
  /** What buyers were told of is there, each paid for once, and there is nothing else. */
  assertNothingLost(): Promise<void>
}

/** What a buyer may be told when something is away; everything else is a defect. */
const fair = [
  '201',
  '202',
  '402 payment_declined',
  '409 cart_is_completed',
  '409 payment_in_progress',
  '409 request_in_progress',
  '503 database_full',
  '503 database_unavailable',
]

const counter = { channel: 'counter', provider: 'manual', card: null } as const
const payingOf = (buyer: number) => (buyer % 4 < 2 ? {} : counter)

/** The cart, or null when something is away: a fault of ours fails the test. */
async function tryToFill(web: World, buyer: number): Promise<FilledCart | null> {
  try {
    return await fillCart(web, [['MUG', 1]], payingOf(buyer))
  } catch (error) {
    const told = String(error)
    assert(/"code":"database_(unavailable|full)"/.test(told), told)
    return null
  }
}

async function openProcesses(world: World, options: ShopOptions, twin_port: number) {
  const { stripe, razorpay, easypost } = world.simulators
  return startFleet({
    database_url: options.processes_url ?? options.database.url,
    public_url: world.url,
    secret_key: testSecret.reveal(),
    simulators: { stripe: stripe.url, razorpay: razorpay.url, easypost: easypost.url },
    timings: fast_timings,
    ports: [Number(new URL(world.url).port), twin_port],
    workers: 2,
    clock: options.clock ?? null,
  })
}

export async function openShop(options: ShopOptions): Promise<Shop> {
  const { database, clock } = options
  const world = await openWorld({
    goods: [{ sku: 'MUG', price: '10.00', stock }, ...(options.goods ?? [])],
    database,
    serve: false,
    worker: false,
    ...(clock ? { clock } : {}),
  })
  const twin_port = await freePort(0)
  const webs = [world, { ...world, url: `http://127.0.0.1:${twin_port}` }]
  const members = await openProcesses(world, options, twin_port)
  const heard = new Set<string | null>()
  world.app.feed.listen(({ order_id }) => heard.add(order_id))
  const told = new Set<string>()
  const answers: Answer[] = []
  const { stripe, easypost } = world.simulators

  const press = async (buyer: number, cart: FilledCart): Promise<Bought> => {
    let idempotency_key = freshKey()
    const send = () =>
      complete(webs[buyer % webs.length]!, cart, { ...payingOf(buyer), idempotency_key })
    let last: Answer | null = null
    const order_id = await until(
      'an order',
      async () => {
        const answer = await send()
        assertOnly([answer], fair)
        answers.push(answer)
        last = answer
        // An attempt that never reached the provider was given up: Pay is pressed again.
        if (answer.status === 402) idempotency_key = freshKey()
        if (answer.status === 201) return answer.body.order.id as string
        return answer.body.code === 'cart_is_completed' && (answer.body.order_id as string)
      },
      patience_ms,
      50,
    ).catch((error: unknown) => assert.fail(`${String(error)}: ${JSON.stringify(last)}`))
    return { order_id, at: performance.now(), repeat: send }
  }

  const fill = (buyer: number): Promise<FilledCart> =>
    until('a cart', () => tryToFill(webs[buyer % webs.length]!, buyer), patience_ms, 50)
  const order = async (buyer: number, cart: FilledCart): Promise<Bought> => {
    const bought = await press(buyer, cart)
    told.add(bought.order_id)
    return bought
  }

  return {
    world,
    webs,
    members,
    told,
    answers: () => tally(answers),
    fill,
    order,
    buy: async (buyer) => order(buyer, await fill(buyer)),
    rest: async () => {
      // Should it not, its processes are named with it.
      const whole = { ...world, fleet: members }
      await calm(whole, patience_ms)
      await stripe.settled()
      await calm(whole, patience_ms)
    },
    assertNothingLost: async () => {
      const orders = await snapshot(world.db, readOrderFacts)
      assert.deepEqual(orders.map(({ id }) => id).sort(), [...told].sort())
      for (const order of orders) assertPaidOnce(world, order)
      const charges = [...stripe.account.charges.values()].filter((row) => row.amount_captured > 0)
      const cards = orders.filter(({ id }) => stripeBooks(world, id).charges > 0)
      assert.equal(charges.length, cards.length, 'a charge that belongs to no order')
      assert(cards.length > 0 && cards.length < orders.length, 'both ways to pay were used')
      await until('labels of all parcels', async () => easypost.labelsPaid() === told.size)
      await until('news of all orders', async () => told.isSubsetOf(heard))
      assert.deepEqual(await stockOf(world, 'MUG'), { on_hand: stock, held: told.size })
      assert.deepEqual(await snapshot(world.db, readExceptions), [])
      await assertPromises(world)
    },
  }
}

/** By card once at the bank, or at the counter and then not at the bank. */
function assertPaidOnce(world: World, order: OrderFacts): void {
  const { charges, captured, refunded } = stripeBooks(world, order.id)
  const { state, total } = order
  const ours = { state, captured: order.captured, refunded: order.refunded }
  assert.deepEqual(ours, { state: 'placed', captured: total, refunded: 0n }, order.id)
  const theirs = { charges, captured, refunded }
  const card = { charges: 1, captured: total, refunded: 0n }
  const cash = { charges: 0, captured: 0n, refunded: 0n }
  assert.deepEqual(theirs, charges > 0 ? card : cash, order.id)
}
