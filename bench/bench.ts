// `npm run bench`: how fast Onhand is beside the floor of the database itself, in one run on one
// database with default durability. `--json` prints one object on stdout. `--only=a,b` runs some
// parts, `--rounds=N` other than three rounds, `--earlier=N` with so many earlier orders, and
// `--node-flags=…` starts web server and worker with flags of Node, for a profile; `--statements`
// tells what each statement of `complete` costs the database.
import { parseArgs } from 'node:util'
import { freePort } from '#src/app/embedded-postgres.ts'
import type { Rule } from '#src/catalog/collections.ts'
import { changeCollection, createCollection } from '#src/catalog/edit-collections.ts'
import { transaction } from '#src/db/transaction.ts'
import { type CollectionId, newId } from '#src/lib/ids.ts'
import { addContract, addGoods, analyzeAll, countOrders, readVariants } from './goods.sql.ts'
import { measureOrderLists } from './order-lists.ts'
import {
  expectStatuses,
  hot,
  measureAdding,
  measureComplete,
  measureCustomer,
  measureDrain,
  measureFaceted,
  measureFloor,
  measureJourneys,
  measureLists,
  measurePgbench,
  mixed,
  perSecond,
} from './parts.ts'
import { rssMb } from './processes.ts'
import { type FigureName, type Notebook, openNotebook, resultsOf, tableOf } from './report.ts'
import { askPromises, openStage, placeOf, type Stage, seedEarlier } from './stage.ts'
import { readCounts, resetCounts } from './statements.sql.ts'
import { openWire, requestText } from './wire.ts'

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    earlier: { type: 'string', default: '1000000' },
    'node-flags': { type: 'string', default: '' },
    statements: { type: 'boolean', default: false },
  },
})
const rounds = Number(options.rounds)
const earlier = Number(options.earlier)

const started = performance.now()
/** Progress goes to stderr, so that stdout holds the result alone. */
const say = (text: string): void => {
  const seconds = ((performance.now() - started) / 1000).toFixed(0).padStart(4)
  process.stderr.write(`${seconds} s  ${text}\n`)
}

type Run = { readonly stage: Stage; readonly notebook: Notebook; readonly now: Date }
type Step = (run: Run) => Promise<void>

const one_floor_ms = 1_000

async function floorOf({ stage, notebook }: Run, is_hot: boolean): Promise<number> {
  const prefix = is_hot ? 'floor_hot' : 'floor'
  const floor = await measureFloor(stage, is_hot, one_floor_ms)
  notebook.note(`${prefix}_orders_per_s`, floor)
  return floor
}

function pgbenchOf({ stage, notebook }: Run, is_hot: boolean): number | null {
  const found = measurePgbench(stage, is_hot, 1)
  if (found !== null)
    notebook.note(is_hot ? 'pgbench_hot_orders_per_s' : 'pgbench_orders_per_s', found)
  return found
}

async function sayCounts({ db }: Stage, orders: number): Promise<void> {
  for (const one of await transaction(db, (tx) => readCounts(tx, 45))) {
    const us = ((one.total_ms * 1000) / orders).toFixed(1).padStart(7)
    const ms = (one.total_ms / one.calls).toFixed(2).padStart(7)
    const wal = (one.wal_bytes / orders).toFixed(0).padStart(5)
    say(`${us} µs/order ${ms} ms × ${one.calls}, ${wal} B WAL/order: ${one.text.slice(0, 120)}`)
  }
}

const complete: Step = async (run) => {
  const { stage, notebook } = run
  const floor = await floorOf(run, false)
  const pgbench = pgbenchOf(run, false)
  if (options.statements) await transaction(stage.db, resetCounts)
  const result = await measureComplete(stage, {
    carts: 20_000,
    clients: 64,
    ms_max: 3_000,
    choices: mixed(stage),
    provider: 'manual',
  })
  expectStatuses(result, ['201'])
  if (options.statements) await sayCounts(stage, result.count)
  const rate = perSecond(result)
  notebook.note('complete_orders_per_s', rate)
  notebook.note('complete_to_floor', rate / floor)
  if (pgbench !== null) notebook.note('complete_to_pgbench', rate / pgbench)
  notebook.note('complete_p50_ms', result.p50_ms)
  notebook.note('complete_p99_ms', result.p99_ms)
  notebook.note('complete_web_us', result.web_us)
  notebook.note('complete_db_us', result.db_us)
}

const hotSku: Step = async (run) => {
  const { stage, notebook } = run
  const floor = await floorOf(run, true)
  const pgbench = pgbenchOf(run, true)
  const result = await measureComplete(stage, {
    carts: 20_000,
    clients: 64,
    ms_max: 3_000,
    choices: hot(stage),
    provider: 'manual',
  })
  expectStatuses(result, ['201'])
  const rate = perSecond(result)
  notebook.note('hot_orders_per_s', rate)
  notebook.note('hot_to_floor', rate / floor)
  if (pgbench !== null) notebook.note('hot_to_pgbench', rate / pgbench)
}

const stripe: Step = async ({ stage, notebook }) => {
  for (const clients of [256, 1_024] as const) {
    const result = await measureComplete(stage, {
      carts: clients * 20,
      clients,
      ms_max: 4_000,
      choices: mixed(stage),
      provider: 'stripe',
    })
    expectStatuses(result, ['201'])
    notebook.note(`stripe_${clients}_orders_per_s`, perSecond(result))
  }
}

const journeys: Step = async ({ stage, notebook }) => {
  const result = await measureJourneys(stage, 3_000)
  notebook.note('journeys_per_s', perSecond(result))
  notebook.note('journey_p99_ms', result.p99_ms)
}

const lists: Step = async ({ stage, notebook }) => {
  const result = await measureLists(stage, 2_000)
  notebook.note('list_per_s', perSecond(result))
  notebook.note('list_p99_ms', result.p99_ms)
}

const adding: Step = async ({ stage, notebook }) => {
  const small = await measureAdding(stage, { lines: 2, clients: 16, ms_max: 2_000 })
  notebook.note('add_line_per_s', perSecond(small))
  notebook.note('add_line_p99_ms', small.p99_ms)
  // How many such carts are served, and how long one waits while there is room left for others.
  const many = await measureAdding(stage, { lines: 200, clients: 16, ms_max: 2_000 })
  notebook.note('add_line_200_per_s', perSecond(many))
  const few = await measureAdding(stage, { lines: 200, clients: 4, ms_max: 2_000 })
  notebook.note('add_line_200_p95_ms', few.p95_ms)
  notebook.note('add_line_200_p99_ms', few.p99_ms)
}

const flash_units = 10_000
let flashes = 0

/** 10,000 units to 20,000 buyers: exactly so many get one. */
const flash: Step = async ({ stage, notebook }) => {
  const n = 10_000_001 + 2 * flashes++
  const [variant] = await transaction(stage.db, async (tx) => {
    await addGoods(tx, placeOf(stage.frame), { from: n, to: n, on_hand: flash_units })
    return (await readVariants(tx, n)).odd.slice(-1)
  })
  const result = await measureComplete(stage, {
    carts: 2 * flash_units,
    clients: 256,
    ms_max: 60_000,
    choices: [[variant!]],
    provider: 'manual',
  })
  const { 201: sold = 0, 409: refused = 0 } = result.statuses
  if (sold !== flash_units || refused !== flash_units) {
    throw new Error(`10,000 units were sold like this: ${JSON.stringify(result.statuses)}`)
  }
  notebook.note('flash_s', result.elapsed_ms / 1000)
  notebook.note('flash_orders', sold)
}

const drained_orders = 300

/** Everything that follows an order, from a fresh start: the worker is stopped afterwards. */
const drain: Step = async ({ stage, notebook }) => {
  const worker = await stage.startWorker()
  try {
    for (let round = 0; round < rounds; round++) {
      if (options.statements) await transaction(stage.db, resetCounts)
      notebook.note('drained_orders_per_s', await measureDrain(stage, worker, drained_orders))
      if (options.statements) await sayCounts(stage, drained_orders)
    }
  } finally {
    await worker.stop()
  }
}

const manyProducts: Step = async (run) => {
  const { stage, notebook } = run
  await transaction(stage.db, (tx) =>
    addGoods(tx, placeOf(stage.frame), { from: 1_001, to: 100_000, on_hand: 100 }),
  )
  await transaction(stage.db, analyzeAll)
  for (let round = 0; round < rounds; round++) {
    const result = await measureLists(stage, 2_000)
    notebook.note('list_100k_per_s', perSecond(result))
    notebook.note('list_100k_p99_ms', result.p99_ms)
  }
  await faceted(run)
  await collections(run)
}

/** The first search reads the goods; the others find them read. */
const faceted: Step = async ({ stage, notebook }) => {
  const wire = await openWire(stage.port)
  const headers = { authorization: `Bearer ${stage.keys.web}` }
  const began = performance.now()
  const answer = await wire.ask(requestText('GET', '/store/search', headers))
  notebook.note('index_s', (performance.now() - began) / 1000)
  wire.close()
  if (answer.status !== 200) throw new Error(`the first search was answered ${answer.status}`)
  for (let round = 0; round < rounds; round++) {
    const result = await measureFaceted(stage, 3_000)
    notebook.note('faceted_per_s', perSecond(result))
    notebook.note('faceted_p50_ms', result.p50_ms)
    notebook.note('faceted_p99_ms', result.p99_ms)
  }
}

/** Rules that half of all goods meet, then others: everything is reckoned again each time. */
const collections: Step = async ({ stage: { db }, notebook }) => {
  const id = newId<CollectionId>()
  const by = { actor: 'bench', now: new Date() }
  const rulesOf = (title: string): Rule[] => [
    { field: 'title', op: 'contains', value: title, currency: null },
    { field: 'price', op: 'more_than', value: 5_000, currency: 'EUR' },
    { field: 'tag', op: 'is_not', value: 'tag 7', currency: null },
  ]
  const draft = { handle: 'bench-rules', title: 'Rules', description: '' }
  await transaction(db, (tx) =>
    createCollection(tx, id, { ...draft, matching: 'all', rules: [] }, by),
  )
  for (let round = 0; round < rounds; round++) {
    const began = performance.now()
    const rules = rulesOf(round % 2 === 0 ? 'chair' : 'l')
    await transaction(db, (tx) => changeCollection(tx, id, { matching: 'any', rules }, by))
    notebook.note('collection_100k_s', (performance.now() - began) / 1000)
  }
}

const contracts: Step = async ({ stage, notebook }) => {
  const { contract, plain } = await transaction(stage.db, (tx) => addContract(tx, 10_000))
  for (let round = 0; round < rounds; round++) {
    const without = await measureCustomer(stage, plain, 1_500)
    const with_prices = await measureCustomer(stage, contract, 1_500)
    const cost = ({ web_us, db_us }: typeof without): number => web_us + db_us
    notebook.note('contract_cost', cost(with_prices) / cost(without))
  }
}

const earlierOrders: Step = async ({ stage, notebook }) => {
  const began = performance.now()
  await seedEarlier(stage, earlier)
  notebook.note('earlier_seed_s', (performance.now() - began) / 1000)
  const { orders } = await transaction(stage.db, countOrders)
  notebook.note('earlier_orders', orders)
  const [web_us, db_us] = [notebook.values('complete_web_us'), notebook.values('complete_db_us')]
  for (let round = 0; round < rounds; round++) {
    const result = await measureComplete(stage, {
      carts: 20_000,
      clients: 64,
      ms_max: 3_000,
      choices: mixed(stage),
      provider: 'manual',
    })
    expectStatuses(result, ['201'])
    notebook.note('earlier_orders_per_s', perSecond(result))
    const [web, database] = [web_us[round], db_us[round]]
    if (web === undefined || database === undefined) continue
    notebook.note('earlier_cost', (result.web_us + result.db_us) / (web + database))
  }
}

/** What stands behind the orders does not fit any more afterwards: no promise is asked then. */
const orderLists: Step = async ({ stage, notebook }) => {
  const { orders } = await transaction(stage.db, countOrders)
  if (orders < earlier) await seedEarlier(stage, earlier)
  const { p95_ms, slowest } = await measureOrderLists(stage, rounds)
  notebook.note('order_list_p95_ms', p95_ms)
  for (const { query, ms } of slowest.slice(0, 10)) say(`${ms.toFixed(1)} ms: ${query}`)
}

const firstRequest: Step = async ({ stage, notebook }) => {
  for (let round = 0; round < rounds; round++) {
    const port = await freePort(0)
    const web = await stage.startWeb(port)
    const began = performance.now()
    const wire = await openWire(port)
    const headers = { authorization: `Bearer ${stage.keys.web}` }
    const answer = await wire.ask(requestText('GET', '/store/products', headers))
    const first_ms = performance.now() - began
    wire.close()
    await web.stop()
    if (answer.status !== 200) throw new Error(`the first answer was ${answer.status}`)
    notebook.note('web_ready_ms', web.ready_ms)
    notebook.note('first_request_ms', first_ms)
  }
}

/** In this order: what fills the database comes last. `each` runs once in every round. */
const parts: readonly { readonly name: string; readonly each: boolean; readonly step: Step }[] = [
  { name: 'first', each: false, step: firstRequest },
  { name: 'drained', each: false, step: drain },
  { name: 'complete', each: true, step: complete },
  { name: 'hot', each: true, step: hotSku },
  { name: 'journeys', each: true, step: journeys },
  { name: 'lists', each: true, step: lists },
  { name: 'adding', each: true, step: adding },
  { name: 'stripe', each: true, step: stripe },
  { name: 'flash', each: true, step: flash },
  { name: 'list_100k', each: false, step: manyProducts },
  { name: 'contracts', each: false, step: contracts },
  { name: 'earlier', each: false, step: earlierOrders },
  { name: 'order_lists', each: false, step: orderLists },
]

/** Until code is compiled and the planner knows that tables are not empty any more. */
async function warmUp(stage: Stage): Promise<void> {
  for (const carts of [1_000, 4_000]) {
    const asked = { carts, clients: 64, ms_max: 6_000, choices: mixed(stage) } as const
    expectStatuses(await measureComplete(stage, { ...asked, provider: 'manual' }), ['201'])
    await transaction(stage.db, analyzeAll)
  }
}

async function runAll(stage: Stage, notebook: Notebook): Promise<void> {
  const only = options.only?.split(',') ?? parts.map(({ name }) => name)
  const chosen = parts.filter(({ name }) => only.includes(name))
  // The worker is paused, so what must follow an order is late: their clock stands still too.
  let now = new Date()
  const runPart = async (name: string, step: Step): Promise<void> => {
    await step({ stage, notebook, now })
    const rss = rssMb(stage.web.pid)
    if (rss !== null) notebook.note('rss_mb', rss)
    say(`${name}: done, and the web server has ${rss?.toFixed(0)} MB`)
  }
  const single = chosen.filter(({ each }) => !each)
  const early = single.filter(({ name }) => name === 'first' || name === 'drained')
  for (const { name, step } of early) await runPart(name, step)
  await askPromises(stage, new Date())
  now = new Date()
  await warmUp(stage)
  for (let round = 1; round <= rounds; round++) {
    for (const { name, step } of chosen.filter(({ each }) => each)) {
      await runPart(`${name} ${round}`, step)
      if (round === rounds) await askPromises(stage, now)
    }
  }
  for (const { name, step } of single.filter((one) => !early.includes(one))) {
    await runPart(name, step)
    if (step === orderLists) continue
    await askPromises(stage, now)
    say(`${name}: every promise holds`)
  }
}

const notebook = openNotebook()
const { statements } = options
const node_flags = options['node-flags'].split(' ').filter(Boolean)
const stage = await openStage(say, { node_flags, statements })
// Database and server are processes of their own: they must not outlive the one who started them.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void stage.close().finally(() => process.exit(130)))
}
try {
  await runAll(stage, notebook)
} catch (error) {
  // What was measured until then is told all the same.
  say(error instanceof Error ? (error.stack ?? error.message) : String(error))
  process.exitCode = 1
} finally {
  await stage.close()
}
const peak: readonly FigureName[] = ['rss_mb']
const results = { ...resultsOf(notebook) }
for (const name of peak) results[name] = Math.round(Math.max(...notebook.values(name)))
process.stdout.write(options.json ? `${JSON.stringify(results)}\n` : tableOf(notebook))
