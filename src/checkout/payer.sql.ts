import type { Tx } from '#src/db/sql.ts'
import type { Address } from '#src/lib/addresses.ts'
import type { ChannelId, OrderId } from '#src/lib/ids.ts'
import type { Currency } from '#src/lib/money.ts'
import type { OrderState } from '#src/orders/orders.ts'
import type { Payer } from './start-payment.ts'

type Paying = {
  readonly state: OrderState
  readonly channel_id: ChannelId
  readonly payer: Payer
}

/** Who pays an order that is stored already, and what. */
export async function readPayer(tx: Tx, order_id: OrderId): Promise<Paying | null> {
  const row = await tx.maybe<{
    state: OrderState
    channel_id: ChannelId
    email: string
    phone: string | null
    address: Address | null
    amount: bigint
    currency: Currency
  }>`
    select state, channel_id, email, phone, coalesce(billing_address, shipping_address) as address,
      total as amount, currency
    from orders where id = ${order_id}`
  if (!row) return null
  const { state, channel_id, email, phone, address, amount, currency } = row
  return { state, channel_id, payer: { email, phone, address, price: { amount, currency } } }
}
