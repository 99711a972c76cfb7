// Whom the shop knows by name, and the groups that prices can be made for.
import type { CustomerGroupId, CustomerId } from '#src/lib/ids.ts'

export type Customer = {
  readonly id: CustomerId
  /** Lower case: it is what a customer is found by. */
  readonly email: string
  readonly name: string
  readonly phone: string | null
  readonly created_at: Date
  /** When they proved that the address is theirs; null for those whom only staff know. */
  readonly email_verified_at: Date | null
  /** They have a password and can sign in. */
  readonly has_account: boolean
  readonly erased_at: Date | null
  readonly group_ids: readonly CustomerGroupId[]
}
export type CustomerGroup = {
  readonly id: CustomerGroupId
  readonly code: string
  readonly name: string
  /** Its members are kept by the rules of a segment, not by hand. */
  readonly is_segment: boolean
}

export const customer_limits = {
  groups_per_customer: 50,
  addresses_per_customer: 50,
  sessions_per_customer: 50,
  segments: 200,
  rules_per_segment: 20,
  token_s: 86_400,
} as const

/** How events name a customer who does something. */
export const actorOfCustomer = (id: CustomerId): string => `customer:${id}`
