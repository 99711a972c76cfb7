// Everything personal about a customer goes; ledgers, orders and their money stay, and name
// nobody any more. Invoices are kept, because the law asks for it: the answer says which.
//
// Whoever orders in the name of a customer holds the row of that customer until the order is
// there, so an erasure and an order wait for each other: either the order was first, and the
// erasure is refused until it is done with, or the customer is gone and nothing is ordered.
import { dropEmailOfCarts, eraseCarts, lockCartsOfPerson } from '#src/carts/carts.sql.ts'
import { cancelPending } from '#src/checkout/cancel-order.ts'
import { readConsents } from '#src/customers/consents.sql.ts'
import { lockCustomer } from '#src/customers/customers.sql.ts'
import { type Editing, noteCustomers } from '#src/customers/edit-customers.ts'
import { eraseCustomerRow } from '#src/customers/erase-customer.sql.ts'
import { addConsents } from '#src/customers/record-consent.ts'
import type { Tx } from '#src/db/sql.ts'
import { eraseCarrierWords } from '#src/events/events.sql.ts'
import { type KeptDocument, readKeptDocuments } from '#src/invoices/kept-documents.sql.ts'
import { eraseReasons } from '#src/jobs/exceptions.sql.ts'
import { plusMs } from '#src/lib/clock.ts'
import type { CustomerId, OrderId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import { eraseMessages } from '#src/messages/erase-messages.sql.ts'
import { dropEmailOfDrafts, eraseDrafts, lockDraftsOfPerson } from '#src/orders/drafts.sql.ts'
import { lockOrders } from '#src/orders/orders.sql.ts'
import {
  eraseOrders,
  eraseWords,
  lockOrdersOfPerson,
  type OrderOfPerson,
} from '#src/orders/orders-of-person.sql.ts'
import { readOrderAttempts } from '#src/payments/payments.sql.ts'
import { isOpen } from '#src/payments/payments.ts'
import { readBalances } from '#src/payments/read-balances.ts'
import { eraseRefundReasons } from '#src/payments/transfer-reasons.sql.ts'
import { eraseTurns } from '#src/pricing/erase-turns.sql.ts'
import { eraseExemptions } from '#src/pricing/exemptions.sql.ts'
import { eraseParcels } from '#src/shipping/shipping.sql.ts'
import { eraseOwn, type OwnData } from './own-data.ts'

/** A parcel that was not heard of for so long is not waited for. */
const travel_ms_max = 60 * 86_400_000

export type Open = Pick<OrderOfPerson, 'id' | 'number'> & { readonly reason: string }

export type Standing = Omit<OrderOfPerson, 'settle_later' | 'cart_id'> & {
  /** A payment of it is under way. */
  readonly is_paying: boolean
  /** The buyer has paid more than is due, and the shop keeps it so far. */
  readonly keeps_money: boolean
}

/** Why it must still be known whose an order is; null when it need not. */
export function openReason(order: Standing): string | null {
  if (order.is_paying) return 'It is being paid.'
  if (order.state === 'pending') return 'It waits to be paid: cancel it, or let its hold run out.'
  const to_ship = ['unfulfilled', 'partially_shipped'].includes(order.fulfillment_state)
  if (order.state === 'placed' && to_ship) return 'Its goods are still to be sent.'
  if (order.travels) return 'Its parcel is on its way.'
  if (order.unfinished) return 'Work for it is not finished: see the exception inbox.'
  if (order.keeps_money) return 'Money of the buyer is kept: settle it first.'
  return order.refund_failed ? 'A refund has failed: see the exception inbox.' : null
}

/** The orders must be locked. */
async function readStanding(tx: Tx, orders: readonly OrderOfPerson[]): Promise<Standing[]> {
  const unsettled = orders.flatMap(({ id, settle_later }) => (settle_later ? id : []))
  const balances = await readBalances(tx, await lockOrders(tx, unsettled))
  const keeps = (id: OrderId): boolean => (balances.get(id)?.to_refund ?? 0n) > 0n
  const pending = orders.flatMap(({ id, state }) => (state === 'pending' ? id : []))
  const attempts = await readOrderAttempts(tx, pending)
  const paying = new Set(attempts.flatMap((one) => (isOpen(one.state) ? one.order_id : [])))
  return orders.map(({ settle_later: _, cart_id: _c, ...order }) => ({
    ...order,
    keeps_money: keeps(order.id),
    is_paying: paying.has(order.id),
  }))
}

/** Offers that were sent with their goods held, and that nobody is paying: they are given up. */
const offersAmong = (
  orders: readonly OrderOfPerson[],
  standing: readonly Standing[],
  drafts: readonly string[],
): OrderId[] =>
  orders.flatMap(({ id, state, cart_id }, i) => {
    const is_offer = cart_id !== null && drafts.includes(cart_id)
    return is_offer && state === 'pending' && !standing[i]!.is_paying ? id : []
  })

export type Erased = { readonly orders: number; readonly kept: readonly KeptDocument[] }

/** @throws not_found, customer_has_open_orders, and what a shop of its own refuses */
export async function eraseCustomer(
  tx: Tx,
  id: CustomerId,
  { actor, now }: Editing,
  own: OwnData,
): Promise<Erased> {
  const person = await lockCustomer(tx, id)
  if (!person) throw refuse('not_found', { customer_id: id })
  const carts = await lockCartsOfPerson(tx, id, person.email)
  const drafts = await lockDraftsOfPerson(tx, id, person.email)
  const orders = await lockOrdersOfPerson(tx, person, plusMs(now, -travel_ms_max))
  const standing = await readStanding(tx, orders)
  const offers = offersAmong(orders, standing, drafts.theirs)
  const open = standing.flatMap((order): Open[] => {
    const is_given_up = offers.includes(order.id)
    const reason = openReason(is_given_up ? { ...order, state: 'canceled' } : order)
    return reason ? [{ id: order.id, number: order.number, reason }] : []
  })
  if (open.length > 0) throw refuse('customer_has_open_orders', { orders: open.slice(0, 100) })
  for (const offer of await lockOrders(tx, offers)) {
    await cancelPending(tx, offer, { reason: 'the customer was erased', actor, now })
  }
  const ids = orders.map((order) => order.id)
  await eraseOwn(own, tx, person)
  const granted = (await readConsents(tx, id)).filter((consent) => consent.granted)
  const withdrawn = granted.map(({ contact }) => ({ contact, granted: false, wording: null }))
  await addConsents(tx, id, withdrawn, { source: 'erasure', actor, now })
  await eraseCarts(tx, carts.theirs, now)
  await dropEmailOfCarts(tx, carts.of_others)
  await eraseExemptions(tx, id, carts.theirs)
  await eraseDrafts(tx, drafts.theirs, now)
  await dropEmailOfDrafts(tx, drafts.of_others, now)
  await eraseOrders(tx, ids, now)
  await eraseTurns(tx, id, ids)
  await eraseWords(tx, ids)
  await eraseRefundReasons(tx, ids)
  await eraseParcels(tx, ids)
  await eraseCarrierWords(tx, ids)
  const mails = await eraseMessages(tx, {
    orders: ids,
    carts: carts.theirs,
    drafts: drafts.theirs,
    email: person.email,
  })
  await eraseReasons(tx, ids, mails)
  await eraseCustomerRow(tx, person, now)
  await noteCustomers(tx, 'customer.erased', { id, orders: ids.length }, { actor, now })
  return { orders: ids.length, kept: await readKeptDocuments(tx, ids) }
}
