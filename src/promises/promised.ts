import type { Statement } from '#src/db/sql.ts'

/**
 * A query that returns the guilty rows. `now` is for deadlines: what is late must stand in the
 * exception inbox. Queries sum each table once and join the sums: a promise is asked of
 * everything, and a subquery per row takes minutes in a shop of a million orders.
 */
export type Promised = (now: Date) => Statement
export type Promises = Readonly<Record<string, Promised>>
