// What the catalogue says of goods that carts hold: facts of variants and their prices. Kept in
// memory per process as long as the revision of the catalogue is the same; bounded.
import type { VariantId } from '#src/lib/ids.ts'
import type { PriceKey } from '#src/pricing/pricing.sql.ts'
import type { Price } from '#src/pricing/pricing.ts'
import type { VariantFacts } from './cart-snapshots.sql.ts'

/** A shop with more goods in demand than this reads some of them again. */
const variants_max = 20_000
const prices_max = 60_000

export type GoodsBook = {
  readonly facts: Map<VariantId, VariantFacts | null>
  /** By list and variant; empty where the list has no price for it. */
  readonly prices: Map<string, readonly Price[]>
}

export const emptyGoods = (): GoodsBook => ({ facts: new Map(), prices: new Map() })

export const priceKeyOf = ({ price_list_id, variant_id }: PriceKey): string =>
  price_list_id + variant_id

export type Goods = {
  readonly facts: readonly VariantFacts[]
  readonly prices: readonly Price[]
}
export type Missing = {
  readonly variants: readonly VariantId[]
  readonly prices: readonly PriceKey[]
}

/** What must be read, once each. */
export function missingIn(
  book: GoodsBook,
  variants: readonly VariantId[],
  prices: readonly PriceKey[],
): Missing {
  const unknown = prices.filter((key) => !book.prices.has(priceKeyOf(key)))
  return {
    variants: [...new Set(variants.filter((id) => !book.facts.has(id)))],
    prices: [...new Map(unknown.map((key) => [priceKeyOf(key), key])).values()],
  }
}

/** A book with what was read: the given one, or one for this moment when it may not be kept. */
export function withGoods(
  book: GoodsBook,
  missing: Missing,
  { facts, prices }: Goods,
  may_keep: boolean,
): GoodsBook {
  const target = may_keep ? book : { facts: new Map(book.facts), prices: new Map(book.prices) }
  if (target.facts.size + missing.variants.length > variants_max) target.facts.clear()
  if (target.prices.size + missing.prices.length > prices_max) target.prices.clear()
  for (const id of missing.variants) target.facts.set(id, null)
  for (const one of facts) target.facts.set(one.variant_id, one)
  const found = Map.groupBy(prices, priceKeyOf)
  for (const key of missing.prices) {
    const name = priceKeyOf(key)
    target.prices.set(name, found.get(name) ?? [])
  }
  return target
}
