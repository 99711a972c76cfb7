// Input of every shape a schema allows, and of shapes it does not, for every route: no answer is
// a fault of ours. Seeded: a failure names the seed and the request.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { makeFrame } from '#src/app/demo-frame.ts'
import { demoShopOf, makeKeys } from '#src/app/demo-shop.ts'
import { routes } from '#src/app/routes.ts'
import { transaction } from '#src/db/transaction.ts'
import type { Route } from '#src/http/route.ts'
import { type Schema, simplify } from '#src/http/schema.ts'
import { newId } from '#src/lib/ids.ts'
import { seedRoles } from '#src/staff/edit-staff.ts'
import { testApp, testSecret, testServer } from '#test/app.ts'

const app = await testApp()
const server = await testServer(app, routes)
after(() => server.drain(100))
await seedRoles(app.db)
const frame = await transaction(app.db, (tx) => makeFrame(tx, 'http://shop.example', app.clock()))
await makeKeys(app.db, testSecret, frame, app.clock())
const { keys, secret_key } = demoShopOf(testSecret)

const odd_texts = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  '�',
  'EUR',
  'DE',
  'ä'.repeat(40),
  '👩‍👩‍👧'.repeat(20),
  "'; drop table orders; --",
  '{{ 7 | times: 7 }}',
  '<script>alert(1)</script>',
  '../../etc/passwd',
  '%00',
  '2026-02-30',
  '2026-11-22T10:00:00Z',
  '+999999-01-01T00:00:00Z',
  'infinity',
  'x'.repeat(3_000),
]
const ids = ['00000000-0000-7000-8000-000000000000', frame.web, frame.eur_list, frame.berlin]
const odd_numbers = [0, 1, -1, 2, 2 ** 31 - 1, 2 ** 31, Number.MAX_SAFE_INTEGER, 0.5, -(2 ** 53)]

type Bounds = {
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
}
const textOf = ({ minLength = 0, maxLength = 200, pattern }: Bounds): fc.Arbitrary<unknown> => {
  if (pattern?.startsWith('^[0-9a-f]{8}-')) return fc.constantFrom(...ids, 'no-id')
  const fitting = fc.string({ minLength, maxLength: Math.min(maxLength, 60), unit: 'binary' })
  if (!pattern) return fc.oneof(fitting, fc.constantFrom(...odd_texts))
  return fc.oneof(fc.stringMatching(new RegExp(pattern)), fc.constantFrom(...odd_texts))
}

type Numbers = { readonly minimum?: number; readonly maximum?: number }
const numberOf = ({ minimum, maximum }: Numbers): fc.Arbitrary<unknown> => {
  const min = Math.max(minimum ?? -1_000, Number.MIN_SAFE_INTEGER)
  const max = Math.min(maximum ?? Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
  return fc.oneof(
    fc.integer({ min, max: Math.max(min, max) }),
    fc.constantFrom(min, max, ...odd_numbers),
  )
}

/** Mostly what the schema asks for, now and then something else. */
function inputOf(schema: Schema): fc.Arbitrary<unknown> {
  const usual = usualOf(schema)
  const nullable = schema.nullable ? [{ arbitrary: fc.constant(null), weight: 2 }] : []
  const odd = fc.constantFrom<unknown>(null, true, 7, 'text', [], {}, [[]])
  return fc.oneof({ arbitrary: usual, weight: 18 }, ...nullable, { arbitrary: odd, weight: 1 })
}

function usualOf(schema: Schema): fc.Arbitrary<unknown> {
  if ('const' in schema) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(usualOf))
  if (schema['x-moment']) return fc.constantFrom('2026-11-22T10:00:00Z', '1970-01-01T00:00:00Z')
  switch (schema.type) {
    case 'string':
      return textOf(schema as Bounds)
    case 'integer':
    case 'number':
      return numberOf(schema as Numbers)
    case 'boolean':
      return fc.boolean()
    case 'array':
      return fc.array(inputOf(schema.items ?? {}), { maxLength: 3 })
    case 'object': {
      const fields = Object.entries(schema.properties ?? {})
      const record = Object.fromEntries(fields.map(([name, one]) => [name, inputOf(one)]))
      const requiredKeys = (schema.required ?? []).filter((name) => name in record)
      return fields.length === 0
        ? fc.dictionary(fc.string(), fc.string())
        : fc.record(record, { requiredKeys })
    }
    default:
      return fc.constantFrom<unknown>(null, 1, 'text', {})
  }
}

const toSchema = (schema: unknown): Schema | null => (schema ? simplify(schema as Schema) : null)
const requestsOf = ({ params, query, body }: Route) => {
  const [in_path, in_query, in_body] = [params, query, body].map(toSchema)
  return fc.record({
    path: in_path ? usualOf(in_path!) : fc.constant({}),
    query: in_query ? usualOf(in_query!) : fc.constant({}),
    body: in_body ? inputOf(in_body!) : fc.constant(undefined),
  })
}

const keyFor = ({ who }: Route): string => (who === 'shop' ? keys.web : secret_key)
type Texts = Readonly<Record<string, unknown>>

function urlOf({ path }: Route, params: Texts, query: Texts): string {
  const filled = path.replaceAll(/:(\w+)/g, (_, name: string) => {
    return encodeURIComponent(String(params[name] ?? ids[0]).toWellFormed()) || '_'
  })
  const search = Object.entries(query)
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value).toWellFormed())}`)
    .join('&')
  return search ? `${filled}?${search}` : filled
}

// Streams never end, and signing in tries passwords on purpose slowly.
const asked = routes.filter(({ path }) => !/\/(events|stream|sign-in)/.test(path))
const runs = 12

test('no input of any route is answered with a fault of ours', async () => {
  const failed: string[] = []
  for (const route of asked) {
    const checked = await fc.check(
      fc.asyncProperty(requestsOf(route), async ({ path, query, body }) => {
        const answer = await server.fastify.inject({
          method: route.method,
          url: urlOf(route, path as Texts, query as Texts),
          headers: {
            authorization: `Bearer ${keyFor(route)}`,
            'idempotency-key': newId<string>(),
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          },
          ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
        })
        const told = answer.body.slice(0, 300)
        const said = `${route.method} ${route.path} ${answer.statusCode} ${told}`
        assert(
          answer.statusCode < 500 || answer.json<{ code: string }>().code !== 'internal_error',
          said,
        )
      }),
      { numRuns: runs, seed: 20261122 },
    )
    if (checked.failed) {
      const request = JSON.stringify(checked.counterexample)
      failed.push(`${request} ${String(checked.errorInstance)}`)
    }
  }
  assert.deepEqual(failed, [])
})
