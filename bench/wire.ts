// HTTP/1.1 over a plain socket, kept alive: the load generator must cost far less than the
// server it measures. Knows only what our server sends: answers with a content-length.
import { connect, type Socket } from 'node:net'

export type WireAnswer = { readonly status: number; readonly body: Buffer }
export type Wire = {
  /** One request at a time. */
  ask(request: string): Promise<WireAnswer>
  close(): void
}

const head_end = Buffer.from('\r\n\r\n')

type Waiting = {
  readonly resolve: (answer: WireAnswer) => void
  readonly reject: (error: Error) => void
}

/** The answer that the bytes begin with; null while some of it is missing. */
function readAnswer(bytes: Buffer): WireAnswer | null {
  const at = bytes.indexOf(head_end)
  if (at < 0) return null
  const head = bytes.toString('latin1', 0, at)
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)
  if (!length) throw new Error(`an answer without content-length: ${head.slice(0, 200)}`)
  const end = at + head_end.length + Number(length[1])
  if (bytes.length < end) return null
  return { status: Number(head.slice(9, 12)), body: bytes.subarray(at + head_end.length, end) }
}

export async function openWire(port: number): Promise<Wire> {
  const socket = await new Promise<Socket>((done, fail) => {
    const opened = connect({ port, host: '127.0.0.1', noDelay: true }, () => done(opened))
    opened.once('error', fail)
  })
  let waiting: Waiting | null = null
  let bytes: Buffer = Buffer.alloc(0)
  const end = (error: Error): void => {
    waiting?.reject(error)
    waiting = null
  }
  socket.on('data', (chunk: Buffer) => {
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk])
    try {
      const answer = readAnswer(bytes)
      if (answer === null) return
      const asked = waiting
      waiting = null
      bytes = Buffer.alloc(0)
      asked?.resolve(answer)
    } catch (error) {
      end(error as Error)
      socket.destroy()
    }
  })
  socket.on('error', end)
  socket.on('close', () => end(new Error('the server closed the connection')))
  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject }
        socket.write(request)
      }),
    close: () => socket.destroy(),
  }
}

export const requestText = (
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: string,
): string => {
  let text = `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n`
  for (const [name, value] of Object.entries(headers)) text += `${name}: ${value}\r\n`
  if (body === undefined) return `${text}\r\n`
  const length = Buffer.byteLength(body)
  return `${text}content-type: application/json\r\ncontent-length: ${length}\r\n\r\n${body}`
}
