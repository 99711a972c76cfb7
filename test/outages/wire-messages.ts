// What a client says to PostgreSQL, message by message (protocol 3, "Message Formats"): as much
// of it as is needed to find the moments at which a connection is to be cut.

export type Message = {
  readonly bytes: Buffer
  /** The statement that is carried out with this message: a simple query, or Sync after Bind. */
  readonly statement: string | null
}

const textAt = (body: Buffer, from: number): string =>
  body.toString('utf8', from, body.indexOf(0, from))

/** Knows the statements that were prepared on a connection. */
function openStatementReader(): (kind: string, body: Buffer) => string | null {
  const prepared = new Map<string, string>()
  let bound: string | null = null
  return (kind, body) => {
    if (kind === 'Q') return textAt(body, 0)
    if (kind === 'P') prepared.set(textAt(body, 0), textAt(body, body.indexOf(0) + 1))
    if (kind === 'B') bound = prepared.get(textAt(body, body.indexOf(0) + 1)) ?? null
    return kind === 'S' ? bound : null
  }
}

/** Of one connection: gives the messages that are whole, and keeps the rest. */
export function openMessageReader(): (bytes: Buffer) => Message[] {
  const statementOf = openStatementReader()
  let kept: Buffer = Buffer.alloc(0)
  // The first one has no letter before its length.
  let head = 0
  return (bytes) => {
    const messages: Message[] = []
    kept = Buffer.concat([kept, bytes])
    while (kept.length >= head + 4) {
      const end = head + kept.readUInt32BE(head)
      if (kept.length < end) break
      const whole = kept.subarray(0, end)
      kept = kept.subarray(end)
      const kind = head === 0 ? '' : whole.toString('latin1', 0, 1)
      messages.push({ bytes: whole, statement: statementOf(kind, whole.subarray(5)) })
      head = 1
    }
    return messages
  }
}
