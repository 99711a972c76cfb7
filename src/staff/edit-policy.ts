import type { Db } from '#src/db/pool.ts'
import { transaction } from '#src/db/transaction.ts'
import { fieldError, refuseErrors } from '#src/lib/field-errors.ts'
import { newId } from '#src/lib/ids.ts'
import { checkMayGive, type Doing, no_role, note } from './edit-staff.ts'
import { type StaffPolicy, writePolicy } from './policy.sql.ts'
import { listRoles } from './staff.sql.ts'
import { permissions } from './staff.ts'

/**
 * What is demanded counts at once: who has no second factor sets one up before anything else.
 * Whoever may not do everything does not set the terms for those who may.
 * @throws permission_missing, invalid_input for an unknown role
 */
export const editPolicy = (db: Db, policy: StaffPolicy, doing: Doing): Promise<StaffPolicy> =>
  transaction(db, async (tx) => {
    checkMayGive(permissions, doing)
    const known = new Set((await listRoles(tx)).map(({ code }) => code))
    refuseErrors(
      policy.second_factor_roles.flatMap((code, i) =>
        known.has(code) ? [] : [fieldError(`second_factor_roles.${i}`, 'unknown', no_role)],
      ),
    )
    // There is one policy and it has no id: its events hang on whoever changed it.
    const subject_id = doing.claim?.principal_id ?? newId<string & {}>()
    await note(tx, doing, 'staff.policy_changed', 'staff_policy', subject_id, policy)
    return writePolicy(tx, policy)
  })
