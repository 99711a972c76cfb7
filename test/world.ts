// A whole small shop for a test: real database, real HTTP, real adapters against their
// simulators, and a worker. Everything in it is made by real commands.
import assert from 'node:assert/strict'
import { createServer as createTcp } from 'node:net'
import { Readable } from 'node:stream'
import { type Frame, makeCoupon, makeDelivery, makeFrame, makeTaxes } from '#src/app/demo-frame.ts'
import { demoShopOf, makeKeys } from '#src/app/demo-shop.ts'
import { routes } from '#src/app/routes.ts'
import { openTasks, recurring } from '#src/app/tasks.ts'
import { default_worker_options, startWorker, type Worker } from '#src/app/worker.ts'
import type { Timings } from '#src/checkout/checkout.ts'
import { snapshot, transaction } from '#src/db/transaction.ts'
import { event_kinds } from '#src/events/kinds.ts'
import type { App } from '#src/http/app.ts'
import type { ServerOptions } from '#src/http/server.ts'
import { systemClock } from '#src/lib/clock.ts'
import { send } from '#src/lib/http-client.ts'
import type { VariantId } from '#src/lib/ids.ts'
import type { Currency } from '#src/lib/money.ts'
import { Secret } from '#src/lib/secret.ts'
import { sha256 } from '#src/lib/signature.ts'
import { importProducts } from '#src/offers/import-products.ts'
import { type PromiseResult, readPromises } from '#src/promises/promises.sql.ts'
import { seedRoles } from '#src/staff/edit-staff.ts'
import { type TestParts, testApp, testSecret, testServer, withServerRoutes } from './app.ts'
import { atEnd } from './cleanup.ts'
import { type TestDatabase, testDatabase } from './database.ts'
import { type FleetMember, is_fleet_wanted, startFleet } from './fleet.ts'
import type { MovableClock } from './movable-clock.ts'
import { openPlugins } from './plugins.ts'
import { tellProof } from './proof.ts'
import { startSimulators } from './simulators.ts'

export const freePort = (): Promise<number> =>
  new Promise((done, fail) => {
    const probe = createTcp()
    probe.once('error', fail)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => done(port))
    })
  })

export type Goods = { readonly sku: string; readonly price: string; readonly stock: number }
export const usual_goods: readonly Goods[] = [
  { sku: 'MUG-BLUE', price: '14.90', stock: 100 },
  { sku: 'TEA-EARL-GREY', price: '6.50', stock: 100 },
  { sku: 'LAMP-DESK', price: '49.00', stock: 10 },
]

const csvOf = (goods: readonly Goods[]): string => {
  const rows = goods.map(({ sku, price, stock }) =>
    [
      `${sku.toLowerCase()},${sku},true,Title,Default Title,${sku},350,${stock},deny,${price}`,
      'true,true,active',
    ].join(','),
  )
  const head =
    'Handle,Title,Published,Option1 Name,Option1 Value,Variant SKU,Variant Grams,' +
    'Variant Inventory Qty,Variant Inventory Policy,Variant Price,Variant Requires Shipping,' +
    'Variant Taxable,Status'
  return `${[head, ...rows].join('\n')}\n`
}

export const fast_timings: Timings = {
  hold_ms: 15 * 60_000,
  hold_max_ms: 60 * 60_000,
  hold_pending_ms: 60 * 60_000,
  undo_ms: 15 * 60_000,
  lookup_ms: 300,
  arrival_ms: 1_500,
  exception_ms: 120_000,
  tax_ms: 1_000,
}

export type WorldOptions = {
  readonly goods?: readonly Goods[]
  readonly timings?: Partial<Timings>
  readonly database?: TestDatabase
  /** False leaves the jobs lying; the fleet of `npm run prove` has its workers all the same. */
  readonly worker?: boolean
  /** False where web servers of other processes serve: see test/crash. */
  readonly serve?: boolean
  readonly scan_interval_ms?: number | null
  /** The shop and Stripe read the same clock, so that a test can move both. */
  readonly clock?: MovableClock
  readonly server?: Partial<ServerOptions>
  /** Null keeps mails in the mailbox. */
  readonly mailer?: App['mailer']
  /** Where the fleet brings its mails; `mailer` is for servers in the test's own process. */
  readonly smtp_url?: string
  readonly tax_sources?: TestParts['tax_sources']
  /** How webhooks get out; without it to the open internet only. */
  readonly strangers?: App['strangers']
}

export type Answer = { readonly status: number; readonly body: Any }
/** Answers are read by tests, which assert what they need. */
// biome-ignore lint/suspicious/noExplicitAny: a test reads JSON whose shape it then asserts
type Any = any

export type World = Awaited<ReturnType<typeof openWorld>>

export async function openWorld(options: WorldOptions = {}) {
  const database = options.database ?? (await testDatabase(30))
  const fleet = is_fleet_wanted && options.serve !== false
  const [port, twin_port] = [await freePort(), await freePort()]
  const public_url = `http://127.0.0.1:${port}`
  const clock = options.clock ?? systemClock
  const scan_interval_ms = options.scan_interval_ms ?? null
  const simulators = await startSimulators(public_url, { scan_interval_ms, clock })
  const { stripe, razorpay, easypost } = simulators
  const urls = { stripe: stripe.url, razorpay: razorpay.url, easypost: easypost.url }
  const app = await testApp({
    database,
    public_url,
    ...openPlugins(urls, send),
    clock,
    timings: { ...fast_timings, ...options.timings },
    mailer: options.mailer ?? null,
    ...(options.tax_sources ? { tax_sources: options.tax_sources } : {}),
    ...(options.strangers ? { strangers: options.strangers } : {}),
  })
  const frame = await makeShop(app, options.goods ?? usual_goods)
  const server = await testServer(app, withServerRoutes(routes), options.server)
  let worker: Worker | null = null
  let members: readonly FleetMember[] = []
  if (fleet) {
    members = await startFleet({
      database_url: database.url,
      smtp_url: options.smtp_url ?? null,
      public_url,
      secret_key: testSecret.reveal(),
      simulators: urls,
      timings: app.desk.timings,
      ports: [port, twin_port],
      workers: 2,
      clock: options.clock ?? null,
    })
  } else {
    if (options.serve !== false) await server.listen('127.0.0.1', port)
    if (options.worker !== false) worker = await openWorker(app, database.url)
  }
  atEnd(async () => {
    await worker?.stop()
    await server.drain(1_000)
    await Promise.all([stripe.close(), razorpay.close(), easypost.close()])
  })
  return {
    app,
    db: database.db,
    database,
    database_url: database.url,
    url: public_url,
    /** Where a second web server of this shop runs already. */
    twin_url: fleet ? `http://127.0.0.1:${twin_port}` : null,
    /** The processes of this shop; none where it runs in the test itself. */
    fleet: members,
    frame,
    keys: demoShopOf(testSecret),
    simulators,
    variants: await readVariants(app),
    startWorker: async () => {
      worker = await openWorker(app, database.url)
    },
    stopWorker: async () => {
      await worker?.stop()
      worker = null
    },
    promises: (): Promise<PromiseResult[]> =>
      snapshot(database.db, (tx) => readPromises(tx, app.clock())),
  }
}

const openWorker = (app: App, url: string): Promise<Worker> =>
  startWorker(app, openTasks(app), {
    ...default_worker_options,
    database_url: new Secret(url),
    concurrency: 4,
    sweep_ms: 400,
    carts_ms: 500,
    recurring,
  })

async function makeShop(app: App, goods: readonly Goods[]): Promise<Frame> {
  const now = systemClock()
  await seedRoles(app.db)
  const frame = await transaction(app.db, async (tx) => {
    const made = await makeFrame(tx, app.public_url, now)
    await makeTaxes(tx, now)
    await makeDelivery(tx, now)
    await makeCoupon(tx, now)
    return made
  })
  await makeKeys(app.db, testSecret, frame, now)
  const places = [
    {
      channel_id: frame.web,
      location_id: frame.berlin,
      price_list_id: frame.eur_list,
      code: 'EUR',
    },
    {
      channel_id: frame.counter,
      location_id: frame.hamburg,
      price_list_id: frame.eur_list,
      code: 'EUR',
    },
    {
      channel_id: frame.indian,
      location_id: frame.mumbai,
      price_list_id: frame.inr_list,
      code: 'INR',
    },
  ]
  for (const { code, ...target } of places) {
    // The counter takes from the web shop's shelves too, so it gets none of its own.
    const some =
      target.channel_id === frame.counter ? goods.map((g) => ({ ...g, stock: 0 })) : goods
    const bytes = Buffer.from(csvOf(some))
    await importProducts(app.db, Readable.from([bytes]), {
      file_name: 'goods.csv',
      file_hash: sha256(`${code}${target.channel_id}`).toString('hex'),
      target: { ...target, currency: code as Currency },
      clock: systemClock,
    })
  }
  return frame
}

async function readVariants(app: App): Promise<Map<string, VariantId>> {
  const { rows } = await app.db.query<{ sku: string; id: VariantId }>('select sku, id from variant')
  return new Map(rows.map(({ sku, id }) => [sku, id]))
}

export type Asking = {
  readonly key?: string
  readonly idempotency_key?: string
  readonly token?: string
  readonly order_token?: string
  readonly customer_token?: string
  /** As the header Accept-Language. */
  readonly language?: string
  readonly body?: unknown
}

let next_key = 0
export const freshKey = (): string => `test-key-${process.pid}-${next_key++}`

/** One request; a POST gets a fresh Idempotency-Key unless it brings one. */
export async function ask(
  world: World,
  method: string,
  path: string,
  asking: Asking = {},
): Promise<Answer> {
  const { key, idempotency_key, token, order_token, customer_token, language, body } = asking
  const response = await fetch(`${world.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${key ?? world.keys.keys.web}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(method === 'POST' ? { 'idempotency-key': idempotency_key ?? freshKey() } : {}),
      ...(token ? { 'x-cart-token': token } : {}),
      ...(order_token ? { 'x-order-token': order_token } : {}),
      ...(language ? { 'accept-language': language } : {}),
      ...(customer_token ? { 'x-customer-token': customer_token } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  const type = response.headers.get('content-type') ?? ''
  return { status: response.status, body: /json/.test(type) && text ? JSON.parse(text) : text }
}

export const admin = (world: World, method: string, path: string, body?: unknown) =>
  ask(world, method, path, { key: world.keys.secret_key, ...(body === undefined ? {} : { body }) })

export const german_address = {
  name: 'Ada Muster',
  line1: 'Musterweg 1',
  postal_code: '10115',
  city: 'Berlin',
  country: 'DE',
  phone: '+4930987654',
}
export const indian_address = {
  name: 'Asha Rao',
  line1: '7 Hill Road',
  postal_code: '400050',
  city: 'Mumbai',
  region: 'MH',
  country: 'IN',
  phone: '+919812345678',
}

export type Channel = 'web' | 'india' | 'counter'
export type Basket = readonly (readonly [sku: string, quantity: number])[]
export type FilledCart = { readonly id: string; readonly token: string; readonly cart: Any }

/** A cart that lacks nothing. */
export async function fillCart(
  world: World,
  basket: Basket = [['MUG-BLUE', 2]],
  { channel = 'web', coupon }: { channel?: Channel; coupon?: string } = {},
): Promise<FilledCart> {
  const key = world.keys.keys[channel]
  const address = channel === 'india' ? indian_address : german_address
  const lines = basket.map(([sku, quantity]) => ({ variant_id: world.variants.get(sku), quantity }))
  const made = await ask(world, 'POST', '/store/carts', {
    key,
    body: { email: 'ada@example.com', shipping_address: address, lines },
  })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const { token, cart } = made.body
  const option = cart.shipping_options[0].id
  const body = { shipping_option_id: option, ...(coupon ? { coupon_code: coupon } : {}) }
  const chosen = await ask(world, 'PATCH', `/store/carts/${cart.id}`, { key, token, body })
  assert.equal(chosen.status, 200, JSON.stringify(chosen.body))
  assert.deepEqual(chosen.body.missing, [])
  return { id: cart.id, token, cart: chosen.body }
}

export const complete = (
  world: World,
  { id, token, cart }: FilledCart,
  more: {
    readonly channel?: Channel
    readonly provider?: string
    readonly card?: string | null
    readonly idempotency_key?: string
    readonly expected_total?: number
    readonly note?: string | undefined
  } = {},
): Promise<Answer> =>
  ask(world, 'POST', `/store/carts/${id}/complete`, {
    key: world.keys.keys[more.channel ?? 'web'],
    token,
    ...(more.idempotency_key ? { idempotency_key: more.idempotency_key } : {}),
    body: {
      expected_total: more.expected_total ?? cart.total,
      payment: {
        provider: more.provider ?? 'stripe',
        token: more.card === undefined ? 'pm_card_visa' : more.card,
      },
      ...(more.note === undefined ? {} : { note: more.note }),
    },
  })

/** Waits for a condition, not for a time; gives up after half a minute, if not told otherwise. */
export async function until<T>(
  what: string,
  look: () => Promise<T | null | undefined | false>,
  patience_ms = 30_000,
  pause_ms = 20,
): Promise<T> {
  const end = Date.now() + patience_ms
  for (;;) {
    const found = await look()
    if (found) return found
    if (Date.now() > end) throw new Error(`waited in vain for: ${what}`)
    await new Promise((again) => setTimeout(again, pause_ms))
  }
}

export async function assertPromises(world: Pick<World, 'db' | 'promises'>): Promise<void> {
  const { rows } = await world.db.query<{ kind: string }>('select distinct kind from event')
  const unknown = rows.filter(({ kind }) => !event_kinds.has(kind))
  assert.deepEqual(unknown, [], 'src/events/kinds.ts lists what can happen')
  const asked = await world.promises()
  tellProof({
    about: 'promises',
    results: asked.map(({ name, violations }) => ({ name, violations })),
  })
  const broken = asked.filter(({ violations }) => violations > 0)
  assert.deepEqual(broken, [])
}
