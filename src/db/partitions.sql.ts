import type { Tx } from './sql.ts'

/** Tables that only grow get their partitions some months ahead; their rows have no other home. */
export const makePartitions = (tx: Tx, now: Date): Promise<number> =>
  tx.run`
    select make_partitions(parent.relname, ${now}, 3)
    from pg_class as parent
    where parent.relkind = 'p' and parent.relnamespace = current_schema()::regnamespace`
