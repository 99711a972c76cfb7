// `npm start`: database, migrations, demo shop, simulators, web server and worker, in order, and
// back in the opposite order. The parts run as child processes of this one.
import { createServer } from 'node:net'
import type { Environment } from '#src/config.ts'
import { Secret } from '#src/lib/secret.ts'
import { type Child, startChild } from './children.ts'
import { composeApp } from './compose.ts'
import { openDataDir } from './data-dir.ts'
import { type DemoShop, demoShopOf, hasDemoShop, seedDemoShop } from './demo-shop.ts'
import { findEmbeddedUrl, freePort, startEmbeddedPostgres } from './embedded-postgres.ts'
import {
  type FromPart,
  type PartName,
  part_names,
  portError,
  prepareDatabase,
  runPart,
  webUrl,
} from './parts.ts'
import { type Config, readConfig } from './settings.ts'
import { loadShopConfig } from './shop-config.ts'
import { prepareSimulators, type Simulators } from './simulated.ts'
import { StartError } from './start-error.ts'

const usage = `Usage: npm start [-- PART]
  without PART   everything: database, web server, worker, simulators
  --web          the web server alone; any number of them may run
  --worker       a worker alone; any number of them may run
  --simulators   the simulators alone
The settings are environment variables: see the table in the README.`

// Whoever read our output may be gone before we are: that must not keep us from stopping.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

const say = (text: string): void => {
  process.stdout.write(`${text}\n`)
}
const stop_ms: Record<PartName, number> = { web: 15_000, worker: 25_000, simulators: 3_000 }
/** npm hands on the signal that the terminal has sent already: that is no second Ctrl-C. */
const same_signal_ms = 400

/** The database of a part that runs alone. */
function databaseOf(config: Config): Secret {
  const url = config.database_url?.reveal() ?? findEmbeddedUrl(config.data_dir)
  if (url) return new Secret(url)
  throw new StartError(
    'DATABASE_URL is not set, and no embedded database runs in DATA_DIR. A part alone needs one ' +
      'of them: set DATABASE_URL, or run "npm start" with the same DATA_DIR.',
  )
}

/** Tells early, before the database is started, that the port is taken. */
async function checkPort({ host, port }: Config): Promise<void> {
  const server = createServer()
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, resolve)
    })
  } catch (error) {
    throw portError(error, { host, port })
  }
  await new Promise((resolve) => server.close(resolve))
}

async function seed(config: Config, database_url: Secret): Promise<DemoShop | null> {
  if (!config.demo_shop) return null
  const public_url = webUrl(config.host, config.port)
  const { app, close } = await composeApp(config, { part: 'start', database_url, public_url })
  try {
    if (await seedDemoShop(app))
      say('The demo shop was made: its goods come from samples/catalog.csv.')
    return (await hasDemoShop(app)) ? demoShopOf(app.secret_key) : null
  } finally {
    await close()
  }
}

function welcome(
  config: Config,
  url: string,
  shop: DemoShop | null,
  simulators: Simulators,
): string {
  const rows: [string, string][] = [
    ['Address', url],
    ['API reference', `${url}/docs`],
  ]
  if (shop) {
    rows.push(['Web shop key', `${shop.keys.web}  (EUR, Stripe)`])
    rows.push(['India shop key', `${shop.keys.india}  (INR, Razorpay)`])
    rows.push(['Counter key', `${shop.keys.counter}  (EUR, cash)`])
    rows.push(['Secret key', shop.secret_key])
    rows.push(['Staff sign-in', `${shop.staff.email}  ${shop.staff.password}`])
  }
  const names = Object.keys(simulators)
  if (names.length > 0) rows.push(['Simulated', `${names.join(', ')} (no keys are set for them)`])
  rows.push(['Data', config.database_url ? 'the database of DATABASE_URL' : config.data_dir])
  const lines = rows.map(([name, value]) => `  ${name.padEnd(16)} ${value}`)
  return ['', 'Onhand is ready. Stop it with Ctrl-C.', '', ...lines, ''].join('\n')
}

type Closer = () => Promise<void>

/** What was started so far, for the way back; and whether that way has begun. */
type Course = {
  readonly closers: Closer[]
  readonly children: Child[]
  stopping: boolean
}

class Stopped extends Error {}

/** Each step of the way up ends here when somebody has pressed Ctrl-C meanwhile. */
function goOn(course: Course): void {
  if (course.stopping) throw new Stopped('stopped during the start')
}

async function openDatabase(course: Course, config: Config): Promise<Secret> {
  if (config.database_url) return config.database_url
  const { data_dir } = config
  const server = await startEmbeddedPostgres({ data_dir, say, durable: true })
  course.closers.push(server.stop)
  goOn(course)
  return new Secret(server.url)
}

type Starting = {
  readonly environment: Environment
  /** What the parts wait for: a database with all migrations and the shop in it. */
  readonly prepared: Promise<unknown>
}

function startPart(
  course: Course,
  name: PartName,
  { environment, prepared }: Starting,
): Promise<{ readonly url: string | null }> {
  const child = startChild({ name, main: process.argv[1]!, environment, prepared, say })
  course.children.push(child)
  course.closers.push(() => child.stop(stop_ms[name]))
  return child.ready
}

async function prepare(course: Course, config: Config, database_url: Secret) {
  await prepareDatabase(database_url, config)
  goOn(course)
  return seed(config, database_url)
}

async function goUp(course: Course, given: Config, environment: Environment): Promise<void> {
  await checkPort(given)
  openDataDir(given.data_dir)
  const port = given.port === 0 ? await freePort(0) : given.port
  const config = { ...given, port }
  const database_url = await openDatabase(course, config)
  const simulators = await prepareSimulators(config)
  goOn(course)
  const for_parts = {
    ...environment,
    DATABASE_URL: database_url.reveal(),
    PORT: String(port),
    DATA_DIR: config.data_dir,
  }
  const prepared = prepare(course, config, database_url)
  const starting = { environment: for_parts, prepared }
  // In the order in which they must end last: simulators answer until the worker has finished.
  const simulated = startPart(course, 'simulators', starting)
  const worker = startPart(course, 'worker', starting)
  const web = startPart(course, 'web', starting)
  const shop = await prepared
  const [{ url }] = await Promise.all([web, worker, simulated])
  goOn(course)
  say(welcome(config, url!, shop, simulators))
}

async function goDown(course: Course): Promise<void> {
  for (const close of course.closers.splice(0).reverse()) await close()
}

async function startAll(config: Config, environment: Environment): Promise<void> {
  const course: Course = { closers: [], children: [], stopping: false }
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>()
  let asked_at = 0
  const onSignal = (): void => {
    const now = performance.now()
    if (!course.stopping) {
      course.stopping = true
      asked_at = now
      say('Stopping …')
      ask()
      return
    }
    if (now - asked_at < same_signal_ms) return
    say('Stopping at once.')
    for (const child of course.children) child.kill()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  process.on('SIGHUP', onSignal)
  try {
    await goUp(course, config, environment)
    await asked
  } catch (error) {
    // A step that Ctrl-C has broken off has nothing to tell.
    if (!course.stopping) throw error
  } finally {
    course.stopping = true
    await goDown(course)
  }
  say('Stopped.')
}

function partOf(words: readonly string[]): PartName | 'all' {
  if (words.length === 0) return 'all'
  const name = part_names.find((one) => words[0] === `--${one}`)
  if (name && words.length === 1) return name
  throw new StartError(usage, words.includes('--help') ? 0 : 2)
}

const npm_looks_ms = 500

/**
 * npm and its shell end at a SIGTERM without telling the program that they started, so that it
 * would run on with nobody's hand on it: a container that is stopped, a service that restarts.
 */
function endWithNpm({ npm_lifecycle_event }: Environment): void {
  const is_child = process.send !== undefined
  if (npm_lifecycle_event === undefined || is_child) return
  const parent = process.ppid
  const look = (): void => {
    if (process.ppid === parent) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGTERM')
  }
  const timer = setInterval(look, npm_looks_ms)
  timer.unref()
}

/** Everything that `main.ts` does once it knows that Node is new enough. */
export async function start(words: readonly string[], environment: Environment): Promise<void> {
  try {
    const part = partOf(words)
    const config = readConfig(environment, await loadShopConfig(environment))
    endWithNpm(environment)
    if (part === 'all') await startAll(config, environment)
    else {
      openDataDir(config.data_dir)
      await runPart(part, config, databaseOf(config))
    }
    process.exit(0)
  } catch (error) {
    const told = error instanceof StartError
    const message = told ? error.message : `Onhand cannot go on: ${String((error as Error).stack)}`
    const failed: FromPart = { kind: 'failed', message }
    if (process.send) await new Promise((resolve) => process.send!(failed, resolve))
    else process.stderr.write(`${message}\n`)
    process.exit(told ? error.exit_code : 1)
  }
}
