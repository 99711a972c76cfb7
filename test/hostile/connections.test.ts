// What no browser sends: too much, too slowly, two lengths at once, no HTTP at all. Each is
// answered with a code or hung up on, never with a fault of ours, and the server goes on.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { freshKey, openWorld, until } from '#test/world.ts'
import { nobody } from './document.ts'
import { type Line, openLine, sendRaw, type Told, untilClosed } from './raw-http.ts'
import { watchTables } from './unchanged.ts'

const patience = { headers_ms: 500, request_ms: 1_000, look_ms: 100 }
const world = await openWorld({ worker: false, server: { patience } })
const { web } = world.keys.keys
const watch = await watchTables(world.db)

const head = (method: string, path: string, ...more: readonly string[]): string =>
  [
    `${method} ${path} HTTP/1.1`,
    'host: shop',
    `authorization: Bearer ${web}`,
    ...more,
    '',
    '',
  ].join('\r\n')
const json = 'content-type: application/json'
const start = (...more: readonly string[]): string =>
  head('POST', '/store/carts', json, `idempotency-key: ${freshKey()}`, ...more)
const products = head('GET', '/store/products?limit=1')

/** The server is well: it answers a usual request at once, and nothing was written meanwhile. */
async function assertUnharmed(what: string): Promise<void> {
  const answer = await fetch(`${world.url}/store/products?limit=1`, {
    headers: { authorization: `Bearer ${web}` },
  })
  assert.equal(answer.status, 200, what)
  await answer.text()
  await watch.assertUnchanged(what)
}
const toldOf = ({ status, code }: Told): string => `${status} ${code}`

const kib = 1024
const large = 'x'.repeat(300 * kib)

test('a body that announces too much is refused before it comes', async () => {
  const told = await sendRaw(world.url, start(`content-length: ${10 ** 9}`))
  assert.equal(toldOf(told), '413 body_too_large')
  await assertUnharmed('an announced gigabyte')
})

test('a body in chunks is refused when it grows too large, and hung up on when it goes on', async () => {
  const chunk = `${large.length.toString(16)}\r\n${large}\r\n`
  const told = await sendRaw(world.url, start('transfer-encoding: chunked') + chunk)
  assert.equal(toldOf(told), '413 body_too_large')
  const endless = await openLine(world.url)
  endless.write(start('transfer-encoding: chunked'))
  const before = process.memoryUsage().rss
  let sent = 0
  await until('the server hangs up', async () => {
    endless.write(chunk)
    sent += 1
    return endless.isClosed()
  })
  // Who is hung up on while sending may lose what was said to them.
  assert.match(endless.heard(), /^$|^HTTP\/1\.1 413 /)
  endless.socket.destroy()
  const grown = (process.memoryUsage().rss - before) / kib / kib
  assert(grown < 200, `${grown.toFixed()} MiB more after ${sent} chunks`)
  await assertUnharmed('endless chunks')
})

test('what is packed is not unpacked: a bomb stays small', async () => {
  const bomb = gzipSync(Buffer.alloc(100 * kib * kib, 0x20))
  assert(bomb.length < 256 * kib)
  for (const coding of ['gzip', 'deflate', 'br', 'identity, gzip']) {
    const answer = await fetch(`${world.url}/store/carts`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${web}`,
        'content-type': 'application/json',
        'content-encoding': coding,
        'idempotency-key': freshKey(),
      },
      body: bomb,
    })
    const { code } = (await answer.json()) as { code: string }
    assert.equal(`${answer.status} ${code}`, '400 malformed_json', coding)
  }
  await assertUnharmed('a bomb')
})

test('many mistakes in one body cost neither much time nor much memory', async () => {
  const before = process.memoryUsage().rss
  const bodies = [
    `{"lines":[${'{},'.repeat(60_000)}{}]}`,
    `{${Array.from({ length: 20_000 }, (_, i) => `"a${i}":1`).join()}}`,
    `{"email":"${'a@'.repeat(100_000)}"}`,
    `{"email":"${'('.repeat(200_000)}"}`,
    `{"lines":[${'1e999,'.repeat(30_000)}0]}`,
    '[['.repeat(60_000) + ']]'.repeat(60_000),
    `{"email":"${'4242 '.repeat(40_000)}"}`,
    `{"email":"${'\\u0660'.repeat(40_000)}"}`,
    `{"email":"${'1\u200b'.repeat(50_000)}"}`,
    // Staff may send 4 MB of goods at once.
    `{"title":"a","variants":[${'{},'.repeat(1_300_000)}{}]}`,
    `{"title":"a","variants":[${'[],'.repeat(1_300_000)}[]]}`,
    `{"title":"a","variants":[{"sku":"a","price":1,${'"x":1,'.repeat(600_000)}"y":1}]}`,
  ]
  for (const body of bodies) {
    const before_it = process.cpuUsage()
    const [path, key] = body.includes('variants')
      ? ['/admin/products', world.keys.secret_key]
      : ['/store/carts', web]
    const answer = await fetch(`${world.url}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        'idempotency-key': freshKey(),
      },
      body,
    })
    const text = await answer.text()
    // Of the processor, whatever else the machine does.
    const { user, system } = process.cpuUsage(before_it)
    const ms = (user + system) / 1_000
    assert(answer.status >= 400 && answer.status < 500, `${answer.status} ${body.slice(0, 40)}`)
    assert(text.length < 20_000, `${text.length} letters about ${body.slice(0, 40)}`)
    assert(ms < 2_000, `${ms.toFixed()} ms for ${body.slice(0, 40)}`)
  }
  const grown = (process.memoryUsage().rss - before) / kib / kib
  assert(grown < 400, `${grown.toFixed()} MiB more`)
  await assertUnharmed('many mistakes')
})

/** Writes one more byte now and then until the server has had enough. */
async function trickle(line: Line, bytes: string): Promise<void> {
  for (const byte of bytes) {
    if (line.isClosed()) return
    line.write(byte)
    await new Promise((resolve) => setTimeout(resolve, 40))
  }
}

test('40 slow senders of headers and of bodies are cut off, and the others are served', async () => {
  const lines: Line[] = []
  for (let i = 0; i < 40; i++) {
    const line = await openLine(world.url)
    lines.push(line)
    if (i % 2 === 0) void trickle(line, `GET /store/products HTTP/1.1\r\nx-slow: ${large}`)
    else {
      line.write(start('content-length: 100000'))
      void trickle(line, large)
    }
  }
  const began = performance.now()
  let served = 0
  while (lines.some((line) => !line.isClosed())) {
    const asked = performance.now()
    await assertUnharmed('slow senders')
    assert(performance.now() - asked < 1_000, 'others wait for the slow ones')
    served += 1
    assert(performance.now() - began < 10_000, 'slow senders are still connected')
  }
  assert(served > 5, `${served}`)
  for (const line of lines) {
    const told = await untilClosed(line)
    assert.match(told.heard, /^HTTP\/1\.1 408 /)
    assert.equal(told.code, 'request_timeout')
  }
  // They do not close their own side: the server must not wait for that.
  await until('the server has closed its side', async () => {
    const answers = await Promise.all(lines.map(({ socket }) => isDead(socket)))
    return answers.every(Boolean)
  })
})

/** Whether the other side has gone wholly: what is written to it comes back as an error. */
const isDead = async (socket: Line['socket']): Promise<boolean> => {
  if (!socket.destroyed) socket.write('x', () => {})
  return socket.destroyed || socket.closed || !socket.writable
}

test('too many headers, one too large, an address too long', async () => {
  const many = Array.from({ length: 3_000 }, (_, i) => `x-${i}: ${i}`)
  const cases: readonly (readonly [string, string])[] = [
    [head('GET', '/store/products', ...many), '431 headers_too_large'],
    [head('GET', '/store/products', `x-large: ${large}`), '431 headers_too_large'],
    [head('GET', `/store/products?q=${large}`), '431 headers_too_large'],
    [head('GET', `/store/products?q=${'x'.repeat(8_000)}`), '400 invalid_input'],
    [head('GET', `/store/products/${'x'.repeat(8_000)}`), '404 not_found'],
    [head('GET', `/${'a/'.repeat(4_000)}`), '404 not_found'],
    [head('GET', '/store/products?limit=1', `cookie: ${'a=b; '.repeat(2_000)}`), '200 '],
  ]
  for (const [request, says] of cases) {
    const told = await sendRaw(world.url, request)
    assert.equal(toldOf(told), says, request.slice(0, 60))
  }
  await assertUnharmed('large headers')
})

test('two lengths, odd lengths and odd codings are refused, and nothing is smuggled behind', async () => {
  const smuggled = head('DELETE', `/store/carts/${nobody}/lines/${nobody}`)
  const chunk = `0\r\n\r\n${smuggled}`
  const length = `content-length: ${chunk.length}`
  const requests = {
    'both lengths': start(length, 'transfer-encoding: chunked') + chunk,
    'both, the other way round': start('transfer-encoding: chunked', length) + chunk,
    'two lengths': start('content-length: 0', length) + chunk,
    'two lengths in one': start('content-length: 0, 5') + chunk,
    'a length with a sign': start('content-length: +5') + chunk,
    'a length below zero': start('content-length: -1') + chunk,
    'a length in hex': start('content-length: 0x5') + chunk,
    'a coding that is none': start('transfer-encoding: xchunked') + chunk,
    'a coding behind another': start('transfer-encoding: chunked, identity') + chunk,
    'a coding twice': start('transfer-encoding: chunked', 'transfer-encoding: identity') + chunk,
    'a space before the colon': start(`content-length : ${chunk.length}`) + chunk,
    'a folded header': start('x-a: b', ' transfer-encoding: chunked') + chunk,
    'a bare line feed': start('x-a: b\ntransfer-encoding: chunked') + chunk,
    'a bare return': start('x-a: b\rtransfer-encoding: chunked') + chunk,
    'a NUL in a header': start('x-a: b\0c') + chunk,
    'a chunk with a wrong size': `${start('transfer-encoding: chunked')}zz\r\n${smuggled}`,
    'a chunk without its end': `${start('transfer-encoding: chunked')}1\r\nab\r\n${chunk}`,
    'endless words behind a chunk': `${start('transfer-encoding: chunked')}1;${large}\r\nx\r\n`,
  }
  for (const [what, request] of Object.entries(requests)) {
    const told = await sendRaw(world.url, request)
    assert(told.status === 0 || (told.status >= 400 && told.status < 500), `${what} ${told.heard}`)
    assert(told.status === 0 || told.code !== '', `${what}: no code in ${told.heard}`)
    assert.doesNotMatch(told.heard, /token_|not_found/, `${what}: the smuggled request was read`)
    await assertUnharmed(what)
  }
})

test('garbage before, between and behind requests ends the connection', async () => {
  const cases = {
    'no HTTP': 'this is not http\r\n\r\n',
    TLS: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'HTTP/0.9': 'GET /store/products\r\n\r\n',
    'HTTP/3.7': 'GET /store/products HTTP/3.7\r\nhost: a\r\n\r\n',
    'no host': 'GET /store/products HTTP/1.1\r\n\r\n',
    'only NUL': '\0'.repeat(1_000),
    'an address with a space': 'GET /store/ products HTTP/1.1\r\nhost: a\r\n\r\n',
    'no method': ' / HTTP/1.1\r\nhost: a\r\n\r\n',
  }
  for (const [what, bytes] of Object.entries(cases)) {
    const line = await openLine(world.url)
    line.write(bytes)
    const told = await untilClosed(line)
    line.socket.destroy()
    assert(told.status === 0 || (told.status >= 400 && told.status < 500), told.heard)
    await assertUnharmed(what)
  }
  const line = await openLine(world.url)
  line.write(`${products}${products}garbage\r\n\r\n${products}`)
  const told = await untilClosed(line)
  assert(told.answers <= 3, told.heard)
  assert.match(told.heard, /"malformed_request"[^}]*}$/)
  line.socket.destroy()
})

test('methods that a route does not have, and such as nobody has', async () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    [head('HEAD', '/store/products'), /^405 /],
    [head('TRACE', '/store/products'), /^(405|404) /],
    [head('PROPFIND', '/store/products'), /^(405|404) /],
    [head('BREW', '/store/products'), /^400 malformed_request/],
    [head('get', '/store/products'), /^400 malformed_request/],
    [head('CONNECT', 'shop:443'), /^0 |^40\d /],
    [head('OPTIONS', '*'), /^40\d /],
    [head('GET', 'http://169.254.169.254/latest/meta-data/'), /^40\d /],
    [head('GET', '//169.254.169.254/store/products'), /^40\d /],
    [head('GET', '/store/products', 'upgrade: h2c', 'connection: upgrade'), /^(200|40\d) /],
    [head('GET', '/store/products', 'upgrade: websocket', 'connection: upgrade'), /^(200|40\d) /],
    [start('expect: 100-continue', 'content-length: 1000000000'), /^413 |^100 /],
    [head('GET', '/store/products', 'expect: a-miracle'), /^417 |^40\d /],
    [head('POST', '/store/products', 'x-http-method-override: GET'), /^405 /],
  ]
  for (const [request, says] of cases) {
    const told = await sendRaw(world.url, request)
    assert.match(`${told.status} ${told.code}`, says, request.split('\r\n')[0])
    assert(!/^trace/i.test(told.heard) && !told.heard.includes(web), 'a request is told back')
    await assertUnharmed(request.split('\r\n')[0]!)
  }
})

test('who never asks, or asks by half, is let go', async () => {
  const idle = await openLine(world.url)
  const told = await untilClosed(idle)
  assert.match(`${told.status} ${told.code}`, /^408 request_timeout|^0 $/)
  const kept = await openLine(world.url)
  kept.write(products)
  await until('an answer', async () => kept.heard().includes('"items"'), 10_000, 5)
  kept.write('GET /store/products')
  assert.match((await untilClosed(kept)).heard, /request_timeout/)
  await assertUnharmed('idle connections')
})
