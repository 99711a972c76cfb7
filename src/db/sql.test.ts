import assert from 'node:assert/strict'
import { test } from 'node:test'
import { and, type Statement, sql } from './sql.ts'

/** One template, whatever is put into it. */
const pair = (a: unknown, b: unknown): Statement => sql`select ${a}, ${b}`

const read = ({ text, values }: Statement) => [text, values]

test('fragments are numbered on from the values before them', () => {
  const inner = sql`x = ${1} and y = ${2}`
  assert.deepEqual(read(sql`a = ${0} and (${inner}) and b = ${3}`), [
    'a = $1 and (x = $2 and y = $3) and b = $4',
    [0, 1, 2, 3],
  ])
  assert.deepEqual(read(and([sql`a = ${1}`, sql`b = ${2}`])), [
    'true and a = $1 and b = $2',
    [1, 2],
  ])
})

test('a template that is known takes other values, and other fragments in other places', () => {
  const one = sql`now()`
  const other = sql`coalesce(${7}, ${8})`
  for (let again = 0; again < 3; again++) {
    assert.deepEqual(read(pair(1, 2)), ['select $1, $2', [1, 2]])
    assert.deepEqual(read(pair(one, 2)), ['select now(), $1', [2]])
    assert.deepEqual(read(pair(1, one)), ['select $1, now()', [1]])
    assert.deepEqual(read(pair(other, 2)), ['select coalesce($1, $2), $3', [7, 8, 2]])
    assert.deepEqual(read(pair(1, other)), ['select $1, coalesce($2, $3)', [1, 7, 8]])
    assert.deepEqual(read(pair(one, other)), ['select now(), coalesce($1, $2)', [7, 8]])
    assert.deepEqual(read(pair(other, one)), ['select coalesce($1, $2), now()', [7, 8]])
  }
})

test('fragments that vary without end are put together all the same', () => {
  for (let n = 0; n < 12_000; n++) {
    const names = sql([`c${n} = `, ''] as unknown as TemplateStringsArray, n)
    assert.deepEqual(read(pair(names, 'z')), [`select c${n} = $1, $2`, [n, 'z']])
  }
})
