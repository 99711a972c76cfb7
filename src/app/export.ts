// `npm run export -- FILE.csv`: all products of the shop as a file that `npm run import` reads.
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import type { Environment } from '#src/config.ts'
import { openDb } from '#src/db/pool.ts'
import { readOnce } from '#src/db/transaction.ts'
import { exportProducts } from '#src/offers/export-products.ts'
import { findImportTarget, wholeTarget } from '#src/offers/imports.sql.ts'
import { openShopDatabase } from './open-database.ts'
import { prepareDatabase } from './parts.ts'
import { readConfig } from './settings.ts'
import { loadShopConfig } from './shop-config.ts'
import { StartError } from './start-error.ts'
import { typedCommand } from './typed-command.ts'

const usage = `Usage: ${typedCommand('export')} FILE.csv [--channel CODE]
  FILE.csv         is written when it is whole; "${typedCommand('import')} FILE.csv" reads it
  --channel CODE   whose prices and publications are meant; without it the first one's
The database is that of the shop: DATABASE_URL, or the one in DATA_DIR.`

const nothing_written = 2

async function exportFile(
  file: string,
  channel: string | null,
  environment: Environment,
  write: (text: string) => void,
): Promise<void> {
  const config = readConfig(environment, await loadShopConfig(environment))
  const { url, close } = await openShopDatabase(config, (text) => write(`${text}\n`))
  const db = openDb({ url: url.reveal(), connections_max: 2, name: 'onhand export' })
  // Whoever reads the file meanwhile sees the one before, never half of this one.
  const unfinished = `${file}.${process.pid}.part`
  try {
    await prepareDatabase(url, null, config.shop)
    const target = wholeTarget(await readOnce(db, (tx) => findImportTarget(tx, channel)))
    if (!target) throw new StartError(`There is no channel ${channel ?? ''} with prices and stock.`)
    await pipeline(exportProducts(db, target), createWriteStream(unfinished))
    await rename(unfinished, file)
  } finally {
    await rm(unfinished, { force: true })
    await db.end()
    await close()
  }
}

/** Gives the exit code: 0 when the file is written. */
export async function runExport(
  args: readonly string[],
  environment: Environment,
  write: (text: string) => void,
): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { channel: { type: 'string' }, help: { type: 'boolean' } },
      allowPositionals: true,
    })
    const [name] = positionals
    if (values.help || name === undefined || positionals.length > 1) {
      write(`${usage}\n`)
      return values.help ? 0 : nothing_written
    }
    // npm runs scripts in the folder of the package, and says where it was called.
    const file = path.resolve(environment['INIT_CWD'] ?? '.', name)
    await exportFile(file, values.channel ?? null, environment, write)
    write(`The products are in ${file}.\n`)
    return 0
  } catch (error) {
    if (error instanceof StartError) {
      write(`${error.message}\n`)
      return error.exit_code
    }
    const { code = '', message } = error as NodeJS.ErrnoException
    if (code.startsWith('ERR_PARSE_ARGS')) {
      write(`${usage}\n`)
      return nothing_written
    }
    if (!['ENOENT', 'EACCES', 'EISDIR', 'EPERM', 'ENOSPC', 'ENOTDIR'].includes(code)) throw error
    write(`The file cannot be written: ${message}\n`)
    return nothing_written
  }
}

if (process.argv[1] === import.meta.filename) {
  process.exitCode = await runExport(process.argv.slice(2), process.env, (text) => {
    process.stdout.write(text)
  })
}
