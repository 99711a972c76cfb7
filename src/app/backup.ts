// `npm run backup`, `npm run restore`, `npm run drill`: see docs/backup.md.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { Environment } from '#src/config.ts'
import { type Drilled, drill } from './drill.ts'
import { isDatabaseUrl, restoreBackup } from './restore-backup.ts'
import { readConfig } from './settings.ts'
import { loadShopConfig } from './shop-config.ts'
import { StartError } from './start-error.ts'
import { type Backup, readBackup, takeBackup } from './take-backup.ts'
import { typedCommand } from './typed-command.ts'

const usage = `Usage:
  ${typedCommand('backup')} --to FOLDER [--files]
      a new folder in FOLDER, of DATABASE_URL by pg_dump, or of the database in DATA_DIR, also
      while the shop sells; without pg_dump (or with --files) the latter by copying its files
  ${typedCommand('restore')} --from BACKUP --into DATABASE_URL|FOLDER
      a dump into an empty database, files into an empty DATA_DIR; nothing is started
  ${typedCommand('drill')} [--from BACKUP] [--into DATABASE_URL] [--json]
      restores into an empty database (without --into one of its own, which is taken away again),
      asks every promise there and ends with 1 when one is broken; without --from a new backup
`
const wrong_use = 2
const failed = 1

type Values = {
  readonly to?: string
  readonly from?: string
  readonly into?: string
  readonly files?: boolean
  readonly json?: boolean
}
type Asked = {
  readonly values: Values
  readonly environment: Environment
  readonly write: (text: string) => void
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
const minutes = (ms: number): string => `${(ms / 60_000).toFixed(1)} minutes`

/** npm runs scripts in the folder of the package, and says where it was called. */
const placeOf = (given: string, { environment }: Asked): string =>
  path.resolve(environment['INIT_CWD'] ?? '.', given)

const configOf = async ({ environment }: Asked) =>
  readConfig(environment, await loadShopConfig(environment))

const describe = ({ form, orders, postgres, taken_at }: Backup): string =>
  `${form === 'dump' ? 'a dump' : 'the files'} of PostgreSQL ${postgres} with ` +
  `${form === 'dump' ? '' : 'at least '}${orders} orders, as of ${taken_at}`

async function runBackup(asked: Asked): Promise<number> {
  const { values, write } = asked
  if (values.to === undefined) throw new StartError(usage, wrong_use)
  const from = performance.now()
  const wish = { to: placeOf(values.to, asked), files: values.files ?? false }
  const backup = await takeBackup(await configOf(asked), wish, (text) => write(`${text}\n`))
  write(`Backup: ${describe(backup)}, taken in ${seconds(performance.now() - from)}.\n`)
  if (backup.form === 'dump') write('Keep SECRET_KEY and the keys of providers beside it.\n')
  write(`${backup.folder}\n`)
  return 0
}

const after_restore = `Nothing was started. Before you do:
- Is the old shop stopped for good? Two shops on copies of one database would both send mails.
- To look at the copy only, start "npm start -- --web" on it without keys of providers and without
  SMTP_URL, and no worker: a worker goes on with mails, webhooks and labels that were open.
- See "What a lost hour means" in docs/backup.md.
`

async function runRestore(asked: Asked): Promise<number> {
  const { values, write } = asked
  const { from, into } = values
  if (from === undefined || into === undefined) throw new StartError(usage, wrong_use)
  const started = performance.now()
  const backup = await readBackup(placeOf(from, asked))
  await restoreBackup(backup, isDatabaseUrl(into) ? into : placeOf(into, asked))
  write(`Restored ${describe(backup)}, in ${seconds(performance.now() - started)}.\n`)
  write(after_restore)
  return 0
}

function tellDrill(backup: Backup, drilled: Drilled, write: Asked['write']): void {
  const { orders, newest_at, restored_ms, asked_ms, promises, faults } = drilled
  const violations = promises.reduce((sum, one) => sum + one.violations, 0)
  write(`Backup     ${describe(backup)}\n`)
  write(`Restored   ${orders} orders in ${seconds(restored_ms)}, the newest of `)
  write(`${newest_at?.toISOString() ?? 'no day'}\n`)
  write(`Promises   ${promises.length} asked in ${seconds(asked_ms)}, ${violations} violations\n`)
  for (const fault of faults) write(`  ✖ ${fault}\n`)
  write(`The drill took ${minutes(restored_ms + asked_ms)}, and has `)
  write(`${faults.length === 0 ? 'passed' : 'FAILED'}.\n`)
}

async function runDrill(asked: Asked): Promise<number> {
  const { values, write } = asked
  const { from, into = null, json = false } = values
  if (into !== null && !isDatabaseUrl(into)) throw new StartError(usage, wrong_use)
  const say = (text: string): void => void (json || write(`${text}\n`))
  const own = from === undefined ? mkdtempSync(path.join(tmpdir(), 'onhand-backup-')) : null
  try {
    const backup =
      own === null
        ? await readBackup(placeOf(from!, asked))
        : await takeBackup(await configOf(asked), { to: own, files: false }, say)
    const drilled = await drill(backup, into, say)
    if (json) {
      const { promises, ...told } = drilled
      const broken = promises.filter(({ violations }) => violations > 0)
      const { form, taken_at } = backup
      write(`${JSON.stringify({ form, taken_at, ...told, asked: promises.length, broken })}\n`)
    } else tellDrill(backup, drilled, write)
    return drilled.faults.length === 0 ? 0 : failed
  } finally {
    if (own !== null) rmSync(own, { recursive: true, force: true })
  }
}

const commands = { backup: runBackup, restore: runRestore, drill: runDrill } as const

/** Gives the exit code. */
export async function runBackupCommand(
  args: readonly string[],
  environment: Environment,
  write: (text: string) => void,
): Promise<number> {
  try {
    const text = { type: 'string' } as const
    const flag = { type: 'boolean' } as const
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { to: text, from: text, into: text, files: flag, json: flag, help: flag },
      allowPositionals: true,
    })
    const command = commands[positionals[0] as keyof typeof commands]
    if (values.help) write(usage)
    if (values.help) return 0
    if (!command || positionals.length > 1) throw new StartError(usage, wrong_use)
    return await command({ values, environment, write })
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (code.startsWith('ERR_PARSE_ARGS')) write(usage)
    else if (error instanceof StartError) write(`${error.message}\n`)
    else if (/^E[A-Z]+$/.test(code)) write(`${(error as Error).message}\n`)
    else throw error
    return error instanceof StartError ? error.exit_code : wrong_use
  }
}

if (process.argv[1] === import.meta.filename) {
  process.exitCode = await runBackupCommand(process.argv.slice(2), process.env, (text) => {
    process.stdout.write(text)
  })
}
