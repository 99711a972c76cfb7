// A backup becomes a database again: a dump in an empty database, files in an empty DATA_DIR.
// Nothing is started, and nobody outside is spoken with.
import { existsSync, readdirSync } from 'node:fs'
import { chmod, copyFile, cp, mkdir, readdir } from 'node:fs/promises'
import path from 'node:path'
import pg from 'pg'
import { checkDatabaseUrl } from '#src/db/primary.ts'
import { runTool, versionOf } from './dump-tools.ts'
import { giveTo } from './file-copy.ts'
import { findPostgresPlace } from './postgres-place.ts'
import { StartError } from './start-error.ts'
import type { Backup } from './take-backup.ts'

export const isDatabaseUrl = (text: string): boolean => /^postgres(ql)?:\/\//.test(text)

/** Whatever somebody has made there would be mixed with what comes back. */
async function assertEmpty(url: string): Promise<void> {
  const wrong = checkDatabaseUrl(url)
  if (wrong !== null) throw new StartError(`--into ${wrong}`)
  const client = new pg.Client({ connectionString: url, application_name: 'onhand restore' })
  try {
    await client.connect()
    const { rows } = await client.query<{ n: number }>(
      `select count(*)::int as n from pg_class
      join pg_namespace on pg_namespace.oid = relnamespace
      where nspname !~ '^pg_' and nspname <> 'information_schema'`,
    )
    if (rows[0]!.n === 0) return
  } catch (error) {
    throw new StartError(`--into: the database cannot be used: ${(error as Error).message}`)
  } finally {
    await client.end().catch(() => {})
  }
  throw new StartError('--into names a database that is not empty. Create one for the copy.')
}

const restore_jobs = 2

async function restoreDump({ folder, postgres }: Backup, url: string): Promise<void> {
  await assertEmpty(url)
  const version = versionOf('pg_restore')
  if (version === null || version < postgres) {
    throw new StartError(
      `pg_restore of PostgreSQL ${postgres} or newer is needed on the PATH ` +
        `(postgresql-client-${postgres}).`,
    )
  }
  const words = ['--exit-on-error', '--no-owner', '--no-privileges', `--jobs=${restore_jobs}`]
  await runTool('pg_restore', [...words, path.join(folder, 'dump')], url)
}

async function restoreFiles({ folder }: Backup, data_dir: string): Promise<void> {
  if (existsSync(data_dir) && readdirSync(data_dir).length > 0) {
    throw new StartError(`--into names a folder that is not empty: ${data_dir}`)
  }
  await mkdir(data_dir, { recursive: true })
  // The user of the database must be able to pass through.
  await chmod(data_dir, 0o755)
  const { data, user } = findPostgresPlace(data_dir)
  if (existsSync(data)) throw new StartError(`There is a database in ${data} already.`)
  await cp(path.join(folder, 'data'), data, { recursive: true })
  await chmod(data, 0o700)
  if (user) await giveTo(user, data)
  for (const name of await readdir(path.join(folder, 'files'))) {
    await copyFile(path.join(folder, 'files', name), path.join(data_dir, name))
  }
}

/** @throws StartError when `into` is not empty, or does not fit the backup */
export async function restoreBackup(backup: Backup, into: string): Promise<void> {
  if (backup.form === 'dump') {
    if (!isDatabaseUrl(into)) {
      throw new StartError('This backup is a dump: --into names an empty database, postgres://…')
    }
    return restoreDump(backup, into)
  }
  if (isDatabaseUrl(into)) {
    throw new StartError(
      'This backup holds the files of an embedded database: --into names an empty folder, which ' +
        'is the DATA_DIR of the copy then.',
    )
  }
  return restoreFiles(backup, path.resolve(into))
}
