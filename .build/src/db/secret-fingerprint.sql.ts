// Two processes that sign with different secrets refuse each other's tokens: all of a shop must
// have the same one.

import type { Secret } from '../lib/secret.ts'
import { hmacSha256, sameBytes } from '../lib/signature.ts'
import type { Db } from './pool.ts'
import { transaction } from './transaction.ts'

/** Tells whether two secrets are the same, and nothing else about them. */
const fingerprintOf = (secret: Secret): Buffer =>
  hmacSha256(secret.reveal(), 'onhand: fingerprint of the secret that signs tokens')

/** The first process to ask makes its secret the one of this database. False for any other. */
export const isSecretOfShop = (db: Db, secret: Secret): Promise<boolean> =>
  transaction(db, async (tx) => {
    const own = fingerprintOf(secret)
    await tx.run`
      insert into secret_fingerprint (fingerprint) values (${own}) on conflict do nothing`
    const rows = await tx.many<{ fingerprint: Buffer }>`select fingerprint from secret_fingerprint`
    return rows.every(({ fingerprint }) => sameBytes(fingerprint, own))
  })
