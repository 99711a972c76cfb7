// The rules of a shop's own, and what they need of its own tables.
import type { Tx } from '#src/db/sql.ts'
import {
  bindRules,
  type DiscountRule,
  type PriceRule,
  type PricingRules,
  type TaxRule,
} from '#src/pricing/pricing-rules.ts'
import type { CheckoutRule } from './checkout-rules.ts'

export type ShopRules<Data = unknown> = {
  /**
   * What the rules need of tables of the shop's own. It is kept in memory beside channels and
   * price lists, and read again after a transaction that has called `bumpRevision(tx, 'settings')`.
   */
  readonly load?: (tx: Tx) => Promise<Data>
  readonly prices?: readonly PriceRule<Data>[]
  /** Each takes something off where a promotion names it as its effect. */
  readonly discounts?: readonly DiscountRule<Data>[]
  readonly taxes?: readonly TaxRule<Data>[]
  readonly checkout?: readonly CheckoutRule<Data>[]
}

/** In a shop's own file, so that the rules know the type of what `load` gives. */
export const defineRules = <Data = null>(rules: ShopRules<Data>): ShopRules =>
  rules as unknown as ShopRules

export const no_rules: ShopRules = {}

/** Rules with their data, as they hold at one moment. */
export type LoadedRules = {
  readonly checkout: readonly CheckoutRule[]
  /** Null where the shop has none of prices, discounts and taxes. */
  readonly pricing: PricingRules | null
  readonly data: unknown
}

export async function loadRules(tx: Tx, rules: ShopRules): Promise<LoadedRules> {
  const data = rules.load ? await rules.load(tx) : null
  return { checkout: rules.checkout ?? [], pricing: bindRules(rules, data), data }
}
