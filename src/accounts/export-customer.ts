// Everything that the shop knows about a customer, as one JSON document. Written in pieces, so
// that neither many orders nor a slow reader cost memory or keep a connection.
import { readCustomer } from '#src/customers/customers.sql.ts'
import type { Db } from '#src/db/pool.ts'
import { snapshot } from '#src/db/transaction.ts'
import type { CustomerId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import { export_sections } from './export.sql.ts'
import { exportOwn, type OwnData, type Person } from './own-data.ts'

const page_size = 100
type Row = { readonly id: string; readonly json: string }

/** @throws not_found, before the first piece is written */
export async function exportCustomer(
  db: Db,
  id: CustomerId,
  now: Date,
  own: OwnData,
): Promise<AsyncIterable<string>> {
  const person = await snapshot(db, (tx) => readCustomer(tx, id))
  if (!person || person.erased_at) throw refuse('not_found', { customer_id: id })
  return pieces(db, { ...person, own: await exportOwn(db, own, person) }, now)
}

async function* pieces(
  db: Db,
  person: Person & { readonly own: string | null },
  now: Date,
): AsyncGenerator<string> {
  yield `{"exported_at":${JSON.stringify(now)}`
  for (const [name, section] of Object.entries(export_sections)) {
    yield `,${JSON.stringify(name)}:[`
    let after: string | null = null
    let written = 0
    for (;;) {
      const last: string | null = after
      const rows: readonly Row[] = await snapshot(db, (tx) => section(tx, person, last, page_size))
      if (rows.length > 0) {
        yield (written > 0 ? ',' : '') + rows.map(({ json }) => json).join()
        written += rows.length
      }
      if (rows.length < page_size) break
      after = rows.at(-1)!.id
    }
    yield ']'
  }
  if (person.own !== null) yield `,"shop":${person.own}`
  yield '}\n'
}
