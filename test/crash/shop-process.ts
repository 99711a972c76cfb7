// A web server or a worker as a process of its own, to be killed. It is put together as in
// test/world.ts; the simulators live in the process of the test and remember what they did.
import { flushCompileCache } from 'node:module'
import { smtpMailer } from '#plugins/mail-smtp/smtp.ts'
import { no_own_data } from '#src/accounts/own-data.ts'
import { openFunnel, usual_flush_ms } from '#src/carts/funnel-counter.ts'
import type { Timings } from '#src/checkout/checkout.ts'
import { openDesk } from '#src/checkout/desk.ts'
import { openDb } from '#src/db/pool.ts'
import { openFeed } from '#src/events/feed.ts'
import type { App } from '#src/http/app.ts'
import type { Route } from '#src/http/route.ts'
import { systemClock } from '#src/lib/clock.ts'
import { send } from '#src/lib/http-client.ts'
import { createLog } from '#src/lib/log.ts'
import { Secret } from '#src/lib/secret.ts'
import { openStrangers } from '#src/lib/stranger-client.ts'
import { createKeyLookup } from '#src/staff/keys.ts'
import { replaceDate, setDateAhead } from '#test/moved-date.ts'
import { openPlugins, type SimulatorUrls } from '#test/plugins.ts'
import { watchConnections } from './cut-connection.ts'
import { type KillPoint, watch } from './kill-point.ts'

export type Served = 'store' | 'staff' | 'edits' | 'hooks'
export type ShopProcess = {
  readonly part: 'web' | 'worker'
  /** What comes in here. Who is started often loads no more than that. */
  readonly serves: 'everything' | readonly Served[]
  readonly database_url: string
  readonly public_url: string
  /** Where this web server listens. */
  readonly port: number
  readonly secret_key: string
  readonly simulators: SimulatorUrls
  /** Without one, mails stay in the mailbox. */
  readonly smtp_url: string | null
  readonly timings: Timings
  readonly ahead_ms: number
  readonly kill: KillPoint | null
}

/** What the test tells this process. */
export type Told =
  /** What it has compiled so far, those that come after it find: they start in half the time. */
  | 'keep'
  | { readonly ahead_ms: number }
  /** One of its connections to the database breaks: `cut` is below 1 and says which. */
  | { readonly cut: number }
/** What it answers: whether there was anything to do. */
export type Answered = { readonly is_done: boolean }

const given = JSON.parse(process.env['SHOP_PROCESS']!) as ShopProcess
const watched = watch(given.kill)
const url = given.database_url
const cut = watchConnections(url)
replaceDate()
setDateAhead(given.ahead_ms)
const clock = systemClock
const db = watched.database(openDb({ url, connections_max: 10, name: `crash ${given.part}` }))
const plugins = openPlugins(given.simulators, watched.send(send))
const { timings } = given
const { smtp_url } = given
const mailer = smtp_url
  ? smtpMailer({ from: 'Shop <orders@shop.example>', url: new Secret(smtp_url), timeout_ms: 5_000 })
  : null
const app: App = {
  db,
  clock,
  log: createLog({ level: process.env['TEST_LOG'] ? 'error' : 'silent', part: given.part }),
  keys: createKeyLookup(db),
  secret_key: new Secret(given.secret_key),
  public_url: given.public_url,
  ...plugins,
  mailer: mailer && watched.mailer(mailer),
  desk: openDesk({ db, clock, payments: plugins.payments, tax_sources: new Map(), timings }),
  shipping_desk: { db, clock, shipping: plugins.shipping, track_ms: 3_000 },
  feed: openFeed(db, url),
  funnel: openFunnel({ db, clock, flush_ms: usual_flush_ms }),
  strangers: { allow_private: true, send: watched.send(openStrangers(true).send) },
  openid: null,
  own_data: no_own_data,
}
// Each part loads only what the tests need: it is started often.
if (given.part === 'web') {
  const routes: Route[] = []
  if (given.serves === 'everything') {
    routes.push(...(await import('#src/app/routes.ts')).routes)
  }
  if (given.serves.includes('store')) {
    routes.push(...(await import('#src/http/store-carts.ts')).cart_routes)
    routes.push(...(await import('#src/http/store-checkout.ts')).checkout_routes)
  }
  if (given.serves.includes('staff')) {
    routes.push(...(await import('#src/http/admin-orders.ts')).admin_order_routes)
  }
  if (given.serves.includes('edits')) {
    routes.push(...(await import('#src/http/admin-order-edits.ts')).admin_order_edit_routes)
  }
  if (given.serves.includes('hooks')) {
    routes.push(...(await import('#src/http/hooks.ts')).hook_routes)
  }
  const { createServer } = await import('#src/http/server.ts')
  const server = await createServer({ app, routes, rate_per_minute: 0, trusted_proxies: [] })
  await server.listen('127.0.0.1', given.port)
} else {
  const { openTasks } = await import('#src/app/tasks.ts')
  const { startWorker } = await import('#src/app/worker.ts')
  await startWorker(app, openTasks(app), {
    database_url: new Secret(url),
    concurrency: 4,
    beat_ms: 300,
    silent_ms: 1_000,
    sweep_ms: 600,
    carts_ms: 5_000,
  })
}
function obey(told: Told): boolean {
  if (told === 'keep') flushCompileCache()
  else if ('cut' in told) return cut(told.cut)
  else setDateAhead(told.ahead_ms)
  return true
}
process.on('message', (told: Told) => {
  process.send?.({ is_done: obey(told) } satisfies Answered)
})
process.send?.('ready')
// It never ends by itself, and never outlives the test.
process.once('disconnect', () => process.exit(1))
