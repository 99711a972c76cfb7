// Who is asking, as the server has found out from key, session and tokens.
import type { ApiKeyId, ChannelId, StaffId } from '../lib/ids.ts'
import type { Permission } from '../staff/staff.ts'

export type Identity =
  | { readonly kind: 'anyone' }
  /** A shopper, through a publishable key. What is theirs is proved by cart and order tokens. */
  | { readonly kind: 'shopper'; readonly key_id: ApiKeyId; readonly channel_id: ChannelId }
  | {
      readonly kind: 'staff'
      readonly staff_id: StaffId
      readonly name: string
      readonly permissions: ReadonlySet<Permission>
    }
  | {
      readonly kind: 'machine'
      readonly key_id: ApiKeyId
      readonly name: string
      readonly permissions: ReadonlySet<Permission>
    }

/** How events name whoever did something: no names or addresses, ids only. */
export const actorOf = (identity: Identity): string => {
  switch (identity.kind) {
    case 'anyone':
      return 'anyone'
    case 'shopper':
      return 'shopper'
    case 'staff':
      return `staff:${identity.staff_id}`
    case 'machine':
      return `key:${identity.key_id}`
  }
}
