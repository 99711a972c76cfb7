// The line to the database, which can be cut: a server between the shop and PostgreSQL.
import { connect, createServer, type Socket } from 'node:net'

export type CutLine = {
  /** The address of the database, through this line. */
  readonly url: string
  /** Breaks what is open; nobody gets through until `mend`. */
  cut(): void
  mend(): void
  close(): Promise<void>
}

export async function openCutLine(database_url: string): Promise<CutLine> {
  const { hostname, port } = new URL(database_url)
  const open = new Set<Socket>()
  let is_cut = false
  const server = createServer((near) => {
    if (is_cut) return void near.destroy()
    const far = connect(Number(port || 5432), hostname)
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket)
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        open.delete(socket)
        other.destroy()
      })
      socket.pipe(other)
    }
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
    close: async () => {
      for (const socket of open) socket.destroy()
      await new Promise((done) => server.close(done))
    },
  }
}
