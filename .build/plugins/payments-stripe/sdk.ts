// Stripe's SDK on our own HTTP client: one try per call, no telemetry, and the transaction
// guard in front. What Stripe refuses comes back as a value.
import Stripe from 'stripe'
import { type HttpRequest, readJsonObject, type Send } from '../../src/lib/http-client.ts'
import { Doubt } from '../../src/ports/reply.ts'
import type { StripeConfig } from './settings.ts'
import { type Failure, readFailure } from './translate.ts'

/** No connection was made, so that nothing can have happened. */
class NeverSent extends Error {}

export type Called<T> = { readonly kind: 'ok'; readonly value: T } | Failure

/** Runs one call of the SDK. Only what Stripe or the network did is caught. */
export async function call<T>(asked: Promise<T>): Promise<Called<T>> {
  try {
    return { kind: 'ok', value: await asked }
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeError)) throw error
    if (!(error instanceof Stripe.errors.StripeConnectionError)) {
      return readFailure(error.statusCode ?? null, error.raw)
    }
    // The SDK calls everything that our client throws a connection error, our bugs too.
    const cause: unknown = error.detail
    if (cause instanceof NeverSent) return { kind: 'not_now', reason: cause.message }
    throw cause
  }
}

/** For calls whose only good answer is a yes. */
export async function sure<T>(asked: Promise<T>): Promise<T> {
  const called = await call(asked)
  if (called.kind === 'ok') return called.value
  throw new Doubt(explain(called))
}

export const explain = (failure: Failure): string => {
  if (failure.kind === 'key_used') return 'this id was used at Stripe for another request'
  if (failure.kind === 'refused') return `${failure.code}: ${failure.message}`
  return failure.kind === 'declined' ? `declined: ${failure.reason}` : failure.reason
}

/** Anything but a JSON object with an `error` or a good status is an unreadable answer. */
function readAnswer(status: number, body: Uint8Array): object {
  const json = readJsonObject(body)
  const error = json?.['error'] ?? null
  const good = status >= 200 && status < 300
  if (json && (error === null ? good : typeof error === 'object')) return json
  throw new Error(`status ${status} without an answer that can be read`)
}

const left_out = new Set(['user-agent', 'x-stripe-client-user-agent', 'x-stripe-client-telemetry'])

const httpClient = (send: Send): Stripe.HttpClient => ({
  getClientName: () => 'onhand',
  makeRequest: async (host, port, path, method, headers, body, protocol, timeout_ms) => {
    const kept = Object.entries(headers).filter(([name]) => !left_out.has(name.toLowerCase()))
    const answer = await send({
      method: method as HttpRequest['method'],
      url: `${protocol}://${host}:${port}${path}`,
      headers: {
        ...Object.fromEntries(kept.map(([k, v]) => [k, String(v)])),
        'User-Agent': 'onhand',
      },
      body: method === 'GET' ? null : body,
      timeout_ms,
    })
    if (answer.kind === 'no_answer') {
      throw answer.sent ? new Doubt(answer.reason) : new NeverSent(answer.reason)
    }
    return {
      getStatusCode: () => answer.status,
      // All others are left out: the SDK prints some of them on the console.
      getHeaders: () => ({ 'request-id': answer.headers.get('request-id') ?? '' }),
      getRawResponse: () => ({}),
      toStream: () => null,
      toJSON: async () => readAnswer(answer.status, answer.body),
    }
  },
})

export function openStripe(config: StripeConfig, send: Send): Stripe {
  const { protocol, hostname, port } = new URL(config.api_base)
  const secure = protocol === 'https:'
  return new Stripe(config.secret_key.reveal(), {
    protocol: secure ? 'https' : 'http',
    host: hostname,
    port: port || (secure ? 443 : 80),
    maxNetworkRetries: 0,
    telemetry: false,
    httpClient: httpClient(send),
  })
}
