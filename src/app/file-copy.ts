// A copy of a running server's data folder by SQL and by copying files, because the embedded
// PostgreSQL comes without pg_basebackup.
import type { Dirent } from 'node:fs'
import { chown, copyFile, mkdir, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import pg from 'pg'
import type { SystemUser } from './postgres-place.ts'

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

/** The log itself, segment by segment: a copy that brings it needs no archive. */
async function copyLog(from: string, to: string): Promise<void> {
  const segments = (await readdir(from)).filter((name) => /^[0-9A-F]{24}$/.test(name))
  for (const name of segments) {
    await copyFile(path.join(from, name), path.join(to, name)).catch((error: unknown) => {
      if (!isGone(error)) throw error
    })
  }
}

export async function giveTo(user: SystemUser, folder: string): Promise<void> {
  await chown(folder, user.uid, user.gid)
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const at = path.join(folder, entry.name)
    if (entry.isDirectory()) await giveTo(user, at)
    else await chown(at, user.uid, user.gid)
  }
}

export type BaseBackup = {
  readonly url: string
  readonly data: string
  /** Where the log is: with the copy, or in an archive that the server keeps itself. */
  readonly log: 'in the copy' | 'archived'
}

/** Returns when all of the log that the copy needs is in it, or in the archive. */
export async function takeBaseBackup(
  { url, data, log }: BaseBackup,
  folder: string,
): Promise<{ readonly asked_to_end_at: number }> {
  // Start and end must be told on one connection.
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    if (log === 'in the copy') {
      // As long as this connection lives, the server keeps what it has written since.
      await client.query(
        "select pg_create_physical_replication_slot('onhand_' || pg_backend_pid(), true, true)",
      )
    }
    await client.query("select pg_backup_start('onhand', fast => true)")
    await copyData(data, folder)
    const asked_to_end_at = performance.now()
    const { rows } = await client.query<{ labelfile: string }>(
      'select labelfile from pg_backup_stop(wait_for_archive => $1)',
      [log === 'archived'],
    )
    await writeFile(path.join(folder, 'backup_label'), rows[0]!.labelfile, { mode: 0o600 })
    if (log === 'in the copy') {
      await copyLog(path.join(data, 'pg_wal'), path.join(folder, 'pg_wal'))
    }
    return { asked_to_end_at }
  } finally {
    await client.end()
  }
}
