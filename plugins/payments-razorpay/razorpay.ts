// Razorpay behind the payment port. `start` makes an order that moves no money, the buyer's
// browser makes a payment on it, and money is only ever taken by `capture`, which the core asks.
import type { Send } from '#src/lib/http-client.ts'
import type {
  AttemptAt,
  Buyer,
  CapturePayment,
  FinishPayment,
  JsonObject,
  PaymentOutcome,
  PaymentProvider,
  RefundPayment,
  StartPayment,
  TransferOutcome,
} from '#src/ports/payment-provider.ts'
import { fromAmount, isOrderable, sameMoney, toAmount } from './amounts.ts'
import { Doubt, razorpayClient } from './client.ts'
import { findOrders, getPayment, orderPayments, type Razorpay, refundsOf } from './read.ts'
import { cancelOrder } from './release.ts'
import type { RazorpayConfig } from './settings.ts'
import {
  isSignedByCheckout,
  manual_expiry_min,
  notesFor,
  outcomeOf,
  type Payment,
  readId,
  readRefund,
  refundOutcome,
  weigh,
} from './translate.ts'
import { readRazorpayWebhook } from './webhooks.ts'

const checkout_script = 'https://checkout.razorpay.com/v1/checkout.js'
const no_partial = 'Razorpay captures exactly the amount that was authorized.'
const no_void =
  'Razorpay has no void: RAZORPAY_VOID says whether a reserved amount is captured and refunded ' +
  'in full, or left to lapse.'

/** What checkout.js is opened with; its `key` is our `key_id`. */
function waitsForBuyer(
  { config }: Razorpay,
  { attempt, price }: AttemptAt | StartPayment,
  order_id: string,
  buyer: Buyer | null,
): PaymentOutcome {
  const contact = buyer?.phone ? { contact: buyer.phone } : {}
  const client_data: JsonObject = {
    key_id: config.key_id,
    order_id,
    amount: toAmount(price),
    currency: price.currency,
    notes: notesFor(config.key_secret, attempt, order_id),
    prefill: buyer ? { name: buyer.name, email: buyer.email, ...contact } : {},
  }
  return { kind: 'requires_action', reference: order_id, client_data }
}

/** What is known under our own reference. Several orders may bear it; the one with money counts. */
async function lookupByReceipt(
  razorpay: Razorpay,
  request: AttemptAt | StartPayment,
  buyer: Buyer | null,
): Promise<PaymentOutcome> {
  const orders = await findOrders(razorpay, request.attempt)
  const payments: Payment[] = []
  for (const { id } of orders) payments.push(...(await orderPayments(razorpay, id)))
  const order = orders.find(({ money }) => money && sameMoney(money, request.price))
  return (
    outcomeOf(payments) ??
    (order ? waitsForBuyer(razorpay, request, order.id, buyer) : { kind: 'not_found' })
  )
}

/** Razorpay has no idempotency key for orders, so it is asked first what it knows. */
async function start(razorpay: Razorpay, request: StartPayment): Promise<PaymentOutcome> {
  const { attempt, order, price, buyer } = request
  const amount = toAmount(price)
  if (amount === null || !isOrderable(price)) {
    return { kind: 'declined', reference: null, reason: 'not_supported' }
  }
  const known = await lookupByReceipt(razorpay, request, buyer)
  if (known.kind !== 'not_found') return known
  const made = await razorpay.client.post('/orders', {
    amount,
    currency: price.currency,
    receipt: attempt,
    notes: { attempt, order },
    payment: {
      capture: 'manual',
      capture_options: { manual_expiry_period: manual_expiry_min, refund_speed: 'normal' },
    },
  })
  if (made.kind === 'refused') return { kind: 'declined', reference: null, reason: 'generic' }
  const id = readId(made.body['id'], 'order_')
  const money = fromAmount(made.body['amount'], made.body['currency'])
  if (!id || !money || !sameMoney(money, price)) throw new Doubt('not the order we asked for')
  return waitsForBuyer(razorpay, request, id, buyer)
}

/** An order that we were given and that is gone means other keys: in doubt, not `not_found`. */
async function lookup(razorpay: Razorpay, request: AttemptAt): Promise<PaymentOutcome> {
  const { reference } = request
  if (reference === null) return lookupByReceipt(razorpay, request, null)
  const payments = await orderPayments(razorpay, reference)
  return outcomeOf(payments) ?? waitsForBuyer(razorpay, request, reference, null)
}

/** A wrong or missing signature is not believed; what Razorpay itself says of the order is. */
async function finish(razorpay: Razorpay, request: FinishPayment): Promise<PaymentOutcome> {
  const { reference, answer } = request
  const id = readId(answer['razorpay_payment_id'], 'pay_')
  const signature = answer['razorpay_signature']
  const { key_secret } = razorpay.config
  if (id && isSignedByCheckout(key_secret, reference, id, signature)) {
    const payment = await getPayment(razorpay, id)
    const paid = payment.order === reference ? outcomeOf([payment]) : null
    if (paid?.kind === 'authorized' || paid?.kind === 'captured') return paid
  }
  return lookup(razorpay, request)
}

async function cancel(razorpay: Razorpay, request: AttemptAt): Promise<PaymentOutcome> {
  const { attempt, reference } = request
  if (reference !== null) return cancelOrder(razorpay, attempt, reference)
  let last: PaymentOutcome = { kind: 'canceled', reference: null }
  for (const { id } of await findOrders(razorpay, attempt)) {
    last = await cancelOrder(razorpay, attempt, id)
    if (last.kind !== 'canceled') return last
  }
  return last
}

const refused = (code: string, message: string): TransferOutcome => ({
  kind: 'refused',
  code,
  message,
})

/** There is no key that makes a capture safe to repeat: the state is read before and after. */
async function capture(razorpay: Razorpay, request: CapturePayment): Promise<TransferOutcome> {
  const { reference, amount, price } = request
  if (!sameMoney(amount, price)) return refused('partial_capture', no_partial)
  const payments = await orderPayments(razorpay, reference)
  const taken = payments.find((payment) => weigh(payment) === 'captured')
  const held = taken ?? payments.find((payment) => weigh(payment) === 'authorized')
  if (!held) return refused('not_authorized', 'No payment of this order waits for its capture.')
  if (!sameMoney(held.amount, amount)) return refused('other_amount', no_partial)
  if (taken) return { kind: 'succeeded', reference: taken.id, fee: taken.fee }
  const wire = { amount: toAmount(amount), currency: amount.currency }
  const reply = await razorpay.client.post(`/payments/${held.id}/capture`, wire)
  // Refused is also what a capture is that was done a moment ago: the payment itself tells.
  const after = await getPayment(razorpay, held.id)
  const { status, fee } = after
  if (weigh(after) === 'captured') return { kind: 'succeeded', reference: held.id, fee }
  if (reply.kind === 'refused') return reply
  throw new Doubt(`payment ${held.id} is ${status} after its capture`)
}

/** Their key has no documented lifetime, so our receipt is looked for first. */
async function refund(razorpay: Razorpay, request: RefundPayment): Promise<TransferOutcome> {
  const { reference, refund: receipt, amount } = request
  const units = toAmount(amount)
  if (units === null) return refused('amount', 'Razorpay cannot carry this amount.')
  const payments = await orderPayments(razorpay, reference)
  const paid = payments.find((payment) => weigh(payment) === 'captured')
  if (!paid) return refused('not_captured', 'No payment of this order was captured.')
  if (paid.amount.currency !== amount.currency) {
    return refused('other_currency', 'The payment was made in another currency.')
  }
  const known = (await refundsOf(razorpay, paid.id)).find((made) => made.receipt === receipt)
  if (known) return refundOutcome(known)
  const reply = await razorpay.client.post(
    `/payments/${paid.id}/refund`,
    { amount: units, speed: 'normal', receipt, notes: { refund: receipt } },
    { 'x-refund-idempotency': receipt },
  )
  if (reply.kind === 'refused') return reply
  const made = readRefund(reply.body)
  if (made?.receipt === receipt && sameMoney(made.amount, amount)) return refundOutcome(made)
  throw new Doubt('not the refund we asked for')
}

/** Whatever is in doubt is `unknown`, and the core asks again. Everything else is a bug. */
const orUnknown =
  <R, T>(razorpay: Razorpay, ask: (razorpay: Razorpay, request: R) => Promise<T>) =>
  async (request: R): Promise<T | { readonly kind: 'unknown'; readonly reason: string }> => {
    try {
      return await ask(razorpay, request)
    } catch (error) {
      if (error instanceof Doubt) return { kind: 'unknown', reason: error.message }
      throw error
    }
  }

export function razorpayPayments(config: RazorpayConfig, send: Send): PaymentProvider {
  const razorpay: Razorpay = { config, client: razorpayClient(config, send) }
  return {
    name: 'razorpay',
    capabilities: {
      partial_capture: { no: no_partial },
      several_captures: { no: no_partial },
      void: { no: no_void },
      capture_later: true,
    },
    browser: { key_id: config.key_id, script: checkout_script },
    immediate: null,
    start: orUnknown(razorpay, start),
    finish: orUnknown(razorpay, finish),
    lookup: orUnknown(razorpay, lookup),
    cancel: orUnknown(razorpay, cancel),
    capture: orUnknown(razorpay, capture),
    refund: orUnknown(razorpay, refund),
    readWebhook: (raw) => readRazorpayWebhook(config, raw),
  }
}
