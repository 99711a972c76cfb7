import type { Tx } from '../db/sql.ts'
import type { Address } from '../lib/addresses.ts'
import type { ChannelId, OrderId } from '../lib/ids.ts'
import type { Currency } from '../lib/money.ts'
import type { Payer } from './start-payment.ts'

/** Who pays an order that is stored already, and what. */
export async function readPayer(
  tx: Tx,
  order_id: OrderId,
): Promise<{ readonly channel_id: ChannelId; readonly payer: Payer } | null> {
  const row = await tx.maybe<{
    channel_id: ChannelId
    email: string
    phone: string | null
    address: Address | null
    amount: bigint
    currency: Currency
  }>`
    select channel_id, email, phone, coalesce(billing_address, shipping_address) as address,
      total as amount, currency
    from orders where id = ${order_id}`
  if (!row) return null
  const { channel_id, email, phone, address, amount, currency } = row
  return { channel_id, payer: { email, phone, address, price: { amount, currency } } }
}
