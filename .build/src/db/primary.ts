// Which of the servers that DATABASE_URL names is the primary. When it dies and a standby is
// promoted, new connections go there; nobody has to be told, and no process is started again.
import pg from 'pg'

const url_parts = /^(postgres(?:ql)?:\/\/(?:[^/?#]*@)?)([^/?#@]*)(.*)$/
const host_and_port = /^(?:\[[\da-f:.]+\]|[^\s:[\]]+)(?::\d{1,5})?$/i

/** One address for each host; as it stands when it names one or none. */
function splitUrl(text: string): string[] {
  const [, head, hosts = '', rest] = url_parts.exec(text) ?? []
  return hosts.includes(',') ? hosts.split(',').map((host) => `${head}${host}${rest}`) : [text]
}

/** Why this is no DATABASE_URL, or null. Several hosts are written as libpq has them. */
export function checkDatabaseUrl(text: string): string | null {
  const hosts = url_parts.exec(text)?.[2]?.split(',')
  const urls = splitUrl(text).map((one) => URL.parse(one))
  if (hosts === undefined || urls.includes(null)) {
    return 'must have the form postgres://user:password@host:5432/database'
  }
  if (hosts.length > 1 && !hosts.every((host) => host_and_port.test(host))) {
    return 'must name its hosts as host:5432,other:5432'
  }
  if (new Set(hosts).size < hosts.length) return 'names a host twice'
  const { pathname, searchParams } = urls[0]!
  if (pathname.length <= 1) return 'names no database'
  if (hosts.length > 1 && (searchParams.has('host') || searchParams.has('port'))) {
    return 'names hosts before and after its question mark'
  }
  const wanted = searchParams.get('target_session_attrs') ?? 'read-write'
  return ['read-write', 'primary'].includes(wanted)
    ? null
    : 'asks for target_session_attrs other than read-write: Onhand writes'
}

type Place = { readonly url: string; readonly host: string; readonly port: number }
type Done = (error: Error | null) => void
type ParameterStatus = { readonly parameterName: string; readonly parameterValue: string }

/** Class 08 of the codes of PostgreSQL: no connection could be made. */
const noConnection = (message: string): Error =>
  Object.assign(new Error(message), { code: '08001' })

/** Opens `client`, and takes a standby for a server that does not answer. */
function connectToWrite(client: pg.Client, connect: (done: Done) => void, done: Done): void {
  let is_standby = false
  // A server says so while the connection is opened: to know it costs no round trip.
  const onStatus = ({ parameterName, parameterValue }: ParameterStatus): void => {
    if (parameterName === 'in_hot_standby') is_standby = parameterValue === 'on'
  }
  client.connection.on('parameterStatus', onStatus)
  connect((error) => {
    client.connection.off('parameterStatus', onStatus)
    if (error || !is_standby) return done(error)
    client.end(() => {})
    done(noConnection(`${client.host}:${client.port} is a standby`))
  })
}

const patience_ms = 3_000

const askOne = (url: string): Promise<Place> =>
  new Promise((found, fail) => {
    const client = new pg.Client({
      connectionString: url,
      application_name: 'onhand lookout',
      connectionTimeoutMillis: patience_ms,
    })
    client.on('error', () => {})
    connectToWrite(
      client,
      (done) => client.connect(done),
      (error) => {
        if (error) return fail(error)
        client.end(() => {})
        found({ url, host: client.host, port: client.port })
      },
    )
  })

/** The first that answers and is no standby. */
const askAll = (urls: readonly string[]): Promise<Place> =>
  Promise.any(urls.map(askOne)).catch(({ errors }: AggregateError) => {
    const reasons = errors.map(({ message, code }) => message || code)
    throw noConnection(`no server takes writes (${reasons.join('; ')})`)
  })

/** No server takes writes, and one of them does not even refuse a connection. */
const areSilent = (urls: readonly string[]): Promise<boolean> =>
  askAll(urls).then(
    () => false,
    // The driver gives no code to this one.
    ({ message }: Error) => message.includes('timeout expired'),
  )

export type Primary = {
  /** For the driver: user, database and options, which all hosts share. */
  readonly connection_url: string
  /** Whether there is no primary, because a server is frozen or cut off. */
  isSilent(): Promise<boolean>
  /** Like the driver's own, and connects to the primary of this moment. */
  readonly Client: typeof pg.Client
}

const watch_ms = 2_000

function openPrimary(url: string): Primary {
  const urls = splitUrl(url)
  const clients = new Set<pg.Client>()
  let place: Place | null = null
  let looking: Promise<Place> | null = null
  let watching = false

  const look = (): Promise<Place> => {
    looking ??= askAll(urls)
      .then((found) => {
        place = found
        // What hangs on a server that is not the primary any more would wait for its answer for
        // a quarter of an hour, if the machine is gone without a word.
        for (const client of clients) {
          if (client.host === found.host && client.port === found.port) continue
          client.connection.stream.destroy()
        }
        return found
      })
      .finally(() => {
        looking = null
      })
    return looking
  }
  const forget = (gone: Place): void => {
    if (place === gone) place = null
  }
  /** A server that dies closes its connections; one that is frozen or cut off must be noticed. */
  const watch = (): void => {
    if (watching || clients.size === 0) return
    watching = true
    const check = async (): Promise<void> => {
      const here = place
      if (here) await askOne(here.url).catch(() => forget(here))
      if (!place) await look().catch(() => {})
      watching = false
      watch()
    }
    setTimeout(() => void check(), watch_ms).unref()
  }

  class PrimaryClient extends pg.Client {
    override connect(): Promise<pg.Client>
    override connect(done: Done): void
    override connect(done?: Done): Promise<pg.Client> | undefined {
      if (!done) {
        return new Promise((connected, fail) => {
          this.connect((error) => (error ? fail(error) : connected(this)))
        })
      }
      const connect = (told: Done): void => super.connect(told)
      const open = (at: Place): void => {
        this.host = at.host
        this.port = at.port
        clients.add(this)
        this.once('end', () => clients.delete(this))
        watch()
        connectToWrite(this, connect, (error) => {
          if (error) forget(at)
          done(error)
        })
      }
      if (urls.length === 1) connectToWrite(this, connect, done)
      else if (place) open(place)
      else look().then(open, done)
      return undefined
    }
  }
  return {
    connection_url: urls[0]!,
    Client: PrimaryClient,
    isSilent: () => areSilent(urls),
  }
}

const primaries = new Map<string, Primary>()

/** The pools and the feed of a process share what they know of their primary. */
export function primaryOf(url: string): Primary {
  const known = primaries.get(url) ?? openPrimary(url)
  primaries.set(url, known)
  return known
}
