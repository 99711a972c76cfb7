// Real PostgreSQL for every test file: a clone of one migrated template, dropped at the end.
// `npm test` starts the server; TEST_DATABASE_URL names one that runs already.
import { migrate, migrations_folder, readMigrations } from '#src/db/migrate.ts'
import { type Db, openDb } from '#src/db/pool.ts'
import { sha256 } from '#src/lib/signature.ts'
import { atEnd } from './cleanup.ts'

const server_url = process.env['TEST_DATABASE_URL']
/** Where the whole server is thrown away: to drop a database it writes out all others first. */
const is_kept = process.env['TEST_DATABASES_KEPT'] === 'yes'

const urlOf = (database: string): string => {
  if (!server_url) throw new Error('TEST_DATABASE_URL is not set: run the tests with `npm test`')
  const url = new URL(server_url)
  url.pathname = `/${database}`
  return url.href
}

/** One template per set of migrations: made once, by whoever comes first. */
async function template(root: Db): Promise<string> {
  const hashes = readMigrations(migrations_folder).map(({ hash }) => hash)
  const name = `template_${sha256(hashes.join()).toString('hex').slice(0, 16)}`
  const client = await root.connect()
  try {
    await client.query("select pg_advisory_lock(hashtext('onhand test template'))")
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name])
    if (rowCount) return name
    const making = `${name}_making`
    await client.query(`drop database if exists ${making}`)
    await client.query(`create database ${making}`)
    const db = openDb({ url: urlOf(making), connections_max: 2, name: 'template' })
    await migrate(db)
    await db.end()
    await client.query(`alter database ${making} rename to ${name}`)
    return name
  } finally {
    client.release(true)
  }
}

export type TestDatabase = { readonly db: Db; readonly url: string }

async function createDatabase(
  root: Db,
  from: string | null,
  connections_max: number,
): Promise<TestDatabase> {
  const name = `test_${process.pid}_${Math.random().toString(36).slice(2, 8)}`
  await root.query(`create database ${name} ${from === null ? '' : `template ${from}`}`)
  const db = openDb({ url: urlOf(name), connections_max, name: 'test' })
  atEnd(async () => {
    await db.end()
    if (!is_kept) await root.query(`drop database if exists ${name} with (force)`)
    await root.end()
  })
  return { db, url: urlOf(name) }
}

const openRoot = (): Db => openDb({ url: urlOf('postgres'), connections_max: 1, name: 'tests' })

/** A fresh migrated database for this test file. */
export async function testDatabase(connections_max = 20): Promise<TestDatabase> {
  const root = openRoot()
  return createDatabase(root, await template(root), connections_max)
}

/** One without any table. */
export const emptyDatabase = (): Promise<TestDatabase> => createDatabase(openRoot(), null, 4)
