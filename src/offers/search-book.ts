// What a search must know besides the goods: the tree of categories, the collections, the fields
// that are filtered by. Read again when the catalogue changes.

import type { Category } from '#src/catalog/catalog.ts'
import { readCategories } from '#src/catalog/categories.sql.ts'
import { readCollections } from '#src/catalog/collections.sql.ts'
import type { Collection } from '#src/catalog/collections.ts'
import { filterFields } from '#src/catalog/field-filters.ts'
import { readFields } from '#src/catalog/fields.sql.ts'
import { type FieldDefinition, isRange, numberOfValue } from '#src/catalog/fields.ts'
import { foldText } from '#src/catalog/search-text.sql.ts'
import type { Tx } from '#src/db/sql.ts'
import type { CategoryId } from '#src/lib/ids.ts'
import type { GoodsRow } from './goods-index.sql.ts'
import type { IndexedGoods } from './goods-index.ts'
import type { OptionLabel } from './option-labels.ts'

export type SearchBook = {
  readonly categories: ReadonlyMap<CategoryId, Category>
  readonly collections: ReadonlyMap<string, Collection>
  /** Only those that are filtered by, by their key. */
  readonly fields: ReadonlyMap<string, FieldDefinition>
}

export async function readSearchBook(tx: Tx): Promise<SearchBook> {
  const categories = await readCategories(tx)
  const collections = await readCollections(tx)
  const fields = await readFields(tx)
  return {
    categories: new Map(categories.map((one) => [one.id, one])),
    collections: new Map(collections.map((one) => [one.handle, one])),
    fields: filterFields(fields),
  }
}

/** Whether goods that were read with the one book would be read alike with the other. */
export function readsAlike(before: SearchBook, after: SearchBook): boolean {
  for (const { id, parent_id } of before.categories.values()) {
    const now = after.categories.get(id)
    if (!now || now.parent_id !== parent_id) return false
  }
  return [...before.fields.keys()].sort().join() === [...after.fields.keys()].sort().join()
}

export const keysOf = ({ fields }: SearchBook, owner: FieldDefinition['owner']): string[] =>
  [...fields.values()].filter((one) => one.owner === owner).map(({ key }) => key)

/** Facets of the merchant's own fields and of options, apart from ours. */
export const fieldFacet = (key: string): string => `field.${key}`
export const optionFacet = (name: string): string => `option.${name}`

function withAncestors(ids: readonly CategoryId[], { categories }: SearchBook): Set<CategoryId> {
  const all = new Set<CategoryId>()
  for (const id of ids) {
    for (let at = categories.get(id); at && !all.has(at.id); ) {
      all.add(at.id)
      at = at.parent_id === null ? undefined : categories.get(at.parent_id)
    }
  }
  return all
}

/** What goods that are sold call their options; those of others are in no facet. */
function labelsOf({ is_active, options, names }: GoodsRow): OptionLabel[] {
  if (!is_active || names.length === 0) return []
  const pairs = options.map((option) => option.split('\x1f') as [string, string])
  return names.flatMap(({ locale, ...of }) => {
    const of_options = new Map(Object.entries(of.options ?? {}))
    const of_values = new Map(Object.entries(of.values ?? {}))
    const known = new Map(pairs.map(([name]) => [name, of_options.get(name)]))
    return [
      ...[...known].map(([name, label]) => ({ name, value: '', label })),
      ...pairs.map(([name, value]) => ({ name, value, label: of_values.get(value) })),
    ].flatMap(({ name, value, label }) =>
      label === undefined ? [] : [{ locale, facet: optionFacet(name), value, label }],
    )
  })
}

const titlesOf = ({ names }: GoodsRow): Map<string, string> =>
  new Map(names.flatMap(({ locale, title }) => (title === null ? [] : [[locale, title] as const])))

/** A row as the index takes it. */
export function toIndexed(row: GoodsRow, book: SearchBook): IndexedGoods {
  const facets: [string, string][] = []
  const numbers: Record<string, number[]> = {}
  const add = (facet: string, value: string): void => {
    if (value !== '') facets.push([facet, value])
  }
  add('vendor', row.vendor)
  add('type', row.type)
  for (const tag of row.tags) add('tag', tag)
  for (const id of withAncestors(row.categories, book)) add('category', id)
  for (const option of row.options) {
    const [name = '', value = ''] = option.split('\x1f')
    add(optionFacet(name), value)
  }
  for (const values of [row.fields, ...row.variant_fields]) {
    for (const [key, value] of Object.entries(values)) {
      const field = book.fields.get(key)
      if (!field) continue
      const facet = fieldFacet(key)
      if (!isRange(field)) add(facet, String(value))
      else (numbers[facet] ??= []).push(numberOfValue(value as string | number))
    }
  }
  const titles = titlesOf(row)
  return {
    n: row.n,
    id: row.id,
    title: row.title,
    titles,
    is_active: row.is_active,
    facets,
    numbers,
    collections: row.collections,
    labels: labelsOf(row),
    words: foldText(
      [
        ...[row.title, row.vendor, row.type, ...row.tags, ...titles.values()],
        ...row.names.flatMap(({ values }) => Object.values(values ?? {})),
      ].join(' '),
    ),
  }
}
