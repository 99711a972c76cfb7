// A PostgreSQL of its own with nothing but the migrations, for as long as `body` runs.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startEmbeddedPostgres } from '#src/app/embedded-postgres.ts'
import { migrate } from '#src/db/migrate.ts'
import { type Db, openDb } from '#src/db/pool.ts'

export async function withMigratedDatabase<T>(body: (db: Db) => Promise<T>): Promise<T> {
  const data_dir = mkdtempSync(path.join(tmpdir(), 'onhand-schema-'))
  // The user of the database must be able to enter it.
  chmodSync(data_dir, 0o755)
  const server = await startEmbeddedPostgres({ data_dir, say: () => {}, durable: false })
  const db = openDb({ url: server.url, connections_max: 4, name: 'schema' })
  try {
    await migrate(db)
    return await body(db)
  } finally {
    await db.end()
    await server.stop()
    rmSync(server.home, { recursive: true, force: true })
    rmSync(data_dir, { recursive: true, force: true })
  }
}
