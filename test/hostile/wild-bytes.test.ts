// Bytes where files and webhooks come in, and where JSON belongs: of no kind, of the wrong kind,
// under a wrong name. And files of goods in which every cell may hold anything.
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { systemClock } from '#src/lib/clock.ts'
import type { Currency } from '#src/lib/money.ts'
import { Refusal } from '#src/lib/refusal.ts'
import { sha256 } from '#src/lib/signature.ts'
import { type ImportSummary, importProducts } from '#src/offers/import-products.ts'
import { head_columns, row_columns } from '#src/offers/product-columns.ts'
import type { Json } from '#test/journeys/steps.ts'
import { sizeOf } from '#test/proof.ts'
import { admin, ask, openWorld } from '#test/world.ts'
import { assertTold, attack, behind_proxy, fillShop, idsFor, inTurns, readIds } from './attacker.ts'
import { nobody, type Operation, readOperations } from './document.ts'
import { sendRaw } from './raw-http.ts'
import { watchTables } from './unchanged.ts'
import { fittingValue } from './values.ts'

const world = await openWorld({ worker: false, ...behind_proxy })
await fillShop(world)
const operations = await readOperations(world.url)
const ids = await readIds(world)
const watch = await watchTables(world.db)

type Bytes = Uint8Array<ArrayBuffer>

/** Bytes that look like nothing, the same in each run. */
const noise = (bytes: number): Bytes =>
  Buffer.concat(Array.from({ length: Math.ceil(bytes / 32) }, (_, i) => sha256(`noise ${i}`)))

const wild: readonly (readonly [what: string, bytes: Bytes])[] = [
  ['one NUL', Buffer.from([0])],
  ['NULs', Buffer.alloc(10_000)],
  ['no UTF-8', Buffer.from([0xff, 0xfe, 0xc0, 0xaf, 0xed, 0xa0, 0x80, 0xf5])],
  ['UTF-16', Buffer.from('\ufeff{"a":"b"}', 'utf16le')],
  ['a byte order mark and JSON', Buffer.from('\ufeff{}')],
  ['JSON cut off', Buffer.from('{"a":"b')],
  ['JSON that is no object', Buffer.from('"text"')],
  ['names of every object', Buffer.from('{"__proto__":{"a":1},"constructor":{"prototype":{}}}')],
  ['one name twice', Buffer.from('{"id":"a","id":{"b":1}}')],
  ['a number of a thousand digits', Buffer.from(`{"amount":${'9'.repeat(1_000)}}`)],
  ['levels', Buffer.from('['.repeat(100_000))],
  ['one line', Buffer.from('x'.repeat(200_000))],
  ['noise', noise(60_000)],
  ['packed', gzipSync('{}')],
  ['a zip', Buffer.concat([Buffer.from('PK\x03\x04'), noise(2_000)])],
  ['a form', Buffer.from('name=a&version=1&name=b')],
  ['parts', Buffer.from('--x\r\ncontent-disposition: form-data; name="file"\r\n\r\na\r\n--x--')],
  ['CSV', Buffer.from(`Handle,Title\n=1+1,"' or '1'='1"\n${'a,'.repeat(5_000)}`)],
  ['markup', Buffer.from('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>')],
]
const media_types = [
  'application/json',
  'application/json; charset=utf-16',
  'application/octet-stream',
  'text/csv; charset=x-none',
  'multipart/form-data; boundary=x',
  'multipart/form-data',
  'application/x-www-form-urlencoded',
  'application/xml',
  `a/b; c=${'d'.repeat(4_000)}`,
] as const
const no_media_types = ['application/json, text/plain', 'no type', '/'] as const
const codings = ['identity', 'gzip', 'br', 'zstd', 'gzip, gzip', 'nonsense'] as const

const valuesFor = (operation: Operation): Record<string, string> =>
  Object.fromEntries(
    Object.entries(idsFor(operation, ids)).map(([name, some]) => [name, some[0] ?? nobody]),
  )
const headersOf = (turn: number): Record<string, string> => ({
  'content-type': media_types[turn % media_types.length]!,
  ...(turn % 3 === 0 ? { 'content-encoding': codings[turn % codings.length]! } : {}),
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
  await inTurns([...wild.entries()], async ([n, [what, text]]) => {
    const values = { id, n: String(n) }
    const headers = headersOf(n)
    const { status } = await attack(world, operation, { values, text, headers })
    assert.equal(status, 204, `${what} ${JSON.stringify(headers)}`)
  })
  const whole = Buffer.concat(wild.map(([, bytes]) => bytes))
  const body = { sha256: sha256(whole).toString('hex') }
  const closed = await admin(world, 'PUT', `/admin/digital-files/${id}/complete`, body)
  assert.deepEqual([closed.status, closed.body.bytes], [200, whole.length], JSON.stringify(closed))
})

test('parts of no file, without bytes, of a file that is closed, too many: nothing is kept', async () => {
  const operation = operations.find(({ path }) => path === '/admin/digital-files/{id}/parts/{n}')!
  const open = await openFile()
  const closed = await openFile()
  const good = { text: Buffer.from('a'), headers: { 'content-type': 'text/plain' } }
  await attack(world, operation, { values: { id: closed, n: '0' }, ...good })
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
    const answer = await attack(world, operation, { ...good, values: { id, n }, text })
    assertTold(answer, n)
    assert(answer.status >= 400, `${n} ${answer.status}`)
  }
  for (const type of no_media_types) {
    const sent = { values: { id: open, n: '0' }, ...good, headers: { 'content-type': type } }
    assert.equal((await attack(world, operation, sent)).code, 'unsupported_media_type', type)
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
  const requests = plugins.flatMap((plugin) => wild.map((one, i) => ({ plugin, one, i })))
  await inTurns(requests, async ({ plugin, one: [what, text], i }) => {
    const signature = signatures[i % signatures.length]!
    const headers = Object.fromEntries(signed.map((name) => [name, signature]))
    const answer = await attack(world, hook, {
      values: { plugin },
      text,
      headers: { ...headers, ...headersOf(i) },
    })
    assertTold(answer, `${plugin} ${what}`)
    assert(answer.status >= 400, `${plugin} ${what} ${answer.status}`)
  })
  await watch.assertUnchanged('webhooks')
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
  for (const [what, bytes] of [['nothing', Buffer.alloc(0)] as const, ...wild]) {
    if (what === 'CSV') continue
    const told = await load(bytes)
    assert(told instanceof Refusal, `${what} was taken: ${JSON.stringify(told)}`)
    assert.equal(told.code, 'invalid_input', what)
    assert(told.detail['reason'], what)
  }
  assert.deepEqual((await world.db.query(tables)).rows, before)
})

const columns = [...head_columns, ...row_columns, 'variant sku', 'variant barcode']
const cells = [
  '\0',
  'a\0b',
  '',
  "'; drop table product; --",
  "'||(select pg_sleep(9))||'",
  '=cmd|calc!A1',
  '{{ 7 | times: 7 }}',
  '<script>alert(1)</script>',
  '<'.repeat(3_000),
  '__proto__',
  '../../etc/passwd',
  'http://169.254.169.254/latest',
  'javascript:alert(1)',
  '\u202e\u200b',
  '\u{1f600}'.repeat(300),
  '\\,'.repeat(200),
  '>'.repeat(200),
  'e\u0301'.repeat(400),
  'x'.repeat(20_000),
  '-1',
  '1e400',
  '0x10',
  'NaN',
  '99999999999999999999999',
  '0.00000001',
  '1,5',
  '4111111111111111',
  '2026-02-30',
] as const

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
    for (const cell of cells.filter((_, i) => (i + turn) % cells_each === 0)) {
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
  const listed: Json = await admin(world, 'GET', '/admin/products?limit=100')
  assert.equal(listed.status, 200)
  const { status, body } = await admin(world, 'GET', '/admin/exports/products')
  assert.equal(status, 200)
  assert.match(String(body), /the-last-one/)
  assert.doesNotMatch(String(body), /root:/)
})

/** Of the wild bytes, each so many is sent to each route, others to the next. */
const each = sizeOf('BYTES_EACH', 7)

test('bytes where JSON belongs: refused by every route that writes, and nothing is written', async () => {
  await watch.accept()
  let tried = 0
  const writing = operations.filter(({ method, takes_bytes }) => method !== 'GET' && !takes_bytes)
  for (const [turn, operation] of writing.entries()) {
    const some = wild.filter((_, i) => (i + turn) % each === 0)
    // Also what would be good, under a name that is not that of JSON.
    const good = JSON.stringify(fittingValue(operation.body ?? {}))
    const types = [...media_types.slice(2), ...no_media_types]
    const type = types[turn % types.length]!
    const sent = [
      ...some.map(([, text]) => ({ text, headers: {} })),
      { text: good, headers: { 'content-type': type } },
      { text: good, headers: { 'content-encoding': codings[1 + (turn % 5)]! } },
    ]
    let is_refused = true
    await inTurns(sent, async ({ text, headers }) => {
      const values = valuesFor(operation)
      const answer = await attack(world, operation, { values, text, headers })
      assertTold(answer, `${operation.name} ${JSON.stringify(headers)}`)
      is_refused &&= answer.status >= 400
      tried += 1
    })
    if (is_refused) await watch.assertUnchanged(operation.name)
    else await watch.accept()
  }
  assert(tried > 500, `${tried}`)
})
