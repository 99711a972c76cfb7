// Who does something about staff and keys, for its commands.
import { hashRequest } from '#src/db/idempotency.sql.ts'
import { refuse } from '#src/lib/refusal.ts'
import type { Doing } from '#src/staff/edit-staff.ts'
import { actorOf } from './identity.ts'
import type { Asked } from './route.ts'

type Wants = Pick<Asked<unknown, unknown, unknown>, 'identity' | 'now' | 'key' | 'body'>

/** `route_name` is null for what may be repeated without harm. */
export function doingOf({ identity, now, key, body }: Wants, route_name: string | null): Doing {
  if (identity.kind !== 'staff' && identity.kind !== 'machine') throw refuse('permission_missing')
  const maker =
    identity.kind === 'staff'
      ? ({ kind: 'staff', id: identity.staff_id } as const)
      : ({ kind: 'key', id: identity.key_id } as const)
  const claim = route_name && {
    principal_id: maker.id,
    route: route_name,
    key,
    request_hash: hashRequest(body),
  }
  return { actor: actorOf(identity), maker, may: identity.permissions, now, claim: claim || null }
}
