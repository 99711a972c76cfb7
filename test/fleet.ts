// The shop as `npm run prove` attacks it: two web servers and two workers, each a process of its
// own, on one database. Under `npm test` the same attacks run against servers in the test itself.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Timings } from '#src/checkout/checkout.ts'
import { atEnd } from './cleanup.ts'
import type { Answered, ShopProcess, Told } from './crash/shop-process.ts'
import type { MovableClock } from './movable-clock.ts'
import { compiled_folder, shop_program } from './shop-program.ts'

export const is_fleet_wanted = process.env['PROVE_FLEET'] === 'yes'

export type FleetOptions = Pick<
  ShopProcess,
  'database_url' | 'public_url' | 'secret_key' | 'simulators'
> & {
  readonly timings: Timings
  readonly ports: readonly number[]
  readonly workers: number
  readonly clock: MovableClock | null
  /** Without one, mails stay in the mailbox. */
  readonly smtp_url?: string | null
}

export type FleetMember = {
  readonly part: ShopProcess['part']
  readonly pid: number
  /** For whoever waits in vain: whether it runs, or how it has ended. */
  readonly standing: string
  /** Moves the clock of this process alone. */
  setAhead(ahead_ms: number): Promise<void>
  /** Breaks one of its connections to the database, by a share below 1; false if it has none. */
  cut(share: number): Promise<boolean>
  /** Kills it with -9, and starts another one in its place. */
  replace(): Promise<void>
  /** Kills it with -9, and nobody comes after it. */
  kill(): Promise<void>
}

/** As often as somebody who looks after it starts one whose database is away. */
const starts_max = 20

/** One process of the shop, until it is ready; null when it has ended before that. */
async function tryToStart(given: ShopProcess): Promise<ChildProcess | null> {
  const env = {
    ...process.env,
    SHOP_PROCESS: JSON.stringify(given),
    NODE_COMPILE_CACHE: compiled_folder,
  }
  const child = fork(shop_program, { env, execArgv: ['--disable-warning=ExperimentalWarning'] })
  const ended = once(child, 'exit')
  atEnd(() => kill(child))
  const [ready] = (await Promise.race([once(child, 'message'), ended])) as [unknown]
  if (ready !== 'ready') return null
  // It will be killed, and then keeps nothing for those of the next file.
  await tell(child, 'keep')
  return child
}

/** One thing at a time for each process; false as well when it dies before it has answered. */
async function tell(child: ChildProcess, told: Told): Promise<boolean> {
  if (!child.connected) return false
  const answered = Promise.race([once(child, 'message'), once(child, 'exit')])
  child.send(told, () => {})
  const [answer] = (await answered) as [Answered | number | null]
  return typeof answer === 'object' && answer !== null && answer.is_done
}

async function startProcess(given: ShopProcess): Promise<ChildProcess> {
  for (let starts = 0; starts < starts_max; starts++) {
    const child = await tryToStart(given)
    if (child) return child
  }
  throw new Error(`a ${given.part} did not start`)
}

const standingOf = ({ pid, exitCode, signalCode }: ChildProcess): string =>
  `${pid} ${exitCode === null && signalCode === null ? 'runs' : `ended: ${exitCode ?? signalCode}`}`

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

async function startMember(given: ShopProcess): Promise<FleetMember> {
  let child = await startProcess(given)
  let ahead_ms = given.ahead_ms
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = (talk: () => Promise<boolean>): Promise<boolean> => {
    const talked = last.then(talk)
    last = talked
    return talked
  }
  return {
    part: given.part,
    get pid() {
      return child.pid!
    },
    get standing() {
      return `${given.part} ${standingOf(child)}`
    },
    setAhead: async (ahead) => {
      ahead_ms = ahead
      await inTurn(() => tell(child, { ahead_ms }))
    },
    cut: (share) => inTurn(() => tell(child, { cut: share })),
    replace: async () => {
      await kill(child)
      child = await startProcess({ ...given, ahead_ms })
    },
    kill: () => kill(child),
  }
}

export async function startFleet(options: FleetOptions): Promise<FleetMember[]> {
  const { ports, workers, clock, smtp_url = null, ...common } = options
  const start = async (part: ShopProcess['part'], port: number): Promise<FleetMember> => {
    const own = { part, port, serves: 'everything', smtp_url } as const
    const member = await startMember({ ...common, ...own, ahead_ms: 0, kill: null })
    clock?.follow(member.setAhead)
    return member
  }
  return Promise.all([
    ...ports.map((port) => start('web', port)),
    ...Array.from({ length: workers }, () => start('worker', 0)),
  ])
}
