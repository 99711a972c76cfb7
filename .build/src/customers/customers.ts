// Whom the shop knows by name, and the groups that prices can be made for.
import type { CustomerGroupId, CustomerId } from '../lib/ids.ts'

export type Customer = {
  readonly id: CustomerId
  /** Lower case: it is what a customer is found by. */
  readonly email: string
  readonly name: string
  readonly phone: string | null
  readonly created_at: Date
  readonly group_ids: readonly CustomerGroupId[]
}
export type CustomerGroup = {
  readonly id: CustomerGroupId
  readonly code: string
  readonly name: string
}

export const customer_limits = { groups_per_customer: 50, token_s: 86_400 } as const
