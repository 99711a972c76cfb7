// The primary dies under load, with commits on it that the standby has never seen; the standby is
// promoted. Two web servers and two workers, processes of their own, find it by themselves.
import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import { freePort } from '#src/app/embedded-postgres.ts'
import { migrate } from '#src/db/migrate.ts'
import { openDb } from '#src/db/pool.ts'
import { snapshot } from '#src/db/transaction.ts'
import { testSecret } from '#test/app.ts'
import { readOrderFacts } from '#test/books.sql.ts'
import { atEnd } from '#test/cleanup.ts'
import { startFleet } from '#test/fleet.ts'
import { sizeOf, tellProof } from '#test/proof.ts'
import { assertInbox, calm, crowd, stockOf, stripeBooks } from '#test/races/crowd.ts'
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
import { openServers } from './servers.ts'

const buyers = sizeOf('FAILOVER_BUYERS', 8)
const orders_before = sizeOf('FAILOVER_ORDERS', 15)
const orders_after = orders_before
const stuck_min = 2
const patience_ms = 60_000
const stock = 100_000
const place = 'the primary is killed while commits wait for its standby'

const servers = await openServers()
const { primary, standby, replication } = servers
const url = servers.url(primary, standby)
const db = openDb({ url, connections_max: 10, name: 'failover' })
atEnd(() => db.end())
await migrate(db)
const world = await openWorld({
  goods: [{ sku: 'MUG', price: '10.00', stock }],
  database: { db, url },
  serve: false,
  worker: false,
})
const { stripe, razorpay, easypost } = world.simulators
const twin_port = await freePort(0)
const webs: readonly World[] = [world, { ...world, url: `http://127.0.0.1:${twin_port}` }]
await startFleet({
  database_url: url,
  public_url: world.url,
  secret_key: testSecret.reveal(),
  simulators: { stripe: stripe.url, razorpay: razorpay.url, easypost: easypost.url },
  timings: fast_timings,
  ports: [Number(new URL(world.url).port), twin_port],
  workers: 2,
  clock: null,
})

/** Orders that staff hear of live, on a feed that listens all the time. */
const heard = new Set<string | null>()
world.app.feed.listen(({ order_id }) => heard.add(order_id))

type Acknowledged = { readonly order_id: string; readonly at: number }
const acknowledged: Acknowledged[] = []

/** A browser that does not give up: silence and a server's trouble are asked again. */
const insist = (act: () => Promise<Answer>): Promise<Answer> =>
  until(
    'an answer',
    async () => {
      const answer = await act().catch(() => null)
      return answer !== null && answer.status < 500 && answer
    },
    patience_ms,
  )

const fill = (web: World): Promise<FilledCart> =>
  until('a cart', () => fillCart(web, [['MUG', 1]]).catch(() => null), patience_ms)

async function buy(web: World): Promise<void> {
  const cart = await fill(web)
  let idempotency_key = freshKey()
  await until(
    'an order',
    async () => {
      const { status, body } = await insist(() => complete(web, cart, { idempotency_key }))
      // An attempt that never reached the provider was given up: the buyer presses Pay again.
      if (status === 402) idempotency_key = freshKey()
      else assert([201, 202, 409].includes(status), JSON.stringify({ status, body }))
      if (status === 201) acknowledged.push({ order_id: body.order.id, at: performance.now() })
      return status === 201
    },
    patience_ms,
  )
}

const untilSold = (count: number): Promise<boolean> =>
  until(`${count} orders`, async () => acknowledged.length >= count, patience_ms)

/** Commits that are on the primary alone, and that nobody is told of. */
async function untilStuck(): Promise<void> {
  replication.cut()
  await until('commits that wait for the standby', async () => {
    const { rows } = await primary.root.query(
      `select count(*)::int as stuck from pg_stat_activity where wait_event = 'SyncRep'`,
    )
    return rows[0].stuck >= stuck_min
  })
}

test('the primary dies under load: no order that was told is lost, no card charged twice', async (t) => {
  let stopped = false
  const load = crowd(buyers, async (i) => {
    while (!stopped) await buy(webs[i % webs.length]!)
  })
  load.catch(() => {})
  let killed_at: number
  let promoted_at: number
  try {
    await untilSold(orders_before)
    await untilStuck()
    killed_at = performance.now()
    await primary.kill()
    await standby.promote()
    promoted_at = performance.now()
    t.diagnostic(`promoted after ${Math.round(promoted_at - killed_at)} ms`)
    await untilSold(acknowledged.length + orders_after)
  } finally {
    stopped = true
  }
  await load
  // An answer may have been under way when the primary died.
  const first = acknowledged.find(({ at }) => at > promoted_at)!
  t.diagnostic(`first order ${Math.round(first.at - killed_at)} ms after the kill`)
  await calm(world, patience_ms)
  await stripe.settled()
  const healed_ms = performance.now() - killed_at
  tellProof({
    about: 'crash',
    file: path.basename(import.meta.filename),
    point: place,
    hits: 1,
    healed_ms,
  })

  const told = new Set(acknowledged.map(({ order_id }) => order_id))
  assert.equal(told.size, acknowledged.length)
  const orders = await snapshot(world.db, readOrderFacts)
  const lost = [...told].filter((id) => !orders.some((order) => order.id === id))
  assert.deepEqual(lost, [])
  // Every buyer was told in the end, so there is no order that nobody knows of.
  assert.equal(orders.length, told.size)
  for (const order of orders) {
    const { charges, captured, refunded } = stripeBooks(world, order.id)
    assert.deepEqual([order.state, charges, refunded], ['placed', 1, 0n], order.id)
    assert.equal(captured, order.total, order.id)
  }
  const intents = [...stripe.account.charges.values()].filter((row) => row.amount_captured > 0)
  assert.equal(intents.length, told.size, 'a charge that belongs to no order')
  await until('labels of all parcels', async () => easypost.labelsPaid() === told.size)
  await until('news of all orders', async () => told.isSubsetOf(heard))
  assert.deepEqual(await stockOf(world, 'MUG'), { on_hand: stock, held: told.size })
  await assertInbox(world)
  await assertPromises(world)
})
