// Staff enter a name of the open internet, and whoever owns it says where it leads: inward, today
// or the next time it is asked for; or whoever answers there sends us on. Somebody listens inside
// and is never called, over the whole way that a webhook goes.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttp, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer, isIP } from 'node:net'
import { test } from 'node:test'
import {
  openStrangers,
  publicLookup,
  type Resolver,
  type Strangers,
} from '#src/lib/stranger-client.ts'
import { atEnd } from '#test/cleanup.ts'
import type { Json } from '#test/journeys/steps.ts'
import { openClock } from '#test/movable-clock.ts'
import { admin, complete, fillCart, openWorld, until } from '#test/world.ts'

// On all addresses of this machine, as what listens inside mostly does.
let connections = 0
const heard: string[] = []
const inside = createServer((socket) => {
  connections += 1
  socket.on('data', (bytes) => heard.push(bytes.toString('latin1')))
  socket.on('error', () => {})
})
inside.listen(0)
await once(inside, 'listening')
atEnd(() => inside.close())
const { port } = inside.address() as AddressInfo

/** What each name resolves to, the first time it is asked for and later; the last one stays. */
const zone = new Map<string, string[][]>()
const questions: string[] = []
const answerOf = (hostname: string): string[] => {
  questions.push(hostname)
  const answers = zone.get(hostname) ?? []
  return (answers.length > 1 ? answers.shift() : answers[0]) ?? []
}
const resolver: Resolver = (hostname, _options, callback) => {
  const found = answerOf(hostname).map((address) => ({ address, family: isIP(address) }))
  const error = Object.assign(new Error(hostname), { code: 'ENOTFOUND' })
  process.nextTick(() => (found.length > 0 ? callback(null, found) : callback(error, [])))
}

const careful = openStrangers(false, publicLookup(resolver))
/** How webhooks get out at the moment. */
let way: Strangers = careful
const clock = openClock()
const strangers: Strangers = {
  get allow_private() {
    return way.allow_private
  },
  send: (request) => way.send(request),
}
const world = await openWorld({ clock, strangers })
const path = '/admin/webhook-endpoints'

/** An address of the open internet that nobody has been given, so that nobody is called there. */
const nowhere = '2d00::1'

async function enter(url: string, more: object = { enabled: false }): Promise<string> {
  const { status, body } = await admin(world, 'POST', path, {
    url,
    kinds: ['order.placed'],
    ...more,
  })
  assert.equal(status, 201, `${url} ${JSON.stringify(body)}`)
  return body.endpoint.id
}
const log = async (id: string): Promise<Json[]> =>
  (await admin(world, 'GET', `${path}/${id}/deliveries`)).body.items

/** Sends a ping by the worker; resolves with what came of it. */
async function ping(id: string): Promise<Json> {
  const { status } = await admin(world, 'POST', `${path}/${id}/ping`)
  assert.equal(status, 202)
  const [entry] = await until(
    'what came of it',
    async () => {
      const items = await log(id)
      return items.length > 0 && items.every(({ state }) => state !== 'waiting') && items
    },
    30_000,
    100,
  )
  return entry
}
const remove = async (id: string): Promise<void> => {
  assert.equal((await admin(world, 'DELETE', `${path}/${id}`)).status, 204)
}

const private_addresses = [
  '127.0.0.1',
  '127.8.8.8',
  '0.0.0.0',
  '::1',
  '::',
  '::ffff:127.0.0.1',
  '::127.0.0.1',
  '64:ff9b::127.0.0.1',
  '2002:7f00:1::',
  '10.0.0.7',
  '172.31.255.254',
  '192.168.1.1',
  '169.254.169.254',
  '100.100.100.200',
  '168.63.129.16',
  'fd00:ec2::254',
  'fe80::1',
] as const

test('a name that resolves to an address inside: nobody is called there', async () => {
  const names = private_addresses.map((address, i) => {
    zone.set(`inward-${i}.example`, [[address]])
    return `inward-${i}.example`
  })
  zone.set('all.example', [[...private_addresses]])
  const told = await Promise.all(
    [...names, 'all.example'].map(async (name) => {
      const id = await enter(`https://${name}:${port}/hooks`)
      const { last_error, last_status } = await ping(id)
      await remove(id)
      return [name, last_error, last_status]
    }),
  )
  for (const one of told) assert.deepEqual(one.slice(1), ['private address', null], String(one))
  for (const name of names) assert(questions.includes(name), `${name} was never looked up`)
  assert.deepEqual([connections, heard], [0, []])
})

test('a name with addresses outside and inside: only those outside are tried', async () => {
  const mixed = [
    [nowhere, '127.0.0.1', '::1'],
    ['127.0.0.1', '::1', nowhere],
  ]
  const told = mixed.map(async (found, i) => {
    zone.set(`both-${i}.example`, [found])
    const id = await enter(`https://both-${i}.example:${port}/hooks`)
    const { state, last_status, last_error } = await ping(id)
    await remove(id)
    return [state, last_status, last_error === 'private address']
  })
  for (const one of await Promise.all(told)) assert.deepEqual(one, ['failed', null, false])
  assert.deepEqual([connections, heard], [0, []])
})

test('a name that resolves otherwise the second time: it is asked once for each try', async () => {
  const name = 'rebinding.example'
  zone.set(name, [[nowhere], ['127.0.0.1']])
  const asked = (): number => questions.filter((one) => one === name).length
  const id = await enter(`https://${name}:${port}/hooks`, {})
  const bought = await complete(world, await fillCart(world))
  assert.equal(bought.status, 201)
  const tried = (tries: number): Promise<Json> =>
    until(
      `try ${tries}`,
      async () => (await log(id)).find((one) => one.tries === tries),
      30_000,
      100,
    )
  const first = await tried(1)
  assert.notEqual(first.last_error, 'private address')
  // Whoever asks again between looking and connecting is led inward by the second answer.
  assert.deepEqual([asked(), connections], [1, 0])
  await clock.advance(10_000)
  const second = await tried(2)
  assert.deepEqual([second.last_error, asked()], ['private address', 2])
  assert.deepEqual([connections, heard], [0, []])
  await remove(id)
})

test('whoever leads inward in spite of all is hung up on before a word is said', async () => {
  way = openStrangers(false, (_hostname, { all }, callback) =>
    process.nextTick(() =>
      all ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4),
    ),
  )
  const id = await enter(`https://lying.example:${port}/hooks`)
  const { last_error, last_status } = await ping(id)
  assert.deepEqual([last_error, last_status], ['private address', null])
  assert(!heard.join('').includes('webhook'))
  assert(connections > 0, 'the one inside does hear who connects')
  await remove(id)
  connections = 0
  heard.length = 0
  way = careful
})

const here = `http://127.0.0.1:${port}/admin`
/** How a receiver may send us on, by the last part of its address. */
const sent_on: Readonly<Record<string, (response: ServerResponse) => void>> = {
  ...Object.fromEntries(
    [300, 301, 302, 303, 305, 307, 308].map((status) => [
      String(status),
      (response: ServerResponse) => void response.writeHead(status, { location: here }).end(),
    ]),
  ),
  refresh: (response) => void response.writeHead(503, { refresh: `0; url=${here}` }).end(),
  created: (response) =>
    void response.writeHead(401, { location: here, 'content-location': here }).end(here),
  link: (response) =>
    void response
      .writeHead(500, { link: `<${here}>; rel=preload`, 'alt-svc': `h2="127.0.0.1:${port}"` })
      .end(`<meta http-equiv="refresh" content="0; url=${here}">`),
  hints: (response) =>
    response.writeEarlyHints({ link: `<${here}>; rel=preload` }, () =>
      response.writeHead(500).end(),
    ),
  upgrade: ({ socket }) =>
    void socket!.end(
      'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n',
    ),
  proxy: (response) => void response.writeHead(407, { 'proxy-authenticate': 'Basic' }).end(),
}

test('a receiver that sends us inward: it is its own answer, and nobody goes there', async () => {
  const receiver = createHttp((request, response) => {
    request.resume()
    request.on('end', () => sent_on[request.url!.slice(1)]!(response))
  })
  receiver.listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  atEnd(() => {
    receiver.closeAllConnections()
    receiver.close()
  })
  const { port: public_port } = receiver.address() as AddressInfo
  way = openStrangers(true)
  await Promise.all(
    Object.keys(sent_on).map(async (name) => {
      const id = await enter(`http://127.0.0.1:${public_port}/${name}`)
      const { state, last_status, last_error } = await ping(id)
      assert.equal(state, 'failed', name)
      assert.equal(typeof last_status, 'number', `${name} ${last_error}`)
      await remove(id)
    }),
  )
  way = careful
  assert.deepEqual([connections, heard], [0, []])
})

test('an address inside that was entered while that was allowed: not after', async () => {
  way = openStrangers(true)
  const ids = [await enter(here), await enter(`https://127.0.0.1:${port}/`)]
  way = careful
  const errors = [await ping(ids[0]!), await ping(ids[1]!)].map(({ last_error }) => last_error)
  assert.deepEqual(errors, ['not encrypted', 'private address'])
  assert.deepEqual([connections, heard], [0, []])
  for (const id of ids) await remove(id)
})

const inward_texts = [
  'https://localhost/',
  'https://LOCALHOST./',
  'https://shop.localhost/',
  'https://printer.local/',
  'https://metadata.google.internal/',
  'https://127.0.0.1/',
  'https://127.0.0.1./',
  'https://127.1/',
  'https://0x7f.1/',
  'https://0177.0.0.1/',
  'https://2130706433/',
  'https://%31%32%37.0.0.1/',
  'https://１２７.０.０.１/',
  'https://①②⑦.⓪.⓪.①/',
  'https://127。0。0。1/',
  'https://0/',
  'https://[::1]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[0:0:0:0:0:ffff:7f00:1]/',
  'https://[64:ff9b::7f00:1]/',
  'https://169.254.169.254/latest/meta-data/',
  'http://shop.example/hooks',
] as const

test('an address inside, however it is written, is refused when it is entered', async () => {
  const id = await enter('https://shop.example/hooks')
  for (const url of inward_texts) {
    for (const [method, to] of [
      ['POST', path],
      ['PATCH', `${path}/${id}`],
    ] as const) {
      const body = method === 'POST' ? { url, kinds: ['order.placed'] } : { url }
      const { status, body: told } = await admin(world, method, to, body)
      assert.equal(status, 400, `${method} ${url} ${JSON.stringify(told)}`)
      assert.deepEqual([told.code, told.errors[0].field], ['invalid_input', 'url'], url)
    }
  }
  await remove(id)
})
