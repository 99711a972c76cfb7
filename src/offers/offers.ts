// An offer is a product as one channel sells it: with its price and whether it can be had.
import type { FieldValues } from '#src/catalog/fields.ts'
import type { MediaId, PriceListId, ProductId, VariantId } from '#src/lib/ids.ts'
import type { Currency } from '#src/lib/money.ts'
import type { LowestPrice } from '#src/pricing/price-history.ts'

export type OfferImage = { readonly url: string; readonly alt: string }

/** The lowest price of one unit among the variants. `from` buys `per_units` units. */
export type CardPrice = {
  readonly from: bigint
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

/** `amount` buys `per_units` units from `min_quantity` on. */
export type OfferTier = {
  readonly min_quantity: number
  readonly amount: bigint
  readonly per_units: number
  readonly compare_at: bigint | null
}
export type OfferPrice = OfferTier & {
  /** Beside a price that was reduced: the lowest one of the thirty days before. */
  readonly lowest_30d: LowestPrice | null
  readonly currency: Currency
  readonly prices_include_tax: boolean
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

/** A tier of a price list that holds for the shopper; a lower rank goes first. */
export type RankedTier = OfferTier & {
  readonly list_id: PriceListId
  readonly rank: number
  readonly prices_include_tax: boolean
}

const bare = ({ min_quantity, amount, per_units, compare_at }: OfferTier): OfferTier => ({
  min_quantity,
  amount,
  per_units,
  compare_at,
})

const isCheaper = (a: OfferTier, b: OfferTier): boolean =>
  a.amount * BigInt(b.per_units) < b.amount * BigInt(a.per_units)

/** As choosePrice of src/pricing: of each list the highest tier reached, then the best list. */
function tierFor(tiers: readonly RankedTier[], quantity: number): RankedTier {
  const reached = new Map<PriceListId, RankedTier>()
  for (const tier of tiers) {
    const known = reached.get(tier.list_id)
    if (tier.min_quantity > quantity) continue
    if (!known || known.min_quantity < tier.min_quantity) reached.set(tier.list_id, tier)
  }
  return [...reached.values()].reduce((best, tier) => {
    if (tier.rank !== best.rank) return tier.rank < best.rank ? tier : best
    return isCheaper(tier, best) ? tier : best
  })
}

/**
 * What a shopper sees of all tiers of one variant: each quantity from which another price holds.
 * A list that goes first only from ten units on shows up as a tier from ten on. Null when there
 * is no price at all.
 */
export function readOfferPrice(
  tiers: readonly RankedTier[],
  currency: Currency,
): OfferPrice | null {
  const quantities = [...new Set(tiers.map(({ min_quantity }) => min_quantity))]
  const shown: RankedTier[] = []
  for (const quantity of quantities.sort((a, b) => a - b)) {
    const tier = tierFor(tiers, quantity)
    const last = shown.at(-1)
    if (last && last.amount === tier.amount && last.per_units === tier.per_units) continue
    shown.push({ ...tier, min_quantity: quantity })
  }
  const [first] = shown
  if (!first) return null
  const { prices_include_tax } = first
  return { ...bare(first), lowest_30d: null, currency, prices_include_tax, tiers: shown.map(bare) }
}
