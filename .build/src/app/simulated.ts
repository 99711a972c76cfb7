// Outside systems for which no keys are set are played by simulators on this machine. Their
// ports and keys are kept in DATA_DIR, so that all processes of a shop agree on them.
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { writePrivate } from './data-dir.ts'
import { freePort } from './embedded-postgres.ts'
import type { Config } from './settings.ts'

export const simulated_systems = ['Stripe', 'Razorpay', 'EasyPost'] as const
export type SimulatedSystem = (typeof simulated_systems)[number]

export type Simulated = {
  readonly port: number
  /** Settings as the owner of an account would have them. */
  readonly texts: Readonly<Record<string, string>>
}
export type Simulators = Readonly<Partial<Record<SimulatedSystem, Simulated>>>

const random = (): string => randomBytes(18).toString('hex')

const keysOf: Record<SimulatedSystem, () => Record<string, string>> = {
  Stripe: () => ({
    STRIPE_SECRET_KEY: `sk_test_${random()}`,
    STRIPE_PUBLISHABLE_KEY: `pk_test_${random()}`,
    STRIPE_WEBHOOK_SECRET: `whsec_${random()}`,
  }),
  Razorpay: () => ({
    RAZORPAY_KEY_ID: `rzp_test_${random().slice(0, 14)}`,
    RAZORPAY_KEY_SECRET: random(),
    RAZORPAY_WEBHOOK_SECRET: random(),
  }),
  EasyPost: () => ({
    EASYPOST_API_KEY: `EZTK${random()}`,
    EASYPOST_WEBHOOK_SECRET: random(),
  }),
}
const base_setting: Record<SimulatedSystem, string> = {
  Stripe: 'STRIPE_API_BASE',
  Razorpay: 'RAZORPAY_API_BASE',
  EasyPost: 'EASYPOST_API_BASE',
}

const fileOf = (data_dir: string): string => path.join(data_dir, 'simulators.json')

export function readSimulators({ data_dir, configured }: Config): Simulators {
  const file = fileOf(data_dir)
  if (!existsSync(file)) return {}
  const stored = JSON.parse(readFileSync(file, 'utf8')) as Simulators
  const wanted = simulated_systems.filter((name) => !configured.has(name) && stored[name])
  return Object.fromEntries(wanted.map((name) => [name, stored[name]!]))
}

/** Chooses ports and keys, the same as last time where possible. */
export async function prepareSimulators(config: Config): Promise<Simulators> {
  const stored = readSimulators(config)
  const chosen: Partial<Record<SimulatedSystem, Simulated>> = {}
  for (const name of simulated_systems) {
    if (config.configured.has(name)) continue
    const port = await freePort(stored[name]?.port ?? 0)
    const texts = { ...(stored[name]?.texts ?? keysOf[name]()) }
    texts[base_setting[name]] = `http://127.0.0.1:${port}`
    chosen[name] = { port, texts }
  }
  writePrivate(fileOf(config.data_dir), JSON.stringify(chosen))
  return chosen
}

/** The texts a plug-in is made from: those of its owner, else those of its simulator. */
export function textsFor(
  name: SimulatedSystem,
  config: Config,
  simulators: Simulators,
): Readonly<Record<string, string>> | null {
  if (config.configured.has(name)) return config.texts
  const simulated = simulators[name]
  return simulated ? { ...config.texts, ...simulated.texts } : null
}
