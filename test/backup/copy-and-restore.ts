// A base backup and its return, as docs/backup.md tells it: by SQL and by copying files, because
// the embedded PostgreSQL comes without pg_basebackup.
import type { Dirent } from 'node:fs'
import { chown, copyFile, cp, mkdir, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import pg from 'pg'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#src/app/embedded-postgres.ts'
import { findPostgresPlace, type SystemUser } from '#src/app/postgres-place.ts'
import { until } from '#test/world.ts'

/** Folders that must be there and whose contents a starting server makes anew. */
const emptied = new Set([
  'pg_dynshmem',
  'pg_notify',
  'pg_replslot',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
  'pg_wal',
])
const left_out = /^(postmaster\.(pid|opts)|pgsql_tmp.*|pg_internal\.init.*)$/

const isGone = (error: unknown): boolean => (error as { code?: string }).code === 'ENOENT'

/** A server that writes into its files meanwhile is no trouble: the log repairs the copy. */
async function copyData(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 })
  const entries = await readdir(from, { withFileTypes: true })
  const copyOne = async (entry: Dirent): Promise<void> => {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)]
    if (entry.isDirectory()) {
      if (emptied.has(entry.name)) await mkdir(target, { mode: 0o700 })
      else await copyData(source, target)
      return
    }
    // What is dropped while we copy is dropped by the log too.
    await copyFile(source, target).catch((error: unknown) => {
      if (!isGone(error)) throw error
    })
  }
  await Promise.all(entries.filter(({ name }) => !left_out.test(name)).map(copyOne))
}

async function giveTo(user: SystemUser, folder: string): Promise<void> {
  await chown(folder, user.uid, user.gid)
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const at = path.join(folder, entry.name)
    if (entry.isDirectory()) await giveTo(user, at)
    else await chown(at, user.uid, user.gid)
  }
}

/** The folder of an archive, and the settings of a server that puts its log there. */
export async function makeArchive(data_dir: string, timeout_s: number) {
  const { home, user } = findPostgresPlace(data_dir)
  const folder = path.join(home, 'archive')
  await mkdir(folder, { mode: 0o700 })
  if (user) await giveTo(user, folder)
  const settings = {
    archive_mode: 'on',
    // A segment has its name when it is whole: whoever copies the archive finds no half one.
    archive_command: `cp "%p" "${folder}/%f.part" && mv "${folder}/%f.part" "${folder}/%f"`,
    archive_timeout: String(timeout_s),
  }
  return { folder, settings }
}

/** What is left of an archive when its server is lost at this moment. */
export const copyArchive = (from: string, to: string): Promise<void> =>
  cp(from, to, { recursive: true, filter: (file) => !file.endsWith('.part') })

/** Returns when all of the log that the copy needs is in the archive. */
export async function takeBaseBackup(
  { url, home }: EmbeddedPostgres,
  folder: string,
): Promise<{ readonly asked_to_end_at: number }> {
  // Start and end must be told on one connection.
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query("select pg_backup_start('onhand', fast => true)")
    await copyData(path.join(home, 'data'), folder)
    const asked_to_end_at = performance.now()
    const { rows } = await client.query<{ labelfile: string }>(
      'select labelfile from pg_backup_stop(wait_for_archive => true)',
    )
    await writeFile(path.join(folder, 'backup_label'), rows[0]!.labelfile)
    return { asked_to_end_at }
  } finally {
    await client.end()
  }
}

export type Copy = {
  readonly backup: string
  readonly archive: string
  /** How far the log is followed. */
  readonly until: 'end of the backup' | 'end of the log'
}

/** A second server on a copy of the backup, in an empty folder, when it may be written to. */
export async function restore(
  { backup, archive, until: target }: Copy,
  access_file: string,
  data_dir: string,
): Promise<EmbeddedPostgres> {
  const { data, user } = findPostgresPlace(data_dir)
  await cp(backup, data, { recursive: true })
  await writeFile(path.join(data, 'recovery.signal'), '')
  if (user) await giveTo(user, data)
  if (user) await giveTo(user, archive)
  // The password of the database comes with the database.
  await copyFile(access_file, path.join(data_dir, path.basename(access_file)))
  const server = await startEmbeddedPostgres({
    data_dir,
    say: () => {},
    durable: true,
    settings: {
      restore_command: `cp "${archive}/%f" "%p"`,
      ...(target === 'end of the backup'
        ? { recovery_target: 'immediate', recovery_target_action: 'promote' }
        : {}),
    },
  })
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  try {
    await until('the end of the recovery', async () => {
      const { rows } = await client.query<{ recovering: boolean }>(
        'select pg_is_in_recovery() as recovering',
      )
      return !rows[0]!.recovering
    })
  } finally {
    await client.end()
  }
  return server
}
