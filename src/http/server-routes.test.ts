import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import Type from 'typebox'
import { refuse } from '#src/lib/refusal.ts'
import { Secret } from '#src/lib/secret.ts'
import { testApp, testServer } from '#test/app.ts'
import { type OpenApi, openApi } from './openapi.ts'
import { Closed, Id, Minor, type Route, route, Text } from './route.ts'
import { type ServerRoutesOptions, serverRoutes } from './server-routes.ts'

const sample: readonly Route[] = [
  route({
    method: 'POST',
    path: '/store/carts/:id/lines',
    who: 'shop',
    summary: 'Adds a line',
    idempotent: true,
    params: Closed({ id: Id() }),
    query: Closed({ dry: Type.Optional(Type.Boolean()) }),
    body: Closed({ sku: Text(64, 1), price: Minor() }),
    example: { sku: 'A-1', price: 100 },
    replies: { 201: Closed({ total: Minor() }) },
    handle: async () => ({ status: 201, body: { total: 1n } }),
  }),
  route({
    method: 'DELETE',
    path: '/admin/carts/:id',
    who: { staff: 'orders:write' },
    summary: 'Deletes a cart',
    params: Closed({ id: Id() }),
    replies: { 204: null },
    handle: async () => ({ status: 204 }),
  }),
]

const state = { draining: false, away: false }
const options: ServerRoutesOptions = {
  version: '1.2.3',
  checkDatabase: async () => {
    if (state.away) throw refuse('database_unavailable')
  },
  isDraining: () => state.draining,
  readBacklog: async () => ({
    jobs_waiting: 7,
    orders_stuck: 0,
    payments_unclear: 0,
    effects_lag_s: 0,
    webhooks_lag_s: 0,
    jobs_failed: 1,
    effects_overdue: 2,
    exceptions_open: 3,
    promises_broken: 4,
    promises_unanswered: 0,
    promises_touched_asked_s: 1_800_000_000,
    promises_all_asked_s: null,
  }),
  metrics_token: new Secret('metrics-token'),
}

const app = await testApp()
const routes = [...sample, ...serverRoutes(sample, options)]
const server = await testServer(app, routes)
after(() => server.drain(100))
const get = (url: string, headers = {}) => server.fastify.inject({ url, headers })

/** Every object of the document with its place in it. */
function* objectsOf(value: unknown, at = '#'): Generator<[string, Record<string, unknown>]> {
  if (value === null || typeof value !== 'object') return
  if (!Array.isArray(value)) yield [at, value as Record<string, unknown>]
  for (const [name, inner] of Object.entries(value)) yield* objectsOf(inner, `${at}/${name}`)
}

/** What must hold for the document of any route table. */
function checkDocument(document: OpenApi, table: readonly Route[]): void {
  const places = new Map(objectsOf(document))
  for (const [at, { $ref }] of places) {
    if ($ref !== undefined) assert(places.has($ref as string), `${at} points at nothing: ${$ref}`)
  }
  const ids = new Set<unknown>()
  for (const { method, path } of table) {
    const operation = document.paths[path.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()]
    assert(operation, `${method} ${path} is missing`)
    assert(operation['summary'], `${method} ${path} has no summary`)
    assert(!ids.has(operation['operationId']), `${operation['operationId']} is there twice`)
    ids.add(operation['operationId'])
    const parameters = operation['parameters'] as { name?: string; in?: string }[]
    for (const [, name] of path.matchAll(/:(\w+)/g)) {
      assert(
        parameters.some((one) => one.in === 'path' && one.name === name),
        `${path}: ${name} is not described`,
      )
    }
    for (const requirement of operation['security'] as Record<string, unknown>[]) {
      for (const scheme of Object.keys(requirement)) {
        assert(places.has(`#/components/securitySchemes/${scheme}`), `no scheme ${scheme}`)
      }
    }
  }
}

test('the description names every route, and every reference in it resolves', async () => {
  const answer = await get('/openapi.json')
  const document = answer.json<OpenApi>()
  assert.equal(document['openapi'], '3.1.0')
  checkDocument(
    document,
    routes.filter(({ path }) => !path.startsWith('/docs')),
  )
  const lines = document.paths['/store/carts/{id}/lines']!['post']!
  assert.deepEqual(lines['security'], [{ publishable_key: [] }])
  assert.deepEqual(lines['tags'], ['store carts'])
  assert.match(JSON.stringify(lines['parameters']), /IdempotencyKey/)
  assert.match(JSON.stringify(lines['requestBody']), /"example":{"sku":"A-1"/)
  assert.match(JSON.stringify(lines['responses']), /"total":{"type":"integer"/)
  assert.match(JSON.stringify(lines['responses']), /components\/responses\/Problem/)
})

test('the check finds a route that is missing and a reference that leads nowhere', () => {
  const document = openApi(sample.slice(1), '1')
  assert.throws(() => checkDocument(document, sample), /is missing/)
  const broken = { ...openApi(sample, '1'), components: {} }
  assert.throws(() => checkDocument(broken, sample), /points at nothing/)
})

test('the reference page and its script come from here and ask no other site', async () => {
  assert.equal((await get('/docs')).headers['location'], '/docs/')
  const page = await get('/docs/')
  assert.equal(page.statusCode, 200)
  assert.match(page.body, /\/openapi\.json/)
  assert.doesNotMatch(page.body, /src="https?:/)
  const script = /src="([^"]+)"/.exec(page.body)![1]!
  const loaded = await get(new URL(script, 'http://host/docs/').pathname)
  assert.equal(loaded.statusCode, 200)
  assert.match(String(loaded.headers['content-type']), /javascript/)
  assert.equal((await get('/docs/nothing.js')).statusCode, 404)
})

test('alive and ready are told apart', async () => {
  assert.equal((await get('/readyz')).statusCode, 200)
  state.away = true
  assert.equal((await get('/healthz')).statusCode, 200)
  assert.equal((await get('/readyz')).json<{ code: string }>().code, 'database_unavailable')
  state.away = false
  state.draining = true
  assert.equal((await get('/readyz')).json<{ code: string }>().code, 'shutting_down')
  state.draining = false
})

test('the figures are there, for whoever has the token', async () => {
  assert.equal((await get('/metrics')).statusCode, 401)
  const { body } = await get('/metrics', { authorization: 'Bearer metrics-token' })
  assert.match(
    body,
    /onhand_http_request_duration_seconds_count{route="GET \/healthz",status="200"}/,
  )
  for (const name of ['db_connections', 'jobs', 'effects_overdue 2', 'exceptions_open 3']) {
    assert.match(body, new RegExp(`onhand_${name}`))
  }
  assert.match(body, /onhand_nodejs_eventloop_lag/)
})

test('the code of a problem can be looked up', async () => {
  assert.equal((await get('/problems/out_of_stock')).json<{ status: number }>().status, 409)
  assert.equal((await get('/problems/constructor')).statusCode, 404)
})
