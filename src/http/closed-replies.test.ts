// What an answer holds is told field by field, or a renamed one passes every type check.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { routes } from '#src/app/routes.ts'
import { isMedia, type Route } from './route.ts'
import type { Schema } from './schema.ts'

/** Where a schema says nothing of what stands there. Of names by a pattern the writer knows all. */
function openPlaces(schema: Schema, at: string): readonly string[] {
  const inner = [
    ...Object.entries(schema.properties ?? {}).map(([name, one]) => ({ one, to: `.${name}` })),
    ...Object.values(schema.patternProperties ?? {}).map((one) => ({ one, to: '.*' })),
    ...(schema.items ? [{ one: schema.items, to: '[]' }] : []),
    ...(schema.anyOf ?? []).map((one) => ({ one, to: '' })),
  ]
  const is_open =
    schema.type === 'object'
      ? schema.additionalProperties !== false && schema.patternProperties === undefined
      : [schema.type, schema.anyOf, schema.enum].every((one) => one === undefined) &&
        !('const' in schema)
  return [...(is_open ? [at] : []), ...inner.flatMap(({ one, to }) => openPlaces(one, at + to))]
}

const openIn = ({ method, path, replies }: Route): readonly string[] =>
  Object.values(replies).flatMap((reply) =>
    reply && !isMedia(reply) ? openPlaces(reply as Schema, `${method} ${path} `) : [],
  )

test('an object that may hold more, and what has no type, are found wherever they stand', () => {
  const closed = { type: 'object', additionalProperties: false } as const
  const open = { type: 'object', properties: { a: { type: 'string' } } } as const
  const schema = { ...closed, properties: { b: { type: 'array', items: open }, c: {} } }
  const found = openPlaces({ anyOf: [schema, { type: 'null' }] }, '')
  assert.deepEqual(found, ['.b[]', '.c'])
  assert.deepEqual(openPlaces({ ...closed, patternProperties: { '^a$': open } }, ''), ['.*'])
})

const rule_values = 'the rule of a shop has values of its own'
const provider_words = 'it is between a provider and its script in the browser'
const reasons: Readonly<Record<string, string>> = {
  'GET /admin/audit .items[].after': 'each table has columns of its own',
  'GET /admin/audit .items[].before': 'each table has columns of its own',
  'GET /admin/invoices/:id .document': 'it is kept as the version of its day has written it',
  'GET /admin/orders/:id/timeline .items[].detail': 'each kind of event has fields of its own',
  'GET /admin/promises .items[].rows[]': 'each promise has columns of its own',
  'GET /admin/promotions .items[].effect.values': rule_values,
  'GET /admin/promotions/:id .effect.values': rule_values,
  'PATCH /admin/promotions/:id .effect.values': rule_values,
  'POST /admin/promotions .effect.values': rule_values,
  'GET /store/shop .payment_providers[].browser': provider_words,
  'POST /store/carts/:id/complete .payment.client_data': provider_words,
  'POST /store/drafts/:token/complete .payment.client_data': provider_words,
  'POST /store/orders .payment.client_data': provider_words,
  'POST /store/orders/:id/payments .payment.client_data': provider_words,
  'POST /store/payments/:id/continue .payment.client_data': provider_words,
}

test('each reply tells its fields, but for those that are not ours to name', () => {
  const found = new Set(routes.flatMap(openIn))
  assert.deepEqual([...found].sort(), Object.keys(reasons).sort())
})
