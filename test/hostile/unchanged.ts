// Says whether anything was written since it was asked the last time.
import assert from 'node:assert/strict'
import type { Db } from '#src/db/pool.ts'
import { type Fingerprint, readFingerprint } from '#test/fingerprint.sql.ts'

async function nextTransaction(db: Db): Promise<string> {
  const { rows } = await db.query<{ next: string }>(
    'select pg_snapshot_xmax(pg_current_snapshot())::text as next',
  )
  return rows[0]!.next
}

/**
 * All tables of shop and queue are read but the one that says when keys were last seen, for a
 * refusal is counted in memory at most. Only when PostgreSQL has given out no transaction number
 * meanwhile, it is certain without reading.
 */
export async function watchTables(db: Db) {
  let next = await nextTransaction(db)
  let seen: Fingerprint = await readFingerprint(db)
  let readings = 1
  const look = async (): Promise<Fingerprint> => {
    const now = await nextTransaction(db)
    if (now === next) return seen
    next = now
    readings += 1
    return readFingerprint(db)
  }
  return {
    /** What was written so far is as it should be. */
    accept: async (): Promise<void> => {
      seen = await look()
    },
    assertUnchanged: async (what: string): Promise<void> => {
      const now = await look()
      const changed = Object.keys(now).filter((table) => now[table] !== seen[table])
      seen = now
      assert.deepEqual(changed, [], `${what}: refused, and yet these tables were written`)
    },
    readings: (): number => readings,
  }
}
export type Watch = Awaited<ReturnType<typeof watchTables>>
