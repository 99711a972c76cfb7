// Cuts connections of this process to the database, as a network does: both ends lose it at
// once, whatever was under way. There is no line in between that every statement would have to
// pass.
import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'

/** Watches from now on; the function that it returns breaks one connection, if there is any. */
export function watchConnections(database_url: string): (share: number) => boolean {
  const { port } = new URL(database_url)
  const open = new Set<Socket>()
  subscribe('net.client.socket', (message) => {
    const { socket } = message as { readonly socket: Socket }
    socket.once('connect', () => {
      if (socket.remotePort !== Number(port || 5432)) return
      open.add(socket)
      socket.once('close', () => open.delete(socket))
    })
  })
  return (share) => {
    const socket = [...open][Math.floor(share * open.size)]
    socket?.resetAndDestroy()
    return socket !== undefined
  }
}
