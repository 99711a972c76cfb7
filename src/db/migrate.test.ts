// A migration asks for tables that are in use: it must not keep others from them while it waits.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { atEnd } from '#test/cleanup.ts'
import { emptyDatabase } from '#test/database.ts'
import { until } from '#test/world.ts'
import { migrate } from './migrate.ts'

const { db } = await emptyDatabase()
const folder = mkdtempSync(path.join(tmpdir(), 'onhand-migrate-'))
atEnd(() => rmSync(folder, { recursive: true, force: true }))
const write = (name: string, text: string): void => writeFileSync(path.join(folder, name), text)

test('others pass a migration that waits behind a long reading', async () => {
  write('0001_first.sql', 'create table thing (id int)')
  assert.deepEqual(await migrate(db, folder), ['0001_first.sql'])
  write('0002_second.sql', 'alter table thing add column name text')

  const reader = await db.connect()
  await reader.query('begin')
  await reader.query('select from thing')
  let is_done = false
  const migrating = migrate(db, folder).finally(() => {
    is_done = true
  })
  const waits = async (): Promise<boolean> => {
    const { rowCount } = await db.query(
      `select from pg_locks where not granted and relation = 'thing'::regclass`,
    )
    return rowCount! > 0
  }
  // It asks more than once, and each time whoever has come after it gets through.
  for (let rounds = 0; rounds < 2; rounds++) {
    while (!(await waits())) assert(!is_done)
    await db.query('select from thing')
  }
  assert.equal(is_done, false)
  await reader.query('commit')
  reader.release()
  assert.deepEqual(await migrating, ['0002_second.sql'])
  const { rows } = await db.query('select id, name from thing')
  assert.deepEqual(rows, [])
})

test('a migration comes through where the next one comes before the last one has left', async () => {
  write('0003_busy.sql', 'alter table thing add column size int')
  let is_done = false
  let visits = 0
  const visit = async (): Promise<void> => {
    const client = await db.connect()
    await client.query('begin; select from thing')
    visits++
    await client.query('select pg_sleep(0.3)')
    const next = is_done || visits > 100 ? null : visit()
    await client.query('select pg_sleep(0.3)')
    await client.query('commit')
    client.release()
    await next
  }
  const visited = visit()
  await until('a visitor', async () => visits > 0)
  const migrating = migrate(db, folder).finally(() => {
    is_done = true
  })
  await visited
  assert(is_done, `it has waited for ${visits} visitors`)
  assert.deepEqual(await migrating, ['0003_busy.sql'])
})

test('a migration that fails for another reason fails at once, and leaves nothing', async () => {
  write('0004_third.sql', 'create table other (id int); select 1 / 0')
  await assert.rejects(migrate(db, folder), /migration 0004_third.sql failed/)
  const { rows } = await db.query("select to_regclass('other') as other")
  assert.deepEqual(rows, [{ other: null }])
})
