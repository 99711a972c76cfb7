// The line to the database, which can be cut: a server between the shop and PostgreSQL.
import { connect, createServer, type Socket } from 'node:net'
import { openMessageReader } from './wire-messages.ts'

/** What becomes of a message of the shop, and of the connection on which it comes. */
export type Fate = 'passes' | 'is cut before it' | 'is cut before its answer'
/** One connection: it is asked about each message, with the text of a statement if it has one. */
export type Judge = (statement: string | null) => Fate

export type CutLine = {
  /** The address of the database, through this line. */
  readonly url: string
  /** Breaks what is open; nobody gets through until `mend`. */
  cut(): void
  mend(): void
  /** How many connections were turned away while it was cut. */
  refused(): number
  /** Breaks one of the open connections; false when there is none. */
  sever(pick: (open: number) => number): boolean
  close(): Promise<void>
}

export type CutLineOptions = {
  /** Called for each new connection. */
  readonly judge?: () => Judge
}

/** Passes whole messages on, for as long as the judge lets them. */
function passJudged(near: Socket, far: Socket, judge: Judge): void {
  const read = openMessageReader()
  near.on('data', (bytes) => {
    for (const message of read(bytes as Buffer)) {
      const fate = judge(message.statement)
      if (fate === 'passes') {
        far.write(message.bytes)
        continue
      }
      if (fate === 'is cut before its answer') {
        // The server gets it and does it; whatever it says goes nowhere.
        far.unpipe(near)
        far.resume()
        far.end(message.bytes)
      } else {
        far.destroy()
      }
      near.destroy()
      return
    }
  })
}

export async function openCutLine(
  database_url: string,
  options: CutLineOptions = {},
): Promise<CutLine> {
  const { hostname, port } = new URL(database_url)
  const open = new Set<Socket>()
  const shops = new Set<Socket>()
  let is_cut = false
  let refused = 0
  // Short messages go one by one: none may wait for the acknowledgement of the one before.
  const server = createServer({ noDelay: true }, (near) => {
    if (is_cut) {
      refused += 1
      return void near.destroy()
    }
    const far = connect({ port: Number(port || 5432), host: hostname, noDelay: true })
    shops.add(near)
    near.on('close', () => shops.delete(near))
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket)
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        open.delete(socket)
        // What was sent to the end is still read there. Its answer goes nowhere; nobody would take
        // it, and a long one would keep the server waiting, with all locks that it holds.
        if (other.writableEnded) other.resume()
        else other.destroy()
      })
    }
    if (options.judge) passJudged(near, far, options.judge())
    else near.pipe(far)
    far.pipe(near)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const url = new URL(database_url)
  url.hostname = '127.0.0.1'
  url.port = String((server.address() as { port: number }).port)
  return {
    url: url.href,
    cut: () => {
      is_cut = true
      for (const socket of open) socket.destroy()
    },
    mend: () => {
      is_cut = false
    },
    refused: () => refused,
    sever: (pick) => {
      const socket = [...shops][pick(Math.max(shops.size, 1))]
      socket?.destroy()
      return socket !== undefined
    },
    close: async () => {
      for (const socket of open) socket.destroy()
      await new Promise((done) => server.close(done))
    },
  }
}
