import type { Tx } from '#src/db/sql.ts'
import type { Address } from '#src/lib/addresses.ts'
import type { CustomerId, OrderId } from '#src/lib/ids.ts'

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

/** Whose limits of promotions an order counts against. */
export const readBuyer = (
  tx: Tx,
  id: OrderId,
): Promise<{ readonly customer_id: CustomerId | null; readonly email: string }> =>
  tx.one<{ customer_id: CustomerId | null; email: string }>`
    select customer_id, email from orders where id = ${id}`

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
