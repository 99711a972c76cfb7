import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { after, test } from 'node:test'
import pg from 'pg'
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts'
import { findPostgresPlace, removeDataDir } from './postgres-place.ts'
import { isAlive } from './postmaster.ts'

// Not under the temporary folder of the person who runs this: it may be closed to other users.
const root = mkdtempSync('/var/tmp/onhand test ')
chmodSync(root, 0o755)
const started: EmbeddedPostgres[] = []
after(async () => {
  for (const one of started) await one.stop()
  rmSync(root, { recursive: true, force: true })
})

const said: string[] = []
async function start(folder: string): Promise<EmbeddedPostgres> {
  const data_dir = path.join(root, folder)
  const say = (text: string): void => void said.push(text)
  const one = await startEmbeddedPostgres({ data_dir, say, durable: false })
  started.push(one)
  return one
}

async function ask(url: string, statement: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    const { rows } = await client.query<{ value: unknown }>(statement)
    return rows[0]?.value
  } finally {
    await client.end()
  }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const started_at = performance.now()
  while (!(await condition())) {
    assert(performance.now() - started_at < 60_000, 'waited too long')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const owner = path.resolve(import.meta.dirname, 'embedded-postgres.ts')
/** A process that starts the database and is then killed: its server stays behind. */
async function startAndBeKilled(folder: string): Promise<number> {
  const script = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(owner)})
    const data_dir = ${JSON.stringify(path.join(root, folder))}
    const one = await startEmbeddedPostgres({ data_dir, say() {}, durable: false })
    console.log(one.pid())
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [bytes] = (await once(child.stdout, 'data')) as [Buffer]
  child.kill('SIGKILL')
  await once(child, 'close')
  return Number(bytes.toString())
}

test('a database is made once, used again, and stops with us', async () => {
  const first = await start('one place')
  await ask(first.url, 'create table kept as select 42 as value')
  const pid = first.pid()
  await first.stop()
  assert(!isAlive(pid))
  const second = await start('one place')
  assert.equal(await ask(second.url, 'select value from kept'), 42)
  assert.equal(second.url, first.url)
  assert.match(String(await ask(second.url, 'select version() as value')), /^PostgreSQL 18/)
  const access = path.join(root, 'one place/postgres.json')
  assert.equal(statSync(access).mode & 0o777, 0o600)
})

test('only who knows the password gets in', async () => {
  const { url } = started.at(-1)!
  const wrong = new URL(url)
  wrong.password = 'wrong'
  await assert.rejects(ask(wrong.href, 'select 1'), { code: '28P01' })
})

test('two copies run side by side, and two on one folder do not', async () => {
  const other = await start('another place')
  assert.notEqual(new URL(other.url).port, new URL(started[0]!.url).port)
  await assert.rejects(start('another place'), /Another Onhand runs with the data in/)
  assert.equal(await ask(other.url, 'select 1 as value'), 1)
  await other.stop()
})

test('a server whose parent was killed is found and used', async () => {
  const pid = await startAndBeKilled('orphan')
  assert(isAlive(pid))
  const again = await start('orphan')
  assert.equal(again.pid(), pid)
  assert.equal(await ask(again.url, 'select 1 as value'), 1)
  await again.stop()
  assert(!isAlive(pid))
})

test('what is left of a killed server, or of another program, is no obstacle', async () => {
  const pid = await startAndBeKilled('killed')
  process.kill(pid, 'SIGKILL')
  await until(() => !isAlive(pid))
  const again = await start('killed')
  await again.stop()
  // The number in the file belongs to somebody else today: to this process.
  const { data } = findPostgresPlace(path.join(root, 'killed'))
  const lines = [process.pid, data, 0, 1, '', '', '', 'ready']
  writeFileSync(path.join(data, 'postmaster.pid'), `${lines.join('\n')}\n`)
  const third = await start('killed')
  assert.equal(await ask(third.url, 'select 1 as value'), 1)
  await third.stop()
})

test('a server that dies is started again on the same port', async () => {
  const one = await start('revived')
  const pid = one.pid()
  process.kill(pid, 'SIGKILL')
  await until(() => one.pid() !== pid)
  assert.equal(await ask(one.url, 'select 1 as value'), 1)
  await one.stop()
})

test('another port is taken when the stored one is in use', async () => {
  const one = await start('port')
  await one.stop()
  const squatter = createServer().listen(Number(new URL(one.url).port), '127.0.0.1')
  await once(squatter, 'listening')
  const two = await start('port')
  assert.notEqual(two.url, one.url)
  squatter.close()
  await two.stop()
})

test('half a database is made anew, and a lost password is told', async () => {
  const { data, user } = findPostgresPlace(mkdirIn('half'))
  mkdirSync(`${data}.part`)
  writeFileSync(path.join(`${data}.part`, 'PG_VERSION'), '18')
  if (user) execFileSync('chown', ['-R', String(user.uid), `${data}.part`])
  const one = await start('half')
  await one.stop()
  assert(!existsSync(`${data}.part`))
  rmSync(path.join(root, 'half/postgres.json'))
  await assert.rejects(start('half'), /postgres\.json is missing or damaged/)
})

test('a folder in which nothing can be made is told by name', async () => {
  writeFileSync(path.join(root, 'file'), '')
  await assert.rejects(start('file'), /EEXIST|ENOTDIR/)
})

function mkdirIn(folder: string): string {
  const at = path.join(root, folder)
  mkdirSync(at)
  return at
}

const is_root = process.getuid?.() === 0

test('root finds another place when the way to DATA_DIR is closed to others', {
  skip: is_root ? false : 'only root runs PostgreSQL as another user',
}, async () => {
  const closed = mkdirIn('closed')
  chmodSync(closed, 0o700)
  const one = await start('closed/data')
  after(() => rmSync(one.home, { recursive: true, force: true }))
  assert(!one.home.startsWith(root))
  assert(said.some((text) => text.includes(one.home) && text.includes('cannot enter')))
  assert.equal(statSync(one.home).mode & 0o777, 0o700)
  assert.equal(await ask(one.url, 'select 1 as value'), 1)
  const uid = readFileSync(`/proc/${one.pid()}/status`, 'utf8')
  assert.doesNotMatch(uid, /^Uid:\s+0\s/m)
  await one.stop()
})

test('a DATA_DIR is taken away with its database, also where that lies elsewhere', () => {
  const hidden = path.join(root, 'hidden')
  const data_dir = path.join(hidden, 'data')
  mkdirSync(data_dir, { recursive: true })
  chmodSync(hidden, 0o700)
  const { home } = findPostgresPlace(data_dir)
  writeFileSync(path.join(home, 'something'), '')
  removeDataDir(data_dir)
  assert.deepEqual([existsSync(home), existsSync(data_dir)], [false, false])
})

test('a DATA_DIR in which the database cannot be put is told by name', () => {
  const data_dir = path.join(root, 'taken')
  mkdirSync(data_dir)
  writeFileSync(path.join(data_dir, 'postgres'), 'a file')
  assert.throws(() => findPostgresPlace(data_dir), {
    name: 'StartError',
    message: `DATA_DIR: ${data_dir} cannot be written (EEXIST).`,
  })
})
