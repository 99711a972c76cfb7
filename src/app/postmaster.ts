// Finding, starting and stopping the server process of PostgreSQL (the postmaster).
import { execFileSync, spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { PostgresPlace } from './postgres-place.ts'

/** False also for a process that ended and was not collected by its parent yet. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM'
  }
  const stat = `/proc/${pid}/stat`
  if (!existsSync(stat)) return true
  try {
    return !/\) [ZX]/.test(readFileSync(stat, 'latin1'))
  } catch {
    return false
  }
}

/** After a restart of the machine the number may belong to any other program. */
function isPostmasterOf(pid: number, data: string): boolean {
  try {
    const command = existsSync(`/proc/${pid}/cmdline`)
      ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      : execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
    return command.includes(data)
  } catch {
    return false
  }
}

export type Postmaster = { readonly pid: number; readonly port: number }

/** The one that runs on this data, or null. The rest of one that is gone is cleared away. */
export function findPostmaster({ data }: PostgresPlace): Postmaster | null {
  const file = path.join(data, 'postmaster.pid')
  if (!existsSync(file)) return null
  const lines = readFileSync(file, 'utf8').split('\n')
  const [pid, port] = [Number(lines[0]), Number(lines[3])]
  // A dead one's file is handled by PostgreSQL itself, which also looks for its children.
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return null
  if (!isPostmasterOf(pid, data)) {
    rmSync(file)
    return null
  }
  return { pid, port }
}

const log_bytes_max = 10 * 1024 * 1024

/** Its own log holds neither statements nor values. */
const options = (port: number, more: Readonly<Record<string, string>>): string[] =>
  Object.entries({
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: '256MB',
    max_wal_size: '2GB',
    jit: 'off',
    // To start helpers costs more than all that a shop asks; they would take them from buyers.
    max_parallel_workers_per_gather: '0',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_min_messages: 'warning',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    ...more,
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`])

/** The environment of the person at the terminal is none of its business. */
export const postgres_env = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' }

/**
 * In a process group of its own: the terminal's Ctrl-C goes to all processes of a group, and the
 * database must be the last to stop.
 */
export function startPostmaster(
  { bin, data, home, user }: PostgresPlace,
  port: number,
  more: Readonly<Record<string, string>>,
): Postmaster {
  const log_file = path.join(home, 'server.log')
  if (existsSync(log_file) && statSync(log_file).size > log_bytes_max) rmSync(log_file)
  const log = openSync(log_file, 'a', 0o600)
  const child = spawn(bin.postgres, ['-D', data, ...options(port, more)], {
    cwd: home,
    detached: true,
    stdio: ['ignore', log, log],
    env: postgres_env,
    ...(user ?? {}),
  })
  closeSync(log)
  // What went wrong is found out by whoever waits for the port.
  child.on('error', () => {})
  child.unref()
  return { pid: child.pid ?? 0, port }
}

/** Rejects when the signal aborts it. */
export const pause = (ms: number, signal?: AbortSignal): Promise<void> =>
  setTimeout(ms, undefined, signal ? { signal } : {})

async function isGone(pid: number, wait_ms: number): Promise<boolean> {
  const until = performance.now() + wait_ms
  while (isAlive(pid)) {
    if (performance.now() > until) return false
    await pause(20)
  }
  return true
}

/** Fast: rolls back what is open and writes everything down. At worst without writing down. */
export async function stopPostmaster({ pid }: Postmaster): Promise<void> {
  for (const [signal, wait_ms] of [
    ['SIGINT', 20_000],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 2_000],
  ] as const) {
    try {
      process.kill(pid, signal)
    } catch {
      return
    }
    if (await isGone(pid, wait_ms)) return
  }
}
