// kill -9 of web servers and workers at every step of the order path, under load, again and
// again. At the end every buyer has exactly one order, and everything happened once.
import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { startSmtpSimulator } from '#plugins/mail-smtp/simulator.ts'
import { snapshot } from '#src/db/transaction.ts'
import { testSecret } from '#test/app.ts'
import { readDeeds } from '#test/books.sql.ts'
import { atEnd } from '#test/cleanup.ts'
import { calm, ordersOf, stripeBooks } from '#test/races/crowd.ts'
import {
  type Answer,
  admin,
  assertPromises,
  complete,
  type FilledCart,
  fast_timings,
  fillCart,
  freshKey,
  openWorld,
  until,
} from '#test/world.ts'
import type { KillPoint } from './kill-point.ts'
import type { ShopProcess } from './shop-process.ts'

const hits_min = 3
const shoppers = 4
const patience_ms = 120_000

type Place = Omit<KillPoint, 'nth'>
const web_places: readonly Place[] = [
  {
    name: 'cart locked, intent not committed',
    when: 'before',
    of: 'commit',
    match: 'insert into payment_attempt',
  },
  {
    name: 'intent committed, provider not called',
    when: 'after',
    of: 'commit',
    match: 'insert into payment_attempt',
  },
  {
    name: 'provider called, answer not read',
    when: 'after',
    of: 'request',
    match: 'POST /v1/payment_intents',
  },
  {
    name: 'answer read, outcome not committed',
    when: 'before',
    of: 'commit',
    match: 'update payment_attempt set state',
  },
  {
    name: 'outcome committed, buyer not told',
    when: 'after',
    of: 'commit',
    match: 'update payment_attempt set state',
  },
]
const tracking_places: readonly Place[] = [
  {
    name: 'during a tracking webhook',
    when: 'before',
    of: 'commit',
    match: 'insert into tracking_scan',
  },
  {
    name: 'tracking webhook stored, not acknowledged',
    when: 'after',
    of: 'commit',
    match: 'insert into tracking_scan',
  },
]
const worker_places: readonly Place[] = [
  { name: 'before the invoice', when: 'before', of: 'commit', match: 'insert into invoice (' },
  { name: 'after the invoice', when: 'after', of: 'commit', match: 'insert into invoice (' },
  { name: 'parcels planned', when: 'after', of: 'commit', match: 'insert into shipment (' },
  { name: 'before the offer', when: 'before', of: 'request', match: 'POST /v2/shipments' },
  { name: 'offer not stored', when: 'before', of: 'commit', match: 'update label set reference' },
  { name: 'offer stored, not bought', when: 'before', of: 'request', match: '/buy' },
  { name: 'label bought, answer lost', when: 'after', of: 'request', match: '/buy' },
  { name: 'before the message', when: 'before', of: 'statement', match: 'insert into message (' },
  { name: 'mail accepted, not recorded', when: 'after', of: 'mail', match: '' },
]

const world = await openWorld({
  goods: [{ sku: 'MUG', price: '10.00', stock: 100_000 }],
  worker: false,
  serve: false,
  scan_interval_ms: 300,
})
const smtp = await startSmtpSimulator({ port: 0, sign_in: null, message_bytes_max: 2_000_000 })
atEnd(() => smtp.close())
const { stripe, razorpay, easypost } = world.simulators
const compile_cache = mkdtempSync(path.join(tmpdir(), 'onhand-crash-'))
atEnd(() => rmSync(compile_cache, { recursive: true, force: true }))
const file = path.join(import.meta.dirname, 'shop-process.ts')

type Running = { readonly ended: Promise<NodeJS.Signals | null>; kill(): void }

async function startProcess(
  part: ShopProcess['part'],
  { kill = null, ahead_ms = 0 }: { kill?: KillPoint | null; ahead_ms?: number } = {},
): Promise<Running> {
  const given: ShopProcess = {
    part,
    database_url: world.database_url,
    public_url: world.url,
    port: Number(new URL(world.url).port),
    timings: fast_timings,
    secret_key: testSecret.reveal(),
    simulators: { stripe: stripe.url, razorpay: razorpay.url, easypost: easypost.url },
    smtp_url: smtp.url,
    ahead_ms,
    kill,
  }
  const env = {
    ...process.env,
    SHOP_PROCESS: JSON.stringify(given),
    NODE_COMPILE_CACHE: compile_cache,
  }
  const child = fork(file, { env, execArgv: ['--disable-warning=ExperimentalWarning'] })
  const ended = once(child, 'exit').then(([, signal]) => signal as NodeJS.Signals | null)
  atEnd(async () => {
    child.kill('SIGKILL')
    await ended
  })
  // One that dies while it comes up is looked at by whoever waits for its end.
  await Promise.race([once(child, 'message'), ended])
  return { ended, kill: () => void child.kill('SIGKILL') }
}

/** Kills the part at each place, as often as wanted; returns how often each was hit. */
async function killAll(part: ShopProcess['part'], places: readonly Place[]) {
  const hits: Record<string, number> = {}
  for (let round = 0; round < hits_min; round++) {
    for (const place of places) {
      const process = await startProcess(part, { kill: { ...place, nth: 1 + round } })
      const timer = setTimeout(() => process.kill(), patience_ms / 2)
      const from = performance.now()
      assert.equal(await process.ended, 'SIGKILL', `${place.name}: it ended by itself`)
      clearTimeout(timer)
      assert(performance.now() - from < patience_ms / 2, `never reached: ${place.name}`)
      hits[place.name] = (hits[place.name] ?? 0) + 1
    }
  }
  return hits
}

/** A browser that does not give up: no answer and a server's trouble are asked again. */
async function insist(act: () => Promise<Answer>): Promise<Answer> {
  return until(
    'an answer',
    async () => {
      const answer = await act().catch(() => null)
      if (answer !== null && answer.status < 500) return answer
      await new Promise((again) => setTimeout(again, 150))
      return null
    },
    patience_ms,
  )
}

type Bought = { readonly cart: FilledCart; readonly order_id: string }

async function buy(): Promise<Bought> {
  const cart = await until(
    'a cart',
    () => fillCart(world, [['MUG', 1]]).catch(() => null),
    patience_ms,
  )
  let idempotency_key = freshKey()
  return until(
    'an order',
    async () => {
      const { status, body } = await insist(() => complete(world, cart, { idempotency_key }))
      if (status === 201) return { cart, order_id: body.order.id as string }
      // An attempt that never reached the provider was given up: the buyer presses Pay again.
      if (status === 402) idempotency_key = freshKey()
      else assert([202, 409].includes(status), JSON.stringify({ status, body }))
      // After an answer that was lost, the order is there and the cart says so.
      return status === 409 && body.code === 'cart_is_completed'
        ? { cart, order_id: body.order_id as string }
        : null
    },
    patience_ms,
  )
}

test('kill -9 at every step, under load: every buyer gets one order, everything once', async () => {
  const bought: Bought[] = []
  let stopped = false
  const shop = async (): Promise<void> => {
    while (!stopped) bought.push(await buy())
  }
  // The first ones only warm up.
  for (const part of ['web', 'worker'] as const) (await startProcess(part)).kill()
  const load = Promise.all(Array.from({ length: shoppers }, shop))
  load.catch(() => {})
  try {
    const hits = await Promise.all([killAll('web', web_places), killAll('worker', worker_places)])
    const helper = await startProcess('worker')
    hits.push(await killAll('web', tracking_places))
    helper.kill()
    const all = Object.entries(Object.assign({}, ...hits) as Record<string, number>)
    assert.equal(all.length, web_places.length + worker_places.length + tracking_places.length)
    for (const [name, times] of all) assert(times >= hits_min, name)
  } finally {
    stopped = true
  }
  await startProcess('web')
  const last_worker = await startProcess('worker')
  await load
  // A mail that was under way when its worker died is claimed for five minutes.
  last_worker.kill()
  await startProcess('worker', { ahead_ms: 6 * 60_000 })
  await calm(world, patience_ms)
  await stripe.settled()

  const ids = bought.map(({ order_id }) => order_id)
  assert.equal(new Set(ids).size, bought.length)
  await until(
    'delivery of all parcels',
    async () => {
      const facts = await ordersOf(world, ids)
      return facts.every(({ fulfillment_state }) => fulfillment_state === 'delivered')
    },
    patience_ms,
  )
  await calm(world, patience_ms)
  for (const order of await ordersOf(world, ids)) {
    const books = stripeBooks(world, order.id)
    assert.deepEqual([order.state, books.charges, books.refunded], ['placed', 1, 0n], order.id)
    assert.equal(books.captured, order.total)
  }
  assert.equal(easypost.labelsPaid(), ids.length)
  const deeds = await snapshot(world.db, readDeeds)
  const of_each = Map.groupBy(deeds, ({ deed }) => deed)
  const once_each = [
    'invoice',
    'label',
    'message_confirmation',
    'message_delivered',
    'message_receipt',
    'message_shipped',
    'pick_task',
  ]
  assert.deepEqual([...of_each.keys()].sort(), once_each)
  for (const deed of once_each) {
    const rows = of_each.get(deed)!
    assert.deepEqual(
      [rows.length, rows.every(({ times }) => times === 1)],
      [ids.length, true],
      deed,
    )
  }
  // A mail that was accepted while its worker died is sent again, and says that it is the same.
  const mail_ids = smtp.mails.map(({ raw }) => /^message-id: *(\S+)/im.exec(raw)?.[1])
  assert.equal(new Set(mail_ids).size, 4 * ids.length)
  const stock = await admin(world, 'GET', '/admin/stock?sku=MUG')
  const berlin = stock.body.items.find((one: { location: string }) => one.location === 'berlin')
  assert.deepEqual([berlin.on_hand, berlin.held], [100_000 - ids.length, 0])
  await assertPromises(world)
})
