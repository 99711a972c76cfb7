// Everything that is stored, as one number per table: two equal ones say that nothing was written.
import type { Db } from '#src/db/pool.ts'

export type Fingerprint = Readonly<Record<string, string>>

/** Reads all tables of the shop and the queue but one; meant for small test databases. */
export async function readFingerprint(db: Db): Promise<Fingerprint> {
  const tables = await db.query<{ name: string }>(
    `select format('%I.%I', nspname, relname) as name
     from pg_class join pg_namespace on pg_namespace.oid = relnamespace
     where relkind = 'r' and nspname in ('public', 'graphile_worker')
       -- When keys were last seen is noted in passing, whatever comes of the request.
       and relname <> 'api_key_use'
     order by 1`,
  )
  const parts = tables.rows.map(
    ({ name }) =>
      `select '${name}' as name, count(*) || ' rows ' ||
        coalesce(sum(hashtextextended(t::text, 0)), 0) as sum from ${name} as t`,
  )
  // Named, so that PostgreSQL plans it no more after some readings.
  const { rows } = await db.query<{ name: string; sum: string }>({
    name: `fingerprint of ${tables.rows.length}`,
    text: parts.join(' union all '),
  })
  return Object.fromEntries(rows.map(({ name, sum }) => [name, sum]))
}
