// The only place where connections are opened, so that types are parsed in one way.
import pg from 'pg'
import { primaryOf } from './primary.ts'
import { leaveSilence } from './silence.ts'

/** A pool of connections. Whoever takes a `Db` opens transactions of its own. */
export type Db = pg.Pool

// int8 carries money: never a double. Dates without a time stay text: they have no zone.
const int8 = 20
const int8_array = 1016
const date = 1082
const types = new pg.TypeOverrides()
types.setTypeParser(int8, (text: string) => BigInt(text))
types.setTypeParser(int8_array, (text: string) =>
  text === '{}' ? [] : text.slice(1, -1).split(',').map(BigInt),
)
types.setTypeParser(date, (text: string) => text)

export type PoolOptions = {
  readonly url: string
  readonly connections_max: number
  readonly name: string
}

/** With the types of the driver, unless `own` names others. */
export function openPool({ url, connections_max, name }: PoolOptions, own: pg.PoolConfig): Db {
  const { connection_url, Client, isSilent } = primaryOf(url)
  const pool = new pg.Pool({
    ...own,
    Client,
    // Statements of a transaction that do not wait for each other share one round trip.
    pipeline: true,
    connectionString: connection_url,
    max: connections_max,
    application_name: name,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    // A statement that hangs must not hold locks for ever.
    statement_timeout: 60_000,
    idle_in_transaction_session_timeout: 30_000,
    // Where a whole machine is gone, nobody closes what is open.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  })
  // A connection that breaks while idle is replaced by the pool; without a listener Node would die.
  pool.on('error', () => {})
  // So would one that breaks between two statements of a transaction: the next statement tells.
  pool.on('connect', (client) => client.on('error', () => {}))
  leaveSilence(pool, isSilent)
  return pool
}

export const openDb = (options: PoolOptions): Db => openPool(options, { types })

/** One connection outside of every pool, for whoever listens; it is not open yet. */
export function openClient({ url, name }: Omit<PoolOptions, 'connections_max'>): pg.Client {
  const { connection_url, Client } = primaryOf(url)
  return new Client({
    connectionString: connection_url,
    application_name: name,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  })
}
