// Forward-only migrations: plain SQL files, applied in order, each in its own transaction. What
// stands in a file after the line `-- Outside a transaction…` are indexes that are built while the
// tables are written to.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { PoolClient } from 'pg'
import { sha256 } from '#src/lib/signature.ts'
import type { Db } from './pool.ts'

export const migrations_folder = path.resolve(import.meta.dirname, '../../migrations')
const lock_key = 4_815_162_342
/** Whoever comes after a migration that waits for a table waits behind it: at first no longer. */
const lock_wait_ms = 200
/**
 * Where somebody is always at the table, it asks for longer each time; in the end for longer than
 * the second after which PostgreSQL ends circles of waiting, and its own cleaning of the table.
 */
const lock_wait_ms_max = 1_500
/** Who has read for so long is not waited for: that would keep others from the table in vain. */
const long_s = 5
const lock_pause_ms = 1_000
const lock_look_ms = 50
const patience_ms = 30 * 60_000

export type Migration = { readonly name: string; readonly text: string; readonly hash: string }

const outside = /^-- Outside a transaction.*$/m
const builds = /^create (?:unique )?index concurrently if not exists (\w+)/
const drops = /^drop index concurrently if exists (\w+)$/

/** The statements of a migration that build indexes beside it, or drop those that they replace. */
export const indexesOf = ({ name, text }: Migration): { builds: string | null; text: string }[] =>
  (text.split(outside)[1] ?? '')
    .replaceAll(/^--.*$/gm, '')
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '')
    .map((statement) => {
      const index = builds.exec(statement)?.[1] ?? null
      if (index === null && !drops.test(statement)) {
        throw new Error(`${name}: no index that is built or dropped concurrently`)
      }
      return { builds: index, text: statement }
    })

export const readMigrations = (folder: string): Migration[] =>
  readdirSync(folder)
    .filter((name) => /^\d{4}_[a-z_]+\.sql$/.test(name))
    .sort()
    .map((name) => {
      const text = readFileSync(path.join(folder, name), 'utf8')
      return { name, text, hash: sha256(text).toString('hex') }
    })

/** A table it needs was in use: 55P03 after our own wait, 40P01 when both waited for each other. */
const isInUse = (error: unknown): boolean =>
  ['55P03', '40P01'].includes((error as { code?: string }).code ?? '')

/** How long to ask for the tables next time, after so long in vain. */
async function nextWait(client: PoolClient, wait_ms: number): Promise<number> {
  const { rows } = await client.query<{ is_read_for_long: boolean }>(
    `select exists (
       select from pg_locks join pg_stat_activity using (pid)
       join pg_class on pg_class.oid = relation
       where granted and pid <> pg_backend_pid() and backend_type = 'client backend'
         and datname = current_database() and relnamespace = current_schema()::text::regnamespace
         and xact_start < clock_timestamp() - make_interval(secs => $1)) as is_read_for_long`,
    [long_s],
  )
  if (rows[0]!.is_read_for_long) return lock_wait_ms
  return Math.min(Math.round(wait_ms * 1.5), lock_wait_ms_max)
}

/** Behind a long reading of a table it asks for the table again and again, and lets others pass. */
async function applyOne(client: PoolClient, { name, text, hash }: Migration): Promise<void> {
  let wait_ms = lock_wait_ms
  for (const until = performance.now() + patience_ms; ; await setTimeout(lock_pause_ms)) {
    await client.query('begin')
    try {
      await client.query(`set local lock_timeout = ${wait_ms}`)
      await client.query(text.split(outside)[0]!)
      await client.query('insert into migration (name, hash) values ($1, $2)', [name, hash])
      await client.query('commit')
      return
    } catch (error) {
      await client.query('rollback')
      if (!isInUse(error) || performance.now() > until) {
        throw new Error(`migration ${name} failed`, { cause: error })
      }
      wait_ms = await nextWait(client, wait_ms)
    }
  }
}

async function applyMissing(client: PoolClient, migrations: readonly Migration[]) {
  await client.query(`create table if not exists migration (
    name text primary key, hash text not null, applied_at timestamptz not null default now())`)
  const { rows } = await client.query<{ name: string; hash: string }>(
    'select name, hash from migration',
  )
  const applied = new Map(rows.map(({ name, hash }) => [name, hash]))
  const names: string[] = []
  for (const { name, text, hash } of migrations) {
    const known = applied.get(name)
    if (known === hash) continue
    if (known !== undefined) throw new Error(`migration ${name} was changed after it was applied`)
    await applyOne(client, { name, text, hash })
    names.push(name)
  }
  return names
}

/** A build that was broken off has left an index that is not valid: it is made anew. */
async function buildIndexes(client: PoolClient, migrations: readonly Migration[]): Promise<void> {
  for (const { builds: name, text } of migrations.flatMap(indexesOf)) {
    if (name === null) {
      await client.query(text)
      continue
    }
    const { rows } = await client.query<{ indisvalid: boolean }>(
      `select indisvalid from pg_index
       where indexrelid = to_regclass(format('%I.%I', current_schema(), $1::text))`,
      [name],
    )
    if (rows[0]?.indisvalid === true) continue
    if (rows.length > 0) await client.query(`drop index concurrently ${name}`)
    await client.query(text)
  }
}

async function applyAll(client: PoolClient, migrations: readonly Migration[]): Promise<string[]> {
  const names = await applyMissing(client, migrations)
  await buildIndexes(client, migrations)
  return names
}

/**
 * Looks again and again. Whoever waited inside a statement would be waited for by an index that is
 * built, and never get the lock.
 */
async function takeLock(client: PoolClient): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ ours: boolean }>(
      'select pg_try_advisory_lock($1) as ours',
      [lock_key],
    )
    if (rows[0]!.ours) return
    await setTimeout(lock_look_ms)
  }
}

/** Tables of a shop's own lie in a schema of their own, with a list of their own migrations. */
const own_schema = 'shop'

/** A connection on which nobody else migrates; it is closed at the end, and frees the lock. */
async function migrating<T>(db: Db, body: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await db.connect()
  try {
    await client.query('set statement_timeout = 0; set default_transaction_read_only = off')
    await takeLock(client)
    return await body(client)
  } finally {
    client.release(true)
  }
}

/**
 * Applies what is missing. Several processes may start at once: an advisory lock lets one work
 * and the others wait. Returns the names that were applied now.
 * @throws Error when a migration that was applied has another text today
 */
export const migrate = (db: Db, folder: string = migrations_folder): Promise<string[]> =>
  migrating(db, async (client) => {
    // The job queue brings its own tables, in its own schema. It is loaded here and by workers
    // only: a web process does not need it in memory.
    const { Logger, runMigrations } = await import('graphile-worker')
    const logger = new Logger(() => () => {})
    await runMigrations({ pgPool: db, logger })
    return applyAll(client, readMigrations(folder))
  })

/** The same for tables of a shop's own: unqualified names in them mean the schema `shop`. */
export const migrateOwn = (db: Db, folder: string): Promise<string[]> =>
  migrating(db, async (client) => {
    await client.query(`create schema if not exists ${own_schema}`)
    await client.query(`set search_path = ${own_schema}, public`)
    return applyAll(client, readMigrations(folder))
  })

async function missingIn(db: Db, table: string, folder: string): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(`select name from ${table}`)
  const applied = new Set(rows.map(({ name }) => name))
  return readMigrations(folder)
    .map(({ name }) => name)
    .filter((name) => !applied.has(name))
}

/** Names of migrations that this database does not have yet; `own` is the shop's folder. */
export async function missingMigrations(db: Db, own: string | null = null): Promise<string[]> {
  const missing = await missingIn(db, 'migration', migrations_folder)
  return own === null ? missing : [...missing, ...(await missingIn(db, 'shop.migration', own))]
}
