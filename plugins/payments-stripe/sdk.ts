// Stripe's SDK on our own HTTP client: one try per call, no telemetry, and the transaction
// guard in front. What goes wrong comes back as a value.
import Stripe from 'stripe'
import { type HttpRequest, readJsonObject, type Send } from '#src/lib/http-client.ts'
import type { StripeConfig } from './settings.ts'
import { type Failure, readFailure } from './translate.ts'

/** The SDK knows only errors; this one carries our `no_answer` through it. */
class NoAnswerError extends Error {
  readonly sent: boolean
  constructor(reason: string, sent: boolean) {
    super(reason)
    this.name = 'NoAnswerError'
    this.sent = sent
  }
}

export type Called<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly answered: boolean }

/** Runs one call of the SDK. Only what Stripe or the network did is caught. */
export async function call<T>(asked: Promise<T>): Promise<Called<T>> {
  try {
    return { kind: 'ok', value: await asked }
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeError)) throw error
    if (!(error instanceof Stripe.errors.StripeConnectionError)) {
      const failure = readFailure(error.statusCode ?? null, error.raw)
      return { kind: 'failed', failure, answered: true }
    }
    // The SDK calls everything that our client throws a connection error, our bugs too.
    const cause: unknown = error.detail
    if (!(cause instanceof NoAnswerError)) throw cause
    const failure: Failure = cause.sent
      ? { kind: 'unclear', reason: cause.message }
      : { kind: 'not_now', reason: cause.message }
    return { kind: 'failed', failure, answered: false }
  }
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
    if (answer.kind === 'no_answer') throw new NoAnswerError(answer.reason, answer.sent)
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
