// One batch of imported products: what a file says is compared with what is there, and written
// with a handful of statements in the caller's transaction.

import {
  freeChoices,
  insertProducts,
  insertVariants,
  lockProductsByHandle,
  mediaKey,
  readSkuOwners,
  readVariantsOf,
  saveMedia,
  updateProducts,
  updateVariants,
} from '#src/catalog/catalog.sql.ts'
import {
  type Category,
  catalog_limits,
  handleOf,
  type Media,
  type Product,
  type Variant,
  variantTitle,
} from '#src/catalog/catalog.ts'
import { insertCategories, lockTree, readCategories } from '#src/catalog/categories.sql.ts'
import { placeProducts, publishProducts, unpublishProducts } from '#src/catalog/publications.sql.ts'
import type { Tx } from '#src/db/sql.ts'
import { ensureStockItems, setVariantItems } from '#src/inventory/inventory.sql.ts'
import {
  type CategoryId,
  type ImportId,
  type MediaId,
  newId,
  type ProductId,
  type StockItemId,
} from '#src/lib/ids.ts'
import { setPrices } from '#src/pricing/prices.sql.ts'
import { saveImportedStock } from './import-stock.ts'
import { type ImportTarget, readOwnItems } from './imports.sql.ts'
import type { ImportedProduct, ImportedVariant, RowRefusal } from './product-rows.ts'

export type BatchContext = {
  readonly import_id: ImportId
  readonly target: ImportTarget
  readonly file_name: string
  readonly now: Date
}
type Pair = {
  readonly source: ImportedProduct
  readonly product: Product
  readonly is_new: boolean
  /** What the product has already, also archived ones. */
  readonly variants: readonly Variant[]
}
type VariantPair = {
  readonly source: ImportedVariant
  readonly product: Product
  readonly variant: Variant
  readonly known: Variant | null
}

/** What the file does not say stays as it is, or gets what a new product begins with. */
function mergeProduct(source: ImportedProduct, known: Product | undefined, now: Date): Product {
  return {
    id: known?.id ?? newId<ProductId>(),
    handle: source.handle,
    title: source.title ?? known!.title,
    description: source.description ?? known?.description ?? '',
    vendor: source.vendor ?? known?.vendor ?? '',
    type: source.type ?? known?.type ?? '',
    tags: source.tags ?? known?.tags ?? [],
    state: source.state ?? known?.state ?? 'active',
    options: source.options?.length || !known ? (source.options ?? []) : known.options,
    created_at: known?.created_at ?? now,
    updated_at: now,
  }
}

function refuseProduct(source: ImportedProduct, reason: string): RowRefusal[] {
  const lines = new Set([source.line, ...source.variants.map(({ line }) => line)])
  return [...lines].map((line) => ({ line, reason }))
}

/** Other options would leave variants behind that choose from the old ones. */
function leavesBehind({ source, product, variants }: Pair): boolean {
  const skus = new Set(source.variants.map(({ sku }) => sku))
  return variants.some(
    ({ archived_at, sku, option_values }) =>
      archived_at === null && !skus.has(sku) && option_values.length !== product.options.length,
  )
}

async function pairProducts(
  tx: Tx,
  sources: readonly ImportedProduct[],
  now: Date,
  refusals: RowRefusal[],
): Promise<Pair[]> {
  const handles = sources.map(({ handle }) => handle)
  const known = new Map((await lockProductsByHandle(tx, handles)).map((one) => [one.handle, one]))
  const ids = [...known.values()].map(({ id }) => id)
  const variants = Map.groupBy(await readVariantsOf(tx, ids), ({ product_id }) => product_id)
  return sources.flatMap((source) => {
    const before = known.get(source.handle)
    if (source.title === null && !before) {
      refusals.push(...refuseProduct(source, 'title is missing'))
      return []
    }
    // Its rows were refused, every one: a product nobody can buy is of no use.
    if (!before && source.variants.length === 0) return []
    const product = mergeProduct(source, before, now)
    const pair = { source, product, is_new: !before, variants: variants.get(product.id) ?? [] }
    if (!leavesBehind(pair)) return [pair]
    refusals.push(...refuseProduct(source, 'the product has variants with other options'))
    return []
  })
}

const ownedBy = (sku: string, owner: string): string =>
  `variant sku ${sku} belongs to the product ${owner}`

/** Why a new product would have nothing to sell: all its SKUs are those of others. */
function strangeOwners({ source, is_new }: Pair, owners: ReadonlyMap<string, string>) {
  const strange = source.variants.flatMap(({ line, sku }): RowRefusal[] => {
    const owner = owners.get(sku) ?? source.handle
    return owner === source.handle ? [] : [{ line, reason: ownedBy(sku, owner) }]
  })
  return is_new && strange.length === source.variants.length ? strange : []
}

function mergeVariant(
  source: ImportedVariant,
  product: Product,
  known: Variant | null,
  place: { readonly position: number; readonly image_id: MediaId | null },
): Variant {
  return {
    id: known?.id ?? newId(),
    product_id: product.id,
    sku: source.sku,
    title: variantTitle(source.option_values),
    barcode: source.barcode === null ? (known?.barcode ?? null) : source.barcode || null,
    option_values: source.option_values,
    position: place.position,
    tax_category: known?.tax_category ?? 'standard',
    taxable: source.taxable ?? known?.taxable ?? true,
    requires_shipping: source.requires_shipping ?? known?.requires_shipping ?? true,
    weight_g: source.weight_g ?? known?.weight_g ?? 0,
    hs_code: known?.hs_code ?? null,
    image_id: place.image_id ?? known?.image_id ?? null,
    archived_at: null,
  }
}

/** The variants of one product that can go in; says of the others why not. */
function pairVariants(
  { source, product, variants: known }: Pair,
  images: ReadonlyMap<string, MediaId>,
  owners: Map<string, string>,
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
      return refuseRow(ownedBy(sku, owner))
    }
    if (option_values.length !== product.options.length || option_values.includes('')) {
      const { length } = product.options
      return refuseRow(
        `the product has ${length} options, the line chooses ${option_values.length}`,
      )
    }
    if (seen.has(sku)) return refuseRow(`variant sku ${sku} stands in the file twice`)
    const choice = option_values.join('\0')
    const rival = choices.get(choice)
    if (rival !== undefined) return refuseRow(`the variant ${rival} has the same options`)
    if (count >= catalog_limits.variants) {
      return refuseRow(`a product has at most ${catalog_limits.variants} variants`)
    }
    seen.add(sku)
    choices.set(choice, sku)
    owners.set(sku, source.handle)
    count += 1
    const before = by_sku.get(sku) ?? null
    const image_id = row.image_url === null ? null : (images.get(row.image_url) ?? null)
    const position = before?.position ?? last + 1 + i
    const variant = mergeVariant(row, product, before, { position, image_id })
    return [{ source: row, product, variant, known: before }]
  })
}

const isSameChoice = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i])

async function writeVariants(tx: Tx, pairs: readonly VariantPair[], refusals: RowRefusal[]) {
  const added = pairs.filter(({ known }) => known === null)
  const changed = pairs.filter(({ known }) => known !== null)
  // Two variants may have changed places: both let go of their choice before one takes it.
  const moved = changed.filter(
    ({ variant, known }) => !isSameChoice(variant.option_values, known!.option_values),
  )
  if (moved.length > 0) {
    await freeChoices(
      tx,
      moved.map(({ variant }) => variant.id),
      changed[0]!.product.updated_at,
    )
  }
  if (changed.length > 0) {
    await updateVariants(
      tx,
      changed.map(({ variant }) => variant),
    )
  }
  const written = new Set(
    added.length === 0
      ? []
      : await insertVariants(
          tx,
          added.map(({ variant }) => variant),
        ),
  )
  return pairs.filter(({ known, variant, source }) => {
    const is_there = known !== null || written.has(variant.id)
    if (!is_there) refusals.push({ line: source.line, reason: 'another import took this SKU' })
    return is_there
  })
}

async function stockVariants(
  tx: Tx,
  pairs: readonly VariantPair[],
  { import_id, target, file_name, now }: BatchContext,
): Promise<RowRefusal[]> {
  const added = pairs.filter(({ known }) => known === null)
  if (added.length > 0) {
    const items = await ensureStockItems(
      tx,
      added.map(({ variant, product }) => ({
        id: newId<StockItemId>(),
        sku: variant.sku,
        title: [product.title, variant.title].filter((text) => text !== '').join(', '),
      })),
    )
    await setVariantItems(
      tx,
      added.map(({ variant }) => ({
        variant_id: variant.id,
        stock_item_id: items.get(variant.sku)!,
        quantity: 1,
      })),
    )
  }
  const own = await readOwnItems(
    tx,
    pairs.map(({ variant }) => variant.id),
  )
  const rows = pairs.flatMap(({ source: { line, quantity, backorder }, variant }) => {
    const stock_item_id = own.get(variant.id)
    return stock_item_id === undefined ? [] : [{ line, stock_item_id, quantity, backorder }]
  })
  const { location_id } = target
  return saveImportedStock(tx, rows, { import_id, location_id, file_name, now })
}

async function publishPairs(
  tx: Tx,
  pairs: readonly Pair[],
  { target: { channel_id }, now }: BatchContext,
): Promise<void> {
  const shown = pairs.filter(({ source, is_new }) => source.published ?? is_new)
  const hidden = pairs.filter(({ source, is_new }) => source.published === false && !is_new)
  await publishProducts(
    tx,
    shown.map(({ product }) => ({ channel_id, product_id: product.id, published_at: null })),
    now,
  )
  if (hidden.length === 0) return
  await unpublishProducts(
    tx,
    channel_id,
    hidden.map(({ product }) => product.id),
  )
}

/** `Clothing > Shirts` → `clothing` and below it `clothing-shirts`. */
const pathHandles = (path: readonly string[]): string[] =>
  path.map((_, i) =>
    path
      .slice(0, i + 1)
      .map(handleOf)
      .join('-')
      .slice(0, 200)
      .replace(/-$/, ''),
  )

async function placePairs(tx: Tx, pairs: readonly Pair[]): Promise<void> {
  const placed = pairs.filter(({ source }) => source.category_path.length > 0)
  if (placed.length === 0) return
  let tree = await readCategories(tx)
  const handles = new Set(tree.map(({ handle }) => handle))
  const isKnown = ({ source }: Pair) => handles.has(pathHandles(source.category_path).at(-1)!)
  if (!placed.every(isKnown)) {
    await lockTree(tx)
    tree = await readCategories(tx)
  }
  const ids = new Map(tree.map(({ handle, id }) => [handle, id]))
  const added: Category[] = []
  for (const { source } of placed) {
    let parent_id: CategoryId | null = null
    for (const [i, handle] of pathHandles(source.category_path).entries()) {
      const known: CategoryId = ids.get(handle) ?? newId<CategoryId>()
      if (!ids.has(handle) && tree.length + added.length < catalog_limits.categories) {
        ids.set(handle, known)
        added.push({ id: known, parent_id, handle, title: source.category_path[i]!, position: 0 })
      }
      parent_id = known
    }
  }
  await insertCategories(tx, added)
  await placeProducts(
    tx,
    placed.flatMap(({ source, product }) => {
      const category_id = ids.get(pathHandles(source.category_path).at(-1)!)
      return category_id === undefined ? [] : [{ product_id: product.id, category_id }]
    }),
  )
}

const pricesOf = (pairs: readonly VariantPair[], { target }: BatchContext) =>
  pairs.flatMap(({ source: { price, compare_at }, variant }) =>
    price === null
      ? []
      : [
          {
            price_list_id: target.price_list_id,
            variant_id: variant.id,
            min_quantity: 1,
            amount: price,
            per_units: 1,
            compare_at,
          },
        ],
  )

export type BatchResult = {
  readonly products: number
  readonly variants: number
  readonly refusals: readonly RowRefusal[]
}

/** Handles are all different; the caller has seen to that. */
export async function saveBatch(
  tx: Tx,
  sources: readonly ImportedProduct[],
  context: BatchContext,
): Promise<BatchResult> {
  const refusals: RowRefusal[] = []
  const all_pairs = await pairProducts(tx, sources, context.now, refusals)
  const skus = all_pairs.flatMap(({ source }) => source.variants.map(({ sku }) => sku))
  const owners = new Map((await readSkuOwners(tx, skus)).map(({ sku, handle }) => [sku, handle]))
  const pairs = all_pairs.filter(
    (pair) => refusals.length === refusals.push(...strangeOwners(pair, owners)),
  )
  if (pairs.length === 0) return { products: 0, variants: 0, refusals }
  const fresh = pairs.filter(({ is_new }) => is_new).map(({ product }) => product)
  const changed = pairs.filter(({ is_new }) => !is_new).map(({ product }) => product)
  if (fresh.length > 0) await insertProducts(tx, fresh)
  if (changed.length > 0) await updateProducts(tx, changed)
  const media = pairs.flatMap(({ source, product: { id: product_id } }) =>
    source.media.map((one, position): Media => ({ id: newId(), product_id, ...one, position })),
  )
  const media_ids = await saveMedia(tx, media)
  const wanted = pairs.flatMap((pair) => {
    const { id } = pair.product
    const images = new Map(
      pair.source.media.map(({ url }) => [url, media_ids.get(mediaKey(id, url))!]),
    )
    return pairVariants(pair, images, owners, refusals)
  })
  const written = await writeVariants(tx, wanted, refusals)
  refusals.push(...(await stockVariants(tx, written, context)))
  await setPrices(tx, pricesOf(written, context))
  await publishPairs(tx, pairs, context)
  await placePairs(tx, pairs)
  return { products: pairs.length, variants: written.length, refusals }
}
