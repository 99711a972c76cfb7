// A shop as `npm start` makes it, of any version, and a shopper who knows it by HTTP alone.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { atEnd } from '#test/cleanup.ts'
import { freshKey, german_address, until } from '#test/world.ts'

/** Answers are read by tests, which assert what they need. */
// biome-ignore lint/suspicious/noExplicitAny: a test reads JSON whose shape it then asserts
type Json = any

export type WholeShop = {
  readonly url: string
  readonly key: string
  readonly stop: () => Promise<void>
}

/** Of these there is enough for all who look at it at the same time. */
const plenty = 20
const start_ms = 120_000
const { TEST_DATABASE_URL: _, ...clean } = process.env

type Settings = Readonly<Record<string, string>>

/** A process of the version in this folder, until it says so; what it has said, and its end. */
async function startProgram(sources: string, settings: Settings, words: readonly string[]) {
  const child = spawn(process.execPath, ['src/main.ts', ...words], {
    cwd: sources,
    env: { ...clean, PORT: '0', RATE_LIMIT: '0', SIMULATOR_SCAN_MS: '200', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes: Buffer) => {
      said += bytes.toString()
    })
  }
  const ended = once(child, 'close')
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
  }
  atEnd(stop)
  const isReady = async (): Promise<boolean> => {
    assert.equal(child.exitCode, null, said)
    return / is ready/.test(said)
  }
  await until('the shop', isReady, start_ms)
  return { said, stop }
}

/** Database, demo goods, simulators, worker and web server, by the sources in this folder. */
export async function startWholeShop(sources: string, settings: Settings): Promise<WholeShop> {
  const { said, stop } = await startProgram(sources, settings, [])
  const wordAfter = (name: string): string => new RegExp(`${name} +(\\S+)`).exec(said)![1]!
  return { url: wordAfter('Address'), key: wordAfter('Web shop key'), stop }
}

/** A web server and a worker beside a shop that runs: they speak with its simulators. */
export async function startBeside(
  shop: WholeShop,
  sources: string,
  settings: Settings,
): Promise<WholeShop> {
  const own = { ...settings, PUBLIC_URL: shop.url }
  const [web, worker] = await Promise.all([
    startProgram(sources, own, ['--web']),
    startProgram(sources, own, ['--worker']),
  ])
  const url = /web is ready: (\S+)/.exec(web.said)![1]!
  return {
    url,
    key: shop.key,
    stop: async () => void (await Promise.all([web.stop(), worker.stop()])),
  }
}

export type Asked = { readonly what: string; readonly ms: number; readonly at: number }

/** Asks as a browser does, notes each request, and fails on every answer that is no success. */
export function openBrowser({ url, key }: WholeShop) {
  const asked: Asked[] = []
  const ask = async (method: string, address: string, token?: string, body?: Json) => {
    const at = performance.now()
    const what = `${method} ${address}`
    const response = await fetch(`${url}${address}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(method === 'POST' ? { 'idempotency-key': freshKey() } : {}),
        ...(token ? { 'x-cart-token': token, 'x-order-token': token } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    asked.push({ what, ms: performance.now() - at, at })
    assert(response.ok, `${what}: ${response.status} ${text}`)
    return JSON.parse(text) as Json
  }

  const handles: string[] = []
  let next = 0
  /** Goods of the list in turn, those that do not run out meanwhile. */
  const chooseVariant = async (): Promise<string> => {
    if (handles.length === 0) {
      const { items } = await ask('GET', '/store/products?limit=100')
      handles.push(...items.map(({ handle }: Json) => handle))
    }
    for (let tries = 0; tries < handles.length; tries++) {
      const product = await ask('GET', `/store/products/${handles[next++ % handles.length]}`)
      const variant = product.variants.find((one: Json) => one.available_quantity >= plenty)
      if (variant) return variant.id
    }
    throw new Error('the demo shop is sold out')
  }

  /** From the list of goods to a paid order; returns its id. */
  const buy = async (): Promise<string> => {
    const variant_id = await chooseVariant()
    const made = await ask('POST', '/store/carts', undefined, {
      email: 'ada@example.com',
      shipping_address: german_address,
      lines: [{ variant_id, quantity: 1 }],
    })
    const address = `/store/carts/${made.cart.id}`
    const shipping_option_id = made.cart.shipping_options[0].id
    const chosen = { shipping_option_id, coupon_code: 'WELCOME10' }
    const cart = await ask('PATCH', address, made.token, chosen)
    const done = await ask('POST', `${address}/complete`, made.token, {
      expected_total: cart.total,
      payment: { provider: 'stripe', token: 'pm_card_visa' },
    })
    assert.equal(done.order.state, 'placed', JSON.stringify(done))
    const seen = await ask('GET', `/store/orders/${done.order.id}`, done.token)
    assert.equal(seen.id ?? seen.order?.id, done.order.id)
    return done.order.id
  }
  return { asked, buy }
}
