// What the catalogue says of goods that carts hold: facts of variants and their prices. Kept in
// memory per process as long as the revision of the catalogue is the same; bounded. Whoever asks
// gets a copy of what they need, so that what is dropped meanwhile is missed by nobody.
import type { VariantId } from '../lib/ids.ts'
import type { PriceKey } from '../pricing/pricing.sql.ts'
import type { Price } from '../pricing/pricing.ts'
import type { VariantFacts } from './cart-snapshots.sql.ts'

export type GoodsBook = {
  /** Null where there is no such variant. */
  readonly facts: Map<VariantId, VariantFacts | null>
  /** By list and variant; empty where the list has no price for it. */
  readonly prices: Map<string, readonly Price[]>
}
/** A shop with more goods in demand than this reads some of them again. */
export type GoodsLimits = { readonly facts_max: number; readonly prices_max: number }
const limits: GoodsLimits = { facts_max: 20_000, prices_max: 60_000 }

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

/** What is known of these goods, and what must be read, once each. */
export function lookUp(
  book: GoodsBook,
  variants: readonly VariantId[],
  prices: readonly PriceKey[],
): { readonly found: GoodsBook; readonly missing: Missing } {
  const found = emptyGoods()
  const missing = { variants: new Set<VariantId>(), prices: new Map<string, PriceKey>() }
  for (const id of variants) {
    const known = book.facts.get(id)
    if (known === undefined) missing.variants.add(id)
    else found.facts.set(id, known)
  }
  for (const key of prices) {
    const name = priceKeyOf(key)
    const known = book.prices.get(name)
    if (known === undefined) missing.prices.set(name, key)
    else found.prices.set(name, known)
  }
  return {
    found,
    missing: { variants: [...missing.variants], prices: [...missing.prices.values()] },
  }
}

/** Adds what was read; what was asked for and not found is known not to be there. */
export function addGoods(book: GoodsBook, missing: Missing, { facts, prices }: Goods): void {
  for (const id of missing.variants) book.facts.set(id, null)
  for (const one of facts) book.facts.set(one.variant_id, one)
  const by_key = Map.groupBy(prices, priceKeyOf)
  for (const key of missing.prices) {
    const name = priceKeyOf(key)
    book.prices.set(name, by_key.get(name) ?? [])
  }
}

function dropOldest<Key>(from: Map<Key, unknown>, size_max: number): void {
  // A Map goes by insertion.
  for (const key of from.keys()) {
    if (from.size <= size_max) return
    from.delete(key)
  }
}

/** Keeps it in the book that all batches share; the oldest entries make room. */
export function keepGoods(
  book: GoodsBook,
  missing: Missing,
  read: Goods,
  { facts_max, prices_max }: GoodsLimits = limits,
): void {
  addGoods(book, missing, read)
  dropOldest(book.facts, facts_max)
  dropOldest(book.prices, prices_max)
}
