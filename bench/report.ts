// What the benchmark says at the end: medians over the rounds, ratios from adjacent runs.

export type Figure = {
  readonly name: string
  readonly unit: string
  /** What is wanted; null for what is only told. */
  readonly aim: { readonly at_least: number } | { readonly at_most: number } | null
}

const figure = (name: string, unit: string, aim: Figure['aim'] = null): Figure => ({
  name,
  unit,
  aim,
})
const at_least = (value: number) => ({ at_least: value })
const at_most = (value: number) => ({ at_most: value })

/** Every figure, in the order they are printed. */
export const figures = [
  figure('floor_orders_per_s', 'orders/s'),
  figure('pgbench_orders_per_s', 'orders/s'),
  figure('complete_orders_per_s', 'orders/s'),
  figure('complete_to_floor', '×', at_least(2)),
  figure('complete_to_pgbench', '×'),
  figure('complete_p50_ms', 'ms'),
  figure('complete_p99_ms', 'ms', at_most(50)),
  figure('complete_web_us', 'µs/order'),
  figure('complete_db_us', 'µs/order'),
  figure('floor_hot_orders_per_s', 'orders/s'),
  figure('pgbench_hot_orders_per_s', 'orders/s'),
  figure('hot_orders_per_s', 'orders/s'),
  figure('hot_to_floor', '×', at_least(6)),
  figure('hot_to_pgbench', '×'),
  figure('drained_orders_per_s', 'orders/s'),
  figure('stripe_256_orders_per_s', 'orders/s'),
  figure('stripe_1024_orders_per_s', 'orders/s'),
  figure('journeys_per_s', 'journeys/s', at_least(500)),
  figure('journey_p99_ms', 'ms'),
  figure('flash_s', 's'),
  figure('flash_orders', 'orders'),
  figure('list_per_s', 'lists/s', at_least(3_000)),
  figure('list_p99_ms', 'ms'),
  figure('list_100k_per_s', 'lists/s', at_least(3_000)),
  figure('list_100k_p99_ms', 'ms'),
  figure('faceted_per_s', 'searches/s', at_least(150)),
  figure('faceted_p50_ms', 'ms'),
  figure('faceted_p99_ms', 'ms', at_most(50)),
  figure('index_s', 's'),
  figure('collection_100k_s', 's', at_most(10)),
  figure('add_line_per_s', 'requests/s'),
  figure('add_line_p99_ms', 'ms', at_most(50)),
  figure('add_line_200_per_s', 'requests/s'),
  figure('add_line_200_p95_ms', 'ms', at_most(50)),
  figure('add_line_200_p99_ms', 'ms'),
  figure('contract_cost', '×', at_most(1.1)),
  figure('earlier_orders', 'orders'),
  figure('earlier_seed_s', 's'),
  figure('earlier_cost', '×', at_most(1.1)),
  figure('earlier_orders_per_s', 'orders/s'),
  figure('order_list_p95_ms', 'ms', at_most(100)),
  figure('rss_mb', 'MB', at_most(250)),
  figure('web_ready_ms', 'ms'),
  figure('first_request_ms', 'ms'),
] as const satisfies readonly Figure[]

export type FigureName = (typeof figures)[number]['name']

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** What was measured, round by round. */
export type Notebook = {
  note(name: FigureName, value: number): void
  values(name: FigureName): readonly number[]
}

export function openNotebook(): Notebook {
  const noted = new Map<FigureName, number[]>()
  return {
    note: (name, value) => {
      const values = noted.get(name)
      if (values) values.push(value)
      else noted.set(name, [value])
    },
    values: (name) => noted.get(name) ?? [],
  }
}

const rounded = (value: number): number =>
  Math.abs(value) >= 100 ? Math.round(value) : Math.round(value * 100) / 100

export function resultsOf(notebook: Notebook): Partial<Record<FigureName, number>> {
  const found: Partial<Record<FigureName, number>> = {}
  for (const { name } of figures) {
    const values = notebook.values(name)
    if (values.length > 0) found[name] = rounded(median(values))
  }
  return found
}

const isMet = (value: number, aim: NonNullable<Figure['aim']>): boolean =>
  'at_least' in aim ? value >= aim.at_least : value <= aim.at_most

const aimText = (value: number, { aim }: Figure): string => {
  if (aim === null) return ''
  const wanted = 'at_least' in aim ? `≥ ${aim.at_least}` : `≤ ${aim.at_most}`
  return `${wanted} ${isMet(value, aim) ? '✓' : '✗'}`
}

export function tableOf(notebook: Notebook): string {
  const results = resultsOf(notebook)
  const lines = figures.flatMap((one: Figure) => {
    const value = results[one.name as FigureName]
    if (value === undefined) return []
    const rounds = notebook
      .values(one.name as FigureName)
      .map(rounded)
      .join(' ')
    const number = value.toLocaleString('en-US').padStart(10)
    const aim = aimText(value, one).padEnd(10)
    return `${one.name.padEnd(26)}${number} ${one.unit.padEnd(11)} ${aim} [${rounds}]`
  })
  return `${lines.join('\n')}\n`
}
