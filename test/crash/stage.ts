// A shop whose web servers and workers are processes of their own, killed again and again while
// shoppers and staff go on. The simulators live in the process of the test and remember.
import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type SmtpSimulator, startSmtpSimulator } from '#plugins/mail-smtp/simulator.ts'
import { snapshot } from '#src/db/transaction.ts'
import { testSecret } from '#test/app.ts'
import { readExceptions, readUnrest } from '#test/books.sql.ts'
import { atEnd } from '#test/cleanup.ts'
import { sizeOf, tellProof } from '#test/proof.ts'
import { calm } from '#test/races/crowd.ts'
import { shop_program } from '#test/shop-program.ts'
import {
  assertPromises,
  freePort,
  openWorld,
  until,
  type World,
  type WorldOptions,
} from '#test/world.ts'
import type { KillPoint } from './kill-point.ts'
import type { Served, ShopProcess } from './shop-process.ts'

const hits_wanted = sizeOf('CRASH_HITS', 1)
/** `npm run prove` kills at each place, `npm test` at every third one. */
const every = sizeOf('CRASH_EVERY', 3)
const patience_ms = 360_000
/**
 * From the last kill until nothing waits any more: 26 seconds were seen at most, at load 10. Sooner
 * than a look after effects whose job was lost: that mends what should not need it.
 */
const heals_within_ms = 45_000

/** Waits for a condition. Many do so at once, so none of them asks too often. */
export const patiently = <T>(
  what: string,
  look: () => Promise<T | null | undefined | false>,
): Promise<T> => until(what, look, patience_ms, 100)

export type Place = Omit<KillPoint, 'nth'>
export const at = (
  name: string,
  moment: `${KillPoint['when']} ${KillPoint['of']}`,
  ...match: KillPoint['match']
): Place => {
  const [when, of] = moment.split(' ') as [KillPoint['when'], KillPoint['of']]
  return { name, when, of, match }
}

/** Web servers at one address, or workers: one at a time. */
export type Part = {
  /** Takes the place of the one that runs, if any. */
  start(): Promise<void>
  /** What the one that runs has compiled, all that come after it find. */
  keepCompiled(): Promise<void>
  /** Kills it at each place, as often as wanted; then one goes on that nobody kills. */
  killAt(places: readonly Place[]): Promise<void>
}
/** The shop behind an address of its own, so that it is known who comes in there. */
export type Door = Part & { readonly world: World }

export type Stage = {
  readonly world: World
  readonly mail_server: Pick<SmtpSimulator, 'mails' | 'disturb'>
  readonly worker: Part
  /** For shoppers and webhooks. */
  readonly front: Door
  openDoor(...serves: readonly Served[]): Promise<Door>
  /** For the report: where processes were killed, and how often. */
  toll(): string
  /** Does it and what follows, and keeps what was compiled for that. */
  warmUp<T>(act: () => Promise<T>): Promise<T>
  /** Everything comes to rest, and all promises are kept. */
  rest(): Promise<void>
}

type Running = { readonly ended: Promise<NodeJS.Signals | null>; readonly child: ChildProcess }

type Common = Pick<ShopProcess, 'database_url' | 'secret_key' | 'simulators' | 'smtp_url'>
type Own = Omit<ShopProcess, keyof Common | 'port' | 'timings'>

function openProcesses(common: Common & Pick<ShopProcess, 'timings'>) {
  const compile_cache = mkdtempSync(path.join(tmpdir(), 'onhand-crash-'))
  let is_over = false
  const all = new Set<Running>()
  atEnd(async () => {
    is_over = true
    for (const { child } of all) child.kill('SIGKILL')
    await Promise.all([...all].map(({ ended }) => ended))
    rmSync(compile_cache, { recursive: true, force: true })
  })
  return async (own: Own): Promise<Running> => {
    assert(!is_over, 'the test is over')
    const port = Number(new URL(own.public_url).port)
    const given: ShopProcess = { ...common, ...own, port }
    const env = {
      ...process.env,
      SHOP_PROCESS: JSON.stringify(given),
      NODE_COMPILE_CACHE: compile_cache,
    }
    const child = fork(shop_program, { env, execArgv: ['--disable-warning=ExperimentalWarning'] })
    const ended = once(child, 'exit').then(([, signal]) => signal as NodeJS.Signals | null)
    const running = { child, ended }
    all.add(running)
    void ended.then(() => all.delete(running))
    // One that dies while it comes up is looked at by whoever waits for its end.
    await Promise.race([once(child, 'message'), ended])
    return running
  }
}

export async function openStage(options: WorldOptions): Promise<Stage> {
  const goods = [{ sku: 'MUG', price: '10.00', stock: 100_000 }]
  const world = await openWorld({ goods, worker: false, serve: false, ...options })
  const smtp = await startSmtpSimulator({ port: 0, sign_in: null, message_bytes_max: 2_000_000 })
  atEnd(() => smtp.close())
  const { stripe, razorpay, easypost } = world.simulators
  const startProcess = openProcesses({
    database_url: world.database_url,
    secret_key: testSecret.reveal(),
    simulators: { stripe: stripe.url, razorpay: razorpay.url, easypost: easypost.url },
    smtp_url: smtp.url,
    timings: world.app.desk.timings,
  })
  const hits = new Map<string, number>()
  let last_kill_at = 0
  /** Also what never came to rest: the file that failed is counted as a violation of its places. */
  const tellHits = (healed_ms: number): void => {
    const file = path.basename(process.argv[1] ?? '')
    for (const [point, times] of hits) {
      tellProof({ about: 'crash', file, point, hits: times, healed_ms })
    }
    hits.clear()
  }
  atEnd(() => tellHits(performance.now() - last_kill_at))

  const openPart = (given: Pick<ShopProcess, 'part' | 'serves' | 'public_url'>): Part => {
    let current: Running | null = null
    const start = async (kill: KillPoint | null = null): Promise<Running> => {
      current?.child.kill('SIGKILL')
      await current?.ended
      current = await startProcess({ ...given, ahead_ms: 0, kill })
      return current
    }
    const killAt = async (places: readonly Place[]): Promise<void> => {
      for (let round = 0; round < hits_wanted; round++) {
        for (const place of places.filter((_, i) => i % every === 0)) {
          const running = await start({ ...place, nth: 1 + (round % 2) })
          await untilKilled(world, running, place.name)
          last_kill_at = performance.now()
          hits.set(place.name, (hits.get(place.name) ?? 0) + 1)
        }
      }
      // Whoever still waits for something else to happen counts on this part.
      await start()
    }
    const keepCompiled = async (): Promise<void> => {
      const kept = once(current!.child, 'message')
      current!.child.send('keep')
      await kept
    }
    return { start: async () => void (await start()), keepCompiled, killAt }
  }
  const openDoor = (serves: ShopProcess['serves'], url: string): Door => ({
    ...openPart({ part: 'web', serves, public_url: url }),
    world: { ...world, url },
  })
  const worker = openPart({ part: 'worker', serves: [], public_url: world.url })
  const front = openDoor(['store', 'hooks'], world.url)
  await Promise.all([worker.start(), front.start()])
  return {
    world,
    mail_server: smtp,
    worker,
    front,
    openDoor: async (...serves) => openDoor(serves, `http://127.0.0.1:${await freePort()}`),
    toll: () => `${hits.size} places, each hit ${Math.min(...hits.values())} times or more`,
    warmUp: async (act) => {
      const made = await act()
      await calm(world, patience_ms)
      await Promise.all([worker.keepCompiled(), front.keepCompiled()])
      return made
    },
    rest: async () => {
      await calm(world, patience_ms)
      await stripe.settled()
      await razorpay.settled()
      await calm(world, patience_ms)
      if (hits.size > 0) {
        const healed_ms = performance.now() - last_kill_at
        tellHits(healed_ms)
        assert(healed_ms < heals_within_ms, `healed only after ${Math.round(healed_ms)} ms`)
      }
      assert.deepEqual(await snapshot(world.db, readExceptions), [])
      await assertPromises(world)
    },
  }
}

async function untilKilled(world: World, { child, ended }: Running, name: string): Promise<void> {
  let in_vain = false
  const timer = setTimeout(() => {
    in_vain = true
    child.kill('SIGKILL')
  }, patience_ms)
  assert.equal(await ended, 'SIGKILL', `${name}: it ended by itself`)
  clearTimeout(timer)
  if (!in_vain) return
  const unrest = await snapshot(world.db, readUnrest)
  assert.fail(`never reached: ${name}; waiting: ${JSON.stringify(unrest)}`)
}

/** Does this again and again, so many at once, for as long as `body` runs: what came of each. */
export async function underLoad<T>(
  act: () => Promise<T>,
  at_once: number,
  body: () => Promise<unknown>,
): Promise<T[]> {
  const made: T[] = []
  let stopped = false
  const load = Promise.all(
    Array.from({ length: at_once }, async () => {
      while (!stopped) made.push(await act())
    }),
  )
  try {
    await Promise.race([body(), load])
  } finally {
    stopped = true
  }
  await load
  return made
}
