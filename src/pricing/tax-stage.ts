// The stage of pricing that reckons taxes: lines, then shipping. Pure.
import { split } from '#src/lib/money.ts'
import { usual_tax_settings } from '#src/shop/tax-settings.ts'
import type { ChosenPrice } from './price-lists.ts'
import type {
  CartToPrice,
  DistrictRate,
  LineToPrice,
  Price,
  PriceBook,
  PriceList,
  TaxAmount,
} from './pricing.ts'
import {
  no_tax,
  type Place,
  type Taxed,
  type TaxIndex,
  type TaxRule,
  taxIndexOf,
  taxInGross,
  taxOn,
  taxRuleFor,
  withComponents,
} from './tax.ts'
import type { CartTax, Gst } from './tax-treatment.ts'

export type TaxStage = {
  readonly index: TaxIndex
  readonly cart: CartToPrice
  /** Null when no tax is due. */
  readonly rates_at: Place | null
  readonly tax: CartTax | null
}

export const openTaxStage = (book: PriceBook, cart: CartToPrice): TaxStage => ({
  index: taxIndexOf(book),
  cart,
  rates_at: cart.tax ? cart.tax.treatment.rates_at : cart,
  tax: cart.tax ?? null,
})

const halves: Record<Exclude<Gst, 'igst'>, readonly [string, string]> = {
  cgst_sgst: ['CGST', 'SGST'],
  cgst_utgst: ['CGST', 'UTGST'],
}

/** `GST` of 18 % is IGST of 18 % between states, and CGST and SGST of 9 % within one. */
function asGst(rate: DistrictRate, gst: Gst): DistrictRate[] {
  if (rate.component !== 'GST') return [rate]
  if (gst === 'igst') return [{ ...rate, component: 'IGST' }]
  const { steps } = rate
  const half = {
    ...rate,
    rate_ppm: rate.rate_ppm / 2,
    steps: steps && {
      ...steps,
      steps: steps.steps.map((step) => ({ ...step, rate_ppm: step.rate_ppm / 2 })),
    },
  }
  return halves[gst].map((component) => ({ ...half, component }))
}

const indian = new WeakMap<TaxRule, Map<Gst, TaxRule>>()

function gstRule(rule: TaxRule, gst: Gst): TaxRule {
  const known = indian.get(rule) ?? new Map<Gst, TaxRule>()
  indian.set(rule, known)
  let found = known.get(gst)
  if (found === undefined) {
    found = withComponents(
      rule,
      rule.components.flatMap((rate) => asGst(rate, gst)),
    )
    known.set(gst, found)
  }
  return found
}

/** The rule of a category at a place; null when nothing is due. */
export function ruleAt(stage: TaxStage, place: Place | null, category: string): TaxRule | null {
  if (place === null) return null
  const { index, tax } = stage
  // Without rates of its own Northern Ireland has those of the United Kingdom.
  const is_ni = place.country === 'XI' && !index.zones.has('XI')
  const rule = taxRuleFor(index, is_ni ? { ...place, country: 'GB' } : place, category)
  const gst = tax?.treatment.gst ?? null
  return rule !== null && gst !== null ? gstRule(rule, gst) : rule
}

/** Prices with tax inside are read without it where this buyer owes none. */
export function withoutTax(stage: TaxStage, line: LineToPrice, chosen: ChosenPrice): ChosenPrice {
  const relief_at = stage.tax?.treatment.relief_at ?? null
  if (relief_at === null || !chosen.list.prices_include_tax) return chosen
  const rule = line.taxable ? ruleAt(stage, relief_at, line.tax_category) : null
  const list: PriceList = { ...chosen.list, prices_include_tax: false }
  if (rule === null) return { ...chosen, list }
  const units = { quantity: BigInt(chosen.price.per_units), currency: stage.cart.currency }
  const net = (gross: bigint): bigint => gross - taxInGross(rule, gross, units).tax
  const { amount, compare_at } = chosen.price
  const price: Price = {
    ...chosen.price,
    amount: net(amount),
    compare_at: compare_at === null ? null : net(compare_at),
  }
  return { ...chosen, list, price }
}

export type Amount = {
  readonly line: LineToPrice
  /** After discounts. */
  readonly paid: bigint
  readonly is_included: boolean
}

const sumOf = (taxes: readonly TaxAmount[]): Taxed => ({
  tax: taxes.reduce((all, { amount }) => all + amount, 0n),
  taxes,
})

type Ruled = Amount & { readonly rule: TaxRule | null }

/** Two categories that are taxed alike are rounded as one. */
const ratesOf = ({ components }: TaxRule, is_included: boolean): string => {
  const rates = components.map(({ component, rate_ppm, is_compound }) =>
    [component, rate_ppm, is_compound].join(' '),
  )
  return [is_included, ...rates].join()
}

/**
 * One rounding per rate over all lines, then spread over them by what was paid: the lines still
 * add up to it. Rates that depend on the price of a unit stay with their line.
 */
function roundTogether(amounts: readonly Ruled[], each: readonly Taxed[]): Taxed[] {
  const found = [...each]
  const groups = Map.groupBy(amounts.keys(), (i) => {
    const { rule, is_included, paid } = amounts[i]!
    return rule?.is_plain && paid > 0n ? ratesOf(rule, is_included) : null
  })
  for (const [key, rows] of groups) {
    if (key === null || rows.length < 2) continue
    const { rule, is_included } = amounts[rows[0]!]!
    const paid = rows.map((i) => amounts[i]!.paid)
    const all = taxOn(
      rule!,
      paid.reduce((sum, one) => sum + one, 0n),
      is_included,
    )
    const parts = all.taxes.map(({ amount }) => split(amount, paid))
    const spread = rows.map((_, at) =>
      sumOf(all.taxes.map((one, n) => ({ ...one, amount: parts[n]![at]! }))),
    )
    // Lines of a cent or two cannot hold the odd units of several components.
    if (is_included && spread.some(({ tax }, at) => tax > paid[at]!)) continue
    rows.forEach((i, at) => {
      found[i] = spread[at]!
    })
  }
  return found
}

/** The tax of each line, in their order. */
export function taxLines(stage: TaxStage, amounts: readonly Amount[]): Taxed[] {
  const { tax, cart, rates_at } = stage
  const engine = tax?.engine ?? null
  if (engine !== null) {
    return amounts.map(({ line }) => sumOf(engine.lines.get(line.line_id) ?? []))
  }
  const ruled: Ruled[] = []
  const each = amounts.map((amount): Taxed => {
    const { line, paid, is_included } = amount
    const rule = line.taxable ? ruleAt(stage, rates_at, line.tax_category) : null
    if (tax?.settings.rounding === 'invoice') ruled.push({ ...amount, rule })
    if (rule === null) return no_tax
    if (rule.is_plain) return taxOn(rule, paid, is_included)
    return taxOn(rule, paid, is_included, {
      quantity: BigInt(line.quantity),
      currency: cart.currency,
    })
  })
  return ruled.length > 0 ? roundTogether(ruled, each) : each
}

/** Value of goods by tax category; what is not taxable stands under null. */
function goodsByCategory(amounts: readonly Amount[]): Map<string | null, bigint> {
  const found = new Map<string | null, bigint>()
  for (const { line, paid } of amounts) {
    const key = line.taxable ? line.tax_category : null
    found.set(key, (found.get(key) ?? 0n) + paid)
  }
  return found
}

type Charge = NonNullable<CartToPrice['shipping']>

/** Which part of the charge is taxed by which category. */
function partsOf(stage: TaxStage, charge: Charge, amounts: readonly Amount[]) {
  const own = [{ category: charge.tax_category as string | null, amount: charge.amount }]
  const { shipping } = stage.tax?.settings ?? usual_tax_settings
  if (shipping === 'category') return own
  const goods = [...goodsByCategory(amounts)].filter(([, value]) => value > 0n)
  if (goods.length === 0) return own
  if (shipping === 'main') {
    const [category] = goods.reduce((most, one) => (one[1] > most[1] ? one : most))
    return [{ category, amount: charge.amount }]
  }
  const parts = split(
    charge.amount,
    goods.map(([, value]) => value),
  )
  return goods.map(([category], i) => ({ category, amount: parts[i]! }))
}

const merged = (taxes: readonly TaxAmount[], net: bigint): TaxAmount[] => {
  const found = new Map<string, TaxAmount & { readonly base: bigint }>()
  for (const { base = 0n, ...tax } of taxes) {
    const key = `${tax.component} ${tax.rate_ppm}`
    const known = found.get(key)
    const amount = tax.amount + (known?.amount ?? 0n)
    found.set(key, { ...tax, amount, base: base + (known?.base ?? 0n) })
  }
  return [...found.values()].map(({ base, ...tax }) => (base === net ? tax : { ...tax, base }))
}

/**
 * Where this buyer owes no tax, a charge with tax inside is read without it, before anything is
 * taken off it: as prices are.
 */
export function chargeWithoutTax(
  stage: TaxStage,
  charge: Charge | null,
  lines: readonly { readonly line: LineToPrice; readonly subtotal: bigint }[],
): Charge | null {
  const relief_at = stage.tax?.treatment.relief_at ?? null
  if (charge === null || relief_at === null || !charge.includes_tax) return charge
  const goods = lines.map(({ line, subtotal: paid }) => ({ line, paid, is_included: false }))
  const units = { quantity: 1n, currency: stage.cart.currency }
  let amount = charge.amount
  for (const part of partsOf(stage, charge, goods)) {
    const rule = part.category === null ? null : ruleAt(stage, relief_at, part.category)
    if (rule !== null) amount -= taxInGross(rule, part.amount, units).tax
  }
  return { ...charge, amount, includes_tax: false }
}

export type TaxedCharge = Taxed & { readonly amount: bigint; readonly tax_included: boolean }

/** Shipping is taxed as the settings of the seller say; see docs/tax.md. */
export function taxShipping(
  stage: TaxStage,
  charge: Charge,
  amounts: readonly Amount[],
): TaxedCharge {
  const { tax, rates_at, cart } = stage
  const { amount, includes_tax: tax_included } = charge
  if (tax?.engine) return { amount, tax_included, ...sumOf(tax.engine.shipping) }
  if (rates_at === null) return { amount, tax_included: false, ...no_tax }
  if (tax === null || tax.settings.shipping === 'category') {
    const rule = ruleAt(stage, rates_at, charge.tax_category)
    const one = { quantity: 1n, currency: cart.currency }
    const { tax: due, taxes } = rule === null ? no_tax : taxOn(rule, amount, tax_included, one)
    return { amount, tax_included, tax: due, taxes }
  }
  const parts = partsOf(stage, charge, amounts)
  const units = { quantity: 1n, currency: cart.currency }
  const each = parts.map((part) => {
    const rule = part.category === null ? null : ruleAt(stage, rates_at, part.category)
    return rule === null ? no_tax : taxOn(rule, part.amount, tax_included, units)
  })
  const all = each.reduce((sum, one) => sum + one.tax, 0n)
  if (each.length === 1) return { amount, tax_included, ...each[0]! }
  const net = tax_included ? amount - all : amount
  const taxes = each.flatMap((one, i) => {
    const base = tax_included ? parts[i]!.amount - one.tax : parts[i]!.amount
    return one.taxes.map((row) => ({ base, ...row }))
  })
  return { amount, tax_included, tax: all, taxes: merged(taxes, net) }
}
