// Child processes of `npm start`: started, started again when they die, stopped in order.
import { type ChildProcess, fork } from 'node:child_process'
import type { FromPart, PartName, ToPart } from './parts.ts'
import { pause } from './postmaster.ts'
import { StartError } from './start-error.ts'

export type ChildOptions = {
  readonly name: PartName
  /** The program that is run with `--<name>`. */
  readonly main: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Settles when everything that it needs is there. */
  readonly prepared: Promise<unknown>
  readonly say: (text: string) => void
}
export type Child = {
  readonly pid: () => number | undefined
  /** What it tells about itself when it is up for the first time. */
  readonly ready: Promise<{ readonly url: string | null }>
  /** Asks it to end; kills it when it takes longer. */
  stop(wait_ms: number): Promise<void>
  kill(): void
}

const pause_ms_min = 250
const pause_ms_max = 10_000
/** Whoever has lived this long starts again with the short pause. */
const healthy_ms = 30_000

function tell(child: ChildProcess, message: ToPart): void {
  // It may end at this moment: then there is nobody to tell.
  if (child.connected) child.send(message, () => {})
}

// V8 sizes its heap by the memory of the machine and then collects late: under load a web process
// grew to 335 MB. With these bounds it stays below 250 MB. Half as much for young objects costs an
// order a tenth more of the processor: what is under way survives, and is copied more often.
export const heap_bounds = ['--max-semi-space-size=24', '--max-old-space-size=512']

const forkPart = ({ name, main, environment }: ChildOptions): ChildProcess =>
  fork(main, [`--${name}`], {
    env: { ...environment },
    execArgv: heap_bounds,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })

export function startChild(options: ChildOptions): Child {
  const { name, prepared, say } = options
  let child: ChildProcess | null = null
  let stopping = false
  let was_ready = false
  let pause_ms = pause_ms_min
  let timer: NodeJS.Timeout | undefined
  let ended = Promise.resolve()
  const ready = Promise.withResolvers<{ url: string | null }>()
  // Somebody may stop us before anybody waits for it.
  ready.promise.catch(() => {})

  const launch = (): void => {
    const started_at = performance.now()
    const one = forkPart(options)
    child = one
    prepared.then(
      () => tell(one, { kind: 'go' }),
      () => {},
    )
    let reason: string | null = null
    one.on('message', (message: FromPart) => {
      if (message.kind === 'failed') reason = message.message
      if (message.kind !== 'ready') return
      was_ready = true
      ready.resolve({ url: message.url })
    })
    ended = new Promise((resolve) => {
      const end = (how: string): void => {
        if (child !== one) return
        child = null
        resolve()
        if (stopping) return
        if (!was_ready) {
          ready.reject(new StartError(reason ?? `The ${name} process ended at its start (${how}).`))
          return
        }
        if (performance.now() - started_at > healthy_ms) pause_ms = pause_ms_min
        say(`The ${name} process ended (${reason ?? how}); it is started again.`)
        timer = setTimeout(launch, pause_ms)
        pause_ms = Math.min(pause_ms * 2, pause_ms_max)
      }
      one.once('error', (error) => end(error.message))
      one.once('exit', (code, signal) => end(String(signal ?? code)))
    })
  }
  launch()
  const kill = (): void => {
    stopping = true
    clearTimeout(timer)
    child?.kill('SIGKILL')
  }
  return {
    pid: () => child?.pid,
    ready: ready.promise,
    kill,
    stop: async (wait_ms) => {
      stopping = true
      clearTimeout(timer)
      if (!child) return
      tell(child, { kind: 'stop' })
      const late = new AbortController()
      const waited = pause(wait_ms, late.signal).then(kill, () => {})
      await ended
      late.abort()
      await waited
    },
  }
}
