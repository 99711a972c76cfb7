import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { readOnce, transaction } from '#src/db/transaction.ts'
import { readLinesDone } from '#src/offers/imports.sql.ts'
import { atEnd } from '#test/cleanup.ts'
import { testDatabase } from '#test/database.ts'
import { countCatalog, seedShop } from '#test/seed-catalog.sql.ts'

const { db, url } = await testDatabase()
await transaction(db, seedShop)
const folder = mkdtempSync(path.join(tmpdir(), 'onhand-import-'))
atEnd(() => rmSync(folder, { recursive: true, force: true }))

const program = path.resolve(import.meta.dirname, 'import.ts')
const environment = {
  PATH: process.env['PATH'],
  DATABASE_URL: url,
  DATA_DIR: path.join(folder, 'data'),
  DEMO_SHOP: 'no',
}

function start(...args: string[]): {
  child: ChildProcess
  ended: Promise<[number | null, string]>
} {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
  }
  const ended = once(child, 'close').then(([code]): [number | null, string] => [
    code as number | null,
    text,
  ])
  return { child, ended }
}

const header =
  'Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price'
const rows = (n: number): string[] =>
  Array.from({ length: n }, (_, i) =>
    i % 5 === 0
      ? `kill-${i / 5},Kill ${i / 5},Size,${i % 5},KILL-${i},2,1.00`
      : `kill-${Math.floor(i / 5)},,,${i % 5},KILL-${i},2,1.00`,
  )

async function until(isTrue: () => Promise<boolean>, what: string): Promise<void> {
  const end_ms = Date.now() + 30_000
  while (!(await isTrue())) {
    assert(Date.now() < end_ms, `never: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

test('killed again and again, the import goes on without repeats', async () => {
  const count = 6_000
  const file = path.join(folder, 'kill.csv')
  writeFileSync(file, [header, ...rows(count), 'bad,Bad,,,BAD,1,x'].join('\n'))
  const linesDone = () => readOnce(db, (tx) => readLinesDone(tx, 'kill.csv'))
  for (let kills = 0; kills < 3; kills++) {
    const before = await linesDone()
    const { child, ended } = start('kill.csv')
    await until(async () => (await linesDone()) > before, 'a batch is written')
    child.kill('SIGKILL')
    assert.deepEqual((await ended)[0], null)
  }
  assert((await linesDone()) < count, 'the last kill came before the end')
  const [code, text] = await start('kill.csv').ended
  assert.equal(code, 0, text)
  assert.match(text, /Went on behind line [\d,]+, where an earlier run ended/)
  assert.match(text, /1,200 products with 6,000 variants are in; 1 rows were refused/)
  assert.match(text, /line 6002: variant price "x" is no amount in EUR/)
  assert.deepEqual(await readOnce(db, (tx) => countCatalog(tx, 'KILL-%')), {
    variants: count,
    items: count,
    on_hand: 2 * count,
    moved: 2 * count,
  })
})

test('says what is wrong, with exit code 2 when nothing could be read', async () => {
  writeFileSync(path.join(folder, 'other.csv'), 'name,price\na,1\n')
  writeFileSync(path.join(folder, 'bad.csv'), `${header}\nx,X,,,X,1,one\n,,,,,,\n`)
  writeFileSync(path.join(folder, 'more.csv'), 'Handle,Title,Cost\nmore,More,1\n')
  writeFileSync(path.join(folder, 'sold.csv'), `${header}\nsold,Sold,,,SOLD,-4,1.00\n`)
  for (const [args, code, said] of [
    [['nowhere.csv'], 2, /cannot be read: .*nowhere\.csv/],
    [['other.csv'], 2, /no column "Handle"/],
    [
      ['bad.csv'],
      2,
      /^0 products .*\n {2}line 2: variant price "one" is no amount in EUR\n {2}line 3/,
    ],
    [['sold.csv'], 0, /^1 products .* 0 rows were refused .*\nRows that .*\n {2}line 2: .* -4 was/],
    [['more.csv'], 0, /^1 products .*\nColumns that are not read: Cost\.\n$/],
    [['.'], 2, /cannot be read/],
    [[], 2, /^Usage: npm run import/],
    [['--wrong'], 2, /^Usage/],
    [['--help'], 0, /^Usage/],
    [['other.csv', '--channel', 'moon'], 1, /no channel moon/],
  ] as const) {
    const [got, text] = await start(...args).ended
    assert.equal(got, code, text)
    assert.match(text, said)
  }
})
