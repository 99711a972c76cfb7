// How we speak with servers that others have named: an address in a setting of the shop may lead
// anywhere, also to ourselves. Where it leads is looked at when the connection is made, so that a
// name which resolves to another address the second time gains nothing; nobody is followed
// elsewhere; and little is read of what comes back.
import { type LookupAddress, type LookupAllOptions, lookup } from 'node:dns'
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import type { LookupFunction, Socket } from 'node:net'
import type { HttpAnswer, HttpRequest, NoAnswer } from './http-client.ts'
import { addressIn, isPublicAddress } from './public-addresses.ts'
import { call } from './trace.ts'
import { assertNoTransaction } from './transaction-guard.ts'

/** More than this of an answer is not read: its status says all that counts. */
const answer_bytes_max = 4_096

export type Strangers = {
  /** Also private addresses and plain http: a receiver in the same network, or a test. */
  readonly allow_private: boolean
  readonly send: (request: HttpRequest) => Promise<HttpAnswer | NoAnswer>
}

/** Ends a request with a reason of ours. */
class GivenUp extends Error {}

const private_address = 'private address'

/** Tells all addresses of a name. */
export type Resolver = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => void,
) => void

/** Names of which no address is public are not found; of others only the public ones are. */
export const publicLookup =
  (resolve: Resolver): LookupFunction =>
  (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, '', 0)
      const open = found.filter(({ address }) => isPublicAddress(address))
      const [first] = open
      if (!first) return callback(new GivenUp(private_address), '', 0)
      if (options.all) return callback(null, open)
      callback(null, first.address, first.family)
    })
  }

const no_body = Buffer.alloc(0)
const answerOf = ({ statusCode, headers }: IncomingMessage, body: Buffer): HttpAnswer => ({
  kind: 'answer',
  status: statusCode ?? 0,
  headers: new Headers(Object.entries(headers).map(([name, value]) => [name, String(value)])),
  body: body.subarray(0, answer_bytes_max),
})

const kept = {
  keepAlive: true,
  timeout: 4_000,
  maxSockets: 32,
  maxTotalSockets: 1_024,
  maxFreeSockets: 8,
  scheduling: 'lifo',
} as const

/** `find` is asked once for each connection: what it has found is what is connected with. */
export function openStrangers(
  allow_private: boolean,
  find: LookupFunction = publicLookup(lookup),
): Strangers {
  // Agents of our own: a connection that somebody else has made is never used again here.
  const own = allow_private ? kept : { ...kept, lookup: find }
  const clients = {
    'http:': { request: http.request, agent: new http.Agent(own) },
    'https:': { request: https.request, agent: new https.Agent(own) },
  } as const

  const exchange = (asked: HttpRequest): Promise<HttpAnswer> => {
    const { url, method, headers, body, timeout_ms } = asked
    const address = new URL(url)
    const { protocol, hostname } = address
    if (protocol !== 'https:' && protocol !== 'http:') throw new GivenUp('no web address')
    if (protocol === 'http:' && !allow_private) throw new GivenUp('not encrypted')
    // An address in digits is looked up by nobody.
    const digits = addressIn(hostname)
    const is_private = digits !== null && !isPublicAddress(digits)
    if (is_private && !allow_private) throw new GivenUp(private_address)
    const { request, agent } = clients[protocol]
    return new Promise((answer, fail) => {
      const length = body === null ? {} : { 'content-length': Buffer.byteLength(body) }
      const sent = request(address, { method, agent, headers: { ...length, ...headers } })
      const timer = setTimeout(() => sent.destroy(new GivenUp('timeout')), timeout_ms)
      sent.once('close', () => clearTimeout(timer))
      sent.once('error', fail)
      sent.once('socket', (socket: Socket) => {
        // Whoever resolved it: what we are connected with is what counts.
        const check = (): void => {
          const { remoteAddress } = socket
          if (allow_private || remoteAddress === undefined || isPublicAddress(remoteAddress)) return
          sent.destroy(new GivenUp(private_address))
        }
        if (socket.connecting) socket.once('connect', check)
        else check()
      })
      // Who begins to speak otherwise (101) has no body: nobody listens, and nothing would end it.
      sent.once('upgrade', (response, socket) => {
        socket.destroy()
        answer(answerOf(response, no_body))
      })
      sent.once('response', (response) => {
        const chunks: Buffer[] = []
        let bytes = 0
        const done = (): void => answer(answerOf(response, Buffer.concat(chunks, bytes)))
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length
          chunks.push(chunk)
          if (bytes < answer_bytes_max) return
          done()
          sent.destroy()
        })
        response.once('error', fail)
        response.once('end', done)
      })
      sent.end(body)
    })
  }

  const settle = async (request: HttpRequest): Promise<HttpAnswer | NoAnswer> => {
    try {
      return await exchange(request)
    } catch (error) {
      if (!(error instanceof Error)) throw error
      const { code, message } = error as { readonly code?: string; readonly message: string }
      const reason = error instanceof GivenUp ? message : (code ?? error.name)
      return { kind: 'no_answer', reason, sent: !(error instanceof GivenUp) }
    }
  }

  return {
    allow_private,
    send: async (request) => {
      assertNoTransaction()
      return call(request, { tells_path: false }, () => settle(request))
    },
  }
}
