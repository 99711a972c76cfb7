// A Razorpay on loopback: the wire of api.razorpay.com as its documents describe it, and beside
// it, under /_checkout and /_bank, what buyers and banks do. Faults: POST /_simulator/faults.
import { readJsonObject } from '../../src/lib/http-client.ts'
import {
  type SimulatorAnswer,
  type SimulatorOptions,
  type SimulatorRequest,
  type SimulatorServer,
  startSimulatorServer,
} from '../../src/lib/simulator.ts'
import {
  addRefund,
  type Bank,
  capture,
  type Notes,
  newRazorpayId,
  nowSeconds,
  openBank,
  paymentsOf,
  refundsOf,
  type SimulatedOrder,
  type SimulatedPayment,
  showOrder,
  showPayment,
  showRefund,
} from './simulated-bank.ts'
import { moveByBank, payInBrowser, settleByBank } from './simulated-checkout.ts'

export type RazorpaySimulatorOptions = SimulatorOptions & {
  readonly key_id: string
  readonly key_secret: string
  readonly webhook_secret: string
}
/** What becomes of the next refund, set with `POST /_bank/next {refund}`. Then all is usual. */
type Next = { refund: 'processed' | 'pending' | 'failed' | 'busy' }
type Body = Readonly<Record<string, unknown>>
type Shop = { readonly bank: Bank; readonly key_secret: string; readonly next: Next }

const ok = (body: object): SimulatorAnswer => ({ status: 200, body })
const no = (description: string, more: { field?: string; reason?: string } = {}, status = 400) => ({
  status,
  body: {
    error: {
      code: 'BAD_REQUEST_ERROR',
      description,
      source: 'business',
      step: 'payment_initiation',
      reason: more.reason ?? 'input_validation_failed',
      metadata: {},
      ...(more.field ? { field: more.field } : {}),
    },
  },
})
const no_such = no('The id provided does not exist', { reason: 'record_not_found' })

function findStranger(body: Body, allowed: string): SimulatorAnswer | null {
  const known = allowed.split(' ')
  const strangers = Object.keys(body).filter((name) => !known.includes(name))
  if (strangers.length === 0) return null
  const field = strangers[0]!
  return no(`${strangers.join(', ')} is/are not required and should not be sent`, { field })
}

const isNotes = (value: unknown): value is Notes => {
  if (value === null || typeof value !== 'object') return false
  const texts = Object.values(value)
  return texts.length <= 15 && texts.every((text) => String(text).length <= 256)
}

const zero_digits = 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF'.split(' ')
const three_digits = 'BHD IQD JOD KWD OMR TND'.split(' ')

function checkAmount(amount: unknown, currency: unknown): SimulatorAnswer | null {
  if (typeof currency !== 'string' || !/^[A-Z]{3}$/.test(currency)) {
    return no('The currency is not supported.', { field: 'currency' })
  }
  if (!Number.isSafeInteger(amount) || (amount as number) < 1) {
    return no('The amount must be an integer.', { field: 'amount' })
  }
  const least = currency === 'INR' ? 100 : zero_digits.includes(currency) ? 1 : 10
  if ((amount as number) < least) {
    return no('Order amount less than minimum amount allowed', { field: 'amount' })
  }
  return three_digits.includes(currency) && (amount as number) % 10 !== 0
    ? no('The last digit of the amount must be 0 in this currency.', { field: 'amount' })
    : null
}

function readCapture(payment: unknown): 'automatic' | 'manual' | SimulatorAnswer {
  // Without a word in the order the account decides: capture by itself.
  if (payment === undefined) return 'automatic'
  if (payment === null || typeof payment !== 'object') return no('The payment field is invalid.')
  const { capture: how, capture_options = {} } = payment as {
    capture?: unknown
    capture_options?: Body
  }
  const stranger =
    findStranger(payment as Body, 'capture capture_options') ??
    findStranger(capture_options, 'automatic_expiry_period manual_expiry_period refund_speed')
  if (stranger) return stranger
  if (how !== 'automatic' && how !== 'manual') return no('The capture field is invalid.')
  const { automatic_expiry_period, manual_expiry_period } = capture_options
  if (how === 'automatic' && !(Number(automatic_expiry_period) >= 12)) {
    return no('The automatic expiry period must be at least 12 minutes.')
  }
  if (manual_expiry_period !== undefined && !(Number(manual_expiry_period) <= 7200)) {
    return no('The manual expiry period must be at most 7200 minutes.')
  }
  return how
}

const order_fields =
  'amount currency receipt notes partial_payment first_payment_min_amount payment offer_id ' +
  'method bank_account customer_id'

function createOrder({ bank }: Shop, body: Body): SimulatorAnswer {
  const { amount, currency, receipt = null, notes = {}, payment } = body
  const wrong = findStranger(body, order_fields) ?? checkAmount(amount, currency)
  if (wrong) return wrong
  if (receipt !== null && (typeof receipt !== 'string' || receipt.length > 40)) {
    return no('The receipt may not be greater than 40 characters.', { field: 'receipt' })
  }
  if (!isNotes(notes)) return no('The notes are not valid.', { field: 'notes' })
  const how = readCapture(payment)
  if (typeof how !== 'string') return how
  const order: SimulatedOrder = {
    id: newRazorpayId('order_'),
    amount: amount as number,
    amount_paid: 0,
    currency: currency as string,
    receipt,
    status: 'created',
    attempts: 0,
    notes,
    created_at: nowSeconds(),
    capture: how,
  }
  bank.orders.put(order.id, order)
  return ok(showOrder(order))
}

/** Newest first, ten unless asked for more, never more than a hundred. */
function collection<T extends { readonly created_at: number }>(
  rows: Iterable<T>,
  query: URLSearchParams,
  show: (row: T) => object,
): SimulatorAnswer {
  const count = Number(query.get('count') ?? 10)
  const skip = Number(query.get('skip') ?? 0)
  if (!(count >= 1 && count <= 100)) return no('The count may not be greater than 100.')
  const from = Number(query.get('from') ?? 0)
  const to = Number(query.get('to') ?? Number.MAX_SAFE_INTEGER)
  const items = [...rows]
    .filter(({ created_at }) => created_at >= from && created_at <= to)
    .reverse()
    .slice(skip, skip + count)
    .map(show)
  return ok({ entity: 'collection', count: items.length, items })
}

function listOrders({ bank }: Shop, query: URLSearchParams): SimulatorAnswer {
  const receipt = query.get('receipt')
  const authorized = query.get('authorized')
  const rows = [...bank.orders.values()].filter((order) => {
    if (receipt !== null && order.receipt !== receipt) return false
    if (authorized === null) return true
    const held = paymentsOf(bank, order.id).some(({ status }) => status === 'authorized')
    return held === (authorized === '1')
  })
  return collection(rows, query, showOrder)
}

function capturePayment({ bank }: Shop, payment: SimulatedPayment, body: Body): SimulatorAnswer {
  const stranger = findStranger(body, 'amount currency')
  if (stranger) return stranger
  if (payment.captured || bank.orders.get(payment.order_id)?.status === 'paid') {
    const reason = 'order_already_paid'
    return no('This payment has already been captured or its order paid.', { reason })
  }
  if (payment.status !== 'authorized') {
    return no('Only payments which have been authorized and not yet captured can be captured')
  }
  if (body['currency'] !== payment.currency) return no('The currency does not match.')
  if (body['amount'] !== payment.amount) {
    return no('Capture amount must be equal to the amount authorized', { field: 'amount' })
  }
  return ok(showPayment(capture(bank, payment)))
}

function refundPayment(
  { bank, next }: Shop,
  payment: SimulatedPayment,
  body: Body,
  key: string | undefined,
): SimulatorAnswer {
  if (key !== undefined && !/^[A-Za-z0-9_-]{10,}$/.test(key)) {
    return no('The idempotency key is not valid.')
  }
  const asked = JSON.stringify([payment.id, body])
  const replay = key === undefined ? undefined : bank.replays.get(key)
  if (replay && replay.asked !== asked) {
    return no('Different request with the same idempotency key has already been processed.')
  }
  if (replay) return ok(showRefund(bank.refunds.get(replay.refund_id)!))
  const becomes = next.refund
  next.refund = 'processed'
  if (becomes === 'busy') return no('The first request is still running.', {}, 409)

  const stranger = findStranger(body, 'amount speed receipt notes')
  if (stranger) return stranger
  const { amount = payment.amount, speed = 'normal', receipt = null, notes = {} } = body
  if (!Number.isSafeInteger(amount) || (amount as number) < 1) return no('The amount is not valid.')
  if (speed !== 'normal' && speed !== 'optimum') return no('The speed is not valid.')
  if (receipt !== null && (typeof receipt !== 'string' || receipt.length > 40)) {
    return no('The receipt may not be greater than 40 characters.')
  }
  if (!isNotes(notes)) return no('The notes are not valid.', { field: 'notes' })
  if (payment.status === 'refunded') return no('The payment has been fully refunded already')
  if (payment.status !== 'captured') return no('The payment status should be captured')
  const earlier = refundsOf(bank, payment.id).filter(({ status }) => status !== 'failed')
  const gone = earlier.reduce((sum, refund) => sum + refund.amount, 0)
  if (gone + (amount as number) > payment.amount) {
    return no('The total refund amount is greater than the refund payment amount')
  }
  const wanted = { amount: amount as number, speed, receipt, notes }
  const refund = addRefund(bank, payment, wanted, becomes)
  if (key !== undefined) bank.replays.put(key, { asked, refund_id: refund.id })
  return ok(showRefund(bank.refunds.get(refund.id)!))
}

function changeNotes(body: Body, put: (notes: Notes) => object): SimulatorAnswer {
  const stranger = findStranger(body, 'notes')
  if (stranger) return stranger
  const { notes } = body
  return isNotes(notes) ? ok(put(notes)) : no('The notes are not valid.', { field: 'notes' })
}

function answerOrder(shop: Shop, { method, query }: SimulatorRequest, body: Body, path: string[]) {
  const [id, part] = path
  const { orders } = shop.bank
  if (id === undefined) return method === 'POST' ? createOrder(shop, body) : listOrders(shop, query)
  const order = orders.get(id)
  if (!order) return no_such
  if (method === 'GET' && part === undefined) return ok(showOrder(order))
  if (method === 'GET' && part === 'payments') {
    return collection(paymentsOf(shop.bank, id), query, showPayment)
  }
  if (method !== 'PATCH' || part !== undefined) return no_such
  return changeNotes(body, (notes) => {
    orders.put(id, { ...order, notes })
    return showOrder({ ...order, notes })
  })
}

function answerPayment(shop: Shop, request: SimulatorRequest, body: Body, path: string[]) {
  const [id, part, refund_id] = path
  const { method, query, headers } = request
  const { payments, refunds } = shop.bank
  if (id === undefined) return collection(payments.values(), query, showPayment)
  const payment = payments.get(id)
  if (!payment) return no_such
  if (method === 'POST' && part === 'capture') return capturePayment(shop, payment, body)
  if (method === 'POST' && part === 'refund') {
    return refundPayment(shop, payment, body, headers['x-refund-idempotency'])
  }
  if (method === 'GET' && part === undefined) return ok(showPayment(payment))
  if (method === 'GET' && part === 'refunds') {
    if (refund_id === undefined) return collection(refundsOf(shop.bank, id), query, showRefund)
    const refund = refunds.get(refund_id)
    return refund?.payment_id === id ? ok(showRefund(refund)) : no_such
  }
  if (method !== 'PATCH' || part !== undefined) return no_such
  return changeNotes(body, (notes) => {
    payments.put(id, { ...payment, notes })
    return showPayment({ ...payment, notes })
  })
}

function answerOutside(shop: Shop, path: string, body: Body): SimulatorAnswer {
  const { bank, key_secret, next } = shop
  if (path === '/_checkout/pay') return payInBrowser(bank, key_secret, body)
  if (path === '/_bank/payment') return moveByBank(bank, body)
  if (path === '/_bank/refund') return settleByBank(bank, body)
  if (path === '/_bank/next') return ok(Object.assign(next, body))
  return { status: 404, body: { error: 'no such' } }
}

function answerApi(shop: Shop, request: SimulatorRequest, body: Body): SimulatorAnswer {
  const [, , kind, ...path] = request.path.split('/')
  if (kind === 'orders') return answerOrder(shop, request, body, path)
  if (kind === 'payments') return answerPayment(shop, request, body, path)
  if (kind === 'refunds' && request.method === 'GET') {
    if (path[0] === undefined)
      return collection(shop.bank.refunds.values(), request.query, showRefund)
    const refund = shop.bank.refunds.get(path[0])
    return refund ? ok(showRefund(refund)) : no_such
  }
  return no('The requested URL was not found on the server.', { reason: 'NA' })
}

/** Every payment that took or reserved money: what the shop says can be compared with it. */
const showBooks = ({ payments }: Bank): SimulatorAnswer => {
  const took = ['authorized', 'captured', 'refunded']
  const found = [...payments.values()]
    .filter(({ status }) => took.includes(status))
    .map(({ id, captured, amount, amount_refunded: refunded }) => ({
      id,
      captured: captured ? amount : 0,
      refunded,
    }))
  return ok({ payments: found })
}

export async function startRazorpaySimulator(
  options: RazorpaySimulatorOptions,
): Promise<SimulatorServer & { readonly bank: Bank }> {
  const { key_id, key_secret, webhook_secret, state_file } = options
  const basic = `Basic ${Buffer.from(`${key_id}:${key_secret}`).toString('base64')}`
  const bank = openBank(state_file, webhook_secret, (sign) => server.sendWebhook(sign))
  const shop: Shop = { bank, key_secret, next: { refund: 'processed' } }
  const answer = (request: SimulatorRequest): SimulatorAnswer => {
    const body = request.body.length > 0 ? readJsonObject(request.body) : {}
    if (!request.path.startsWith('/v1/')) return answerOutside(shop, request.path, body ?? {})
    if (request.headers['authorization'] !== basic) {
      return no('Authentication failed', { reason: 'NA' }, 401)
    }
    if (body === null) return no('The request body is not valid JSON.')
    return answerApi(shop, request, body)
  }
  const server = await startSimulatorServer(options, answer, ({ path }) =>
    path === '/_simulator/books' ? showBooks(bank) : null,
  )
  return { ...server, bank }
}
