import type { ClientBase } from 'pg'
import pg from 'pg'
import { refuse } from '#src/lib/refusal.ts'
import { isTracing, step } from '#src/lib/trace.ts'
import { whileInTransaction } from '#src/lib/transaction-guard.ts'
import { settingOfActing } from './acting.ts'
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
  return (
    // A pooler in between has led an open connection to a server that became a standby.
    error.message === 'cannot set transaction read-write mode during recovery' ||
    /connection terminated|timeout exceeded when trying to connect|not queryable/i.test(
      error.message,
    )
  )
}

/** The database answers and stores nothing more: its disk or its memory is full. */
export function isDatabaseFull(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: string }
  // Class 53 without too many connections: insufficient resources.
  return code !== undefined && /^53(000|100|200|400)$/.test(code)
}

const isRetryable = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && retryable.has(error.code ?? '')

export type TransactionOptions = { readonly isolation: 'read committed' | 'repeatable read' }

async function attempt<T>(
  client: ClientBase,
  begin: string,
  body: (tx: Tx) => Promise<T>,
): Promise<T> {
  // Sent together with the first statements of the body; before the commit it must have worked.
  const begun = client.query(begin)
  const not_begun = begun.then(
    () => null,
    (error: unknown) => error,
  )
  let open = true
  try {
    const tx = txOn(client, () => open)
    const result = await whileInTransaction(() => body(tx))
    await begun
    open = false
    await client.query('commit')
    return result
  } catch (error) {
    open = false
    await client.query('rollback').catch(() => {})
    throw (await not_begun) ?? error
  }
}

// `begin` and the first statements travel together. Should `begin` fail alone (it was canceled,
// or memory ran out), they run without a transaction, each committing by itself. So a connection
// that transactions use may write nothing unless a transaction says that it does: then those
// statements fail too. It costs no round trip, and once per connection only.
const guarded = new WeakSet<ClientBase>()

function guard(client: ClientBase): void {
  if (guarded.has(client)) return
  guarded.add(client)
  // When this fails, so does the transaction behind it, or only the guard is missing.
  client.query('set default_transaction_read_only = on').catch(() => guarded.delete(client))
}

type Attempt<T> = (client: ClientBase) => Promise<T>

/** Spans are named by the command that asks, and hold nothing of its statements. */
function run<T>(db: Db, work: Attempt<T>, what = 'transaction'): Promise<T> {
  if (!isTracing()) return settle(db, work)
  const attributes = { 'db.system.name': 'postgresql', 'db.operation.name': what }
  const name = (command: string): string => `${what}: ${command}`
  return step(name, { kind: 'client', attributes }, () => settle(db, work))
}

async function settle<T>(db: Db, work: Attempt<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    let client: pg.PoolClient | undefined
    let broken = false
    try {
      client = await db.connect()
      guard(client)
      return await work(client)
    } catch (error) {
      broken = isDatabaseAway(error)
      if (broken) throw refuse('database_unavailable')
      if (isDatabaseFull(error)) throw refuse('database_full')
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
 * @throws database_unavailable, database_full
 */
export const transaction = <T>(db: Db, body: (tx: Tx) => Promise<T>): Promise<T> =>
  run(db, (client) => attempt(client, `begin read write${settingOfActing()}`, body))

/** All statements of `body` see one moment. */
export const snapshot = <T>(db: Db, body: (tx: Tx) => Promise<T>): Promise<T> =>
  run(
    db,
    (client) => attempt(client, 'begin isolation level repeatable read read only', body),
    'snapshot',
  )

// Rows of a batch are always few and found by their keys. The planner does not know that: it
// plans once, perhaps while a table is nearly empty, and then reads all of it for every batch.
const by_key = `set local enable_seqscan = off; set local enable_hashjoin = off;
  set local enable_mergejoin = off; set local plan_cache_mode = force_generic_plan`

/** A transaction whose statements find every row by a key, for batches. */
export const transactionByKey = <T>(db: Db, body: (tx: Tx) => Promise<T>): Promise<T> =>
  run(db, (client) => attempt(client, `begin read write${settingOfActing()}; ${by_key}`, body))

/** The same for a snapshot. */
export const snapshotByKey = <T>(db: Db, body: (tx: Tx) => Promise<T>): Promise<T> =>
  run(
    db,
    (client) => attempt(client, `begin isolation level repeatable read read only; ${by_key}`, body),
    'snapshot',
  )

/** For a `body` of one reading statement, which needs no transaction around it. */
export const readOnce = <T>(db: Db, body: (tx: Tx) => Promise<T>): Promise<T> =>
  run(db, (client) => body(txOn(client, () => true)), 'read')
