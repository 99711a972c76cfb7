// A server of somebody else that is told by webhooks what happens in the shop. It checks what it
// is sent by the specification, with code of its own.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { atEnd } from './cleanup.ts'

export type Got = {
  readonly path: string
  readonly id: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  // biome-ignore lint/suspicious/noExplicitAny: a test reads JSON whose shape it then asserts
  readonly json: any
  /** How it was answered. */
  readonly status: number
}
export type Reply = {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly after?: Promise<unknown>
}
export type Receiver = {
  readonly url: string
  readonly got: Got[]
  /** How the next ones are answered. */
  answer: (got: Omit<Got, 'status'>) => Reply
}

export async function openReceiver(): Promise<Receiver> {
  const got: Got[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', async () => {
      const body = Buffer.concat(chunks).toString('utf8')
      const { headers, url: path = '' } = request
      const id = String(headers['webhook-id'])
      const one = { path, id, headers, body, json: JSON.parse(body) }
      const reply = receiver.answer(one)
      got.push({ ...one, status: reply.status })
      await reply.after
      response.writeHead(reply.status, reply.headers)
      response.end(reply.body ?? '')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  atEnd(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const receiver: Receiver = {
    url: `http://127.0.0.1:${port}`,
    got,
    answer: () => ({ status: 204 }),
  }
  return receiver
}

/** How many of the signatures were made with this secret. */
export async function countSigned({ headers, body, id }: Got, secret: string): Promise<number> {
  const bytes = Uint8Array.from(atob(secret.replace('whsec_', '')), (c) => c.charCodeAt(0))
  const way = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', bytes, way, false, ['verify'])
  const told = new TextEncoder().encode(`${id}.${headers['webhook-timestamp']}.${body}`)
  const signatures = String(headers['webhook-signature']).split(' ')
  let count = 0
  for (const one of signatures) {
    assert.match(one, /^v1,/)
    const signature = Uint8Array.from(atob(one.slice(3)), (c) => c.charCodeAt(0))
    if (await crypto.subtle.verify('HMAC', key, signature, told)) count += 1
  }
  return count
}
