// Which rows of an imported product become which of its variants, and why others do not. Pure.
import {
  catalog_limits,
  type Product,
  usual_tax_category,
  type Variant,
  variantTitle,
} from '#src/catalog/catalog.ts'
import type { FieldValues } from '#src/catalog/fields.ts'
import { newId } from '#src/lib/ids.ts'
import type { FieldReader } from './import-fields.ts'
import type { ImportedProduct, ImportedVariant, RowRefusal } from './product-rows.ts'

export type Pair = {
  readonly source: ImportedProduct
  readonly product: Product
  /** As it is now; null when it is new. */
  readonly before: Product | null
  readonly is_new: boolean
  /** What the product has already, also archived ones. */
  readonly variants: readonly Variant[]
}
export type VariantPair = {
  readonly source: ImportedVariant
  readonly product: Product
  readonly variant: Variant
  readonly known: Variant | null
}

function mergeVariant(
  source: ImportedVariant,
  product: Product,
  known: Variant | null,
  { position, fields }: { readonly position: number; readonly fields: FieldValues },
): Variant {
  return {
    id: known?.id ?? newId(),
    product_id: product.id,
    sku: source.sku,
    title: variantTitle(source.option_values),
    barcode: source.barcode === null ? (known?.barcode ?? null) : source.barcode || null,
    option_values: source.option_values,
    position,
    tax_category: source.tax_category ?? known?.tax_category ?? usual_tax_category,
    taxable: source.taxable ?? known?.taxable ?? true,
    requires_shipping: source.requires_shipping ?? known?.requires_shipping ?? true,
    weight_g: source.weight_g ?? known?.weight_g ?? 0,
    hs_code: source.hs_code === null ? (known?.hs_code ?? null) : source.hs_code || null,
    image_id: known?.image_id ?? null,
    fields,
    archived_at: null,
  }
}

/** The variants of one product that can go in; says of the others why not. */
export function pairVariants(
  { source, product, variants: known }: Pair,
  owners: Map<string, string>,
  readFieldsOf: FieldReader,
  refusals: RowRefusal[],
): VariantPair[] {
  const by_sku = new Map(known.map((variant) => [variant.sku, variant]))
  const in_file = new Set(source.variants.map(({ sku }) => sku))
  const live = known.filter(({ archived_at, sku }) => archived_at === null && !in_file.has(sku))
  const choices = new Map(live.map(({ option_values, sku }) => [option_values.join('\0'), sku]))
  const seen = new Set<string>()
  let count = live.length
  const last = Math.max(-1, ...known.map(({ position }) => position))
  return source.variants.flatMap((row, i): VariantPair[] => {
    const refuseRow = (reason: string): [] => {
      refusals.push({ line: row.line, reason })
      return []
    }
    const { sku, option_values } = row
    const owner = owners.get(sku)
    if (owner !== undefined && owner !== source.handle) {
      return refuseRow(`variant sku ${sku} belongs to the product ${owner}`)
    }
    if (option_values.length !== product.options.length || option_values.includes('')) {
      const { length } = product.options
      return refuseRow(
        `the product has ${length} options, the line chooses ${option_values.length}`,
      )
    }
    if (row.lacks_price && !by_sku.has(sku)) return refuseRow('variant price is missing')
    if (seen.has(sku)) return refuseRow(`variant sku ${sku} stands in the file twice`)
    const choice = option_values.join('\0')
    const rival = choices.get(choice)
    if (rival !== undefined) return refuseRow(`the variant ${rival} has the same options`)
    if (count >= catalog_limits.variants) {
      return refuseRow(`a product has at most ${catalog_limits.variants} variants`)
    }
    const before = by_sku.get(sku) ?? null
    const { values, faults } = readFieldsOf('variant', before?.fields ?? null, row.fields)
    if (faults.length > 0) return refuseRow(faults.join('; '))
    seen.add(sku)
    choices.set(choice, sku)
    owners.set(sku, source.handle)
    count += 1
    const position = before?.position ?? last + 1 + i
    const variant = mergeVariant(row, product, before, { position, fields: values })
    return [{ source: row, product, variant, known: before }]
  })
}
