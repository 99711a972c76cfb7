// One-time passwords by time: RFC 6238 over RFC 4226, as authenticator apps reckon them. Pure.
import { createHmac } from 'node:crypto'
import { sameBytes } from './signature.ts'

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const digits = 6
const step_s = 30
/** Clocks differ, and people type: the codes beside the present one are good as well. */
const steps_beside = 1

/** RFC 4648 without padding: how apps take a secret that is typed. */
export function base32(bytes: Uint8Array): string {
  let text = ''
  let [value, bits] = [0, 0]
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += letters[(value >> bits) & 31]
    }
  }
  return bits > 0 ? text + letters[(value << (5 - bits)) & 31] : text
}

/** RFC 4226, 5.3: the code of one counter. */
export function hotp(secret: Uint8Array, counter: number): string {
  const moving = Buffer.alloc(8)
  moving.writeBigUInt64BE(BigInt(counter))
  const mac = createHmac('sha1', secret).update(moving).digest()
  const offset = mac.at(-1)! & 15
  const number = mac.readUInt32BE(offset) & 0x7fffffff
  return String(number % 10 ** digits).padStart(digits, '0')
}

export const stepAt = (now: Date): number => Math.floor(now.getTime() / 1000 / step_s)

/** The step whose code this is, if it is one of now and later than `last_step`; else null. */
export function findStep(
  secret: Uint8Array,
  code: string,
  { now, last_step }: { readonly now: Date; readonly last_step: number },
): number | null {
  const present = stepAt(now)
  const near = Array.from({ length: 2 * steps_beside + 1 }, (_, i) => present - steps_beside + i)
  // All of them are looked at, so that the time it takes tells nothing.
  const found = near.filter((step) => sameBytes(hotp(secret, step), code) && step > last_step)
  return found[0] ?? null
}

/** What a QR code for an authenticator app says. */
export function otpauthUri(issuer: string, account: string, secret: Uint8Array): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`
  const query = `secret=${base32(secret)}&issuer=${encodeURIComponent(issuer)}`
  return `otpauth://totp/${label}?${query}&algorithm=SHA1&digits=${digits}&period=${step_s}`
}
