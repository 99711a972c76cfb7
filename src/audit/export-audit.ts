// The audit as JSON lines, oldest first, in pages: of any length in little memory.
import type { Db } from '#src/db/pool.ts'
import { snapshot } from '#src/db/transaction.ts'
import { toJson } from '#src/lib/json.ts'
import { type AuditFilter, readAuditForward } from './audit.sql.ts'

const page = 1_000

/** With `hash` and `digest`: SHA-256 of the hash before, `seq` as text and `digest` is `hash`. */
export async function* exportAudit(db: Db, filter: AuditFilter): AsyncGenerator<string> {
  let above = '0'
  for (;;) {
    const rows = await snapshot(db, (tx) => readAuditForward(tx, filter, above, page))
    if (rows.length > 0) yield `${rows.map((row) => toJson(row)).join('\n')}\n`
    if (rows.length < page) return
    above = rows.at(-1)!.id
  }
}
