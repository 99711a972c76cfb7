// The database for a command at the terminal: the one of `npm start`, whether that runs or not.
import { openDb } from '../db/pool.ts'
import { Secret } from '../lib/secret.ts'
import { findEmbeddedUrl, startEmbeddedPostgres } from './embedded-postgres.ts'
import type { Config } from './settings.ts'

export type OpenDatabase = { readonly url: Secret; readonly close: () => Promise<void> }

async function answers(url: string): Promise<boolean> {
  const db = openDb({ url, connections_max: 1, name: 'onhand command' })
  try {
    await db.query('select 1')
    return true
  } catch {
    return false
  } finally {
    await db.end()
  }
}

/** That of DATABASE_URL; else the embedded one that runs, or is started until `close`. */
export async function openShopDatabase(
  { database_url, data_dir }: Config,
  say: (text: string) => void,
): Promise<OpenDatabase> {
  const stay = async (): Promise<void> => {}
  if (database_url) return { url: database_url, close: stay }
  const running = findEmbeddedUrl(data_dir)
  if (running && (await answers(running))) return { url: new Secret(running), close: stay }
  const server = await startEmbeddedPostgres({ data_dir, say, durable: true })
  return { url: new Secret(server.url), close: server.stop }
}
