import type { ClientBase } from 'pg'
import pg from 'pg'
import { refuse } from '#src/lib/refusal.ts'
import { whileInTransaction } from '#src/lib/transaction-guard.ts'
import type { Db } from './pool.ts'
import { type Tx, txOn } from './sql.ts'

const tries_max = 5
const retryable = new Set(['40001', '40P01'])
const away = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOENT', 'ETIMEDOUT'])

/** The database cannot be reached or is closing: nothing of ours is wrong. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code } = error as { code?: string }
  if (code !== undefined && away.has(code)) return true
  // Class 08: connection exceptions; 57P0x: shutting down; 53300: too many connections.
  if (code !== undefined && /^(08|57P0|53300)/.test(code)) return true
  return /connection terminated|timeout exceeded when trying to connect|not queryable/i.test(
    error.message,
  )
}

const isRetryable = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && retryable.has(error.code ?? '')

export type TransactionOptions = { readonly isolation: 'read committed' | 'repeatable read' }

async function attempt<T>(
  client: ClientBase,
  begin: string,
  body: (tx: Tx) => Promise<T>,
): Promise<T> {
  await client.query(begin)
  try {
    const result = await whileInTransaction(() => body(txOn(client)))
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  }
}

type Attempt<T> = (client: ClientBase) => Promise<T>

async function run<T>(db: Db, work: Attempt<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    let client: pg.PoolClient | undefined
    let broken = false
    try {
      client = await db.connect()
      return await work(client)
    } catch (error) {
      broken = isDatabaseAway(error)
      if (broken) throw refuse('database_unavailable')
      if (!isRetryable(error) || tries >= tries_max) throw error
    } finally {
      client?.release(broken)
    }
  }
}

/**
 * Runs `body` in one READ COMMITTED transaction and commits. The whole body runs again after a
 * deadlock or a serialization failure, which is safe because it can have touched nothing else:
 * the HTTP client asserts that no transaction is open.
 *
 * A connection that breaks at `commit` leaves the outcome open: the caller's idempotency key
 * tells, so it is reported as `database_unavailable` and never retried here.
 * @throws database_unavailable
 */
export const transaction = <T>(db: Db, body: (tx: Tx) => Promise<T>): Promise<T> =>
  run(db, (client) => attempt(client, 'begin', body))

/** All statements of `body` see one moment. */
export const snapshot = <T>(db: Db, body: (tx: Tx) => Promise<T>): Promise<T> =>
  run(db, (client) => attempt(client, 'begin isolation level repeatable read read only', body))

/** For a `body` of one reading statement, which needs no transaction around it. */
export const readOnce = <T>(db: Db, body: (tx: Tx) => Promise<T>): Promise<T> =>
  run(db, (client) => body(txOn(client)))
