// All products as a file in Shopify's format: what `import-products.ts` reads, and reading it
// again changes nothing.
import type { Category } from '#src/catalog/catalog.ts'
import { readCategories } from '#src/catalog/categories.sql.ts'
import { writeFieldText } from '#src/catalog/field-texts.ts'
import { readFields } from '#src/catalog/fields.sql.ts'
import type { FieldDefinition, FieldOwner, FieldValues } from '#src/catalog/fields.ts'
import type { Db } from '#src/db/pool.ts'
import { readOnce } from '#src/db/transaction.ts'
import { toDecimal } from '#src/lib/currency.ts'
import type { CategoryId, ProductId } from '#src/lib/ids.ts'
import type { Currency } from '#src/lib/money.ts'
import { writeComponents } from './components.ts'
import { type ExportedProduct, type ExportedVariant, readExportPage } from './export.sql.ts'
import { pathHandles } from './import-batch.ts'
import type { ImportTarget } from './imports.sql.ts'
import { fieldColumn } from './product-columns.ts'

const columns = [
  'Handle',
  'Title',
  'Body (HTML)',
  'Vendor',
  'Product Category',
  'Type',
  'Tags',
  'Published',
  'Option1 Name',
  'Option1 Value',
  'Option2 Name',
  'Option2 Value',
  'Option3 Name',
  'Option3 Value',
  'Variant SKU',
  'Variant Grams',
  'Variant Inventory Policy',
  'Variant Price',
  'Variant Compare At Price',
  'Variant Requires Shipping',
  'Variant Taxable',
  'Variant Tax Category',
  'Variant HS Code',
  'Variant Barcode',
  'Variant Components',
  'Image Src',
  'Image Position',
  'Image Alt Text',
  'Variant Image',
  'Status',
] as const
/** For people. An import adds stock, so what it reads is another column: Variant Inventory Qty. */
const stock_column = 'On Hand'
type OwnColumn = (typeof columns)[number] | typeof stock_column
/** Fields of the shop's own have a column each. */
type Row = Partial<Record<OwnColumn | `Field ${string}`, string>>

const columnsOf = (fields: readonly FieldDefinition[]): (keyof Row)[] => [
  ...columns,
  ...fields.map(({ key }) => fieldColumn(key)),
  stock_column,
]

const quoted = (text: string): string =>
  /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text

/** What a whole export says the same of. */
export type ExportFrame = {
  readonly currency: Currency
  readonly tree: Tree
  /** Those that goods have now. */
  readonly fields: readonly FieldDefinition[]
}
const lineOf = (row: Row, { fields }: ExportFrame): string =>
  `${columnsOf(fields)
    .map((name) => quoted(row[name] ?? ''))
    .join()}\n`

function fieldCells(owner: FieldOwner, values: FieldValues, { fields }: ExportFrame): Row {
  const row: Row = {}
  for (const field of fields) {
    const value = values[field.key]
    if (field.owner === owner && value !== undefined) {
      row[fieldColumn(field.key)] = writeFieldText(field, value)
    }
  }
  return row
}

type Tree = ReadonlyMap<CategoryId, Category>

/** The titles from the root down, where an import finds the same category by them; else empty. */
export function pathOf(id: CategoryId, tree: Tree): string {
  const category = tree.get(id)
  const titles: string[] = []
  for (let at = category; at; at = at.parent_id ? tree.get(at.parent_id) : undefined) {
    titles.unshift(at.title)
  }
  const is_found = pathHandles(titles).at(-1) === category?.handle
  return is_found && titles.every((title) => !title.includes('>')) ? titles.join(' > ') : ''
}

const headOf = (product: ExportedProduct, frame: ExportFrame): Row => ({
  ...fieldCells('product', product.fields, frame),
  Title: product.title,
  'Body (HTML)': product.description,
  Vendor: product.vendor,
  'Product Category': product.categories.map((id) => pathOf(id, frame.tree)).find(Boolean) ?? '',
  Type: product.type,
  Tags: product.tags.map((tag) => tag.replaceAll(',', '\\,')).join(', '),
  Published: String(product.published),
  'Option1 Name': product.options[0] ?? 'Title',
  'Option2 Name': product.options[1] ?? '',
  'Option3 Name': product.options[2] ?? '',
  Status: product.state,
})

function variantRow(variant: ExportedVariant, frame: ExportFrame): Row {
  const { amount, compare_at, option_values, on_hand } = variant
  const decimal = (minor: number | null): string =>
    minor === null ? '' : toDecimal({ amount: BigInt(minor), currency: frame.currency })
  // A reduction that is none is not read again, so such a price is left as it is.
  const is_plain = amount !== null && (compare_at === null || compare_at > amount)
  return {
    ...fieldCells('variant', variant.fields, frame),
    'Option1 Value': option_values[0] ?? 'Default Title',
    'Option2 Value': option_values[1] ?? '',
    'Option3 Value': option_values[2] ?? '',
    'Variant SKU': variant.sku,
    'Variant Grams': String(variant.weight_g),
    'Variant Inventory Policy': variant.sells_more ? 'continue' : 'deny',
    'Variant Price': is_plain ? decimal(amount) : '',
    'Variant Compare At Price': is_plain ? decimal(compare_at) : '',
    'Variant Requires Shipping': String(variant.requires_shipping),
    'Variant Taxable': String(variant.taxable),
    'Variant Tax Category': variant.tax_category,
    'Variant HS Code': variant.hs_code ?? '',
    'Variant Barcode': variant.barcode ?? '',
    'Variant Components': writeComponents(variant.components),
    'Variant Image': variant.image_url ?? '',
    'On Hand': on_hand === null ? '' : String(on_hand),
  }
}

/** The rows of one product; none when it has no variant, for a line is a variant. */
export function productLines(product: ExportedProduct, frame: ExportFrame): string {
  const { handle, media, variants } = product
  if (variants.length === 0) return ''
  const rows = Math.max(variants.length, media.length)
  let text = ''
  for (let i = 0; i < rows; i++) {
    const [variant, picture] = [variants[i], media[i]]
    const row: Row = {
      Handle: handle,
      ...(i === 0 ? headOf(product, frame) : {}),
      ...(variant ? variantRow(variant, frame) : {}),
      ...(picture
        ? {
            'Image Src': picture.url,
            'Image Alt Text': picture.alt,
            'Image Position': String(i + 1),
          }
        : {}),
    }
    text += lineOf(row, frame)
  }
  return text
}

const page_products = 100

/** A page in memory at a time, each from one moment. */
export async function* exportProducts(db: Db, target: ImportTarget): AsyncGenerator<string> {
  const categories = await readOnce(db, readCategories)
  const tree = new Map(categories.map((one) => [one.id, one]))
  const fields = (await readOnce(db, readFields)).filter((one) => one.archived_at === null)
  const frame: ExportFrame = { currency: target.currency, tree, fields }
  yield `${columnsOf(fields).join()}\n`
  for (let after: ProductId | null = null; ; ) {
    const from: ProductId | null = after
    const page: ExportedProduct[] = await readOnce(db, (tx) =>
      readExportPage(tx, target, from, page_products),
    )
    const text = page.map((product) => productLines(product, frame)).join('')
    if (text !== '') yield text
    if (page.length < page_products) return
    after = page.at(-1)!.id
  }
}
