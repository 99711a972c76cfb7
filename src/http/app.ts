// What every handler and every job is given: the parts of the running system, as plain values.
import type { Logger } from 'pino'
import type { OwnData } from '#src/accounts/own-data.ts'
import type { FunnelCounter } from '#src/carts/funnel-counter.ts'
import type { Desk } from '#src/checkout/desk.ts'
import type { Db } from '#src/db/pool.ts'
import type { Feed } from '#src/events/feed.ts'
import type { Clock } from '#src/lib/clock.ts'
import type { Secret } from '#src/lib/secret.ts'
import type { Strangers } from '#src/lib/stranger-client.ts'
import type { Mailer } from '#src/ports/mailer.ts'
import type { PaymentProvider } from '#src/ports/payment-provider.ts'
import type { ShippingProvider } from '#src/ports/shipping-provider.ts'
import type { ShippingDesk } from '#src/shipping/buy-label.ts'
import type { KeyLookup } from '#src/staff/keys.ts'
import type { OpenId } from '#src/staff/openid.ts'

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
  /** Counts how far carts come. */
  readonly funnel: FunnelCounter
  /** The way to servers that staff have named: webhooks. */
  readonly strangers: Strangers
  /** Null where no OpenID provider is set up. */
  readonly openid: OpenId | null
  /** What the shop does by itself when a customer is erased or exported. */
  readonly own_data: OwnData
}
