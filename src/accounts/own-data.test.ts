// What a shop does by itself when a customer is erased or exported: all of it or nothing, in time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { insertCustomer } from '#src/customers/customers.sql.ts'
import { snapshot, transaction } from '#src/db/transaction.ts'
import { type CustomerId, newId } from '#src/lib/ids.ts'
import { Refusal, refuse } from '#src/lib/refusal.ts'
import { RuleError } from '#src/lib/rule-error.ts'
import { testDatabase } from '#test/database.ts'
import { eraseCustomer } from './erase-customer.ts'
import { exportCustomer } from './export-customer.ts'
import { exportOwn, no_own_data, type OwnData } from './own-data.ts'

const { db } = await testDatabase()
const now = new Date('2026-11-22T10:00:00Z')
await transaction(
  db,
  (tx) => tx.run`create table wish (customer_id uuid primary key, wish text not null)`,
)

async function makePerson(name: string) {
  const id = newId<CustomerId>()
  const email = `${name}@example.com`
  await transaction(db, async (tx) => {
    await insertCustomer(tx, { id, email, name, phone: null, created_at: now })
    await tx.run`insert into wish values (${id}, 'under the porch')`
  })
  return { id, email }
}
const wishesOf = async (id: string): Promise<number> =>
  (await db.query('select from wish where customer_id = $1', [id])).rows.length
const nameOf = async (id: string): Promise<string> =>
  (await db.query<{ name: string }>('select name from customer where id = $1', [id])).rows[0]!.name
const erase = (id: CustomerId, onErase: OwnData['onErase']) =>
  transaction(db, (tx) =>
    eraseCustomer(tx, id, { actor: 'test', now }, { ...no_own_data, onErase }),
  )

test('what a shop keeps goes in the same transaction, while the person can still be found', async () => {
  const { id, email } = await makePerson('ada')
  await erase(id, async (tx, person) => {
    assert.deepEqual(person, { id, email })
    const found = await tx.maybe`select from customer where email = ${person.email}`
    assert(found)
    await tx.run`delete from wish where customer_id = ${person.id}`
  })
  assert.deepEqual([await wishesOf(id), await nameOf(id)], [0, ''])
})

test('when it fails nothing is erased, and the failure is named; a refusal stays one', async () => {
  const { id } = await makePerson('bo')
  const forget =
    (error: Error): OwnData['onErase'] =>
    async (tx) => {
      await tx.run`delete from wish where customer_id = ${id}`
      throw error
    }
  await assert.rejects(erase(id, forget(new Error('slip'))), (error: unknown) => {
    assert(error instanceof RuleError)
    assert.equal(error.message, 'The personal data rule "onErase" has failed.')
    return true
  })
  const no = refuse('refused_by_shop', { reason: 'They have borrowed a ladder.' })
  await assert.rejects(erase(id, forget(no)), (error: unknown) => error === no)
  assert(no instanceof Refusal)
  assert.deepEqual([await wishesOf(id), await nameOf(id)], [1, 'bo'])
})

test('what it tells stands in the export, and what takes too long or fails is told before it', async () => {
  const person = await makePerson('cy')
  const onExport: OwnData['onExport'] = async (tx, { id }) => ({
    wishes: await tx.many`select wish from wish where customer_id = ${id}`,
    points: 12n,
  })
  let text = ''
  for await (const piece of await exportCustomer(db, person.id, now, {
    ...no_own_data,
    onExport,
  })) {
    text += piece
  }
  const told = JSON.parse(text)
  assert.deepEqual(told.shop, { wishes: [{ wish: 'under the porch' }], points: 12 })
  assert.equal(told.customer[0].email, person.email)
  assert.equal(await exportOwn(db, no_own_data, person), null)
  const slow: OwnData = {
    ...no_own_data,
    onExport: (tx) => tx.one`select pg_sleep(2)::text as slept`,
  }
  await assert.rejects(exportOwn(db, slow, person, 50), /takes more than 50 ms/)
  const broken: OwnData = {
    ...no_own_data,
    onExport: async () => {
      throw new Error('slip')
    },
  }
  const failed = /"onExport" has failed/
  await assert.rejects(exportCustomer(db, person.id, now, broken), failed)
  await snapshot(db, (tx) => tx.one`select 1 as one`)
})
