// What is told of a body that may have several forms: the mistakes in the form that was meant.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import Type from 'typebox'
import { testApp, testServer } from '#test/app.ts'
import { Closed, Minor, Nullable, type Route, route, Text } from './route.ts'

const Card = Closed({ kind: Type.Literal('card'), number: Text(4, 2) })
const Cash = Closed({
  kind: Type.Union([Type.Literal('cash'), Type.Literal('coins')]),
  amount: Minor({ minimum: 1 }),
})
const Either = Type.Union([Card, Cash])
const Value = Type.Union([Text(5), Type.Number({ minimum: 0 }), Type.Boolean()])
const Body = Closed({
  pay: Type.Optional(Either),
  maybe: Type.Optional(Nullable(Either)),
  many: Type.Optional(Type.Array(Either)),
  value: Type.Optional(Value),
  cleared: Type.Optional(Nullable(Value)),
  values: Type.Optional(Type.Record(Type.String({ pattern: '^[a-z]$' }), Value)),
  untold: Type.Optional(Type.Union([Closed({ a: Text(5) }), Closed({ b: Text(5) })])),
})
const post = (path: string, body: typeof Body | typeof Either): Route =>
  route({
    method: 'POST',
    path,
    who: 'anyone',
    summary: 'Takes one of several forms',
    body,
    replies: { 200: Closed({ amount: Type.String() }) },
    handle: async ({ body: given }) => ({
      status: 200,
      body: { amount: 'amount' in given ? typeof given.amount : '' },
    }),
  })
const server = await testServer(await testApp(), [post('/body', Body), post('/whole', Either)])
after(() => server.fastify.close())

const said = async (url: string, payload: object): Promise<readonly string[]> => {
  const answer = await server.fastify.inject({ method: 'POST', url, payload })
  const { errors = [] } = answer.json() as {
    errors?: { field: string; code: string; message: string }[]
  }
  assert.equal(answer.statusCode, errors.length === 0 ? 200 : 400, answer.body)
  return errors.map(({ field, code, message }) => `${field} ${code}: ${message}`)
}

const kinds = 'not_allowed: Must be one of: card, cash, coins.'
const cases: readonly [body: object, told: readonly string[]][] = [
  [{ pay: { kind: 'card', number: '1234' } }, []],
  [{ pay: { kind: 'coins', amount: 1 }, maybe: null, many: [{ kind: 'cash', amount: 2 }] }, []],
  [{ pay: { kind: 'card' } }, ['pay.number required: This field is missing.']],
  [
    { pay: { kind: 'coins', amount: 0, number: '12' } },
    [
      'pay.number unknown_field: There is no such field.',
      'pay.amount too_small: Must be 1 or more.',
    ],
  ],
  [{ pay: { kind: 'check', number: '1' } }, [`pay.kind ${kinds}`]],
  [{ pay: { kind: 7 } }, [`pay.kind ${kinds}`]],
  [{ pay: { number: '1' } }, ['pay.kind required: This field is missing.']],
  [{ pay: 'card' }, ['pay wrong_type: Must be of type object.']],
  [{ pay: null }, ['pay wrong_type: Must be of type object.']],
  [
    { maybe: { kind: 'card', number: '12345' } },
    ['maybe.number too_long: Must have 4 characters or fewer.'],
  ],
  [
    { many: [{ kind: 'cash', amount: 1 }, { kind: 'cash' }] },
    ['many.1.amount required: This field is missing.'],
  ],
  [{ value: 'text', cleared: null, values: { a: true, b: 1.5 } }, []],
  [{ value: 'longer' }, ['value too_long: Must have 5 characters or fewer.']],
  [{ value: -1 }, ['value too_small: Must be 0 or more.']],
  [{ value: [] }, ['value wrong_type: Must be of type string or number or boolean.']],
  [{ values: { a: null } }, ['values.a wrong_type: Must be of type string or number or boolean.']],
  [{ cleared: {} }, ['cleared wrong_type: Must be of type string or number or boolean or null.']],
  [{ untold: { b: 'x' } }, []],
]
for (const [body, told] of cases) {
  test(`one of several forms: ${JSON.stringify(body)}`, async () => {
    assert.deepEqual(await said('/body', body), told)
  })
}

test('a whole body of several forms', async () => {
  assert.deepEqual(await said('/whole', { kind: 'cash', amount: 3 }), [])
  assert.deepEqual(await said('/whole', { kind: 'cash' }), [
    'amount required: This field is missing.',
  ])
  assert.deepEqual(await said('/whole', { kind: 'gold' }), [`kind ${kinds}`])
})
