// The load generator, a process of its own: so many clients, each with one connection, ask one
// thing after the other until the time is up or nothing is left to ask.
import { readJsonObject } from '#src/lib/http-client.ts'
import { Secret } from '#src/lib/secret.ts'
import { signToken } from '#src/lib/tokens.ts'
import type { Load, LoadJob, LoadResult } from './jobs.ts'
import { openWire, requestText, type Wire, type WireAnswer } from './wire.ts'

/** What one client does for one item; gives the status of the last answer. */
type Doing = (wire: Wire, nth: number) => Promise<number>

let keys = 0
const freshKey = (): string => `bench-${process.pid}-${keys++}`

const tokenOf = (job: Load, kind: 'cart' | 'customer', id: string): string =>
  signToken(new Secret(job.secret), kind, id)

const post = (job: Load, path: string, body: unknown, token?: string): string =>
  requestText(
    'POST',
    path,
    {
      authorization: `Bearer ${job.key}`,
      'idempotency-key': freshKey(),
      ...(token === undefined ? {} : { 'x-cart-token': token }),
    },
    JSON.stringify(body),
  )
const patch = (job: Load, path: string, body: unknown, token: string): string =>
  requestText(
    'PATCH',
    path,
    { authorization: `Bearer ${job.key}`, 'x-cart-token': token },
    JSON.stringify(body),
  )

/** @throws when the answer is not what the story needs to go on */
function expectJson(answer: WireAnswer, status: number) {
  const json = readJsonObject(answer.body)
  if (answer.status !== status || json === null) {
    throw new Error(`expected ${status}: ${answer.status} ${answer.body.toString().slice(0, 300)}`)
  }
  return json
}

function completing(job: Extract<LoadJob, { kind: 'complete' }>): Doing {
  const { total: expected_total, payment } = job
  // Signed before the clock runs: a shopper has the token already.
  const tokens = job.carts.map((id) => tokenOf(job, 'cart', id))
  return async (wire, nth) => {
    const path = `/store/carts/${job.carts[nth]}/complete`
    const asked = post(job, path, { expected_total, payment }, tokens[nth])
    return (await wire.ask(asked)).status
  }
}

/** An empty cart, two things into it, address, shipping and coupon, and the Buy button. */
function shopping(job: Extract<LoadJob, { kind: 'journey' }>): Doing {
  const pick = (): string => job.variants[Math.floor(Math.random() * job.variants.length)]!
  return async (wire) => {
    const made = expectJson(await wire.ask(post(job, '/store/carts', {})), 201)
    const token = String(made['token'])
    const path = `/store/carts/${(made['cart'] as { id: string }).id}`
    const first = pick()
    let second = pick()
    while (second === first) second = pick()
    for (const variant_id of [first, second]) {
      const line = { variant_id, quantity: 1 }
      expectJson(await wire.ask(post(job, `${path}/lines`, line, token)), 200)
    }
    const contact = { email: 'ada@example.com', shipping_address: job.address }
    const cart = expectJson(await wire.ask(patch(job, path, contact, token)), 200)
    const [option] = cart['shipping_options'] as { id: string }[]
    const choice = { shipping_option_id: option!.id, coupon_code: job.coupon_code }
    const ready = expectJson(await wire.ask(patch(job, path, choice, token)), 200)
    const body = { expected_total: ready['total'], payment: { provider: 'manual' } }
    return (await wire.ask(post(job, `${path}/complete`, body, token))).status
  }
}

function adding(job: Extract<LoadJob, { kind: 'add_line' }>): Doing {
  const tokens = job.carts.map((id) => tokenOf(job, 'cart', id))
  return async (wire, nth) => {
    const at = nth % job.carts.length
    const variant_id = job.variants[Math.floor(Math.random() * job.variants.length)]!
    const path = `/store/carts/${job.carts[at]}/lines`
    return (await wire.ask(post(job, path, { variant_id, quantity: 1 }, tokens[at]))).status
  }
}

function creating(job: Extract<LoadJob, { kind: 'create_cart' }>): Doing {
  const customer_token = tokenOf(job, 'customer', job.customer_id)
  return async (wire, nth) => {
    const lines = [0, 1, 2, 3].map((i) => ({
      variant_id: job.variants[(nth * 4 + i) % job.variants.length],
      quantity: 1,
    }))
    return (await wire.ask(post(job, '/store/carts', { customer_token, lines }))).status
  }
}

function reading(job: Extract<LoadJob, { kind: 'get' }>): Doing {
  const asked = job.paths.map((path) =>
    requestText('GET', path, { authorization: `Bearer ${job.key}` }),
  )
  return async (wire, nth) => (await wire.ask(asked[nth % asked.length]!)).status
}

function doingOf(job: LoadJob): Doing {
  switch (job.kind) {
    case 'complete':
      return completing(job)
    case 'journey':
      return shopping(job)
    case 'add_line':
      return adding(job)
    case 'create_cart':
      return creating(job)
    case 'get':
      return reading(job)
  }
}

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0

async function run(job: LoadJob): Promise<LoadResult> {
  const doing = doingOf(job)
  const wires = await Promise.all(Array.from({ length: job.clients }, () => openWire(job.port)))
  const statuses: Record<string, number> = {}
  const times_ms: number[] = []
  let next = 0
  const started = performance.now()
  const until = started + job.ms_max
  await Promise.all(
    wires.map(async (wire) => {
      while (next < job.count_max) {
        const nth = next++
        const begun = performance.now()
        if (begun > until) break
        const status = await doing(wire, nth)
        times_ms.push(performance.now() - begun)
        statuses[status] = (statuses[status] ?? 0) + 1
      }
    }),
  )
  const elapsed_ms = performance.now() - started
  for (const wire of wires) wire.close()
  const sorted = times_ms.sort((a, b) => a - b)
  return {
    count: sorted.length,
    elapsed_ms,
    statuses,
    p50_ms: quantile(sorted, 0.5),
    p95_ms: quantile(sorted, 0.95),
    p99_ms: quantile(sorted, 0.99),
    max_ms: sorted.at(-1) ?? 0,
  }
}

process.on('message', (job: LoadJob) => {
  run(job).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  )
})
process.on('disconnect', () => process.exit(0))
