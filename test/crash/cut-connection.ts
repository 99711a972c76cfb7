// Cuts connections of this process to the database, as a network does: both ends lose it at
// once, whatever was under way. There is no line in between that every statement would have to
// pass.
import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'

/** Of a primary and its standbys there may be several. */
function portsOf(database_url: string): ReadonlySet<number> {
  const hosts = /^\w+:\/\/(?:[^@/]*@)?([^/?]*)/.exec(database_url)![1]!.split(',')
  return new Set(hosts.map((host) => Number(/:(\d+)$/.exec(host)?.[1] ?? 5432)))
}

/** Watches from now on; the function that it returns breaks one connection, if there is any. */
export function watchConnections(database_url: string): (share: number) => boolean {
  const ports = portsOf(database_url)
  const open = new Set<Socket>()
  subscribe('net.client.socket', (message) => {
    const { socket } = message as { readonly socket: Socket }
    socket.once('connect', () => {
      if (!ports.has(socket.remotePort ?? 0)) return
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
