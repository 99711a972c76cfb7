// How the demo speaks with a shop: over HTTP, as a shopper and as a member of staff.
import { toDecimal } from '../lib/currency.ts'
import { newId } from '../lib/ids.ts'
import type { Currency } from '../lib/money.ts'

// biome-ignore lint/suspicious/noExplicitAny: a client reads JSON whose shape the API documents
export type Reply = any
export type Gateway = 'stripe' | 'razorpay'
export type Shop = {
  readonly url: string
  readonly key: string
  readonly secret_key: string
  readonly gateway: Gateway
  /** Where the buyer's browser meets Razorpay; only a simulator can be driven from here. */
  readonly razorpay_url: string | null
}
/** Tells what happened: a name for programs, a sentence for people. */
export type Step = (name: string, text: string) => void

export async function ask(
  shop: Shop,
  method: string,
  address: string,
  more: { readonly body?: unknown; readonly token?: string; readonly is_staff?: boolean } = {},
): Promise<Reply> {
  const { body, token, is_staff } = more
  const response = await fetch(`${shop.url}${address}`, {
    method,
    headers: {
      authorization: `Bearer ${is_staff ? shop.secret_key : shop.key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(method === 'POST' ? { 'idempotency-key': newId() } : {}),
      ...(token ? { 'x-cart-token': token, 'x-order-token': token } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${address}: ${response.status} ${text}`)
  return text === '' ? null : JSON.parse(text)
}

export const askStaff = (shop: Shop, address: string): Promise<Reply> =>
  ask(shop, 'GET', address, { is_staff: true })

export const money = (amount: number, currency: string): string =>
  `${toDecimal({ amount: BigInt(amount), currency: currency as Currency })} ${currency}`
