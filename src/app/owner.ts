// `npm run owner -- EMAIL`: the first one who may sign in to a shop that is no demo. Whoever can
// reach the database may do this; everything else is done over the API.
import { randomBytes } from 'node:crypto'
import { text as readText } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import type { Environment } from '#src/config.ts'
import { openDb } from '#src/db/pool.ts'
import { transaction } from '#src/db/transaction.ts'
import { systemClock } from '#src/lib/clock.ts'
import { Refusal, refusals } from '#src/lib/refusal.ts'
import { asServer, createStaff, seedRoles } from '#src/staff/edit-staff.ts'
import { lockOwners } from '#src/staff/staff.sql.ts'
import { prepareDatabase } from './parts.ts'
import { readConfig } from './settings.ts'
import { openShopDatabase } from './shop-database.ts'
import { StartError } from './start-error.ts'

const usage = `Usage: npm run owner -- EMAIL [--name NAME] [--password-stdin] [--another]
  --name NAME        how events and lists name them (the e-mail address)
  --password-stdin   the password is what is piped in; without it one is made and shown
  --another          also when the shop has an owner
The database is that of "npm start": DATABASE_URL, or the one in DATA_DIR.`

const bad_input = 2
const password_letters_min = 12

type Asked = {
  readonly email: string
  readonly name: string
  readonly password: string
  readonly another: boolean
}

async function makeOwner(asked: Asked, environment: Environment, say: (text: string) => void) {
  const config = readConfig(environment)
  const { url, close } = await openShopDatabase(config, say)
  const db = openDb({ url: url.reveal(), connections_max: 2, name: 'onhand owner' })
  try {
    await prepareDatabase(url, null)
    await seedRoles(db)
    const owners = await transaction(db, lockOwners)
    if (owners.length > 0 && !asked.another) {
      throw new StartError(
        'The shop has an owner already, who makes others by POST /admin/staff. ' +
          'When nobody can sign in any more: --another.',
      )
    }
    const { email, name, password } = asked
    await createStaff(db, { email, name, password, role: 'owner' }, asServer(systemClock()))
  } finally {
    await db.end()
    await close()
  }
}

function explain(error: unknown): { readonly text: string; readonly code: number } | null {
  if (error instanceof StartError) return { text: error.message, code: error.exit_code }
  if (error instanceof Refusal) return { text: refusals[error.code][1], code: bad_input }
  const { code } = error as NodeJS.ErrnoException
  return code?.startsWith('ERR_PARSE_ARGS') ? { text: usage, code: bad_input } : null
}

/** Gives the exit code. `piped` is read only when a password is asked to come from there. */
export async function runOwner(
  args: readonly string[],
  environment: Environment,
  { say, piped }: { readonly say: (text: string) => void; readonly piped: NodeJS.ReadableStream },
): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        name: { type: 'string' },
        'password-stdin': { type: 'boolean' },
        another: { type: 'boolean' },
        help: { type: 'boolean' },
      },
      allowPositionals: true,
    })
    const [email] = positionals
    if (values.help || email === undefined || positionals.length > 1) {
      say(usage)
      return values.help ? 0 : bad_input
    }
    if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email) || email.length > 254) {
      say(`"${email.slice(0, 80)}" is no e-mail address.`)
      return bad_input
    }
    const given = values['password-stdin'] ? (await readText(piped)).replace(/\r?\n$/, '') : null
    const password = given ?? randomBytes(18).toString('base64url')
    if (password.length < password_letters_min || password.length > 200) {
      say(`A password has ${password_letters_min} to 200 letters.`)
      return bad_input
    }
    const another = values.another === true
    await makeOwner({ email, name: values.name ?? email, password, another }, environment, say)
    say(`${email} is an owner of this shop and signs in by POST /admin/sign-in.`)
    if (given === null) say(`The password, which is shown only here: ${password}`)
    return 0
  } catch (error) {
    const known = explain(error)
    if (!known) throw error
    say(known.text)
    return known.code
  }
}

if (process.argv[1] === import.meta.filename) {
  process.exitCode = await runOwner(process.argv.slice(2), process.env, {
    say: (text) => void process.stdout.write(`${text}\n`),
    piped: process.stdin,
  })
}
