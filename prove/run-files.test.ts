// An attack that never ran is no attack that held: files that fall over are violations.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { atEnd } from '#test/cleanup.ts'
import { type Run, runFiles } from './run-files.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'onhand-run-files-'))
atEnd(() => rmSync(folder, { recursive: true, force: true }))

const head = "import { after, describe, test } from 'node:test'\n"
const files = {
  'whole.test.ts': "test('holds', () => {})\ntest('left out', { skip: true }, () => {})",
  'throws.test.ts': "test('never', () => {})\nthrow new Error('on its first lines')",
  'killed.test.ts': `test('before', () => {})
    test('during', () => new Promise(() => process.kill(process.pid, 'SIGKILL')))
    test('after', () => {})`,
  'empty.test.ts': 'export {}',
  'leaves.test.ts': "test('before', () => {})\ntest('during', () => process.exit(3))",
  'quits.test.ts': "test('before', () => {})\ntest('during', () => process.exit(0))",
  'cleanup.test.ts': "test('holds', () => {})\nafter(() => { throw new Error('still open') })",
  'group.test.ts': "describe('a group', () => { throw new Error('of a group') })",
}
for (const [name, text] of Object.entries(files)) {
  writeFileSync(path.join(folder, name), `${head}${text}\n`)
}

test('each file that did not run to its end is told as failed', async () => {
  // The runner that runs this very test would take the inner one for its own.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const run: Run = {
    files: Object.keys(files),
    files_at_once: 4,
    cwd: folder,
    env,
    onTold: () => {},
    onStart: () => {},
  }
  const told = await runFiles(run)
  const found = Map.groupBy(told, ({ file }) => path.basename(file))
  const failuresOf = (name: keyof typeof files): string[] =>
    (found.get(name) ?? []).filter(({ passed }) => !passed).map(({ error }) => String(error))
  assert.deepEqual(failuresOf('whole.test.ts'), [])
  assert.deepEqual(
    found.get('whole.test.ts')!.map(({ name, skipped }) => [name, skipped]),
    [
      ['holds', false],
      ['left out', true],
    ],
  )
  const wrong = Object.keys(files).slice(1) as (keyof typeof files)[]
  const quiet = wrong.filter((name) => failuresOf(name).length === 0)
  assert.deepEqual(quiet, [])
  assert.match(failuresOf('throws.test.ts').join(), /its process ended with code/)
  assert.match(failuresOf('killed.test.ts').join(), /ended by SIGKILL/)
  assert.match(failuresOf('empty.test.ts').join(), /not one of its tests/)
  assert.match(failuresOf('cleanup.test.ts').join(), /still open/)
})
