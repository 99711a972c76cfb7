// What every handler and every job is given: the parts of the running system, as plain values.
import type { Logger } from 'pino'
import type { Desk } from '../checkout/desk.ts'
import type { Db } from '../db/pool.ts'
import type { Feed } from '../events/feed.ts'
import type { Clock } from '../lib/clock.ts'
import type { Secret } from '../lib/secret.ts'
import type { Mailer } from '../ports/mailer.ts'
import type { PaymentProvider } from '../ports/payment-provider.ts'
import type { ShippingProvider } from '../ports/shipping-provider.ts'
import type { ShippingDesk } from '../shipping/buy-label.ts'
import type { KeyLookup } from '../staff/keys.ts'

export type App = {
  readonly db: Db
  readonly clock: Clock
  readonly log: Logger
  readonly keys: KeyLookup
  /** Signs cart, order and customer tokens. */
  readonly secret_key: Secret
  /** Where this server is reached from outside, without a slash at the end. */
  readonly public_url: string
  readonly payments: ReadonlyMap<string, PaymentProvider>
  readonly shipping: ReadonlyMap<string, ShippingProvider>
  /** Null keeps messages in the local mailbox. */
  readonly mailer: Mailer | null
  readonly desk: Desk
  readonly shipping_desk: ShippingDesk
  readonly feed: Feed
}
