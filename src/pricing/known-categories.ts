// Which tax categories there are: those that a rate is about. Pure.
import { usual_tax_category } from '#src/catalog/catalog.ts'
import type { PriceBook } from './pricing.ts'
import { taxPresets } from './tax-presets.ts'

type Place = { readonly country: string; readonly region: string | null }

/** They mean the same everywhere, also where no rate is written for them yet. */
export const usual_categories: readonly string[] = [usual_tax_category, 'zero']

const keyOf = ({ country, region }: Place): string => `${country}-${region ?? ''}`

/** Of the sets that share a zone with the shop. Those of other countries charge it nothing. */
function presetCategories(places: readonly Place[]): string[] {
  const of_shop = new Set(places.map(keyOf))
  return taxPresets()
    .filter(({ zones }) => zones.some((zone) => of_shop.has(keyOf(zone))))
    .flatMap(({ zones, districts }) => [...zones, ...districts])
    .flatMap(({ rates }) => rates.map(({ category }) => category))
}

/**
 * Those that rates of the shop are about, the usual ones, and those of the sets of its countries.
 * Null where the shop has no rate at all: it knows no better than whoever names one.
 */
export function knownCategories(
  of_shop: readonly string[],
  places: readonly Place[],
): ReadonlySet<string> | null {
  if (of_shop.length === 0) return null
  return new Set([...usual_categories, ...of_shop, ...presetCategories(places)])
}

function categoriesIn({ tax_rates, tax_districts = [] }: PriceBook): ReadonlySet<string> | null {
  const rates = [...tax_rates, ...tax_districts.flatMap((district) => district.rates)]
  return knownCategories([...new Set(rates.map(({ category }) => category))], tax_rates)
}

const known_in = new WeakMap<PriceBook, ReadonlySet<string> | null>()

/** A book is a value that never changes, so they are gathered once. */
export function isKnownCategory(book: PriceBook, category: string): boolean {
  let known = known_in.get(book)
  if (known === undefined) {
    known = categoriesIn(book)
    known_in.set(book, known)
  }
  return known?.has(category) ?? true
}
