// Requests made from the description that the shop serves of itself: what each schema allows, and
// one after the other all that it does not. No answer is a fault of ours, and whatever is refused
// has written nothing. Seeded: a failure names the request.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import type { Schema } from '#src/http/schema.ts'
import { sha256 } from '#src/lib/signature.ts'
import { sizeOf } from '#test/proof.ts'
import { admin, openWorld } from '#test/world.ts'
import {
  type Answer,
  assertTold,
  attack,
  behind_proxy,
  fillShop,
  idsFor,
  inTurns,
  readIds,
} from './attacker.ts'
import {
  isRead,
  isStaff,
  isStore,
  type Limits,
  nobody,
  type Operation,
  readOperations,
} from './document.ts'
import { sendRaw } from './raw-http.ts'
import { isChosen, seed, someOf } from './some-of.ts'
import { watchTables } from './unchanged.ts'
import {
  edgeValues,
  fittingValue,
  inputOf,
  jsonOf,
  usualOf,
  type Wrong,
  wrongValues,
} from './values.ts'
import {
  type Bytes,
  codings,
  latin,
  media_types,
  no_media_types,
  odd_headers,
  odd_queries,
  typedBy,
  wild_bytes,
} from './wild-things.ts'

const world = await openWorld({ worker: false, ...behind_proxy })
await fillShop(world)
const operations = await readOperations(world.url)
const ids = await readIds(world)
const watch = await watchTables(world.db)
let sent = 0

type Texts = Readonly<Record<string, unknown>>
const wellFormed = (value: unknown): string =>
  (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).toWellFormed()
const searchOf = (query: Texts): string => {
  const pairs = Object.entries(query).map(
    ([name, value]) => `${name}=${encodeURIComponent(wellFormed(value))}`,
  )
  return pairs.length > 0 ? `?${pairs.join('&')}` : ''
}
/** An address with an empty part, or `..`, is that of another route. */
const inAddress = (values: Texts): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, wellFormed(value) || '_']),
  )

async function ask(operation: Operation, request: Parameters<typeof attack>[2]): Promise<Answer> {
  sent += 1
  return attack(world, operation, request)
}

/** Paying with a card that is declined is a "no" that leaves an order behind: it can be paid. */
const recorded = new Set(['payment_declined'])

// Compiling a template costs a process of its own.
const isDear = ({ path, method }: Operation): boolean =>
  path.startsWith('/admin/message-templates/') && method !== 'GET'

const requestsOf = (operation: Operation) => {
  const { in_path, in_query, body } = operation
  const here = idsFor(operation, ids)
  const all = (parameters: Operation['in_path']) =>
    parameters.map(({ name, schema }) => [name, usualOf(schema, { ...ids, ...here }, name)])
  const required = in_query.filter((one) => one.required).map(({ name }) => name)
  return fc.record({
    path: fc.record(Object.fromEntries(all(in_path)) as Record<string, fc.Arbitrary<unknown>>),
    query: fc.record(Object.fromEntries(all(in_query)) as Record<string, fc.Arbitrary<unknown>>, {
      requiredKeys: required,
    }),
    body: body ? inputOf(body, ids) : fc.constant(undefined),
  })
}

const runs = sizeOf('INPUT_RUNS', 8)

/** Each place of a body with what lies just inside of its limits. */
function edgesOf(schema: Schema, whole: unknown, put: (value: unknown) => unknown): unknown[] {
  const edges = edgeValues(schema).map(put)
  if (schema.items) {
    const item = fittingValue(schema.items)
    return [...edges, ...edgesOf(schema.items, item, (value) => put([value]))]
  }
  if (schema.anyOf) {
    return [...edges, ...schema.anyOf.flatMap((one) => edgesOf(one, fittingValue(one), put))]
  }
  if (!schema.properties || whole === null || typeof whole !== 'object') return edges
  for (const [name, one] of Object.entries(schema.properties)) {
    const inner = (whole as Texts)[name] ?? fittingValue(one)
    edges.push(...edgesOf(one, inner, (value) => put(withField(whole, name, value))))
  }
  return edges
}

type Way = { readonly what: string; readonly body: unknown; readonly heavy: boolean }
/** Each so many is sent; of those that cost much, fewer. */
const light_each = sizeOf('INPUT_LIGHT_EACH', 2)
const heavy_each = sizeOf('INPUT_HEAVY_EACH', 12)

/** The same object with one field another one. */
const withField = (whole: object, name: string, value: unknown): object => ({
  ...whole,
  [name]: value,
})

/** All ways in which one place of a body is wrong, and the rest of it is as it should be. */
function waysOf(schema: Schema, whole: unknown, put: (value: unknown) => unknown): Way[] {
  const say = ({ what, value, heavy = false }: Wrong): Way => ({ what, body: put(value), heavy })
  const ways = wrongValues(schema).map(say)
  if (schema.items) {
    const [first] = whole as unknown[]
    const item = first ?? fittingValue(schema.items)
    return [...ways, ...waysOf(schema.items, item, (value) => put([value]))]
  }
  if (schema.anyOf) {
    return [
      ...ways,
      ...schema.anyOf.flatMap((one) =>
        one.type === 'object' ? waysOf(one, fittingValue(one), put) : [],
      ),
    ]
  }
  if (!schema.properties || whole === null || typeof whole !== 'object') return ways
  for (const [name, one] of Object.entries(schema.properties)) {
    const inner = (whole as Texts)[name] ?? fittingValue(one)
    const into = (value: unknown): unknown => put(withField(whole, name, value))
    ways.push(...waysOf(one, inner, into).map((way) => ({ ...way, what: `${name}: ${way.what}` })))
    if (schema.required?.includes(name)) {
      const { [name]: _, ...rest } = whole as Texts
      ways.push({ what: `${name}: missing`, body: put(rest), heavy: false })
    }
  }
  if (schema.additionalProperties === false) {
    ways.push({
      what: 'a field too many',
      body: put(withField(whole, 'is_admin', true)),
      heavy: false,
    })
  }
  return ways
}

test('every field of every body, wrong in every way: refused, and nothing is written', async () => {
  const taken: string[] = []
  await watch.accept()
  for (const [turn, operation] of operations.entries()) {
    const { body } = operation
    if (body === null || operation.takes_bytes) continue
    const values = Object.fromEntries(
      Object.entries(idsFor(operation, ids)).map(([name, some]) => [name, some[0] ?? nobody]),
    )
    const ways = waysOf(body, fittingValue(body), (value) => value)
    await inTurns(
      ways.filter(({ heavy }, i) => isChosen(heavy ? heavy_each : light_each, i + turn)),
      async ({ what, body: wrong }) => {
        const answer = await ask(operation, { values, text: jsonOf(wrong) })
        const name = `${operation.name} ${what}`
        assertTold(answer, name)
        if (answer.status < 400) taken.push(name)
      },
    )
    if (!taken.some((name) => name.startsWith(`${operation.name} `)))
      await watch.assertUnchanged(operation.name)
    else await watch.accept()
  }
  assert.deepEqual(taken, [])
})

/** Of what lies at the edge, each so many is sent. */
const edges_each = sizeOf('INPUT_EDGES_EACH', 8)

test('every field of every body, at the edge of what it takes: no fault of ours', async () => {
  const before = sent
  for (const [turn, operation] of operations.entries()) {
    const { body, takes_bytes } = operation
    if (body === null || takes_bytes) continue
    const values = Object.fromEntries(
      Object.entries(idsFor(operation, ids)).map(([name, some]) => [name, some[0] ?? nobody]),
    )
    const edges = edgesOf(body, fittingValue(body), (value) => value)
    const each = isDear(operation) ? 20 * edges_each : edges_each
    const some = someOf(edges, each, turn).map((edge) => JSON.stringify(edge))
    const refused: string[] = []
    const send = async (text: string): Promise<void> => {
      const answer = await ask(operation, { values, text })
      assertTold(answer, `${operation.name} ${text.slice(0, 300)}`)
      if (answer.status >= 400 && !recorded.has(answer.code)) refused.push(text)
    }
    await inTurns(some, send)
    // Those that were refused are sent once more, so that what the others wrote is told apart.
    const again = refused.splice(0)
    await watch.accept()
    await inTurns(again, send)
    assert.equal(refused.length, again.length, operation.name)
    await watch.assertUnchanged(operation.name)
  }
  assert(sent - before > 400, `${sent - before}`)
})

const wrongTexts = ({ type, maxLength }: Limits): string[] => [
  'a%00b',
  '%ff',
  '%ed%a0%80',
  '%',
  'x'.repeat((maxLength ?? 500) + 1),
  ...(type === 'integer' || type === 'number'
    ? ['', '-1', '1e9', '0x10', '99999999999999999']
    : []),
  ...(type === 'boolean' ? ['1', 'TRUE'] : []),
]

test('every part of every address and query, wrong: no fault, and nothing is written', async () => {
  await watch.accept()
  for (const operation of operations) {
    const { in_path, in_query } = operation
    const here = idsFor(operation, ids)
    const good = Object.fromEntries(
      Object.entries(here).map(([name, some]) => [name, some[0] ?? nobody]),
    )
    const queries = in_query.flatMap(({ name, schema }) => [
      ...wrongTexts(schema as Limits).map((text) => `?${name}=${text}`),
      `?${name}=1&${name}=2`,
      `?${name}[]=1`,
      `?${name}[__proto__]=1`,
    ])
    const search = ['?nothing=1', '?__proto__=1', '?%00=1', `?${'a&'.repeat(2_000)}`, ...queries]
    for (const query of operation.method === 'GET' ? search : []) {
      const answer = await ask(operation, { values: good, query })
      assertTold(answer, `${operation.name} ${query.slice(0, 80)}`)
    }
    for (const { name } of in_path) {
      for (const odd of ['a\0b', '..', '%2e%2e', 'x'.repeat(400), '\u{1f600}', "' or 1=1 --"]) {
        const text = operation.body ? { text: JSON.stringify(fittingValue(operation.body)) } : {}
        const answer = await ask(operation, { values: { ...good, [name]: odd }, ...text })
        const what = `${operation.name} ${name} ${JSON.stringify(odd).slice(0, 40)}`
        assertTold(answer, what)
        assert(answer.status >= 300, `${what} is answered with ${answer.status}`)
      }
    }
    await watch.assertUnchanged(operation.name)
  }
})

const valuesFor = (operation: Operation): Record<string, string> =>
  Object.fromEntries(
    Object.entries(idsFor(operation, ids)).map(([name, some]) => [name, some[0] ?? nobody]),
  )
type Request = Parameters<typeof attack>[2] & { readonly to: Operation }

/**
 * All of them; and those that were refused once more by themselves, so that what the others wrote
 * is told apart.
 */
async function assertHarmless(requests: readonly Request[]): Promise<readonly Answer[]> {
  const refused: Request[] = []
  const answers: Answer[] = []
  const nameOf = ({ to, text = '', query, headers }: Request): string => {
    const begins = typeof text === 'string' ? text : Buffer.from(text.subarray(0, 200))
    const about = JSON.stringify({ query, headers, text: begins.toString().slice(0, 200) })
    return `${to.name} ${about.slice(0, 600)}`
  }
  await inTurns(requests, async (one) => {
    const answer = await ask(one.to, { values: valuesFor(one.to), ...one })
    assertTold(answer, nameOf(one))
    answers.push(answer)
    if (answer.status >= 400 && !recorded.has(answer.code)) refused.push(one)
  })
  await watch.accept()
  for (const one of refused) {
    const { status } = await ask(one.to, { values: valuesFor(one.to), ...one })
    if (status < 400) await watch.accept()
    else await watch.assertUnchanged(nameOf(one))
  }
  return answers
}
const textFor = (to: Operation): { readonly text?: string } =>
  to.body && !to.takes_bytes && !isDear(to) ? { text: JSON.stringify(fittingValue(to.body)) } : {}

/** Of what may be odd, each so many is sent to each route, others to the next. */
const queries_each = sizeOf('QUERIES_EACH', 18)
const headers_each = sizeOf('HEADERS_EACH', 149)
const bytes_each = sizeOf('BYTES_EACH', 19)

const writing = operations.filter((one) => !isRead(one))

test('anything in the query of a route that writes, or in a header: no fault of ours', async () => {
  const queries = writing.flatMap((to, turn) => {
    const own = to.in_query.flatMap(({ name, schema }) => [
      ...wrongTexts(schema as Limits).map((text) => `${name}=${text}`),
      `${name}=1&${name}=2`,
      `${name}[]=1`,
    ])
    const some = [...own, ...someOf(odd_queries, queries_each, turn)]
    return some.map((query) => ({ to, query: `?${query}`, ...textFor(to) }))
  })
  const headers = operations.flatMap((to, turn) =>
    someOf(odd_headers, headers_each, turn).map((one) => ({ to, ...textFor(to), headers: one })),
  )
  await assertHarmless([...queries, ...headers])
})

test('an Idempotency-Key of no form is refused before anything is done', async () => {
  const keys = ['', ' ', 'short', 'x'.repeat(256), 'with a space', latin.repeat(4), 'a\tbcdefgh']
  const keyed = writing.filter(({ needs_key }) => needs_key)
  assert(keyed.length > 20, `${keyed.length}`)
  const requests = keyed.flatMap((to, turn) =>
    someOf([...keys, '4111111111111111'], 4, turn).map((key) => ({
      to,
      ...textFor(to),
      headers: { 'idempotency-key': key },
    })),
  )
  // A path or body may be refused first; nobody gets through.
  for (const { code, text } of await assertHarmless(requests)) assert(code !== '', text)
})

async function openFile(): Promise<string> {
  const body = { name: 'Wild.bin', media_type: 'application/octet-stream' }
  const made = await admin(world, 'POST', '/admin/digital-files', body)
  assert.equal(made.status, 201, JSON.stringify(made.body))
  return made.body.id
}

test('a file that is sold may be any bytes, under any type: they are kept as they are', async () => {
  const operation = operations.find(({ path }) => path === '/admin/digital-files/{id}/parts/{n}')!
  const id = await openFile()
  await inTurns([...wild_bytes.entries()], async ([n, [what, text]]) => {
    const values = { id, n: String(n) }
    const headers = typedBy(n)
    const { status } = await ask(operation, { values, text, headers })
    assert.equal(status, 204, `${what} ${JSON.stringify(headers)}`)
  })
  const whole = Buffer.concat(wild_bytes.map(([, bytes]) => bytes))
  const body = { sha256: sha256(whole).toString('hex') }
  const closed = await admin(world, 'PUT', `/admin/digital-files/${id}/complete`, body)
  assert.deepEqual([closed.status, closed.body.bytes], [200, whole.length], JSON.stringify(closed))
})

test('parts of no file, without bytes, of a file that is closed, too many: nothing is kept', async () => {
  const operation = operations.find(({ path }) => path === '/admin/digital-files/{id}/parts/{n}')!
  const open = await openFile()
  const closed = await openFile()
  const good = { text: Buffer.from('a'), headers: { 'content-type': 'text/plain' } }
  await ask(operation, { values: { id: closed, n: '0' }, ...good })
  await admin(world, 'PUT', `/admin/digital-files/${closed}/complete`, {})
  await watch.accept()
  const refused: readonly (readonly [id: string, n: string, text: Bytes])[] = [
    [nobody, '0', good.text],
    [closed, '0', good.text],
    [closed, '1', good.text],
    [open, '0', Buffer.alloc(0)],
    ...['128', '999', '1000', '-1', '01', '1.5', '0x1', 'a', '\0', '٣', '1e1'].map(
      (n) => [open, n, good.text] as const,
    ),
  ]
  for (const [id, n, text] of refused) {
    const answer = await ask(operation, { ...good, values: { id, n }, text })
    assertTold(answer, n)
    assert(answer.status >= 400, `${n} ${answer.status}`)
  }
  for (const type of no_media_types) {
    const sent = { values: { id: open, n: '0' }, ...good, headers: { 'content-type': type } }
    assert.equal((await ask(operation, sent)).code, 'unsupported_media_type', type)
  }
  const key = `authorization: Bearer ${world.keys.secret_key}\r\n`
  const begin = `PUT /admin/digital-files/${open}/parts/0 HTTP/1.1\r\nhost: a\r\n${key}`
  const large = await sendRaw(world.url, `${begin}content-length: ${4 * 1024 * 1024 + 1}\r\n\r\n`)
  assert.equal(large.code, 'body_too_large')
  await watch.assertUnchanged('parts')
})

test('bytes that no provider has signed: refused wherever they come in', async () => {
  const byteful = operations.filter(({ takes_bytes }) => takes_bytes)
  assert.deepEqual(
    byteful.map(({ name }) => name),
    ['PUT /admin/digital-files/{id}/parts/{n}', 'POST /hooks/{plugin}'],
    'routes that take bytes are attacked here one by one',
  )
  const hook = byteful.at(-1)!
  const signed = ['stripe-signature', 'x-razorpay-signature', 'x-hmac-signature']
  const signatures = ['', 'x', 't=1,v1=', `t=${'9'.repeat(400)},v1=a`, 'v1=,'.repeat(900)]
  const plugins = ['stripe', 'razorpay', 'easypost', 'manual', 'smtp', '__proto__', 'constructor']
  await watch.accept()
  const requests = plugins.flatMap((plugin) => wild_bytes.map((one, i) => ({ plugin, one, i })))
  await inTurns(requests, async ({ plugin, one: [what, text], i }) => {
    const signature = signatures[i % signatures.length]!
    const headers = Object.fromEntries(signed.map((name) => [name, signature]))
    const answer = await ask(hook, {
      values: { plugin },
      text,
      headers: { ...headers, ...typedBy(i) },
    })
    assertTold(answer, `${plugin} ${what}`)
    assert(answer.status >= 400, `${plugin} ${what} ${answer.status}`)
  })
  await watch.assertUnchanged('webhooks')
})

test('bytes where JSON belongs: refused, and nothing is written', async () => {
  const types = [...media_types.slice(2), ...no_media_types]
  const requests = writing
    .filter(({ takes_bytes }) => !takes_bytes)
    .flatMap((to, turn) => [
      ...someOf(wild_bytes, bytes_each, turn).map(([, text]) => ({ to, text })),
      // What would be good, under a name that is not that of JSON, or as if it were packed.
      turn % 2 === 0
        ? { to, ...textFor(to), headers: { 'content-type': types[turn % types.length]! } }
        : { to, ...textFor(to), headers: { 'content-encoding': codings[1 + (turn % 5)]! } },
    ])
  await assertHarmless(requests)
})

// What is deleted cannot be attacked any more.
const deletions_last = operations.toSorted(
  (a, b) => Number(a.method === 'DELETE') - Number(b.method === 'DELETE'),
)

test('what the description allows is answered, and a refusal writes nothing', async () => {
  const failed: string[] = []
  let refused = 0
  for (const operation of deletions_last) {
    const property = fc.asyncProperty(requestsOf(operation), async ({ path, query, body }) => {
      const text = body === undefined ? {} : { text: JSON.stringify(body) }
      const answer = await ask(operation, {
        values: inAddress(path),
        query: searchOf(query),
        ...text,
      })
      assertTold(answer, operation.name)
      if (answer.status < 400 || recorded.has(answer.code)) return watch.accept()
      refused += 1
      await watch.assertUnchanged(`${operation.name} ${answer.status} ${answer.code}`)
    })
    const numRuns = isDear(operation) ? 2 : runs
    const checked = await fc.check(property, { numRuns, seed, endOnFailure: true })
    if (checked.failed) {
      const request = JSON.stringify(checked.counterexample).slice(0, 500)
      failed.push(`${operation.name} ${request} ${String(checked.errorInstance)}`)
    }
  }
  assert.deepEqual(failed, [])
  assert(refused > operations.length, `only ${refused} were refused`)
})

after(() => {
  const count = (is: (one: Operation) => boolean): number => operations.filter(is).length
  process.stderr.write(
    `# ${sent} requests at ${operations.length} operations: ${count(isStore)} of the shop, ` +
      `${count(isStaff)} of staff; all tables were read ${watch.readings()} times\n`,
  )
})
