// An older version of Onhand serves a shop that has grown while today's migrations run.
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { prepareDatabase } from '#src/app/parts.ts'
import type { Db } from '#src/db/pool.ts'
import { snapshot } from '#src/db/transaction.ts'
import { Secret } from '#src/lib/secret.ts'
import { readPromises } from '#src/promises/promises.sql.ts'
import { readUnrest } from '#test/books.sql.ts'
import { atEnd } from '#test/cleanup.ts'
import { emptyDatabase } from '#test/database.ts'
import { findFinishedOrder, seedEarlierOrders } from '#test/earlier.sql.ts'
import { openLoad } from '#test/load.ts'
import { sizeOf, tellProof } from '#test/proof.ts'
import { until } from '#test/world.ts'
import { checkOut, type PreviousVersion } from './previous-version.ts'
import { assertNothingRewritten, growing, readStored } from './stored.ts'
import { type Asked, openBrowser, startWholeShop, type WholeShop } from './whole-shop.ts'

/** So many before the migrations, while they wait for a reader, and after them. */
export const orders = sizeOf('UPGRADE_ORDERS', 12)
/** What a migration may not rewrite or read through while buyers wait: so many orders before. */
const earlier = sizeOf('UPGRADE_EARLIER', 2_000)
export const buyers = 6
const patience_ms = 120_000
/** Behind a migration that waits for a table nobody waits for longer, see src/db/migrate.ts. */
const held_up_ms_max = 1_500

export const today = path.resolve(import.meta.dirname, '../..')

/** Somebody who reads from every table and does not come to an end. */
async function openReader(url: string): Promise<{ leave(): Promise<void> }> {
  const client = new pg.Client({ connectionString: url })
  // The database is dropped under it when the test has failed meanwhile.
  client.on('error', () => {})
  await client.connect()
  await client.query('begin read only')
  const { rows } = await client.query<{ name: string }>(
    `select format('%I', tablename) as name from pg_tables where schemaname = 'public'`,
  )
  await client.query(`lock table ${rows.map(({ name }) => name).join()} in access share mode`)
  return { leave: () => client.end() }
}

/** Waits until everything that was begun has come to its end, and asks every promise. */
export async function assertAtRest(db: Db): Promise<void> {
  const isCalm = async () => (await snapshot(db, readUnrest)).length === 0
  await until('calm', isCalm, patience_ms)
  const asked = await snapshot(db, async (tx) => {
    await tx.run`set local statement_timeout = 0`
    return readPromises(tx, new Date())
  })
  const results = asked.map(({ name, violations }) => ({ name, violations }))
  tellProof({ about: 'promises', results })
  assert.deepEqual(
    asked.filter(({ violations }) => violations > 0),
    [],
  )
}

/** Copies the first order that was bought and has arrived. */
async function grow(db: Db): Promise<string> {
  const hasArrived = async () =>
    (await db.query("select from orders where fulfillment_state = 'delivered'")).rowCount
  await until('a parcel that has arrived', hasArrived, patience_ms)
  await until('all that follows', () => snapshot(db, findFinishedOrder), patience_ms)
  const began_at = performance.now()
  const rows = await seedEarlierOrders(db, earlier)
  const small = growing.filter((table) => !((rows[table] ?? 0) >= earlier))
  assert.deepEqual(small, [], 'these tables have not grown')
  const all = Object.values(rows).reduce((sum, one) => sum + one)
  return `${earlier} orders of ${all} rows in ${Math.round(performance.now() - began_at)} ms`
}

const slowest = (asked: readonly Asked[]): Asked =>
  asked.reduce((slow, one) => (one.ms > slow.ms ? one : slow))

const during = (asked: readonly Asked[], from: number, to: number): Asked[] =>
  asked.filter(({ at, ms }) => at < to && at + ms > from)

/** What the machine itself takes is seen before them; it is busier while indexes are built. */
function assertNobodyHeldUp(asked: readonly Asked[], before: readonly Asked[]): void {
  const ms_max = 2 * slowest(before).ms + held_up_ms_max
  assert.deepEqual(
    asked.filter(({ ms }) => ms > ms_max),
    [],
    `the migrations held buyers up for longer than ${Math.round(ms_max)} ms`,
  )
}

export type Running = {
  readonly db: Db
  readonly settings: Readonly<Record<string, string>>
  readonly older: WholeShop
}

/** The older version serves a shop that has grown: before, during and after the migrations. */
export async function migrateUnderLoad(
  previous: PreviousVersion,
  tell: (text: string) => void,
): Promise<Running> {
  const folder = mkdtempSync('/var/tmp/onhand-upgrade-')
  chmodSync(folder, 0o755)
  atEnd(() => rmSync(folder, { recursive: true, force: true }))
  const sources = path.join(folder, 'older')
  checkOut(previous, sources)
  const { url, db } = await emptyDatabase()
  const data_dir = path.join(folder, 'data')
  mkdirSync(data_dir)
  const settings = { DATABASE_URL: url, DATA_DIR: data_dir }

  const older = await startWholeShop(sources, settings)
  const { asked, buy } = openBrowser(older)
  await buy()
  const grown = await grow(db)
  const grown_at = performance.now()
  const load = openLoad(buyers, buy)
  await load.more(orders)
  const stored = await readStored(db)
  const reader = await openReader(url)
  const began_at = performance.now()
  const migrating = prepareDatabase(new Secret(url), null)
  // It is awaited once the reader has left.
  migrating.catch(() => {})
  await load.more(orders)
  const left_at = performance.now()
  await reader.leave()
  const applied = await migrating
  const ended_at = performance.now()
  await load.more(orders)
  await load.stop()
  assert.deepEqual(applied, previous.missing)
  const before = during(asked, grown_at, began_at)
  const meanwhile = during(asked, began_at, ended_at)
  tell(
    `from ${previous.commit.slice(0, 12)}, which has not ${applied.join(', ')}, with ${grown}: ` +
      `${load.told.length} orders in ${asked.length} requests, none failed; ` +
      `${meanwhile.length} requests while the migrations ran, ` +
      `${Math.round(left_at - began_at)} ms behind a reader and ` +
      `${Math.round(ended_at - left_at)} ms after it; ` +
      `slowest ${Math.round(slowest(before).ms)} ms before, ` +
      `${Math.round(slowest(meanwhile).ms)} ms then, ${Math.round(slowest(asked).ms)} ms in all`,
  )
  assertNothingRewritten(stored, await readStored(db))
  assertNobodyHeldUp(meanwhile, before)
  await assertAtRest(db)
  return { db, settings, older }
}
