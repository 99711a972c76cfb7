// Where a process dies. The code of the shop knows nothing of this: what it is given to speak
// with the outside and with the database is wrapped, and the n-th time that something matches,
// the process is killed before or after it.
import type { ClientBase } from 'pg'
import type { Db } from '#src/db/pool.ts'
import type { Send } from '#src/lib/http-client.ts'
import type { Mailer } from '#src/ports/mailer.ts'

export type KillPoint = {
  readonly name: string
  readonly when: 'before' | 'after'
  /** `commit` is that of a transaction in which a statement matched. */
  readonly of: 'request' | 'statement' | 'commit' | 'mail'
  /** Parts of `METHOD /path`, or of the statements and their values: all of them are there. */
  readonly match: readonly string[]
  readonly nth: number
}

type Die = (of: KillPoint['of'], when: KillPoint['when'], text: string) => Promise<void>

/** Never resolves for the one who is to die: nothing happens after it. */
function executioner(point: KillPoint | null): Die {
  let left = point?.nth ?? 0
  return async (of, when, text) => {
    if (point === null || point.of !== of || point.when !== when) return
    if (!point.match.every((part) => text.includes(part))) return
    left -= 1
    if (left !== 0) return
    process.kill(process.pid, 'SIGKILL')
    await new Promise(() => {})
  }
}

const plain = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()

type Asked = string | { readonly text: string; readonly values?: readonly unknown[] }
type Query = (asked: Asked, ...rest: unknown[]) => Promise<unknown>

/** A statement and what it is given. */
const readAsked = (asked: Asked): string =>
  typeof asked === 'string'
    ? asked
    : plain(`${asked.text} ${(asked.values ?? []).map(String).join(' ')}`)

function watchClient(client: ClientBase, die: Die): void {
  const query = client.query.bind(client) as unknown as Query
  let texts: string[] = []
  const watched: Query = async (asked, ...rest) => {
    const text = readAsked(asked)
    if (text.startsWith('begin')) texts = []
    const of = text === 'commit' ? 'commit' : 'statement'
    const matched = of === 'commit' ? texts.join(';') : text
    await die(of, 'before', matched)
    const result = await query(asked, ...rest)
    await die(of, 'after', matched)
    texts.push(text)
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
        const named = `${request.method} ${new URL(request.url).pathname}`
        await die('request', 'before', named)
        const answer = await send(request)
        await die('request', 'after', named)
        return answer
      },
    mailer: (mailer: Mailer): Mailer => ({
      ...mailer,
      send: async (mail) => {
        await die('mail', 'before', mail.subject)
        const outcome = await mailer.send(mail)
        await die('mail', 'after', mail.subject)
        return outcome
      },
    }),
  }
}
