// Forward-only migrations: plain SQL files, applied in order, each in its own transaction.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { PoolClient } from 'pg'
import { sha256 } from '#src/lib/signature.ts'
import type { Db } from './pool.ts'

export const migrations_folder = path.resolve(import.meta.dirname, '../../migrations')
const lock_key = 4_815_162_342

export type Migration = { readonly name: string; readonly text: string; readonly hash: string }

export const readMigrations = (folder: string): Migration[] =>
  readdirSync(folder)
    .filter((name) => /^\d{4}_[a-z_]+\.sql$/.test(name))
    .sort()
    .map((name) => {
      const text = readFileSync(path.join(folder, name), 'utf8')
      return { name, text, hash: sha256(text).toString('hex') }
    })

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
    await client.query('begin')
    try {
      await client.query(text)
      await client.query('insert into migration (name, hash) values ($1, $2)', [name, hash])
      await client.query('commit')
    } catch (error) {
      await client.query('rollback')
      throw new Error(`migration ${name} failed`, { cause: error })
    }
    names.push(name)
  }
  return names
}

/**
 * Applies what is missing. Several processes may start at once: an advisory lock lets one work
 * and the others wait. Returns the names that were applied now.
 * @throws Error when a migration that was applied has another text today
 */
export async function migrate(db: Db, folder: string = migrations_folder): Promise<string[]> {
  const client = await db.connect()
  try {
    await client.query('set statement_timeout = 0')
    await client.query('select pg_advisory_lock($1)', [lock_key])
    // The job queue brings its own tables, in its own schema. It is loaded here and by workers
    // only: a web process does not need it in memory.
    const { Logger, runMigrations } = await import('graphile-worker')
    const logger = new Logger(() => () => {})
    await runMigrations({ pgPool: db, logger })
    return await applyMissing(client, readMigrations(folder))
  } finally {
    // The lock belongs to the connection: closing it frees the lock whatever happened.
    client.release(true)
  }
}

/** Names of migrations that this database does not have yet. */
export async function missingMigrations(
  db: Db,
  folder: string = migrations_folder,
): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>('select name from migration')
  const applied = new Set(rows.map(({ name }) => name))
  return readMigrations(folder)
    .map(({ name }) => name)
    .filter((name) => !applied.has(name))
}
