import assert from 'node:assert/strict'
import { test } from 'node:test'
import { routes } from '#src/app/routes.ts'
import { openApi } from '#src/http/openapi.ts'
import {
  apiChanges,
  compareDeclared,
  declaredIn,
  placeOf,
  readDeclared,
  readReleased,
} from './api-changes.ts'

test('nothing breaks for a client of the released API without being told in the changelog', () => {
  const changes = apiChanges(readReleased(), openApi(routes, ''))
  assert.deepEqual(compareDeclared(changes, readDeclared()), { untold: [], idle: [] })
})

type Part = Readonly<Record<string, unknown>>
const document = (body: Part, reply: Part, more: Part = {}) => ({
  paths: {
    '/a/{id}': {
      post: {
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
        requestBody: { content: { 'application/json': { schema: body } } },
        responses: { 200: { content: { 'application/json': { schema: reply } } } },
        ...more,
      },
    },
  },
})
const object = (properties: Part, required: readonly string[] = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
})
const text = { type: 'string', maxLength: 10 }
const number = { type: 'integer' }
const maybe = { anyOf: [text, { type: 'null' }] }
const word = (...words: string[]) => ({ anyOf: words.map((one) => ({ const: one })) })
const variant = (kind: string, properties: Part = {}) =>
  object({ kind: { const: kind }, ...properties })
const all = (...allOf: Part[]) => ({ allOf })
const tuple = (...items: Part[]) => ({
  type: 'array',
  items,
  minItems: items.length,
  additionalItems: false,
})
const newer_tuple = (...prefixItems: Part[]) => ({
  type: 'array',
  prefixItems,
  minItems: prefixItems.length,
  items: false,
})
const either = (...anyOf: Part[]) => ({ anyOf })
const [card, cash] = [variant('card', { a: text }), variant('cash')]
const list = (more: Part = {}) => ({ type: 'array', items: text, ...more })
const words_by_key = (keys: string, more: Part = {}) => ({
  type: 'object',
  patternProperties: { [keys]: text },
  additionalProperties: false,
  ...more,
})

const told = (before: object, after: object): string[] =>
  apiChanges(before as never, after as never).map(
    ({ at, what, breaks }) => `${breaks ? '! ' : ''}${at} ${what}`,
  )

const none = object({})
const cases: readonly [string, Part, Part, readonly string[]][] = [
  [
    'a new field',
    object({ a: text }),
    object({ a: text, b: text }),
    ['! body .b is new and must be sent'],
  ],
  [
    'a new optional field',
    object({ a: text }),
    object({ a: text, b: text }, ['a']),
    ['body .b is new'],
  ],
  [
    'a field that is gone',
    object({ a: text, b: text }),
    object({ a: text }),
    ['! body .b is gone'],
  ],
  [
    'a field that must be sent',
    object({ a: text }, []),
    object({ a: text }),
    ['! body .a must be sent now'],
  ],
  [
    'a shorter text',
    object({ a: text }),
    object({ a: { ...text, maxLength: 9 } }),
    ['! body .a maxLength fell to 9'],
  ],
  ['a longer text', object({ a: text }), object({ a: { ...text, maxLength: 11 } }), []],
  [
    'another kind',
    object({ a: text }),
    object({ a: number }),
    ['! body .a is never string any more', 'body .a may be integer'],
  ],
  ['null is taken', object({ a: text }), object({ a: maybe }), ['body .a may be null']],
  [
    'null is refused',
    object({ a: maybe }),
    object({ a: text }),
    ['! body .a is never null any more'],
  ],
  [
    'a word less',
    object({ a: word('x', 'y') }),
    object({ a: word('x') }),
    ['! body .a is never = "y" any more'],
  ],
  [
    'a word less of an enum, one more is null',
    object({ a: { type: 'string', enum: ['x', 'y'] } }),
    object({ a: { type: 'string', enum: ['x', null], nullable: true } }),
    ['! body .a is never = "y" any more', 'body .a may be null'],
  ],
  ['any text for a word', object({ a: word('x') }), object({ a: text }), ['body .a may be string']],
  [
    'a whole number for any',
    object({ a: { type: 'number' } }),
    object({ a: number }),
    ['! body .a is never number any more'],
  ],
  [
    'any number for a whole one',
    object({ a: number }),
    object({ a: { type: 'number' } }),
    ['body .a may be number'],
  ],
  [
    'a variant less',
    either(card, cash),
    either(card),
    ['! body  is never object with kind "cash" any more'],
  ],
  [
    'a variant less, under oneOf',
    { oneOf: [card, cash] },
    cash,
    ['! body  is never object with kind "card" any more'],
  ],
  [
    'a variant more',
    either(card, cash),
    either(card, cash, variant('bank')),
    ['body  may be object with kind "bank"'],
  ],
  [
    'a field that one variant must have',
    either(card, cash),
    either(card, variant('cash', { b: text })),
    ['! body .b is new and must be sent'],
  ],
  [
    'a variant of two words becomes two',
    either(object({ kind: word('a', 'b') }), cash),
    either(variant('a'), variant('b'), cash),
    [],
  ],
  [
    'variants without a tag',
    either(object({ a: text }), object({ b: text })),
    either(object({ a: text }), object({ c: text })),
    ['! body  has other kinds of object'],
  ],
  [
    'another discriminator',
    { ...either(card, cash), discriminator: { propertyName: 'kind' } },
    { ...either(card, cash), discriminator: { propertyName: 'a' } },
    ['! body  has another discriminator'],
  ],
  [
    'a discriminator at last',
    either(card, cash),
    { ...either(card, cash), discriminator: { propertyName: 'kind' } },
    ['body  has another discriminator'],
  ],
  [
    'another format',
    object({ a: { ...text, format: 'email' } }),
    object({ a: { ...text, format: 'uri' } }),
    ['! body .a has another format'],
  ],
  ['a format less', object({ a: { ...text, format: 'email' } }), object({ a: text }), []],
  [
    'a pattern at last',
    object({ a: text }),
    object({ a: { ...text, pattern: '^x' } }),
    ['! body .a has another pattern'],
  ],
  [
    'fewer entries',
    object({ a: list() }),
    object({ a: list({ maxItems: 3, uniqueItems: true }) }),
    ['! body .a maxItems fell to 3', '! body .a has another uniqueItems'],
  ],
  [
    'a higher number',
    object({ a: number }),
    object({ a: { ...number, exclusiveMinimum: 0 } }),
    ['! body .a exclusiveMinimum rose to 0'],
  ],
  [
    'an entry of another kind',
    object({ a: { type: 'array' } }),
    object({ a: list() }),
    ['! body .a[] is never anything any more'],
  ],
  [
    'no other fields',
    { type: 'object' },
    { type: 'object', additionalProperties: false },
    ['! body  takes no other fields any more'],
  ],
  [
    'other names of fields',
    words_by_key('^[a-z]$'),
    words_by_key('^[a-c]$'),
    ['! body .* is not named by ^[a-z]$ any more'],
  ],
  [
    'what stands under any name',
    words_by_key('^[a-z]$'),
    words_by_key('^[a-z]$', { patternProperties: { '^[a-z]$': { ...text, maxLength: 9 } } }),
    ['! body .* maxLength fell to 9'],
  ],
  [
    'another default',
    object({ a: { ...text, default: 'x' } }),
    object({ a: { ...text, default: 'y' } }),
    ['! body .a has another default'],
  ],
  [
    'a default at last, and other notes',
    object({ a: text }),
    object({ a: { ...text, default: 'x', description: 'A.' } }),
    ['body .a has another default'],
  ],
  [
    'an intersection that is written as one object',
    all(object({ a: text }), object({ b: number }, [])),
    object({ a: text, b: number }, ['a']),
    [],
  ],
  [
    'a field less in an intersection',
    all(object({ a: text }), object({ b: number })),
    all(object({ a: text })),
    ['! body .b is gone'],
  ],
  [
    'a field more in an intersection',
    all(object({ a: text })),
    { type: 'object', ...all(object({ a: text }), object({ b: number })) },
    ['! body .b is new and must be sent'],
  ],
  [
    'a variant less in an intersection',
    all(object({ a: text }), either(card, cash)),
    all(object({ a: text }), card),
    ['! body  is never object with kind "cash" any more'],
  ],
  [
    'a limit below the tighter of two',
    object({ a: all(text, { type: 'string', maxLength: 5 }) }),
    object({ a: { ...text, maxLength: 4 } }),
    ['! body .a maxLength fell to 4'],
  ],
  ['a tuple in other words', tuple(text, number), newer_tuple(text, number), []],
  [
    'a member of a tuple that is of another kind',
    tuple(text, number),
    newer_tuple(text, text),
    ['! body [1] is never integer any more', 'body [1] may be string'],
  ],
  ['a member less', tuple(text, number), tuple(text), ['! body [1] is gone']],
  [
    'a tuple in place of a list',
    list(),
    tuple(text),
    ['! body  minItems rose to 1', '! body [] is gone'],
  ],
  [
    'a word of JSON Schema that nobody knows here',
    object({ a: text }),
    object({ a: { ...text, not: {} } }),
    ['! body .a has another not'],
  ],
]
for (const [name, before, after, expected] of cases) {
  test(`request: ${name}`, () => {
    assert.deepEqual(told(document(before, none), document(after, none)), expected)
  })
}

const replies: readonly [string, Part, Part, readonly string[]][] = [
  ['a new field', object({ a: text }), object({ a: text, b: text }), ['reply 200 .b is new']],
  ['a field that is gone', object({ a: text }), none, ['! reply 200 .a is gone']],
  [
    'a field that may be missing',
    object({ a: text }),
    object({ a: text }, []),
    ['! reply 200 .a may be missing now'],
  ],
  [
    'null where none was',
    object({ a: text }),
    object({ a: maybe }),
    ['! reply 200 .a may be null'],
  ],
  [
    'another word',
    object({ a: word('x') }),
    object({ a: word('x', 'y') }),
    ['reply 200 .a may be = "y"'],
  ],
  [
    'a word that somebody waits for',
    object({ a: word('x', 'y') }),
    object({ a: word('x') }),
    ['! reply 200 .a is never = "y" any more'],
  ],
  [
    'a word instead of any text',
    object({ a: text }),
    object({ a: word('x') }),
    ['reply 200 .a is never string any more'],
  ],
  [
    'null never',
    object({ a: maybe }),
    object({ a: text }),
    ['reply 200 .a is never null any more'],
  ],
  [
    'a variant less',
    either(card, cash),
    either(cash),
    ['! reply 200  is never object with kind "card" any more'],
  ],
  [
    'a variant more',
    either(card, cash),
    either(card, cash, variant('bank')),
    ['reply 200  may be object with kind "bank"'],
  ],
  [
    'a variant without what all had',
    either(card, variant('wire', { a: text })),
    either(card, variant('wire', { a: text }), variant('bank')),
    ['! reply 200  may be object with kind "bank"'],
  ],
  [
    'a field of one variant',
    either(card, cash),
    either(variant('card'), cash),
    ['! reply 200 .a is gone'],
  ],
  [
    'a longer text',
    object({ a: text }),
    object({ a: { ...text, maxLength: 11 } }),
    ['! reply 200 .a maxLength rose to 11'],
  ],
  [
    'a text of any length',
    object({ a: text }),
    object({ a: { type: 'string' } }),
    ['! reply 200 .a maxLength is gone'],
  ],
  [
    'a shorter text',
    object({ a: text }),
    object({ a: { ...text, maxLength: 9, pattern: '^x' } }),
    [],
  ],
  [
    'another form',
    object({ a: { ...text, format: 'date-time' } }),
    object({ a: { ...text, format: 'date' } }),
    ['! reply 200 .a has another format'],
  ],
  [
    'any form',
    object({ a: { ...text, pattern: '^x' } }),
    object({ a: text }),
    ['! reply 200 .a has another pattern'],
  ],
  [
    'in a list',
    object({ a: { type: 'array', items: object({ b: text }) } }),
    object({ a: { type: 'array', items: none } }),
    ['! reply 200 .a[].b is gone'],
  ],
]
for (const [name, before, after, expected] of replies) {
  test(`reply: ${name}`, () => {
    assert.deepEqual(told(document(none, before), document(none, after)), expected)
  })
}

test('a route that is gone, another permission, another status', () => {
  const one = document(none, none)
  assert.deepEqual(told(one, { paths: {} }), ['! route is gone'])
  assert.deepEqual(told({ paths: {} }, one), ['route is new'])
  assert.deepEqual(told(one, document(none, none, { description: 'Needs the permission x.' })), [
    '! request needs another permission',
  ])
  assert.deepEqual(told(one, document(none, none, { responses: { 201: {} } })), [
    '! reply 200 is gone',
    '! reply 201 is new',
  ])
})

type Answers = Readonly<Record<string, unknown>>
const answering = (answers: Answers, more: Part = {}, components: Part = {}) => ({
  ...document(none, none, { responses: answers, ...more }),
  components,
})
const csv = { content: { 'text/csv': { schema: text } } }
const headers = (more: Part) => ({
  200: { headers: { Link: { required: true, schema: text } }, ...more },
})
const shared = { $ref: '#/components/responses/Problem' }
const problem = (schema: Part) => ({
  responses: { Problem: { content: { 'application/problem+json': { schema } } } },
})
const code = { $ref: '#/components/schemas/Code' }
const key = (schema: Part, security: Part = {}) => ({
  parameters: { Key: { name: 'Idempotency-Key', in: 'header', required: true, schema } },
  securitySchemes: { secret_key: { type: 'http', scheme: 'bearer', ...security } },
})
const with_key = { parameters: [{ $ref: '#/components/parameters/Key' }] }
const asks = (...names: string[]) => ({ security: names.map((name) => ({ [name]: [] })) })

const around: readonly [string, object, object, readonly string[]][] = [
  [
    'another kind of content',
    answering({ 200: csv }),
    document(none, none),
    ['! reply 200 is no text/csv any more'],
  ],
  [
    'a header less',
    answering(headers({})),
    answering({ 200: {} }),
    ['! reply 200 header .link is gone'],
  ],
  [
    'a header that may be missing',
    answering(headers({})),
    answering(headers({ headers: { link: { schema: text } } })),
    ['! reply 200 header .link may be missing now'],
  ],
  [
    'a code less in what all share',
    answering({ default: shared }, {}, problem(object({ code: word('x', 'y') }))),
    answering({ default: shared }, {}, problem(object({ code: word('x', 'z') }))),
    [
      '! reply Problem application/problem+json .code is never = "y" any more',
      'reply Problem application/problem+json .code may be = "z"',
    ],
  ],
  [
    'an answer of its own in place of the shared one',
    answering({ default: shared }, {}, problem(object({ code: text }))),
    answering({ default: {} }, {}, problem(object({ code: text }))),
    ['! reply default is no application/problem+json any more'],
  ],
  [
    'a shared schema',
    answering(
      { 200: { content: { 'application/json': { schema: code } } } },
      {},
      { schemas: { Code: word('x') } },
    ),
    answering(
      { 200: { content: { 'application/json': { schema: code } } } },
      {},
      { schemas: { Code: word('y') } },
    ),
    ['! reply 200  is never = "x" any more', 'reply 200  may be = "y"'],
  ],
  [
    'a key that must be sent',
    answering({}, {}, key(text)),
    answering({}, with_key, key(text)),
    ['! path.id is gone', '! header.Idempotency-Key is new and must be sent'],
  ],
  [
    'a key that need not be sent',
    answering({}, with_key, key(text)),
    answering({}, { parameters: [] }, key(text)),
    ['header.Idempotency-Key is gone'],
  ],
  [
    'a key of another form, told once',
    answering({}, with_key, key(text)),
    answering({}, with_key, key({ ...text, minLength: 8 })),
    ['! header.Idempotency-Key minLength rose to 8'],
  ],
  ['one more way to say who asks', answering({}, asks('a')), answering({}, asks('a', 'b')), []],
  [
    'one way less',
    answering({}, asks('a', 'b')),
    answering({}, asks('a')),
    ['! request asks for another identity'],
  ],
  [
    'another form of the same way',
    answering({}, asks('secret_key'), key(text)),
    answering({}, asks('secret_key'), key(text, { scheme: 'basic' })),
    ['! request asks for another identity'],
  ],
  [
    'the second factor',
    answering({}, { 'x-before-second-factor': true }),
    answering({}),
    ['! request needs the second factor now'],
  ],
  [
    'another name in generated clients',
    answering({}, { operationId: 'a' }),
    answering({}, { operationId: 'b' }),
    ['! request has another operationId'],
  ],
  [
    'a body that must be sent',
    answering({}, { requestBody: { content: {} } }),
    answering({}, { requestBody: { required: true, content: {} } }),
    ['! body must be sent now'],
  ],
]
for (const [name, before, after, expected] of around) {
  test(`around: ${name}`, () => assert.deepEqual(told(before, after), expected))
}

test('what is declared stands under "Breaking" of what is not released yet', () => {
  const changelog = `# Changelog

## Unreleased

### Added
- \`GET /store/new\`

### Breaking
- A cart takes no note any more, \`POST /store/carts body .note\` and
  \`PATCH /store/carts/:id
  body .note\`: use \`POST /store/notes\`.

## 0.1.0

### Breaking
- \`GET /old\`
`
  assert.deepEqual(
    [...declaredIn(changelog)],
    ['POST /store/carts body .note', 'PATCH /store/carts/:id body .note'],
  )
})

test('a declaration excuses its own place, and no other of its operation', () => {
  const before = document(object({}), object({ a: text, b: text }))
  const changes = apiChanges(before as never, document(object({}), object({})) as never)
  const [a, b] = changes.map(placeOf) as [string, string]
  assert.deepEqual([a, b], ['POST /a/:id reply 200 .a', 'POST /a/:id reply 200 .b'])
  const { untold, idle } = compareDeclared(changes, new Set([a, 'POST /a/:id body .c']))
  assert.deepEqual(untold.map(placeOf), [b])
  assert.deepEqual(idle, ['POST /a/:id body .c'])
  assert.equal(compareDeclared(changes, new Set(['POST /a/:id'])).untold.length, 2)
  assert.deepEqual(compareDeclared(changes, new Set([a, b])), { untold: [], idle: [] })
})
