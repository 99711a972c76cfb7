import assert from 'node:assert/strict'
import { test } from 'node:test'
import { removeField } from '#src/catalog/edit-fields.ts'
import { readFields } from '#src/catalog/fields.sql.ts'
import { type FieldDefinition, field_limits } from '#src/catalog/fields.ts'
import { readOnce, transaction } from '#src/db/transaction.ts'
import { Secret } from '#src/lib/secret.ts'
import { testDatabase } from '#test/database.ts'
import { fieldProblems, type OwnFields } from './own-fields.ts'
import { prepareDatabase } from './parts.ts'
import { StartError } from './start-error.ts'

const { db, url } = await testDatabase()
const startOn = (database: string, fields: OwnFields) =>
  prepareDatabase(new Secret(database), null, { migrations: null, fields })
const start = (fields: OwnFields) => startOn(url, fields)

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

test('a field that the file removes is gone after the start, and once is enough', async () => {
  const before = (await eventsOf()).length
  const without: OwnFields = { ...fields, light: { removed: true }, never: { removed: true } }
  await Promise.all([start(without), start(without)])
  const deposit = 'deposit,Deposit,money,,false,true'
  assert.deepEqual(await stored(), ['light,Light,choice,sun/shade,true,false', deposit])
  assert.deepEqual((await eventsOf()).slice(before).toSorted(), ['field.changed', 'field.removed'])
  await start(fields)
  assert.deepEqual(await stored(), ['light,Light,choice,sun/shade,true,true', deposit])
})

test('the limits hold for what the file comes to, and what is in the way is named', async () => {
  const other = await testDatabase()
  const named = (prefix: string, count: number, filterable: boolean): OwnFields =>
    Object.fromEntries(
      Array.from({ length: count }, (_, n): [string, OwnFields[string]] => [
        `${prefix}_${n}`,
        { owner: 'product', name: `${prefix} ${n}`, type: 'text', filterable },
      ]),
    )
  const count = async (what: (field: FieldDefinition) => boolean): Promise<number> => {
    const all = await readOnce(other.db, readFields)
    return all.filter((field) => field.archived_at === null && what(field)).length
  }
  const filterable = named('facet', field_limits.filterable, true)
  await startOn(other.url, filterable)
  const { facet_0: _, ...others } = filterable
  const renamed: OwnFields = { ...named('aspect', 1, true), ...others }
  await assert.rejects(startOn(other.url, renamed), (error: unknown) => {
    assert(error instanceof StartError)
    assert.match(error.message, /the field aspect_0: there would be more than 30 filterable fields/)
    assert.match(error.message, /Not in the file are facet_0: say "facet_0: \{ removed: true \}"/)
    return true
  })
  assert.equal(await count(({ key }) => key === 'aspect_0'), 0)
  // The new ones stand first in the file: what makes room for them goes first all the same.
  await startOn(other.url, { ...renamed, facet_0: { removed: true } })
  assert.equal(await count(({ key }) => key === 'facet_0'), 0)
  const plain = named('facet', 2, false)['facet_1']!
  const swapped: OwnFields = { ...named('aspect', 2, true), ...others, facet_1: plain }
  await startOn(other.url, swapped)
  assert.equal(await count((field) => field.filterable), field_limits.filterable)

  const room = field_limits.fields - (await count(() => true))
  await startOn(other.url, named('plain', room, false))
  const full: OwnFields = { fresh: { owner: 'variant', name: 'Fresh', type: 'text' } }
  await assert.rejects(
    startOn(other.url, full),
    /more than 100 fields\. Not in the file are .*plain_0/,
  )
  await startOn(other.url, { ...full, plain_0: { removed: true } })
  assert.equal(await count(() => true), field_limits.fields)
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
  [{ pot: 'text' }, /field pot: /],
  [{ pot: { removed: true, name: 'P' } }, /field pot: what is removed says nothing else/],
  [
    { pot: { removed: false, owner: 'product', name: 'P', type: 'text' } },
    /field pot: removed: .* \(unknown_field\)/,
  ],
]
for (const [given, told] of wrong) {
  test(`a file that says ${JSON.stringify(given)} is told what is wrong`, async () => {
    assert.match((await fieldProblems(given as OwnFields)).join('\n'), told)
  })
}

test('a file whose fields are right has no problem', async () => {
  assert.deepEqual(await fieldProblems({ ...fields, pot: { removed: true } }), [])
})
