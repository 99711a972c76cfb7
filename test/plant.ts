// Plants guilty rows, asks the promises, and takes the rows back.
import assert from 'node:assert/strict'
import type { Db } from '#src/db/pool.ts'
import { type Tx, txOn } from '#src/db/sql.ts'
import type { Promised } from '#src/promises/promised.ts'
import {
  type Among,
  type Guilty,
  giveMemory,
  promises,
  readGuilty,
} from '#src/promises/promises.sql.ts'
import { type Touched, withRivals } from '#src/promises/touched.sql.ts'

export type Found = ReadonlyMap<string, readonly Guilty[]>

/** What is asked each hour of these; undefined for what waits for the night. */
async function amongOf(tx: Tx, { hourly }: Promised, touched: Touched): Promise<Among | undefined> {
  if (hourly === 'nothing') return undefined
  if (hourly === 'everything') return null
  const ids = touched[hourly]
  return { about: hourly, ids: hourly === 'orders' ? await withRivals(tx, ids) : ids }
}

/** Asks of all there is, or of what was touched: the promises that are broken, with their rows. */
export async function askBroken(tx: Tx, touched: Touched | null = null): Promise<Found> {
  const found = new Map<string, Guilty[]>()
  const now = new Date()
  await giveMemory(tx)
  for (const [name, promised] of Object.entries(promises)) {
    const among = touched && (await amongOf(tx, promised, touched))
    if (among === undefined) continue
    const rows = await readGuilty(tx, promised, { now, among })
    if (rows.length > 0) found.set(name, rows)
  }
  return found
}

/** Carries out the statements, each of which must change something, looks, and undoes them. */
export async function withPlanted<T>(
  db: Db,
  statements: readonly string[],
  look: (tx: Tx) => Promise<T>,
): Promise<T> {
  const client = await db.connect()
  try {
    await client.query('begin read write')
    // Immutable documents and ledgers can be changed only without their triggers.
    await client.query('set local session_replication_role = replica')
    for (const text of statements) {
      const { rowCount, command } = await client.query(text)
      const writes = ['INSERT', 'UPDATE', 'DELETE'].includes(command)
      assert(!writes || rowCount, `nothing was planted by: ${text}`)
    }
    return await look(txOn(client, () => true))
  } finally {
    await client.query('rollback')
    client.release()
  }
}

/** The promises that are broken after these statements. */
export const brokenBy = (db: Db, statements: readonly string[]): Promise<string[]> =>
  withPlanted(db, statements, async (tx) => [...(await askBroken(tx)).keys()])

export type Planted = {
  readonly promise: string
  /** Promises that the same rows break as well. */
  readonly also?: readonly string[]
  /** It is found by night only. */
  readonly waits?: boolean
  readonly rows: readonly string[]
}
/** `other` has used the coupon WELCOME10; all but `canceled` are placed and paid. */
export type Planting = {
  readonly order: string
  readonly canceled: string
  readonly other: string
}

/** A second row like one that is there, but for some columns. */
export function copyOf(
  table: string,
  where: string,
  changed: Readonly<Record<string, string>> = {},
): string {
  const fields = Object.entries({ id: 'uuidv7()', ...changed })
  const changes = fields.map(([name, value]) => `'${name}', ${value}`).join(', ')
  return `
    insert into ${table} select made.*
    from (select * from ${table} where ${where} limit 1) as one, jsonb_populate_record(
      null::${table}, to_jsonb(one) || jsonb_build_object(${changes})) as made`
}
