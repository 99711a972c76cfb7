// Puts the parts of the running system together. The only place that knows the plug-ins.
import { manualPayments } from '#plugins/payments-manual/manual.ts'
import { openFunnel, usual_flush_ms } from '#src/carts/funnel-counter.ts'
import { default_timings } from '#src/checkout/checkout.ts'
import { deskIdle, openDesk } from '#src/checkout/desk.ts'
import { openDb } from '#src/db/pool.ts'
import { openFeed } from '#src/events/feed.ts'
import type { App } from '#src/http/app.ts'
import { systemClock } from '#src/lib/clock.ts'
import { send } from '#src/lib/http-client.ts'
import { createLog } from '#src/lib/log.ts'
import { Secret } from '#src/lib/secret.ts'
import { openStrangers } from '#src/lib/stranger-client.ts'
import type { Mailer } from '#src/ports/mailer.ts'
import type { PaymentProvider } from '#src/ports/payment-provider.ts'
import type { ShippingProvider } from '#src/ports/shipping-provider.ts'
import { createKeyLookup } from '#src/staff/keys.ts'
import { secretKeyOf } from './data-dir.ts'
import type { Config } from './settings.ts'
import { readSimulators, type Simulators, textsFor } from './simulated.ts'

const hours = 3_600_000
/** A parcel of a real carrier is asked about now and then; webhooks tell the rest. */
const track_ms = 6 * hours
/** A simulated one travels in seconds, and its simulator forgets webhooks when it is killed. */
const simulated_track_ms = 30_000
const mail_timeout_ms = 20_000

// Plug-ins are loaded when they are used: each brings a library or two into memory.
async function openPayments(config: Config, simulators: Simulators) {
  const found: PaymentProvider[] = []
  const stripe = textsFor('Stripe', config, simulators)
  if (stripe) {
    const { readStripeConfig } = await import('#plugins/payments-stripe/settings.ts')
    const { stripePayments } = await import('#plugins/payments-stripe/stripe.ts')
    found.push(stripePayments(readStripeConfig(stripe), send))
  }
  const razorpay = textsFor('Razorpay', config, simulators)
  if (razorpay) {
    const { readRazorpayConfig } = await import('#plugins/payments-razorpay/settings.ts')
    const { razorpayPayments } = await import('#plugins/payments-razorpay/razorpay.ts')
    found.push(razorpayPayments(readRazorpayConfig(razorpay), send))
  }
  found.push(manualPayments())
  return new Map(found.map((one) => [one.name, one]))
}

async function openShipping(config: Config, simulators: Simulators) {
  const found: ShippingProvider[] = []
  const easypost = textsFor('EasyPost', config, simulators)
  if (easypost) {
    const { easypostShipping } = await import('#plugins/shipping-easypost/easypost.ts')
    const settings = {
      api_key: new Secret(easypost['EASYPOST_API_KEY']!),
      webhook_secret: new Secret(easypost['EASYPOST_WEBHOOK_SECRET']!),
      api_base: easypost['EASYPOST_API_BASE']!,
    }
    found.push(easypostShipping(settings, send))
  }
  return new Map(found.map((one) => [one.name, one]))
}

async function openMailer({ configured, texts }: Config): Promise<Mailer | null> {
  if (!configured.has('Mail')) return null
  const { smtpMailer } = await import('#plugins/mail-smtp/smtp.ts')
  const from = texts['MAIL_FROM']!
  return smtpMailer({ url: new Secret(texts['SMTP_URL']!), from, timeout_ms: mail_timeout_ms })
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

export async function composeApp(config: Config, options: ComposeOptions): Promise<Composed> {
  const { part, database_url, public_url } = options
  const clock = systemClock
  const url = database_url.reveal()
  const db = openDb({ url, connections_max: config.db_connections, name: `onhand ${part}` })
  const simulators = readSimulators(config)
  // What is done at the start, migrations and the demo shop, speaks with nobody outside.
  const outside = part !== 'start'
  const payments = outside ? await openPayments(config, simulators) : new Map()
  const shipping = outside ? await openShipping(config, simulators) : new Map()
  const desk = openDesk({ db, clock, payments, timings: default_timings })
  const feed = openFeed(db, url)
  const is_simulated = simulators.EasyPost !== undefined
  const app: App = {
    db,
    clock,
    log: createLog({ level: config.log_level, part }),
    keys: createKeyLookup(db),
    secret_key: secretKeyOf(config),
    public_url,
    payments,
    shipping,
    mailer: await openMailer(config),
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
  }
  return {
    app,
    close: async () => {
      await deskIdle(desk)
      await app.funnel.close()
      await feed.close()
      await db.end()
    },
  }
}
