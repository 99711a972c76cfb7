// docs/proof.md tells of everything that `npm run prove` runs, and its tables of all that was
// found.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { findingsOf, resultOf } from './findings.ts'
import { tablesOf } from './results.ts'
import { sections } from './sections.ts'

const root = path.resolve(import.meta.dirname, '..')
const page = readFileSync(path.join(root, 'docs/proof.md'), 'utf8')

test('the page names each section, and each file of races, hostile input and outages', () => {
  for (const { name } of sections) assert(page.includes(`\n| ${name} |`), name)
  const files = globSync('test/{races,hostile,outages}/*.test.ts', { cwd: root })
  const missing = files.filter((file) => !page.includes(`\`${path.basename(file, '.test.ts')}\``))
  assert(files.length > 20)
  assert.deepEqual(missing, [])
})

test('the tables hold each attack, place and promise, and what was violated', () => {
  const section = sections.find(({ name }) => name === 'crashes')!
  const told = {
    file: '/test/crash/checkout.test.ts',
    skipped: false,
    ms: 1,
    error: null,
    seen: 'orders: 12',
  }
  const found = findingsOf(
    section,
    [
      { seed: 1, told: [{ ...told, name: 'kill | it (seed 1)', passed: true }] },
      { seed: 2, told: [{ ...told, name: 'kill | it (seed 2)', passed: false, error: 'gone' }] },
    ],
    [
      { about: 'promises', results: [{ name: 'paid once', violations: 3 }] },
      { about: 'crash', file: 'checkout.test.ts', point: 'before it', hits: 7, healed_ms: 1_234 },
    ],
  )
  const how = { commit: 'abc', begun_at: '2026-01-02T03:04:05.000Z', seconds: 9, seed: 1 }
  const result = resultOf([found], { ...how, size: 'usual' })
  assert.deepEqual(result.attacks[0]!.guilty, [{ seed: 2, rows: 'gone' }])
  const tables = tablesOf([result])
  for (const row of [
    '- 2026-01-02 03:04 UTC, commit `abc`, 9 s, seed 1: crashes',
    '1 attacks ran 2 times: 1 violations.',
    '| kill \\| it<br><small>orders: 12</small> | 2 | 1 |',
    '| before it | 7 | 1.2 s | 1 |',
    '| paid once | 1 | 3 |',
  ]) {
    assert(tables.includes(row), `${row}\nis not in\n${tables}`)
  }
})
