// `npx onhand client`: the types of the routes of a shop's own, for the client in its project and
// in those of its storefronts.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { Environment } from '#src/config.ts'
import { openApi } from '#src/http/openapi.ts'
import { ownClientTypes } from './client-types.ts'
import { loadShopConfig } from './shop-config.ts'
import { StartError } from './start-error.ts'

const usual_file = 'onhand-client.d.ts'
const usage = `Usage: npx onhand client [FILE] [--check]
  FILE      is written: the types of the routes in onhand.config; without it ${usual_file}
  --check   writes nothing, and fails when the file is not as it would be written
`

/** Gives the exit code: 0 when the file is as the routes are. */
export async function runOwnClient(
  args: readonly string[],
  environment: Environment,
  write: (text: string) => void,
): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { check: { type: 'boolean' }, help: { type: 'boolean' } },
      allowPositionals: true,
    })
    if (values.help || positionals.length > 1) {
      write(usage)
      return values.help ? 0 : 2
    }
    const { routes } = await loadShopConfig(environment)
    const text = ownClientTypes(openApi(routes, ''))
    const file = path.resolve(positionals[0] ?? usual_file)
    const name = path.basename(file)
    if (!values.check) {
      writeFileSync(file, text)
      write(`The types of ${routes.length} routes are in ${name}.\n`)
      return 0
    }
    if (existsSync(file) && readFileSync(file, 'utf8') === text) return 0
    write(`${name} is not what the routes are now: run "npx onhand client".\n`)
    return 1
  } catch (error) {
    if (error instanceof StartError) {
      write(`${error.message}\n`)
      return error.exit_code
    }
    const { code = '', message } = error as NodeJS.ErrnoException
    if (code.startsWith('ERR_PARSE_ARGS')) {
      write(usage)
      return 2
    }
    if (!['ENOENT', 'EACCES', 'EISDIR', 'EPERM', 'ENOTDIR'].includes(code)) throw error
    write(`The file cannot be written: ${message}\n`)
    return 2
  }
}

if (process.argv[1] === import.meta.filename) {
  process.exitCode = await runOwnClient(process.argv.slice(2), process.env, (text) => {
    process.stdout.write(text)
  })
}
