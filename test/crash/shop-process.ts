// A web server or a worker as a process of its own, to be killed. It is put together as in
// test/world.ts; the simulators live in the process of the test and remember what they did.
import { flushCompileCache } from 'node:module'
import { smtpMailer } from '#plugins/mail-smtp/smtp.ts'
import { openDesk } from '#src/checkout/desk.ts'
import { openDb } from '#src/db/pool.ts'
import { openFeed } from '#src/events/feed.ts'
import type { App } from '#src/http/app.ts'
import type { Route } from '#src/http/route.ts'
import { plusMs, systemClock } from '#src/lib/clock.ts'
import { send } from '#src/lib/http-client.ts'
import { createLog } from '#src/lib/log.ts'
import { Secret } from '#src/lib/secret.ts'
import { createKeyLookup } from '#src/staff/keys.ts'
import { openPlugins, type SimulatorUrls } from '#test/plugins.ts'
import { type KillPoint, watch } from './kill-point.ts'

export type ShopProcess = {
  readonly part: 'web' | 'worker'
  /** What comes in here. */
  readonly serves: readonly ('store' | 'staff' | 'hooks')[]
  readonly database_url: string
  readonly public_url: string
  readonly secret_key: string
  readonly simulators: SimulatorUrls
  readonly smtp_url: string
  readonly ahead_ms: number
  readonly kill: KillPoint | null
}

const given = JSON.parse(process.env['SHOP_PROCESS']!) as ShopProcess
const watched = watch(given.kill)
const url = given.database_url
const clock = () => plusMs(systemClock(), given.ahead_ms)
const db = watched.database(openDb({ url, connections_max: 8, name: `crash ${given.part}` }))
const plugins = openPlugins(given.simulators, watched.send(send))
const timings = {
  hold_ms: 15 * 60_000,
  hold_pending_ms: 60 * 60_000,
  lookup_ms: 300,
  arrival_ms: 1_500,
  exception_ms: 120_000,
}
const app: App = {
  db,
  clock,
  log: createLog({ level: process.env['TEST_LOG'] ? 'error' : 'silent', part: given.part }),
  keys: createKeyLookup(db),
  secret_key: new Secret(given.secret_key),
  public_url: given.public_url,
  ...plugins,
  mailer: watched.mailer(smtpMailer({ url: new Secret(given.smtp_url), timeout_ms: 5_000 })),
  desk: openDesk({ db, clock, payments: plugins.payments, timings }),
  shipping_desk: { db, clock, shipping: plugins.shipping, track_ms: 3_000 },
  feed: openFeed(db, url),
}
// Each part loads only what the tests need: it is started often.
if (given.part === 'web') {
  const routes: Route[] = []
  if (given.serves.includes('store')) {
    routes.push(...(await import('#src/http/store-carts.ts')).cart_routes)
    routes.push(...(await import('#src/http/store-checkout.ts')).checkout_routes)
  }
  if (given.serves.includes('staff')) {
    routes.push(...(await import('#src/http/admin-orders.ts')).admin_order_routes)
  }
  if (given.serves.includes('hooks')) {
    routes.push(...(await import('#src/http/hooks.ts')).hook_routes)
  }
  const { createServer } = await import('#src/http/server.ts')
  const server = await createServer({ app, routes, rate_per_minute: 0, trusted_proxies: [] })
  await server.listen('127.0.0.1', Number(new URL(given.public_url).port))
} else {
  const { openTasks } = await import('#src/app/tasks.ts')
  const { startWorker } = await import('#src/app/worker.ts')
  await startWorker(app, openTasks(app), {
    database_url: new Secret(url),
    concurrency: 4,
    beat_ms: 200,
    silent_ms: 1_000,
    sweep_ms: 150,
  })
}
// What it has compiled so far, those that come after it find: they start in half the time.
process.on('message', () => {
  flushCompileCache()
  process.send?.('kept')
})
process.send?.('ready')
// It never ends by itself, and never outlives the test.
process.once('disconnect', () => process.exit(1))
