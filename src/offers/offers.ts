// An offer is a product as one channel sells it: with its price and whether it can be had.
import type { FieldValues } from '#src/catalog/fields.ts'
import type { MediaId, ProductId, VariantId } from '#src/lib/ids.ts'
import type { Currency } from '#src/lib/money.ts'
import type { LowestPrice } from '#src/pricing/price-history.ts'
import { type ChosenPrice, choosePrice, type RankedList } from '#src/pricing/price-lists.ts'
import type { Price } from '#src/pricing/pricing.ts'

export type OfferImage = { readonly url: string; readonly alt: string }

/**
 * The lowest price of one unit among the variants that are sold in the smallest quantity. `from`
 * buys `per_units` units, from `min_quantity` on.
 */
export type CardPrice = {
  readonly from: bigint
  readonly min_quantity: number
  readonly per_units: number
  readonly compare_at: bigint | null
  /** Beside a price that was reduced: the lowest one of the thirty days before. */
  readonly lowest_30d: LowestPrice | null
  readonly currency: Currency
  readonly prices_include_tax: boolean
}
/** What a list shows of an offer; the availability comes on top. */
export type OfferCard = {
  readonly id: ProductId
  readonly handle: string
  readonly title: string
  readonly vendor: string
  readonly image: OfferImage | null
  /** Null when nobody can buy it in this currency now. */
  readonly price: CardPrice | null
}

/**
 * `amount` buys `per_units` units from `min_quantity` on. Each tier says by itself whether tax is
 * inside: the lists of one ladder may differ in it.
 */
export type OfferTier = {
  readonly min_quantity: number
  readonly amount: bigint
  readonly per_units: number
  readonly compare_at: bigint | null
  readonly prices_include_tax: boolean
}
export type OfferPrice = OfferTier & {
  /** Beside a price that was reduced: the lowest one of the thirty days before. */
  readonly lowest_30d: LowestPrice | null
  readonly currency: Currency
  /** Rising quantities, the first for the smallest quantity that is sold. */
  readonly tiers: readonly OfferTier[]
}
export type Component = {
  readonly sku: string
  readonly title: string
  readonly quantity: number
}
export type OfferVariant = {
  readonly id: VariantId
  readonly sku: string
  readonly title: string
  readonly barcode: string | null
  readonly option_values: readonly string[]
  readonly requires_shipping: boolean
  readonly weight_g: number
  readonly image_id: MediaId | null
  readonly fields: FieldValues
  /** Of a bundle: what comes with it. Empty for anything else. */
  readonly components: readonly Component[]
  readonly price: OfferPrice | null
}
export type Offer = {
  readonly id: ProductId
  readonly handle: string
  readonly title: string
  readonly description: string
  readonly vendor: string
  readonly type: string
  readonly tags: readonly string[]
  readonly fields: FieldValues
  /** The language that was used. */
  readonly locale: string
  readonly options: readonly { readonly name: string; readonly values: readonly string[] }[]
  readonly media: readonly (OfferImage & { readonly id: MediaId })[]
  readonly categories: readonly { readonly handle: string; readonly title: string }[]
  readonly variants: readonly OfferVariant[]
}

/** Each option with the values the variants choose, in the order of the variants. */
export const readOptions = (
  names: readonly string[],
  variants: readonly { readonly option_values: readonly string[] }[],
): Offer['options'] =>
  names.map((name, i) => ({
    name,
    values: [...new Set(variants.flatMap(({ option_values }) => option_values[i] ?? []))],
  }))

const tierOf = ({ list, price }: ChosenPrice, min_quantity: number): OfferTier => ({
  min_quantity,
  amount: price.amount,
  per_units: price.per_units,
  compare_at: price.compare_at,
  prices_include_tax: list.prices_include_tax,
})

/** One amount with tax and without is not the same to the buyer. */
const isSamePrice = (a: OfferTier, b: OfferTier): boolean =>
  a.amount === b.amount &&
  a.per_units === b.per_units &&
  a.prices_include_tax === b.prices_include_tax

/**
 * What a shopper sees of all tiers of one variant: each quantity from which a cart charges another
 * price. A list that goes first only from ten units on shows up as a tier from ten on. Null when
 * there is no price at all.
 */
export function readOfferPrice(
  lists: readonly RankedList[],
  prices: readonly Price[],
  currency: Currency,
): OfferPrice | null {
  const holding = new Map(lists.map((one) => [one.list.id, one]))
  const quantities = [...new Set(prices.map(({ min_quantity }) => min_quantity))]
  const tiers: OfferTier[] = []
  for (const quantity of quantities.sort((a, b) => a - b)) {
    const chosen = choosePrice(holding, prices, quantity)
    if (chosen === null) continue
    const tier = tierOf(chosen, quantity)
    const last = tiers.at(-1)
    if (last === undefined || !isSamePrice(last, tier)) tiers.push(tier)
  }
  const [first] = tiers
  return first === undefined ? null : { ...first, lowest_30d: null, currency, tiers }
}
