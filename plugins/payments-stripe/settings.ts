// What a shop must tell us to use Stripe.
import assert from 'node:assert/strict'
import { Secret } from '#src/lib/secret.ts'
import type { Setting } from '#src/lib/settings.ts'

const secret_key = /^(?:sk|rk)_(?:test|live)_[A-Za-z0-9_]{8,}$/
const publishable_key = /^pk_(?:test|live)_[A-Za-z0-9_]{8,}$/
const webhook_secret = /^whsec_[A-Za-z0-9_+/=-]{8,}$/

const listed = (text: string): string[] => text.split(',').map((part) => part.trim())

function checkBase(text: string): string | null {
  const url = URL.parse(text)
  if (!url) return 'is not an address'
  if (url.username || url.password || url.search || url.hash || url.pathname !== '/')
    return 'must have the form https://host'
  const loopback = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)
  if (url.protocol === 'https:' || (url.protocol === 'http:' && loopback)) return null
  return 'must begin with https://'
}

export const stripe_settings: readonly Setting[] = [
  {
    name: 'STRIPE_SECRET_KEY',
    describe: 'Secret or restricted key of the Stripe account; its prefix decides test or live',
    secret: true,
    fallback: null,
    check: (text) => (secret_key.test(text) ? null : 'must begin with sk_test_, sk_live_ or rk_'),
  },
  {
    name: 'STRIPE_PUBLISHABLE_KEY',
    describe: 'Publishable key, given to the browser; of the same mode as the secret key',
    secret: false,
    fallback: null,
    check: (text) => (publishable_key.test(text) ? null : 'must begin with pk_test_ or pk_live_'),
  },
  {
    name: 'STRIPE_WEBHOOK_SECRET',
    describe: 'Signing secret of the webhook endpoint; two, with a comma, while it is rolled',
    secret: true,
    fallback: null,
    check: (text) =>
      listed(text).every((one) => webhook_secret.test(one)) && listed(text).length <= 4
        ? null
        : 'must be one to four secrets that begin with whsec_, with commas between them',
  },
  {
    name: 'STRIPE_API_BASE',
    describe: 'Where the API is; http only on this machine, for the simulator',
    secret: false,
    fallback: 'https://api.stripe.com',
    check: checkBase,
  },
]

export type StripeConfig = {
  readonly secret_key: Secret
  readonly publishable_key: string
  /** More than one while a secret is rolled. */
  readonly webhook_secrets: readonly Secret[]
  readonly api_base: string
}

/** From the texts of all `stripe_settings` by name, each of which has passed its check. */
export function readStripeConfig(texts: Readonly<Record<string, string>>): StripeConfig {
  const value = (name: string): string => {
    const text = texts[name]
    assert(text !== undefined, `${name} is not set`)
    return text
  }
  return {
    secret_key: new Secret(value('STRIPE_SECRET_KEY')),
    publishable_key: value('STRIPE_PUBLISHABLE_KEY'),
    webhook_secrets: listed(value('STRIPE_WEBHOOK_SECRET')).map((text) => new Secret(text)),
    api_base: value('STRIPE_API_BASE'),
  }
}

/** Test and live are two worlds: what one says must never be believed in the other. */
export const isLive = ({ secret_key }: StripeConfig): boolean =>
  /^(?:sk|rk)_live_/.test(secret_key.reveal())
