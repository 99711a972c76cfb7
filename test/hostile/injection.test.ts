// Words that mean something to a database, a header or a file system, in every place that takes
// words. They stay words.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sizeOf } from '#test/proof.ts'
import { freshKey, openWorld } from '#test/world.ts'
import { assertTold, attack, behind_proxy, fillShop, idsFor, inTurns, readIds } from './attacker.ts'
import { addressOf, nobody, type Operation, readOperations } from './document.ts'
import { isFree, placesOf } from './places.ts'
import { sendRaw } from './raw-http.ts'
import { watchTables } from './unchanged.ts'
import { fittingValue } from './values.ts'

const world = await openWorld({ worker: false, ...behind_proxy })
await fillShop(world)
const operations = await readOperations(world.url)
const ids = await readIds(world)
const watch = await watchTables(world.db)

const sql = [
  "' or '1'='1",
  "x'; drop table orders; --",
  "'||(select pg_sleep(9))||'",
  '1); select pg_sleep(9); --',
  '" or ""="',
  "\\'; copy orders to program 'id'; --",
  '$1::text',
  "')) union select token_hash::text from api_key --",
  '{"a":1}',
  '{zzq,yyq}',
  "E'\\x27'",
  ':*&!|<->()zzq',
  '%z_q%',
] as const

const slept_ms = 5_000
async function say(operation: Operation, sent: Parameters<typeof attack>[2], what: string) {
  const started = performance.now()
  const answer = await attack(world, operation, sent)
  assertTold(answer, what)
  assert.doesNotMatch(answer.text, /syntax error|pg_catalog|relation "|node:internal|\.ts:\d/, what)
  assert(performance.now() - started < slept_ms, `${what} took too long: did it sleep?`)
  return answer
}
const valuesFor = (operation: Operation): Record<string, string> =>
  Object.fromEntries(
    Object.entries(idsFor(operation, ids)).map(([name, some]) => [name, some[0] ?? nobody]),
  )

test('SQL in every query: it finds nothing, and sorts and pages by nothing', async () => {
  let tried = 0
  const listed = operations.filter(
    ({ method, path }) => method === 'GET' && !/stream|events$/.test(path),
  )
  for (const operation of listed) {
    for (const { name, schema } of operation.in_query) {
      for (const text of sql) {
        const what = `${operation.name} ${name}=${text}`
        const query = `?${name}=${encodeURIComponent(text)}`
        const answer = await say(operation, { values: valuesFor(operation), query }, what)
        tried += 1
        // A cursor is a place in the list: what stands behind it is found. Others lead elsewhere.
        if (answer.status >= 300 || !isFree(schema) || name === 'after') continue
        // An export of nothing is empty.
        const { items } = JSON.parse(answer.text || '{}') as { items?: unknown[] }
        assert.deepEqual(items ?? [], [], `${what} found something`)
      }
    }
  }
  assert(tried > 300, `${tried}`)
  await watch.assertUnchanged('queries')
})

test('SQL in every part of every address', async () => {
  for (const operation of operations.filter(({ in_path }) => in_path.length > 0)) {
    for (const { name } of operation.in_path) {
      await inTurns(sql, async (text) => {
        const values = { ...valuesFor(operation), [name]: text }
        const sends = operation.body !== null && !operation.takes_bytes
        const body = sends ? { text: JSON.stringify(fittingValue(operation.body!)) } : {}
        const answer = await say(
          operation,
          { values, ...body },
          `${operation.name} ${name}=${text}`,
        )
        assert(answer.status >= 400, `${operation.name} ${name}=${text} ${answer.status}`)
      })
    }
  }
  await watch.assertUnchanged('addresses')
})

/** Of the words above, each so many is put into each place, another one into the next. */
const words_each = sizeOf('SQL_WORDS_EACH', 4)

// Compiling a template costs a process of its own; texts.test.ts is about those.
const isDear = ({ path }: Operation): boolean => path.includes('/message-templates/')

test('SQL in every text of every body: it is stored as it is, or refused', async () => {
  let tried = 0
  const tables = await tableNames()
  for (const operation of operations) {
    const { body } = operation
    if (!body || operation.takes_bytes || isDear(operation)) continue
    const places = placesOf(body, fittingValue(body), (value) => value)
    const bodies = places.flatMap((put, turn) =>
      sql.filter((_, i) => (i + turn) % words_each === 0).map((text) => JSON.stringify(put(text))),
    )
    await inTurns(bodies, async (text) => {
      const sent = { values: valuesFor(operation), text }
      await say(operation, sent, `${operation.name} ${text.slice(0, 200)}`)
      tried += 1
    })
  }
  assert(tried > 300, `${tried}`)
  assert.deepEqual(await tableNames(), tables)
  const { rows } = await world.db.query('select from orders')
  assert(rows.length > 0, 'the orders are gone')
})

async function tableNames(): Promise<string[]> {
  const { rows } = await world.db.query<{ name: string }>(
    "select relname as name from pg_class where relkind = 'r' order by oid",
  )
  return rows.map(({ name }) => name)
}

test('line ends in addresses and headers make no header of an answer', async () => {
  const ends = [
    '%0d%0ax-injected:%20yes',
    '%0ax-injected:%20yes',
    '%E5%98%8D%E5%98%8Ax-injected:yes',
  ]
  const key = `authorization: Bearer ${world.keys.secret_key}`
  let tried = 0
  for (const operation of operations.filter(({ method }) => method === 'GET')) {
    for (const end of ends) {
      const paths = [
        `${addressOf(operation, valuesFor(operation))}?after=a${end}&q=a${end}`,
        addressOf(operation, { ...valuesFor(operation), id: `a${end}` }).replaceAll('%25', '%'),
        `${addressOf(operation, valuesFor(operation))}${end}`,
      ]
      await inTurns(paths, async (path) => {
        if (/stream|events(\?|%|$)/.test(path)) return
        const told = await sendRaw(world.url, `GET ${path} HTTP/1.1\r\nhost: a\r\n${key}\r\n\r\n`)
        const [head] = told.heard.split('\r\n\r\n')
        assert.doesNotMatch(head!, /^x-injected/im, path)
        assert(told.status >= 200 && told.status < 500, `${path} ${head}`)
        tried += 1
      })
    }
  }
  assert(tried > 400, `${tried}`)
  const { web } = world.keys.keys
  for (const name of ['idempotency-key', 'x-request-id', 'origin', 'x-cart-token', 'host']) {
    const bytes = `GET /store/shop HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${web}\r\n`
    const told = await sendRaw(world.url, `${bytes}${name}: a\tx-injected: yes\x0b\r\n\r\n`)
    assert.doesNotMatch(told.heard.split('\r\n\r\n')[0]!, /x-injected/i, name)
  }
  await watch.accept()
})

const up = ['..', '%2e%2e', '.%2e', '%252e%252e', '..%00', '..;', '%c0%ae%c0%ae', '%uff0e%uff0e']
const slashes = ['/', '%2f', '%252f', '\\', '%5c', '%c0%af', '//']
const roots = [
  '/media/',
  '/docs/',
  '/docs/js/',
  '/problems/',
  '/o/',
  `/store/orders/${nobody}/invoices/`,
]

test('no address leads out of its folder, however it is written', async () => {
  const paths: (readonly [path: string, headers: string])[] = []
  const look = (path: string, headers = ''): void => void paths.push([path, headers])
  const go = async ([path, headers]: readonly [string, string]): Promise<void> => {
    const told = await sendRaw(world.url, `GET ${path} HTTP/1.1\r\nhost: a\r\n${headers}\r\n`)
    assert.doesNotMatch(told.heard, /root:|"dependencies"|"private":|\[package\]/, path)
    assert(told.status === 0 || (told.status >= 300 && told.status < 500), `${path} ${told.status}`)
  }
  for (const root of roots) {
    for (const dots of up) {
      for (const slash of slashes) {
        for (const file of [`etc${slash}passwd`, 'package.json', `admin${slash}orders`]) {
          look(`${root}${`${dots}${slash}`.repeat(6)}${file}`)
        }
        look(`${root}mug-blue.svg${slash}${dots}${slash}a`)
      }
    }
    for (const odd of ['a.svg%00.png', '%00', 'file:///etc/passwd', '/etc/passwd', 'C:%5cwindows'])
      look(`${root}${odd}`)
  }
  const key = `authorization: Bearer ${world.keys.secret_key}\r\n`
  for (const kind of ['invoices', 'shipments']) {
    for (const dots of up) {
      look(`/admin/${kind}/${dots}%2f${dots}%2fetc%2fpasswd/pdf`, key)
      look(`/admin/${kind}/${dots}%2f${dots}%2fetc%2fpasswd/label`, key)
    }
  }
  assert(paths.length > 1_000, `${paths.length}`)
  await inTurns(paths, go)
  await watch.assertUnchanged('addresses of files')
})

test('no other way to write an address opens the back office without a key', async () => {
  const ways = [
    '/admin//orders',
    '//admin/orders',
    '/ADMIN/orders',
    '/Admin/Orders',
    '/admin/orders/',
    '/admin/orders/.',
    '/admin/./orders',
    '/admin;a=b/orders',
    '/admin/orders;a',
    '/admin/orders%2f',
    '/admin%2forders',
    '/%61dmin/orders',
    '/%2561dmin/orders',
    '/store/../admin/orders',
    '/store/%2e%2e/admin/orders',
    '/store/..%2fadmin/orders',
    '/healthz/../admin/orders',
    '/admin/orders%00',
    '/admin/orders%20',
    '/admin/orders#',
    '/admin/orders?/store/',
    '/store/?/../admin/orders',
    '\\admin\\orders',
    'http://shop/admin/orders',
  ]
  const lies = [
    '',
    'x-original-url: /admin/orders\r\nx-rewrite-url: /admin/orders\r\n',
    'x-forwarded-for: 127.0.0.1\r\nx-forwarded-host: localhost\r\nforwarded: for=127.0.0.1\r\n',
    `authorization: Bearer ${world.keys.keys.web}\r\n`,
    `idempotency-key: ${freshKey()}\r\nx-http-method-override: GET\r\n`,
  ]
  for (const way of ways) {
    for (const lie of lies) {
      const told = await sendRaw(world.url, `GET ${way} HTTP/1.1\r\nhost: a\r\n${lie}\r\n`)
      assert(told.status === 0 || (told.status >= 400 && told.status < 500), `${way} ${told.heard}`)
    }
  }
})
