// Lists of orders as staff ask for them, with a million orders behind them.
import { transaction } from '#src/db/transaction.ts'
import { mixOrders } from './order-lists.sql.ts'
import type { Stage } from './stage.ts'
import { openWire, requestText } from './wire.ts'

const day_ms = 86_400_000

/** What people look for: by one state, by rare and frequent ones together, by goods and names. */
const looked_for = (now: number): readonly string[] => {
  const day = (days: number) => encodeURIComponent(new Date(now - days * day_ms).toISOString())
  return [
    '',
    'state=placed',
    'state=canceled',
    'state=closed',
    'state=pending',
    'payment_state=authorized',
    'payment_state=partially_captured',
    'payment_state=voided',
    'fulfillment_state=unfulfilled&state=placed',
    'fulfillment_state=returned&payment_state=captured',
    'fulfillment_state=partially_shipped&origin=staff',
    'return_state=requested',
    'return_state=requested&payment_state=captured&origin=staff',
    'origin=marketplace',
    'currency=USD',
    'currency=INR&payment_state=authorized&fulfillment_state=shipped',
    'held=true',
    'held=true&currency=INR',
    'held=false&state=placed&fulfillment_state=delivered&sort=oldest',
    `created_from=${day(2)}&payment_state=authorized`,
    `created_from=${day(400)}&created_to=${day(300)}`,
    'total_min=45000&total_max=46000',
    'total_min=60000',
    'total_min=52000&currency=USD',
    'total_max=2000&state=placed',
    'tag=vip',
    'tag=check',
    'tag=check&state=placed',
    'tag=gift&payment_state=partially_captured',
    'tag=vip&fulfillment_state=unfulfilled&state=placed',
    'tag=vip&return_state=requested',
    'tag=gift&state=placed&payment_state=captured',
    'sku=SKU',
    'sku=SKU&payment_state=authorized',
    'sku=SKU&return_state=requested&origin=staff',
    'sku=SKU&tag=check',
    'sku=SKU&state=placed&fulfillment_state=delivered',
    'email=buyer500000%40example.com',
    'number=NUMBER',
    'text=buyer77777',
    'text=dinesh%20a',
    'text=NUMBER&state=placed',
    // Texts that very many, or some ten thousands, of the orders have.
    'text=buyer',
    'text=ada',
    'text=ada&state=placed',
    'text=bert&return_state=requested',
    'text=bert&tag=gift&state=placed',
    'text=chloe%20a',
    'text=chloe%20a&state=placed&sort=oldest',
    'text=chloe%20ab',
    'text=chloe%20ab&state=placed&fulfillment_state=delivered',
    'text=dinesh&sku=SKU&payment_state=captured',
    'text=dinesh&total_min=60000',
  ]
}

type Facts = { readonly sku: string; readonly number: string; readonly channel_id: string }

async function readFacts({ db }: Stage): Promise<Facts> {
  const { rows } = await db.query<Facts>(
    `select sku, number, channel_id from orders join order_line on order_id = orders.id
     where number is not null order by orders.id offset 1000 limit 1`,
  )
  return rows[0]!
}

/** As autovacuum does a little later. */
async function vacuum({ db }: Stage): Promise<void> {
  const client = await db.connect()
  try {
    await client.query('set statement_timeout = 0')
    await client.query('vacuum analyze orders, order_tag, order_line')
  } finally {
    client.release(true)
  }
}

export type OrderLists = {
  readonly p95_ms: number
  readonly slowest: readonly { readonly query: string; readonly ms: number }[]
}

/** Each list its first page and the next, for all channels and for one. */
export async function measureOrderLists(stage: Stage, rounds: number): Promise<OrderLists> {
  await transaction(stage.db, mixOrders)
  await vacuum(stage)
  const { sku, number, channel_id } = await readFacts(stage)
  const queries = looked_for(Date.now())
    .map((query) => query.replace('SKU', encodeURIComponent(sku)).replace('NUMBER', number))
    .flatMap((query) => [query, `${query}&channel_id=${channel_id}`])
  const wire = await openWire(stage.port)
  const headers = { authorization: `Bearer ${stage.secret_key}` }
  const taken: { query: string; ms: number }[] = []
  for (let round = 0; round <= rounds; round++) {
    for (const query of queries) {
      let after = ''
      for (let page = 0; page < 2; page++) {
        const path = `/admin/orders?limit=50&${query}${after}`
        const began = performance.now()
        const answer = await wire.ask(requestText('GET', path, headers))
        const ms = performance.now() - began
        if (answer.status !== 200) throw new Error(`${answer.status} for ${path}`)
        // The first round is to get everything into memory.
        if (round > 0) taken.push({ query, ms })
        const { next_cursor } = JSON.parse(answer.body.toString()) as { next_cursor: string | null }
        if (next_cursor === null) break
        after = `&after=${next_cursor}`
      }
    }
  }
  wire.close()
  taken.sort((a, b) => b.ms - a.ms)
  return { p95_ms: taken[Math.floor(taken.length * 0.05)]!.ms, slowest: taken.slice(0, 20) }
}
