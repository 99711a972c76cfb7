// The columns of a product file: Shopify's, and a few of our own. Pure.
import type { FieldDefinition, FieldOwner } from '#src/catalog/fields.ts'
import type { CsvRecord } from './csv.ts'

/** What the cells of fields hold, by the key of the field. */
export type FieldTexts = ReadonlyMap<string, string>

/** The column of a field of the shop's own. */
export const fieldColumn = (key: string): `Field ${string}` => `Field ${key}`

/** Of a whole product, in its first row. */
export const head_columns = [
  'handle',
  'title',
  'body (html)',
  'vendor',
  'product category',
  'type',
  'tags',
  'option1 name',
  'option2 name',
  'option3 name',
  'status',
  'published',
]
/** Of a variant or a picture. */
export const row_columns = [
  'option1 value',
  'option2 value',
  'option3 value',
  'image src',
  'image alt text',
  'variant image',
  'image position',
  'variant grams',
  'variant inventory qty',
  'variant inventory policy',
  'variant price',
  'variant compare at price',
  'variant taxable',
  'variant tax category',
  'variant hs code',
  'variant requires shipping',
]
/** These hold numbers that may look like those of a card. */
const number_columns = ['variant sku', 'variant barcode', 'variant components']
const read_columns = new Set([...head_columns, ...row_columns, ...number_columns])

/** Reads cells by the name of their column, in any order and case. */
export type Row = {
  readonly line: number
  readonly end_line: number
  /** Null when the file has no such column. */
  readonly cell: (name: string) => string | null
  /** Of fields of products, or of variants: each that has a column. */
  readonly fields: (owner: FieldOwner) => FieldTexts
  /** How many cells stand behind the last column: a comma too many has moved the others. */
  readonly extra: number
}
export type Header = {
  readonly toRow: (record: CsvRecord) => Row
  /** Named in the file, and read by nobody: whoever filled them in wants to know. */
  readonly ignored_columns: readonly string[]
}

/** Null when this is no product file. `fields` are those that goods have now. */
export function readHeader(
  names: readonly string[],
  fields: readonly Pick<FieldDefinition, 'key' | 'owner'>[],
): Header | null {
  const by_column = new Map(fields.map((one) => [fieldColumn(one.key).toLowerCase(), one]))
  const columns = new Map<string, number>()
  const field_columns: { readonly key: string; readonly owner: FieldOwner; readonly i: number }[] =
    []
  const ignored_columns: string[] = []
  names.forEach((name, i) => {
    const known = name.trim().toLowerCase()
    const field = by_column.get(known)
    if (columns.has(known)) ignored_columns.push(name.trim().slice(0, 100))
    else if (field || read_columns.has(known)) {
      columns.set(known, i)
      if (field) field_columns.push({ key: field.key, owner: field.owner, i })
    } else if (known !== '') ignored_columns.push(name.trim().slice(0, 100))
  })
  if (!columns.has('handle')) return null
  const toRow = ({ line, end_line, cells }: CsvRecord): Row => ({
    line,
    end_line,
    cell: (name) => {
      const column = columns.get(name)
      return column === undefined ? null : (cells[column] ?? '').trim()
    },
    fields: (owner) =>
      new Map(
        field_columns.flatMap((one) =>
          one.owner === owner ? [[one.key, cells[one.i] ?? ''] as const] : [],
        ),
      ),
    extra: cells.slice(names.length).filter((text) => text.trim() !== '').length,
  })
  return { toRow, ignored_columns }
}
