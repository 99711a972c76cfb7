// Child processes of the benchmark: helpers that answer over IPC, parts of Onhand itself, and
// what the kernel says about either.
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { heap_bounds } from '#src/app/children.ts'

const root = path.resolve(import.meta.dirname, '..')

/** Asks one thing after the other; each answer comes before the next question. */
export type Asked<Job, Result> = {
  ask(job: Job): Promise<Result>
  stop(): void
}

export function startHelper<Job extends object, Result>(file: string): Asked<Job, Result> {
  const child = fork(path.join(import.meta.dirname, file), {
    stdio: ['ignore', 'inherit', 2, 'ipc'],
  })
  const ask = (job: Job): Promise<Result> =>
    new Promise((resolve, reject) => {
      const onExit = (): void => reject(new Error(`${file} has ended`))
      child.once('exit', onExit)
      child.once('message', (message: { result?: Result; error?: string }) => {
        child.off('exit', onExit)
        if (message.error !== undefined) reject(new Error(`${file}: ${message.error}`))
        else resolve(message.result!)
      })
      child.send(job)
    })
  return { ask, stop: () => child.disconnect() }
}

export type Part = {
  readonly pid: number
  /** From the start of the process to the line that says it is ready. */
  readonly ready_ms: number
  stop(): Promise<void>
}

export type PartOptions = {
  readonly env: Readonly<Record<string, string>>
  /** For profiles: flags of Node itself. */
  readonly node_flags?: readonly string[]
}

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve()
    else child.once('exit', () => resolve())
  })

/** `npm start -- --web` or `--worker`, as a process of its own. */
export async function startPart(
  name: 'web' | 'worker',
  { env, node_flags = [] }: PartOptions,
): Promise<Part> {
  const started = performance.now()
  // As `npm start` runs it.
  const args = [...heap_bounds, ...node_flags, path.join(root, 'src/main.ts'), `--${name}`]
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise<void>((resolve, reject) => {
    let said = ''
    child.stdout.on('data', (bytes: Buffer) => {
      said += bytes.toString()
      if (/is ready/.test(said)) resolve()
      // Errors of its log are worth stopping for; a refused request is counted where it was sent.
      if (bytes.includes('"level":"error"')) process.stderr.write(bytes)
    })
    child.once('exit', () => reject(new Error(`${name} did not start: ${said}`)))
  })
  const ready_ms = performance.now() - started
  return {
    pid: child.pid!,
    ready_ms,
    stop: async () => {
      child.kill('SIGTERM')
      await ended(child)
    },
  }
}

const readProc = (file: string): string | null => {
  try {
    return readFileSync(`/proc/${file}`, 'utf8')
  } catch {
    return null
  }
}

/** Resident memory in megabytes; null where there is no /proc. */
export function rssMb(pid: number): number | null {
  const found = /VmRSS:\s+(\d+) kB/.exec(readProc(`${pid}/status`) ?? '')
  return found ? Number(found[1]) / 1024 : null
}

const tick_ms = 10

/** User and system time of one process so far; 0 where there is no /proc. */
function cpuOne(pid: number): number {
  const stat = readProc(`${pid}/stat`)
  if (stat === null) return 0
  // The name in parentheses may hold anything; what follows it is numbered.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * tick_ms
}

/** The same with all processes it has started. */
export function cpuMs(pid: number, with_children: boolean): number {
  if (!with_children) return cpuOne(pid)
  const children = (readProc(`${pid}/task/${pid}/children`) ?? '').trim().split(' ')
  return cpuOne(pid) + children.reduce((sum, child) => sum + cpuOne(Number(child)), 0)
}

/** Asks until it is true; @throws when that takes too long */
export async function until(
  what: string,
  ms_max: number,
  look: () => Promise<boolean>,
): Promise<void> {
  const end = performance.now() + ms_max
  while (!(await look())) {
    if (performance.now() > end) throw new Error(`waited ${ms_max} ms in vain for: ${what}`)
    await pause(50)
  }
}
