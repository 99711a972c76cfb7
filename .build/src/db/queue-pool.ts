// Connections for the job queue.
import type { PoolClient } from 'pg'
import { type Db, openPool, type PoolOptions } from './pool.ts'
import { isDatabaseAway, isDatabaseFull } from './transaction.ts'

// The code of a server that is still starting. The job queue tries again what fails with it; when
// it cannot note the end of a job for any other reason, nobody catches that, and the process dies.
const starting = '57P03'

type Act = (...given: unknown[]) => unknown

/**
 * It writes what it has read as JSON, and could not do so with a bigint. Who stops does not wait
 * for a database that is away: others set its jobs free.
 */
export function openQueueDb(options: PoolOptions, isStopping: () => boolean): Db {
  const tryAgain = (error: unknown): never => {
    const passes = isDatabaseAway(error) || isDatabaseFull(error)
    if (passes && !isStopping()) Object.assign(error as Error, { code: starting })
    throw error
  }
  const patient =
    (act: Act): Act =>
    (...given) => {
      const promised = act(...given)
      return promised instanceof Promise ? promised.catch(tryAgain) : promised
    }
  const pool = openPool(options, {})
  const connect = pool.connect.bind(pool) as Act
  // What it still tries when all has ended is nobody's: others take the job over. Who waited for
  // a connection at that moment is never given one, and is told so by a timeout.
  const never = new Promise(() => {})
  const unlessEnded: Act = (...given) => {
    if (pool.ending) return never
    const promised = connect(...given)
    if (!(promised instanceof Promise)) return promised
    return promised.catch((error: unknown) => {
      if (pool.ending) return never
      throw error
    })
  }
  pool.connect = patient(unlessEnded) as Db['connect']
  pool.on('connect', (client) => {
    client.query = patient(client.query.bind(client) as Act) as PoolClient['query']
  })
  return pool
}
