import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

type Bytes = string | Uint8Array

export const sha256 = (bytes: Bytes): Buffer => createHash('sha256').update(bytes).digest()

export const hmacSha256 = (key: Bytes, ...parts: Bytes[]): Buffer => {
  const hmac = createHmac('sha256', key)
  for (const part of parts) hmac.update(part)
  return hmac.digest()
}

/** Compares in a time that does not depend on where the two differ. */
export function sameBytes(a: Bytes, b: Bytes): boolean {
  const left = Buffer.from(a as Uint8Array)
  const right = Buffer.from(b as Uint8Array)
  return left.length === right.length && timingSafeEqual(left, right)
}

/** Whether `signature` is the HMAC-SHA256 of these bytes in lower-case hex. */
export const isHmacHex = (signature: string, key: Bytes, ...parts: Bytes[]): boolean =>
  sameBytes(signature, hmacSha256(key, ...parts).toString('hex'))
