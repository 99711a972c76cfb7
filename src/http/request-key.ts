// Which request this is, for idempotency.
import { hashRequest, type RequestKey } from '#src/db/idempotency.sql.ts'
import type { Identity } from './identity.ts'

const nobody = '00000000-0000-0000-0000-000000000000'

/** Keys belong to the identity that sent them. */
export const principalOf = (identity: Identity): string => {
  if (identity.kind === 'staff') return identity.staff_id
  if (identity.kind === 'customer') return identity.customer_id
  return identity.kind === 'anyone' ? nobody : identity.key_id
}

export const requestKey = (
  identity: Identity,
  { route, key, body }: { readonly route: string; readonly key: string; readonly body: unknown },
): RequestKey => ({
  principal_id: principalOf(identity),
  route,
  key,
  request_hash: hashRequest(body),
})
