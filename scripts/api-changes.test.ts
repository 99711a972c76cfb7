import assert from 'node:assert/strict'
import { test } from 'node:test'
import { routes } from '#src/app/routes.ts'
import { openApi } from '#src/http/openapi.ts'
import { apiChanges, declaredIn, readDeclared, readReleased } from './api-changes.ts'

test('nothing breaks for a client of the released API without being told in the changelog', () => {
  const declared = readDeclared()
  const untold = apiChanges(readReleased(), openApi(routes, '')).filter(
    ({ breaks, operation }) => breaks && !declared.has(operation),
  )
  assert.deepEqual(untold, [])
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

test('what is declared stands under "Breaking" of what is not released yet', () => {
  const changelog = `# Changelog

## Unreleased

### Added
- \`GET /store/new\`

### Breaking
- \`POST /store/carts\` takes no \`note\` any more: use \`PATCH /store/carts/:id\`.

## 0.1.0

### Breaking
- \`GET /old\`
`
  assert.deepEqual([...declaredIn(changelog)], ['POST /store/carts', 'PATCH /store/carts/:id'])
})
