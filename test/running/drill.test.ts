// The commands that a shop's owner runs: a backup while the shop sells, its return, and the drill
// that proves it. By the files of the embedded database, and by pg_dump where that is installed.
import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import pg from 'pg'
import { runBackupCommand } from '#src/app/backup.ts'
import { splitPassword, versionOf } from '#src/app/dump-tools.ts'
import { startEmbeddedPostgres } from '#src/app/embedded-postgres.ts'
import { migrate } from '#src/db/migrate.ts'
import { openDb } from '#src/db/pool.ts'
import { atEnd } from '#test/cleanup.ts'
import { openLoad } from '#test/load.ts'
import { complete, fillCart, openWorld } from '#test/world.ts'

const root = mkdtempSync('/var/tmp/onhand-drill-test-')
chmodSync(root, 0o755)
atEnd(() => rmSync(root, { recursive: true, force: true }))
const data_dir = path.join(root, 'shop')
mkdirSync(data_dir)
const server = await startEmbeddedPostgres({ data_dir, say: () => {}, durable: true })
atEnd(async () => {
  await server.stop()
  rmSync(server.home, { recursive: true, force: true })
})
const db = openDb({ url: server.url, connections_max: 20, name: 'drill test' })
atEnd(() => db.end())
await migrate(db)
const world = await openWorld({
  goods: [{ sku: 'MUG', price: '10.00', stock: 1_000 }],
  database: { db, url: server.url },
  // What the orders need stays open: a drill must not do it either.
  worker: false,
})

/** One command as npm runs it: its exit code, and what it said. */
async function run(words: string, environment: Record<string, string> = {}) {
  const said: string[] = []
  const env = { DATA_DIR: data_dir, LOG_LEVEL: 'silent', PATH: process.env['PATH'], ...environment }
  const code = await runBackupCommand(words.split(' '), env, (text) => void said.push(text))
  return { code, text: said.join('') }
}
/** Past the guard of our pools: as somebody at a terminal does it. */
async function write(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  await client.query(statement).finally(() => client.end())
}
const folderIn = (said: string): string => said.trim().split('\n').at(-1)!
const askedOutside = (): number =>
  [world.simulators.stripe, world.simulators.easypost]
    .flatMap(({ seen }) => [...seen.values()])
    .reduce((sum, count) => sum + count, 0)

const load = openLoad(
  3,
  async () => {
    const counter = { channel: 'counter', provider: 'manual', card: null } as const
    const done = await complete(world, await fillCart(world, [['MUG', 1]], counter), counter)
    assert.equal(done.status, 201, JSON.stringify(done.body))
  },
  50,
)
await load.more(10)

test('files of a shop that sells: taken, restored elsewhere, and drilled', async () => {
  const backup = await run(`backup --to ${root}/backups --files`)
  assert.equal(backup.code, 0, backup.text)
  const folder = folderIn(backup.text)
  assert.deepEqual(readdirSync(folder).sort(), ['backup.json', 'data', 'files'])
  await load.more(5)
  await load.stop()
  const { rows: open } = await db.query<{ n: number }>(
    "select count(*)::int as n from effect where state = 'waiting'",
  )
  assert(open[0]!.n > 20, 'nothing is open')

  // It speaks with nobody outside, also of what is still open.
  const before = askedOutside()
  const drilled = await run(`drill --from ${folder} --json`)
  assert.equal(drilled.code, 0, drilled.text)
  assert.equal(askedOutside(), before)
  const told = JSON.parse(drilled.text)
  assert(told.orders >= 10 && told.asked > 30, drilled.text)
  assert.deepEqual([told.faults, told.broken], [[], []])

  const copy = path.join(root, 'copy')
  const restored = await run(`restore --from ${folder} --into ${copy}`)
  assert.equal(restored.code, 0, restored.text)
  assert.match(restored.text, /Nothing was started/)
  assert(existsSync(path.join(copy, 'postgres.json')))
  const again = await run(`restore --from ${folder} --into ${copy}`)
  assert.notEqual(again.code, 0)
  assert.match(again.text, /not empty/)
  const twin = await startEmbeddedPostgres({ data_dir: copy, say: () => {}, durable: false })
  const twin_db = openDb({ url: twin.url, connections_max: 1, name: 'drill test' })
  const { rows } = await twin_db.query<{ n: number }>('select count(*)::int as n from orders')
  assert(rows[0]!.n >= 10)
  await twin_db.end()
  await twin.stop()
})

test('a dump, where the programs of the database are installed', async (t) => {
  const version = versionOf('pg_dump')
  if (version === null || version < 18) return t.skip(`pg_dump 18 is needed, found ${version}`)
  const backup = await run(`backup --to ${root}/dumps`, { DATABASE_URL: server.url })
  assert.equal(backup.code, 0, backup.text)
  const folder = folderIn(backup.text)
  assert.deepEqual(readdirSync(folder).sort(), ['backup.json', 'dump'])
  await write('create database copy')
  const into = new URL(server.url)
  into.pathname = '/copy'
  const drilled = await run(`drill --from ${folder} --into ${into.href} --json`)
  assert.equal(drilled.code, 0, drilled.text)
  assert(JSON.parse(drilled.text).orders >= 10)
  // It is not empty any more.
  const again = await run(`restore --from ${folder} --into ${into.href}`)
  assert.match(again.text, /not empty/)
  assert.notEqual(again.code, 0)
  const own = await run(`drill --from ${folder}`)
  assert.equal(own.code, 0, own.text)
  assert.match(own.text, /0 violations/)
})

test('a broken promise fails the drill, and is named', async () => {
  // Somebody has taken away what an order needs.
  await write(
    "delete from effect where id = (select id from effect where kind = 'fulfill' limit 1)",
  )
  const drilled = await run('drill')
  assert.equal(drilled.code, 1, drilled.text)
  assert.match(drilled.text, /✖ [\w ]+: 1 rows break it/)
  assert.match(drilled.text, /FAILED/)
})

test('what cannot be done is told with what to do', async () => {
  const path_before = process.env['PATH']
  process.env['PATH'] = '/nowhere'
  try {
    const { code, text } = await run(`backup --to ${root}/none`, { DATABASE_URL: server.url })
    assert.notEqual(code, 0)
    assert.match(text, /pg_dump of PostgreSQL 18 or newer is needed, and none is on the PATH/)
  } finally {
    process.env['PATH'] = path_before
  }
  for (const [words, told] of [
    ['backup', /Usage/],
    ['restore --from /nowhere', /Usage/],
    ['drill --from /nowhere', /no backup of Onhand/],
    ['drill --nonsense', /Usage/],
    ['drill --into somewhere', /Usage/],
  ] as const) {
    const { code, text } = await run(words)
    assert.notEqual(code, 0, words)
    assert.match(text, told, words)
  }
  const files = await run(`backup --to ${root}/none --files`, { DATABASE_URL: server.url })
  assert.match(files.text, /--files copies the embedded database/)
  assert(!existsSync(`${root}/none`), 'half a backup was left')
})

test('the password of a database goes to no argument', () => {
  const cases = [
    ['postgres://shop:se%40cret@db:5432/onhand', 'postgres://shop@db:5432/onhand', 'se@cret'],
    [
      'postgres://shop:x@a:1,b:2/o?sslmode=require',
      'postgres://shop@a:1,b:2/o?sslmode=require',
      'x',
    ],
    ['postgres://db/onhand', 'postgres://db/onhand', ''],
    ['postgres://shop@db/onhand', 'postgres://shop@db/onhand', ''],
  ] as const
  for (const [given, url, password] of cases) {
    assert.deepEqual(splitPassword(given), { url, password })
  }
})
