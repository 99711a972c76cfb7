import assert from 'node:assert/strict'
import { test } from 'node:test'
import { removeField } from '#src/catalog/edit-fields.ts'
import { readFields } from '#src/catalog/fields.sql.ts'
import { readOnce, transaction } from '#src/db/transaction.ts'
import { Secret } from '#src/lib/secret.ts'
import { testDatabase } from '#test/database.ts'
import { fieldProblems, type OwnFields } from './own-fields.ts'
import { prepareDatabase } from './parts.ts'
import { StartError } from './start-error.ts'

const { db, url } = await testDatabase()
const start = (fields: OwnFields) =>
  prepareDatabase(new Secret(url), null, { migrations: null, fields })

const fields: OwnFields = {
  light: {
    owner: 'product',
    name: 'Light',
    type: 'choice',
    choices: ['sun', 'shade'],
    filterable: true,
  },
  deposit: { owner: 'variant', name: 'Deposit', type: 'money', currency: 'EUR' },
}
const stored = async () =>
  (await readOnce(db, readFields)).map(({ key, name, type, choices, filterable, archived_at }) =>
    [key, name, type, choices.join('/'), filterable, archived_at === null].join(),
  )
const eventsOf = async (): Promise<string[]> => {
  const { rows } = await db.query<{ kind: string }>(
    "select kind from event where subject = 'field' order by id",
  )
  return rows.map(({ kind }) => kind)
}

test('fields of the file are there after the start, and a second start writes nothing', async () => {
  await start(fields)
  const whole = ['light,Light,choice,sun/shade,true,true', 'deposit,Deposit,money,,false,true']
  assert.deepEqual(await stored(), whole)
  await Promise.all([start(fields), start(fields)])
  assert.deepEqual(await stored(), whole)
  assert.deepEqual(await eventsOf(), ['field.defined', 'field.defined'])
})

test('what the file says goes before what was changed or removed meanwhile', async () => {
  const by = { actor: 'system', now: new Date() }
  await transaction(db, (tx) => removeField(tx, 'light', by))
  const renamed = { ...fields, deposit: { ...fields['deposit']!, name: 'Bottle deposit' } }
  await Promise.all([start(renamed), start(renamed)])
  assert.deepEqual(await stored(), [
    'light,Light,choice,sun/shade,true,true',
    'deposit,Bottle deposit,money,,false,true',
  ])
  const changed = ['field.removed', 'field.changed', 'field.changed']
  assert.deepEqual((await eventsOf()).slice(2), changed)
  // Taken out of the file, a field stays: its values are those of the shop.
  await start({})
  assert.equal((await stored()).length, 2)
})

test('another type than the stored one stops the start, and none of the others is written', async () => {
  const before = await stored()
  const other: OwnFields = {
    fresh: { owner: 'product', name: 'Fresh', type: 'boolean' },
    light: { owner: 'variant', name: 'Light', type: 'text' },
  }
  await assert.rejects(start(other), (error: unknown) => {
    assert(error instanceof StartError)
    assert.equal(error.exit_code, 2)
    assert.match(error.message, /the field light: owner: .* \(cannot_change\)/)
    assert.match(error.message, /the field light: type: .* \(cannot_change\)/)
    return true
  })
  assert.deepEqual(await stored(), before)
})

const wrong: [fields: object, told: RegExp][] = [
  [{ 'Pot-cm': { owner: 'product', name: 'P', type: 'text' } }, /"Pot-cm" is no key of a field/],
  [{ pot: { owner: 'cart', name: 'P', type: 'text' } }, /field pot: owner: .*product.* \(not_allo/],
  [{ pot: { owner: 'product', name: 'P', type: 'txt' } }, /field pot: type: .* \(not_allowed\)/],
  [{ pot: { owner: 'product', type: 'text' } }, /field pot: name: .* \(required\)/],
  [
    { pot: { owner: 'product', name: 'P', type: 'text', filterble: true } },
    /field pot: filterble: .* \(unknown_field\)/,
  ],
  [{ pot: { owner: 'product', name: 'P', type: 'choice' } }, /pot: choices: .* \(missing\)/],
  [
    { pot: { owner: 'product', name: 'P', type: 'money', currency: 'XXQ' } },
    /pot: currency: .* \(unknown\)/,
  ],
  [{ pot: null }, /field pot: /],
]
for (const [given, told] of wrong) {
  test(`a file that says ${JSON.stringify(given)} is told what is wrong`, async () => {
    assert.match((await fieldProblems(given as OwnFields)).join('\n'), told)
  })
}

test('a file whose fields are right has no problem', async () => {
  assert.deepEqual(await fieldProblems(fields), [])
})
