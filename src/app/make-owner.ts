// `npm run owner -- EMAIL`: makes the person with whom a shop of one's own begins. All others are
// made by an owner through the API, so the first one comes from whoever holds the database.
import { parseArgs } from 'node:util'
import type { Environment } from '#src/config.ts'
import { openDb } from '#src/db/pool.ts'
import { isEmail } from '#src/lib/addresses.ts'
import { systemClock } from '#src/lib/clock.ts'
import { password_length } from '#src/lib/passwords.ts'
import { Refusal } from '#src/lib/refusal.ts'
import { type CreateStaff, createOwner } from '#src/staff/edit-staff.ts'
import { askPassword, type PasswordInput } from './ask-password.ts'
import { openShopDatabase } from './open-database.ts'
import { prepareDatabase } from './parts.ts'
import { type Config, readConfig } from './settings.ts'
import { loadShopConfig } from './shop-config.ts'
import { StartError } from './start-error.ts'
import { typedCommand } from './typed-command.ts'

const usage = `Usage: ${typedCommand('owner')} EMAIL [--name NAME] [--another]
  EMAIL        the address with which the owner signs in
  --name NAME  how the owner is called; without it the address
  --another    also when there is an owner already
The password is asked for, or read from standard input: ${password_length.min} characters or more.
The database is that of the shop: DATABASE_URL, or the one in DATA_DIR.`

const bad_input = 2
const interrupted = 130
const name_max = 200

type Terminal = { readonly input: PasswordInput; readonly write: (text: string) => void }
type Asked = { readonly email: string; readonly name: string; readonly another: boolean }

function readArgs(args: readonly string[]): Asked {
  const { values, positionals } = readWords(args)
  const [email] = positionals
  if (values.help) throw new StartError(usage, 0)
  if (email === undefined || positionals.length > 1) throw new StartError(usage, bad_input)
  if (!isEmail(email)) {
    throw new StartError('EMAIL is no e-mail address such as owner@shop.example.', bad_input)
  }
  const name = values.name?.trim() || email
  if ([...name].length > name_max) {
    throw new StartError(`NAME must have ${name_max} characters or less.`, bad_input)
  }
  return { email, name, another: values.another ?? false }
}

function readWords(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        name: { type: 'string' },
        another: { type: 'boolean' },
        help: { type: 'boolean' },
      },
      allowPositionals: true,
    })
  } catch {
    throw new StartError(usage, bad_input)
  }
}

async function newPassword({ input, write }: Terminal): Promise<string> {
  const asked = await askPassword(input, write)
  if (asked.kind === 'given_up') throw new StartError('\nNobody was made.', interrupted)
  if (asked.kind === 'different') {
    throw new StartError('The two passwords are not the same.', bad_input)
  }
  const { password } = asked
  const { min, max } = password_length
  const length = [...password].length
  if (length < min || length > max) {
    const reason = `The password must have from ${min} to ${max} characters, and has ${length}.`
    throw new StartError(reason, bad_input)
  }
  return password
}

async function makeOwner(
  config: Config,
  person: Omit<CreateStaff, 'role'>,
  { another, write }: { readonly another: boolean; readonly write: Terminal['write'] },
): Promise<void> {
  const { url, close } = await openShopDatabase(config, (text) => write(`${text}\n`))
  const db = openDb({ url: url.reveal(), connections_max: 1, name: 'onhand owner' })
  try {
    await prepareDatabase(url, null, config.shop)
    const made = await createOwner(db, person, { another, now: systemClock() })
    if (!made) {
      throw new StartError(
        'This shop has an owner already, who can make others (POST /admin/staff). When nobody ' +
          'can sign in as one, "--another" makes another.',
      )
    }
    write(`${made.email} is an owner now: sign in with POST /admin/sign-in.\n`)
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'already_exists') throw error
    throw new StartError(`Somebody signs in as ${person.email} already.`)
  } finally {
    await db.end()
    await close()
  }
}

/** Gives the exit code: 0 when there is a new owner, 2 for a bad address or password. */
export async function runMakeOwner(
  args: readonly string[],
  environment: Environment,
  terminal: Terminal,
): Promise<number> {
  try {
    const { another, ...person } = readArgs(args)
    const config = readConfig(environment, await loadShopConfig(environment))
    const password = await newPassword(terminal)
    await makeOwner(config, { ...person, password }, { another, write: terminal.write })
    return 0
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    terminal.write(`${error.message}\n`)
    return error.exit_code
  }
}

if (process.argv[1] === import.meta.filename) {
  process.exitCode = await runMakeOwner(process.argv.slice(2), process.env, {
    input: process.stdin,
    write: (text) => void process.stdout.write(text),
  })
}
