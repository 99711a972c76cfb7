// What a shop must tell us to use Razorpay.
import assert from 'node:assert/strict'
import { Secret } from '#src/lib/secret.ts'
import type { Setting } from '#src/lib/settings.ts'

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

const listed = (text: string): string[] => text.split(',').map((part) => part.trim())

function checkBase(text: string): string | null {
  const url = URL.parse(text)
  if (!url) return 'is not an address'
  if (url.username || url.password || url.search || url.hash || !/^https?:\/\/[^/]+$/.test(text)) {
    return 'must have the form https://host, without a slash at the end'
  }
  const loopback = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)
  const safe = url.protocol === 'https:' || (url.protocol === 'http:' && loopback)
  return safe ? null : 'must begin with https://'
}

export const razorpay_settings: readonly Setting[] = [
  {
    name: 'RAZORPAY_KEY_ID',
    describe: 'Key id of the Razorpay account, given to the browser; it decides test or live',
    secret: false,
    fallback: null,
    check: (text) =>
      /^rzp_(?:test|live)_[A-Za-z0-9]{8,40}$/.test(text)
        ? null
        : 'must begin with rzp_test_ or rzp_live_',
  },
  {
    name: 'RAZORPAY_KEY_SECRET',
    describe: 'Secret that belongs to the key id',
    secret: true,
    fallback: null,
    check: (text) => (/^[!-~]{8,100}$/.test(text) ? null : 'must be 8 to 100 printable characters'),
  },
  {
    name: 'RAZORPAY_WEBHOOK_SECRET',
    describe: 'Secret of the webhook; the old one too, with a comma, for a day after a change',
    secret: true,
    fallback: null,
    check: (text) =>
      listed(text).length <= 4 && listed(text).every((one) => /^[!-~]{8,100}$/.test(one))
        ? null
        : 'must be one to four secrets of 8 to 100 characters, with commas between them',
  },
  {
    name: 'RAZORPAY_API_BASE',
    describe: 'Where the API is; http only on this machine, for the simulator',
    secret: false,
    fallback: 'https://api.razorpay.com',
    check: checkBase,
  },
  {
    name: 'RAZORPAY_VOID',
    describe: 'What a cancel does with reserved money: refund (capture, refund in full) or lapse',
    secret: false,
    fallback: 'refund',
    check: (text) => (['refund', 'lapse'].includes(text) ? null : 'must be refund or lapse'),
  },
]

/** From the texts of all `razorpay_settings` by name, each of which has passed its check. */
export function readRazorpayConfig(texts: Readonly<Record<string, string>>): RazorpayConfig {
  const value = (name: string): string => {
    const text = texts[name]
    assert(text !== undefined, `${name} is not set`)
    return text
  }
  return {
    key_id: value('RAZORPAY_KEY_ID'),
    key_secret: new Secret(value('RAZORPAY_KEY_SECRET')),
    webhook_secrets: listed(value('RAZORPAY_WEBHOOK_SECRET')).map((text) => new Secret(text)),
    api_base: value('RAZORPAY_API_BASE'),
    void: value('RAZORPAY_VOID') === 'lapse' ? 'lapse' : 'refund',
  }
}
