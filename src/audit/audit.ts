// The chain of the audit: what each entry's hash and seal are made of. Pure.
import type { Secret } from '#src/lib/secret.ts'
import { hmacSha256, sameBytes, sha256 } from '#src/lib/signature.ts'

/** What is told of an entry: see migration 0034. */
export type AuditEntry = {
  readonly id: string
  readonly at: Date
  readonly actor: string
  readonly via: 'session' | 'key' | 'link'
  readonly request_id: string
  readonly route: string
  readonly resource: string
  readonly resource_id: string
  readonly change: 'insert' | 'update' | 'delete'
  readonly before: Readonly<Record<string, unknown>> | null
  readonly after: Readonly<Record<string, unknown>> | null
  /** Null until a worker has chained it, which takes a second or two. */
  readonly seq: string | null
  readonly hash: string | null
}

/** Where the chain has come to. Nothing comes before the first entry. */
export type Head = { readonly seq: bigint; readonly hash: Buffer }
export const no_head: Head = { seq: 0n, hash: Buffer.alloc(0) }

/** The next link. The promise about the audit reckons the same in SQL. */
export const linkOf = (before: Head, digest: Buffer): Head => {
  const seq = before.seq + 1n
  return { seq, hash: sha256(Buffer.concat([before.hash, Buffer.from(String(seq)), digest])) }
}

/** Nobody makes it who has the database alone, and not the key of the server. */
export const sealOf = (key: Secret, { seq, hash }: Head): Buffer =>
  hmacSha256(key.reveal(), 'onhand: seal of the audit\n', `${seq}\n`, hash)

export const isSealOf = (key: Secret, head: Head, seal: Buffer): boolean =>
  sameBytes(seal, sealOf(key, head))

/** How a head is written down, to be kept elsewhere: `1024:9f86…`. */
export const writeHead = ({ seq, hash }: Head): string => `${seq}:${hash.toString('hex')}`
export const head_pattern = '^[1-9][0-9]{0,17}:[0-9a-f]{64}$'
export function readHead(text: string): Head | null {
  if (!new RegExp(head_pattern).test(text)) return null
  const [seq, hash] = text.split(':')
  return { seq: BigInt(seq!), hash: Buffer.from(hash!, 'hex') }
}
