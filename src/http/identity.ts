// Who is asking, as the server has found out from key, session and tokens.
import { actorOfCustomer } from '#src/customers/customers.ts'
import type { ApiKeyId, ChannelId, CustomerId, CustomerSessionId, StaffId } from '#src/lib/ids.ts'
import { type Permission, permissions } from '#src/staff/staff.ts'

export type Identity =
  | { readonly kind: 'anyone' }
  /** A shopper, through a publishable key. What is theirs is proved by cart and order tokens. */
  | { readonly kind: 'shopper'; readonly key_id: ApiKeyId; readonly channel_id: ChannelId }
  /** A shopper who has signed in: a publishable key, and the token of a session. */
  | {
      readonly kind: 'customer'
      readonly key_id: ApiKeyId
      readonly channel_id: ChannelId
      readonly customer_id: CustomerId
      readonly session_id: CustomerSessionId
      readonly email: string
    }
  | {
      readonly kind: 'staff'
      readonly staff_id: StaffId
      readonly name: string
      readonly permissions: ReadonlySet<Permission>
      /** Until then it opens nothing but what has to do with it. */
      readonly waits_for: 'code' | 'enrolment' | null
    }
  | {
      readonly kind: 'machine'
      readonly key_id: ApiKeyId
      readonly name: string
      readonly permissions: ReadonlySet<Permission>
    }

/** Whether they may give money back by their own hand. */
export const mayRefund = (identity: Identity): boolean =>
  'permissions' in identity && identity.permissions.has('payments:write')

export const mayDoAll = (identity: Identity): boolean =>
  'permissions' in identity && permissions.every((word) => identity.permissions.has(word))

/** How events name whoever did something: no names or addresses, ids only. */
export const actorOf = (identity: Identity): string => {
  switch (identity.kind) {
    case 'anyone':
      return 'anyone'
    case 'shopper':
      return 'shopper'
    case 'customer':
      return actorOfCustomer(identity.customer_id)
    case 'staff':
      return `staff:${identity.staff_id}`
    case 'machine':
      return `key:${identity.key_id}`
  }
}
