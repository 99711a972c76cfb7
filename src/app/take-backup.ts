// A backup in a folder of its own, with a note of what is in it: a dump by the database's own
// program, or, of the embedded database, a copy of its files. Taken while the shop sells.
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type pg from 'pg'
import { openClient } from '#src/db/pool.ts'
import { systemClock } from '#src/lib/clock.ts'
import { runTool, versionOf } from './dump-tools.ts'
import { takeBaseBackup } from './file-copy.ts'
import { openShopDatabase } from './open-database.ts'
import { findPostgresPlace } from './postgres-place.ts'
import type { Config } from './settings.ts'
import { StartError } from './start-error.ts'
import { readVersion } from './version.ts'

export type BackupNote = {
  readonly form: 'dump' | 'files'
  readonly onhand: string
  /** The major version of the database. */
  readonly postgres: number
  /** What the backup holds is what was committed by then. */
  readonly taken_at: string
  /** Of a dump exactly, of files at the least. */
  readonly orders: number
}
export type Backup = BackupNote & { readonly folder: string }

const note_name = 'backup.json'

/** @throws StartError for a folder that is no whole backup */
export async function readBackup(folder: string): Promise<Backup> {
  const text = await readFile(path.join(folder, note_name), 'utf8').catch(() => null)
  if (text === null) {
    throw new StartError(`${folder} is no backup of Onhand: there is no ${note_name} in it.`)
  }
  return { ...(JSON.parse(text) as BackupNote), folder }
}

type Facts = Pick<BackupNote, 'postgres' | 'orders'>

async function readFacts(client: pg.Client): Promise<Facts> {
  const { rows: servers } = await client.query<{ version: number; has_shop: boolean }>(
    `select current_setting('server_version_num')::int / 10000 as version,
      to_regclass('orders') is not null as has_shop`,
  )
  const { version, has_shop } = servers[0]!
  if (!has_shop) throw new StartError('There is no shop in this database.')
  const { rows } = await client.query<{ orders: number }>(
    'select count(*)::int as orders from orders',
  )
  return { postgres: version, orders: rows[0]!.orders }
}

/** For one connection of one's own, to the server that is the primary now. */
async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = openClient({ url, name: 'onhand backup' })
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

const dump_jobs = 2

/** What is counted and what is dumped is one moment. */
const dump = (url: string, folder: string): Promise<Facts & { readonly taken_at: Date }> =>
  withClient(url, async (client) => {
    await client.query('begin isolation level repeatable read read only')
    const facts = await readFacts(client)
    const { rows } = await client.query<{ snapshot: string; taken_at: Date }>(
      'select pg_export_snapshot() as snapshot, now() as taken_at',
    )
    const { snapshot, taken_at } = rows[0]!
    const words = ['--format=directory', `--jobs=${dump_jobs}`, '--no-owner', '--no-privileges']
    const out = path.join(folder, 'dump')
    await runTool('pg_dump', [...words, `--snapshot=${snapshot}`, `--file=${out}`], url)
    return { ...facts, taken_at }
  })

/** With the keys and small files of DATA_DIR: together they are the whole shop. */
async function copyFiles(url: string, data_dir: string, folder: string) {
  const facts = await withClient(url, readFacts)
  const { data } = findPostgresPlace(data_dir)
  await takeBaseBackup({ url, data, log: 'in the copy' }, path.join(folder, 'data'))
  await mkdir(path.join(folder, 'files'), { mode: 0o700 })
  for (const entry of await readdir(data_dir, { withFileTypes: true })) {
    if (!entry.isFile() || entry.name.endsWith('.part')) continue
    await copyFile(path.join(data_dir, entry.name), path.join(folder, 'files', entry.name))
  }
  return { ...facts, taken_at: systemClock() }
}

/** Which way it goes; `files` is that of the embedded database alone. */
async function formOf(url: string, embedded: boolean): Promise<BackupNote['form']> {
  const { postgres: major } = await withClient(url, readFacts)
  const version = versionOf('pg_dump')
  if (version !== null && version >= major) return 'dump'
  if (embedded) return 'files'
  const found = version === null ? 'none is on the PATH' : `the one on the PATH is ${version}`
  throw new StartError(
    `pg_dump of PostgreSQL ${major} or newer is needed, and ${found}. Install the client ` +
      `programs of PostgreSQL (postgresql-client-${major}), or back up as docs/backup.md tells.`,
  )
}

export type BackupWish = {
  readonly to: string
  /** Copies files also where pg_dump could do it. */
  readonly files: boolean
}

/** The folder has its name when the backup is whole. */
export async function takeBackup(
  config: Config,
  { to, files }: BackupWish,
  say: (text: string) => void,
): Promise<Backup> {
  const embedded = config.database_url === null
  if (files && !embedded) {
    throw new StartError('--files copies the embedded database; DATABASE_URL names another one.')
  }
  const { url: secret, close } = await openShopDatabase(config, say)
  const url = secret.reveal()
  const name = `onhand-${systemClock().toISOString().replaceAll(':', '-')}`
  const folder = path.join(to, name)
  const part = `${folder}.part`
  try {
    const form = files ? 'files' : await formOf(url, embedded)
    await mkdir(part, { recursive: true, mode: 0o700 })
    const made =
      form === 'dump' ? await dump(url, part) : await copyFiles(url, config.data_dir, part)
    const { postgres, orders, taken_at } = made
    const note: BackupNote = {
      form,
      onhand: readVersion(),
      postgres,
      taken_at: taken_at.toISOString(),
      orders,
    }
    const text = `${JSON.stringify(note, null, 2)}\n`
    await writeFile(path.join(part, note_name), text, { mode: 0o600 })
    await rename(part, folder)
    return { ...note, folder }
  } finally {
    await rm(part, { recursive: true, force: true })
    await close()
  }
}
