// The OpenAPI 3.1 document, written from the route table.
import type { TSchema } from 'typebox'
import { refusals } from '#src/lib/refusal.ts'
import { featuresText, tour_functions } from './features.ts'
import { isMedia, type Media, type Route, type Who } from './route.ts'
import type { Schema } from './schema.ts'
import { session_cookie } from './who.ts'

type Json = Readonly<Record<string, unknown>>
export type OpenApi = Json & {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>
}

const problem_example = {
  type: '/problems/out_of_stock',
  title: refusals.out_of_stock[1],
  status: 409,
  code: 'out_of_stock',
  request_id: '019a0000-0000-7000-8000-000000000000',
}

const problem_schema = {
  type: 'object',
  description: 'RFC 9457. Refusals add members of their own, such as the items that are short.',
  required: ['type', 'title', 'status', 'code', 'request_id'],
  properties: {
    type: { type: 'string', description: 'An address under which the code is explained.' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', description: 'Stable: act on this one.', enum: Object.keys(refusals) },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['field', 'code', 'message'],
        properties: {
          field: { type: 'string', description: 'As in lines.0.quantity.' },
          code: { type: 'string' },
          message: { type: 'string' },
        },
      },
    },
    request_id: { type: 'string' },
  },
  additionalProperties: true,
}

const components = {
  schemas: { Problem: problem_schema },
  responses: {
    Problem: {
      description: 'A refusal. Nothing was changed.',
      content: {
        'application/problem+json': {
          schema: { $ref: '#/components/schemas/Problem' },
          example: problem_example,
        },
      },
    },
  },
  parameters: {
    IdempotencyKey: {
      name: 'Idempotency-Key',
      in: 'header',
      required: true,
      description:
        'Chosen by the client, new for each thing it wants done. A repeat with the same body ' +
        'gets the same answer and changes nothing; with another body it is refused.',
      schema: { type: 'string', minLength: 8, maxLength: 255, pattern: '^[!-~]+$' },
      example: '5f0c1b2e-9f43-4e0e-8f57-1f1f3c9f7a10',
    },
  },
  securitySchemes: {
    publishable_key: {
      type: 'http',
      scheme: 'bearer',
      description: 'A publishable key (pk_…): names the channel and may stand in a web page.',
    },
    customer_token: {
      type: 'apiKey',
      in: 'header',
      name: 'X-Customer-Token',
      description: 'The token of a session of a customer: see POST /store/sessions.',
    },
    secret_key: {
      type: 'http',
      scheme: 'bearer',
      description: 'A secret key (sk_…) with permissions, for machines.',
    },
    session: {
      type: 'apiKey',
      in: 'cookie',
      name: session_cookie,
      description: 'Set by POST /admin/sign-in.',
    },
    csrf_token: {
      type: 'apiKey',
      in: 'header',
      name: 'X-CSRF-Token',
      description: 'Goes with the session on everything that writes.',
    },
  },
}

function securityOf(who: Who, method: string): readonly Json[] {
  if (who === 'anyone') return []
  if (who === 'shop') return [{ publishable_key: [] }]
  if (who === 'customer') return [{ publishable_key: [], customer_token: [] }]
  const session = method === 'GET' ? { session: [] } : { session: [], csrf_token: [] }
  return [{ secret_key: [] }, session]
}

/** `POST /store/carts/:id/lines` → `post_store_carts_id_lines`. */
const operationId = ({ method, path }: Route): string =>
  `${method} ${path}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')

/** `/store/carts/:id` is told under "store carts". */
function tagOf(path: string): string {
  const [first = '', second = ''] = path.split('/').slice(1)
  return ['store', 'admin'].includes(first) ? `${first} ${second}` : 'server'
}

function parametersOf(route: Route): readonly Json[] {
  const params = (route.params as Schema | undefined)?.properties ?? {}
  const query = route.query as Schema | undefined
  const inPath = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name: name!,
    in: 'path',
    required: true,
    schema: params[name!] ?? { type: 'string' },
  }))
  const inQuery = Object.entries(query?.properties ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    required: query?.required?.includes(name) ?? false,
    schema,
  }))
  const key = route.idempotent ? [{ $ref: '#/components/parameters/IdempotencyKey' }] : []
  return [...inPath, ...inQuery, ...key]
}

function contentOf(reply: TSchema | Media): Json {
  if (!isMedia(reply)) return { 'application/json': { schema: reply } }
  const { media_type } = reply
  if (media_type === 'application/json') return { [media_type]: { schema: {} } }
  const bytes = media_type.startsWith('text/') ? {} : { format: 'binary' }
  return { [media_type]: { schema: { type: 'string', ...bytes } } }
}

function answersOf(route: Route): Json {
  const answers = Object.entries(route.replies).map(([status, reply]): [string, Json] => [
    status,
    {
      description: Number(status) < 300 ? 'Done.' : 'See the code.',
      ...(reply ? { content: contentOf(reply) } : {}),
    },
  ])
  return Object.fromEntries([...answers, ['default', { $ref: '#/components/responses/Problem' }]])
}

function operationOf(route: Route): Json {
  const body = route.raw_body
    ? { content: { '*/*': { schema: {} } } }
    : route.body && {
        required: true,
        content: {
          'application/json': {
            schema: route.body,
            ...(route.example ? { example: route.example } : {}),
          },
        },
      }
  const permission =
    typeof route.who === 'object' ? { description: `Needs the permission ${route.who.staff}.` } : {}
  // Open also to a session that waits for its second factor.
  const waiting = route.who === 'staff_waiting' ? { 'x-before-second-factor': true } : {}
  return {
    operationId: operationId(route),
    summary: route.summary,
    ...permission,
    ...waiting,
    tags: [tagOf(route.path)],
    parameters: parametersOf(route),
    ...(body ? { requestBody: body } : {}),
    responses: answersOf(route),
    security: securityOf(route.who, route.method),
  }
}

const around = {
  before: ['URL=http://127.0.0.1:4000 PK=pk_… SK=sk_…  # see "npm start"', tour_functions].join(
    '\n',
  ),
  after: 'ORDER=$(admin "$URL/admin/orders?state=placed&limit=1" | pick .items[0].id)',
}

const introduction = `Money is a whole number of minor units (cents, paise) beside its currency. \
Errors are problem+json with a stable code; a refused request changes nothing. Be ready for \
fields, words and forms of an object that you do not know: answers gain them, and lose none untold.

## Each feature by one request

Paste them in this order into one shell, while the demo shop of \`npm start\` runs and has an order:
\`npm run demo -- --url $URL --key $PK --secret-key $SK\` makes one.

${featuresText((page) => `docs/${page}`, around)}`

export function openApi(routes: readonly Route[], version: string): OpenApi {
  const paths: Record<string, Record<string, Json>> = {}
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) }
  }
  const tags = [...new Set(routes.map(({ path }) => tagOf(path)))].sort()
  const document = {
    openapi: '3.1.0',
    info: {
      title: 'Onhand',
      version,
      license: { name: 'MIT', identifier: 'MIT' },
      description: introduction,
    },
    servers: [{ url: '/' }],
    tags: tags.map((name) => ({ name })),
    paths,
    components,
  }
  // Schemas carry marks of their library; the document holds what JSON says.
  return JSON.parse(JSON.stringify(document)) as OpenApi
}
