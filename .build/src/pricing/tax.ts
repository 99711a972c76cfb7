// Tax on one amount: which rates hold at a place, and how much of each is due. Pure.
import { share, split } from '../lib/money.ts'
import type { PriceBook, TaxAmount, TaxRate } from './pricing.ts'

export type Place = { readonly country: string; readonly region: string | null }

/** All components that are due together, in the order they are shown. */
export type TaxRule = {
  readonly region: string | null
  readonly components: readonly TaxRate[]
  readonly ppms: readonly bigint[]
  readonly ppm: bigint
}
type RulesByCategory = Map<string, TaxRule>
/** Country → region (or null for all of it) → category → rule. */
export type TaxIndex = ReadonlyMap<string, ReadonlyMap<string | null, RulesByCategory>>

const million = 1_000_000n

const ruleOf = (region: string | null, rates: readonly TaxRate[]): TaxRule => {
  const components = [...rates].sort(
    (a, b) => a.position - b.position || (a.component < b.component ? -1 : 1),
  )
  const ppms = components.map(({ rate_ppm }) => BigInt(rate_ppm))
  return { region, components, ppms, ppm: ppms.reduce((all, ppm) => all + ppm, 0n) }
}

export function indexTaxes(rates: readonly TaxRate[]): TaxIndex {
  const index = new Map<string, Map<string | null, RulesByCategory>>()
  const groups = Map.groupBy(rates, ({ country, region, category }) =>
    JSON.stringify([country, region, category]),
  )
  for (const group of groups.values()) {
    const { country, region, category } = group[0]!
    const zones = index.get(country) ?? new Map<string | null, RulesByCategory>()
    index.set(country, zones)
    const rules = zones.get(region) ?? new Map<string, TaxRule>()
    zones.set(region, rules)
    rules.set(category, ruleOf(region, group))
  }
  return index
}

const indexes = new WeakMap<PriceBook, TaxIndex>()

/** A book is a value that never changes, so its index is made once. */
export function taxIndexOf(book: PriceBook): TaxIndex {
  let index = indexes.get(book)
  if (index === undefined) {
    index = indexTaxes(book.tax_rates)
    indexes.set(book, index)
  }
  return index
}

/**
 * A region that has a rate for the category goes before its country. Null means that nothing is
 * due: an unknown category is never taxed by guess.
 */
export function taxRuleFor(index: TaxIndex, place: Place, category: string): TaxRule | null {
  const zones = index.get(place.country)
  if (zones === undefined) return null
  const regional = place.region === null ? undefined : zones.get(place.region)?.get(category)
  return regional ?? zones.get(null)?.get(category) ?? null
}

export type Taxed = { readonly tax: bigint; readonly taxes: readonly TaxAmount[] }

export const no_tax: Taxed = { tax: 0n, taxes: [] }

const taxed = ({ components }: TaxRule, amounts: readonly bigint[]): Taxed => {
  let tax = 0n
  const taxes = components.map(({ component, rate_ppm }, i): TaxAmount => {
    tax += amounts[i]!
    return { component, rate_ppm, amount: amounts[i]! }
  })
  return { tax, taxes }
}

/** What comes on top of a net amount. Each component is rounded on its own. */
export const taxOnNet = (rule: TaxRule, net: bigint): Taxed =>
  taxed(
    rule,
    rule.ppms.map((ppm) => share(net, ppm, million)),
  )

/**
 * What a gross amount contains. When some net amount leads to exactly this gross, it is the
 * one: so net → gross → net comes back, and CGST and SGST of one rate stay equal. There is at
 * most one, because gross rises with net. Some gross amounts have none; then gross is the
 * truth and the contained tax is split by the rates.
 */
export function taxInGross(rule: TaxRule, gross: bigint): Taxed {
  if (rule.ppm === 0n) return taxOnNet(rule, gross)
  const nearest = share(gross, million, million + rule.ppm)
  let net = nearest
  let found = taxOnNet(rule, net)
  const step = net + found.tax > gross ? -1n : 1n
  const isShort = (): boolean => (step > 0n ? net + found.tax < gross : net + found.tax > gross)
  // Rounding moves the net by less than half a unit per component, so this ends at once.
  while (isShort()) {
    net += step
    found = taxOnNet(rule, net)
  }
  if (net + found.tax === gross) return found
  return taxed(rule, split(gross - nearest, rule.ppms))
}

export const taxOn = (rule: TaxRule, amount: bigint, is_included: boolean): Taxed =>
  is_included ? taxInGross(rule, amount) : taxOnNet(rule, amount)
