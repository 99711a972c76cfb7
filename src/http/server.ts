// The HTTP server, built from the route table: limits, identity, checks, answers, drain.
import { type Server as HttpServer, STATUS_CODES } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import cors from '@fastify/cors'
import rateLimit from '@fastify/rate-limit'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { newId } from '#src/lib/ids.ts'
import { toJson } from '#src/lib/json.ts'
import { observeRequest } from '#src/lib/metrics.ts'
import { type RefusalCode, refuse } from '#src/lib/refusal.ts'
import type { App } from './app.ts'
import type { Identity } from './identity.ts'
import { mountRoute } from './mount.ts'
import { type Problem, problemOf, toProblem } from './problem.ts'
import { rateStoreBy } from './rate-store.ts'
import type { Route } from './route.ts'
import { traceRequests } from './traced.ts'
import { openValidators } from './validators.ts'
import { bearerOf, createGuard } from './who.ts'

declare module 'fastify' {
  interface FastifyRequest {
    identity: Identity
    /** Set while an error is answered, for the log. */
    problem_code: RefusalCode | null
  }
}

export type ServerOptions = {
  readonly app: App
  readonly routes: readonly Route[]
  /** Requests per minute for one key and address; 0 takes any number. */
  readonly rate_per_minute: number
  /** Addresses of proxies whose X-Forwarded-For is believed. */
  readonly trusted_proxies: readonly string[]
  readonly patience?: Patience
}
/** How long a slow sender is waited for, and how often somebody looks. */
export type Patience = {
  readonly headers_ms: number
  readonly request_ms: number
  readonly look_ms: number
}
export type Server = {
  readonly fastify: FastifyInstance
  /** Port 0 takes any free one. Resolves with the port. */
  listen(host: string, port: number): Promise<number>
  isDraining(): boolean
  /** Takes no new request, ends the streams and waits for the others, then cuts them off. */
  drain(wait_ms: number): Promise<void>
}

const body_bytes_max = 256 * 1024
const usual_patience: Patience = { headers_ms: 10_000, request_ms: 30_000, look_ms: 2_000 }

/** What every answer carries. Pages bring a Content-Security-Policy of their own. */
const security_headers: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  reply.request.problem_code = problem.code
  if (problem.retry_after_s !== null) reply.header('retry-after', problem.retry_after_s)
  return reply
    .status(problem.status)
    .header('content-type', 'application/problem+json')
    .header('x-request-id', reply.request.id)
    .header('cache-control', 'no-store')
    .serializer(String)
    .send(toJson(problem.body))
}

/** What Node says of a request that it could not read to its end. */
const client_errors: Readonly<Record<string, RefusalCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'body_too_large',
}

function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  const code = client_errors[error.code ?? ''] ?? 'malformed_request'
  const { status, body } = problemOf(code, newId())
  const text = toJson(body)
  if (socket.writable) {
    socket.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\n` +
        'content-type: application/problem+json\r\ncache-control: no-store\r\n' +
        `content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
    )
  }
  // Closed from both sides: who sends nothing more would else keep the socket for ever.
  socket.destroySoon()
}

function createFastify({ trusted_proxies, patience = usual_patience }: ServerOptions) {
  const { headers_ms, request_ms, look_ms } = patience
  return Fastify({
    logger: false,
    genReqId: () => newId(),
    bodyLimit: body_bytes_max,
    // One slow sender must not keep a connection for ever (slow headers, slow body).
    requestTimeout: request_ms,
    http: { headersTimeout: headers_ms, connectionsCheckingInterval: look_ms },
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 300 },
    trustProxy: trusted_proxies.length > 0 ? [...trusted_proxies] : false,
    frameworkErrors: (error, request, reply) => {
      // No hook has seen this request.
      void sendProblem(reply.headers(security_headers), toProblem(error, request.id))
    },
    clientErrorHandler: answerUnreadable,
  })
}

/** Which methods an address takes, for 405 and its Allow header. */
function methodsAt(routes: readonly Route[]): (path: string) => string[] {
  const patterns = routes.map(({ method, path }) => ({
    method,
    pattern: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+')}$`),
  }))
  return (path) => [
    ...new Set(
      patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method as string),
    ),
  ]
}

function answerErrors(fastify: FastifyInstance, { app, routes }: ServerOptions): void {
  const allowed = methodsAt(routes)
  fastify.setNotFoundHandler((request, reply) => {
    const methods = allowed(request.url.split('?')[0]!)
    if (methods.length === 0) return sendProblem(reply, problemOf('not_found', request.id))
    reply.header('allow', methods.join(', '))
    return sendProblem(reply, problemOf('method_not_allowed', request.id))
  })
  fastify.setErrorHandler((error, request, reply) => {
    const problem = toProblem(error, request.id)
    if (problem.code === 'internal_error') {
      const route = request.routeOptions.url
      app.log.error({ error, request_id: request.id, route }, 'A request failed by our fault')
    }
    return sendProblem(reply, problem)
  })
}

async function limitRates(fastify: FastifyInstance, options: ServerOptions): Promise<void> {
  await fastify.register(rateLimit, {
    global: options.rate_per_minute > 0,
    max: options.rate_per_minute,
    timeWindow: 60_000,
    store: rateStoreBy(() => performance.now()),
    enableDraftSpec: true,
    // Keys that we know have a count of their own; guesses share that of their address.
    keyGenerator: (request) => {
      const token = bearerOf(request.headers)
      const known = token === null ? null : options.app.keys.known(token)
      const address = rateLimit.normalizeIP(request.ip)
      return known ? `${known.id} ${address}` : address
    },
    errorResponseBuilder: () => refuse('too_many_requests'),
  })
}

function observe(fastify: FastifyInstance, { app }: ServerOptions): void {
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? '*'
    const ms = Math.round(reply.elapsedTime * 10) / 10
    observeRequest(`${request.method} ${route}`, reply.statusCode, ms / 1000)
    const level = reply.statusCode >= 500 ? 'warn' : reply.statusCode >= 400 ? 'info' : 'debug'
    if (app.log.isLevelEnabled(level)) {
      const { id: request_id, method, problem_code: code } = request
      const status = reply.statusCode
      app.log[level]({ request_id, method, route, status, ms, code: code ?? undefined }, 'request')
    }
    done()
  })
}

/** CORS only where shoppers' browsers call from other sites, with a key and without cookies. */
async function allowBrowsers(fastify: FastifyInstance): Promise<void> {
  await fastify.register(cors, {
    delegator: (request: FastifyRequest, done) =>
      done(null, {
        origin: request.url.startsWith('/store/') ? '*' : false,
        methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
        exposedHeaders: [
          'x-request-id',
          'content-disposition',
          'retry-after',
          'ratelimit-remaining',
          'ratelimit-reset',
          'accept-ranges',
          'content-range',
          'etag',
        ],
        maxAge: 600,
      }),
  })
}

export async function createServer(options: ServerOptions): Promise<Server> {
  const { app, routes } = options
  const fastify = createFastify(options)
  const stopping = new AbortController()
  const secured = app.public_url.startsWith('https:')
    ? { ...security_headers, 'strict-transport-security': 'max-age=31536000' }
    : security_headers

  fastify.decorateRequest('identity')
  fastify.decorateRequest('problem_code', null)
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.headers(secured).header('x-request-id', request.id)
    if (!stopping.signal.aborted) return done()
    reply.header('connection', 'close')
    done(refuse('shutting_down'))
  })
  fastify.setValidatorCompiler(openValidators())
  traceRequests(fastify)
  answerErrors(fastify, options)
  observe(fastify, options)
  await limitRates(fastify, options)
  await allowBrowsers(fastify)

  const guard = createGuard(app.db, app.keys)
  const json = fastify.getDefaultJsonParser('error', 'error')
  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text, done) =>
    // A client may announce JSON and then send nothing.
    text.length === 0 ? done(null, undefined) : void json(request, text as string, done),
  )
  const context = { app, guard, draining: stopping.signal }
  for (const route of routes.filter(({ raw_body }) => !raw_body))
    mountRoute(fastify, context, route)
  await fastify.register(async (raw) => {
    raw.removeAllContentTypeParsers()
    raw.addContentTypeParser('*', { parseAs: 'buffer' }, (_, bytes, done) => done(null, bytes))
    for (const route of routes.filter(({ raw_body }) => raw_body)) mountRoute(raw, context, route)
  })
  const sockets = new Set<Socket>()
  fastify.server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await fastify.ready()

  return {
    fastify,
    listen: async (host, port) => {
      await fastify.listen({ host, port, backlog: 2_048 })
      return (fastify.server.address() as AddressInfo).port
    },
    isDraining: () => stopping.signal.aborted,
    drain: async (wait_ms) => {
      stopping.abort()
      const server = fastify.server as HttpServer
      const cut = setTimeout(() => server.closeAllConnections(), wait_ms)
      // A connection that is kept alive turns idle when its last answer is sent. One that was
      // opened in advance, as browsers do, has never asked for anything: Node takes it for busy.
      const sweep = setInterval(() => {
        server.closeIdleConnections()
        for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
      }, 50)
      await fastify.close()
      clearInterval(sweep)
      clearTimeout(cut)
    },
  }
}
