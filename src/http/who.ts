// Who is asking, and whether they may: the one place where every route is guarded.
import { hashToken, isSessionToken } from '#src/customers/accounts.ts'
import { findCustomerSession } from '#src/customers/sessions.sql.ts'
import type { Db } from '#src/db/pool.ts'
import { readOnce, snapshot } from '#src/db/transaction.ts'
import { refuse } from '#src/lib/refusal.ts'
import { sameBytes, sha256 } from '#src/lib/signature.ts'
import type { KeyHolder, KeyLookup } from '#src/staff/keys.ts'
import { readPermissions } from '#src/staff/keys.ts'
import { findSession } from '#src/staff/sessions.sql.ts'
import type { Identity } from './identity.ts'
import type { Who } from './route.ts'

export const session_cookie = 'onhand_session'

export type Headers = Readonly<Record<string, string | string[] | undefined>>

const cookie = new RegExp(`(?:^|; ?)${session_cookie}=([\\w-]{43})(?:;|$)`)

/** The token of the session cookie, or null. */
export const sessionTokenOf = (headers: Headers): string | null =>
  cookie.exec(String(headers['cookie'] ?? ''))?.[1] ?? null

/** The key of `Authorization: Bearer …`, or null. */
export const bearerOf = (headers: Headers): string | null =>
  /^Bearer +(\S{1,200}) *$/i.exec(String(headers['authorization'] ?? ''))?.[1] ?? null

type Live = Exclude<KeyHolder, { readonly kind: 'expired' }>
const identityOfKey = (holder: Live): Identity =>
  holder.kind === 'publishable'
    ? { kind: 'shopper', key_id: holder.id, channel_id: holder.channel_id }
    : {
        kind: 'machine',
        key_id: holder.id,
        name: holder.name,
        permissions: holder.permissions,
      }

type Asking = { readonly method: string; readonly headers: Headers; readonly now: Date }

async function identifySession(db: Db, asking: Asking): Promise<Identity> {
  const token = sessionTokenOf(asking.headers)
  if (token === null) throw refuse('session_missing')
  const session = await snapshot(db, (tx) => findSession(tx, sha256(token), asking.now))
  if (!session) throw refuse('session_missing')
  // A browser sends the cookie by itself, also from a page that is not ours.
  const reads = asking.method === 'GET' || asking.method === 'HEAD'
  if (!reads && !sameBytes(String(asking.headers['x-csrf-token'] ?? ''), session.csrf_token)) {
    throw refuse('csrf_token_wrong')
  }
  const { staff_id, name, permissions, waits_for } = session
  return { kind: 'staff', staff_id, name, permissions: readPermissions(permissions), waits_for }
}

function checkPermission(who: Who, identity: Identity): void {
  if (who === 'anyone') return
  if (who === 'shop' || who === 'customer') {
    if (identity.kind !== 'shopper') throw refuse('permission_missing')
    return
  }
  if (identity.kind !== 'staff' && identity.kind !== 'machine') throw refuse('permission_missing')
  if (who === 'staff_waiting') return
  // Before anything else is said about what they may do.
  if (identity.kind === 'staff' && identity.waits_for !== null) {
    throw refuse('second_factor_missing', { waits_for: identity.waits_for })
  }
  if (who !== 'staff' && !identity.permissions.has(who.staff)) {
    throw refuse('permission_missing', { permission: who.staff })
  }
}

/** Which customer goes on shopping with this key, by the token of their session. */
export async function identifyCustomer(
  db: Db,
  shopper: Identity,
  { headers, now }: Pick<Asking, 'headers' | 'now'>,
): Promise<Identity> {
  const token = String(headers['x-customer-token'] ?? '')
  if (shopper.kind !== 'shopper') throw refuse('permission_missing')
  if (!isSessionToken(token)) {
    const reason = 'X-Customer-Token holds no token of a session.'
    throw refuse('session_missing', token === '' ? {} : { reason })
  }
  const session = await readOnce(db, (tx) => findCustomerSession(tx, hashToken(token), now))
  if (!session) throw refuse('session_missing')
  const { id: session_id, customer_id, email } = session
  return { ...shopper, kind: 'customer', customer_id, session_id, email }
}

export type Guard = (who: Who, asking: Asking) => Identity | Promise<Identity>

/** A key that was seen a moment ago is answered at once, without waiting for anything. */
export function createGuard(db: Db, keys: KeyLookup): Guard {
  const admit = (who: Who, holder: KeyHolder | null): Identity => {
    if (!holder) throw refuse('key_invalid')
    if (holder.kind === 'expired') throw refuse('key_expired')
    const identity = identityOfKey(holder)
    checkPermission(who, identity)
    return identity
  }
  const enter = (who: Who, holder: KeyHolder | null, asking: Asking) => {
    const identity = admit(who, holder)
    return who === 'customer' ? identifyCustomer(db, identity, asking) : identity
  }
  return (who, asking) => {
    if (who === 'anyone') return { kind: 'anyone' }
    const token = bearerOf(asking.headers)
    if (token !== null) {
      const known = keys.known(token)
      if (known !== undefined) return enter(who, known, asking)
      return keys.find(token, asking.now).then((holder) => enter(who, holder, asking))
    }
    if (who === 'shop' || who === 'customer') throw refuse('key_missing')
    return identifySession(db, asking).then((identity) => {
      checkPermission(who, identity)
      return identity
    })
  }
}
