// Which tax categories goods and shipping may be of. No rate is about a misspelt one, so that all
// that bears it would be sold at the standard rate, and nobody would be told. What is of a category
// keeps it from losing its last rate, for the same reason.
import type { Tx } from '#src/db/sql.ts'
import { fieldError } from '#src/lib/field-errors.ts'
import { type FieldError, refuse } from '#src/lib/refusal.ts'
import { knownCategories, usual_categories } from './known-categories.ts'
import {
  type CategoryUse,
  holdTaxCategories,
  lockTaxCategories,
  readCategoryUses,
  readTaxCategories,
  readTaxPlaces,
} from './tax.sql.ts'

const told_max = 60

/**
 * Of these categories the ones that no rate of the shop and none of a set of its countries is
 * about, each with words for whoever has written it. The others stay known until commit.
 */
export async function findUnknownCategories(
  tx: Tx,
  categories: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const asked = new Set(categories).difference(new Set(usual_categories))
  if (asked.size === 0) return new Map()
  await holdTaxCategories(tx)
  const known = knownCategories(await readTaxCategories(tx), await readTaxPlaces(tx))
  if (known === null) return new Map()
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

const counted = (count: number, one: string, many: string): string[] =>
  count === 0 ? [] : [`${count} ${count === 1 ? one : many}`]

function useText({ category, variants, shipping_options }: CategoryUse): string {
  const users = [
    ...counted(variants, 'variant', 'variants'),
    ...counted(shipping_options, 'shipping option', 'shipping options'),
  ].join(' and ')
  return (
    `No rate would be left for "${category}", and ${users} would bear the standard one. ` +
    'Give them another category first.'
  )
}

/**
 * Changes rates, unless the last one of a category goes that goods or shipping are of.
 * @throws in_use
 */
export async function keepUsedCategories(
  tx: Tx,
  field: string,
  change: () => Promise<unknown>,
): Promise<void> {
  const before = new Set(await readTaxCategories(tx))
  await change()
  // Of two who take one rate each the second sees what the first has left.
  await lockTaxCategories(tx)
  const after = await readTaxCategories(tx)
  // A shop without any rate taxes nothing, and may have any category.
  if (after.length === 0) return
  const lost = before.difference(new Set([...after, ...usual_categories]))
  const categories = await readCategoryUses(tx, [...lost])
  if (categories.length === 0) return
  const errors = categories.map((use) => fieldError(field, 'in_use', useText(use)))
  throw refuse('in_use', { errors, categories })
}
