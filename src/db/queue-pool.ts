// Connections for the job queue.
import { setTimeout as pause } from 'node:timers/promises'
import type { PoolClient } from 'pg'
import { type Db, openPool, type PoolOptions } from './pool.ts'
import { isDatabaseAway, isDatabaseFull } from './transaction.ts'

// The code of a transaction that met another one. The job queue tries again what fails with it, 50
// ms later at first and every 5 s at last; with the code of a server that is starting it would
// wait for 3 s at first and two minutes at last, long after the database is back. When it cannot
// note the end of a job for any other reason, nobody catches that, and the process dies.
const try_again_soon = '40001'
/** Between two attempts to get a connection to a database that is away. */
const pause_ms = 500

type Act = (...given: unknown[]) => unknown

/**
 * It writes what it has read as JSON, and could not do so with a bigint. A database that is away is
 * waited for, however long that takes. Who stops does not wait: others set its jobs free.
 */
export function openQueueDb(options: PoolOptions, isStopping: () => boolean): Db {
  const isWaitedFor = (error: unknown): boolean =>
    !isStopping() && (isDatabaseAway(error) || isDatabaseFull(error))
  const pool = openPool(options, {})
  const connect = pool.connect.bind(pool) as Act
  // What it still tries when all has ended is nobody's: others take the job over. Who waited for
  // a connection at that moment is never given one, and is told so by a timeout.
  const never = new Promise(() => {})
  const insist = async (promised: Promise<unknown>): Promise<unknown> => {
    for (let asked = promised; ; asked = connect() as Promise<unknown>) {
      try {
        return await asked
      } catch (error) {
        if (pool.ending) return never
        if (!isWaitedFor(error)) throw error
      }
      await pause(pause_ms)
      if (pool.ending) return never
    }
  }
  // Who brings a callback tries again by itself.
  const patient: Act = (...given) => {
    if (pool.ending) return never
    const promised = connect(...given)
    return promised instanceof Promise ? insist(promised) : promised
  }
  pool.connect = patient as Db['connect']
  const tryAgain = (error: unknown): never => {
    if (isWaitedFor(error)) Object.assign(error as Error, { code: try_again_soon })
    throw error
  }
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as Act
    client.query = ((...given: unknown[]) => {
      const promised = query(...given)
      return promised instanceof Promise ? promised.catch(tryAgain) : promised
    }) as PoolClient['query']
  })
  return pool
}
