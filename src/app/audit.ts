// `npm run audit -- verify`: whether the chain of what staff have written is whole. `export` writes
// it out, one entry a line.
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { readHead, writeHead } from '#src/audit/audit.ts'
import { exportAudit } from '#src/audit/export-audit.ts'
import { type Verified, verifyWholeAudit } from '#src/audit/verify-audit.ts'
import type { Environment } from '#src/config.ts'
import { type Db, openDb } from '#src/db/pool.ts'
import { openDataDir, secretKeyOf } from './data-dir.ts'
import { openShopDatabase } from './open-database.ts'
import { prepareDatabase } from './parts.ts'
import { type Config, readConfig } from './settings.ts'
import { loadShopConfig } from './shop-config.ts'
import { StartError } from './start-error.ts'
import { typedCommand } from './typed-command.ts'

const usage = `Usage: ${typedCommand('audit')} verify [--expect HEAD]
       ${typedCommand('audit')} export FILE.ndjson
  verify         looks at every entry; ends with 1 when one was changed, taken out or put in
  --expect HEAD  a head that verify has told before, kept where nobody of the database can write
  export         writes all entries, oldest first
The database is that of the shop: DATABASE_URL, or the one in DATA_DIR; and so is SECRET_KEY.`

const [not_whole, bad_input] = [1, 2]

type Asked =
  | { readonly kind: 'verify'; readonly expect: string | undefined }
  | { readonly kind: 'export'; readonly file: string }

function readArgs(args: readonly string[]): Asked {
  const { values, positionals } = readWords(args)
  const [word, file, ...more] = positionals
  if (values.help) throw new StartError(usage, 0)
  const { expect } = values
  if (word === 'verify' && file === undefined) return { kind: 'verify', expect }
  if (word === 'export' && file !== undefined && more.length === 0 && expect === undefined) {
    return { kind: 'export', file }
  }
  throw new StartError(usage, bad_input)
}

function readWords(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: { expect: { type: 'string' }, help: { type: 'boolean' } },
      allowPositionals: true,
    })
  } catch {
    throw new StartError(usage, bad_input)
  }
}

const words: Readonly<Record<Verified['faults'][number]['fault'], string>> = {
  gap: 'the entry before it is gone',
  changed: 'it is not what was written',
  seal: 'it was chained by somebody without the key of the server, or with another key',
  unsealed: 'the chain ends without a seal',
  head: 'it is not the entry that was expected there',
}

function tell({ checked, seals, waiting, head, faults }: Verified): string {
  const lines = faults.map(({ seq, fault }) => `Entry ${seq}: ${words[fault]}.`)
  const found = faults.length === 0 ? 'The audit is whole' : 'The audit is NOT whole'
  const wait = waiting === 0 ? '' : ` ${waiting} are not in the chain yet.`
  lines.push(`${found}: ${checked} entries, ${seals} seals.${wait}`)
  if (head) lines.push(`Head: ${writeHead(head)}`)
  return `${lines.join('\n')}\n`
}

async function exportFile(db: Db, file: string): Promise<void> {
  const unfinished = `${file}.${process.pid}.part`
  try {
    await pipeline(exportAudit(db, {}), createWriteStream(unfinished))
    await rename(unfinished, file)
  } finally {
    await rm(unfinished, { force: true })
  }
}

async function withShop<T>(
  config: Config,
  write: (text: string) => void,
  body: (db: Db) => Promise<T>,
): Promise<T> {
  openDataDir(config.data_dir)
  const { url, close } = await openShopDatabase(config, (text) => write(`${text}\n`))
  const db = openDb({ url: url.reveal(), connections_max: 2, name: 'onhand audit' })
  try {
    await prepareDatabase(url, config)
    return await body(db)
  } finally {
    await db.end()
    await close()
  }
}

/** Gives the exit code: 0 when the audit is whole, or was written out. */
export async function runAudit(
  args: readonly string[],
  environment: Environment,
  write: (text: string) => void,
): Promise<number> {
  try {
    const asked = readArgs(args)
    const config = readConfig(environment, await loadShopConfig(environment))
    if (asked.kind === 'export') {
      const file = path.resolve(environment['INIT_CWD'] ?? '.', asked.file)
      await withShop(config, write, (db) => exportFile(db, file))
      write(`The audit is in ${file}.\n`)
      return 0
    }
    const expected = asked.expect === undefined ? null : readHead(asked.expect)
    if (asked.expect !== undefined && !expected) {
      throw new StartError('HEAD is what verify has told: a number, a colon and 64 digits.', 2)
    }
    const verified = await withShop(config, write, (db) =>
      verifyWholeAudit(db, secretKeyOf(config), expected),
    )
    write(tell(verified))
    return verified.faults.length === 0 ? 0 : not_whole
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    write(`${error.message}\n`)
    return error.exit_code
  }
}

if (process.argv[1] === import.meta.filename) {
  process.exitCode = await runAudit(process.argv.slice(2), process.env, (text) => {
    process.stdout.write(text)
  })
}
