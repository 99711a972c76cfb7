// The API reference at /docs. Its page and script are large, so they are loaded when somebody
// looks at them, and served from here: no other site is asked.
import Fastify, { type FastifyInstance } from 'fastify'
import Type from 'typebox'
import { refuse } from '#src/lib/refusal.ts'
import { AnyMedia, type Route, route } from './route.ts'

const policy =
  "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'unsafe-inline'; " +
  "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; " +
  "frame-ancestors 'none'"

async function openPages(): Promise<FastifyInstance> {
  const { default: reference } = await import('@scalar/fastify-api-reference')
  const pages = Fastify({ logger: false })
  await pages.register(reference, {
    routePrefix: '/docs',
    configuration: {
      url: '/openapi.json',
      pageTitle: 'Onhand API',
      withDefaultFonts: false,
      telemetry: false,
      showDeveloperTools: 'never',
      agent: { disabled: true },
      mcp: { disabled: true },
    },
  })
  return pages
}

export function openReference(): readonly Route[] {
  let pages: Promise<FastifyInstance> | undefined
  const page = async (path: string) => {
    pages ??= openPages()
    const { statusCode, headers, rawPayload } = await (await pages).inject(path)
    if (statusCode !== 200) throw refuse('not_found')
    const media_type = String(headers['content-type'])
    return {
      status: 200,
      raw: {
        media_type,
        headers: { 'content-security-policy': policy, 'cache-control': 'public, max-age=3600' },
        content: rawPayload,
      },
    }
  }
  return [
    route({
      method: 'GET',
      path: '/docs',
      who: 'anyone',
      summary: 'The API reference',
      replies: { 302: null },
      handle: async () => ({ status: 302, headers: { location: '/docs/' } }),
    }),
    route({
      method: 'GET',
      path: '/docs/*',
      who: 'anyone',
      summary: 'The API reference',
      params: Type.Object({ '*': Type.String({ maxLength: 100 }) }),
      replies: { 200: AnyMedia },
      handle: ({ params }) => page(`/docs/${encodeURI(params['*'])}`),
    }),
  ]
}
