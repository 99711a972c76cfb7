// Plays the engine: one rate for each country and state, with a county on top in some. It knows
// nothing of the adapter, and reckons in another way than the shop does.
import {
  type SimulatorAnswer,
  type SimulatorOptions,
  type SimulatorRequest,
  type SimulatorServer,
  startSimulatorServer,
} from '#src/lib/simulator.ts'

/** Percent by place: what is added is listed one after the other. */
const places: Readonly<Record<string, readonly (readonly [component: string, percent: number])[]>> =
  {
    DE: [['VAT', 19]],
    AT: [['VAT', 20]],
    IN: [['IGST', 18]],
    'US-NY': [
      ['State', 4],
      ['City', 4.5],
      ['MCTD', 0.375],
    ],
    'US-CA': [
      ['State', 7.25],
      ['County', 2.5],
    ],
  }

type Line = {
  readonly line?: string
  readonly amount: number
  readonly includes_tax: boolean
  readonly taxable?: boolean
}
type Question = {
  readonly date: string
  readonly to: { readonly country: string; readonly region: string | null }
  readonly lines: readonly Line[]
  readonly shipping: Line | null
}

function taxesOf(rates: readonly (readonly [string, number])[], line: Line) {
  if (line.taxable === false) return []
  const percent = rates.reduce((sum, [, one]) => sum + one, 0)
  const net = line.includes_tax ? line.amount / (1 + percent / 100) : line.amount
  return rates.map(([component, one]) => ({
    component,
    rate_ppm: Math.round(one * 10_000),
    amount: Math.round((net * one) / 100),
  }))
}

/** Germany took 16 % in the second half of 2020. */
const ratesOn = (date: string, { country, region }: Question['to']) =>
  country === 'DE' && date >= '2020-07-01' && date <= '2020-12-31'
    ? ([['VAT', 16]] as const)
    : (places[`${country}-${region}`] ?? places[country])

function answerTo({ date, to, lines, shipping }: Question): SimulatorAnswer {
  const rates = ratesOn(date, to)
  if (!rates) return { status: 422, body: { code: 'unknown_place', message: 'No rates there.' } }
  const body = {
    reference: `quote_${lines.length}_${to.country}_${date}`,
    lines: lines.map((line) => ({ line: line.line, taxes: taxesOf(rates, line) })),
    shipping: shipping === null ? [] : taxesOf(rates, shipping),
  }
  return { status: 200, body }
}

export type TaxHttpSimulator = SimulatorServer & {
  /** The next answers are this instead: for engines that talk nonsense. */
  say(body: unknown): void
}

export async function startTaxHttpSimulator({
  key,
  ...options
}: SimulatorOptions & { readonly key: string }): Promise<TaxHttpSimulator> {
  let said: unknown
  const answer = ({ method, path, headers, body }: SimulatorRequest): SimulatorAnswer => {
    if (headers['authorization'] !== `Bearer ${key}`) {
      return { status: 401, body: { code: 'key_wrong', message: 'This key is not known.' } }
    }
    if (method !== 'POST' || path !== '/quotes') return { status: 404, body: {} }
    if (said !== undefined) return { status: 200, body: said }
    return answerTo(JSON.parse(body.toString()) as Question)
  }
  const server = await startSimulatorServer(options, answer)
  return {
    ...server,
    say: (body) => {
      said = body
    },
  }
}
