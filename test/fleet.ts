// The shop as `npm run prove` attacks it: two web servers and two workers, each a process of its
// own, on one database. Under `npm test` the same attacks run against servers in the test itself.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { Timings } from '#src/checkout/checkout.ts'
import { atEnd } from './cleanup.ts'
import type { ShopProcess } from './crash/shop-process.ts'
import type { MovableClock } from './movable-clock.ts'

export const is_fleet_wanted = process.env['PROVE_FLEET'] === 'yes'

const file = path.join(import.meta.dirname, 'crash/shop-process.ts')

export type FleetOptions = Pick<
  ShopProcess,
  'database_url' | 'public_url' | 'secret_key' | 'simulators'
> & {
  readonly timings: Timings
  readonly ports: readonly number[]
  readonly workers: number
  readonly clock: MovableClock | null
}

export type FleetMember = {
  readonly part: ShopProcess['part']
  readonly pid: number
  /** Moves the clock of this process alone. */
  setAhead(ahead_ms: number): Promise<void>
}

export async function startFleet(options: FleetOptions): Promise<FleetMember[]> {
  const { ports, workers, clock, ...common } = options
  const start = async (part: ShopProcess['part'], port: number): Promise<FleetMember> => {
    const own = { part, port, serves: 'everything', smtp_url: null } as const
    const given: ShopProcess = { ...common, ...own, ahead_ms: 0, kill: null }
    const env = { ...process.env, SHOP_PROCESS: JSON.stringify(given) }
    const child = fork(file, { env, execArgv: ['--disable-warning=ExperimentalWarning'] })
    const ended = once(child, 'exit')
    atEnd(async () => {
      child.kill('SIGKILL')
      await ended
    })
    const [ready] = (await Promise.race([once(child, 'message'), ended])) as [unknown]
    if (ready !== 'ready') throw new Error(`a ${part} did not start: ${String(ready)}`)
    const setAhead = async (ahead_ms: number): Promise<void> => {
      const moved = once(child, 'message')
      child.send({ ahead_ms })
      await moved
    }
    clock?.follow(setAhead)
    return { part, pid: child.pid!, setAhead }
  }
  return Promise.all([
    ...ports.map((port) => start('web', port)),
    ...Array.from({ length: workers }, () => start('worker', 0)),
  ])
}
