// All simulators of outside systems, as tests run them.
import { startRazorpaySimulator } from '#plugins/payments-razorpay/simulator.ts'
import { startStripeSimulator } from '#plugins/payments-stripe/simulator.ts'
import { startEasypostSimulator } from '#plugins/shipping-easypost/simulator.ts'
import type { Clock } from '#src/lib/clock.ts'
import {
  easypost_hook,
  easypost_key,
  razorpay_hook,
  razorpay_keys,
  stripe_hook,
  stripe_keys,
} from './plugins.ts'

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
