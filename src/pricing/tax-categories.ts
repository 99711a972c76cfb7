// Which tax categories goods and shipping may be of. No rate is about a misspelt one, so that all
// that bears it would be sold untaxed, and nobody would be told.
import { usual_tax_category } from '#src/catalog/catalog.ts'
import type { Tx } from '#src/db/sql.ts'
import { fieldError } from '#src/lib/field-errors.ts'
import type { FieldError } from '#src/lib/refusal.ts'
import { readTaxCategories, readTaxPlaces, type TaxPlace } from './tax.sql.ts'
import { taxPresets } from './tax-presets.ts'

const told_max = 60
/** They mean the same everywhere, also where no rate is written for them yet. */
const usual_categories = [usual_tax_category, 'zero']

const keyOf = ({ country, region }: TaxPlace): string => `${country}-${region ?? ''}`

/** Of the sets that share a zone with the shop. Those of other countries charge it nothing. */
function presetCategories(places: readonly TaxPlace[]): string[] {
  const of_shop = new Set(places.map(keyOf))
  return taxPresets()
    .filter(({ zones }) => zones.some((zone) => of_shop.has(keyOf(zone))))
    .flatMap(({ zones, districts }) => [...zones, ...districts])
    .flatMap(({ rates }) => rates.map(({ category }) => category))
}

/**
 * Of these categories the ones that no rate of the shop and none of a set of its countries is
 * about, each with words for whoever has written it. A shop without any rate knows no better.
 */
export async function findUnknownCategories(
  tx: Tx,
  categories: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const asked = new Set(categories).difference(new Set(usual_categories))
  if (asked.size === 0) return new Map()
  const of_shop = await readTaxCategories(tx)
  if (of_shop.length === 0) return new Map()
  const of_sets = presetCategories(await readTaxPlaces(tx))
  const known = new Set([...usual_categories, ...of_shop, ...of_sets])
  const told = [...known].sort().slice(0, told_max).join(', ')
  const unknown = [...asked.difference(known)]
  return new Map(unknown.map((name) => [name, `No tax rate is for "${name}". There are ${told}.`]))
}

/** One for each field that names a category nobody knows. */
export async function taxCategoryErrors(
  tx: Tx,
  named: readonly { readonly field: string; readonly category: string | undefined }[],
): Promise<FieldError[]> {
  const given = named.flatMap(({ category }) => category ?? [])
  const unknown = await findUnknownCategories(tx, given)
  return named.flatMap(({ field, category = '' }) => {
    const words = unknown.get(category)
    return words === undefined ? [] : [fieldError(field, 'unknown', words)]
  })
}
