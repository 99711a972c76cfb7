// A POST that makes one thing: the Idempotency-Key is claimed in the transaction of the effect.
import { claimKey, hashRequest } from '#src/db/idempotency.sql.ts'
import type { Tx } from '#src/db/sql.ts'
import { transaction } from '#src/db/transaction.ts'
import { newId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import type { Identity } from './identity.ts'
import type { Asked } from './route.ts'

const principalOf = (identity: Identity): string => {
  switch (identity.kind) {
    case 'staff':
      return identity.staff_id
    case 'machine':
    case 'shopper':
      return identity.key_id
    case 'anyone':
      throw refuse('key_missing')
  }
}

/**
 * Runs `make` with a new id, once per key. Gives the id of what the first request made when this
 * one is a repeat. `input` is what must be the same for it to be one: body and path.
 * @throws idempotency_key_reused
 */
export async function createOnce<Id extends string>(
  { app, identity, key, now }: Asked<unknown, unknown, unknown>,
  route: string,
  input: unknown,
  make: (tx: Tx, id: Id) => Promise<void>,
): Promise<Id> {
  const principal_id = principalOf(identity)
  const request_hash = hashRequest(input)
  return transaction(app.db, async (tx) => {
    const id = newId<Id>()
    const claim = { principal_id, route, key, request_hash, resource_id: id }
    const earlier = await claimKey(tx, claim, now)
    if (earlier !== null) return earlier as Id
    await make(tx, id)
    return id
  })
}
