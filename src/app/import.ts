// `npm run import -- FILE.csv`: brings a product file into the shop. Killed at any moment, the
// next run of the same file goes on where this one was. The heap is bounded in package.json: V8
// sizes it by the memory of the machine, and let it grow to 285 MB.
import { createHash } from 'node:crypto'
import { accessSync, constants, createReadStream } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { Environment } from '#src/config.ts'
import { type Db, openDb } from '#src/db/pool.ts'
import { readOnce } from '#src/db/transaction.ts'
import { systemClock } from '#src/lib/clock.ts'
import { Refusal, refusals } from '#src/lib/refusal.ts'
import type { Secret } from '#src/lib/secret.ts'
import {
  type ImportProgress,
  type ImportSummary,
  importProducts,
} from '#src/offers/import-products.ts'
import { findImportTarget, type ImportTarget, wholeTarget } from '#src/offers/imports.sql.ts'
import type { RowRefusal } from '#src/offers/product-rows.ts'
import { composeApp } from './compose.ts'
import { seedDemoShop } from './demo-shop.ts'
import { openShopDatabase } from './open-database.ts'
import { checkSecret, prepareDatabase, webUrl } from './parts.ts'
import { type Config, readConfig } from './settings.ts'
import { loadShopConfig } from './shop-config.ts'
import { StartError } from './start-error.ts'
import { typedCommand } from './typed-command.ts'

const usage = `Usage: ${typedCommand('import')} FILE.csv [--channel CODE]
  FILE.csv         a product file in Shopify's format
  --channel CODE   the channel it is sold in; without it the first one
The database is that of the shop: DATABASE_URL, or the one in DATA_DIR.`

/** Nothing could be read: no file, no product file, or not one product in it. */
const nothing_read = 2
const interrupted = 130

type Terminal = {
  readonly write: (text: string) => void
  /** Whether a line can be written over. */
  readonly is_live: boolean
}

/** In a new database there is nothing to sell from yet: it becomes the demo shop first. */
async function findTarget(
  db: Db,
  config: Config,
  { url, channel }: { readonly url: Secret; readonly channel: string | null },
): Promise<ImportTarget> {
  let found = await readOnce(db, (tx) => findImportTarget(tx, channel))
  if (!found && channel === null && config.demo_shop) {
    const public_url = webUrl(config.host, config.port)
    const { app, close } = await composeApp(config, {
      part: 'start',
      database_url: url,
      public_url,
    })
    try {
      await checkSecret(db, config)
      await seedDemoShop(app)
    } finally {
      await close()
    }
    found = await readOnce(db, (tx) => findImportTarget(tx, channel))
  }
  if (!found) throw new StartError(`There is no channel ${channel ?? ''} to sell in yet.`)
  const target = wholeTarget(found)
  if (!target) {
    throw new StartError(
      'The channel needs a price list for everybody in its first currency, and a location.',
    )
  }
  return target
}

/** The same file for the same channel is one run, however often it is started. */
async function hashFile(file: string, channel_id: string): Promise<string> {
  const hash = createHash('sha256').update(channel_id)
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

const count = (n: number): string => n.toLocaleString('en')

function progressWriter({ write, is_live }: Terminal) {
  const started_ms = performance.now()
  const quiet_lines = 10_000
  let first_line: number | null = null
  let told = 0
  return ({ lines, products, rows_refused }: ImportProgress): void => {
    first_line ??= lines
    if (!is_live && lines - told < quiet_lines) return
    told = lines
    const rate = ((lines - first_line) / (performance.now() - started_ms)) * 1000
    const text =
      `${count(lines)} rows, ${count(products)} products, ${count(Math.round(rate))} rows/s, ` +
      `${count(rows_refused)} refused`
    write(is_live ? `\r\u001b[2K${text}` : `${text}\n`)
  }
}

function describe(summary: ImportSummary, seconds: number): string {
  const { products, variants, rows_refused, resumed_from_line } = summary
  const { refusals: reasons, warnings, ignored_columns } = summary
  const lineOf = ({ line, reason }: RowRefusal): string => `  line ${line}: ${reason}`
  const lines = [
    ...(resumed_from_line > 0
      ? [`Went on behind line ${count(resumed_from_line)}, where an earlier run ended.`]
      : []),
    `${count(products)} products with ${count(variants)} variants are in; ` +
      `${count(rows_refused)} rows were refused (${seconds.toFixed(1)} s).`,
    ...reasons.map(lineOf),
  ]
  if (reasons.length < rows_refused) lines.push('  … and more, in the table import_refusal')
  if (warnings.length > 0) {
    lines.push('Rows that are in, but not as they stand there:', ...warnings.map(lineOf))
  }
  if (ignored_columns.length > 0) {
    lines.push(`Columns that are not read: ${ignored_columns.join(', ')}.`)
  }
  return `${lines.join('\n')}\n`
}

async function importFile(
  file: string,
  channel: string | null,
  config: Config,
  { terminal, signal }: { readonly terminal: Terminal; readonly signal: AbortSignal },
): Promise<number> {
  const say = (text: string): void => terminal.write(`${text}\n`)
  const { url, close } = await openShopDatabase(config, say)
  const db = openDb({ url: url.reveal(), connections_max: 3, name: 'onhand import' })
  try {
    await prepareDatabase(url, null, config.shop)
    const target = await findTarget(db, config, { url, channel })
    const started_ms = performance.now()
    const summary = await importProducts(db, createReadStream(file, { signal }), {
      file_name: path.basename(file),
      file_hash: await hashFile(file, target.channel_id),
      target,
      clock: systemClock,
      on_progress: progressWriter(terminal),
    })
    if (terminal.is_live) terminal.write('\r\u001b[2K')
    terminal.write(describe(summary, (performance.now() - started_ms) / 1000))
    return summary.products === 0 ? nothing_read : 0
  } finally {
    await db.end()
    await close()
  }
}

function explain(error: unknown): { readonly text: string; readonly code: number } | null {
  if (error instanceof StartError) return { text: error.message, code: error.exit_code }
  if (error instanceof Refusal) {
    const { reason } = error.detail as { reason?: string }
    const code = error.code === 'invalid_input' ? nothing_read : 1
    return { text: reason ?? refusals[error.code][1], code }
  }
  const { code, name, message } = error as NodeJS.ErrnoException
  if (name === 'AbortError') {
    return { text: 'Stopped. The same command goes on from here.', code: interrupted }
  }
  if (code?.startsWith('ERR_PARSE_ARGS')) return { text: usage, code: nothing_read }
  const is_file = ['ENOENT', 'EACCES', 'EISDIR', 'EPERM'].includes(code ?? '')
  return is_file ? { text: `The file cannot be read: ${message}`, code: nothing_read } : null
}

/** Gives the exit code: 0 when products went in, 2 when nothing could be read. */
export async function runImport(
  args: readonly string[],
  environment: Environment,
  parts: { readonly terminal: Terminal; readonly signal: AbortSignal },
): Promise<number> {
  const { write } = parts.terminal
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { channel: { type: 'string' }, help: { type: 'boolean' } },
      allowPositionals: true,
    })
    const [name] = positionals
    if (values.help || name === undefined || positionals.length > 1) {
      write(`${usage}\n`)
      return values.help ? 0 : nothing_read
    }
    // npm runs scripts in the folder of the package, and says where it was called.
    const file = path.resolve(environment['INIT_CWD'] ?? '.', name)
    // Before a database is started for it.
    accessSync(file, constants.R_OK)
    const config = readConfig(environment, await loadShopConfig(environment))
    return await importFile(file, values.channel ?? null, config, parts)
  } catch (error) {
    const known = explain(error)
    if (!known) throw error
    write(`${known.text}\n`)
    return known.code
  }
}

if (process.argv[1] === import.meta.filename) {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  const terminal = {
    write: (text: string): void => void process.stdout.write(text),
    is_live: process.stdout.isTTY === true,
  }
  process.exitCode = await runImport(process.argv.slice(2), process.env, {
    terminal,
    signal: stop.signal,
  })
}
