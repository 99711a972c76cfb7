import { sql, type Tx } from '#src/db/sql.ts'
import type { CustomerId, CustomerSessionId } from '#src/lib/ids.ts'

export type CustomerSession = {
  readonly id: CustomerSessionId
  readonly customer_id: CustomerId
  readonly email: string
  readonly device: string | null
  readonly created_at: Date
  readonly renewed_at: Date
  readonly expires_at: Date
}

const columns = sql`customer_session.id, customer_id, email, device, customer_session.created_at,
  renewed_at, expires_at`

/** Whose token it is; null when it is over. The token before a renewal is good for a moment. */
export const findCustomerSession = (
  tx: Tx,
  token_hash: Buffer,
  now: Date,
): Promise<CustomerSession | null> =>
  tx.maybe<CustomerSession>`
    select ${columns} from customer_session join customer on customer.id = customer_id
    where (token_hash = ${token_hash}
        or (previous_hash = ${token_hash} and previous_until > ${now}))
      and expires_at > ${now} and erased_at is null`

export type NewCustomerSession = Omit<CustomerSession, 'email'> & { readonly token_hash: Buffer }

/** The customer must be locked. The oldest ones beyond `limit` end. */
export async function insertCustomerSession(
  tx: Tx,
  session: NewCustomerSession,
  limit: number,
): Promise<void> {
  await tx.run`
    delete from customer_session where id in (
      select id from customer_session where customer_id = ${session.customer_id}
      order by id desc offset ${limit - 1})`
  await tx.run`
    insert into customer_session (id, customer_id, token_hash, device, created_at, renewed_at,
      expires_at)
    values (${session.id}, ${session.customer_id}, ${session.token_hash}, ${session.device},
      ${session.created_at}, ${session.renewed_at}, ${session.expires_at})`
  await tx.run`
    update customer set signed_in_at = ${session.created_at} where id = ${session.customer_id}`
}

export type Renewal = {
  readonly id: CustomerSessionId
  readonly token_hash: Buffer
  readonly previous_hash: Buffer
  readonly previous_until: Date
  readonly expires_at: Date
  readonly now: Date
}
/** False when the session has ended meanwhile. */
export const renewCustomerSession = async (tx: Tx, renewal: Renewal): Promise<boolean> =>
  (await tx.run`
    update customer_session set token_hash = ${renewal.token_hash},
      previous_hash = ${renewal.previous_hash}, previous_until = ${renewal.previous_until},
      renewed_at = ${renewal.now}, expires_at = ${renewal.expires_at}
    where id = ${renewal.id} and expires_at > ${renewal.now}
      and (token_hash = ${renewal.previous_hash} or previous_hash = ${renewal.previous_hash})`) ===
  1

/** Those that are not over, the newest first. */
export const readSessionPage = (
  tx: Tx,
  customer_id: CustomerId,
  { after, limit, now }: { readonly after: string | null; readonly limit: number; now: Date },
): Promise<CustomerSession[]> =>
  tx.many<CustomerSession>`
    select ${columns} from customer_session join customer on customer.id = customer_id
    where customer_id = ${customer_id} and expires_at > ${now}
      and (${after}::uuid is null or customer_session.id < ${after}::uuid)
    order by customer_session.id desc limit ${limit}`

export const endCustomerSession = (
  tx: Tx,
  customer_id: CustomerId,
  id: CustomerSessionId,
): Promise<number> =>
  tx.run`delete from customer_session where id = ${id} and customer_id = ${customer_id}`

/** All of them, but the one that is kept. */
export const endCustomerSessions = (
  tx: Tx,
  customer_id: CustomerId,
  kept: CustomerSessionId | null,
): Promise<number> =>
  tx.run`
    delete from customer_session
    where customer_id = ${customer_id} and (${kept}::uuid is null or id <> ${kept}::uuid)`

export const dropExpiredSessions = (tx: Tx, now: Date): Promise<number> =>
  tx.run`delete from customer_session where expires_at <= ${now}`
