// The outside systems, in a process of their own: Stripe answers after the given time.
import { startStripeSimulator } from '#plugins/payments-stripe/simulator.ts'
import { startEasypostSimulator } from '#plugins/shipping-easypost/simulator.ts'
import { type Outside, type OutsideJob, outside_keys } from './jobs.ts'

async function start({ web_url, stripe_latency_ms }: OutsideJob): Promise<Outside> {
  const options = { port: 0, state_file: null }
  const stripe = await startStripeSimulator({
    ...options,
    webhook_url: `${web_url}/hooks/stripe`,
    secret_key: outside_keys.STRIPE_SECRET_KEY,
    publishable_key: outside_keys.STRIPE_PUBLISHABLE_KEY,
    webhook_secret: outside_keys.STRIPE_WEBHOOK_SECRET,
  })
  stripe.faults.latency_ms = stripe_latency_ms
  const easypost = await startEasypostSimulator({
    ...options,
    webhook_url: `${web_url}/hooks/easypost`,
    api_key: outside_keys.EASYPOST_API_KEY,
    webhook_secret: outside_keys.EASYPOST_WEBHOOK_SECRET,
    scan_interval_ms: null,
  })
  return { stripe_url: stripe.url, easypost_url: easypost.url }
}

process.on('message', (job: OutsideJob) => {
  start(job).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  )
})
process.on('disconnect', () => process.exit(0))
