// A real PostgreSQL from npm, for whoever has not set DATABASE_URL: made on the first run,
// reused afterwards, found again when its parent was killed.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import path from 'node:path'
import pg from 'pg'
import { findPostgresPlace, type PostgresPlace } from './postgres-place.ts'
import {
  findPostmaster,
  isAlive,
  type Postmaster,
  pause,
  postgres_env,
  startPostmaster,
  stopPostmaster,
} from './postmaster.ts'
import { StartError } from './start-error.ts'

export type EmbeddedOptions = {
  readonly data_dir: string
  /** Tells the person at the terminal. */
  readonly say: (text: string) => void
  /** Tests that do not look at crashes need not wait for the disk. */
  readonly durable: boolean
  /** Settings of the server beside ours, for measuring. */
  readonly settings?: Readonly<Record<string, string>>
}
export type EmbeddedPostgres = {
  readonly url: string
  readonly pid: () => number
  /** Where data and the server's own log are. */
  readonly home: string
  stop(): Promise<void>
}

const name = 'onhand'
const ready_ms = 60_000
const kept_ms = 2_000
const silent_ms = 10_000
const tries_max = 5
// Held by the process that looks after the server, for as long as it lives.
const keeper_lock = 623_441_975
const not_durable = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }

type Access = { readonly password: string; readonly port: number }

/** The wanted port when it is free, else any. */
export const freePort = (wanted: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error) =>
      wanted === 0 ? reject(error) : freePort(0).then(resolve, reject),
    )
    server.listen(wanted, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })

const addressOf = ({ password, port }: Access): string =>
  `postgres://${name}:${password}@127.0.0.1:${port}/${name}`

const accessFile = (data_dir: string): string => path.join(data_dir, 'postgres.json')

function writeAccess(data_dir: string, access: Access): void {
  const file = accessFile(data_dir)
  writeFileSync(`${file}.part`, JSON.stringify(access), { mode: 0o600 })
  renameSync(`${file}.part`, file)
}

function readAccess(data_dir: string, place: PostgresPlace): Access {
  const file = accessFile(data_dir)
  if (existsSync(file)) {
    try {
      const { password, port } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Access>
      if (typeof password === 'string' && typeof port === 'number') return { password, port }
    } catch {
      // Told below, together with a file that holds something else.
    }
  }
  if (existsSync(place.data)) {
    throw new StartError(
      `${file} is missing or damaged: it holds the password of the database in ${place.data}. ` +
        'Put it back from a backup, or move the database away to begin with an empty one.',
    )
  }
  const access = { password: randomBytes(24).toString('base64url'), port: 0 }
  writeAccess(data_dir, access)
  return access
}

const lastLines = (text: string): string => text.trim().split('\n').slice(-6).join('\n')

/** Into a folder beside, which gets its name when it is whole: a kill leaves no half database. */
async function makeCluster(place: PostgresPlace, password: string, durable: boolean) {
  const part = `${place.data}.part`
  const password_file = path.join(place.home, 'password.part')
  rmSync(part, { recursive: true, force: true })
  writeFileSync(password_file, `${password}\n`, { mode: 0o600 })
  if (place.user) chownSync(password_file, place.user.uid, place.user.gid)
  const args = ['-D', part, '-U', name, '--auth=scram-sha-256', `--pwfile=${password_file}`]
  args.push('--encoding=UTF8', '--locale=C', '--locale-provider=builtin')
  args.push('--builtin-locale=C.UTF-8', '--no-instructions', ...(durable ? [] : ['--no-sync']))
  const said: Buffer[] = []
  const code = await new Promise<number | string>((resolve) => {
    const child = spawn(place.bin.initdb, args, {
      cwd: place.home,
      env: postgres_env,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(place.user ?? {}),
    })
    child.stdout.on('data', (bytes: Buffer) => said.push(bytes))
    child.stderr.on('data', (bytes: Buffer) => said.push(bytes))
    child.once('error', (error) => resolve(error.message))
    child.once('close', (exit_code, signal) => resolve(exit_code ?? signal ?? 'unknown'))
  })
  rmSync(password_file, { force: true })
  if (code !== 0) {
    rmSync(part, { recursive: true, force: true })
    const output = lastLines(Buffer.concat(said).toString())
    throw new StartError(
      `PostgreSQL could not make its database in ${place.data} (initdb: ${code}).\n${output}\n` +
        'Set DATA_DIR to another folder, or DATABASE_URL to a PostgreSQL of yours.',
    )
  }
  renameSync(part, place.data)
}

const connect = async (access: Access, database: string): Promise<pg.Client> => {
  const { port, password } = access
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: name,
    password,
    database,
    application_name: 'onhand keeper',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  })
  client.on('error', () => {})
  await client.connect()
  return client
}

/** Null when the process ended before it answered, or does not answer at all. */
async function whenReady(
  postmaster: Postmaster,
  access: Access,
  wait_ms: number,
): Promise<pg.Client | null> {
  const until = performance.now() + wait_ms
  for (;;) {
    try {
      return await connect(access, 'postgres')
    } catch (error) {
      const { code } = error as { code?: string }
      if (code === '28P01') {
        throw new StartError('The stored password does not fit the embedded PostgreSQL.')
      }
      if (!isAlive(postmaster.pid) || performance.now() > until) return null
      await pause(25)
    }
  }
}

type Running = { postmaster: Postmaster; access: Access; keeper: pg.Client }

async function launch(
  place: PostgresPlace,
  access: Access,
  { data_dir, durable, settings = {} }: EmbeddedOptions,
): Promise<Running> {
  for (let tries = 1; ; tries++) {
    // The stored one again, unless another program has it now.
    const port = await freePort(access.port)
    const chosen = { ...access, port }
    if (port !== access.port) writeAccess(data_dir, chosen)
    const postmaster = startPostmaster(place, port, {
      ...(durable ? {} : not_durable),
      ...settings,
    })
    const keeper = await whenReady(postmaster, chosen, ready_ms)
    if (keeper) return { postmaster, access: chosen, keeper }
    await stopPostmaster(postmaster)
    if (tries < tries_max) {
      // The children of a server that was killed may need a moment to end.
      await pause(200 * tries)
      continue
    }
    const log_file = path.join(place.home, 'server.log')
    const log = existsSync(log_file) ? lastLines(readFileSync(log_file, 'utf8')) : ''
    throw new StartError(`The embedded PostgreSQL does not start.\n${log}\nSee ${log_file}`)
  }
}

/** One whose parent was killed goes on working; one that does not answer is stopped. */
async function adopt(place: PostgresPlace, access: Access): Promise<Running | null> {
  const postmaster = findPostmaster(place)
  if (!postmaster) return null
  const reached = { ...access, port: postmaster.port }
  const keeper = await whenReady(postmaster, reached, silent_ms)
  if (keeper) return { postmaster, access: reached, keeper }
  await stopPostmaster(postmaster)
  return null
}

/** Two copies of Onhand on one DATA_DIR would stop each other's database. */
async function keep(keeper: pg.Client, data_dir: string): Promise<void> {
  // A keeper that was killed a moment ago may still be there for the server.
  for (const until = performance.now() + kept_ms; performance.now() < until; await pause(50)) {
    const { rows } = await keeper.query<{ taken: boolean }>(
      'select pg_try_advisory_lock($1) as taken',
      [keeper_lock],
    )
    if (rows[0]?.taken) return
  }
  await keeper.end()
  throw new StartError(
    `Another Onhand runs with the data in ${data_dir}. Stop it, or start this one with another ` +
      'DATA_DIR and PORT.',
  )
}

async function createDatabase(keeper: pg.Client): Promise<void> {
  const { rowCount } = await keeper.query('select from pg_database where datname = $1', [name])
  if (!rowCount) await keeper.query(`create database ${name}`)
}

/** @throws StartError when it cannot run here, with what to do about it */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  mkdirSync(options.data_dir, { recursive: true })
  const data_dir = realpathSync(options.data_dir)
  const place = findPostgresPlace(data_dir)
  for (const note of place.notes) options.say(note)
  const access = readAccess(data_dir, place)
  if (!existsSync(place.data)) {
    options.say('Making the database, once …')
    await makeCluster(place, access.password, options.durable)
  }
  let running = (await adopt(place, access)) ?? (await launch(place, access, options))
  await keep(running.keeper, data_dir)
  await createDatabase(running.keeper)

  let stopping = false
  let watching: Promise<void> = Promise.resolve()
  // Whatever ends the server, it is started again on the same port, as often as needed.
  const revive = async (): Promise<void> => {
    try {
      const again = await launch(place, running.access, options)
      running = again
      await keep(again.keeper, data_dir)
    } catch (error) {
      options.say(error instanceof Error ? error.message : 'The database does not start again.')
    }
  }
  let reviving = false
  const watch = setInterval(() => {
    if (stopping || reviving || isAlive(running.postmaster.pid)) return
    reviving = true
    watching = revive().finally(() => {
      reviving = false
    })
  }, 250)
  watch.unref()

  return {
    url: addressOf(running.access),
    pid: () => running.postmaster.pid,
    home: place.home,
    stop: async () => {
      stopping = true
      clearInterval(watch)
      await watching
      await running.keeper.end().catch(() => {})
      await stopPostmaster(running.postmaster)
    },
  }
}

/** The address of the database that runs in this folder now, started by another process. */
export function findEmbeddedUrl(data_dir: string): string | null {
  const file = accessFile(data_dir)
  if (!existsSync(file)) return null
  const { password, port } = JSON.parse(readFileSync(file, 'utf8')) as Access
  return addressOf({ password, port })
}
