// `npm run demo`: one real order over HTTP, from browsing to delivered, told as it happens. It is
// a shopper and a member of staff at once and uses nothing but the API. At the end it counts what
// happened, and asks the outside systems of its own server how often they were asked to.
import { parseArgs } from 'node:util'
import { buy } from './demo-buyer.ts'
import { askStaff, type Gateway, type Reply, type Shop, type Step } from './demo-client.ts'
import { askEffects, compare, findFaults } from './demo-counts.ts'
import { type DemoServer, startDemoServer } from './demo-server.ts'
import { watchToRest } from './demo-watch.ts'

const usage = `Usage: npm run demo [-- OPTIONS]
  --gateway stripe|razorpay             who takes the money (stripe)
  --json                                one JSON object on stdout
  --url URL --key PK --secret-key SK    use a demo shop that runs already
  --razorpay-url URL                    where its Razorpay simulator listens`

const started_at = performance.now()
const steps: { readonly name: string; readonly at_ms: number }[] = []
let tell = (text: string): void => void process.stdout.write(text)

const step: Step = (name, text) => {
  const at_ms = Math.round(performance.now() - started_at)
  steps.push({ name, at_ms })
  tell(`${(at_ms / 1000).toFixed(2).padStart(7)} s  ${text}\n`)
}

async function tellStock(shop: Shop, order: Reply): Promise<void> {
  const lines: string[] = []
  for (const { sku } of order.lines) {
    const { items } = await askStaff(shop, `/admin/stock?sku=${encodeURIComponent(sku)}`)
    const levels = items.map((level: Reply) => `${level.location} ${level.on_hand}`)
    const held = items.reduce((sum: number, level: Reply) => sum + level.held, 0)
    lines.push(`${sku}: ${levels.join(', ')} (held ${held})`)
  }
  step('stock_after', `Stock after: ${lines.join('; ')}`)
}

async function run(shop: Shop, own: DemoServer | null) {
  // A key that may not look is noticed before anything is bought.
  await askStaff(shop, '/admin/orders?limit=1')
  const done = await buy(shop, step)
  await watchToRest(shop, done.order.id, step)
  const told = await askEffects(shop, done.order.id)
  const books = (await own?.readBooks()) ?? null
  const effects = books === null ? told.effects : compare(told, books)
  await tellStock(shop, told.order)
  step('delivered', `Delivered. The buyer's page: ${done.page_url}`)
  const { state, payment_state, fulfillment_state } = told.order
  const order = { ...done.order, state, payment_state, fulfillment_state }
  return { order, effects, faults: findFaults(effects, told, books) }
}

function readShop(values: Reply, own: DemoServer | null): Shop {
  const gateway = (values.gateway ?? 'stripe') as Gateway
  if (own === null) {
    const { url, key, 'secret-key': secret_key } = values
    if (!key || !secret_key) throw new Error(`--url needs --key and --secret-key.\n${usage}`)
    return { url, key, secret_key, gateway, razorpay_url: values['razorpay-url'] ?? null }
  }
  const { url, razorpay_url } = own
  const { keys, secret_key } = own.shop
  return {
    url,
    key: gateway === 'stripe' ? keys.web : keys.india,
    secret_key,
    gateway,
    razorpay_url,
  }
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
    const { order, effects, faults } = await run(readShop(values, own), own)
    if (values.json) process.stdout.write(`${JSON.stringify({ order, steps, effects })}\n`)
    if (faults.length === 0) return 0
    process.stderr.write(`Not exactly once: ${faults.join('; ')}\n`)
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
