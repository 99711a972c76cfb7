// The parts that handlers are given, for tests: a real database, no provider, a silent log.
import type { App } from '#src/http/app.ts'
import type { Route } from '#src/http/route.ts'
import { createServer, type Server, type ServerOptions } from '#src/http/server.ts'
import { systemClock } from '#src/lib/clock.ts'
import { createLog } from '#src/lib/log.ts'
import { Secret } from '#src/lib/secret.ts'
import { createKeyLookup } from '#src/staff/keys.ts'
import { testDatabase } from './database.ts'

export const testSecret = new Secret('a secret that only tests know, long enough to sign')

export async function testApp(parts: Partial<App> = {}): Promise<App> {
  const { db } = parts.db ? { db: parts.db } : await testDatabase()
  return {
    db,
    clock: systemClock,
    log: createLog({ level: 'silent', part: 'test' }),
    keys: createKeyLookup(db),
    secret_key: testSecret,
    public_url: 'http://127.0.0.1:4000',
    payments: new Map(),
    shipping: new Map(),
    mailer: null,
    ...parts,
  }
}

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
