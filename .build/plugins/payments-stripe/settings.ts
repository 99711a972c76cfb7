// What a shop must tell us to use Stripe.
import { Secret } from '../../src/lib/secret.ts'
import {
  checkApiBase,
  eachOf,
  openSetting,
  prefixed,
  readListed,
  type Setting,
  type SettingProblem,
  secretSetting,
  settingIn,
} from '../../src/lib/settings.ts'

export const stripe_settings: readonly Setting[] = [
  secretSetting(
    'STRIPE_SECRET_KEY',
    'Secret or restricted key of the Stripe account; its prefix decides test or live',
    prefixed(
      /^(?:sk|rk)_(?:test|live)_/,
      'sk_test_, sk_live_, rk_test_ or rk_live_',
      /^[A-Za-z0-9_]{8,}$/,
    ),
  ),
  openSetting(
    'STRIPE_PUBLISHABLE_KEY',
    null,
    'Publishable key, given to the browser; of the same mode as the secret key',
    prefixed(/^pk_(?:test|live)_/, 'pk_test_ or pk_live_', /^[A-Za-z0-9_]{8,}$/),
  ),
  secretSetting(
    'STRIPE_WEBHOOK_SECRET',
    'Signing secret of the webhook endpoint; two, with a comma, while it is rolled',
    eachOf(prefixed(/^whsec_/, 'whsec_', /^[A-Za-z0-9_+/=-]{8,}$/)),
  ),
  openSetting(
    'STRIPE_API_BASE',
    'https://api.stripe.com',
    'Where the API is; http only on this machine, for the simulator',
    checkApiBase,
  ),
]

export type StripeConfig = {
  readonly secret_key: Secret
  readonly publishable_key: string
  /** More than one while a secret is rolled. */
  readonly webhook_secrets: readonly Secret[]
  readonly api_base: string
}

export const readStripeConfig = (texts: Readonly<Record<string, string>>): StripeConfig => ({
  secret_key: new Secret(settingIn(texts, 'STRIPE_SECRET_KEY')),
  publishable_key: settingIn(texts, 'STRIPE_PUBLISHABLE_KEY'),
  webhook_secrets: readListed(settingIn(texts, 'STRIPE_WEBHOOK_SECRET')).map(
    (text) => new Secret(text),
  ),
  api_base: settingIn(texts, 'STRIPE_API_BASE'),
})

const live_key = /^(?:sk|rk|pk)_live_/

/** Test and live are two worlds: what one says must never be believed in the other. */
export const isLive = ({ secret_key }: StripeConfig): boolean => live_key.test(secret_key.reveal())

/** A browser with the key of the other world would pay where the server does not look. */
export function stripeKeysProblem(texts: Readonly<Record<string, string>>): SettingProblem | null {
  const { STRIPE_SECRET_KEY: secret = '', STRIPE_PUBLISHABLE_KEY: publishable = '' } = texts
  if (live_key.test(secret) === live_key.test(publishable)) return null
  const [is, other] = live_key.test(publishable) ? ['live', 'test'] : ['test', 'live']
  const reason = `is a ${is} key, while STRIPE_SECRET_KEY is a ${other} key: take both of one mode`
  return { name: 'STRIPE_PUBLISHABLE_KEY', reason }
}
