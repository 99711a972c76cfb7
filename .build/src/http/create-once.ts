// A POST that makes one thing: the Idempotency-Key is claimed in the transaction of the effect.
import { claimKey } from '../db/idempotency.sql.ts'
import type { Tx } from '../db/sql.ts'
import { transaction } from '../db/transaction.ts'
import { newId } from '../lib/ids.ts'
import { requestKey } from './request-key.ts'
import type { Asked } from './route.ts'

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
  const request = requestKey(identity, { route, key, body: input })
  return transaction(app.db, async (tx) => {
    const id = newId<Id>()
    const claim = { ...request, resource_id: id }
    const earlier = await claimKey(tx, claim, now)
    if (earlier !== null) return earlier as Id
    await make(tx, id)
    return id
  })
}
