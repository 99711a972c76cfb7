// What a shop demands of a cart beyond what Onhand does, before it can become an order. Pure: the
// same rules run when the cart is shown and when it is ordered.
import type { CustomerGroupId, VariantId } from '#src/lib/ids.ts'
import type { FieldError } from '#src/lib/refusal.ts'
import { RuleError, runRule } from '#src/lib/rule-error.ts'
import type { PricedCart } from '#src/pricing/pricing.ts'
import type { VariantFacts } from './cart-snapshots.sql.ts'
import type { Cart } from './carts.ts'

export type CheckoutFacts = {
  readonly cart: Cart
  readonly priced: PricedCart
  /** Null where there is no such variant any more. May hold others than those of the cart. */
  readonly variants: ReadonlyMap<VariantId, VariantFacts | null>
  readonly customer_group_ids: readonly CustomerGroupId[]
  readonly weight_g: number
  readonly now: Date
}
export type CheckoutRule<Data = unknown> = {
  readonly name: string
  /**
   * What must change before this cart can be ordered: it is told in `missing` of the cart, and
   * again when somebody tries. `field` is one of the cart's, as in `lines.0`; `code` is yours.
   */
  check(facts: CheckoutFacts, data: Data): readonly FieldError[]
}

/** What all rules demand. @throws RuleError that names the one that has failed */
export const checkByRules = (
  { checkout, data }: { readonly checkout: readonly CheckoutRule[]; readonly data: unknown },
  facts: CheckoutFacts,
): FieldError[] =>
  checkout.flatMap((rule) => {
    const found = runRule('checkout', rule, () => rule.check(facts, data))
    if (!Array.isArray(found)) throw new RuleError('checkout', rule.name, 'gives no list')
    return found as readonly FieldError[]
  })
