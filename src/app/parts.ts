// The parts that run as processes of their own: web server, worker, simulators. As a child of
// `npm start` a part speaks with its parent over IPC; alone it listens to signals.
import { migrate, migrateOwn, missingMigrations } from '#src/db/migrate.ts'
import { type Db, openDb } from '#src/db/pool.ts'
import { isSecretOfShop } from '#src/db/secret-fingerprint.sql.ts'
import { isDatabaseAway, snapshot } from '#src/db/transaction.ts'
import type { App } from '#src/http/app.ts'
import { readBacklog } from '#src/jobs/backlog.sql.ts'
import { createLog } from '#src/lib/log.ts'
import { refuse } from '#src/lib/refusal.ts'
import type { Secret } from '#src/lib/secret.ts'
import { seedRoles } from '#src/staff/edit-staff.ts'
import { composeApp } from './compose.ts'
import { secretKeyOf } from './data-dir.ts'
import { defineOwnFields } from './own-fields.ts'
import type { Config } from './settings.ts'
import { no_config, type ShopConfig } from './shop-config.ts'
import { StartError } from './start-error.ts'
import { readVersion } from './version.ts'

export const part_names = ['web', 'worker', 'simulators'] as const
export type PartName = (typeof part_names)[number]

export type FromPart =
  | { readonly kind: 'ready'; readonly url: string | null }
  | { readonly kind: 'failed'; readonly message: string }
/** A child loads its program at once, and waits with its work until the database is prepared. */
export type ToPart = { readonly kind: 'go' } | { readonly kind: 'stop' }

/** A part that runs: how it stops, and when it ends without being asked to. */
type Running = {
  readonly url: string | null
  readonly ended: Promise<void>
  stop(): Promise<void>
}

const never = new Promise<void>(() => {})
const drain_ms = 10_000

export const webUrl = (host: string, port: number): string => {
  const reached = ['0.0.0.0', '::', ''].includes(host) ? '127.0.0.1' : host
  return `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}`
}

/** @throws when the database does not answer or is of another version */
async function checkDatabase({ db }: App, { shop }: Config): Promise<void> {
  const missing = await missingMigrations(db, shop.migrations)
  if (missing.length > 0) throw refuse('database_unavailable', { migrations: missing })
}

const oldest_version = 160_000

/** The driver's own words are kept: they name host, user or database, and never a password. */
function databaseError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { code = '', cause } = error as { code?: string; cause?: unknown }
  const unreachable = isDatabaseAway(error) || ['ENOTFOUND', 'EAI_AGAIN'].includes(code)
  // Class 28: who may enter; 3D: no such database; 42501: not allowed to make tables.
  if (unreachable || /^(28|3D|42501)/.test(code)) {
    return new StartError(`DATABASE_URL: the database cannot be used: ${error.message || code}`)
  }
  if (!error.message.startsWith('migration ')) return error
  const reason = cause instanceof Error ? ` (${cause.message})` : ''
  return new StartError(`The database cannot be brought up to date: ${error.message}${reason}`)
}

/** @throws StartError when the other processes of this shop sign their tokens with another key */
export async function checkSecret(db: Db, config: Config): Promise<void> {
  if (await isSecretOfShop(db, secretKeyOf(config))) return
  const ours = config.secret_key
    ? 'is set to another key'
    : 'is not set, and the key of DATA_DIR is another'
  throw new StartError(
    `SECRET_KEY ${ours} than the one that this database was first started with. Tokens of carts ` +
      'and links in mails would hold with one process and not with another. Set SECRET_KEY to ' +
      'the same text for all processes (without it, the text is in the file secret-key of the ' +
      'first DATA_DIR). To change it on purpose, stop all processes, run "delete from ' +
      'secret_fingerprint" in the database, and start them with the new key.',
  )
}

/**
 * Applies migrations, ours and then those of the shop, and sees to the fields that it defines; any
 * number of processes may do so at once. Without `signing` the caller signs no tokens, and its key
 * does not matter.
 */
export async function prepareDatabase(
  database_url: Secret,
  signing: Config | null,
  shop: Pick<ShopConfig, 'migrations' | 'fields'> = signing?.shop ?? no_config,
): Promise<readonly string[]> {
  const db = openDb({ url: database_url.reveal(), connections_max: 3, name: 'onhand migrations' })
  try {
    const { rows } = await db.query<{ version: number }>(
      "select current_setting('server_version_num')::int as version",
    )
    if (rows[0]!.version < oldest_version) {
      throw new StartError('DATABASE_URL: Onhand needs PostgreSQL 16 or newer.')
    }
    const applied = await migrate(db)
    await seedRoles(db)
    if (signing) await checkSecret(db, signing)
    const { migrations, fields } = shop
    const own = migrations === null ? [] : await migrateOwn(db, migrations)
    await defineOwnFields(db, fields)
    return [...applied, ...own]
  } catch (error) {
    throw databaseError(error)
  } finally {
    await db.end()
  }
}

const without_payment =
  'No payment provider has keys here: none is offered, and jobs for one wait for a worker that ' +
  'has it. Set the same keys for all parts; no simulator runs here.'
const without_shipping =
  'No shipping provider has keys here: labels wait for a worker that has one. Set the same keys ' +
  'for all parts; no simulator runs here.'

/** Of a part that was started alone: no simulator runs beside it, and it may lack keys. */
function warnOfMissing({ payments, shipping, log }: App): void {
  const has_gateway = [...payments.values()].some(({ immediate }) => immediate === null)
  if (!has_gateway) log.warn(without_payment)
  if (shipping.size === 0) log.warn(without_shipping)
}

async function runWeb(config: Config, database_url: Secret): Promise<Running> {
  const { createServer } = await import('#src/http/server.ts')
  const { serverRoutes } = await import('#src/http/server-routes.ts')
  const { routes } = await import('./routes.ts')
  const local_url = webUrl(config.host, config.port)
  const public_url = config.public_url ?? local_url
  const { app, close } = await composeApp(config, { part: 'web', database_url, public_url })
  if (!process.send) warnOfMissing(app)
  const own = serverRoutes([...routes, ...config.shop.routes], {
    version: readVersion(),
    checkDatabase: (app) => checkDatabase(app, config),
    isDraining: () => server.isDraining(),
    readBacklog: ({ db, clock }) => snapshot(db, (tx) => readBacklog(tx, clock())),
    metrics_token: config.metrics_token,
  })
  const { rate_per_minute, trusted_proxies } = config
  const all = [...routes, ...own, ...config.shop.routes]
  const server = await createServer({ app, routes: all, rate_per_minute, trusted_proxies })
  try {
    const port = await server.listen(config.host, config.port)
    return {
      url: webUrl(config.host, port),
      ended: never,
      stop: async () => {
        await server.drain(drain_ms)
        await close()
      },
    }
  } catch (error) {
    await close()
    throw portError(error, config)
  }
}

export function portError(error: unknown, { port, host }: Pick<Config, 'port' | 'host'>): unknown {
  const { code } = error as { code?: string }
  const reasons: Record<string, string> = {
    EADDRINUSE: `PORT: ${port} is in use by another program. Set another PORT.`,
    EACCES: `PORT: ${port} may not be opened by this user. Set one above 1023.`,
    EADDRNOTAVAIL: `HOST: ${host} is no address of this machine.`,
    ENOTFOUND: `HOST: ${host} is not known.`,
  }
  const message = reasons[code ?? '']
  return message === undefined ? error : new StartError(message)
}

async function runWorker(config: Config, database_url: Secret): Promise<Running> {
  const { default_worker_options, startWorker } = await import('./worker.ts')
  const { openTasks, recurringOf } = await import('./tasks.ts')
  const public_url = config.public_url ?? webUrl(config.host, config.port)
  const { app, close } = await composeApp(config, { part: 'worker', database_url, public_url })
  if (!process.send) warnOfMissing(app)
  const { worker_concurrency: concurrency } = config
  const { jobs } = config.shop
  const recurring = recurringOf(jobs)
  const options = { ...default_worker_options, concurrency, database_url, recurring }
  const worker = await startWorker(app, openTasks(app, jobs), options)
  return {
    url: null,
    ended: worker.ended,
    stop: async () => {
      await worker.stop()
      await close()
    },
  }
}

async function runSimulatorPart(config: Config): Promise<Running> {
  const { runSimulators } = await import('./simulators.ts')
  const stop = await runSimulators(config, webUrl(config.host, config.port))
  return { url: null, ended: never, stop }
}

const tell = (message: FromPart): Promise<void> =>
  new Promise((resolve) => {
    if (!process.send || !process.connected) return resolve()
    process.send(message, () => resolve())
  })

/** Resolves when somebody wants this part to end: parent, signal, or the part itself. */
const askedToStop = (running: Running): Promise<void> =>
  new Promise((resolve) => {
    void running.ended.then(resolve)
    process.on('SIGTERM', () => resolve())
    if (process.send) {
      // The terminal's Ctrl-C reaches us too, but the parent stops its parts in order.
      process.on('SIGINT', () => {})
      process.on('message', ({ kind }: ToPart) => kind === 'stop' && resolve())
      process.on('disconnect', () => resolve())
      if (!process.connected) resolve()
    } else {
      process.on('SIGINT', () => resolve())
    }
  })

const preload: Record<PartName, () => Promise<unknown>> = {
  web: () =>
    Promise.all([
      import('#src/http/server.ts'),
      import('#src/http/server-routes.ts'),
      import('./routes.ts'),
    ]),
  worker: () => Promise.all([import('./worker.ts'), import('./tasks.ts')]),
  simulators: () => import('./simulators.ts'),
}

/** False when the part is to end before it has begun. */
const mayBegin = (): Promise<boolean> =>
  new Promise((resolve) => {
    process.once('message', ({ kind }: ToPart) => resolve(kind === 'go'))
  })

/**
 * Runs one part until it is asked to stop. What was migrated by the parent is not looked at again.
 * @throws StartError
 */
export async function runPart(name: PartName, config: Config, database_url: Secret): Promise<void> {
  const managed = process.send !== undefined
  const log = createLog({ level: config.log_level, part: name })
  // Nothing is known about our state any more: end, and be started again.
  process.on('uncaughtException', (error) => {
    log.fatal({ error }, 'An error that nobody has caught')
    process.exit(1)
  })
  // Even a part that has not come up yet dies with its parent.
  const orphaned = (): void => process.exit(1)
  if (managed) {
    process.on('SIGINT', () => {})
    process.once('disconnect', orphaned)
    const begin = mayBegin()
    await preload[name]()
    if (!(await begin)) return
  }
  if (!managed && name !== 'simulators') await prepareDatabase(database_url, config)
  const running =
    name === 'web'
      ? await runWeb(config, database_url)
      : name === 'worker'
        ? await runWorker(config, database_url)
        : await runSimulatorPart(config)
  process.off('disconnect', orphaned)
  // Listens before it says that it is ready: whoever reads that may ask it to stop at once.
  const asked = askedToStop(running)
  await tell({ kind: 'ready', url: running.url })
  if (!managed)
    process.stdout.write(`Onhand ${name} is ready${running.url ? `: ${running.url}` : ''}\n`)
  await asked
  // A second request to stop does not wait.
  process.once('SIGINT', () => managed || process.exit(130))
  await running.stop()
}
