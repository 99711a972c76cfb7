// Rules of prices, discounts and taxes that a shop brings along. They are pure functions: the same
// cart at the same moment comes to the same in every process, or its buyer is told another total.
import { money_max } from '#src/lib/money.ts'
import { RuleError, runRule } from '#src/lib/rule-error.ts'
import type { Buyer } from './price-lists.ts'
import type { LineToPrice, Price } from './pricing.ts'

/** What one unit costs by the price lists, and how many units that buys. */
export type Listed = Pick<Price, 'amount' | 'per_units' | 'compare_at'>
export type PriceRule<Data = unknown> = {
  /** Shown where somebody asks why something costs this much. */
  readonly name: string
  /** Another price for the line, with or without tax as its list has it; null leaves it alone. */
  price(
    line: LineToPrice,
    listed: Listed,
    buyer: Buyer,
    data: Data,
  ): { readonly amount: bigint; readonly per_units?: number } | null
}

export type RuleValues = Readonly<Record<string, string | number | boolean>>
export type LinesLeft = {
  readonly lines: readonly LineToPrice[]
  /** Of each line what is left to be paid, in their order. */
  readonly rest: readonly bigint[]
}
export type DiscountRule<Data = unknown> = {
  /** A promotion names it: `{ "kind": "rule", "rule": "…" }` as its effect. */
  readonly name: string
  /** What it takes off each line; null when the cart does not hold what it is about. */
  off(left: LinesLeft, values: RuleValues, data: Data): readonly bigint[] | null
}

export type TaxRule<Data = unknown> = {
  readonly name: string
  /** The category whose rates the line is taxed by; null leaves the one of its goods. */
  category(line: LineToPrice, buyer: Buyer, data: Data): string | null
}

/** Hears of each rule that is asked what it has said: null where it leaves the line alone. */
export type OnAsked<Answer> = (rule: string, answer: Answer | null) => void
/** The rules with what they have read: what pricing runs. */
export type PricingRules = {
  readonly price: (
    line: LineToPrice,
    listed: Price,
    buyer: Buyer,
    onAsked?: OnAsked<Price>,
  ) => RuledPrice | null
  readonly off: (name: string, left: LinesLeft, values: RuleValues) => readonly bigint[] | null
  readonly category: (
    line: LineToPrice,
    buyer: Buyer,
    onAsked?: OnAsked<string>,
  ) => RuledCategory | null
  readonly discounts: ReadonlySet<string>
}
export type RuledPrice = { readonly price: Price; readonly rule: string }
export type RuledCategory = { readonly category: string; readonly rule: string }

type Rules<Data> = {
  readonly prices?: readonly PriceRule<Data>[]
  readonly discounts?: readonly DiscountRule<Data>[]
  readonly taxes?: readonly TaxRule<Data>[]
}

/** One after the other: each is given the price that the one before has made. */
function ruledPrice<Data>(rules: readonly PriceRule<Data>[], data: Data): PricingRules['price'] {
  return (line, listed, buyer, onAsked) => {
    let ruled: RuledPrice | null = null
    for (const rule of rules) {
      const price: Price = ruled?.price ?? listed
      const made = runRule('price', rule, () => rule.price(line, price, buyer, data))
      if (made === null) {
        onAsked?.(rule.name, null)
        continue
      }
      const { amount, per_units = price.per_units } = made
      if (typeof amount !== 'bigint' || amount < 0n || amount > money_max) {
        throw new RuleError('price', rule.name, 'makes no price')
      }
      if (!Number.isSafeInteger(per_units) || per_units < 1) {
        throw new RuleError('price', rule.name, 'makes a price for no number of units')
      }
      ruled = { price: { ...price, amount, per_units }, rule: rule.name }
      onAsked?.(rule.name, ruled.price)
    }
    return ruled
  }
}

function takenOff<Data>(rules: readonly DiscountRule<Data>[], data: Data): PricingRules['off'] {
  const by_name = new Map(rules.map((rule) => [rule.name, rule]))
  return (name, left, values) => {
    const rule = by_name.get(name)
    const off = rule ? runRule('discount', rule, () => rule.off(left, values, data)) : null
    if (off === null) return null
    if (off.length !== left.lines.length) {
      throw new RuleError('discount', name, 'does not speak of each line')
    }
    if (off.some((amount) => typeof amount !== 'bigint' || amount < 0n)) {
      throw new RuleError('discount', name, 'takes off what is no amount')
    }
    if (off.some((amount, i) => amount > left.rest[i]!)) {
      throw new RuleError('discount', name, 'takes off more than is left')
    }
    return off
  }
}

/** The first that names one decides; those after it are not asked. */
function ruledCategory<Data>(
  rules: readonly TaxRule<Data>[],
  data: Data,
): PricingRules['category'] {
  return (line, buyer, onAsked) => {
    for (const rule of rules) {
      const category = runRule('tax', rule, () => rule.category(line, buyer, data))
      if (category !== null && typeof category !== 'string') {
        throw new RuleError('tax', rule.name, 'names no category')
      }
      onAsked?.(rule.name, category)
      if (category !== null) return { category, rule: rule.name }
    }
    return null
  }
}

/** Null when there are none: then pricing does not ask. */
export function bindRules<Data>(rules: Rules<Data>, data: Data): PricingRules | null {
  const { prices = [], discounts = [], taxes = [] } = rules
  if (prices.length + discounts.length + taxes.length === 0) return null
  return {
    price: ruledPrice(prices, data),
    off: takenOff(discounts, data),
    category: ruledCategory(taxes, data),
    discounts: new Set(discounts.map(({ name }) => name)),
  }
}
