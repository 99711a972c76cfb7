// Routes about the server itself: health, figures, the description of the API.
import Type from 'typebox'
import { toJson } from '#src/lib/json.ts'
import { type Backlog, metrics_media_type, readMetrics } from '#src/lib/metrics.ts'
import { type RefusalCode, refusals, refuse } from '#src/lib/refusal.ts'
import type { Secret } from '#src/lib/secret.ts'
import { sameBytes } from '#src/lib/signature.ts'
import type { App } from './app.ts'
import { openReference } from './docs.ts'
import { openApi } from './openapi.ts'
import { Closed, Media, type Route, route, Text } from './route.ts'
import { bearerOf } from './who.ts'

export type ServerRoutesOptions = {
  readonly version: string
  /** Throws when the database does not answer or lacks migrations. */
  readonly checkDatabase: (app: App) => Promise<void>
  readonly isDraining: () => boolean
  readonly readBacklog: (app: App) => Promise<Backlog>
  /** Null lets anyone read the figures: for networks that nobody else reaches. */
  readonly metrics_token: Secret | null
}

const Health = Closed({ status: Type.String() })

const healthRoutes = ({ checkDatabase, isDraining }: ServerRoutesOptions): readonly Route[] => [
  route({
    method: 'GET',
    path: '/healthz',
    who: 'anyone',
    summary: 'Whether this process is alive',
    replies: { 200: Health },
    handle: async () => ({ status: 200, body: { status: 'alive' } }),
  }),
  route({
    method: 'GET',
    path: '/readyz',
    who: 'anyone',
    summary: 'Whether requests may be sent here: database, migrations, not shutting down',
    replies: { 200: Health },
    handle: async ({ app }) => {
      if (isDraining()) throw refuse('shutting_down')
      await checkDatabase(app)
      return { status: 200, body: { status: 'ready' } }
    },
  }),
]

/** The figures of the database are read at most every few seconds, however many ask. */
function metricsRoute({ metrics_token, readBacklog }: ServerRoutesOptions): Route {
  const fresh_ms = 3_000
  let read_at = Number.NEGATIVE_INFINITY
  let backlog: Promise<Backlog | null> = Promise.resolve(null)
  return route({
    method: 'GET',
    path: '/metrics',
    who: 'anyone',
    summary: 'Figures in the text format of Prometheus',
    replies: { 200: Media('text/plain') },
    handle: async ({ app, headers }) => {
      if (metrics_token && !sameBytes(bearerOf(headers) ?? '', metrics_token.reveal())) {
        throw refuse('key_invalid')
      }
      if (performance.now() - read_at > fresh_ms) {
        read_at = performance.now()
        backlog = readBacklog(app).catch(() => null)
      }
      const content = await readMetrics(app.db, await backlog)
      return { status: 200, raw: { media_type: metrics_media_type, content } }
    },
  })
}

const problemRoute = route({
  method: 'GET',
  path: '/problems/:code',
  who: 'anyone',
  summary: 'What the code of a problem means',
  params: Closed({ code: Text(64) }),
  replies: {
    200: Closed({ code: Type.String(), status: Type.Integer(), title: Type.String() }),
  },
  handle: async ({ params: { code } }) => {
    if (!Object.hasOwn(refusals, code)) throw refuse('not_found')
    const [status, title] = refusals[code as RefusalCode]
    return { status: 200, body: { code, status, title } }
  },
})

/** Everything that `routes` offers and what stands here, described. */
export function serverRoutes(
  routes: readonly Route[],
  options: ServerRoutesOptions,
): readonly Route[] {
  let document: string | undefined
  const own = [...healthRoutes(options), metricsRoute(options), problemRoute]
  const describe = route({
    method: 'GET',
    path: '/openapi.json',
    who: 'anyone',
    summary: 'This description',
    replies: { 200: Media('application/json') },
    handle: async () => {
      document ??= toJson(openApi([...routes, ...own, describe], options.version))
      return { status: 200, raw: { media_type: 'application/json', content: document } }
    },
  })
  return [...own, describe, ...openReference()]
}
