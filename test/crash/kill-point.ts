// Where a process dies. The code of the shop knows nothing of this: what it is given to speak
// with the outside and with the database is wrapped, and the n-th time that something matches,
// the process is killed before or after it.
import type { ClientBase } from 'pg'
import type { Db } from '#src/db/pool.ts'
import type { Send } from '#src/lib/http-client.ts'
import type { Mailer } from '#src/ports/mailer.ts'

/** A value that a statement is given, alone or in a column of rows. */
export type Given = { readonly given: string }
export const given = (value: string): Given => ({ given: value })

export type KillPoint = {
  readonly name: string
  readonly when: 'before' | 'after'
  /** `commit` is that of a transaction in which a statement matched. */
  readonly of: 'request' | 'statement' | 'commit' | 'mail'
  /**
   * Parts of `METHOD /path`, or of the texts of statements, each followed by the values that this
   * statement is given: all of them are there.
   */
  readonly match: readonly (string | Given)[]
  readonly nth: number
}

type Happened = { readonly text: string; readonly values: readonly unknown[] }
type Die = (
  of: KillPoint['of'],
  when: KillPoint['when'],
  happened: readonly Happened[],
) => Promise<void>

/** A column of rows is sent as one array, `{"captured","declined"}`. */
const isGiven = (value: unknown, wanted: string): boolean =>
  value === wanted ||
  (typeof value === 'string' &&
    value.startsWith('{') &&
    value.slice(1, -1).split(',').includes(`"${wanted}"`))

type Wanted = { readonly text: string; readonly values: string[] }

function wantedOf(match: KillPoint['match']): Wanted[] {
  const wanted: Wanted[] = []
  for (const part of match) {
    if (typeof part === 'string') wanted.push({ text: part, values: [] })
    else wanted.at(-1)!.values.push(part.given)
  }
  return wanted
}

/** What the text of a statement says of other values than its own does not count. */
export function isMet(match: KillPoint['match'], happened: readonly Happened[]): boolean {
  return wantedOf(match).every(({ text, values }) =>
    happened.some(
      (one) =>
        one.text.includes(text) &&
        values.every((wanted) => one.values.some((value) => isGiven(value, wanted))),
    ),
  )
}

/** Never resolves for the one who is to die: nothing happens after it. */
function executioner(point: KillPoint | null): Die {
  let left = point?.nth ?? 0
  return async (of, when, happened) => {
    if (point === null || point.of !== of || point.when !== when) return
    if (!isMet(point.match, happened)) return
    left -= 1
    if (left !== 0) return
    process.kill(process.pid, 'SIGKILL')
    await new Promise(() => {})
  }
}

const plain = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()

type Asked = string | { readonly text: string; readonly values?: readonly unknown[] }
type Query = (asked: Asked, ...rest: unknown[]) => Promise<unknown>

const readAsked = (asked: Asked): Happened =>
  typeof asked === 'string'
    ? { text: asked, values: [] }
    : { text: plain(asked.text), values: asked.values ?? [] }

function watchClient(client: ClientBase, die: Die): void {
  const query = client.query.bind(client) as unknown as Query
  let sent: Happened[] = []
  const watched: Query = async (asked, ...rest) => {
    const statement = readAsked(asked)
    if (statement.text.startsWith('begin')) sent = []
    const of = statement.text === 'commit' ? 'commit' : 'statement'
    const happened = of === 'commit' ? sent : [statement]
    await die(of, 'before', happened)
    const result = await query(asked, ...rest)
    await die(of, 'after', happened)
    sent.push(statement)
    return result
  }
  const own = client as unknown as { query: Query }
  own.query = (asked, ...rest) => {
    // The pool itself asks with a callback; what the shop asks is awaited.
    if (typeof rest.at(-1) === 'function') return query(asked, ...rest)
    return watched(asked, ...rest)
  }
}

export function watch(point: KillPoint | null) {
  const die = executioner(point)
  return {
    database: (db: Db): Db =>
      point === null ? db : db.on('connect', (client) => watchClient(client, die)),
    send:
      (send: Send): Send =>
      async (request) => {
        const text = `${request.method} ${new URL(request.url).pathname}`
        const named = [{ text, values: [] }]
        await die('request', 'before', named)
        const answer = await send(request)
        await die('request', 'after', named)
        return answer
      },
    mailer: (mailer: Mailer): Mailer => ({
      ...mailer,
      send: async (mail) => {
        const named = [{ text: mail.subject, values: [] }]
        await die('mail', 'before', named)
        const outcome = await mailer.send(mail)
        await die('mail', 'after', named)
        return outcome
      },
    }),
  }
}
