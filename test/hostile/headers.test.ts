// Headers and queries of routes that write: anything may stand in them. No fault of ours, what is
// refused has written nothing, and what a proxy or a browser adds decides nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sizeOf } from '#test/proof.ts'
import { ask, complete, fillCart, freshKey, openWorld } from '#test/world.ts'
import {
  type Answer,
  assertTold,
  attack,
  behind_proxy,
  fillShop,
  idsFor,
  inTurns,
  readIds,
  type Sent,
} from './attacker.ts'
import { nobody, type Operation, readOperations } from './document.ts'
import { watchTables } from './unchanged.ts'
import { fittingValue } from './values.ts'

const world = await openWorld({ worker: false, ...behind_proxy })
await fillShop(world)
const operations = await readOperations(world.url)
const ids = await readIds(world)
const watch = await watchTables(world.db)
const writing = operations.filter(({ method }) => method !== 'GET')

// Compiling a template costs a process of its own; texts.test.ts is about those.
const isDear = ({ path }: Operation): boolean => path.includes('/message-templates/')

const sentTo = (operation: Operation): Sent => ({
  values: Object.fromEntries(
    Object.entries(idsFor(operation, ids)).map(([name, some]) => [name, some[0] ?? nobody]),
  ),
  ...(operation.body && !operation.takes_bytes && !isDear(operation)
    ? { text: JSON.stringify(fittingValue(operation.body)) }
    : {}),
})

/** Sends all of them; refusals alone have written nothing. */
async function sendAll(operation: Operation, sent: readonly Sent[]): Promise<Answer[]> {
  const answers: Answer[] = []
  await inTurns(sent, async (one) => {
    const answer = await attack(world, operation, { ...sentTo(operation), ...one })
    assertTold(answer, `${operation.name} ${JSON.stringify(one).slice(0, 300)}`)
    answers.push(answer)
  })
  if (answers.every(({ status }) => status >= 400)) await watch.assertUnchanged(operation.name)
  else await watch.accept()
  return answers
}

/** Of what may be wild, each so many is sent to each route, others to the next. */
const queries_each = sizeOf('QUERIES_EACH', 6)
const headers_each = sizeOf('HEADERS_EACH', 40)
const someOf = <T>(all: readonly T[], each: number, turn: number): T[] =>
  all.filter((_, i) => (i + turn) % each === 0)

const odd_queries = [
  'nothing=1',
  '__proto__=1',
  '__proto__[admin]=1',
  'constructor.prototype=1',
  '%00=1',
  'id=%00',
  `id=${nobody}`,
  'limit=-1&limit=2',
  'version=99999999999999999999',
  'force=true&dry_run=false&is_admin=1',
  '_method=DELETE',
  "a='%20or%201=1%20--",
  'a=%ff&b=%ed%a0%80&c=%',
  'a'.repeat(6_000),
  'a&'.repeat(3_000),
  `q=${'%F0%9F%98%80'.repeat(400)}`,
  '?&&==&',
  'token=x&access_token=y&key=z',
] as const

test('anything in the query of a route that writes: it decides nothing that it should not', async () => {
  for (const [turn, operation] of writing.entries()) {
    const own = operation.in_query.flatMap(({ name }) => [
      `${name}=`,
      `${name}=%00`,
      `${name}=1&${name}=2`,
      `${name}[]=1`,
      `${name}=${'x'.repeat(3_000)}`,
      `${name}=-99999999999999999999`,
    ])
    const queries = [...own, ...someOf(odd_queries, queries_each, turn)]
    await sendAll(
      operation,
      queries.map((query) => ({ query: `?${query}` })),
    )
  }
})

const letters = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join('')
const latin = 'ÿþ\u00a0é'
const long = 'x'.repeat(7_000)
const trace = '4bf92f3577b34da6a3ce929d0e0e4736'

/** What each header may hold; only what a client library sends at all. */
const wild_headers: readonly (readonly [name: string, values: readonly string[]])[] = [
  ['accept-language', ['', '*', '*;q=NaN', 'de;q=1e400', 'a'.repeat(7_000), 'de,'.repeat(2_000)]],
  ['accept-language', [latin, letters, '-', '__proto__', 'en;q=0,de;q=0.0000001', ';;;,,,']],
  ['accept', ['', 'text/html', '*/*;q=x', long, 'application/json;version=99', latin]],
  ['accept-encoding', ['', 'gzip;q=x', 'nonsense', long]],
  ['traceparent', ['', 'x', `00-${trace}-00f067aa0ba902b7-01`, `ff-${trace}-00f067aa0ba902b7-01`]],
  ['traceparent', [`00-${'0'.repeat(32)}-${'0'.repeat(16)}-00`, long, latin, `00-${trace}`]],
  ['tracestate', ['', 'a=b', '='.repeat(600), long]],
  ['baggage', ['', 'a=b;c', long]],
  ['cookie', ['', ';;;', '=', '__proto__=a', 'onhand_session=', `onhand_session=${long}`, latin]],
  ['cookie', [`a=${'b=; '.repeat(1_500)}`, 'onhand_session=a; onhand_session=b', letters]],
  ['x-csrf-token', ['', long, latin]],
  ['if-match', ['*', '""', 'W/"x"', '"', long, '"a", "b"', latin]],
  ['if-none-match', ['*', '""', long]],
  ['if-modified-since', ['x', 'Thu, 01 Jan 1970 00:00:00 GMT', '-1']],
  ['if-unmodified-since', ['x', 'Thu, 01 Jan 1970 00:00:00 GMT']],
  ['range', ['bytes=0-', 'bytes=-1', 'bytes=9-1', 'bytes=0-0,1-1,2-2', 'x=1', long]],
  ['prefer', ['return=minimal', 'respond-async', long]],
  ['x-forwarded-for', ['', 'unknown', '::1', '127.0.0.1', "'; drop table orders; --", long]],
  ['x-forwarded-for', ['1.1.1.1,'.repeat(800), '256.1.1.1', '[::1]:80', '10.0.0.1%00', latin]],
  ['x-forwarded-host', ['', 'evil.example', 'evil.example:x', '\u00e9', long]],
  ['x-forwarded-proto', ['', 'https', 'javascript', long]],
  ['x-forwarded-port', ['0', '-1', '99999', 'x']],
  ['x-forwarded-prefix', ['/admin', '//evil.example', '../..']],
  ['forwarded', ['for=127.0.0.1', 'for="[::1]";host=evil.example;proto=https', 'for=', long]],
  ['x-real-ip', ['127.0.0.1', long]],
  ['x-http-method-override', ['GET', 'DELETE', 'x']],
  ['x-original-url', ['/healthz', '/admin/staff']],
  ['x-request-id', ['', long, latin, 'a b']],
  ['last-event-id', ['', 'x', `99999999999999999999-${nobody}`, `-1-${nobody}`, long]],
  ['origin', ['null', 'https://evil.example', latin]],
  ['referer', ['x', 'https://evil.example/', long]],
  ['user-agent', ['', long, latin, "'; drop table orders; --"]],
  ['x-cart-token', ['', 'x', '.', 'a.b.c', long, latin]],
  ['x-order-token', ['', 'x', '.', long, latin]],
  ['x-customer-token', ['', 'cs_', `cs_${long}`, latin]],
  ['stripe-signature', [long, 't=,v1=', latin]],
]
const headers = wild_headers.flatMap(([name, values]) =>
  values.map((value) => ({ headers: { [name]: value } })),
)

test('anything in any header: no fault of ours, and a refusal writes nothing', async () => {
  for (const [turn, operation] of operations.entries()) {
    await sendAll(operation, someOf(headers, headers_each, turn))
  }
})

test('an Idempotency-Key of no form is refused before anything is done', async () => {
  const keys = ['', ' ', 'short', 'x'.repeat(256), 'with a space', latin.repeat(4), 'a\tbcdefgh']
  const keyed = writing.filter(({ needs_key }) => needs_key)
  assert(keyed.length > 20, `${keyed.length}`)
  for (const [turn, operation] of keyed.entries()) {
    const sent = someOf(keys, 3, turn).map((key) => ({ headers: { 'idempotency-key': key } }))
    for (const { code, text } of await sendAll(operation, sent)) {
      // A path or body may be refused first; nobody gets through.
      assert(code !== '', `${operation.name} ${text.slice(0, 200)}`)
    }
  }
  const card = await attack(world, keyed[0]!, {
    ...sentTo(keyed[0]!),
    headers: { 'idempotency-key': '4111111111111111' },
  })
  assert(card.status >= 400)
  await watch.assertUnchanged('keys')
})

test('a key that is another thing in another place is only a key', async () => {
  for (const key of ["'; drop table orders; --".replaceAll(' ', '_'), '__proto__', '{"a":1}']) {
    const cart = await fillCart(world)
    const first = await complete(world, cart, { idempotency_key: key })
    const again = await complete(world, cart, { idempotency_key: key })
    assert.deepEqual([first.status, again.status], [201, 201], key)
    assert.equal(first.body.order.id, again.body.order.id)
    assert.equal(typeof (await ask(world, 'GET', '/store/shop')).body, 'object')
  }
  await watch.accept()
})

test('where a request comes from is believed of the proxy only, and opens no door', async () => {
  const staff = writing.filter(({ path }) => path.startsWith('/admin/'))
  const lies = {
    authorization: '',
    'x-forwarded-for': '127.0.0.1',
    forwarded: 'for=127.0.0.1;proto=https',
    'x-real-ip': '127.0.0.1',
    'x-original-url': '/healthz',
    'x-rewrite-url': '/healthz',
    'x-http-method-override': 'GET',
    'x-forwarded-user': 'owner@shop.example',
    'x-remote-user': 'owner@shop.example',
    'x-internal': 'true',
    cookie: 'admin=true; role=owner',
  }
  await inTurns(staff, async (operation) => {
    const one = { ...sentTo(operation), headers: { ...lies, 'idempotency-key': freshKey() } }
    const { status, code } = await attack(world, operation, one)
    assert(
      status === 401 || status === 403 || isOpen(operation),
      `${operation.name} ${status} ${code}`,
    )
  })
  await watch.accept()
})

/** Where staff sign in nobody has a key yet. */
const isOpen = ({ security }: Operation): boolean => security.length === 0
