// The wire to Razorpay. Their SDK loses the cause of a broken connection, cannot send the
// header that makes a refund safe to repeat, and knows no time limit; this is what we need of it.
import { type Foreign, isObject } from '../../src/lib/foreign-json.ts'
import { readJsonObject, type Send } from '../../src/lib/http-client.ts'
import type { AttemptId } from '../../src/lib/ids.ts'
import { Doubt, type Reply, sure } from '../../src/ports/reply.ts'
import type { RazorpayConfig } from './settings.ts'
import {
  type Order,
  type Payment,
  type Refund,
  readOrder,
  readPayment,
  readRefund,
  readReply,
} from './translate.ts'

export type Razorpay = { readonly config: RazorpayConfig; readonly send: Send }

const timeout_ms = 30_000
const page_size = 100
const pages_max = 10

async function call(
  { config, send }: Razorpay,
  method: 'GET' | 'POST' | 'PATCH',
  path: string,
  body: object | null,
  more: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  const pair = `${config.key_id}:${config.key_secret.reveal()}`
  // The scheme word is compared by case: `basic` is refused.
  const authorization = `Basic ${Buffer.from(pair).toString('base64')}`
  const answer = await send({
    method,
    url: `${new URL(config.api_base).origin}/v1${path}`,
    headers: { authorization, ...(body && { 'content-type': 'application/json' }), ...more },
    body: body && JSON.stringify(body),
    timeout_ms,
  })
  if (answer.kind === 'no_answer') throw new Doubt(`no answer from razorpay: ${answer.reason}`)
  return readReply(answer.status, readJsonObject(answer.body))
}

const get = (razorpay: Razorpay, path: string) => sure(call(razorpay, 'GET', path, null))

export const post = (
  razorpay: Razorpay,
  path: string,
  body: object,
  headers?: Readonly<Record<string, string>>,
): Promise<Reply> => call(razorpay, 'POST', path, body, headers)

export const changeNotes = (razorpay: Razorpay, payment: string, notes: object) =>
  sure(call(razorpay, 'PATCH', `/payments/${payment}`, { notes }))

/** Whatever cannot be read makes the whole list doubtful: it might be the row that matters. */
async function list<T>(
  razorpay: Razorpay,
  path: string,
  read: (entity: Foreign) => T | null,
  query: Readonly<Record<string, string>> = {},
): Promise<T[]> {
  const rows: T[] = []
  for (let page = 0; page < pages_max; page++) {
    const skip = String(page * page_size)
    const words = new URLSearchParams({ ...query, count: String(page_size), skip })
    const { items } = await get(razorpay, `${path}?${words}`)
    if (!Array.isArray(items)) throw new Doubt('a list without items')
    for (const item of items.filter(isObject)) {
      const row = read(item)
      if (row === null) throw new Doubt(`a row that cannot be read at ${path}`)
      rows.push(row)
    }
    if (items.length < page_size) return rows
  }
  throw new Doubt(`more than ${pages_max * page_size} items at ${path}`)
}

/** The orders of an attempt, newest first. `receipt` is not enforced to be unique. */
export async function findOrders(razorpay: Razorpay, attempt: AttemptId): Promise<Order[]> {
  const orders = await list(razorpay, '/orders', readOrder, { receipt: attempt })
  return orders.filter(({ receipt }) => receipt === attempt)
}

export async function paymentsOf(razorpay: Razorpay, order: string): Promise<Payment[]> {
  const path = `/orders/${encodeURIComponent(order)}/payments`
  const { key_secret } = razorpay.config
  const payments = await list(razorpay, path, (entity) => readPayment(entity, key_secret))
  return payments.filter((payment) => payment.order === order)
}

export async function getPayment(razorpay: Razorpay, id: string): Promise<Payment> {
  const { key_secret } = razorpay.config
  const payment = readPayment(await get(razorpay, `/payments/${id}`), key_secret)
  if (payment?.id === id) return payment
  throw new Doubt(`payment ${id} could not be read`)
}

export const refundsOf = (razorpay: Razorpay, payment: string): Promise<Refund[]> =>
  list(razorpay, `/payments/${payment}/refunds`, readRefund)
