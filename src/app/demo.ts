// `npm run demo`: one real order over HTTP, from browsing to delivered, told as it happens. It is
// a shopper and a member of staff at once and uses nothing but the API.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { toDecimal } from '#src/lib/currency.ts'
import { newId } from '#src/lib/ids.ts'
import type { Currency } from '#src/lib/money.ts'
import { type DemoServer, startDemoServer } from './demo-server.ts'

// biome-ignore lint/suspicious/noExplicitAny: a client reads JSON whose shape the API documents
type Reply = any
type Gateway = 'stripe' | 'razorpay'
type Shop = {
  readonly url: string
  readonly key: string
  readonly secret_key: string
  readonly gateway: Gateway
  /** Where the buyer's browser meets Razorpay; only a simulator can be driven from here. */
  readonly razorpay_url: string | null
}
type Step = { readonly name: string; readonly at_ms: number }

const usage = `Usage: npm run demo [-- OPTIONS]
  --gateway stripe|razorpay             who takes the money (stripe)
  --json                                one JSON object on stdout
  --url URL --key PK --secret-key SK    use a demo shop that runs already
  --razorpay-url URL                    where its Razorpay simulator listens`

const started_at = performance.now()
const steps: Step[] = []
let tell = (text: string): void => void process.stdout.write(text)

function step(name: string, text: string): void {
  const at_ms = Math.round(performance.now() - started_at)
  steps.push({ name, at_ms })
  tell(`${(at_ms / 1000).toFixed(2).padStart(7)} s  ${text}\n`)
}

async function ask(
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
const staff = (shop: Shop, address: string): Promise<Reply> =>
  ask(shop, 'GET', address, { is_staff: true })

const buyers = {
  stripe: {
    name: 'Ada Muster',
    line1: 'Musterweg 1',
    postal_code: '10115',
    city: 'Berlin',
    country: 'DE',
    phone: '+4930987654',
  },
  razorpay: {
    name: 'Asha Rao',
    line1: '7 Hill Road',
    postal_code: '400050',
    city: 'Mumbai',
    region: 'MH',
    country: 'IN',
    phone: '+919812345678',
  },
} as const

const money = (amount: number, currency: string): string =>
  `${toDecimal({ amount: BigInt(amount), currency: currency as Currency })} ${currency}`

/** Two products that are there, one of each. */
async function browse(shop: Shop): Promise<Reply[]> {
  const { items } = await ask(shop, 'GET', '/store/products?limit=20')
  const found: Reply[] = []
  for (const { handle } of items.filter((item: Reply) => item.available).slice(0, 2)) {
    found.push(await ask(shop, 'GET', `/store/products/${handle}`))
  }
  const titles = found.map(({ title }) => title).join(' and ')
  step('browsed', `Browsing: ${items.length} products on the page; ${titles} look good`)
  return found
}

async function fillCart(shop: Shop, products: readonly Reply[]) {
  const lines = products.map(({ variants }) => ({
    variant_id: variants.find((variant: Reply) => variant.available !== 0).id,
    quantity: 1,
  }))
  const { token, cart } = await ask(shop, 'POST', '/store/carts', { body: { lines } })
  step('cart', `Cart with ${lines.length} lines`)
  const address = `/store/carts/${cart.id}`
  const who = { email: 'buyer@example.com', shipping_address: buyers[shop.gateway] }
  const known = await ask(shop, 'PATCH', address, { token, body: who })
  const option = known.shipping_options[0]
  const body = { shipping_option_id: option.id, coupon_code: 'WELCOME10' }
  const priced = await ask(shop, 'PATCH', address, { token, body })
  const { currency } = priced
  step(
    'priced',
    `Goods ${money(priced.subtotal, currency)}, ` +
      `coupon −${money(priced.discount_total, currency)}, ` +
      `${option.name} shipping ${money(priced.shipping_total, currency)}, ` +
      `tax in it ${money(priced.tax_total, currency)}: total ${money(priced.total, currency)}`,
  )
  return { token, cart: priced }
}

/** What checkout.js and the bank page do in the buyer's browser. */
async function payAtRazorpay(shop: Shop, { order_id, notes }: Reply): Promise<Reply> {
  assert(shop.razorpay_url, 'The demo can pay only at a simulated Razorpay: give --razorpay-url.')
  const response = await fetch(`${shop.razorpay_url}/_checkout/pay`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      order_id,
      method: 'upi',
      vpa: 'success@razorpay',
      outcome: 'success',
      ...(notes ? { notes } : {}),
    }),
  })
  return response.json()
}

async function order(shop: Shop, { token, cart }: Reply): Promise<Reply> {
  const by_card = shop.gateway === 'stripe'
  step('payment_started', `Payment of ${money(cart.total, cart.currency)} at ${shop.gateway}`)
  const payment = { provider: shop.gateway, token: by_card ? 'pm_card_visa' : null }
  const body = { expected_total: cart.total, payment }
  let done = await ask(shop, 'POST', `/store/carts/${cart.id}/complete`, { token, body })
  if (done.payment.state === 'requires_action') {
    const answer = await payAtRazorpay(shop, done.payment.client_data)
    step('buyer_approved', 'The buyer approves in the browser')
    const go_on = `/store/payments/${done.payment.id}/continue`
    done = await ask(shop, 'POST', go_on, { token: done.token, body: { answer } })
  }
  assert.equal(done.order.state, 'placed', 'the order was not placed')
  step('order_number', `Order ${done.order.number}, payment ${done.payment.state}`)
  return done
}

const sentences: Readonly<Record<string, (detail: Reply) => string>> = {
  'order.created': () => 'Stock is held for the order',
  'payment.authorized': ({ provider }) => `${provider} has reserved the money`,
  'payment.captured': ({ amount, currency }) => `${money(amount, currency)} was captured`,
  'invoice.issued': ({ number }) => `Invoice ${number} was written`,
  'shipment.planned': ({ weight_g }) => `Parcel of ${weight_g} g planned, with its pick task`,
  'label.bought': ({ carrier, service, tracking_code, cost, currency }) =>
    `Label bought: ${carrier} ${service}, ${tracking_code}, ${money(cost, currency)}`,
  'shipment.scanned': ({ status, detail }) => `Carrier: ${status} (${detail})`,
  'shipment.shipped': () => 'The parcel is under way, the goods have left the stock',
  'shipment.delivered': () => 'The parcel has arrived',
}

/** Reads the live stream of the order until it is delivered and everybody has been told. */
async function watch(shop: Shop, order_id: string, is_over: () => Promise<boolean>): Promise<void> {
  const beginning = '0-00000000-0000-0000-0000-000000000000'
  const address = `/admin/events/stream?order_id=${order_id}&after=${beginning}`
  const gone = new AbortController()
  const timer = setTimeout(() => gone.abort(new Error('The order did not arrive in time.')), 60_000)
  try {
    const response = await fetch(`${shop.url}${address}`, {
      headers: { authorization: `Bearer ${shop.secret_key}` },
      signal: gone.signal,
    })
    let text = ''
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk
      const messages = text.split('\n\n')
      text = messages.pop()!
      for (const message of messages) tellEvent(message)
      if (await is_over()) return
    }
  } finally {
    clearTimeout(timer)
    gone.abort()
  }
}

function tellEvent(message: string): void {
  const data = /^data: (.*)$/m.exec(message)?.[1]
  if (data === undefined) return
  const { kind, detail } = JSON.parse(data) as { kind: string; detail: Reply }
  if (kind.startsWith('message.')) {
    step(`mail_${detail.kind}`, `Mail to the buyer: ${detail.kind}`)
    return
  }
  const sentence = sentences[kind]
  if (sentence)
    step(kind === 'order.created' ? 'stock_held' : kind.replace('.', '_'), sentence(detail))
}

/** How often everything happened, as the API tells it. */
async function countEffects(shop: Shop, order_id: string) {
  const found = await staff(shop, `/admin/orders/${order_id}`)
  const timeline = await staff(shop, `/admin/orders/${order_id}/timeline`)
  const mails = await staff(shop, `/admin/messages?order_id=${order_id}&limit=100`)
  const tasks = await staff(shop, `/admin/pick-tasks?limit=100`)
  const times = (kind: string): number =>
    timeline.items.filter((event: Reply) => event.kind === kind).length
  const mailsOf = (kind: string): number =>
    mails.items.filter((mail: Reply) => mail.kind === kind).length
  return {
    found,
    effects: {
      payment: times('payment.captured'),
      invoice: found.invoices.filter((invoice: Reply) => invoice.kind === 'invoice').length,
      label: times('label.bought'),
      pick_task: tasks.items.filter((task: Reply) => task.order_number === found.number).length,
      mail_confirmation: mailsOf('confirmation'),
      mail_receipt: mailsOf('receipt'),
      mail_shipped: mailsOf('shipped'),
      mail_delivered: mailsOf('delivered'),
    },
  }
}

async function stockAfter(shop: Shop, found: Reply): Promise<void> {
  const lines: string[] = []
  for (const { sku } of found.lines) {
    const { items } = await staff(shop, `/admin/stock?sku=${encodeURIComponent(sku)}`)
    const levels = items.map((level: Reply) => `${level.location} ${level.on_hand}`)
    const held = items.reduce((sum: number, level: Reply) => sum + level.held, 0)
    lines.push(`${sku}: ${levels.join(', ')} (held ${held})`)
  }
  step('stock_after', `Stock after: ${lines.join('; ')}`)
}

async function run(shop: Shop) {
  const done = await order(shop, await fillCart(shop, await browse(shop)))
  const { id } = done.order
  const isOver = async (): Promise<boolean> => {
    const { found, effects } = await countEffects(shop, id)
    return found.fulfillment_state === 'delivered' && Object.values(effects).every((n) => n > 0)
  }
  await watch(shop, id, isOver)
  const { found, effects } = await countEffects(shop, id)
  await stockAfter(shop, found)
  step('delivered', `Delivered. The buyer's page: ${done.page_url}`)
  return { order: done.order, effects }
}

function readShop(values: Reply, own: DemoServer | null): Shop {
  const gateway = (values.gateway ?? 'stripe') as Gateway
  if (own === null) {
    const { url, key, 'secret-key': secret_key } = values
    if (!key || !secret_key) throw new Error(`--url needs --key and --secret-key.\n${usage}`)
    return { url, key, secret_key, gateway, razorpay_url: values['razorpay-url'] ?? null }
  }
  const simulators = JSON.parse(readFileSync(path.join(own.data_dir, 'simulators.json'), 'utf8'))
  const key = gateway === 'stripe' ? own.shop.keys.web : own.shop.keys.india
  const { port } = simulators.Razorpay
  const razorpay_url = `http://127.0.0.1:${port}`
  return { url: own.url, key, secret_key: own.shop.secret_key, gateway, razorpay_url }
}

async function main(): Promise<number> {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    options: {
      gateway: text,
      url: text,
      key: text,
      'secret-key': text,
      'razorpay-url': text,
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })
  if (values.help || !['stripe', 'razorpay', undefined].includes(values.gateway)) {
    process.stdout.write(`${usage}\n`)
    return values.help ? 0 : 2
  }
  if (values.json) tell = () => {}
  const own = values.url === undefined ? await startDemoServer() : null
  step('server_ready', `Onhand answers at ${own?.url ?? values.url}`)
  try {
    const { order: placed, effects } = await run(readShop(values, own))
    if (values.json) {
      process.stdout.write(`${JSON.stringify({ order: placed, steps, effects })}\n`)
    }
    const wrong = Object.entries(effects).filter(([, count]) => count !== 1)
    if (wrong.length === 0) return 0
    process.stderr.write(`Not exactly once: ${JSON.stringify(Object.fromEntries(wrong))}\n`)
    return 1
  } finally {
    await own?.stop()
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(1)
  },
)
