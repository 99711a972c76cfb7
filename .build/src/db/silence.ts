// A server that is frozen or cut off answers nothing and closes nothing. Without this, whoever has
// sent it a statement would wait until its time limit, which the server itself is to watch.
import type pg from 'pg'

const look_ms = 2_000
/** A server that is only slow may let a new connection wait; the second that waits is proof. */
const silences_max = 2

/**
 * Breaks the connections that are in use once the server is silent to new ones too, so that those
 * who wait on them are told that the database is away: after some ten seconds, not a minute.
 */
export function leaveSilence(pool: pg.Pool, isSilent: () => Promise<boolean>): void {
  const in_use = new Set<pg.PoolClient>()
  let silences = 0
  let is_looking = false

  const look = async (): Promise<void> => {
    const asked = [...in_use]
    silences = asked.length > 0 && (await isSilent()) ? silences + 1 : 0
    if (silences >= silences_max) {
      for (const client of asked) if (in_use.has(client)) client.connection.stream.destroy()
    }
    is_looking = false
    if (in_use.size > 0) lookSoon()
  }
  const lookSoon = (): void => {
    if (is_looking) return
    is_looking = true
    setTimeout(() => void look(), look_ms).unref()
  }
  pool.on('acquire', (client) => {
    in_use.add(client)
    lookSoon()
  })
  pool.on('release', (_error, client) => in_use.delete(client))
  pool.on('remove', (client) => in_use.delete(client))
}
