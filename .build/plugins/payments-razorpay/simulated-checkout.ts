// The browser's side of the simulator: what checkout.js and the bank's page do with a buyer, and
// what a bank does later. Test cards and UPI ids are those of Razorpay's test mode.
import { createHmac } from 'node:crypto'
import type { SimulatorAnswer } from '../../src/lib/simulator.ts'
import {
  authorize,
  type Bank,
  fail,
  giveBack,
  type Notes,
  newRazorpayId,
  nowSeconds,
  type PaymentError,
  type SimulatedPayment,
  settleRefund,
  showPayment,
} from './simulated-bank.ts'

const good_cards = [
  '4100280000001007',
  '5500670000001002',
  '6527658900001005',
  '4012888888881881',
  '5555555555554444',
]
/** With these, the button "Failure" of the bank's page fails for this reason. */
const failing_cards: Readonly<Record<string, string>> = {
  '4100280000090000': 'payment_timed_out',
  '4100280000080001': 'insufficient_fund',
  '4100280000070002': 'payment_cancelled',
  '4100280000060003': 'card_declined',
  '4100280000030006': 'card_disabled_for_online_payments',
  '4100280000010008': 'card_number_invalid',
  '4100280000020007': 'gateway_technical_error',
  '4100280000000009': 'authentication_failed',
}

const errorOf = (reason: string): PaymentError => ({
  code: reason === 'gateway_technical_error' ? 'GATEWAY_ERROR' : 'BAD_REQUEST_ERROR',
  description: `Your payment was not completed: ${reason.replaceAll('_', ' ')}.`,
  source: reason === 'gateway_technical_error' ? 'gateway' : 'customer',
  step: reason === 'authentication_failed' ? 'payment_authentication' : 'payment_authorization',
  reason,
})

type Body = Readonly<Record<string, unknown>>
const bad = (reason: string): SimulatorAnswer => ({
  status: 400,
  body: { error: { ...errorOf(reason), metadata: {} } },
})

const readNotes = (value: unknown): Notes =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).map(([name, text]) => [name, String(text)]))
    : {}

/** Why the bank says no, or null for a yes. A wrong card or id never reaches the bank. */
function readInstrument(body: Body): { readonly reason: string | null } | SimulatorAnswer {
  if (body['method'] === 'upi') {
    if (body['vpa'] === 'success@razorpay') return { reason: null }
    return body['vpa'] === 'failure@razorpay' ? { reason: 'payment_failed' } : bad('invalid_vpa')
  }
  const number = String(body['card_number'] ?? '').replaceAll(' ', '')
  if (!good_cards.includes(number) && !Object.hasOwn(failing_cards, number)) {
    return bad('incorrect_card_details')
  }
  const fails = body['outcome'] === 'failure'
  return { reason: fails ? (failing_cards[number] ?? 'payment_failed') : null }
}

/**
 * `POST /_checkout/pay {order_id, method, card_number | vpa, outcome: success | failure | silent,
 * notes?}`. A silent bank leaves the payment `created` until `POST /_bank/payment` answers for it.
 */
export function payInBrowser(bank: Bank, key_secret: string, body: Body): SimulatorAnswer {
  const order = bank.orders.get(String(body['order_id']))
  if (!order) return bad('record_not_found')
  if (order.status === 'paid') return bad('order_already_paid')
  const instrument = readInstrument(body)
  if ('status' in instrument) return instrument
  const attempts = order.attempts + 1
  bank.orders.put(order.id, { ...order, status: 'attempted', attempts })
  const payment: SimulatedPayment = {
    id: newRazorpayId('pay_'),
    order_id: order.id,
    amount: order.amount,
    currency: order.currency,
    status: 'created',
    captured: false,
    amount_refunded: 0,
    method: body['method'] === 'upi' ? 'upi' : 'card',
    card_last4: String(body['card_number'] ?? '').slice(-4) || null,
    vpa: body['method'] === 'upi' ? String(body['vpa']) : null,
    notes: { ...order.notes, ...readNotes(body['notes']) },
    error: null,
    created_at: nowSeconds(),
  }
  bank.payments.put(payment.id, payment)
  const metadata = { payment_id: payment.id, order_id: order.id }
  if (body['outcome'] === 'silent') return { status: 200, body: { metadata } }
  if (instrument.reason !== null) {
    const { error } = fail(bank, payment, errorOf(instrument.reason))
    return { status: 200, body: { error: { ...error, metadata } } }
  }
  authorize(bank, payment)
  return {
    status: 200,
    body: {
      razorpay_payment_id: payment.id,
      razorpay_order_id: order.id,
      razorpay_signature: createHmac('sha256', key_secret)
        .update(`${order.id}|${payment.id}`)
        .digest('hex'),
    },
  }
}

/** `POST /_bank/payment {payment_id, event: authorize | fail | lapse | dispute}`. */
export function moveByBank(bank: Bank, body: Body): SimulatorAnswer {
  const payment = bank.payments.get(String(body['payment_id']))
  if (!payment) return bad('record_not_found')
  const { status } = payment
  const open = status === 'created' || status === 'failed'
  if (body['event'] === 'authorize' && open) authorize(bank, payment)
  else if (body['event'] === 'fail' && open) fail(bank, payment, errorOf('payment_timed_out'))
  else if (body['event'] === 'lapse' && status === 'authorized') giveBack(bank, payment)
  else if (body['event'] === 'dispute' && payment.captured) openDispute(bank, payment)
  else return bad('input_validation_failed')
  return { status: 200, body: showPayment(bank.payments.get(payment.id)!) }
}

/** `POST /_bank/refund {refund_id, event: processed | failed}` settles a pending refund. */
export function settleByBank(bank: Bank, body: Body): SimulatorAnswer {
  const refund = bank.refunds.get(String(body['refund_id']))
  const event = body['event']
  if (refund?.status !== 'pending') return bad('record_not_found')
  if (event !== 'processed' && event !== 'failed') return bad('input_validation_failed')
  return { status: 200, body: settleRefund(bank, refund, event) }
}

function openDispute(bank: Bank, payment: SimulatedPayment): void {
  bank.tell('payment.dispute.created', {
    payment: showPayment(payment),
    dispute: {
      id: newRazorpayId('disp_'),
      entity: 'dispute',
      payment_id: payment.id,
      amount: payment.amount,
      currency: payment.currency,
      amount_deducted: 0,
      reason_code: 'goods_or_services_not_received',
      respond_by: nowSeconds() + 7 * 86_400,
      status: 'open',
      phase: 'chargeback',
      created_at: nowSeconds(),
    },
  })
}
