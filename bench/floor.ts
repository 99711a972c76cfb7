// Orders straight through the driver, one per transaction, in a process of its own.
import pg from 'pg'
import { floor_skus, floor_statements } from './floor.sql.ts'
import type { FloorJob, FloorResult } from './jobs.ts'

const random = (from: number, to: number): number =>
  from + Math.floor(Math.random() * (to - from + 1))

async function placeOne(client: pg.Client, hot: boolean): Promise<void> {
  const run = (name: keyof typeof floor_statements, values: unknown[]) =>
    client.query<{ id: string }>({ name, text: floor_statements[name], values })
  // In key order, as whoever wants no deadlocks does; the hot one last, so it is held shortest.
  const a = random(2, floor_skus - 1)
  const b = hot ? 1 : random(a + 1, floor_skus)
  await client.query('begin')
  await run('take', [a, 1])
  await run('take', [b, 1])
  const { rows } = await run('order', [random(1, 100_000), 3980])
  const { id } = rows[0]!
  await run('line', [id, a, 1, 1490])
  await run('line', [id, b, 1, 2490])
  await run('payment', [id, 3980])
  await run('movement', [a, id, -1])
  await run('movement', [b, id, -1])
  await run('job', [id])
  await client.query('commit')
}

async function run({ url, clients, ms, hot }: FloorJob): Promise<FloorResult> {
  const open = await Promise.all(
    Array.from({ length: clients }, async () => {
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      return client
    }),
  )
  let count = 0
  const started = performance.now()
  await Promise.all(
    open.map(async (client) => {
      while (performance.now() < started + ms) {
        await placeOne(client, hot)
        count += 1
      }
    }),
  )
  const elapsed_ms = performance.now() - started
  await Promise.all(open.map((client) => client.end()))
  return { count, elapsed_ms }
}

process.on('message', (job: FloorJob) => {
  run(job).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  )
})
process.on('disconnect', () => process.exit(0))
