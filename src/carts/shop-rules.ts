// The rules of a shop's own, and what they need of its own tables.
import type { Tx } from '#src/db/sql.ts'
import type { CheckoutRule } from './checkout-rules.ts'

export type ShopRules<Data = unknown> = {
  /**
   * What the rules need of tables of the shop's own. It is kept in memory beside channels and
   * price lists, and read again after a transaction that has called `bumpRevision(tx, 'settings')`.
   */
  readonly load?: (tx: Tx) => Promise<Data>
  readonly checkout?: readonly CheckoutRule<Data>[]
}

/** In a shop's own file, so that the rules know the type of what `load` gives. */
export const defineRules = <Data = null>(rules: ShopRules<Data>): ShopRules =>
  rules as unknown as ShopRules

export const no_rules: ShopRules = {}

/** Rules with their data, as they hold at one moment. */
export type LoadedRules = {
  readonly checkout: readonly CheckoutRule[]
  readonly data: unknown
}

export const loadRules = async (tx: Tx, rules: ShopRules): Promise<LoadedRules> => ({
  checkout: rules.checkout ?? [],
  data: rules.load ? await rules.load(tx) : null,
})
