// What each statement costs the database, for `npm run bench -- --statements`.
import type { Tx } from '#src/db/sql.ts'

/** Settings of a server that counts. */
export const count_statements = {
  shared_preload_libraries: 'pg_stat_statements',
  'pg_stat_statements.track': 'all',
  track_io_timing: 'on',
} as const

export async function openCounts(tx: Tx): Promise<void> {
  await tx.run`create extension pg_stat_statements`
}

export async function resetCounts(tx: Tx): Promise<void> {
  await tx.run`select pg_stat_statements_reset()`
}

export type StatementCost = {
  readonly text: string
  readonly calls: number
  readonly rows: number
  readonly total_ms: number
  readonly plan_ms: number
  readonly wal_bytes: number
}

/** The dearest first. Statements within functions count for themselves and for their caller. */
export const readCounts = (tx: Tx, limit: number): Promise<StatementCost[]> =>
  tx.many<StatementCost>`
    select regexp_replace(query, '\\s+', ' ', 'g') as text, calls::int, rows::int,
      total_exec_time as total_ms, total_plan_time as plan_ms, wal_bytes::float8
    from pg_stat_statements order by total_exec_time desc limit ${limit}`
