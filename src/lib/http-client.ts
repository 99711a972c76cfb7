// The only way out to the network. `send` never throws for what the network did: no answer
// is an outcome that the caller must decide about. It throws only for our own bugs.
import http from 'node:http'
import https from 'node:https'
import { call } from './trace.ts'
import { assertNoTransaction } from './transaction-guard.ts'

export type HttpRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | null
  readonly timeout_ms: number
}
export type HttpAnswer = {
  readonly kind: 'answer'
  readonly status: number
  readonly headers: Headers
  readonly body: Buffer
}
/** `sent: false` only when the connection was never made, so that nothing can have happened. */
export type NoAnswer = {
  readonly kind: 'no_answer'
  readonly reason: string
  readonly sent: boolean
}
export type Send = (request: HttpRequest) => Promise<HttpAnswer | NoAnswer>

const answer_bytes_max = 16 * 1024 * 1024
const never_connected = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH'])

// Node's own client instead of `fetch`, whose streams cost more than all the rest of a payment.
// Connections are kept, because a handshake would double the time of most calls; but not for so
// long that the other side may be closing one at the moment in which it is used again.
const kept = {
  keepAlive: true,
  timeout: 4_000,
  maxSockets: 512,
  maxFreeSockets: 64,
  scheduling: 'lifo',
} as const
const clients = {
  'http:': { request: http.request, agent: new http.Agent(kept) },
  'https:': { request: https.request, agent: new https.Agent(kept) },
} as const

/** Ends a request with a reason of ours. */
class GivenUp extends Error {}

const clientOf = ({ protocol }: URL) => {
  if (protocol === 'http:' || protocol === 'https:') return clients[protocol]
  throw new Error(`no way to speak ${protocol}`)
}

function exchange({ url, method, headers, body, timeout_ms }: HttpRequest): Promise<HttpAnswer> {
  const address = new URL(url)
  const { request, agent } = clientOf(address)
  return new Promise((resolve, reject) => {
    const length = body === null ? {} : { 'content-length': Buffer.byteLength(body) }
    const asked = request(address, { method, agent, headers: { ...length, ...headers } })
    const timer = setTimeout(() => asked.destroy(new GivenUp('timeout')), timeout_ms)
    asked.once('close', () => clearTimeout(timer))
    asked.once('error', reject)
    // Who begins to speak otherwise (101) has no body: nobody listens, and nothing would end it.
    asked.once('upgrade', (_response, socket) => {
      socket.destroy()
      reject(new GivenUp('upgrade'))
    })
    asked.once('response', (response) => {
      const status = response.statusCode ?? 0
      // Nobody we speak to moves: a body with our keys in it is not sent elsewhere.
      if (status >= 300 && status < 400) {
        asked.destroy(new GivenUp('redirect'))
        return
      }
      const chunks: Buffer[] = []
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > answer_bytes_max) asked.destroy(new GivenUp('too large'))
        else chunks.push(chunk)
      })
      response.once('error', reject)
      response.once('end', () => {
        // An answer that was cut off is none.
        if (!response.complete) return reject(new GivenUp('cut off'))
        resolve({
          kind: 'answer',
          status,
          headers: new Headers(
            Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
          ),
          body: Buffer.concat(chunks, bytes),
        })
      })
    })
    asked.end(body)
  })
}

async function settle(request: HttpRequest): Promise<HttpAnswer | NoAnswer> {
  try {
    return await exchange(request)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const { code, message } = error as { readonly code?: string; readonly message: string }
    const reason = error instanceof GivenUp ? message : (code ?? error.name)
    return { kind: 'no_answer', reason, sent: !never_connected.has(reason) }
  }
}

export const send: Send = async (request) => {
  assertNoTransaction()
  return call(request, { tells_path: true }, () => settle(request))
}

/** Parses a body that may be anything: null when it is not a JSON object. */
export function readJsonObject(body: Uint8Array): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'))
    return value !== null && typeof value === 'object' && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}
