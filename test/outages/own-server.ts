// A PostgreSQL of this test alone, which it may kill.
import { chmodSync, chownSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#src/app/embedded-postgres.ts'
import { isAlive } from '#src/app/postmaster.ts'
import { migrate } from '#src/db/migrate.ts'
import { openDb } from '#src/db/pool.ts'
import { atEnd } from '#test/cleanup.ts'
import type { TestDatabase } from '#test/database.ts'
import { until } from '#test/world.ts'

// What a process has written outlives it without the disk too: `npm test` need not wait for it.
const speed: Readonly<Record<string, string>> = process.env['PROOF_FILE'] ? {} : { fsync: 'off' }

export type OwnServer = {
  readonly database: TestDatabase
  /**
   * Kills all of its processes at once while transactions are under way. It is started again on
   * the same data by whoever looks after it in production too.
   */
  kill(): Promise<{ readonly killed_at: number; readonly back_at: number }>
}

/** Null as long as the server does not answer. */
async function connectRoot(server: EmbeddedPostgres): Promise<pg.Client | null> {
  const root = new pg.Client({ connectionString: server.url })
  root.on('error', () => {})
  return root.connect().then(
    () => root,
    () => null,
  )
}

async function killAll(server: EmbeddedPostgres) {
  const root = await until('a server', () => connectRoot(server))
  await until(
    'transactions under way',
    async () => {
      const { rows } = await root.query<{ writing: number }>(
        `select count(*)::int as writing from pg_stat_activity
       where backend_xid is not null and pid <> pg_backend_pid()`,
      )
      return rows[0]!.writing >= 2
    },
    30_000,
    1,
  )
  const postmaster = server.pid()
  // A postmaster that is stopped first starts no process that would be missed.
  process.kill(postmaster, 'SIGSTOP')
  const { rows } = await root.query<{ pid: number }>('select pid from pg_stat_activity')
  const killed_at = performance.now()
  for (const pid of [postmaster, ...rows.map((row) => row.pid)]) process.kill(pid, 'SIGKILL')
  await until('the end of a server', async () => !isAlive(postmaster))
  await root.end().catch(() => {})
  const again = await until('the server again', () => connectRoot(server))
  await again.end()
  return { killed_at, back_at: performance.now() }
}

/** Gives the database a place of its own, and returns its address. */
async function placeDatabase({ url, home }: EmbeddedPostgres, folder: string): Promise<string> {
  const { uid, gid } = statSync(home)
  chownSync(folder, uid, gid)
  const root = new pg.Client({ connectionString: url })
  await root.connect()
  await root.query(`create tablespace small location '${folder}'`)
  await root.query('create database small tablespace small')
  await root.end()
  const placed = new URL(url)
  placed.pathname = '/small'
  return placed.href
}

/** In `folder`, if there is one, lies all that the shop stores; the log lies elsewhere. */
export async function openOwnServer(
  options: { readonly folder?: string } = {},
): Promise<OwnServer> {
  const data_dir = mkdtempSync(path.join(tmpdir(), 'onhand-outage-'))
  // The user of the database must be able to enter it.
  chmodSync(data_dir, 0o755)
  atEnd(() => rmSync(data_dir, { recursive: true, force: true }))
  const server = await startEmbeddedPostgres({
    data_dir,
    say: () => {},
    durable: true,
    settings: speed,
  })
  atEnd(async () => {
    await server.stop()
    rmSync(server.home, { recursive: true, force: true })
  })
  const { folder } = options
  const url = folder === undefined ? server.url : await placeDatabase(server, folder)
  const db = openDb({ url, connections_max: 10, name: 'outage' })
  atEnd(() => db.end())
  await migrate(db)
  return { database: { db, url }, kill: () => killAll(server) }
}
