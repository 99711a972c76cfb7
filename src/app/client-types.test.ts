import assert from 'node:assert/strict'
import { test } from 'node:test'
import Type from 'typebox'
import { openApi } from '#src/http/openapi.ts'
import { Closed, Media, Nullable, Page, type Route, route } from '#src/http/route.ts'
import { clientTypes, ownClientTypes } from './client-types.ts'
import { StartError } from './start-error.ts'

test('names that only a pattern tells are those of one type', () => {
  const fields = {
    type: 'object',
    patternProperties: { '^[a-z]+$': { anyOf: [{ type: 'string' }, { type: 'null' }] } },
    additionalProperties: false,
  }
  const answer = { content: { 'application/json': { schema: fields } } }
  const get = { summary: 'Own', parameters: [], responses: { 200: answer } }
  const text = clientTypes({ paths: { '/store/own': { get } } } as never)
  assert.match(text, /200: \{\s+readonly \[name: string\]: string \| null\s+\}/)
})

const replyOf = (schema: object): string => {
  const answer = { content: { 'application/json': { schema } } }
  const get = { summary: 'Own', parameters: [], responses: { 200: answer } }
  const text = clientTypes({ paths: { '/store/own': { get } } } as never)
  return /readonly 200: (.*?)\n\s+\}\n\s+\}\n\}\n$/s.exec(text)![1]!.replaceAll(/\s+/g, ' ')
}
const [name, size] = [Closed({ name: Type.String() }), Closed({ size: Type.Integer() })]
const [a_name, a_size] = ['{ readonly name: string }', '{ readonly size: number }']
const text = { type: 'string' }
const forms: readonly [schema: object, type: string][] = [
  [Type.Intersect([name, size]), `${a_name} & ${a_size}`],
  [Type.Array(Type.Intersect([name, size])), `readonly (${a_name} & ${a_size})[]`],
  [Type.Intersect([name, Type.Union([size, Type.Null()])]), `${a_name} & (${a_size} | null)`],
  [Type.Union([Type.Intersect([name, size]), Type.Null()]), `${a_name} & ${a_size} | null`],
  [{ oneOf: [text, { type: 'integer' }] }, 'string | number'],
  [{ type: ['string', 'null'], maxLength: 4 }, 'string | null'],
  [{ type: 'array', items: { type: ['integer', 'null'] } }, 'readonly (number | null)[]'],
  [{ type: ['number', 'integer'] }, 'number'],
  [{ type: 'string', nullable: true }, 'string | null'],
  [{ type: 'string', enum: ['x', null], nullable: true }, "'x' | null"],
  [{ ...name, nullable: true }, `${a_name} | null`],
  [Type.Tuple([Type.String(), Nullable(Type.Integer())]), 'readonly [string, number | null]'],
  [
    { type: 'array', prefixItems: [text, text], minItems: 1 },
    'readonly [string, string?, ...unknown[]]',
  ],
  [
    { type: 'array', prefixItems: [text], items: { type: 'boolean' }, minItems: 1 },
    'readonly [string, ...boolean[]]',
  ],
  [{ type: 'array', prefixItems: [text], minItems: 1, maxItems: 1 }, 'readonly [string]'],
  [{ type: 'array' }, 'readonly unknown[]'],
  [Type.Unknown({ description: 'As it came.' }), 'unknown'],
]
for (const [schema, type] of forms) {
  test(`${JSON.stringify(schema)} is ${type}`, () => assert.equal(replyOf(schema), type))
}

const untold: readonly [schema: object, word: string][] = [
  [Closed({ name: Type.Never() }), '"not"'],
  [{ $ref: '#/components/schemas/Rack' }, '"$ref"'],
  [{ properties: { name: text } }, '"properties"'],
  [{ ...name, anyOf: [size] }, '"properties" beside "anyOf"'],
  [{ anyOf: [{ anyOf: [text], allOf: [text] }] }, '"allOf" beside "anyOf"'],
  [{ type: 'date' }, '"date" is no type'],
]
for (const [schema, word] of untold) {
  test(`${JSON.stringify(schema)} stops the writing of the types`, () => {
    assert.throws(
      () => replyOf(schema),
      (error: unknown) => {
        assert(error instanceof StartError)
        assert(error.message.startsWith('GET /store/own: the schema of Own'), error.message)
        assert(error.message.endsWith(word), error.message)
        return true
      },
    )
  })
}

test('what several places share inside of an intersection or a tuple has one name', () => {
  const shared = Closed({
    name: Type.String(),
    colors: Type.Array(Type.String()),
    note: Type.String(),
  })
  const wide = { ...shared, title: 'Long enough to be worth a name, as those of real routes are' }
  const answer = replyOf(Type.Tuple([Type.Intersect([wide, size]), wide]))
  assert.equal(answer, `readonly [Own & ${a_size}, Own]`)
})

test('what is no JSON is a Blob, a stream or anything; a body that is none is bytes', () => {
  const handle = async () => ({ status: 200 })
  const told = (reply: Media) => ({
    method: 'GET' as const,
    path: '/custom/map',
    who: 'anyone' as const,
    summary: 'A map',
    replies: { 200: reply },
    handle,
  })
  const typesOf = (own: Route) => ownClientTypes(openApi([own], '1'))
  for (const [media_type, type] of [
    ['text/csv', 'Blob'],
    ['application/pdf', 'Blob'],
    ['*/*', 'Blob'],
    ['text/event-stream', 'ReadableStream<Uint8Array>'],
    ['application/json', 'unknown'],
  ]) {
    const text = typesOf(route(told(Media(media_type!))))
    assert(text.includes(`readonly 200: ${type}\n`), text)
  }
  const put = { ...told(Media('text/csv')), method: 'PUT', raw_body: true } as const
  assert(typesOf(route(put)).includes('readonly body: Blob | Uint8Array | ArrayBuffer\n'))
})

test('routes of a shop are added to those that the client knows', () => {
  const Rack = Closed({
    id: Type.String(),
    state: Type.Union([Type.Literal('full'), Type.Literal('empty')]),
    note: Nullable(Type.String()),
    items: Type.Array(Closed({ sku: Type.String({ description: 'As on the label.' }) })),
  })
  const handle = async () => ({ status: 200 })
  const list = route({
    method: 'GET',
    path: '/custom/racks',
    who: 'anyone',
    summary: 'List racks',
    query: Closed({ after: Type.Optional(Type.String()) }),
    replies: { 200: Page(Rack) },
    handle,
  })
  const put = route({
    method: 'PUT',
    path: '/admin/racks/:id',
    who: { staff: 'stock:write' },
    summary: 'Fill a rack',
    params: Closed({ id: Type.String() }),
    body: Closed({ state: Rack.properties.state }),
    replies: { 200: Rack, 204: null },
    handle,
  })
  assert.equal(
    ownClientTypes(openApi([list, put], '1')),
    `// Written by "npx onhand client" from the routes of onhand.config: do not edit.
import 'onhand/client'

export type Rack = {
  readonly id: string
  readonly state: 'full' | 'empty'
  readonly note: string | null
  readonly items: readonly {
    /** As on the label. */
    readonly sku: string
  }[]
}

declare module 'onhand/client' {
  interface Api {
    /** List racks */
    readonly 'GET /custom/racks': {
      readonly params: null
      readonly query: {
        readonly after?: string
      }
      readonly body: null
      readonly idempotent: false
      readonly replies: {
        readonly 200: {
          readonly items: readonly Rack[]
          readonly next_cursor: string | null
        }
      }
    }
    /** Fill a rack */
    readonly 'PUT /admin/racks/:id': {
      readonly params: {
        readonly id: string
      }
      readonly query: null
      readonly body: {
        readonly state: 'full' | 'empty'
      }
      readonly idempotent: false
      readonly replies: {
        readonly 200: Rack
        readonly 204: null
      }
    }
  }
}
`,
  )
})
