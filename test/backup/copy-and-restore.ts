// The return of a base backup with an archived log, as docs/backup.md tells it.
import { copyFile, cp, mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import pg from 'pg'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#src/app/embedded-postgres.ts'
import { giveTo } from '#src/app/file-copy.ts'
import { findPostgresPlace } from '#src/app/postgres-place.ts'
import { until } from '#test/world.ts'

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
