// What a shop must tell us to use Stripe.
import { Secret } from '#src/lib/secret.ts'
import {
  checkApiBase,
  eachMatches,
  matches,
  openSetting,
  readListed,
  type Setting,
  secretSetting,
  settingIn,
} from '#src/lib/settings.ts'

export const stripe_settings: readonly Setting[] = [
  secretSetting(
    'STRIPE_SECRET_KEY',
    'Secret or restricted key of the Stripe account; its prefix decides test or live',
    matches(
      /^(?:sk|rk)_(?:test|live)_[A-Za-z0-9_]{8,}$/,
      'must begin with sk_test_, sk_live_ or rk_',
    ),
  ),
  openSetting(
    'STRIPE_PUBLISHABLE_KEY',
    null,
    'Publishable key, given to the browser; of the same mode as the secret key',
    matches(/^pk_(?:test|live)_[A-Za-z0-9_]{8,}$/, 'must begin with pk_test_ or pk_live_'),
  ),
  secretSetting(
    'STRIPE_WEBHOOK_SECRET',
    'Signing secret of the webhook endpoint; two, with a comma, while it is rolled',
    eachMatches(
      /^whsec_[A-Za-z0-9_+/=-]{8,}$/,
      'must be one to four secrets that begin with whsec_, with commas between them',
    ),
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

/** Test and live are two worlds: what one says must never be believed in the other. */
export const isLive = ({ secret_key }: StripeConfig): boolean =>
  /^(?:sk|rk)_live_/.test(secret_key.reveal())
