// Somebody who knows the description of the shop, has keys that work, and sends what they like.
import assert from 'node:assert/strict'
import { isId } from '#src/lib/ids.ts'
import { signToken } from '#src/lib/tokens.ts'
import { testSecret } from '#test/app.ts'
import { enterCustomer } from '#test/customers.ts'
import {
  admin,
  ask,
  complete,
  fillCart,
  freshKey,
  german_address,
  type World,
} from '#test/world.ts'
import { addressOf, isStaff, isStore, nobody, type Operation } from './document.ts'
import type { Ids } from './values.ts'

export type Answer = {
  readonly status: number
  readonly code: string
  readonly type: string
  readonly text: string
  readonly headers: Headers
}

/** Reads an answer to its end; of a stream only the beginning. That to HEAD has headers only. */
export async function readAnswer(response: Response, method = ''): Promise<Answer> {
  const { status, headers } = response
  const type = headers.get('content-type') ?? ''
  if (type.startsWith('text/event-stream')) {
    await response.body?.cancel()
    return { status, code: '', type, text: '', headers }
  }
  const text = await response.text()
  if (method === 'HEAD') return { status, code: 'untold', type, text, headers }
  const code = type.startsWith('application/problem+json')
    ? (JSON.parse(text) as { code: string }).code
    : ''
  return { status, code, type, text, headers }
}

/** The server believes who is on the same machine about where a request comes from. */
export const behind_proxy = { server: { trusted_proxies: ['127.0.0.1'] } } as const
let last_address = 0
/** Each request from another address, so that no limit of requests hides another refusal. */
export function fromElsewhere(): Record<string, string> {
  last_address += 1
  const parts = [last_address >> 16, (last_address >> 8) % 256, last_address % 256]
  return { 'x-forwarded-for': `10.${parts.join('.')}` }
}

export type Sent = {
  readonly values?: Readonly<Record<string, string>>
  readonly query?: string
  /** As it goes over the wire. */
  readonly text?: string | Uint8Array<ArrayBuffer>
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * Tokens of two customers of each shop: see fillShop. What ends sessions is asked by the second
 * one, so that the first can go on.
 */
const customers = new WeakMap<World, { readonly stays: string; readonly leaves: string }>()
const tokenFor = (world: World, { path, method }: Operation): string => {
  const ends = /^\/store\/sessions?\b/.test(path) && method !== 'GET'
  return customers.get(world)?.[ends ? 'leaves' : 'stays'] ?? 'cs_nobody'
}

/** What whoever may do everything has to send with it. */
export function headersFor(
  world: World,
  operation: Operation,
  asked_id: string = nobody,
): Record<string, string> {
  const id = isId(asked_id) ? asked_id : nobody
  const { web } = world.keys.keys
  const key = isStaff(operation) ? world.keys.secret_key : isStore(operation) ? web : null
  return {
    ...(key === null ? {} : { authorization: `Bearer ${key}` }),
    ...(operation.method === 'POST' ? { 'idempotency-key': freshKey() } : {}),
    'x-cart-token': signToken(testSecret, 'cart', id),
    'x-order-token': signToken(testSecret, 'order', id),
    'x-customer-token': tokenFor(world, operation),
  }
}

export async function attack(world: World, operation: Operation, sent: Sent = {}): Promise<Answer> {
  const { values = {}, query = '', text, headers } = sent
  const response = await fetch(`${world.url}${addressOf(operation, values)}${query}`, {
    method: operation.method,
    redirect: 'manual',
    headers: {
      ...fromElsewhere(),
      ...headersFor(world, operation, values['id']),
      ...(text === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(text === undefined ? {} : { body: text }),
  })
  return readAnswer(response, operation.method)
}

/** No fault of ours, and each "no" in the form that is promised. */
export function assertTold(answer: Answer, what: string): void {
  const { status, code, type, text } = answer
  assert(status < 500, `${what}: ${status} ${text.slice(0, 300)}`)
  // Else the attack has locked itself out, and tries nothing any more.
  assert(!code.startsWith('key_'), `${what}: ${code}`)
  if (status < 400 || type.startsWith('text/html')) return
  assert.match(type, /^application\/problem\+json/, `${what}: ${status} ${type}`)
  assert.match(code, /^[a-z_]+$/, what)
}

/** Makes something of each kind, so that what is asked for is there. */
export async function fillShop(world: World): Promise<void> {
  const made = [
    await complete(world, await fillCart(world, [['TEA-EARL-GREY', 1]])),
    await admin(world, 'POST', '/admin/categories', { title: 'Tea', handle: 'tea' }),
    await admin(world, 'POST', '/admin/customers', { email: 'rose@example.com', name: 'Rose' }),
    await admin(world, 'POST', '/admin/customer-groups', { code: 'friends', name: 'Friends' }),
  ]
  const { token } = await enterCustomer(world, 'grace@example.com')
  const { token: leaves } = await enterCustomer(world, 'heidi@example.com')
  customers.set(world, { stays: token, leaves })
  const home = { address: german_address, default_shipping: true }
  const path = '/store/customers/me/addresses'
  const rules = [{ kind: 'account' }]
  const regulars = { code: 'regulars', name: 'Regulars', match: 'all', rules }
  made.push(
    await ask(world, 'POST', path, { customer_token: token, body: home }),
    await admin(world, 'POST', '/admin/customer-segments', regulars),
    await complete(world, await fillCart(world)),
  )
  for (const { status, body } of made) assert.equal(status, 201, JSON.stringify(body))
  await fillCart(world)
}

const tables: Readonly<Record<string, string>> = {
  carts: 'cart',
  orders: 'orders',
  payments: 'payment_attempt',
  products: 'product',
  variants: 'variant',
  categories: 'category',
  coupons: 'coupon',
  customers: 'customer',
  addresses: 'customer_address',
  sessions: 'customer_session',
  'customer-groups': 'customer_group',
  'customer-segments': 'customer_group',
  channels: 'channel',
  locations: 'location',
  staff: 'staff',
  invoices: 'invoice',
  messages: 'message',
  exceptions: 'exception',
  shipments: 'shipment',
  stock: 'stock_item',
  'legal-entities': 'legal_entity',
  'price-lists': 'price_list',
  'shipping-options': 'shipping_option',
  'shipping-zones': 'shipping_zone',
  'tax-zones': 'tax_zone',
  'tax-districts': 'tax_district',
  'tax-exemptions': 'tax_exemption',
  'webhook-endpoints': 'webhook_endpoint',
  'webhook-deliveries': 'webhook_delivery',
}
const by_name: Readonly<Record<string, string>> = {
  line_id: 'cart_line',
  item_id: 'stock_item',
  variant_id: 'variant',
  location_id: 'location',
  channel_id: 'channel',
  invoice_id: 'invoice',
  product_id: 'product',
  customer_id: 'customer',
  group_id: 'customer_group',
  price_list_id: 'price_list',
}

const words: Ids = {
  kind: ['receipt'],
  locale: ['en'],
  handle: ['mug-blue'],
  plugin: ['stripe', 'easypost'],
  code: ['support'],
  file: ['mug-blue.svg'],
}

/** Ids of what is there, by the name of a field and by the word that stands before `{id}`. */
export async function readIds(world: World): Promise<Ids> {
  const all = { ...tables, ...by_name }
  const read = async ([name, table]: [string, string]) => {
    const { rows } = await world.db.query<{ id: string }>(`select id from ${table} limit 4`)
    return [name, rows.map(({ id }) => id)] as const
  }
  return { ...words, ...Object.fromEntries(await Promise.all(Object.entries(all).map(read))) }
}

/** Ids that fit the places in an address. */
export function idsFor({ path, in_path }: Operation, ids: Ids): Ids {
  return Object.fromEntries(
    in_path.map(({ name }) => {
      const before = path.split(`/{${name}}`)[0]!.split('/').at(-1)!
      return [name, ids[name] ?? ids[before] ?? []]
    }),
  )
}

const at_once = 8
/** Several at a time, as attackers do. */
export async function inTurns<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values()
  await Promise.all(
    Array.from({ length: at_once }, async () => {
      for (const item of rest) await work(item)
    }),
  )
}
