// The books of the simulator: orders, payments and refunds, how they move, and which webhooks
// each move sends. Written from Razorpay's documents; it shares no code with the plug-in.
import { createHmac, randomInt } from 'node:crypto'
import { systemClock } from '../../src/lib/clock.ts'
import { toJson } from '../../src/lib/json.ts'
import { openStore, type SimulatorStore, type Webhook } from '../../src/lib/simulator.ts'

export type Notes = Readonly<Record<string, string>>
export type SimulatedOrder = {
  readonly id: string
  readonly amount: number
  readonly amount_paid: number
  readonly currency: string
  readonly receipt: string | null
  readonly status: 'created' | 'attempted' | 'paid'
  readonly attempts: number
  readonly notes: Notes
  readonly created_at: number
  readonly capture: 'automatic' | 'manual'
}
export type PaymentError = {
  readonly code: string
  readonly description: string
  readonly source: string
  readonly step: string
  readonly reason: string
}
export type SimulatedPayment = {
  readonly id: string
  readonly order_id: string
  readonly amount: number
  readonly currency: string
  readonly status: 'created' | 'authorized' | 'captured' | 'refunded' | 'failed'
  readonly captured: boolean
  readonly amount_refunded: number
  readonly method: 'card' | 'upi'
  readonly card_last4: string | null
  readonly vpa: string | null
  readonly notes: Notes
  readonly error: PaymentError | null
  readonly created_at: number
}
export type SimulatedRefund = {
  readonly id: string
  readonly payment_id: string
  readonly amount: number
  readonly currency: string
  readonly status: 'pending' | 'processed' | 'failed'
  readonly speed: string
  readonly receipt: string | null
  readonly notes: Notes
  readonly created_at: number
}
/** The first answer under one idempotency key, and what was asked. */
export type Replay = { readonly asked: string; readonly refund_id: string }

export type Bank = {
  readonly orders: SimulatorStore<SimulatedOrder>
  readonly payments: SimulatorStore<SimulatedPayment>
  readonly refunds: SimulatorStore<SimulatedRefund>
  readonly replays: SimulatorStore<Replay>
  readonly tell: (event: string, entities: Readonly<Record<string, object>>) => void
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
export const newRazorpayId = (prefix: string): string =>
  prefix + Array.from({ length: 14 }, () => letters[randomInt(letters.length)]).join('')
export const nowSeconds = (): number => Math.floor(systemClock().getTime() / 1000)

export const signRazorpayWebhook = (secret: string, event_id: string, body: string): Webhook => ({
  headers: {
    'content-type': 'application/json',
    'x-razorpay-event-id': event_id,
    'x-razorpay-signature': createHmac('sha256', secret).update(body).digest('hex'),
  },
  body,
})

export function openBank(
  state_file: string | null,
  webhook_secret: string,
  sendWebhook: (sign: () => Webhook) => void,
): Bank {
  return {
    orders: openStore(state_file, 'order'),
    payments: openStore(state_file, 'payment'),
    refunds: openStore(state_file, 'refund'),
    replays: openStore(state_file, 'replay'),
    tell: (event, entities) => {
      const names = Object.keys(entities)
      const body = toJson({
        entity: 'event',
        account_id: 'acc_Simulated00001',
        event,
        contains: names,
        payload: Object.fromEntries(names.map((name) => [name, { entity: entities[name] }])),
        created_at: nowSeconds(),
      })
      const event_id = newRazorpayId('')
      sendWebhook(() => signRazorpayWebhook(webhook_secret, event_id, body))
    },
  }
}

/** An empty map of notes goes over the wire as an empty list. */
const showNotes = (notes: Notes): Notes | never[] => (Object.keys(notes).length > 0 ? notes : [])

export const showOrder = ({ capture, notes, ...order }: SimulatedOrder): object => ({
  ...order,
  entity: 'order',
  amount_due: order.amount - order.amount_paid,
  offer_id: null,
  notes: showNotes(notes),
})

export function showPayment(payment: SimulatedPayment): object {
  const { notes, error, card_last4, ...rest } = payment
  // Two percent and 18 % tax on it; the tax is part of the fee.
  const base = Math.round(payment.amount * 0.02)
  const tax = payment.captured ? Math.round(base * 0.18) : null
  return {
    ...rest,
    entity: 'payment',
    invoice_id: null,
    international: payment.currency !== 'INR',
    refund_status:
      payment.amount_refunded === 0
        ? null
        : payment.amount_refunded < payment.amount
          ? 'partial'
          : 'full',
    card_id: payment.method === 'card' ? `card_${payment.id.slice(4)}` : null,
    bank: null,
    wallet: null,
    notes: showNotes(notes),
    fee: tax === null ? null : base + tax,
    tax,
    error_code: error?.code ?? null,
    error_description: error?.description ?? null,
    error_source: error?.source ?? null,
    error_step: error?.step ?? null,
    error_reason: error?.reason ?? null,
    acquirer_data: {},
  }
}

export const showRefund = ({ notes, speed, ...refund }: SimulatedRefund): object => ({
  ...refund,
  entity: 'refund',
  notes: showNotes(notes),
  acquirer_data: { arn: null },
  batch_id: null,
  speed_requested: speed,
  speed_processed: 'normal',
})

export const paymentsOf = (bank: Bank, order_id: string): SimulatedPayment[] =>
  [...bank.payments.values()].filter((payment) => payment.order_id === order_id)
export const refundsOf = (bank: Bank, payment_id: string): SimulatedRefund[] =>
  [...bank.refunds.values()].filter((refund) => refund.payment_id === payment_id)

const changePayment = (
  bank: Bank,
  payment: SimulatedPayment,
  changes: Partial<SimulatedPayment>,
): SimulatedPayment => {
  const changed = { ...payment, ...changes }
  bank.payments.put(payment.id, changed)
  return changed
}

/** The bank said yes, at once or days later. A paid order takes no more money. */
export function authorize(bank: Bank, payment: SimulatedPayment): SimulatedPayment {
  const held = changePayment(bank, payment, { status: 'authorized', error: null })
  bank.tell('payment.authorized', { payment: showPayment(held) })
  const order = bank.orders.get(held.order_id)!
  if (order.status === 'paid') return giveBack(bank, held)
  return order.capture === 'automatic' ? capture(bank, held) : held
}

export function fail(bank: Bank, payment: SimulatedPayment, error: PaymentError): SimulatedPayment {
  const failed = changePayment(bank, payment, { status: 'failed', error })
  bank.tell('payment.failed', { payment: showPayment(failed) })
  return failed
}

export function capture(bank: Bank, payment: SimulatedPayment): SimulatedPayment {
  const taken = changePayment(bank, payment, { status: 'captured', captured: true })
  const order = bank.orders.get(taken.order_id)!
  const paid: SimulatedOrder = { ...order, status: 'paid', amount_paid: taken.amount }
  bank.orders.put(order.id, paid)
  bank.tell('payment.captured', { payment: showPayment(taken) })
  bank.tell('order.paid', { payment: showPayment(taken), order: showOrder(paid) })
  for (const other of paymentsOf(bank, order.id)) {
    if (other.status === 'authorized') giveBack(bank, other)
  }
  return taken
}

/** What was never captured goes back by itself: it lapsed, or the order was paid otherwise. */
export function giveBack(bank: Bank, payment: SimulatedPayment): SimulatedPayment {
  const back = { amount: payment.amount, speed: 'normal', receipt: null, notes: {} }
  const refund = addRefund(bank, payment, back, 'processed')
  return bank.payments.get(refund.payment_id)!
}

export function addRefund(
  bank: Bank,
  payment: SimulatedPayment,
  asked: Pick<SimulatedRefund, 'amount' | 'speed' | 'receipt' | 'notes'>,
  status: SimulatedRefund['status'],
): SimulatedRefund {
  const { id: payment_id, currency } = payment
  const id = newRazorpayId('rfnd_')
  const created_at = nowSeconds()
  const refund: SimulatedRefund = { id, payment_id, currency, ...asked, status, created_at }
  bank.refunds.put(id, refund)
  bank.tell('refund.created', { refund: showRefund(refund), payment: showPayment(payment) })
  if (status !== 'pending') settleRefund(bank, refund, status)
  return refund
}

export function settleRefund(
  bank: Bank,
  refund: SimulatedRefund,
  status: 'processed' | 'failed',
): SimulatedRefund {
  const settled = { ...refund, status }
  bank.refunds.put(refund.id, settled)
  const payment = bank.payments.get(refund.payment_id)!
  const amount_refunded = payment.amount_refunded + (status === 'processed' ? refund.amount : 0)
  const all = amount_refunded >= payment.amount
  const after = changePayment(bank, payment, {
    amount_refunded,
    status: all ? 'refunded' : payment.status,
  })
  bank.tell(`refund.${status}`, { refund: showRefund(settled), payment: showPayment(after) })
  return settled
}
