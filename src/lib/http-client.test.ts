import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { type HttpRequest, send } from './http-client.ts'
import { whileInTransaction } from './transaction-guard.ts'

const connections = new Set<object>()
const switching = 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n'
const server = createServer((request, response) => {
  connections.add(request.socket)
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const body = Buffer.concat(chunks).toString()
    if (request.url === '/moved') response.writeHead(302, { location: '/echo' }).end()
    else if (request.url === '/huge') response.end(Buffer.alloc(17 * 1024 * 1024))
    else if (request.url === '/cut') {
      response.writeHead(200, { 'content-length': '100' })
      response.write('half', () => request.socket.destroy())
    } else if (request.url === '/gone') request.socket.destroy()
    else if (request.url === '/upgrade') request.socket.write(switching)
    else if (request.url !== '/silent') {
      response.setHeader('x-seen', String(request.headers['x-key']))
      response.statusCode = request.url === '/refused' ? 402 : 200
      response.end(`${request.method} ${body}`)
    }
  })
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
after(() => {
  server.closeAllConnections()
  server.close()
})

const ask = (path: string, more: Partial<HttpRequest> = {}) =>
  send({
    method: 'POST',
    url: `${url}${path}`,
    headers: { 'x-key': 'k' },
    body: 'grüße',
    timeout_ms: 5_000,
    ...more,
  })

test('every status of an answer is an answer, and connections are used again', async () => {
  for (const [path, status] of [
    ['/echo', 200],
    ['/refused', 402],
    ['/echo', 200],
  ] as const) {
    const answer = await ask(path)
    assert(answer.kind === 'answer')
    assert.equal(answer.status, status)
    assert.equal(answer.headers.get('x-seen'), 'k')
    assert.equal(answer.body.toString(), 'POST grüße')
  }
  assert.equal(connections.size, 1)
})

test('what may have been done and was not answered is told so', async () => {
  for (const [path, reason, more] of [
    ['/moved', 'redirect', {}],
    ['/huge', 'too large', {}],
    ['/silent', 'timeout', { timeout_ms: 50 }],
    ['/gone', 'ECONNRESET', {}],
    ['/upgrade', 'upgrade', {}],
  ] as const) {
    assert.deepEqual(await ask(path, more), { kind: 'no_answer', reason, sent: true }, path)
  }
  const cut = await ask('/cut')
  assert(cut.kind === 'no_answer' && cut.sent)
})

test('where nobody listens nothing can have happened', async () => {
  const free = createServer()
  await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve))
  const { port } = free.address() as AddressInfo
  await new Promise((resolve) => free.close(resolve))
  const answer = await ask('', { url: `http://127.0.0.1:${port}/` })
  assert.deepEqual(answer, { kind: 'no_answer', reason: 'ECONNREFUSED', sent: false })
})

test('nobody outside is asked while a transaction is open', async () => {
  const before = connections.size
  await assert.rejects(
    whileInTransaction(() => ask('/echo')),
    /network call inside a transaction/,
  )
  assert.equal(connections.size, before)
})
