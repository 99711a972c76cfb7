// What a tax engine outside is. It is asked for a whole cart, before anything is ordered, and never
// inside a transaction. When it does not answer in time, the shop reckons with its own rates.
import type { Currency } from '#src/lib/money.ts'
import type { Capability } from './payment-provider.ts'

export type TaxAddress = {
  readonly line1: string
  readonly line2: string | null
  readonly city: string
  readonly region: string | null
  readonly postal_code: string | null
  /** ISO 3166-1 alpha-2. */
  readonly country: string
}
export type TaxedLine = {
  /** Ours; comes back with the answer. */
  readonly line: string
  readonly sku: string
  readonly quantity: number
  readonly tax_category: string
  readonly hs_code: string | null
  readonly taxable: boolean
  /** What is paid for the line, after discounts. */
  readonly amount: bigint
  readonly includes_tax: boolean
}
export type TaxQuestion = {
  /** The day it is at the seller's, like `2026-11-22`: the rates of that day are asked for. */
  readonly date: string
  readonly currency: Currency
  readonly from: TaxAddress
  readonly to: TaxAddress
  /** A VAT number, GSTIN or the like. */
  readonly tax_id: string | null
  readonly lines: readonly TaxedLine[]
  readonly shipping: Pick<TaxedLine, 'amount' | 'includes_tax' | 'tax_category'> | null
}
export type EngineTax = {
  readonly component: string
  readonly rate_ppm: number
  readonly amount: bigint
}
export type TaxAnswer = {
  readonly kind: 'answer'
  /** The engine's own name for it, for its records; null when it keeps none. */
  readonly reference: string | null
  /** One for each line that was asked about. */
  readonly lines: readonly { readonly line: string; readonly taxes: readonly EngineTax[] }[]
  readonly shipping: readonly EngineTax[]
}
export type TaxOutcome =
  | TaxAnswer
  /** It was understood and will not be answered: asking again does not help. */
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  /** No answer in time, busy, out of order, or nothing that can be read. */
  | { readonly kind: 'unknown'; readonly reason: string }

export type TaxSource = {
  readonly name: string
  readonly capabilities: {
    /** Whether it can say how much tax a price contains. */
    readonly included_prices: Capability
  }
  /** Asking changes nothing at the engine, so it may be asked any number of times. */
  quote(question: TaxQuestion, timeout_ms: number): Promise<TaxOutcome>
}

const sumOf = (taxes: readonly EngineTax[]): bigint =>
  taxes.reduce((all, { amount }) => all + amount, 0n)

/** Why an answer cannot be charged, if so: what comes from outside is never believed blindly. */
export function answerProblem(question: TaxQuestion, answer: TaxAnswer): string | null {
  const asked = new Map(question.lines.map((line) => [line.line, line]))
  if (answer.lines.length !== asked.size) return 'not one answer for each line'
  const { shipping } = question
  const charge = shipping ?? { amount: 0n, includes_tax: true }
  for (const { line, taxes } of [...answer.lines, { line: null, taxes: answer.shipping }]) {
    const about = line === null ? charge : asked.get(line)
    if (!about) return 'an answer for a line that was not asked about, or twice for one'
    if (line !== null) asked.delete(line)
    const is_odd = taxes.some(
      ({ component, rate_ppm, amount }) =>
        component === '' ||
        component.length > 64 ||
        !Number.isSafeInteger(rate_ppm) ||
        rate_ppm < 0 ||
        amount < 0n,
    )
    if (is_odd || taxes.length > 50) return 'a component that cannot be charged'
    const tax = sumOf(taxes)
    // More tax than price is no tax of this world, and would make the price negative.
    if (tax > about.amount) return 'more tax than the price of a line'
    if (line !== null && !('taxable' in about && about.taxable) && tax > 0n) {
      return 'tax on a line that is not taxable'
    }
  }
  return null
}
