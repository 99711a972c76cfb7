// All products as a file in Shopify's format: what `import-products.ts` reads, and reading it
// again changes nothing.
import type { Category } from '#src/catalog/catalog.ts'
import { readCategories } from '#src/catalog/categories.sql.ts'
import type { Db } from '#src/db/pool.ts'
import { readOnce } from '#src/db/transaction.ts'
import { toDecimal } from '#src/lib/currency.ts'
import type { CategoryId, ProductId } from '#src/lib/ids.ts'
import type { Currency } from '#src/lib/money.ts'
import { writeComponents } from './components.ts'
import { type ExportedProduct, type ExportedVariant, readExportPage } from './export.sql.ts'
import { pathHandles } from './import-batch.ts'
import type { ImportTarget } from './imports.sql.ts'

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
  // For people. An import adds stock, so what it reads is another column: Variant Inventory Qty.
  'On Hand',
] as const
type Row = Partial<Record<(typeof columns)[number], string>>

const quoted = (text: string): string =>
  /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
const lineOf = (row: Row): string => `${columns.map((name) => quoted(row[name] ?? '')).join()}\n`

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

const headOf = (product: ExportedProduct, tree: Tree): Row => ({
  Title: product.title,
  'Body (HTML)': product.description,
  Vendor: product.vendor,
  'Product Category': product.categories.map((id) => pathOf(id, tree)).find(Boolean) ?? '',
  Type: product.type,
  Tags: product.tags.map((tag) => tag.replaceAll(',', '\\,')).join(', '),
  Published: String(product.published),
  'Option1 Name': product.options[0] ?? 'Title',
  'Option2 Name': product.options[1] ?? '',
  'Option3 Name': product.options[2] ?? '',
  Status: product.state,
})

function variantRow(variant: ExportedVariant, currency: Currency): Row {
  const { amount, compare_at, option_values, on_hand } = variant
  const decimal = (minor: number | null): string =>
    minor === null ? '' : toDecimal({ amount: BigInt(minor), currency })
  // A reduction that is none is not read again, so such a price is left as it is.
  const is_plain = amount !== null && (compare_at === null || compare_at > amount)
  return {
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
export function productLines(product: ExportedProduct, currency: Currency, tree: Tree): string {
  const { handle, media, variants } = product
  if (variants.length === 0) return ''
  const rows = Math.max(variants.length, media.length)
  let text = ''
  for (let i = 0; i < rows; i++) {
    const [variant, picture] = [variants[i], media[i]]
    text += lineOf({
      Handle: handle,
      ...(i === 0 ? headOf(product, tree) : {}),
      ...(variant ? variantRow(variant, currency) : {}),
      ...(picture
        ? {
            'Image Src': picture.url,
            'Image Alt Text': picture.alt,
            'Image Position': String(i + 1),
          }
        : {}),
    })
  }
  return text
}

const page_products = 100

/** A page in memory at a time, each from one moment. */
export async function* exportProducts(db: Db, target: ImportTarget): AsyncGenerator<string> {
  const categories = await readOnce(db, readCategories)
  const tree = new Map(categories.map((one) => [one.id, one]))
  yield `${columns.join()}\n`
  for (let after: ProductId | null = null; ; ) {
    const from: ProductId | null = after
    const page: ExportedProduct[] = await readOnce(db, (tx) =>
      readExportPage(tx, target, from, page_products),
    )
    const text = page.map((product) => productLines(product, target.currency, tree)).join('')
    if (text !== '') yield text
    if (page.length < page_products) return
    after = page.at(-1)!.id
  }
}
