// Which orders somebody looks at before anything is sent. Pure.
import type { Currency } from '#src/lib/money.ts'

/** A channel has a few of these; each that fits is a reason. */
export type ReviewRule =
  | { readonly kind: 'total_above'; readonly amount: bigint; readonly currency: Currency }
  /** The first order of an e-mail address. */
  | { readonly kind: 'first_order_above'; readonly amount: bigint; readonly currency: Currency }
  /** Goods go to another place than the bill. */
  | { readonly kind: 'address_differs' }

/** An order is held for so many reasons at once. */
export const hold_reasons_max = 20

export type ReviewFacts = {
  readonly total: bigint
  readonly currency: Currency
  readonly address_differs: boolean
  readonly is_first: boolean
}

function fits(rule: ReviewRule, { total, currency, address_differs, is_first }: ReviewFacts) {
  if (rule.kind === 'address_differs') return address_differs
  const is_above = rule.currency === currency && total > rule.amount
  return is_above && (rule.kind === 'total_above' || is_first)
}

export const reasonsFor = (rules: readonly ReviewRule[], facts: ReviewFacts): string[] => [
  ...new Set(rules.filter((rule) => fits(rule, facts)).map(({ kind }) => kind)),
]
