// What is measured, one function each. Carts are made beforehand, by SQL, and are not counted.
import { spawnSync } from 'node:child_process'
import { globSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { transaction } from '#src/db/transaction.ts'
import type { VariantId } from '#src/lib/ids.ts'
import { pgbenchScript } from './floor.sql.ts'
import { addCarts, readEffectCounts } from './goods.sql.ts'
import type { LoadResult } from './jobs.ts'
import { type Part, until } from './processes.ts'
import { address, coupon_code, readCpu, type Stage } from './stage.ts'
import { openWire, requestText } from './wire.ts'

export const perSecond = ({ count, elapsed_ms }: { count: number; elapsed_ms: number }): number =>
  (count * 1000) / elapsed_ms

const floor_clients = [1, 8, 32, 64] as const

/** The best over several numbers of clients. */
export async function measureFloor(stage: Stage, hot: boolean, ms: number): Promise<number> {
  const { url } = stage.postgres
  const rates: number[] = []
  for (const clients of floor_clients) {
    rates.push(perSecond(await stage.floor.ask({ url, clients, ms, hot })))
  }
  return Math.max(...rates)
}

const findPgbench = (): string | null => {
  const places = (process.env['PATH'] ?? '').split(':').map((folder) => `${folder}/pgbench`)
  return globSync([...places, '/usr/lib/postgresql/*/bin/pgbench'])[0] ?? null
}

/** The same from pgbench; null where it is not installed. */
export function measurePgbench(stage: Stage, hot: boolean, seconds: number): number | null {
  const program = findPgbench()
  if (program === null) return null
  const script = path.join(stage.postgres.home, 'floor.pgbench')
  writeFileSync(script, pgbenchScript(hot))
  const rates = floor_clients.map((clients) => {
    const counts = [
      '-c',
      String(clients),
      '-j',
      String(Math.min(2, clients)),
      '-T',
      String(seconds),
    ]
    const args = ['-n', '-M', 'prepared', '-f', script, ...counts, stage.postgres.url]
    const { stdout } = spawnSync(program, args, { encoding: 'utf8', timeout: 30_000 })
    return Number(/tps = ([\d.]+)/.exec(stdout ?? '')?.[1] ?? 0)
  })
  return Math.max(...rates) || null
}

const loadOf = (stage: Stage, key: string, clients: number) => ({
  port: stage.port,
  key,
  secret: stage.secret,
  clients,
})

/** @throws when an answer has another status than these */
export function expectStatuses(result: LoadResult, allowed: readonly string[]): void {
  const others = Object.keys(result.statuses).filter((status) => !allowed.includes(status))
  if (others.length > 0) throw new Error(`unexpected answers: ${JSON.stringify(result.statuses)}`)
}

/** What a cart of these carts costs, as its shopper sees it. */
export async function totalOf(stage: Stage, key: string, cart: string): Promise<number> {
  const { signToken } = await import('#src/lib/tokens.ts')
  const { Secret } = await import('#src/lib/secret.ts')
  const wire = await openWire(stage.port)
  const token = signToken(new Secret(stage.secret), 'cart', cart)
  const headers = { authorization: `Bearer ${key}`, 'x-cart-token': token }
  const answer = await wire.ask(requestText('GET', `/store/carts/${cart}`, headers))
  wire.close()
  const body = JSON.parse(answer.body.toString()) as { total: number; missing: unknown[] }
  if (answer.status !== 200 || body.missing.length > 0) {
    throw new Error(`the cart cannot be ordered: ${answer.body.toString().slice(0, 400)}`)
  }
  return body.total
}

export type Measured = LoadResult & {
  /** Processor time per order, in microseconds. */
  readonly web_us: number
  readonly db_us: number
}

export async function withCpu(stage: Stage, run: () => Promise<LoadResult>): Promise<Measured> {
  const before = readCpu(stage)
  const result = await run()
  const after = readCpu(stage)
  const each = (ms: number): number => (ms * 1000) / Math.max(1, result.count)
  return {
    ...result,
    web_us: each(after.web_ms - before.web_ms),
    db_us: each(after.db_ms - before.db_ms),
  }
}

export type Completing = {
  readonly carts: number
  readonly clients: number
  readonly ms_max: number
  readonly choices: readonly (readonly VariantId[])[]
  readonly provider: 'manual' | 'stripe'
}

/** Prepared carts are ordered as fast as the clients can. */
export async function measureComplete(stage: Stage, asked: Completing): Promise<Measured> {
  const { frame, keys } = stage
  const by_card = asked.provider === 'stripe'
  const carts = await transaction(stage.db, (tx) =>
    addCarts(tx, asked.carts, {
      channel_id: by_card ? frame.web : frame.counter,
      shipping_option_id: stage.shipping_option_id,
      coupon_code,
      address,
      choices: asked.choices,
    }),
  )
  const key = by_card ? keys.web : keys.counter
  const total = await totalOf(stage, key, carts[0]!)
  const payment = by_card
    ? { provider: 'stripe', token: 'pm_card_visa' }
    : { provider: asked.provider }
  return withCpu(stage, () =>
    stage.load.ask({
      ...loadOf(stage, key, asked.clients),
      kind: 'complete',
      carts,
      total,
      payment,
      count_max: carts.length,
      ms_max: asked.ms_max,
    }),
  )
}

export const mixed = ({ variants }: Stage) => [variants.odd, variants.even]
/** One SKU that everybody wants, and one of the others. */
export const hot = ({ variants }: Stage) => [variants.odd.slice(0, 1), variants.even]

export async function measureJourneys(stage: Stage, ms_max: number): Promise<Measured> {
  const { odd, even } = stage.variants
  const job = { kind: 'journey', variants: [...odd, ...even], address, coupon_code } as const
  const result = await withCpu(stage, () =>
    stage.load.ask({ ...loadOf(stage, stage.keys.counter, 64), ...job, count_max: 50_000, ms_max }),
  )
  expectStatuses(result, ['201'])
  return result
}

/** The first pages of the list, as many people leaf through it. */
export async function listPaths(stage: Stage, pages: number): Promise<string[]> {
  const wire = await openWire(stage.port)
  const headers = { authorization: `Bearer ${stage.keys.web}` }
  const paths: string[] = []
  let after: string | null = ''
  while (paths.length < pages && after !== null) {
    const from = after === '' ? '' : `&after=${after}`
    const path_of_page: string = `/store/products?limit=20${from}`
    const answer = await wire.ask(requestText('GET', path_of_page, headers))
    paths.push(path_of_page)
    after = (JSON.parse(answer.body.toString()) as { next_cursor: string | null }).next_cursor
  }
  wire.close()
  return paths
}

export async function measureLists(stage: Stage, ms_max: number): Promise<Measured> {
  const paths = await listPaths(stage, 40)
  const result = await withCpu(stage, () =>
    stage.load.ask({
      ...loadOf(stage, stage.keys.web, 64),
      kind: 'get',
      paths,
      count_max: 100_000,
      ms_max,
    }),
  )
  expectStatuses(result, ['200'])
  return result
}

const bench_words = ['linen', 'cotton', 'walnut', 'steel', 'velvet', 'cedar']
const vendor = (i: number): string => `Vendor+${i % 100}`
const bench_things = ['shirt', 'chair', 'lamp', 'bowl', 'table', 'jacket']

/**
 * Searches of which no two are the same, so that no page is answered from memory; and words that
 * come again only after more others than are remembered, so that PostgreSQL looks them all up.
 */
export const facetedPaths = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => {
    const round = Math.floor(i / 6)
    const price = `price=${500 + i}..${20_000 - (i % 1_000)}`
    const word = bench_words[round % 6]!
    const thing = bench_things[round % 5]!
    // Titles end with a number: all that begin with these digits are found.
    const digits = 1 + (round % 997)
    const color = encodeURIComponent(`Color:Color ${i % 24}`)
    const filters = [
      `q=${word}+${digits}&vendor=${vendor(i)}&vendor=${vendor(i + 7)}`,
      `category=bench-${i % 30}&sort=price`,
      `tag=tag+${i % 60}&option=${encodeURIComponent(`Size:Size ${i % 8}`)}&sort=-price`,
      `q=${thing}+${digits}`,
      `q=${word.slice(0, 4)}+${digits}&option=${color}&available=true`,
      `type=Type+${i % 40}&sort=title`,
    ]
    return `/store/search?${price}&${filters[i % filters.length]}`
  })

/** With facets, on few connections: so many clients as two processors serve side by side. */
export async function measureFaceted(stage: Stage, ms_max: number): Promise<Measured> {
  const paths = facetedPaths(20_000)
  const result = await withCpu(stage, () =>
    stage.load.ask({
      ...loadOf(stage, stage.keys.web, 4),
      kind: 'get',
      paths,
      count_max: paths.length,
      ms_max,
    }),
  )
  expectStatuses(result, ['200'])
  return result
}

/** Each of 16 clients fills a cart of its own, which has so many lines already. */
export async function measureAdding(
  stage: Stage,
  { lines, clients, ms_max }: { lines: number; clients: number; ms_max: number },
): Promise<Measured> {
  const all = [...stage.variants.odd, ...stage.variants.even]
  const carts = await transaction(stage.db, (tx) =>
    addCarts(tx, clients, {
      channel_id: stage.frame.counter,
      shipping_option_id: stage.shipping_option_id,
      coupon_code,
      address,
      // Line i is one of a few variants of its own, so that no two lines are the same.
      choices: Array.from({ length: lines }, (_, i) => all.slice(i, i + 1)),
    }),
  )
  const variants = all.slice(0, Math.max(lines, 4))
  const result = await withCpu(stage, () =>
    stage.load.ask({
      ...loadOf(stage, stage.keys.counter, clients),
      kind: 'add_line',
      carts,
      variants,
      count_max: 50_000,
      ms_max,
    }),
  )
  expectStatuses(result, ['200'])
  return result
}

/** Carts of four goods for one customer. */
export async function measureCustomer(
  stage: Stage,
  customer_id: string,
  ms_max: number,
): Promise<Measured> {
  const result = await withCpu(stage, () =>
    stage.load.ask({
      ...loadOf(stage, stage.keys.counter, 16),
      kind: 'create_cart',
      customer_id,
      variants: [...stage.variants.odd, ...stage.variants.even],
      count_max: 50_000,
      ms_max,
    }),
  )
  expectStatuses(result, ['201'])
  return result
}

/** From the first order to the last label, invoice and message of all of them. */
export async function measureDrain(stage: Stage, worker: Part, orders: number): Promise<number> {
  const started = performance.now()
  const result = await measureComplete(stage, {
    carts: orders,
    clients: 64,
    ms_max: 60_000,
    choices: mixed(stage),
    provider: 'manual',
  })
  expectStatuses(result, ['201'])
  await until(`the effects of ${orders} orders (worker ${worker.pid})`, 120_000, async () => {
    const { open, failed } = await transaction(stage.db, readEffectCounts)
    if (failed > 0) throw new Error(`${failed} effects have failed`)
    return open === 0
  })
  return (orders * 1000) / (performance.now() - started)
}
