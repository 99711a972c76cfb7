// Words that mean something to a database, a header or a file system, in every place that takes
// words. They stay words.
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { systemClock } from '#src/lib/clock.ts'
import type { Currency } from '#src/lib/money.ts'
import { Refusal } from '#src/lib/refusal.ts'
import { sha256 } from '#src/lib/signature.ts'
import { type ImportSummary, importProducts } from '#src/offers/import-products.ts'
import { head_columns, row_columns } from '#src/offers/product-columns.ts'
import { sizeOf } from '#test/proof.ts'
import { admin, ask, freshKey, openWorld } from '#test/world.ts'
import { assertTold, attack, behind_proxy, fillShop, idsFor, inTurns, readIds } from './attacker.ts'
import { addressOf, nobody, type Operation, readOperations } from './document.ts'
import { isFree, placesOf } from './places.ts'
import { sendRaw } from './raw-http.ts'
import { someOf } from './some-of.ts'
import { watchTables } from './unchanged.ts'
import { fittingValue } from './values.ts'
import { wild_bytes, wild_cells } from './wild-things.ts'

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
      someOf(sql, words_each, turn).map((text) => JSON.stringify(put(text))),
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

/** Where staff sign in nobody has a key yet. */
const isOpen = ({ security }: Operation): boolean => security.length === 0

test('where a request comes from is believed of the proxy only, and opens no door', async () => {
  const staff = operations.filter(({ path }) => path.startsWith('/admin/'))
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
    const one = {
      values: valuesFor(operation),
      headers: { ...lies, 'idempotency-key': freshKey() },
    }
    const { status, code } = await attack(world, operation, one)
    assert(
      status === 401 || status === 403 || isOpen(operation),
      `${operation.name} ${status} ${code}`,
    )
  })
  await watch.accept()
})

const target = {
  channel_id: world.frame.web,
  location_id: world.frame.berlin,
  price_list_id: world.frame.eur_list,
  currency: 'EUR' as Currency,
}
async function load(bytes: Uint8Array): Promise<ImportSummary | Refusal> {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += 4_099) yield bytes.subarray(at, at + 4_099)
  }
  try {
    return await importProducts(world.db, Readable.from(chunks()), {
      file_name: 'wild.csv',
      file_hash: sha256(bytes).toString('hex'),
      target,
      clock: systemClock,
    })
  } catch (error) {
    // Whatever else was thrown is a fault of ours.
    if (error instanceof Refusal) return error
    throw error
  }
}
const isThere = async (handle: string): Promise<boolean> =>
  (await world.db.query('select from product where handle = $1', [handle])).rows.length > 0

test('a file of goods that is none: refused with a reason, and nothing of it goes in', async () => {
  const tables = 'select count(*)::int as n from product'
  const { rows: before } = await world.db.query(tables)
  for (const [what, bytes] of [['nothing', Buffer.alloc(0)] as const, ...wild_bytes]) {
    if (what === 'CSV') continue
    const told = await load(bytes)
    assert(told instanceof Refusal, `${what} was taken: ${JSON.stringify(told)}`)
    assert.equal(told.code, 'invalid_input', what)
    assert(told.detail['reason'], what)
  }
  assert.deepEqual((await world.db.query(tables)).rows, before)
})

const columns = [...head_columns, ...row_columns, 'variant sku', 'variant barcode']
const good_row: Readonly<Record<string, string>> = {
  title: 'Wild',
  'option1 name': 'Title',
  'option1 value': 'Default Title',
  'variant price': '9.90',
  'variant inventory qty': '1',
  status: 'active',
}
const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`
const rowOf = (row: Readonly<Record<string, string>>): string =>
  columns.map((name) => quoted(row[name] ?? '')).join()

/** Of the wild cells, each so many is put into each column, others into the next. */
const cells_each = sizeOf('CELLS_EACH', 2)

test('anything in any cell of a file of goods: the row is in, or told by its line', async () => {
  const rows: { handle: string; sent: Record<string, string> }[] = []
  for (const [turn, column] of columns.slice(1).entries()) {
    for (const cell of someOf(wild_cells, cells_each, turn)) {
      const handle = `wild-${rows.length}`
      const own = { handle, 'variant sku': handle.toUpperCase() }
      rows.push({ handle, sent: { ...good_row, ...own, [column]: cell } })
    }
  }
  const last = rowOf({ ...good_row, handle: 'the-last-one', 'variant sku': 'THE-LAST-ONE' })
  const text = [columns.join(), ...rows.map(({ sent }) => rowOf(sent)), last].join('\n')
  const told = await load(Buffer.from(text))
  assert(!(told instanceof Refusal), JSON.stringify(told))
  const refused = new Set(told.refusals.map(({ line }) => line))
  assert.equal(told.rows_refused, refused.size)
  assert.equal(told.lines, rows.length + 2, 'it was read to its end')
  assert(await isThere('the-last-one'))
  for (const [i, { handle, sent }] of rows.entries()) {
    const is_in = await isThere(handle)
    assert.equal(is_in, !refused.has(i + 2), `${JSON.stringify(sent).slice(0, 300)}: in or told?`)
  }
  assert(refused.size > 50 && refused.size < rows.length - 50, `${refused.size} of ${rows.length}`)
})

test('rows that are broken cost themselves: what stands around them is in', async () => {
  const good = (handle: string): string =>
    rowOf({ ...good_row, handle, 'variant sku': handle.toUpperCase() })
  const broken: readonly (string | Uint8Array)[] = [
    'a,"b',
    `"${'x'.repeat(3_000)}`,
    `${'a,'.repeat(1_200)}`,
    Buffer.from([0x61, 0x2c, 0xff, 0xfe, 0x2c, 0xed, 0xa0, 0x80]),
    'a\0,b',
    '"a"b"c"d"',
    ','.repeat(columns.length + 5),
  ]
  for (const [i, one] of broken.entries()) {
    const [before, after] = [`before-${i}`, `after-${i}`]
    const parts = [columns.join(), '\n', good(before), '\n', one, '\n', good(after), '\n']
    const told = await load(Buffer.concat(parts.map((part) => Buffer.from(part as string))))
    assert(!(told instanceof Refusal), JSON.stringify(told))
    assert.deepEqual(
      [await isThere(before), await isThere(after), told.refusals.some(({ line }) => line === 3)],
      [true, true, true],
      `${i} ${JSON.stringify(told.refusals)}`,
    )
  }
})

test('a shop full of such goods still shows, searches and exports them', async () => {
  const paths = [
    '/store/products?limit=100',
    '/store/search?q=wild',
    '/store/products/the-last-one',
    '/store/categories',
  ]
  for (const path of paths) {
    const { status, body } = await ask(world, 'GET', path)
    assert.equal(status, 200, `${path} ${JSON.stringify(body).slice(0, 300)}`)
  }
  const listed = await admin(world, 'GET', '/admin/products?limit=100')
  assert.equal(listed.status, 200)
  const { status, body } = await admin(world, 'GET', '/admin/exports/products')
  assert.equal(status, 200)
  assert.match(String(body), /the-last-one/)
  assert.doesNotMatch(String(body), /root:/)
})
