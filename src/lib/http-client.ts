// The only way out to the network. `send` never throws for what the network did: no answer
// is an outcome that the caller must decide about. It throws only for our own bugs.
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
const never_connected = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
])

export const send: Send = async (request) => {
  assertNoTransaction()
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: { ...request.headers },
      body: request.body as string | Uint8Array<ArrayBuffer> | null,
      redirect: 'error',
      signal: AbortSignal.timeout(request.timeout_ms),
    })
    const chunks: Uint8Array[] = []
    let bytes = 0
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length
      if (bytes > answer_bytes_max) return { kind: 'no_answer', reason: 'too large', sent: true }
      chunks.push(chunk)
    }
    const { status, headers } = response
    return { kind: 'answer', status, headers, body: Buffer.concat(chunks) }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const cause = error.cause as { code?: string } | undefined
    const reason = cause?.code ?? error.name
    return { kind: 'no_answer', reason, sent: !never_connected.has(reason) }
  }
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
