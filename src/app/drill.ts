// Proves a backup: it is restored into an empty database, and every promise of the shop is asked
// there. Only that database is spoken with: no provider, no mail server, no worker.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { migrate } from '#src/db/migrate.ts'
import { openDb } from '#src/db/pool.ts'
import { snapshot } from '#src/db/transaction.ts'
import { type PromiseResult, readPromises } from '#src/promises/promises.sql.ts'
import { type Restored, readRestored, waitForEver } from './drill.sql.ts'
import { startEmbeddedPostgres } from './embedded-postgres.ts'
import { removeDataDir } from './postgres-place.ts'
import { restoreBackup } from './restore-backup.ts'
import type { Backup } from './take-backup.ts'

export type Drilled = Restored & {
  readonly restored_ms: number
  readonly asked_ms: number
  readonly promises: readonly PromiseResult[]
  /** What is wrong; a drill without any has passed. */
  readonly faults: readonly string[]
}

type Place = { readonly url: string; close(): Promise<void> }

/** A folder that goes when the drill is over, with a database of its own in it. */
async function ownPlace(backup: Backup, say: (text: string) => void): Promise<Place> {
  const data_dir = mkdtempSync(path.join(tmpdir(), 'onhand-drill-'))
  chmodSync(data_dir, 0o755)
  const remove = (): void => {
    removeDataDir(data_dir)
    rmSync(data_dir, { recursive: true, force: true })
  }
  try {
    // Files become the folder itself; a dump goes into a server that begins empty.
    if (backup.form === 'files') await restoreBackup(backup, data_dir)
    const server = await startEmbeddedPostgres({ data_dir, say, durable: false })
    const close = async (): Promise<void> => {
      await server.stop()
      remove()
    }
    try {
      if (backup.form === 'dump') await restoreBackup(backup, server.url)
    } catch (error) {
      await close()
      throw error
    }
    return { url: server.url, close }
  } catch (error) {
    remove()
    throw error
  }
}

async function givenPlace(backup: Backup, into: string): Promise<Place> {
  await restoreBackup(backup, into)
  return { url: into, close: async () => {} }
}

function faultsOf(backup: Backup, { orders }: Restored, promises: readonly PromiseResult[]) {
  const broken = promises
    .filter(({ violations }) => violations > 0)
    .map(({ name, violations }) => `${name}: ${violations} rows break it`)
  const right = backup.form === 'dump' ? orders === backup.orders : orders >= backup.orders
  return right
    ? broken
    : [`the backup was taken of ${backup.orders} orders, and ${orders} came back`, ...broken]
}

/** `into` is an empty database that stays; without it the copy is taken away again. */
export async function drill(
  backup: Backup,
  into: string | null,
  say: (text: string) => void,
): Promise<Drilled> {
  const from = performance.now()
  const place = await (into === null ? ownPlace(backup, say) : givenPlace(backup, into))
  const db = openDb({ url: place.url, connections_max: 2, name: 'onhand drill' })
  try {
    // A backup may be older than this version.
    await migrate(db)
    const restored_ms = performance.now() - from
    // As of the moment it was taken: what was due a minute later is not late in it.
    const now = new Date(backup.taken_at)
    const { restored, promises } = await snapshot(db, async (tx) => {
      await waitForEver(tx)
      return { restored: await readRestored(tx), promises: await readPromises(tx, now) }
    })
    const asked_ms = performance.now() - from - restored_ms
    const faults = faultsOf(backup, restored, promises)
    return { ...restored, restored_ms, asked_ms, promises, faults }
  } finally {
    await db.end()
    await place.close()
  }
}
