// A typed client of the HTTP API for browsers and Node. The types of every request and answer
// come from the server's own route table; nothing here is specific to one of them.
import type { Api } from './api.d.ts'
import { keyed_routes } from './keyed-routes.ts'

export type * from './api.d.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
type Operation = keyof Api
/** The addresses that take a method. */
export type PathOf<M extends Method> = Operation extends infer Name
  ? Name extends `${M} ${infer Path}`
    ? Path
    : never
  : never
type OperationOf<M extends Method, P extends string> = Extract<Operation, `${M} ${P}`>

type Given<Name extends string, T> = [T] extends [null] ? unknown : { readonly [K in Name]: T }
/** A query without a field that must be there may be left out. */
type GivenQuery<T> = [T] extends [null]
  ? unknown
  : Record<string, never> extends T
    ? { readonly query?: T }
    : { readonly query: T }

/** What a request needs: its params, query and body, exactly those that its route has. */
export type RequestOf<Name extends Operation> = Given<'params', Api[Name]['params']> &
  GivenQuery<Api[Name]['query']> &
  Given<'body', Api[Name]['body']> & {
    /** Of a POST that makes or moves something; one is made up when it is left out. */
    readonly idempotency_key?: string
    /** The token that came with a cart. */
    readonly cart_token?: string
    /** The token that came with an order. */
    readonly order_token?: string
    /** The token of a customer who has signed in. */
    readonly customer_token?: string
    readonly headers?: Readonly<Record<string, string>>
    readonly signal?: AbortSignal
  }
/** The status tells which body it is. */
export type ReplyOf<Name extends Operation> = {
  [Status in keyof Api[Name]['replies']]: {
    readonly status: Status
    readonly body: Api[Name]['replies'][Status]
    readonly headers: Headers
  }
}[keyof Api[Name]['replies']]

export type FieldError = { readonly field: string; readonly code: string; readonly message: string }

/** A refusal of the server (RFC 9457): nothing was changed. Act on its code. */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  /** Per field, for input that is not valid. */
  readonly errors: readonly FieldError[]
  /** Everything the server has told, such as the items that are out of stock. */
  readonly detail: Readonly<Record<string, unknown>>
  constructor(status: number, detail: Readonly<Record<string, unknown>>) {
    super(String(detail['title'] ?? `The server answered with ${status}.`))
    this.name = 'Problem'
    this.status = status
    this.code = String(detail['code'] ?? 'no_problem_json')
    this.errors = (detail['errors'] as FieldError[] | undefined) ?? []
    this.detail = detail
  }
}

/**
 * No answer has come, only a part of one or none of ours: the request may have been carried out.
 * The same key asks again safely.
 */
export class NoAnswer extends Error {
  readonly idempotency_key: string | null
  constructor(cause: unknown, idempotency_key: string | null) {
    super('The server has not answered.', { cause })
    this.name = 'NoAnswer'
    this.idempotency_key = idempotency_key
  }
}

export type ClientOptions = {
  /** Where Onhand is, as in https://shop.example. */
  readonly url: string
  /** A publishable key for /store, a secret key for /admin; null for a session in a cookie. */
  readonly key: string | null
  /** Sent with everything, as in x-csrf-token of a session. */
  readonly headers?: Readonly<Record<string, string>>
  /**
   * How often a request is sent again when no answer has come or the server is busy: 2 if not
   * said. Only what is safe to repeat is: GET, PUT and DELETE, and a POST of which the server does
   * the same key once. Of routes of a shop's own nothing is known: a POST there is repeated when it
   * is given an `idempotency_key`.
   */
  readonly retries?: number
  /** For a whole answer, and for the beginning of a stream: 30,000 if not said. */
  readonly timeout_ms?: number
  readonly fetch?: typeof fetch
}

type Sent = {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
  readonly idempotency_key?: string
  readonly cart_token?: string
  readonly order_token?: string
  readonly customer_token?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

function addressOf(url: string, path: string, { params = {}, query = {} }: Sent): string {
  const filled = path.replaceAll(/:(\w+)/g, (_, name: string) => {
    const value = params[name]
    if (value === undefined) throw new TypeError(`params.${name} is missing`)
    return encodeURIComponent(value)
  })
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null) continue
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one))
  }
  const text = search.toString()
  return `${url.replace(/\/$/, '')}${filled}${text === '' ? '' : `?${text}`}`
}

const pause_ms = 250
/** The server says how long to wait, or it grows; a little chance keeps clients apart. */
function wait(attempt: number, retry_after: string | null): Promise<void> {
  const told = Number(retry_after)
  const ms = told > 0 ? Math.min(told, 30) * 1_000 : pause_ms * 2 ** attempt
  return new Promise((resolve) => setTimeout(resolve, ms * (0.75 + Math.random() / 2)))
}

const busy = new Set([429, 502, 503, 504])
const isBusy = async (answer: Response): Promise<boolean> => {
  if (busy.has(answer.status)) return true
  if (answer.status !== 409) return false
  const { code } = await readProblem(answer.clone())
  return code === 'request_in_progress'
}

async function readProblem(answer: Response): Promise<Readonly<Record<string, unknown>>> {
  try {
    const value: unknown = JSON.parse(await answer.text())
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

const isBytes = (body: unknown): body is Blob | Uint8Array<ArrayBuffer> | ArrayBuffer =>
  body instanceof Blob || body instanceof ArrayBuffer || ArrayBuffer.isView(body)

type Content = { readonly type: string | null; readonly content: NonNullable<RequestBody> | null }
type RequestBody = RequestInit['body']

/** Bytes go as they are, anything else as JSON. */
function contentOf(body: unknown): Content {
  if (body === undefined) return { type: null, content: null }
  if (!isBytes(body)) return { type: 'application/json', content: JSON.stringify(body) }
  const told = body instanceof Blob ? body.type : ''
  return { type: told || 'application/octet-stream', content: body }
}

const timedOut = (ms: number): Error => new DOMException(`nothing for ${ms} ms`, 'TimeoutError')

const json_type = /^application\/([\w.+-]+\+)?json\b/
/** A file to keep is a Blob, whatever it is; a stream of events goes on for as long as it likes. */
async function readBody(answer: Response): Promise<unknown> {
  const type = answer.headers.get('content-type') ?? ''
  const is_file = answer.headers.get('content-disposition')?.startsWith('attachment') ?? false
  if (answer.status === 204 || (json_type.test(type) && !is_file)) {
    const text = await answer.text()
    return text === '' ? null : JSON.parse(text)
  }
  if (type === '' && answer.headers.get('content-length') === '0') return null
  // Somebody in between shows a page of their own.
  if (!answer.headers.has('x-request-id')) throw new TypeError(`an answer of another: ${type}`)
  return type.startsWith('text/event-stream') && !is_file ? answer.body : answer.blob()
}

export type Client = {
  [M in Method as Lowercase<M>]: <P extends PathOf<M>>(
    path: P,
    ...request: Record<string, never> extends RequestOf<OperationOf<M, P>>
      ? [RequestOf<OperationOf<M, P>>?]
      : [RequestOf<OperationOf<M, P>>]
  ) => Promise<ReplyOf<OperationOf<M, P>>>
}

/**
 * `client.post('/store/carts/:id/lines', { params: { id }, body, cart_token })`.
 * Methods throw Problem for a refusal and NoAnswer when nobody has answered.
 */
export function createClient(options: ClientOptions): Client {
  const { url, key, retries = 2, timeout_ms = 30_000 } = options
  const send = options.fetch ?? globalThis.fetch

  const headersOf = (method: Method, sent: Sent, type: string | null, key_sent: string | null) => {
    const headers = new Headers({ ...options.headers, ...sent.headers })
    if (key !== null) headers.set('authorization', `Bearer ${key}`)
    if (type !== null && !headers.has('content-type')) headers.set('content-type', type)
    if (sent.cart_token !== undefined) headers.set('x-cart-token', sent.cart_token)
    if (sent.order_token !== undefined) headers.set('x-order-token', sent.order_token)
    if (sent.customer_token !== undefined) headers.set('x-customer-token', sent.customer_token)
    if (method === 'POST' && key_sent) headers.set('idempotency-key', key_sent)
    return headers
  }

  const request = async (method: Method, path: string, sent: Sent = {}) => {
    const made_up = method === 'POST' ? crypto.randomUUID() : null
    const idempotency_key = sent.idempotency_key ?? made_up
    const has_key = sent.idempotency_key !== undefined || keyed_routes.has(path)
    const may_repeat = method === 'POST' ? has_key : method !== 'PATCH'
    const address = addressOf(url, path, sent)
    const { type, content } = contentOf(sent.body)
    const headers = headersOf(method, sent, type, idempotency_key)
    const noAnswer = (error: unknown): unknown =>
      sent.signal?.aborted ? error : new NoAnswer(error, idempotency_key)
    for (let attempt = 0; ; attempt++) {
      const is_last = !may_repeat || attempt >= retries
      const limit = new AbortController()
      const timer = setTimeout(() => limit.abort(timedOut(timeout_ms)), timeout_ms)
      try {
        const signal = sent.signal ? AbortSignal.any([sent.signal, limit.signal]) : limit.signal
        const answer = await send(address, {
          method,
          headers,
          ...(content === null ? {} : { body: content }),
          signal,
        }).catch((error: unknown) => {
          if (sent.signal?.aborted || is_last) throw noAnswer(error)
          return null
        })
        if (answer?.ok) {
          const body = await readBody(answer).catch((error: unknown) => {
            throw noAnswer(error)
          })
          return { status: answer.status, body, headers: answer.headers }
        }
        if (answer && (is_last || !(await isBusy(answer)))) {
          throw new Problem(answer.status, await readProblem(answer))
        }
        await wait(attempt, answer?.headers.get('retry-after') ?? null)
      } finally {
        clearTimeout(timer)
      }
    }
  }

  const methodOf = (method: Method) => (path: string, sent?: Sent) => request(method, path, sent)
  return {
    get: methodOf('GET'),
    post: methodOf('POST'),
    put: methodOf('PUT'),
    patch: methodOf('PATCH'),
    delete: methodOf('DELETE'),
  } as unknown as Client
}

/** All items of a list, page after page. */
export async function* pagesOf<T>(
  read: (after: string | undefined) => Promise<{
    readonly body: { readonly items: readonly T[]; readonly next_cursor: string | null }
  }>,
): AsyncGenerator<T> {
  let after: string | undefined
  do {
    const { body } = await read(after)
    yield* body.items
    after = body.next_cursor ?? undefined
  } while (after !== undefined)
}
