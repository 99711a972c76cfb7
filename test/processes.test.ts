// The whole of `npm start`, as a person at a terminal has it: processes, signals, kills.
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { after, test } from 'node:test'
import { findEmbeddedUrl, freePort } from '#src/app/embedded-postgres.ts'
import { isAlive } from '#src/app/postmaster.ts'
import { openDb } from '#src/db/pool.ts'
import { testDatabase } from '#test/database.ts'

const main = path.resolve(import.meta.dirname, '../src/main.ts')
// Not under a temporary folder that may be closed to the user of the database.
const root = mkdtempSync('/var/tmp/onhand processes ')
chmodSync(root, 0o755)

type Started = {
  readonly child: ChildProcess
  readonly output: () => string
  readonly exit: Promise<number | null>
}
const started: Started[] = []
after(async () => {
  for (const { child, exit } of started) {
    child.kill('SIGTERM')
    await exit
  }
  rmSync(root, { recursive: true, force: true })
})

const { TEST_DATABASE_URL: _, ...clean } = process.env
const start = (settings: Record<string, string>, ...words: string[]): Started =>
  launch([process.execPath, main, ...words], settings)

function launch([program, ...words]: readonly string[], settings: Record<string, string>): Started {
  const child = spawn(program!, words, {
    cwd: root,
    env: { ...clean, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that a signal to it reaches parent and children as Ctrl-C does.
    detached: true,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes: Buffer) => {
      output += bytes.toString()
    })
  }
  const exit = once(child, 'close').then(([code]) => code as number | null)
  const one = { child, output: () => output, exit }
  started.push(one)
  return one
}

async function until(condition: () => unknown | Promise<unknown>, wait_ms = 90_000): Promise<void> {
  const from = performance.now()
  while (!(await condition())) {
    assert(performance.now() - from < wait_ms, `waited too long: ${condition}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}
async function untilReady({ output, child }: Started, wait_ms: number): Promise<void> {
  await until(() => {
    assert.equal(child.exitCode, null, output())
    return /is ready/.test(output())
  }, wait_ms)
}

type Row = { readonly pid: number; readonly parent: number; readonly command: string }
const processes = (): Row[] =>
  execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, pid, parent, command]) => ({
      pid: Number(pid),
      parent: Number(parent),
      command: command!,
    }))
const partOf = ({ child }: Started, name: string): number | undefined =>
  processes().find(({ parent, command }) => parent === child.pid && command.endsWith(`--${name}`))
    ?.pid
const postmasterPid = (folder: string): number =>
  Number(
    readFileSync(path.join(root, folder, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0],
  )

const status = async (url: string): Promise<number> => {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) })
    await answer.arrayBuffer()
    return answer.status
  } catch {
    return 0
  }
}

/** Whether the worker is up. One that is still starting ends when the database does. */
async function isListening(): Promise<boolean> {
  const db = openDb({
    url: findEmbeddedUrl(path.join(root, 'my shop'))!,
    connections_max: 1,
    name: 'test',
  })
  const { rowCount } = await db
    .query(`select from pg_stat_activity
      where application_name = 'onhand queue' and query like 'LISTEN%'`)
    .finally(() => db.end())
  return rowCount !== 0
}

const port = String(await freePort(0))
const url = `http://127.0.0.1:${port}`
const shop = { PORT: port, DATA_DIR: 'my shop', LOG_LEVEL: 'silent' }
let running: Started

test('it is ready soon, says where, and lets the demo owner sign in', async () => {
  running = start(shop)
  await untilReady(running, 90_000)
  const text = running.output()
  assert.match(text, new RegExp(`${url}/docs`))
  assert.equal(await status(`${url}/healthz`), 200)
  assert.equal(await status(`${url}/readyz`), 200)
  assert.equal(await status(`${url}/openapi.json`), 200)
  const [, email, password] = /Staff sign-in\s+(\S+)\s+(\S+)/.exec(text)!
  const answer = await fetch(`${url}/admin/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  })
  assert.equal(answer.status, 200)
  const [, key] = /Secret key\s+(sk_\S+)/.exec(text)!
  const me = await fetch(`${url}/admin/me`, { headers: { authorization: `Bearer ${key}` } })
  assert.equal(me.status, 200)
})

test('the web process stays below 250 MB', {
  skip: process.platform !== 'linux' && 'reads /proc',
}, () => {
  const text = readFileSync(`/proc/${partOf(running, 'web')}/status`, 'utf8')
  const [, kb] = /^VmRSS:\s+(\d+) kB/m.exec(text)!
  assert(Number(kb) < 250_000, `${kb} kB`)
})

test('parts that die are started again', async () => {
  for (const name of ['web', 'worker', 'simulators']) {
    const pid = partOf(running, name)!
    process.kill(pid, 'SIGKILL')
    await until(() => ![undefined, pid].includes(partOf(running, name)))
  }
  await until(async () => (await status(`${url}/readyz`)) === 200)
  await until(isListening)
})

test('when the database dies, nothing else has to be started again', async () => {
  const web = partOf(running, 'web')
  const worker = partOf(running, 'worker')
  const pid = postmasterPid('my shop')
  process.kill(pid, 'SIGKILL')
  await until(async () => !isAlive(pid) && (await status(`${url}/readyz`)) === 200)
  assert.equal(partOf(running, 'web'), web)
  assert.equal(partOf(running, 'worker'), worker)
})

test('a second copy on the same data or port is refused, another one is not', async () => {
  const same_port = start({ ...shop, DATA_DIR: 'other shop' })
  assert.equal(await same_port.exit, 1)
  assert.match(same_port.output(), /PORT: \d+ is in use by another program/)
  const same_data = start({ ...shop, PORT: '0' })
  assert.equal(await same_data.exit, 1)
  assert.match(same_data.output(), /Another Onhand runs with the data in .*my shop/)
  const other = start({ ...shop, PORT: '0', DATA_DIR: 'other shop' })
  await untilReady(other, 90_000)
  assert.equal(await status(`${url}/readyz`), 200)
  other.child.kill('SIGTERM')
  assert.equal(await other.exit, 0)
})

test('a part runs alone beside the others', async () => {
  const own = String(await freePort(0))
  const web = start({ ...shop, PORT: own }, '--web')
  await untilReady(web, 90_000)
  assert.equal(await status(`http://127.0.0.1:${own}/readyz`), 200)
  const worker = start(shop, '--worker')
  await untilReady(worker, 90_000)
  for (const { child, exit } of [web, worker]) {
    child.kill('SIGINT')
    assert.equal(await exit, 0)
  }
  // They use the simulators of the whole shop, whose DATA_DIR they share.
  assert.doesNotMatch(web.output() + worker.output(), /provider has keys here/)
})

test('a part without providers says so, and makes no demo shop', async () => {
  const { db, url: database_url } = await testDatabase(2)
  const alone = { DATABASE_URL: database_url, PORT: '0', DATA_DIR: 'apart' }
  for (const part of ['--web', '--worker']) {
    const one = start(alone, part)
    await untilReady(one, 90_000)
    one.child.kill('SIGTERM')
    assert.equal(await one.exit, 0)
    const warnings = one.output().match(/No (payment|shipping) provider has keys here/g)
    assert.equal(warnings?.length, 2, one.output())
  }
  const { rows } = await db.query('select from channel')
  assert.equal(rows.length, 0)
})

test('after kill -9 of the parent its parts end, and the next start recovers', async () => {
  const parts = ['web', 'worker', 'simulators'].map((name) => partOf(running, name)!)
  const pid = postmasterPid('my shop')
  running.child.kill('SIGKILL')
  await running.exit
  await until(() => parts.every((part) => !isAlive(part)))
  assert(isAlive(pid))
  running = start(shop)
  await untilReady(running, 90_000)
  assert.equal(postmasterPid('my shop'), pid)
  assert.equal(await status(`${url}/readyz`), 200)
})

test('Ctrl-C ends everything in order and leaves no process behind', async () => {
  const pids = ['web', 'worker', 'simulators'].map((name) => partOf(running, name)!)
  pids.push(postmasterPid('my shop'))
  process.kill(-running.child.pid!, 'SIGINT')
  assert.equal(await running.exit, 0)
  assert.deepEqual(pids.filter(isAlive), [])
  assert.match(running.output(), /Stopping …\nStopped\.\n$/)
})

test('Ctrl-C during the start ends it as well', async () => {
  const one = start(shop)
  await until(
    () => isAlive(one.child.pid!) && processes().some(({ parent }) => parent === one.child.pid),
  )
  process.kill(-one.child.pid!, 'SIGINT')
  assert.equal(await one.exit, 0, one.output())
  assert.doesNotMatch(one.output(), /Error|cannot/)
})

test('a process with another secret than the first is refused, until it is changed on purpose', async () => {
  const { db, url: database_url } = await testDatabase(2)
  const secret = 'a secret key that is long enough for anybody'
  const settings = { DATABASE_URL: database_url, PORT: '0', LOG_LEVEL: 'silent' }
  const goUp = async (own: Record<string, string>): Promise<void> => {
    const one = start({ ...settings, ...own }, '--web')
    await untilReady(one, 90_000)
    one.child.kill('SIGTERM')
    assert.equal(await one.exit, 0)
  }
  await goUp({ SECRET_KEY: secret, DATA_DIR: 'first' })
  const silent = start({ ...settings, DATA_DIR: 'second' }, '--web')
  assert.equal(await silent.exit, 1)
  assert.match(silent.output(), /^SECRET_KEY is not set, and the key of DATA_DIR is another than/)
  const different = start({ ...settings, SECRET_KEY: `${secret}!`, DATA_DIR: 'first' }, '--worker')
  assert.equal(await different.exit, 1)
  assert.match(different.output(), /^SECRET_KEY is set to another key than/)
  for (const { output } of [silent, different]) {
    assert.match(output(), /delete from secret_fingerprint/)
    assert(!output().includes(secret) && !/\n\s+at /.test(output()), output())
  }
  const stored = await db.query<{ text: string }>(
    'select t::text as text from secret_fingerprint t',
  )
  assert.equal(stored.rows.length, 1)
  assert(!stored.rows[0]!.text.includes(Buffer.from(secret).toString('hex')))
  // The same secret is welcome from any folder.
  await goUp({ SECRET_KEY: secret, DATA_DIR: 'second' })
  await db.query('delete from secret_fingerprint')
  await goUp({ SECRET_KEY: `${secret}!`, DATA_DIR: 'first' })
  const old = start({ ...settings, SECRET_KEY: secret, DATA_DIR: 'first' }, '--web')
  assert.equal(await old.exit, 1)
})

test('what cannot be started is told in words', async () => {
  const settings = start({ PORT: 'many', LOG_LEVEL: 'loud', SECRET_KEY: 'hunter2' })
  assert.equal(await settings.exit, 2)
  assert.match(settings.output(), /PORT must be[\s\S]*LOG_LEVEL must be[\s\S]*SECRET_KEY must have/)
  const unknown = start({}, '--everything')
  assert.equal(await unknown.exit, 2)
  assert.match(unknown.output(), /^Usage: npm start/)
  const alone = start({ DATA_DIR: 'empty' }, '--worker')
  assert.equal(await alone.exit, 1)
  assert.match(alone.output(), /DATABASE_URL is not set/)
  const address = start({ HOST: '203.0.113.1', PORT: '0', DATA_DIR: 'nowhere' })
  assert.equal(await address.exit, 1)
  assert.match(address.output(), /HOST: 203\.0\.113\.1 is no address of this machine/)
  const away = start({ DATABASE_URL: 'postgres://a:hunter2@127.0.0.1:1/none', PORT: '0' })
  assert.equal(await away.exit, 1)
  assert.match(away.output(), /DATABASE_URL/)
  for (const { output } of [settings, unknown, alone, address, away]) {
    assert.doesNotMatch(output(), /hunter2|\n\s+at /)
  }
})

test('a SIGTERM that only npm and its shell hear ends the shop cleanly', async () => {
  const settings = { PORT: String(await freePort(0)), DATA_DIR: path.join(root, 'under npm') }
  // As npm starts it: the shell waits, and does not hand the signal on.
  const shell = ['sh', '-c', '"$0" "$1"; exit 1', process.execPath, main]
  const one = launch(shell, { ...settings, npm_lifecycle_event: 'start' })
  await untilReady(one, 90_000)
  one.child.kill('SIGTERM')
  await one.exit
  assert.match(one.output(), /Stopping …[\s\S]*Stopped\.\s*$/)
  assert.deepEqual(
    processes().filter(({ command }) => command.includes(settings.DATA_DIR)),
    [],
  )
})
