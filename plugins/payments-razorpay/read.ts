// What Razorpay knows of orders and payments. Whatever cannot be read makes the whole answer
// doubtful, because it might be the payment that matters.
import type { AttemptId } from '#src/lib/ids.ts'
import type { Money } from '#src/lib/money.ts'
import { fromAmount } from './amounts.ts'
import { type Client, Doubt } from './client.ts'
import type { RazorpayConfig } from './settings.ts'
import { type Payment, type Refund, readId, readPayment, readRefund } from './translate.ts'

export type Razorpay = { readonly config: RazorpayConfig; readonly client: Client }
export type Order = { readonly id: string; readonly money: Money | null }

/** `receipt` is not enforced to be unique, so there may be several. */
export async function findOrders({ client }: Razorpay, attempt: AttemptId): Promise<Order[]> {
  const list = await client.list('/orders', { receipt: attempt })
  const ours = list.filter((order) => order['receipt'] === attempt)
  return ours.map((order) => {
    const id = readId(order['id'], 'order_')
    if (id === null) throw new Doubt('an order without a readable id')
    return { id, money: fromAmount(order['amount'], order['currency']) }
  })
}

export async function orderPayments(razorpay: Razorpay, order: string): Promise<Payment[]> {
  const { client, config } = razorpay
  const list = await client.list(`/orders/${encodeURIComponent(order)}/payments`)
  const payments = list.map((entity) => readPayment(entity, config.key_secret))
  return payments.filter((payment): payment is Payment => {
    if (payment === null) throw new Doubt(`an unreadable payment of order ${order}`)
    return payment.order === order
  })
}

export async function getPayment({ client, config }: Razorpay, id: string): Promise<Payment> {
  const payment = readPayment(await client.get(`/payments/${id}`), config.key_secret)
  if (payment?.id !== id) throw new Doubt(`payment ${id} could not be read`)
  return payment
}

export async function refundsOf({ client }: Razorpay, payment: string): Promise<Refund[]> {
  const list = await client.list(`/payments/${payment}/refunds`)
  return list.map((entity) => {
    const refund = readRefund(entity)
    if (refund === null) throw new Doubt(`an unreadable refund of payment ${payment}`)
    return refund
  })
}
