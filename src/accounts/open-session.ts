// The end of every way in: a session, and the cart that the customer goes on with.
import { takeCart } from '#src/carts/take-cart.ts'
import { hashToken, newSessionToken, session_ms } from '#src/customers/accounts.ts'
import { actorOfCustomer, customer_limits } from '#src/customers/customers.ts'
import { noteCustomers } from '#src/customers/edit-customers.ts'
import { type CustomerSession, insertCustomerSession } from '#src/customers/sessions.sql.ts'
import type { Tx } from '#src/db/sql.ts'
import { plusMs } from '#src/lib/clock.ts'
import {
  type CartId,
  type ChannelId,
  type CustomerId,
  type CustomerSessionId,
  newId,
} from '#src/lib/ids.ts'

export type Entering = {
  readonly channel_id: ChannelId
  /** The cart that the guest has proved to be theirs. */
  readonly guest_cart_id: CartId | null
  readonly device: string | null
  readonly now: Date
}
export type Entered = {
  /** Told once: only its hash is kept. */
  readonly token: string
  readonly session: CustomerSession
  readonly cart_id: CartId | null
}

/** The customer must be locked. */
export async function openSession(
  tx: Tx,
  { id: customer_id, email }: { readonly id: CustomerId; readonly email: string },
  { channel_id, guest_cart_id, device, now }: Entering,
): Promise<Entered> {
  const token = newSessionToken()
  const session: CustomerSession = {
    id: newId<CustomerSessionId>(),
    customer_id,
    email,
    device,
    created_at: now,
    renewed_at: now,
    expires_at: plusMs(now, session_ms),
  }
  const limit = customer_limits.sessions_per_customer
  await insertCustomerSession(tx, { ...session, token_hash: hashToken(token) }, limit)
  const cart_id = await takeCart(tx, { customer_id, email, channel_id, guest_cart_id, now })
  const by = { actor: actorOfCustomer(customer_id), now }
  await noteCustomers(tx, 'customer.signed_in', { id: customer_id, session_id: session.id }, by)
  return { token, session, cart_id }
}
