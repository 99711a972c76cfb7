import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import Type from 'typebox'
import { refuse } from '#src/lib/refusal.ts'
import { testApp, testServer } from '#test/app.ts'
import type { App } from './app.ts'
import { Closed, Id, Minor, Moment, Nullable, PageQuery, type Route, route, Text } from './route.ts'
import type { Server } from './server.ts'

const app: App = await testApp()
let server: Server
let url: string

const Payment = Type.Union([
  Closed({ kind: Type.Literal('card'), amount: Minor({ minimum: 1 }) }),
  Closed({ kind: Type.Literal('credit'), amount: Nullable(Minor()), note: Text(20) }),
])
const Basket = Closed({
  total: Minor({ minimum: 0 }),
  limit: Type.Optional(Nullable(Minor())),
  color: Type.Optional(Type.Union([Type.Literal('red'), Type.Literal('blue')])),
  at: Type.Optional(Moment()),
  lines: Type.Optional(
    Type.Array(Closed({ quantity: Type.Integer({ minimum: 1 }) }), { maxItems: 3 }),
  ),
  payment: Type.Optional(Payment),
})

/** What handlers tell the tests. */
const slow: { release: (() => void)[]; stream_ended: boolean } = {
  release: [],
  stream_ended: false,
}

async function until(condition: () => boolean): Promise<void> {
  const started = performance.now()
  while (!condition()) {
    assert(performance.now() - started < 10_000, `waited too long: ${condition}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const routes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/store/baskets',
    who: 'anyone',
    summary: 'Echoes what the handler was given',
    body: Basket,
    replies: { 200: Closed({ seen: Text(1000), basket: Basket }) },
    handle: async ({ body }) => {
      const seen = `${typeof body.total} ${typeof body.limit} ${body.at instanceof Date}`
      return { status: 200, body: { seen, basket: { ...body, secret: 'not in the schema' } } }
    },
  }),
  route({
    method: 'GET',
    path: '/store/things/:id',
    who: 'anyone',
    summary: 'Echoes id and query',
    params: Closed({ id: Id() }),
    query: Closed({
      ...PageQuery,
      open: Type.Optional(Type.Boolean()),
      min: Type.Optional(Minor()),
    }),
    replies: {
      200: Closed({ limit: Type.Integer(), open: Nullable(Type.Boolean()), min: Minor() }),
    },
    handle: async ({ query }) => ({
      status: 200,
      body: { limit: query.limit, open: query.open ?? null, min: query.min ?? 0n },
    }),
  }),
  route({
    method: 'POST',
    path: '/admin/once',
    who: 'anyone',
    summary: 'Wants an Idempotency-Key and no body',
    idempotent: true,
    replies: { 200: Closed({ key: Type.String() }) },
    handle: async ({ key }) => ({ status: 200, body: { key } }),
  }),
  route({
    method: 'POST',
    path: '/hooks/test',
    who: 'anyone',
    summary: 'Gets raw bytes',
    raw_body: true,
    body_bytes_max: 1_000,
    replies: { 200: Closed({ hex: Type.String() }) },
    handle: async ({ raw_body }) => ({
      status: 200,
      body: { hex: Buffer.from(raw_body).toString('hex') },
    }),
  }),
  route({
    method: 'GET',
    path: '/store/bug/:kind',
    who: 'anyone',
    summary: 'Fails',
    params: Closed({ kind: Text(20) }),
    replies: { 200: Closed({ a: Type.String() }) },
    handle: async ({ app, params: { kind } }) => {
      if (kind === 'sql') await app.db.query("select 'jane@example.com' from nothing_there")
      if (kind === 'away') throw Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
      if (kind === 'refusal') throw refuse('out_of_stock', { skus: ['A-1'], status: 200, big: 5n })
      if (kind === 'reply') return { status: 200, body: {} }
      throw new Error('SECRET-DETAIL')
    },
  }),
  route({
    method: 'GET',
    path: '/store/limited',
    who: 'anyone',
    summary: 'Twice a minute',
    rate_per_minute: 2,
    replies: { 204: null },
    handle: async () => ({ status: 204 }),
  }),
  route({
    method: 'GET',
    path: '/store/pdf',
    who: 'anyone',
    summary: 'Bytes',
    replies: { 200: null },
    handle: async () => ({
      status: 200,
      raw: { media_type: 'application/pdf', content: new TextEncoder().encode('%PDF') },
    }),
  }),
  route({
    method: 'GET',
    path: '/store/page',
    who: 'anyone',
    summary: 'HTML',
    replies: { 200: null },
    handle: async () => ({
      status: 200,
      headers: { 'set-cookie': ['a=1', 'b=2'] },
      raw: { media_type: 'text/html; charset=utf-8', content: '<p>ü</p>' },
    }),
  }),
  route({
    method: 'GET',
    path: '/store/events',
    who: 'anyone',
    summary: 'Server-sent events',
    replies: { 200: null },
    handle: async ({ gone }) => ({
      status: 200,
      raw: {
        media_type: 'text/event-stream',
        content: (async function* () {
          yield 'data: 1\n\n'
          await new Promise((resolve) => gone.addEventListener('abort', resolve))
          slow.stream_ended = true
        })(),
      },
    }),
  }),
  route({
    method: 'GET',
    path: '/store/slow',
    who: 'anyone',
    summary: 'Answers when told to',
    replies: { 204: null },
    handle: async () => {
      await new Promise<void>((resolve) => slow.release.push(resolve))
      return { status: 204 }
    },
  }),
]

before(async () => {
  server = await testServer(app, routes)
  url = `http://127.0.0.1:${await server.listen('127.0.0.1', 0)}`
})
after(() => server.drain(1_000))

type Answer = { status: number; body: Record<string, unknown>; headers: Headers }

async function call(method: string, path: string, body?: unknown, headers = {}): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const answer = await fetch(url + path, {
    method,
    ...(body === undefined ? {} : { body: text }),
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
  })
  const received = await answer.text()
  const json = answer.headers.get('content-type')?.includes('json')
  return {
    status: answer.status,
    body: json ? (JSON.parse(received) as Record<string, unknown>) : { text: received },
    headers: answer.headers,
  }
}

const refused = (answer: Answer, status: number, code: string): void => {
  assert.equal(answer.status, status, JSON.stringify(answer.body))
  assert.equal(answer.body['code'], code)
  assert.equal(answer.body['status'], status)
  assert.equal(answer.headers.get('content-type'), 'application/problem+json')
  assert.equal(answer.body['request_id'], answer.headers.get('x-request-id'))
}

test('money is bigint in the handler and an integer on the wire, at every place', async () => {
  const { status, body } = await call('POST', '/store/baskets', {
    total: 9007199254740991,
    limit: null,
    at: '2026-01-02T03:04:05Z',
    payment: { kind: 'credit', amount: 5, note: 'x' },
  })
  assert.equal(status, 200)
  assert.equal(body['seen'], 'bigint object true')
  assert.deepEqual(body['basket'], {
    total: 9007199254740991,
    limit: null,
    at: '2026-01-02T03:04:05.000Z',
    payment: { kind: 'credit', amount: 5, note: 'x' },
  })
})

test('bodies are never coerced, and every mistake is named with field and code', async () => {
  const answer = await call('POST', '/store/baskets', {
    total: '5',
    color: 'green',
    lines: [{ quantity: 0, prize: 1 }],
    limit: 1.5,
    extra: 1,
  })
  refused(answer, 400, 'invalid_input')
  const errors = answer.body['errors'] as { field: string; code: string }[]
  assert.deepEqual(Object.fromEntries(errors.map(({ field, code }) => [field, code])), {
    total: 'wrong_type',
    color: 'not_allowed',
    'lines.0.quantity': 'too_small',
    'lines.0.prize': 'unknown_field',
    limit: 'wrong_type',
    extra: 'unknown_field',
  })
})

test('an integer that a double cannot hold is refused', async () => {
  const answer = await call('POST', '/store/baskets', '{"total": 9007199254740993}')
  refused(answer, 400, 'invalid_input')
})

test('queries are read as their schema says, with defaults', async () => {
  const id = '019a0000-0000-7000-8000-000000000000'
  const { body } = await call('GET', `/store/things/${id}?open=true&min=12`)
  assert.deepEqual(body, { limit: 20, open: true, min: 12 })
  refused(await call('GET', `/store/things/${id}?limit=many`), 400, 'invalid_input')
  refused(await call('GET', `/store/things/${id}?limit=1000`), 400, 'invalid_input')
  refused(await call('GET', `/store/things/${id}?colour=1`), 400, 'invalid_input')
  refused(await call('GET', '/store/things/17'), 404, 'not_found')
})

test('bad bodies are told apart', async () => {
  refused(await call('POST', '/store/baskets', '{"total": '), 400, 'malformed_json')
  refused(
    await call('POST', '/store/baskets', '{"__proto__": 1, "total": 1}'),
    400,
    'malformed_json',
  )
  refused(await call('POST', '/store/baskets'), 400, 'invalid_input')
  refused(await call('POST', '/store/baskets', '"text"'), 400, 'invalid_input')
  refused(await call('POST', '/store/baskets', `"${'x'.repeat(300_000)}"`), 413, 'body_too_large')
  const nested = '['.repeat(100_000) + ']'.repeat(100_000)
  refused(await call('POST', '/store/baskets', nested), 400, 'malformed_json')
  const xml = { 'content-type': 'text/xml' }
  refused(await call('POST', '/store/baskets', '<a/>', xml), 415, 'unsupported_media_type')
})

test('a card number is refused wherever a shopper may put it, and is not told back', async () => {
  const card = '4242 4242 4242 4242'
  for (const answer of [
    await call('POST', '/store/baskets', { total: 1, note: card }),
    await call('POST', '/store/baskets', { total: 1, [card]: 'x' }),
    await call('GET', `/store/things/x?q=${encodeURIComponent(card)}`),
    await call('GET', '/store/things/4242424242424242'),
  ]) {
    refused(answer, 422, 'card_number_refused')
    assert.doesNotMatch(JSON.stringify(answer.body), /4242/)
  }
  const key = { 'idempotency-key': '4242424242424242' }
  const keyed = await call('POST', '/admin/once', undefined, key)
  refused(keyed, 422, 'card_number_refused')
  assert.deepEqual([keyed.body['in'], keyed.body['field']], ['header', 'idempotency-key'])
  assert.doesNotMatch(JSON.stringify(keyed.body), /4242/)
  const hook = await call('POST', '/hooks/test', card, { 'content-type': 'text/plain' })
  assert.equal(hook.body['hex'], Buffer.from(card).toString('hex'))
})

test('unknown addresses and wrong methods', async () => {
  refused(await call('GET', '/nothing'), 404, 'not_found')
  refused(await call('GET', '/store/%E0%A4%A'), 404, 'not_found')
  const wrong = await call('DELETE', '/store/baskets')
  refused(wrong, 405, 'method_not_allowed')
  assert.equal(wrong.headers.get('allow'), 'POST')
})

test('an Idempotency-Key is demanded, and a body where none is taken is refused', async () => {
  refused(await call('POST', '/admin/once'), 400, 'idempotency_key_missing')
  const short = { 'idempotency-key': 'short' }
  refused(await call('POST', '/admin/once', undefined, short), 400, 'idempotency_key_missing')
  const good = { 'idempotency-key': 'a-good-key' }
  assert.deepEqual((await call('POST', '/admin/once', undefined, good)).body, { key: 'a-good-key' })
  assert.equal((await call('POST', '/admin/once', {}, good)).status, 200)
  assert.equal((await call('POST', '/admin/once', '', good)).status, 200)
  refused(await call('POST', '/admin/once', { a: 1 }, good), 400, 'invalid_input')
})

test('webhooks come as raw bytes of any kind, up to their own limit', async () => {
  const odd = await call('POST', '/hooks/test', '\u0000{', { 'content-type': 'application/json' })
  assert.equal(odd.body['hex'], '007b')
  refused(await call('POST', '/hooks/test', 'x'.repeat(1_001)), 413, 'body_too_large')
})

test('refusals carry their details, and no detail replaces a standard member', async () => {
  const answer = await call('GET', '/store/bug/refusal')
  refused(answer, 409, 'out_of_stock')
  assert.deepEqual(answer.body['skus'], ['A-1'])
  assert.equal(answer.body['big'], 5)
})

test('neither stacks nor SQL nor messages of bugs leave the server', async () => {
  for (const kind of ['sql', 'other', 'reply']) {
    const answer = await call('GET', `/store/bug/${kind}`)
    refused(answer, 500, 'internal_error')
    const text = JSON.stringify(answer.body)
    assert.doesNotMatch(text, /nothing_there|jane|SECRET|stack|\.ts|lacks/)
  }
  const away = await call('GET', '/store/bug/away')
  refused(away, 503, 'database_unavailable')
  assert.equal(away.headers.get('retry-after'), '2')
})

test('a route can have a rate limit of its own', async () => {
  const first = await call('GET', '/store/limited')
  assert.equal(first.status, 204)
  assert.equal(first.headers.get('ratelimit-limit'), '2')
  assert.equal(first.headers.get('ratelimit-remaining'), '1')
  await call('GET', '/store/limited')
  const third = await call('GET', '/store/limited')
  refused(third, 429, 'too_many_requests')
  assert(Number(third.headers.get('retry-after')) > 0)
})

test('guessing keys is limited by address', async () => {
  const guarded = route({
    method: 'GET',
    path: '/store/guarded',
    who: 'shop',
    summary: 'Guarded',
    replies: { 204: null },
    handle: async () => ({ status: 204 }),
  })
  const limited = await testServer(app, [guarded], { rate_per_minute: 3 })
  const codes: string[] = []
  for (let i = 0; i < 5; i++) {
    const authorization = `Bearer pk_${String(i).repeat(32)}`
    const answer = await limited.fastify.inject({
      url: '/store/guarded',
      headers: { authorization },
    })
    codes.push(answer.json<{ code: string }>().code)
  }
  await limited.drain(100)
  const many = 'too_many_requests'
  assert.deepEqual(codes, ['key_invalid', 'key_invalid', 'key_invalid', many, many])
})

test('bytes and pages are sent as they are, with safe headers', async () => {
  const pdf = await call('GET', '/store/pdf')
  assert.equal(pdf.body['text'], '%PDF')
  assert.equal(pdf.headers.get('content-type'), 'application/pdf')
  assert.equal(pdf.headers.get('x-content-type-options'), 'nosniff')
  const page = await call('GET', '/store/page')
  assert.equal(page.body['text'], '<p>ü</p>')
  assert.deepEqual(page.headers.getSetCookie(), ['a=1', 'b=2'])
  assert.doesNotMatch(page.headers.get('content-security-policy')!, /script-src|unsafe-eval/)
})

test('browsers of other sites may call the shop and not the back office', async () => {
  const origin = { origin: 'https://shop.example', 'access-control-request-method': 'POST' }
  const shop = await call('OPTIONS', '/store/baskets', undefined, origin)
  assert.equal(shop.status, 204)
  assert.equal(shop.headers.get('access-control-allow-origin'), '*')
  const office = await call('OPTIONS', '/admin/once', undefined, origin)
  assert.equal(office.headers.get('access-control-allow-origin'), null)
})

test('a stream ends on the server when the client has gone', async () => {
  const leave = new AbortController()
  const answer = await fetch(`${url}/store/events`, { signal: leave.signal })
  const reader = answer.body!.getReader()
  let text = ''
  while (!text.includes('data: 1')) text += new TextDecoder().decode((await reader.read()).value)
  leave.abort()
  await until(() => slow.stream_ended)
})

test('what is no HTTP is answered and closed', async () => {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.write('this is not http\r\n\r\n')
  const [bytes] = (await once(socket, 'data')) as [Buffer]
  assert.match(bytes.toString(), /^HTTP\/1\.1 400 /)
  socket.destroy()
})

test('draining finishes what runs, ends streams and refuses what is new', async () => {
  const own = await testServer(app, routes)
  const address = `http://127.0.0.1:${await own.listen('127.0.0.1', 0)}`
  const running = fetch(`${address}/store/slow`)
  const stream = await fetch(`${address}/store/events`)
  // A connection that is open before the drain begins, with half a request on it.
  const late = connect(Number(new URL(address).port), '127.0.0.1')
  await once(late, 'connect')
  late.write('GET /store/pdf HTTP/1.1\r\nhost: a\r\n')
  // Browsers open connections in advance: nobody waits for what they may never ask.
  const unused = connect(Number(new URL(address).port), '127.0.0.1')
  await once(unused, 'connect')
  await until(() => slow.release.length > 0)
  const drained = own.drain(5_000)
  assert(own.isDraining())
  late.write('\r\n')
  const [refusal] = (await once(late, 'data')) as [Buffer]
  assert.match(refusal.toString(), /^HTTP\/1\.1 503 [\s\S]*retry-after: 5[\s\S]*shutting_down/)
  assert.match(await stream.text(), /data: 1/)
  await once(unused, 'close')
  for (const release of slow.release) release()
  assert.equal((await running).status, 204)
  await drained
  await assert.rejects(fetch(`${address}/store/pdf`))
})
