// One row of the route table becomes one Fastify route.
import assert from 'node:assert/strict'
import type { FastifyInstance, FastifyReply, FastifyRequest, preParsingHookHandler } from 'fastify'
import { actAs } from '#src/db/acting.ts'
import { findCardNumber, holdsCardNumber } from '#src/lib/card-guard.ts'
import { refuse } from '#src/lib/refusal.ts'
import type { App } from './app.ts'
import { checkedSchema } from './checked-schema.ts'
import { actorOf, type Identity } from './identity.ts'
import { AnyMedia, type Asked, isMedia, type RawReply, type Reply, type Route } from './route.ts'
import {
  compileListLimits,
  compileQueryReader,
  compileReader,
  compileWriter,
  type LongList,
  type Schema,
  simplify,
  type Write,
} from './schema.ts'
import { streamOf } from './stream.ts'
import type { Guard } from './who.ts'

export type Mounting = {
  readonly app: App
  readonly guard: Guard
  readonly draining: AbortSignal
}

type Fields = Record<string, unknown>

const idempotency_key = /^[!-~]{8,255}$/
const no_bytes = new Uint8Array()
const empty = {}

/** Styles of the page itself and pictures from anywhere, but no script. */
const page_policy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src * data:; form-action 'self'; " +
  "base-uri 'none'; frame-ancestors 'none'"

function refuseCards(request: FastifyRequest, route: Route): void {
  for (const [part, value] of [
    ['body', request.body],
    ['query', request.query],
    ['path', request.params],
  ] as const) {
    if (value === undefined || value === null) continue
    const found = findCardNumber(value, route.number_fields)
    if (found?.kind === 'too_deep') throw refuse('malformed_json', { reason: 'nested too deeply' })
    if (found?.kind === 'not_text') {
      const message = 'Holds a NUL character or half of a surrogate pair.'
      const errors = [{ field: found.field, code: 'not_text', message }]
      throw refuse('invalid_input', { in: part, errors })
    }
    if (found) throw refuse('card_number_refused', { in: part, field: found.field })
  }
  // No other header is stored as it came.
  const key = route.idempotent ? request.headers['idempotency-key'] : undefined
  if (typeof key === 'string' && holdsCardNumber(key)) {
    throw refuse('card_number_refused', { in: 'header', field: 'idempotency-key' })
  }
}

function refuseLongList({ field, limit }: LongList): never {
  const message = `Must have ${limit} entries or fewer.`
  throw refuse('invalid_input', { in: 'body', errors: [{ field, code: 'too_long', message }] })
}

/** A body where the route knows none is refused like any other unknown field. */
function refuseBody(body: unknown): void {
  if (body === undefined || body === null) return
  const names = typeof body === 'object' ? Object.keys(body) : ['']
  if (names.length === 0) return
  const message = 'This address takes no body.'
  const errors = names.slice(0, 50).map((name) => ({
    field: name.slice(0, 64),
    code: 'unknown_field',
    message,
  }))
  throw refuse('invalid_input', { in: 'body', errors })
}

function sendRaw(reply: FastifyReply, raw: RawReply, gone: () => AbortSignal): FastifyReply {
  reply.header('content-type', raw.media_type)
  if (raw.media_type.startsWith('text/html')) reply.header('content-security-policy', page_policy)
  if (raw.headers) reply.headers(raw.headers)
  const { content } = raw
  if (typeof content === 'string') return reply.send(content)
  if (content instanceof Uint8Array)
    return reply.send(Buffer.from(content.buffer, content.byteOffset, content.byteLength))
  reply.header('cache-control', 'no-store').header('x-accel-buffering', 'no')
  return reply.send(streamOf(content, gone(), raw.media_type))
}

/** What comes without a schema is what the API reference says it is, or it is our bug. */
function assertMedia({ method, path, replies }: Route, { status, raw }: Reply): void {
  const told = replies[status]
  if (!raw || !told || !isMedia(told) || told === AnyMedia) return
  const [sent = ''] = raw.media_type.split(';')
  assert(sent === told.media_type, `${method} ${path} is ${told.media_type}, and not ${sent}`)
}

function sendReply(
  reply: FastifyReply,
  answer: Reply,
  writers: ReadonlyMap<number, Write>,
  gone: () => AbortSignal,
): FastifyReply {
  reply.status(answer.status)
  if (answer.headers) reply.headers(answer.headers as Record<string, string | string[]>)
  if (answer.raw) return sendRaw(reply, answer.raw, gone)
  const write = writers.get(answer.status)
  if (!write) return reply.send()
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
  return reply
    .header('content-type', 'application/json; charset=utf-8')
    .serializer(String)
    .send(write(answer.body))
}

/** Aborts when the client has gone or the server drains. Made only for those who ask. */
function goneSignal(reply: FastifyReply, draining: AbortSignal): () => AbortSignal {
  let signal: AbortSignal | undefined
  return () => {
    if (signal) return signal
    const closed = new AbortController()
    reply.raw.once('close', () => closed.abort())
    signal = AbortSignal.any([closed.signal, draining])
    return signal
  }
}

function readKey(request: FastifyRequest): string {
  const key = request.headers['idempotency-key']
  if (typeof key !== 'string' || !idempotency_key.test(key)) throw refuse('idempotency_key_missing')
  return key
}

function schemasOf(route: Route) {
  const part = (schema: unknown) => (schema ? simplify(schema as Schema) : null)
  const [params, query, body] = [part(route.params), part(route.query), part(route.body)]
  return { params, query, body }
}

/** After the rate limit, so that guessing keys is limited too; before the body is read. */
const identifyFirst =
  ({ who }: Route, { app, guard }: Mounting): preParsingHookHandler =>
  (request, _reply, payload, done) => {
    const { method, headers } = request
    const admit = (identity: Identity): void => {
      request.identity = identity
      done(null, payload)
    }
    try {
      const identity = guard(who, { method, headers, now: app.clock() })
      if (identity instanceof Promise) identity.then(admit, done)
      else admit(identity)
    } catch (error) {
      done(error as Error)
    }
  }

/** What staff and their keys write is written down with who they are. */
function inNameOf(
  asked: Asked<unknown, unknown, unknown>,
  { method, path, handle }: Route,
): Promise<Reply> {
  const { identity, now: at, request_id } = asked
  const is_staff = identity.kind === 'staff' || identity.kind === 'machine'
  if (!is_staff || method === 'GET') return handle(asked as never)
  const via = identity.kind === 'staff' ? 'session' : 'key'
  const acting = {
    actor: actorOf(identity),
    via,
    request_id,
    route: `${method} ${path}`,
    at,
  } as const
  return actAs(acting, () => handle(asked as never))
}

export function mountRoute(
  fastify: FastifyInstance,
  { app, guard, draining }: Mounting,
  route: Route,
): void {
  const { params, query, body } = schemasOf(route)
  const readBody = body && compileReader(body)
  const findLongList = body && compileListLimits(body)
  const readQueryText = query && compileQueryReader(query)
  const readQuery = query && compileReader(query)
  const writers = new Map<number, Write>()
  for (const [status, schema] of Object.entries(route.replies)) {
    if (schema && !isMedia(schema))
      writers.set(Number(status), compileWriter(simplify(schema as Schema)))
  }
  const guards_cards = /^\/(store|admin)\//.test(route.path) && !route.raw_body

  const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    if (!body && !route.raw_body) refuseBody(request.body)
    const gone = goneSignal(reply, draining)
    const asked: Asked<unknown, unknown, unknown> = {
      app,
      identity: request.identity,
      params: request.params,
      query: readQuery ? readQuery(request.query) : request.query,
      body: readBody ? readBody(request.body) : (request.body ?? empty),
      headers: request.headers as Record<string, string | undefined>,
      raw_body: route.raw_body ? ((request.body as Buffer | undefined) ?? no_bytes) : no_bytes,
      key: route.idempotent ? readKey(request) : '',
      now: app.clock(),
      request_id: request.id,
      ip: request.ip,
      get gone() {
        return gone()
      },
    }
    const answer = await inNameOf(asked, route)
    assertMedia(route, answer)
    return sendReply(reply, answer, writers, gone)
  }

  fastify.route({
    method: route.method,
    url: route.path,
    schema: {
      ...(params ? { params: checkedSchema(params) } : {}),
      ...(query ? { querystring: checkedSchema(query) } : {}),
      ...(body && !route.raw_body ? { body: checkedSchema(body) } : {}),
    },
    ...(route.body_bytes_max === undefined ? {} : { bodyLimit: route.body_bytes_max }),
    config: {
      ...(route.rate_per_minute === undefined
        ? {}
        : { rateLimit: { max: route.rate_per_minute, timeWindow: 60_000 } }),
    },
    preParsing: identifyFirst(route, { app, guard, draining }),
    preValidation: (request, _reply, done) => {
      try {
        const long = findLongList?.(request.body, '')
        if (long) refuseLongList(long)
        if (guards_cards) refuseCards(request, route)
        readQueryText?.(request.query as Fields)
        done()
      } catch (error) {
        done(error as Error)
      }
    },
    handler,
  })
}
