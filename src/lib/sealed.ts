// Small things that must be read again and that nobody else may read: AES-256-GCM with a key of
// its own for each purpose, drawn from the key of the server.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { Secret } from './secret.ts'

const cipher = 'aes-256-gcm'
const [nonce_bytes, tag_bytes] = [12, 16]

/** `about` says whose it is: what was sealed for one opens for no other. */
export type Sealing = { readonly key: Secret; readonly purpose: string; readonly about: string }

const keyOf = ({ key, purpose }: Sealing): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', key.reveal(), '', `onhand: ${purpose}`, 32))

export function seal(content: Uint8Array, sealing: Sealing): Buffer {
  const nonce = randomBytes(nonce_bytes)
  const writing = createCipheriv(cipher, keyOf(sealing), nonce, { authTagLength: tag_bytes })
  writing.setAAD(Buffer.from(sealing.about))
  const written = Buffer.concat([writing.update(content), writing.final()])
  return Buffer.concat([nonce, writing.getAuthTag(), written])
}

/** Null for what was changed, is somebody else's, or was sealed with another key. */
export function unseal(sealed: Uint8Array, sealing: Sealing): Buffer | null {
  if (sealed.length < nonce_bytes + tag_bytes) return null
  const nonce = sealed.subarray(0, nonce_bytes)
  const reading = createDecipheriv(cipher, keyOf(sealing), nonce, { authTagLength: tag_bytes })
  reading.setAAD(Buffer.from(sealing.about))
  reading.setAuthTag(sealed.subarray(nonce_bytes, nonce_bytes + tag_bytes))
  try {
    const read = reading.update(sealed.subarray(nonce_bytes + tag_bytes))
    return Buffer.concat([read, reading.final()])
  } catch {
    return null
  }
}
