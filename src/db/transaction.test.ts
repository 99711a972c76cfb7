import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PoolClient } from 'pg'
import { testDatabase } from '#test/database.ts'
import type { Db } from './pool.ts'
import { type Tx, together } from './sql.ts'
import { transaction, transactionByKey } from './transaction.ts'

const { db } = await testDatabase(2)

const insert = (tx: Tx, name: string): Promise<number> =>
  tx.run`insert into revision (name, number) values (${name}, 1)`
const names = async (): Promise<string[]> => {
  const { rows } = await db.query<{ name: string }>('select name from revision order by name')
  return rows.map(({ name }) => name)
}
const before = await names()

/** The same pool, whose connections answer the next `begin` with an error. */
function failingAtBegin(): Db {
  const spoil = (client: PoolClient): PoolClient =>
    new Proxy(client, {
      get: (of, name) => {
        const member: unknown = Reflect.get(of, name)
        if (typeof member !== 'function') return member
        if (name !== 'query') return member.bind(of)
        return (asked: unknown, ...more: unknown[]) => {
          const begins = typeof asked === 'string' && asked.startsWith('begin')
          return member.call(of, begins ? 'select 1 / 0' : asked, ...more)
        }
      },
    })
  return new Proxy(db, {
    get: (of, name) =>
      name === 'connect' ? async () => spoil(await of.connect()) : Reflect.get(of, name),
  })
}

for (const [name, open] of Object.entries({ transaction, transactionByKey })) {
  test(`${name}: when its begin fails, nothing that was sent with it is written`, async () => {
    const refused = open(failingAtBegin(), (tx) =>
      together(insert(tx, `${name} 1`), insert(tx, `${name} 2`)),
    )
    // The cause is told, and not what followed from it.
    await assert.rejects(refused, /division by zero/)
    assert.deepEqual(await names(), before)

    await open(db, (tx) => insert(tx, name))
    assert.deepEqual(await names(), [...before, name].sort())
    await open(db, (tx) => tx.run`delete from revision where name = ${name}`)
  })
}

test('a body that fails leaves nothing, and the connection serves the next one', async () => {
  const failed = transaction(db, async (tx) => {
    await insert(tx, 'half')
    throw new Error('the other half is missing')
  })
  await assert.rejects(failed, /the other half/)
  assert.deepEqual(await names(), before)
})

test('a full disk is told as such, and the connection serves the next one', async () => {
  for (const code of ['53100', '53200', '53400']) {
    const refused = transaction(db, async (tx) => {
      await insert(tx, 'no room')
      await tx.run`select set_config('test.code', ${code}, true)`
      await tx.run`do $$ begin
        raise exception 'no space left' using errcode = current_setting('test.code');
      end $$`
    })
    await assert.rejects(refused, { code: 'database_full' })
  }
  assert.equal(db.totalCount, db.idleCount)
  assert.deepEqual(await names(), before)
})
