// The real plug-ins, against simulators wherever they run: in this process or in another one.
import { manualPayments } from '#plugins/payments-manual/manual.ts'
import { razorpayPayments } from '#plugins/payments-razorpay/razorpay.ts'
import { stripePayments } from '#plugins/payments-stripe/stripe.ts'
import { easypostShipping } from '#plugins/shipping-easypost/easypost.ts'
import type { Send } from '#src/lib/http-client.ts'
import { Secret } from '#src/lib/secret.ts'

export const stripe_keys = { secret_key: 'sk_test_world', publishable_key: 'pk_test_world' }
export const stripe_hook = 'whsec_world'
export const razorpay_keys = { key_id: 'rzp_test_world', key_secret: 'rzp_world_secret' }
export const razorpay_hook = 'rzp_world_hook'
export const easypost_key = 'EZTKworld'
export const easypost_hook = 'easypost_world'

export type SimulatorUrls = {
  readonly stripe: string
  readonly razorpay: string
  readonly easypost: string
}
export function openPlugins(urls: SimulatorUrls, send: Send) {
  const stripe = stripePayments(
    {
      secret_key: new Secret(stripe_keys.secret_key),
      publishable_key: stripe_keys.publishable_key,
      webhook_secrets: [new Secret(stripe_hook)],
      api_base: urls.stripe,
    },
    send,
  )
  const razorpay = razorpayPayments(
    {
      key_id: razorpay_keys.key_id,
      key_secret: new Secret(razorpay_keys.key_secret),
      webhook_secrets: [new Secret(razorpay_hook)],
      api_base: urls.razorpay,
      void: 'refund',
    },
    send,
  )
  const easypost = easypostShipping(
    {
      api_key: new Secret(easypost_key),
      webhook_secret: new Secret(easypost_hook),
      api_base: urls.easypost,
    },
    send,
  )
  const payments = [stripe, razorpay, manualPayments()]
  return {
    payments: new Map(payments.map((one) => [one.name, one])),
    shipping: new Map([[easypost.name, easypost]]),
  }
}
