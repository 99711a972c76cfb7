// HTTP as bytes on a socket, for what no client library would send.
import { connect, type Socket } from 'node:net'
import { until } from '#test/world.ts'

export type Line = {
  readonly socket: Socket
  /** All that came back so far. */
  readonly heard: () => string
  readonly isClosed: () => boolean
  write(text: string | Uint8Array): void
}

/** Half open: we hear that the server has ended, and do not close by ourselves. */
export function openLine(url: string): Promise<Line> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
    let heard = ''
    let closed = false
    socket.on('data', (bytes) => {
      heard += bytes.toString('latin1')
    })
    const end = (): void => {
      closed = true
    }
    socket.once('end', end)
    socket.once('close', end)
    socket.once('error', (error) => {
      end()
      reject(error)
    })
    socket.once('connect', () =>
      resolve({
        socket,
        heard: () => heard,
        isClosed: () => closed,
        write: (text) => {
          if (socket.writable) socket.write(text)
        },
      }),
    )
  })
}

export type Told = {
  readonly status: number
  readonly code: string
  /** How many answers came back on the line. */
  readonly answers: number
  readonly closed: boolean
  readonly heard: string
}

const readTold = (line: Line): Told => {
  const heard = line.heard()
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(heard)?.[1] ?? 0)
  return {
    status,
    code: /"code":"([a-z_]+)"/.exec(heard)?.[1] ?? '',
    answers: heard.match(/HTTP\/1\.1 \d{3} /g)?.length ?? 0,
    closed: line.isClosed(),
    heard,
  }
}

/** Sends these bytes and waits until the server has answered or hung up. */
export async function sendRaw(url: string, ...parts: readonly string[]): Promise<Told> {
  const line = await openLine(url)
  for (const part of parts) line.write(Buffer.from(part, 'latin1'))
  const is_head = parts[0]!.startsWith('HEAD ')
  await until(
    'an answer or an end',
    async () => line.isClosed() || isWhole(line.heard(), is_head),
    15_000,
    2,
  )
  const told = readTold(line)
  line.socket.destroy()
  return told
}

function isWhole(heard: string, is_head: boolean): boolean {
  const end = heard.indexOf('\r\n\r\n')
  if (end < 0 || is_head) return end >= 0
  const length = Number(/content-length: (\d+)/i.exec(heard)?.[1] ?? 0)
  return heard.length >= end + 4 + length
}

export const untilClosed = async (line: Line): Promise<Told> => {
  await until('the server hangs up', async () => line.isClosed(), 15_000, 5)
  return readTold(line)
}
