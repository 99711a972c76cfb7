// Staff correct where an order goes and whom it reaches, as long as nothing bears the old address.
// What was agreed stays as it is: prices, taxes, and the documents that were issued.
import { isDeepStrictEqual } from 'node:util'
import { isTaxedAlike } from '#src/carts/cart-tax.ts'
import type { ShopBook } from '#src/carts/shop-book.ts'
import type { Tx } from '#src/db/sql.ts'
import { transaction } from '#src/db/transaction.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { retryEffects } from '#src/jobs/exceptions.sql.ts'
import type { Address } from '#src/lib/addresses.ts'
import { fieldError } from '#src/lib/field-errors.ts'
import type { OrderId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import {
  type OrderContact,
  readOrderContact,
  writeOrderContact,
} from '#src/orders/order-contacts.sql.ts'
import { lockOrders } from '#src/orders/orders.sql.ts'
import type { OrderRow } from '#src/orders/orders.ts'
import { dropPreparedLabels, hasPrintedParcel } from '#src/shipping/shipping.sql.ts'
import type { Desk } from './desk.ts'

export type AddressCorrection = {
  /** The version of the order that was seen. Another one is refused. */
  readonly version: number
  /** Checked already; what is absent stays. */
  readonly contact: Partial<OrderContact>
  readonly actor: string
}

/** Taxes and prices were reckoned for a country, and for the rates that hold at the address. */
function assertSamePrice(
  book: ShopBook,
  { channel_id }: OrderRow,
  before: Address | null,
  after: Address,
): void {
  const message = 'The order was priced for another place.'
  if (before?.country !== after.country) {
    const errors = [fieldError('shipping_address.country', 'other_country', message)]
    throw refuse('address_changes_price', { errors })
  }
  if (isTaxedAlike(book, channel_id, [before, after])) return
  const errors =
    before.region === after.region
      ? [fieldError('shipping_address.postal_code', 'other_district', message)]
      : [fieldError('shipping_address.region', 'other_region', message)]
  throw refuse('address_changes_price', { errors })
}

/** The next label is made for the new address, whatever was prepared for the old one. */
async function labelAnew(tx: Tx, order_id: OrderId, now: Date): Promise<void> {
  await dropPreparedLabels(tx, order_id)
  await retryEffects(tx, { order_id, kind: 'label' }, now)
}

/**
 * Sent again it changes nothing.
 * @throws not_found, order_has_changed, order_cannot_move, address_is_printed,
 * address_changes_price
 */
export async function correctAddress(
  desk: Desk,
  order_id: OrderId,
  { version, contact, actor }: AddressCorrection,
): Promise<void> {
  await transaction(desk.db, async (tx) => {
    const now = desk.clock()
    const [order] = await lockOrders(tx, [order_id])
    if (!order) throw refuse('not_found', { order_id })
    const before = await readOrderContact(tx, order_id)
    const after = { ...before, ...contact }
    const fields = (Object.keys(after) as (keyof OrderContact)[]).filter(
      (field) => !isDeepStrictEqual(before[field], after[field]),
    )
    if (fields.length === 0) return
    const { state } = order
    if (order.version !== version) throw refuse('order_has_changed', { version: order.version })
    if (state !== 'pending' && state !== 'placed') {
      throw refuse('order_cannot_move', { order_id, state, move: 'correct_address' })
    }
    if (await hasPrintedParcel(tx, order_id)) throw refuse('address_is_printed', { order_id })
    if (fields.includes('shipping_address')) {
      const book = await desk.readBook(tx)
      assertSamePrice(book, order, before.shipping_address, after.shipping_address!)
    }
    await writeOrderContact(tx, order_id, after)
    await labelAnew(tx, order_id, now)
    await addEvents(tx, [
      {
        kind: 'order.address_corrected',
        subject: 'order',
        subject_id: order_id,
        order_id,
        actor,
        detail: { fields },
        at: now,
      },
    ])
  })
}
