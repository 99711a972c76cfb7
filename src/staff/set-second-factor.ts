// Commands about second factors: enrol, confirm, new recovery codes, remove, and reset by an owner.
import type { Db } from '#src/db/pool.ts'
import type { Tx } from '#src/db/sql.ts'
import { transaction } from '#src/db/transaction.ts'
import type { StaffId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import type { Secret } from '#src/lib/secret.ts'
import { base32, otpauthUri } from '#src/lib/totp.ts'
import { checkMayGive, type Doing, note } from './edit-staff.ts'
import { type Proving, withCode } from './prove-second-factor.ts'
import {
  beginFactor,
  confirmFactor,
  deleteFactor,
  replaceRecoveryCodes,
} from './second-factor.sql.ts'
import { hashRecoveryCode, newFactorSecret, newRecoveryCodes, sealFactor } from './second-factor.ts'
import { deleteSessionsOf, markSession } from './sessions.sql.ts'
import { findRole, findStaff } from './staff.sql.ts'

/** Told once: to be scanned as a QR code, or typed. */
export type Enrolment = { readonly secret: string; readonly uri: string }
export type Enrolling = {
  readonly key: Secret
  readonly staff_id: StaffId
  readonly email: string
  /** How the app names the shop. */
  readonly issuer: string
}

/**
 * The factor counts once its first code was sent back. Beginning again replaces what was not
 * confirmed.
 * @throws already_exists
 */
export async function beginEnrolment(db: Db, enrolling: Enrolling, now: Date): Promise<Enrolment> {
  const { key, staff_id, email, issuer } = enrolling
  const secret = newFactorSecret()
  const sealed_secret = sealFactor(key, staff_id, secret)
  const begun = await transaction(db, (tx) => beginFactor(tx, staff_id, { sealed_secret, now }))
  if (begun === 0) throw refuse('already_exists')
  return { secret: base32(secret), uri: otpauthUri(issuer, email, secret) }
}

async function giveRecoveryCodes(tx: Tx, key: Secret, staff_id: StaffId): Promise<string[]> {
  const codes = newRecoveryCodes()
  const hashes = codes.map((code) => hashRecoveryCode(key, staff_id, code))
  await replaceRecoveryCodes(tx, staff_id, hashes)
  return codes
}

const of = (staff_id: StaffId, now: Date): Pick<Doing, 'actor' | 'now'> => ({
  actor: `staff:${staff_id}`,
  now,
})

/** Gives the recovery codes, told once. @throws already_exists, and what a code is refused for */
export const confirmEnrolment = (
  proving: Proving,
  { staff_id, token_hash }: { readonly staff_id: StaffId; readonly token_hash: Buffer },
  code: string,
): Promise<string[]> =>
  withCode(proving, staff_id, code, async (tx) => {
    const { key, now } = proving
    if ((await confirmFactor(tx, staff_id, now)) === 0) throw refuse('already_exists')
    await markSession(tx, token_hash, now)
    await note(tx, of(staff_id, now), 'second_factor.enabled', 'staff', staff_id)
    return giveRecoveryCodes(tx, key, staff_id)
  })

/** The ones before them open nothing any more. */
export const renewRecoveryCodes = (
  proving: Proving,
  staff_id: StaffId,
  code: string,
): Promise<string[]> =>
  withCode(proving, staff_id, code, async (tx) => {
    const { key, now } = proving
    await note(tx, of(staff_id, now), 'second_factor.codes_renewed', 'staff', staff_id)
    return giveRecoveryCodes(tx, key, staff_id)
  })

export const removeFactor = (proving: Proving, staff_id: StaffId, code: string): Promise<void> =>
  withCode(proving, staff_id, code, async (tx) => {
    await deleteFactor(tx, staff_id)
    await note(tx, of(staff_id, proving.now), 'second_factor.removed', 'staff', staff_id)
  })

/**
 * For somebody who has lost device and recovery codes: who is signed in as them is so no longer.
 * @throws not_found, permission_missing
 */
export const resetFactor = (db: Db, staff_id: StaffId, doing: Doing): Promise<void> =>
  transaction(db, async (tx) => {
    const staff = await findStaff(tx, staff_id)
    if (!staff) throw refuse('not_found')
    const role = await findRole(tx, staff.role)
    checkMayGive(role?.permissions ?? [], doing)
    if ((await deleteFactor(tx, staff_id)) === 0) throw refuse('not_found', { second_factor: null })
    await deleteSessionsOf(tx, staff_id, null)
    await note(tx, doing, 'second_factor.reset', 'staff', staff_id)
  })
