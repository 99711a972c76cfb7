// One request, one effect, however often the client sends it (ACP checkout RFC, section 6).

import assert from 'node:assert/strict'
import { toCanonicalJson } from '../lib/json.ts'
import { refuse } from '../lib/refusal.ts'
import { sha256 } from '../lib/signature.ts'
import { asTable } from './as-table.ts'
import type { Tx } from './sql.ts'

/** Who sent the request: the same key of another identity or route is another request. */
export type RequestKey = {
  readonly principal_id: string
  readonly route: string
  readonly key: string
  readonly request_hash: Buffer
}
export type Claim = RequestKey & {
  /** What the effect makes; the answer to a repeat is computed from it. */
  readonly resource_id: string
}
export type Claimed =
  | { readonly kind: 'new' }
  | { readonly kind: 'repeat'; readonly resource_id: string }
  | { readonly kind: 'reused' }

/** Equal JSON gives equal hashes, whatever the order of its fields; null is not absent. */
export const hashRequest = (body: unknown): Buffer => sha256(toCanonicalJson(body))

/**
 * Claims all keys in one statement. While another transaction holds one of them this waits for
 * it to end. Repeats and reuse are values: they must not fail their neighbors.
 */
export async function claimKeys(
  tx: Tx,
  claims: readonly Claim[],
  now: Date,
): Promise<readonly Claimed[]> {
  const rows = claims.map((claim) => ({
    ...claim,
    request_hash: `\\x${claim.request_hash.toString('hex')}`,
  }))
  const taken = await tx.many<{ resource_id: string }>`
    insert into idempotency (principal_id, route, key, request_hash, resource_id, created_at)
    select principal_id, route, key, request_hash, resource_id, ${now}
    from ${asTable(
      rows,
      `row (
      principal_id uuid, route text, key text, request_hash bytea, resource_id uuid)`,
    )}
    order by principal_id, route, key
    on conflict do nothing
    returning resource_id`
  const ours = new Set(taken.map(({ resource_id }) => resource_id))
  if (ours.size === claims.length) return claims.map(() => ({ kind: 'new' }))
  const known = await readEarlier(
    tx,
    claims.flatMap((claim, position) =>
      ours.has(claim.resource_id) ? [] : [{ ...claim, position }],
    ),
  )
  return claims.map((claim, position): Claimed => {
    const earlier = known.get(position)
    if (earlier === undefined) return { kind: 'new' }
    return earlier.request_hash.equals(claim.request_hash)
      ? { kind: 'repeat', resource_id: earlier.resource_id }
      : { kind: 'reused' }
  })
}

type Earlier = {
  readonly position: number
  readonly request_hash: Buffer
  readonly resource_id: string
}

/** What was claimed under these keys before, by position. A key that is not there is a bug. */
async function readEarlier(
  tx: Tx,
  asked: readonly (Claim & { readonly position: number })[],
): Promise<ReadonlyMap<number, Earlier>> {
  const rows = asked.map(({ principal_id, route, key, position }) => ({
    principal_id,
    route,
    key,
    position,
  }))
  const found = await tx.many<Earlier>`
    select position, request_hash, resource_id
    from ${asTable(rows, 'row (principal_id uuid, route text, key text, position int)')}
    join idempotency using (principal_id, route, key)`
  assert.equal(found.length, asked.length, 'a key that is taken was not found')
  return new Map(found.map((earlier) => [earlier.position, earlier]))
}

/** A refused request changes nothing, so its key is free again. */
export async function releaseKeys(tx: Tx, refused: readonly Claim[]): Promise<void> {
  if (refused.length === 0) return
  const rows = refused.map(({ request_hash: _, ...row }) => row)
  await tx.run`
    delete from idempotency
    using ${asTable(
      rows,
      `row (
      principal_id uuid, route text, key text, resource_id uuid)`,
    )}
    where idempotency.principal_id = row.principal_id and idempotency.route = row.route
      and idempotency.key = row.key and idempotency.resource_id = row.resource_id`
}

/** What was made is another thing than the one that was named when the key was claimed. */
export async function redirectKeys(tx: Tx, redirected: readonly Claim[]): Promise<void> {
  if (redirected.length === 0) return
  const rows = redirected.map(({ request_hash: _, ...row }) => row)
  await tx.run`
    update idempotency set resource_id = row.resource_id
    from ${asTable(
      rows,
      `row (
      principal_id uuid, route text, key text, resource_id uuid)`,
    )}
    where idempotency.principal_id = row.principal_id and idempotency.route = row.route
      and idempotency.key = row.key`
}

/**
 * For a command that is no batch: null when the request is new, else the id of what the first
 * one made. A refusal that is thrown later frees the key by rolling back.
 * @throws idempotency_key_reused
 */
export async function claimKey(tx: Tx, claim: Claim, now: Date): Promise<string | null> {
  const [claimed] = await claimKeys(tx, [claim], now)
  if (claimed!.kind === 'reused') throw refuse('idempotency_key_reused', { key: claim.key })
  return claimed!.kind === 'repeat' ? claimed!.resource_id : null
}

/** Keys are kept for two days at least: the promise is 24 hours. */
export const dropOldKeys = (tx: Tx, before: Date): Promise<number> =>
  tx.run`delete from idempotency where created_at < ${before}`
