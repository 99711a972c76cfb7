// The second factor of a member of staff: codes of an authenticator app, and recovery codes for
// whoever has lost it. Pure.
import { randomBytes } from 'node:crypto'
import type { StaffId } from '#src/lib/ids.ts'
import { type Sealing, seal, unseal } from '#src/lib/sealed.ts'
import type { Secret } from '#src/lib/secret.ts'
import { hmacSha256 } from '#src/lib/signature.ts'
import { base32 } from '#src/lib/totp.ts'

/** RFC 4226, 4: as long as the hash. */
const secret_bytes = 20
const recovery_codes = 10
/** After so many wrong codes in a row none is looked at any more: NIST SP 800-63B, 5.2.2. */
export const failures_max = 100

export const code_pattern = '^([0-9]{6}|[a-z2-7]{4}(-[a-z2-7]{4}){3})$'
export const isRecoveryCode = (code: string): boolean => code.includes('-')

const sealingOf = (key: Secret, staff_id: StaffId): Sealing => ({
  key,
  purpose: 'second factor',
  about: staff_id,
})

export const newFactorSecret = (): Buffer => randomBytes(secret_bytes)
export const sealFactor = (key: Secret, staff_id: StaffId, secret: Buffer): Buffer =>
  seal(secret, sealingOf(key, staff_id))
/** Null when the key of the server is another one than then. */
export const openFactor = (key: Secret, staff_id: StaffId, sealed: Buffer): Buffer | null =>
  unseal(sealed, sealingOf(key, staff_id))

/** 80 random bits each: `mfzw-63lq-5x2a-q7yd`. */
const newRecoveryCode = (): string =>
  base32(randomBytes(10)).toLowerCase().match(/.{4}/g)!.join('-')
export const newRecoveryCodes = (): string[] =>
  Array.from({ length: recovery_codes }, newRecoveryCode)

export const hashRecoveryCode = (key: Secret, staff_id: StaffId, code: string): Buffer =>
  hmacSha256(key.reveal(), 'recovery code\n', `${staff_id}\n${code}`)
