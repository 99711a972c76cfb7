// Razorpay behind the payment port. `start` makes an order that moves no money, the buyer's
// browser makes a payment on it, and money is only ever taken by `capture`, which the core asks.
import type { Send } from '../../src/lib/http-client.ts'
import type { Money } from '../../src/lib/money.ts'
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
} from '../../src/ports/payment-provider.ts'
import { Doubt, orUnknown, type Reply, refused } from '../../src/ports/reply.ts'
import {
  changeNotes,
  findOrders,
  getPayment,
  paymentsOf,
  post,
  type Razorpay,
  refundsOf,
} from './client.ts'
import type { RazorpayConfig } from './settings.ts'
import {
  isOrderable,
  isSignedByCheckout,
  manual_expiry_min,
  notesFor,
  outcomeOf,
  type Payment,
  readId,
  readOrder,
  readRazorpayWebhook,
  readRefund,
  refundOutcome,
  releaseMark,
  sameMoney,
  toAmount,
  void_receipt,
  weigh,
} from './translate.ts'

const checkout_script = 'https://checkout.razorpay.com/v1/checkout.js'
const no_partial = 'Razorpay captures exactly the amount that was authorized.'
const no_void =
  'Razorpay has no void: RAZORPAY_VOID says whether a reserved amount is captured and refunded ' +
  'in full, or left to lapse.'

const wireOf = (money: Money) => ({ amount: toAmount(money), currency: money.currency })

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
    ...wireOf(price),
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
  for (const { id } of orders) payments.push(...(await paymentsOf(razorpay, id)))
  const order = orders.find(({ money }) => money && sameMoney(money, request.price))
  return (
    outcomeOf(payments) ??
    (order ? waitsForBuyer(razorpay, request, order.id, buyer) : { kind: 'not_found' })
  )
}

/** Razorpay has no idempotency key for orders, so it is asked first what it knows. */
async function start(razorpay: Razorpay, request: StartPayment): Promise<PaymentOutcome> {
  const { attempt, order, price, buyer } = request
  if (!isOrderable(price)) return { kind: 'declined', reference: null, reason: 'not_supported' }
  const known = await lookupByReceipt(razorpay, request, buyer)
  if (known.kind !== 'not_found') return known
  const capture_options = { manual_expiry_period: manual_expiry_min, refund_speed: 'normal' }
  const reply = await post(razorpay, '/orders', {
    ...wireOf(price),
    receipt: attempt,
    notes: { attempt, order },
    payment: { capture: 'manual', capture_options },
  })
  if (reply.kind === 'refused') return { kind: 'declined', reference: null, reason: 'generic' }
  const made = readOrder(reply.body)
  if (!made?.money || !sameMoney(made.money, price)) throw new Doubt('not the order we asked for')
  return waitsForBuyer(razorpay, request, made.id, buyer)
}

/** An order that we were given and that is gone means other keys: in doubt, not `not_found`. */
async function lookup(razorpay: Razorpay, request: AttemptAt): Promise<PaymentOutcome> {
  const { reference } = request
  if (reference === null) return lookupByReceipt(razorpay, request, null)
  const payments = await paymentsOf(razorpay, reference)
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

const askCapture = (razorpay: Razorpay, { id, amount }: Payment): Promise<Reply> =>
  post(razorpay, `/payments/${id}/capture`, wireOf(amount))

/** There is no key that makes a capture safe to repeat: the state is read before and after. */
async function capture(razorpay: Razorpay, request: CapturePayment): Promise<TransferOutcome> {
  const { reference, amount, price } = request
  if (!sameMoney(amount, price)) return refused('partial_capture', no_partial)
  const payments = await paymentsOf(razorpay, reference)
  const taken = payments.find((payment) => weigh(payment) === 'captured')
  const held = taken ?? payments.find((payment) => weigh(payment) === 'authorized')
  if (!held) return refused('not_authorized', 'No payment of this order waits for its capture.')
  if (!sameMoney(held.amount, amount)) return refused('other_amount', no_partial)
  if (taken) return { kind: 'succeeded', reference: taken.id, fee: taken.fee }
  const reply = await askCapture(razorpay, held)
  // Refused is also what a capture is that was done a moment ago: the payment itself tells.
  const after = await getPayment(razorpay, held.id)
  if (weigh(after) === 'captured') {
    return { kind: 'succeeded', reference: after.id, fee: after.fee }
  }
  if (reply.kind === 'refused') return reply
  throw new Doubt(`payment ${after.id} is ${after.status} after its capture`)
}

type AskedRefund = { readonly receipt: string; readonly key: string; readonly notes: object }
const askRefund = (
  razorpay: Razorpay,
  payment: string,
  amount: number | null,
  { receipt, key, notes }: AskedRefund,
): Promise<Reply> =>
  post(
    razorpay,
    `/payments/${payment}/refund`,
    { amount, speed: 'normal', receipt, notes },
    { 'x-refund-idempotency': key },
  )

/** Their key has no documented lifetime, so our receipt is looked for first. */
async function refund(razorpay: Razorpay, request: RefundPayment): Promise<TransferOutcome> {
  const { reference, refund: receipt, amount } = request
  const units = toAmount(amount)
  if (units === null) return refused('amount', 'Razorpay cannot carry this amount.')
  const payments = await paymentsOf(razorpay, reference)
  const paid = payments.find((payment) => weigh(payment) === 'captured')
  if (!paid) return refused('not_captured', 'No payment of this order was captured.')
  if (paid.amount.currency !== amount.currency) {
    return refused('other_currency', 'The payment was made in another currency.')
  }
  const findOurs = async () =>
    (await refundsOf(razorpay, paid.id)).find((made) => made.receipt === receipt)
  const known = await findOurs()
  if (known) return refundOutcome(known)
  const notes = { refund: receipt }
  const reply = await askRefund(razorpay, paid.id, units, { receipt, key: receipt, notes })
  if (reply.kind === 'refused') {
    // "Duplicate" is what a refund is that was made a moment ago: the list tells.
    const ours = await findOurs()
    return ours ? refundOutcome(ours) : reply
  }
  const made = readRefund(reply.body)
  if (made?.receipt === receipt && sameMoney(made.amount, amount)) return refundOutcome(made)
  throw new Doubt('not the refund we asked for')
}

/**
 * An order cannot be closed at Razorpay and a payment cannot be voided; but what is not captured
 * by us is never taken, and what is reserved can be given back. So `canceled` is said also where
 * the buyer could still pay: that payment would only be reserved, its webhook says so, and the
 * core takes it or cancels again. A bank that is still thinking is waited for, and money that was
 * captured before is reported, never given back from here.
 */
async function cancelOrder(
  razorpay: Razorpay,
  request: AttemptAt,
  reference: string,
): Promise<PaymentOutcome> {
  const payments = await paymentsOf(razorpay, reference)
  const weights = payments.map(weigh)
  const said = outcomeOf(payments)
  if (said && (weights.includes('captured') || weights.includes('strange'))) return said
  let waiting = weights.includes('thinking')
  for (const payment of payments) {
    if (!['authorized', 'releasing'].includes(weigh(payment))) continue
    if (!(await release(razorpay, request, payment))) waiting = true
  }
  return { kind: waiting ? 'pending' : 'canceled', reference }
}

async function cancel(razorpay: Razorpay, request: AttemptAt): Promise<PaymentOutcome> {
  const { attempt, reference } = request
  if (reference !== null) return cancelOrder(razorpay, request, reference)
  let last: PaymentOutcome = { kind: 'canceled', reference: null }
  for (const { id } of await findOrders(razorpay, attempt)) {
    last = await cancelOrder(razorpay, request, id)
    if (last.kind !== 'canceled') return last
  }
  return last
}

/**
 * The payment is marked before anything else, so that the webhook of its capture, and whoever
 * goes on after a crash, can tell this capture from one that was meant to keep the money.
 */
async function release(
  razorpay: Razorpay,
  { attempt }: AttemptAt,
  seen: Payment,
): Promise<boolean> {
  const { key_secret, void: usual } = razorpay.config
  const mode = seen.released ?? usual
  if (seen.released === null) {
    const mark = releaseMark(key_secret, mode, seen.id)
    const notes = notesFor(key_secret, attempt, seen.order ?? '')
    await changeNotes(razorpay, seen.id, { ...notes, void: mark })
  }
  if (mode === 'lapse') return true
  if (seen.status === 'authorized') await askCapture(razorpay, seen)
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
    const key = `${receipt}-${refunds.length}`
    const notes = { reason: 'canceled' }
    const reply = await askRefund(razorpay, id, toAmount(amount), { receipt, key, notes })
    const made = reply.kind === 'ok' ? readRefund(reply.body) : null
    if (!made) throw new Doubt(`payment ${id} was captured and could not be refunded`)
    standing.push(made)
  }
  const back = standing.reduce((sum, made) => sum + made.amount.amount, 0n)
  if (back < amount.amount) throw new Doubt(`payment ${id} is refunded only in part`)
  return standing.every(({ status }) => status === 'processed')
}

export function razorpayPayments(config: RazorpayConfig, send: Send): PaymentProvider {
  const razorpay: Razorpay = { config, send }
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
    start: orUnknown((request) => start(razorpay, request)),
    finish: orUnknown((request) => finish(razorpay, request)),
    lookup: orUnknown((request) => lookup(razorpay, request)),
    cancel: orUnknown((request) => cancel(razorpay, request)),
    capture: orUnknown((request) => capture(razorpay, request)),
    refund: orUnknown((request) => refund(razorpay, request)),
    readWebhook: (raw) => readRazorpayWebhook(config, raw),
  }
}
