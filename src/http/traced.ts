// One span per request, from its first byte to its answer. It goes on with the trace of whoever
// asks, and is named by the pattern of its address, never by the address itself.
import type { FastifyInstance } from 'fastify'
import type { RefusalCode } from '#src/lib/refusal.ts'
import { beginSpan, type Frame, isTracing, within } from '#src/lib/trace.ts'

declare module 'fastify' {
  interface FastifyRequest {
    trace: Frame | null
  }
}

/** Asked all day long by machines, and of interest to nobody. */
const untold = new Set(['/healthz', '/readyz', '/metrics'])

const first = (value: string | string[] | undefined): string | null =>
  (Array.isArray(value) ? value[0] : value) ?? null

/** Without traces no request has a hook more. */
export function traceRequests(fastify: FastifyInstance): void {
  if (!isTracing()) return
  fastify.decorateRequest('trace', null)
  fastify.addHook('onRequest', (request, _reply, done) => {
    const route = request.routeOptions.url ?? '*'
    if (untold.has(route)) return done()
    const command = `${request.method} ${route}`
    const span = beginSpan({
      name: command,
      kind: 'server',
      parent: first(request.headers['traceparent']),
      attributes: {
        'http.request.method': request.method,
        'http.route': route,
        'onhand.request_id': request.id,
      },
    })
    if (!span) return done()
    // What a provider tells belongs to the trace of its order, not to that of the telling.
    const hands_on = route.startsWith('/hooks/') ? null : span.traceparent
    request.trace = { span, command, hands_on }
    within(request.trace, done)
  })
  // A body has arrived on a connection that knows nothing of this request.
  fastify.addHook('preValidation', (request, _reply, done) =>
    request.trace ? within(request.trace, done) : done(),
  )
  fastify.addHook('onResponse', (request, reply, done) => {
    const span = request.trace?.span
    if (span) {
      const code: RefusalCode | null = request.problem_code
      span.set({
        'http.response.status_code': reply.statusCode,
        ...(code ? { 'onhand.refusal': code } : {}),
      })
      if (reply.statusCode >= 500) span.fail(String(reply.statusCode))
      span.end()
    }
    done()
  })
}
