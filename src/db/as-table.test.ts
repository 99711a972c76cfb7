import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { testDatabase } from '#test/database.ts'
import { asTable } from './as-table.ts'
import { transaction } from './transaction.ts'

const { db } = await testDatabase(1)
const id = '01a21358-7c0f-723a-ba03-971cad4a1517'
const shape = `row (n int, id uuid, words text, list text[], money bigint[], doc jsonb,
  at timestamptz, flag boolean, bytes bytea)`

const read = (rows: readonly object[]) =>
  transaction(db, (tx) => tx.many<object>`select * from ${asTable(rows, shape)} order by n`)

test('whatever is in a row comes back as it was', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }).filter((some) => !/\0/.test(some)),
    fc.constantFrom('', 'NULL', 'null', '{a,b}', 'a"b', 'a\\b', "it's", '", "', ' ', '\n', '\\x41'),
  )
  const row = fc.record({
    id: fc.constantFrom(id, null),
    words: fc.option(text),
    list: fc.option(fc.array(text, { maxLength: 3 })),
    money: fc.option(fc.array(fc.bigInt({ min: -(2n ** 53n), max: 2n ** 53n }), { maxLength: 3 })),
    doc: fc.option(
      fc.record(
        { name: text, list: fc.array(text), nothing: fc.constant(null) },
        { noNullPrototype: true },
      ),
    ),
    at: fc.constantFrom(new Date(0), new Date('2026-11-25T10:00:00.123Z'), null),
    flag: fc.option(fc.boolean()),
    bytes: fc.constantFrom(null, '\\x00ff22'),
  })
  const sent = fc.array(row, { minLength: 1, maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(sent, async (rows) => {
      const numbered = rows.map((one, n) => ({ n, ...one }))
      const expected = numbered.map(({ bytes, ...one }) => ({
        ...one,
        bytes: bytes === null ? null : Buffer.from('00ff22', 'hex'),
      }))
      assert.deepEqual(await read(numbered), expected)
    }),
    { numRuns: 60 },
  )
})

test('no rows are a table without rows, and fields that a row does not have are null', async () => {
  assert.deepEqual(await read([]), [])
  const [row] = await read([{ n: 1 }])
  assert.deepEqual(
    Object.values(row!).filter((value) => value !== null),
    [1],
  )
})

test('what is no id cannot become two of them', async () => {
  for (const forged of [`${id},${id}`, `${id}},{${id}`, `${id}"`, 'NULL']) {
    await assert.rejects(read([{ n: 1, id: forged }]), /invalid input syntax for type uuid/)
  }
})
