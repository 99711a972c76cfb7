// What no migration may do to tables that grow with a shop, however quick the machine is: write
// them anew, or build an index inside its transaction. With a larger shop it would be too slow.
import assert from 'node:assert/strict'
import { indexesOf, migrations_folder, readMigrations } from '#src/db/migrate.ts'
import type { Db } from '#src/db/pool.ts'

/** The tables that grow with a shop. */
export const growing = (
  'orders order_line hold payment_attempt capture journal_entry coupon_use event effect cart ' +
  'cart_line customer idempotency invoice message shipment shipment_line label tracking_scan ' +
  'pick_task stock_movement provider_event'
).split(' ')

export type Stored = { readonly name: string; readonly file: string; readonly is_index: boolean }

/** In which files the grown tables and their indexes lie. */
export async function readStored(db: Db): Promise<Stored[]> {
  const { rows } = await db.query<Stored>(
    `with grown as (
       select oid from pg_class where oid = any ($1::regclass[])
       union all select inhrelid from pg_inherits where inhparent = any ($1::regclass[]))
     select relname as name, relfilenode::text as file, relkind in ('i', 'I') as is_index
     from pg_class left join pg_index on indexrelid = pg_class.oid
     where coalesce(indrelid, pg_class.oid) in (select oid from grown) order by relname`,
    [growing],
  )
  return rows
}

const built_beside = new Set(
  readMigrations(migrations_folder)
    .flatMap(indexesOf)
    .map((one) => one.builds),
)

export function assertNothingRewritten(before: readonly Stored[], after: readonly Stored[]): void {
  const files = new Map(before.map(({ name, file }) => [name, file]))
  const guilty = after.filter(({ name, file, is_index }) =>
    files.has(name) ? files.get(name) !== file : is_index && !built_beside.has(name),
  )
  const names = guilty.map(({ name }) => name)
  assert.deepEqual(names, [], 'written anew while buyers wait, or built in a transaction')
}
