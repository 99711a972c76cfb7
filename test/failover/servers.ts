// A primary and a synchronous standby, each a PostgreSQL of its own on this machine.
import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { freePort } from '#src/app/embedded-postgres.ts'
import { findPostgresPlace, type PostgresPlace } from '#src/app/postgres-place.ts'
import {
  isAlive,
  type Postmaster,
  postgres_env,
  startPostmaster,
  stopPostmaster,
} from '#src/app/postmaster.ts'
import { atEnd } from '#test/cleanup.ts'
import { type CutLine, openCutLine } from '#test/outages/cut-line.ts'
import { until } from '#test/world.ts'

const user = 'onhand'
const password = 'only-for-this-test'
const standby_name = 'second'
// What a process has written outlives it without the disk too: `npm test` need not wait for it.
const speed: Readonly<Record<string, string>> = process.env['PROOF_FILE'] ? {} : { fsync: 'off' }

function openFolder(name: string): PostgresPlace {
  const data_dir = mkdtempSync(path.join(tmpdir(), `onhand-${name}-`))
  // The user of the database must be able to enter it.
  chmodSync(data_dir, 0o755)
  const place = findPostgresPlace(data_dir)
  atEnd(() => {
    rmSync(place.home, { recursive: true, force: true })
    rmSync(data_dir, { recursive: true, force: true })
  })
  return place
}

function makeCluster({ bin, data, home, user: owner }: PostgresPlace): void {
  const file = path.join(home, 'password')
  writeFileSync(file, password, { mode: 0o644 })
  const args = ['-D', data, '-U', user, '--auth=scram-sha-256', `--pwfile=${file}`, '--no-sync']
  args.push('--encoding=UTF8', '--locale=C', '--locale-provider=builtin')
  args.push('--builtin-locale=C.UTF-8', '--no-instructions')
  execFileSync(bin.initdb, args, { cwd: home, env: postgres_env, ...(owner ?? {}) })
}

/** The data of a server that does not run, as they lie: the cold copy. */
function copyCold(from: PostgresPlace, to: PostgresPlace): void {
  if (!to.user) return cpSync(from.data, to.data, { recursive: true })
  // A copy belongs to whoever makes it.
  execFileSync('cp', ['-R', from.data, to.data], { ...to.user })
}

function markStandby({ data, user: owner }: PostgresPlace): void {
  const file = path.join(data, 'standby.signal')
  writeFileSync(file, '')
  if (owner) chownSync(file, owner.uid, owner.gid)
}

export type Server = {
  readonly port: number
  /** One connection of a superuser, opened before anything goes wrong. */
  readonly root: pg.Client
  /** All of its processes at once, so that none has time for anything. */
  kill(): Promise<void>
  /** It keeps its connections and does not answer any more. */
  freeze(): Promise<void>
  thaw(): void
  promote(): Promise<void>
}

const urlOf = (ports: readonly number[], database: string): string =>
  `postgres://${user}:${password}@${ports.map((port) => `127.0.0.1:${port}`).join()}/${database}`

/** Null as long as it does not answer. */
async function connectRoot(port: number): Promise<pg.Client | null> {
  const root = new pg.Client({ connectionString: urlOf([port], 'postgres') })
  root.on('error', () => {})
  try {
    await root.connect()
    return root
  } catch {
    return null
  }
}

async function startServer(
  place: PostgresPlace,
  settings: Readonly<Record<string, string>>,
): Promise<Server> {
  const port = await freePort(0)
  const postmaster: Postmaster = startPostmaster(place, port, { ...speed, ...settings })
  atEnd(() => stopPostmaster(postmaster))
  const root = await until('a server', () => connectRoot(port))
  atEnd(() => root.end().catch(() => {}))
  // A postmaster that is stopped first starts no process that would be missed.
  const stopAll = async (): Promise<number[]> => {
    process.kill(postmaster.pid, 'SIGSTOP')
    const { rows } = await root.query<{ pid: number }>('select pid from pg_stat_activity')
    return [postmaster.pid, ...rows.map(({ pid }) => pid)]
  }
  const killAll = (pids: readonly number[]) => {
    // Some may have ended by themselves since.
    for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
    return until('the end of a server', async () => !isAlive(postmaster.pid))
  }
  let frozen: readonly number[] = []
  return {
    port,
    root,
    kill: async () => void (await killAll(await stopAll())),
    freeze: async () => {
      const pids = await stopAll()
      for (const pid of pids) process.kill(pid, 'SIGSTOP')
      frozen = pids
      atEnd(() => killAll(pids))
    },
    thaw: () => {
      for (const pid of frozen) if (isAlive(pid)) process.kill(pid, 'SIGCONT')
    },
    promote: async () => {
      await root.query('select pg_promote(wait => true, wait_seconds => 60)')
    },
  }
}

export type Servers = {
  readonly primary: Server
  readonly standby: Server
  /** What the standby hears the primary on. */
  readonly replication: CutLine
  /** A database on both, by the order in which the hosts are named. */
  url(...order: readonly Server[]): string
  /** Until all that was committed is on the standby too. */
  inStep(): Promise<void>
}

export async function openServers(): Promise<Servers> {
  const [first, second] = [openFolder('primary'), openFolder('standby')]
  makeCluster(first)
  copyCold(first, second)
  markStandby(second)
  const primary = await startServer(first, { wal_keep_size: '1GB' })
  const replication = await openCutLine(urlOf([primary.port], 'postgres'))
  atEnd(() => replication.close())
  const { port } = new URL(replication.url)
  const standby = await startServer(second, {
    primary_conninfo:
      `host=127.0.0.1 port=${port} user=${user} password=${password} ` +
      `application_name=${standby_name}`,
  })
  // From now on a commit is told to nobody before the standby has it on its disk.
  await primary.root.query(`alter system set synchronous_standby_names = '${standby_name}'`)
  await primary.root.query('select pg_reload_conf()')
  await until('a synchronous standby', async () => {
    const { rows } = await primary.root.query('select sync_state from pg_stat_replication')
    return rows[0]?.sync_state === 'sync'
  })
  await primary.root.query(`create database ${user}`)
  return {
    primary,
    standby,
    replication,
    url: (...order) =>
      urlOf(
        order.map((server) => server.port),
        user,
      ),
    inStep: async () => {
      const { rows } = await primary.root.query('select pg_current_wal_lsn() as at')
      await until('a standby in step', async () => {
        const ask = 'select pg_last_wal_replay_lsn() >= $1 as there'
        const answer = await standby.root.query(ask, [rows[0].at])
        return answer.rows[0].there
      })
    },
  }
}
