// The connections of a process, while the primary changes: on real servers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { openClient, openDb } from '#src/db/pool.ts'
import { transaction } from '#src/db/transaction.ts'
import { atEnd } from '#test/cleanup.ts'
import { until } from '#test/world.ts'
import { openServers } from './servers.ts'

const servers = await openServers()
const { primary, standby } = servers
const url = servers.url(standby, primary)
const db = openDb({ url, connections_max: 5, name: 'following' })
atEnd(() => db.end())

const portOf = async (): Promise<number> => {
  const { rows } = await db.query<{ port: number }>('select inet_server_port() as port')
  return rows[0]!.port
}

test('a pool writes on the primary, in whatever order the hosts are named', async () => {
  await db.query('create table note (text text)')
  assert.equal(await portOf(), primary.port)
  const other = openDb({ url: servers.url(primary, standby), connections_max: 1, name: 'other' })
  await transaction(other, (tx) => tx.run`insert into note values ('kept')`)
  await other.end()
})

test('a standby alone is refused with its address, as a database that is away', async () => {
  await servers.inStep()
  const alone = openDb({ url: servers.url(standby), connections_max: 1, name: 'alone' })
  atEnd(() => alone.end())
  await assert.rejects(alone.query('select 1'), {
    code: '08001',
    message: `127.0.0.1:${standby.port} is a standby`,
  })
  const asked = transaction(alone, (tx) => tx.run`select 1`)
  await assert.rejects(asked, { code: 'database_unavailable' })
})

test('a connection that a pooler has led to a standby is not used again', async () => {
  const connectionString = servers.url(standby)
  const led = new pg.Pool({ connectionString, max: 1, pipeline: true })
  atEnd(() => led.end())
  const asked = transaction(led, (tx) => tx.run`insert into note values ('nowhere')`)
  await assert.rejects(asked, { code: 'database_unavailable' })
  assert.equal(led.totalCount, 0)
})

test('the only server falls silent: who waits is told, and it is asked again', async () => {
  const only = openDb({ url: servers.url(primary), connections_max: 2, name: 'only' })
  atEnd(() => only.end())
  await only.query('select 1')
  await primary.freeze()
  const asked = performance.now()
  const silent = transaction(only, (tx) => tx.run`insert into note values ('silent')`)
  await assert.rejects(silent, { code: 'database_unavailable' })
  // The server would have ended the statement after a minute, had it been able to.
  assert((performance.now() - asked) / 1000 < 30)
  primary.thaw()
  await until('an answer', () => only.query('select 1').catch(() => null))
})

test('a primary that freezes is left for the standby that was promoted', async () => {
  const heard: string[] = []
  const listener = openClient({ url, name: 'listener' })
  const ended = new Promise<void>((done) => listener.on('end', done))
  listener.on('error', () => {})
  await listener.connect()
  await listener.query('listen news')
  await primary.freeze()
  // Its machine is gone without a word: nothing closes what waits there.
  const stuck = assert.rejects(db.query('select 1'), /terminated/)
  await standby.promote()
  await Promise.all([stuck, ended])
  assert.equal(await until('the new primary', () => portOf().catch(() => null)), standby.port)
  await transaction(db, (tx) => tx.run`insert into note values ('after')`)
  const { rows } = await db.query('select text from note order by text')
  assert.deepEqual(rows, [{ text: 'after' }, { text: 'kept' }])

  const again = openClient({ url, name: 'listener' })
  atEnd(() => again.end())
  again.on('notification', ({ payload }) => heard.push(payload!))
  await again.connect()
  await again.query('listen news')
  await db.query("select pg_notify('news', 'heard')")
  await until('a notification', async () => heard.length > 0)
})
