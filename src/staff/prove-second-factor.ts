// Whether somebody who knows the password also has the device, or one of the codes for its loss.
import type { Db } from '#src/db/pool.ts'
import type { Tx } from '#src/db/sql.ts'
import { snapshot, transaction } from '#src/db/transaction.ts'
import type { StaffId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import type { Secret } from '#src/lib/secret.ts'
import { guess, type SignInLimit } from '#src/lib/sign-in-limit.ts'
import { findStep } from '#src/lib/totp.ts'
import {
  countFailure,
  findFactor,
  type StoredFactor,
  takeStep,
  useRecoveryCode,
} from './second-factor.sql.ts'
import { failures_max, hashRecoveryCode, isRecoveryCode, openFactor } from './second-factor.ts'

export type Proving = {
  readonly db: Db
  readonly key: Secret
  /** Counts wrong codes of one person, as it counts wrong passwords. */
  readonly limit: SignInLimit
  readonly now: Date
}

/** Makes the code one that was used. It is the first statement of the effect's transaction. */
type Take = (tx: Tx) => Promise<number>

function takeOf(
  { key, now }: Proving,
  staff_id: StaffId,
  { code, factor }: { readonly code: string; readonly factor: StoredFactor },
): Take | null {
  if (isRecoveryCode(code)) {
    const code_hash = hashRecoveryCode(key, staff_id, code)
    return (tx) => useRecoveryCode(tx, staff_id, { code_hash, now })
  }
  if (factor.failed >= failures_max) throw refuse('second_factor_locked')
  const { sealed_secret } = factor
  const secret = openFactor(key, staff_id, sealed_secret)
  // The key of the server was changed: an owner resets the factor.
  if (!secret) throw refuse('second_factor_locked')
  const step = findStep(secret, code, { now, last_step: Number(factor.last_step) })
  return step === null ? null : (tx) => takeStep(tx, staff_id, { step, sealed_secret })
}

/**
 * Runs `body` in the transaction that uses up the code: each code does one thing, once.
 * @throws second_factor_wrong, second_factor_locked, too_many_requests, not_found without a factor
 */
export async function withCode<T>(
  proving: Proving,
  staff_id: StaffId,
  code: string,
  body: (tx: Tx) => Promise<T>,
): Promise<T> {
  const { db, limit, now } = proving
  const check = async (): Promise<{ readonly result: T } | null> => {
    const factor = await snapshot(db, (tx) => findFactor(tx, staff_id))
    if (!factor) throw refuse('not_found', { second_factor: null })
    const take = takeOf(proving, staff_id, { code, factor })
    const done = take
      ? await transaction(db, async (tx) =>
          (await take(tx)) === 1 ? { result: await body(tx) } : null,
        )
      : null
    if (done === null) await transaction(db, (tx) => countFailure(tx, staff_id))
    return done
  }
  return (await guess(limit, staff_id, now, check, 'second_factor_wrong')).result
}
