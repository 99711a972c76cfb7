import type { Tx } from '#src/db/sql.ts'

/** What owners demand of all who work here. */
export type StaffPolicy = {
  readonly second_factor_of_all: boolean
  readonly second_factor_roles: readonly string[]
  readonly key_days_max: number | null
}

export const readPolicy = (tx: Tx): Promise<StaffPolicy> =>
  tx.one<StaffPolicy>`
    select second_factor_of_all, second_factor_roles, key_days_max from staff_policy`

export const writePolicy = (tx: Tx, policy: StaffPolicy): Promise<StaffPolicy> =>
  tx.one<StaffPolicy>`
    update staff_policy set second_factor_of_all = ${policy.second_factor_of_all},
      second_factor_roles = ${policy.second_factor_roles}, key_days_max = ${policy.key_days_max}
    returning second_factor_of_all, second_factor_roles, key_days_max`
