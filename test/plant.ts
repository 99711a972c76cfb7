// Plants guilty rows, asks the promises, and takes the rows back.
import assert from 'node:assert/strict'
import type { Db } from '#src/db/pool.ts'
import { txOn } from '#src/db/sql.ts'
import { readPromises } from '#src/promises/promises.sql.ts'

/** The promises that are broken after these statements, each of which must change something. */
export async function brokenBy(db: Db, statements: readonly string[]): Promise<string[]> {
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
    const tx = txOn(client, () => true)
    const results = await readPromises(tx, new Date())
    return results.filter(({ violations }) => violations > 0).map(({ name }) => name)
  } finally {
    await client.query('rollback')
    client.release()
  }
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
