// What a shop must tell us to use Razorpay.
import { Secret } from '../../src/lib/secret.ts'
import {
  checkApiBase,
  eachMatches,
  matches,
  openSetting,
  prefixed,
  readListed,
  type Setting,
  secretSetting,
  settingIn,
} from '../../src/lib/settings.ts'

export type RazorpayConfig = {
  /** `rzp_test_…` or `rzp_live_…`; public, the mode follows it. */
  readonly key_id: string
  readonly key_secret: Secret
  /** Older ones too: they still sign retries for a day after a change. */
  readonly webhook_secrets: readonly Secret[]
  readonly api_base: string
  /** What `cancel` does with money that is reserved: Razorpay has no void. */
  readonly void: 'refund' | 'lapse'
}

const secret = /^[!-~]{8,100}$/

export const razorpay_settings: readonly Setting[] = [
  openSetting(
    'RAZORPAY_KEY_ID',
    null,
    'Key id of the Razorpay account, given to the browser; it decides test or live',
    prefixed(/^rzp_(?:test|live)_/, 'rzp_test_ or rzp_live_', /^[A-Za-z0-9]{8,40}$/),
  ),
  secretSetting(
    'RAZORPAY_KEY_SECRET',
    'Secret that belongs to the key id',
    matches(secret, 'must be 8 to 100 printable characters'),
  ),
  secretSetting(
    'RAZORPAY_WEBHOOK_SECRET',
    'Secret of the webhook; the old one too, with a comma, for a day after a change',
    eachMatches(secret, 'must be one to four secrets of 8 to 100 characters, with commas between'),
  ),
  openSetting(
    'RAZORPAY_API_BASE',
    'https://api.razorpay.com',
    'Where the API is; http only on this machine, for the simulator',
    checkApiBase,
  ),
  openSetting(
    'RAZORPAY_VOID',
    'refund',
    'What a cancel does with reserved money: refund (capture, refund in full) or lapse',
    matches(/^(?:refund|lapse)$/, 'must be refund or lapse'),
  ),
]

export const readRazorpayConfig = (texts: Readonly<Record<string, string>>): RazorpayConfig => ({
  key_id: settingIn(texts, 'RAZORPAY_KEY_ID'),
  key_secret: new Secret(settingIn(texts, 'RAZORPAY_KEY_SECRET')),
  webhook_secrets: readListed(settingIn(texts, 'RAZORPAY_WEBHOOK_SECRET')).map(
    (text) => new Secret(text),
  ),
  api_base: settingIn(texts, 'RAZORPAY_API_BASE'),
  void: settingIn(texts, 'RAZORPAY_VOID') === 'lapse' ? 'lapse' : 'refund',
})
