// The database's own programs, where they are installed. Passwords go by the environment: an
// argument could be read by every user of the machine.
import { spawn, spawnSync } from 'node:child_process'
import { StartError } from './start-error.ts'

export type DumpTool = 'pg_dump' | 'pg_restore'

/** The major version of the one on the PATH; null when there is none. */
export function versionOf(tool: DumpTool): number | null {
  const { stdout, error } = spawnSync(tool, ['--version'], { encoding: 'utf8' })
  const found = error ? null : /\) (\d+)/.exec(stdout)
  return found ? Number(found[1]) : null
}

const parts = /^(postgres(?:ql)?:\/\/)([^/?#@:]*)(?::([^/?#@]*))?(@.*)$/

/** Without its password, and the password by itself. libpq knows several hosts as we do. */
export function splitPassword(url: string): { readonly url: string; readonly password: string } {
  const [, head = '', user = '', password = '', rest = ''] = parts.exec(url) ?? []
  return head === ''
    ? { url, password: '' }
    : { url: `${head}${user}${rest}`, password: decodeURIComponent(password) }
}

/** @throws StartError with the last words of a program that failed */
export async function runTool(
  tool: DumpTool,
  args: readonly string[],
  database_url: string,
): Promise<void> {
  const { url, password } = splitPassword(database_url)
  const said: Buffer[] = []
  const code = await new Promise<number | string>((resolve) => {
    const child = spawn(tool, [...args, `--dbname=${url}`], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        ...process.env,
        ...(password === '' ? {} : { PGPASSWORD: password }),
        PGTARGETSESSIONATTRS: 'read-write',
        PGAPPNAME: `onhand ${tool}`,
      },
    })
    child.stderr.on('data', (bytes: Buffer) => said.push(bytes))
    child.once('error', (error) => resolve(error.message))
    child.once('close', (exit_code, signal) => resolve(exit_code ?? signal ?? 'unknown'))
  })
  if (code === 0) return
  const lines = Buffer.concat(said).toString().trim().split('\n').slice(-8).join('\n')
  throw new StartError(`${tool} failed (${code}).\n${lines}`)
}
