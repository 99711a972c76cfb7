// Making sure that nothing will be taken for an attempt. An order cannot be closed at Razorpay
// and a payment cannot be voided; but orders are made for manual capture, so what is not
// captured by us is never taken, and what is reserved can be given back.
import type { AttemptId } from '#src/lib/ids.ts'
import type { PaymentOutcome } from '#src/ports/payment-provider.ts'
import { toAmount } from './amounts.ts'
import { Doubt } from './client.ts'
import { getPayment, orderPayments, type Razorpay, refundsOf } from './read.ts'
import {
  notesFor,
  outcomeOf,
  type Payment,
  readRefund,
  releaseMark,
  void_receipt,
  weigh,
} from './translate.ts'

/**
 * `canceled` also where the buyer could still pay: that payment would only be reserved, its
 * webhook says so, and the core takes it or cancels again. A bank that is still thinking is
 * waited for, and money that was captured before is reported, never given back from here.
 */
export async function cancelOrder(
  razorpay: Razorpay,
  attempt: AttemptId,
  reference: string,
): Promise<PaymentOutcome> {
  const payments = await orderPayments(razorpay, reference)
  const weights = payments.map(weigh)
  const said = outcomeOf(payments)
  if (said && (weights.includes('captured') || weights.includes('strange'))) return said
  let waiting = weights.includes('thinking')
  for (const payment of payments) {
    if (!['authorized', 'releasing'].includes(weigh(payment))) continue
    if (!(await release(razorpay, attempt, payment))) waiting = true
  }
  return { kind: waiting ? 'pending' : 'canceled', reference }
}

/**
 * The payment is marked before anything else, so that the webhook of its capture, and whoever
 * goes on after a crash, can tell this capture from one that was meant to keep the money.
 */
async function release(razorpay: Razorpay, attempt: AttemptId, seen: Payment): Promise<boolean> {
  const { config, client } = razorpay
  const mode = seen.released ?? config.void
  if (seen.released === null) {
    const mark = releaseMark(config.key_secret, mode, seen.id)
    const notes = { ...notesFor(config.key_secret, attempt, seen.order ?? ''), void: mark }
    await client.patch(`/payments/${seen.id}`, { notes })
  }
  if (mode === 'lapse') return true
  if (seen.status === 'authorized') {
    const wire = { amount: toAmount(seen.amount), currency: seen.amount.currency }
    await client.post(`/payments/${seen.id}/capture`, wire)
  }
  const payment = await getPayment(razorpay, seen.id)
  // Another payment of the order was captured meanwhile, and Razorpay gave this one back.
  if (payment.status === 'refunded') return true
  if (payment.status === 'captured') return giveBack(razorpay, payment)
  throw new Doubt(`payment ${payment.id} is ${payment.status} while it is released`)
}

/** A refund that failed is asked for again under a new key; one that stands is never repeated. */
async function giveBack(razorpay: Razorpay, { id, amount }: Payment): Promise<boolean> {
  const refunds = await refundsOf(razorpay, id)
  const standing = refunds.filter(({ status }) => status !== 'failed')
  if (standing.length === 0) {
    const receipt = void_receipt(id)
    const made = await razorpay.client.post(
      `/payments/${id}/refund`,
      { amount: toAmount(amount), speed: 'normal', receipt, notes: { reason: 'canceled' } },
      { 'x-refund-idempotency': `${receipt}-${refunds.length}` },
    )
    const refund = made.kind === 'ok' ? readRefund(made.body) : null
    if (!refund) throw new Doubt(`payment ${id} was captured and could not be refunded`)
    standing.push(refund)
  }
  const back = standing.reduce((sum, refund) => sum + refund.amount.amount, 0n)
  if (back < amount.amount) throw new Doubt(`payment ${id} is refunded only in part`)
  return standing.every(({ status }) => status === 'processed')
}
