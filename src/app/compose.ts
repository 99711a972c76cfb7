// Puts the parts of the running system together.
import type { Logger } from 'pino'
import { openFunnel, usual_flush_ms } from '#src/carts/funnel-counter.ts'
import { default_timings } from '#src/checkout/checkout.ts'
import { deskIdle, openDesk } from '#src/checkout/desk.ts'
import { openDb } from '#src/db/pool.ts'
import { openFeed } from '#src/events/feed.ts'
import type { App } from '#src/http/app.ts'
import { systemClock } from '#src/lib/clock.ts'
import { send } from '#src/lib/http-client.ts'
import { createLog } from '#src/lib/log.ts'
import type { Secret } from '#src/lib/secret.ts'
import { openStrangers } from '#src/lib/stranger-client.ts'
import { useTracer } from '#src/lib/trace.ts'
import type { Mailer } from '#src/ports/mailer.ts'
import type { PaymentProvider } from '#src/ports/payment-provider.ts'
import type { Plugin } from '#src/ports/plugin.ts'
import type { ShippingProvider } from '#src/ports/shipping-provider.ts'
import type { TaxSource } from '#src/ports/tax-source.ts'
import { createKeyLookup } from '#src/staff/keys.ts'
import { type OpenId, openid_callback, openOpenId } from '#src/staff/openid.ts'
import { secretKeyOf } from './data-dir.ts'
import { own_plugins } from './plugins.ts'
import type { Config } from './settings.ts'
import {
  readSimulators,
  type SimulatedSystem,
  type Simulators,
  simulated_systems,
  textsFor,
} from './simulated.ts'
import { StartError } from './start-error.ts'
import { readVersion } from './version.ts'

const hours = 3_600_000
/** A parcel of a real carrier is asked about now and then; webhooks tell the rest. */
const track_ms = 6 * hours
/** A simulated one travels in seconds, and its simulator forgets webhooks when it is killed. */
const simulated_track_ms = 30_000

type Opened = {
  readonly payments: Map<string, PaymentProvider>
  readonly shipping: Map<string, ShippingProvider>
  readonly taxes: Map<string, TaxSource>
  mailer: Mailer | null
}

/** What a plug-in is made from: nothing, its settings, or those of its simulator. */
function textsOf({ title, settings }: Plugin, config: Config, simulators: Simulators) {
  if (settings.length === 0 || config.configured.has(title)) return config.texts
  return simulated_systems.includes(title as SimulatedSystem)
    ? textsFor(title as SimulatedSystem, config, simulators)
    : null
}

/** What is done at the start, migrations and the demo shop, speaks with nobody outside. */
const nobody = (): Opened => ({
  payments: new Map(),
  shipping: new Map(),
  taxes: new Map(),
  mailer: null,
})

/** @throws StartError when two plug-ins have one name */
async function openPlugins(config: Config, simulators: Simulators): Promise<Opened> {
  const opened = nobody()
  const add = <T extends { readonly name: string }>(map: Map<string, T>, one: T): void => {
    if (map.has(one.name)) throw new StartError(`Two plug-ins have the name ${one.name}.`, 2)
    map.set(one.name, one)
  }
  for (const plugin of [...own_plugins, ...config.shop.plugins]) {
    const texts = textsOf(plugin, config, simulators)
    if (texts === null) continue
    if (plugin.kind === 'payments') add(opened.payments, await plugin.open(texts, send))
    else if (plugin.kind === 'shipping') add(opened.shipping, await plugin.open(texts, send))
    else if (plugin.kind === 'taxes') add(opened.taxes, await plugin.open(texts, send))
    else opened.mailer = await plugin.open(texts, send)
  }
  return opened
}

function openIdOf(config: Config, public_url: string): OpenId | null {
  const { openid } = config
  if (openid === null) return null
  const redirect_uri = public_url + openid_callback
  return openOpenId(openid, { send, key: secretKeyOf(config), redirect_uri })
}

export type Composed = {
  readonly app: App
  /** After the last request and job: waits for what is in flight and closes the connections. */
  close(): Promise<void>
}
export type ComposeOptions = {
  readonly part: 'web' | 'worker' | 'start'
  readonly database_url: Secret
  readonly public_url: string
}

const untraced = async (): Promise<void> => {}

/** Nothing of it is loaded where no endpoint is set. */
async function openTraces(
  { telemetry }: Config,
  { part, log }: { readonly part: string; readonly log: Logger },
): Promise<() => Promise<void>> {
  if (telemetry === null) return untraced
  const { openTracing } = await import('./otlp.ts')
  const { tracer, close } = openTracing(telemetry, { part, version: readVersion(), log })
  useTracer(tracer)
  return close
}

export async function composeApp(config: Config, options: ComposeOptions): Promise<Composed> {
  const { part, database_url, public_url } = options
  const clock = systemClock
  const url = database_url.reveal()
  const db = openDb({ url, connections_max: config.db_connections, name: `onhand ${part}` })
  const log = createLog({ level: config.log_level, part })
  const closeTracing = part === 'start' ? untraced : await openTraces(config, { part, log })
  const simulators = readSimulators(config)
  const opened = part === 'start' ? nobody() : await openPlugins(config, simulators)
  const { payments, shipping, taxes, mailer } = opened
  const parts = { db, clock, payments, tax_sources: taxes, timings: default_timings }
  const desk = openDesk(parts, config.shop.rules)
  const feed = openFeed(db, url)
  const is_simulated = simulators.EasyPost !== undefined
  const app: App = {
    db,
    clock,
    log,
    keys: createKeyLookup(db),
    secret_key: secretKeyOf(config),
    public_url,
    payments,
    shipping,
    mailer,
    desk,
    shipping_desk: {
      db,
      clock,
      shipping,
      track_ms: is_simulated ? simulated_track_ms : track_ms,
    },
    feed,
    funnel: openFunnel({ db, clock, flush_ms: usual_flush_ms }),
    strangers: openStrangers(config.webhook_allow_private),
    openid: openIdOf(config, public_url),
    own_data: config.shop,
  }
  return {
    app,
    close: async () => {
      await deskIdle(desk)
      await app.funnel.close()
      await feed.close()
      await db.end()
      await closeTracing()
    },
  }
}
