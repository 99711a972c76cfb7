// The real plug-ins, against simulators wherever they run: of this process or of another one.
import { manualPayments } from '#plugins/payments-manual/manual.ts'
import { razorpayPayments } from '#plugins/payments-razorpay/razorpay.ts'
import { startRazorpaySimulator } from '#plugins/payments-razorpay/simulator.ts'
import { startStripeSimulator } from '#plugins/payments-stripe/simulator.ts'
import { stripePayments } from '#plugins/payments-stripe/stripe.ts'
import { easypostShipping } from '#plugins/shipping-easypost/easypost.ts'
import { startEasypostSimulator } from '#plugins/shipping-easypost/simulator.ts'
import type { Clock } from '#src/lib/clock.ts'
import type { Send } from '#src/lib/http-client.ts'
import { Secret } from '#src/lib/secret.ts'

const stripe_keys = { secret_key: 'sk_test_world', publishable_key: 'pk_test_world' }
const stripe_hook = 'whsec_world'
const razorpay_keys = { key_id: 'rzp_test_world', key_secret: 'rzp_world_secret' }
const razorpay_hook = 'rzp_world_hook'
const easypost_key = 'EZTKworld'
const easypost_hook = 'easypost_world'

export type SimulatorUrls = {
  readonly stripe: string
  readonly razorpay: string
  readonly easypost: string
}
type Simulating = { readonly scan_interval_ms: number | null; readonly clock: Clock }

/** All simulators, keeping their state in memory and sending webhooks to this address. */
export async function startSimulators(public_url: string, { scan_interval_ms, clock }: Simulating) {
  const common = (name: string) => ({
    port: 0,
    webhook_url: `${public_url}/hooks/${name}`,
    state_file: null,
  })
  return {
    stripe: await startStripeSimulator({
      ...common('stripe'),
      ...stripe_keys,
      webhook_secret: stripe_hook,
      refunds_settle_ms: 0,
      clock,
    }),
    razorpay: await startRazorpaySimulator({
      ...common('razorpay'),
      ...razorpay_keys,
      webhook_secret: razorpay_hook,
    }),
    easypost: await startEasypostSimulator({
      ...common('easypost'),
      api_key: easypost_key,
      webhook_secret: easypost_hook,
      scan_interval_ms,
    }),
  }
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
