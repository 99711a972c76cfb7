// The process that plays the outside systems. It knows nothing of Onhand but where to send
// webhooks, and keeps its state in DATA_DIR.
import path from 'node:path'
import type { SimulatorOptions, SimulatorServer } from '../lib/simulator.ts'
import type { Config } from './settings.ts'
import { readSimulators, type Simulated, type SimulatedSystem } from './simulated.ts'

type Start = (
  options: SimulatorOptions,
  texts: Simulated['texts'],
  config: Config,
) => Promise<SimulatorServer>

const starts: Record<SimulatedSystem, Start> = {
  Stripe: async (options, texts) => {
    const { startStripeSimulator } = await import('../../plugins/payments-stripe/simulator.ts')
    return startStripeSimulator({
      ...options,
      secret_key: texts['STRIPE_SECRET_KEY']!,
      publishable_key: texts['STRIPE_PUBLISHABLE_KEY']!,
      webhook_secret: texts['STRIPE_WEBHOOK_SECRET']!,
    })
  },
  Razorpay: async (options, texts) => {
    const { startRazorpaySimulator } = await import('../../plugins/payments-razorpay/simulator.ts')
    return startRazorpaySimulator({
      ...options,
      key_id: texts['RAZORPAY_KEY_ID']!,
      key_secret: texts['RAZORPAY_KEY_SECRET']!,
      webhook_secret: texts['RAZORPAY_WEBHOOK_SECRET']!,
    })
  },
  EasyPost: async (options, texts, config) => {
    const { startEasypostSimulator } = await import('../../plugins/shipping-easypost/simulator.ts')
    return startEasypostSimulator({
      ...options,
      api_key: texts['EASYPOST_API_KEY']!,
      webhook_secret: texts['EASYPOST_WEBHOOK_SECRET']!,
      scan_interval_ms: config.simulator_scan_ms,
    })
  },
}

/** `web_url` is where the web server of this shop listens. */
export async function runSimulators(config: Config, web_url: string): Promise<() => Promise<void>> {
  const running: SimulatorServer[] = []
  for (const [name, { port, texts }] of Object.entries(readSimulators(config))) {
    const system = name.toLowerCase()
    const options = {
      port,
      webhook_url: `${web_url}/hooks/${system}`,
      state_file: path.join(config.data_dir, `simulator-${system}.jsonl`),
    }
    running.push(await starts[name as SimulatedSystem](options, texts, config))
  }
  return async () => {
    await Promise.all(running.map((server) => server.close()))
  }
}
