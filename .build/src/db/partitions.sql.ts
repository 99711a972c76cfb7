import type { Tx } from './sql.ts'

/**
 * Tables that only grow get their partitions some months ahead, and for the month before: a clock
 * may go back at the beginning of a month. Their rows have no other home.
 */
export const makePartitions = (tx: Tx, now: Date): Promise<number> =>
  tx.run`
    select make_partitions(parent.relname, ${now}::timestamptz - interval '1 month', 4)
    from pg_class as parent
    where parent.relkind = 'p' and parent.relnamespace = current_schema()::regnamespace`
