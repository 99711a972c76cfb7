import type { Tx } from '../db/sql.ts'
import type { Address } from '../lib/addresses.ts'
import type { OrderId } from '../lib/ids.ts'

/** Where an order goes and whom it reaches: the part of it that may still be corrected. */
export type OrderContact = {
  readonly email: string
  readonly phone: string | null
  readonly shipping_address: Address | null
  readonly billing_address: Address | null
}

export const readOrderContact = (tx: Tx, id: OrderId): Promise<OrderContact> =>
  tx.one<OrderContact>`
    select email, phone, shipping_address, billing_address from orders where id = ${id}`

/** Raises the version too. The order must be locked. */
export async function writeOrderContact(
  tx: Tx,
  id: OrderId,
  { email, phone, shipping_address, billing_address }: OrderContact,
): Promise<void> {
  await tx.run`
    update orders set email = ${email}, phone = ${phone},
      shipping_address = ${shipping_address && JSON.stringify(shipping_address)}::jsonb,
      billing_address = ${billing_address && JSON.stringify(billing_address)}::jsonb,
      version = version + 1
    where id = ${id}`
}
