// The parts that handlers are given, for tests: a real database, no provider, a silent log.
import { no_own_data } from '#src/accounts/own-data.ts'
import { openFunnel } from '#src/carts/funnel-counter.ts'
import { default_timings } from '#src/checkout/checkout.ts'
import { openDesk } from '#src/checkout/desk.ts'
import { snapshot } from '#src/db/transaction.ts'
import { openFeed } from '#src/events/feed.ts'
import type { App } from '#src/http/app.ts'
import type { Route } from '#src/http/route.ts'
import { createServer, type Server, type ServerOptions } from '#src/http/server.ts'
import { serverRoutes } from '#src/http/server-routes.ts'
import { readBacklog } from '#src/jobs/backlog.sql.ts'
import { systemClock } from '#src/lib/clock.ts'
import { createLog } from '#src/lib/log.ts'
import { Secret } from '#src/lib/secret.ts'
import { openStrangers } from '#src/lib/stranger-client.ts'
import { createKeyLookup } from '#src/staff/keys.ts'
import { atEnd } from './cleanup.ts'
import { type TestDatabase, testDatabase } from './database.ts'

export const testSecret = new Secret('a secret that only tests know, long enough to sign')

export type TestParts = Partial<Omit<App, 'db' | 'desk' | 'shipping_desk' | 'feed'>> & {
  readonly database?: TestDatabase
  readonly timings?: App['desk']['timings']
  readonly tax_sources?: App['desk']['tax_sources']
}

export async function testApp({
  database,
  timings = default_timings,
  tax_sources = new Map(),
  ...parts
}: TestParts = {}): Promise<App> {
  const { db, url } = database ?? (await testDatabase())
  const clock = parts.clock ?? systemClock
  const payments = parts.payments ?? new Map()
  const shipping = parts.shipping ?? new Map()
  const feed = openFeed(db, url)
  atEnd(() => feed.close())
  const funnel = openFunnel({ db, clock, flush_ms: null })
  atEnd(() => funnel.close())
  return {
    db,
    clock,
    log: createLog({ level: process.env['TEST_LOG'] ? 'error' : 'silent', part: 'test' }),
    keys: createKeyLookup(db),
    secret_key: testSecret,
    public_url: 'http://127.0.0.1:4000',
    payments,
    shipping,
    mailer: null,
    desk: openDesk({ db, clock, payments, tax_sources, timings }),
    shipping_desk: { db, clock, shipping, track_ms: 6 * 3_600_000 },
    feed,
    funnel,
    strangers: openStrangers(false),
    openid: null,
    own_data: no_own_data,
    ...parts,
  }
}

/** The routes of the shop and those about the server itself, as `npm start` serves them. */
export const withServerRoutes = (routes: readonly Route[]): readonly Route[] => [
  ...routes,
  ...serverRoutes(routes, {
    version: '0.0.0',
    checkDatabase: async ({ db }) => void (await db.query('select 1')),
    isDraining: () => false,
    readBacklog: ({ db, clock }) => snapshot(db, (tx) => readBacklog(tx, clock())),
    metrics_token: null,
  }),
]

export const testServer = (
  app: App,
  routes: readonly Route[],
  options: Partial<ServerOptions> = {},
): Promise<Server> =>
  createServer({
    app,
    routes,
    rate_per_minute: 0,
    trusted_proxies: [],
    ...options,
  })
