import assert from 'node:assert/strict'
import { test } from 'node:test'
import { atEnd } from '#test/cleanup.ts'
import { testDatabase } from '#test/database.ts'
import { openCutLine } from '#test/outages/cut-line.ts'
import { until } from '#test/world.ts'
import { type Db, openPool } from './pool.ts'
import { openQueueDb } from './queue-pool.ts'

const { url } = await testDatabase(1)
const options = { url, connections_max: 1, name: 'queue' }

/** Ends a pool while somebody waits for its only connection: what that one is told. */
async function endBeside(pool: Db): Promise<{ readonly told: Promise<unknown> }> {
  const first = await pool.connect()
  const waiting = pool.connect()
  const told = waiting.then(
    () => 'a connection',
    (error: unknown) => error,
  )
  const ended = pool.end()
  first.release()
  atEnd(() => ended)
  return { told }
}

test('who waits for a connection when all has ended is told nothing: nobody would catch it', async () => {
  const queue = await endBeside(openQueueDb(options, () => true))
  const plain = await endBeside(openPool(options, {}))
  // The plain pool was ended later, so whatever there is to tell of the queue has been told.
  assert.match(String(await plain.told), /timeout exceeded/)
  assert.equal(await Promise.race([queue.told, Promise.resolve('nothing')]), 'nothing')
})

test('who wants a connection waits while the database is away, and gets one when it is back', async () => {
  const line = await openCutLine(url)
  atEnd(() => line.close())
  let stopping = false
  const queue = openQueueDb({ ...options, url: line.url }, () => stopping)
  atEnd(() => queue.end())
  line.cut()
  let told = 'nothing'
  const connected = queue.connect()
  void connected.then(() => {
    told = 'a connection'
  })
  await until('several attempts', async () => line.refused() >= 3)
  assert.equal(told, 'nothing')
  line.mend()
  const client = await connected
  // Taken for something to be tried again at once, not in minutes.
  line.cut()
  await assert.rejects(client.query('select 1'), { code: '40001' })
  client.release()
  // Who stops is told at once.
  stopping = true
  await assert.rejects(queue.connect(), /ECONN|terminated/)
  line.mend()
})
