// One batch of imported products: what a file says is compared with what is there, and written
// with a handful of statements in the caller's transaction.
import { isDeepStrictEqual } from 'node:util'
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
} from '#src/catalog/catalog.ts'
import { insertCategories, lockTree, readCategories } from '#src/catalog/categories.sql.ts'
import type { FieldValues } from '#src/catalog/fields.ts'
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
  type VariantId,
} from '#src/lib/ids.ts'
import { setPrices } from '#src/pricing/prices.sql.ts'
import { findUnknownCategories } from '#src/pricing/tax-categories.ts'
import { type FieldReader, openFieldReader } from './import-fields.ts'
import { checkBundles, isNewBundle, type KnownParts } from './import-parts.ts'
import { saveImportedStock } from './import-stock.ts'
import { type ImportTarget, readOwnItems } from './imports.sql.ts'
import { type Pair, pairVariants, type VariantPair } from './pair-variants.ts'
import type { ImportedProduct, RowRefusal } from './product-rows.ts'

export type BatchContext = {
  readonly import_id: ImportId
  readonly target: ImportTarget
  readonly file_name: string
  readonly now: Date
}
/** What the file does not say stays as it is, or gets what a new product begins with. */
function mergeProduct(
  source: ImportedProduct,
  known: Product | undefined,
  fields: FieldValues,
  now: Date,
): Product {
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
    fields,
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
  readFieldsOf: FieldReader,
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
    const { values, faults } = readFieldsOf('product', before?.fields ?? null, source.fields)
    if (faults.length > 0) {
      refusals.push(...refuseProduct(source, faults.join('; ')))
      return []
    }
    const product = mergeProduct(source, before, values, now)
    const own = variants.get(product.id) ?? []
    const pair = { source, product, before: before ?? null, is_new: !before, variants: own }
    if (!leavesBehind(pair)) return [pair]
    refusals.push(...refuseProduct(source, 'the product has variants with other options'))
    return []
  })
}

const withImage = (pair: VariantPair, media_ids: ReadonlyMap<string, MediaId>): VariantPair => {
  const { source, product, variant } = pair
  const image_id =
    source.image_url === null ? undefined : media_ids.get(mediaKey(product.id, source.image_url))
  return image_id === undefined ? pair : { ...pair, variant: { ...variant, image_id } }
}

/** A file that says what is known already changes nothing, and nobody must read it again. */
const isChanged = ({ before, product }: Pair): boolean =>
  before !== null &&
  !isDeepStrictEqual({ ...before, updated_at: null }, { ...product, updated_at: null })

const isSameChoice = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i])

async function writeVariants(tx: Tx, pairs: readonly VariantPair[], refusals: RowRefusal[]) {
  const added = pairs.filter(({ known }) => known === null)
  const changed = pairs.filter(
    ({ known, variant }) => known !== null && !isDeepStrictEqual(known, variant),
  )
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

/** Each new variant is one stock item of its own, or is made of others. */
async function makeItems(tx: Tx, added: readonly VariantPair[], parts: KnownParts): Promise<void> {
  if (added.length === 0) return
  const simple = added.filter((pair) => !isNewBundle(pair))
  const made = await ensureStockItems(tx, [
    ...simple.map(({ variant: { sku, title }, product }) => ({
      id: newId<StockItemId>(),
      sku,
      title: [product.title, title].filter((text) => text !== '').join(', '),
    })),
    ...[...parts.missing].map((sku) => ({ id: newId<StockItemId>(), sku, title: sku })),
  ])
  await setVariantItems(
    tx,
    added.flatMap((pair) => {
      const { source, variant } = pair
      const made_of = isNewBundle(pair) ? source.components : [{ sku: variant.sku, quantity: 1 }]
      return made_of.map(({ sku, quantity }) => ({
        variant_id: variant.id,
        stock_item_id: (made.get(sku) ?? parts.items.get(sku))!,
        quantity,
      }))
    }),
  )
}

async function stockVariants(
  tx: Tx,
  pairs: readonly VariantPair[],
  parts: KnownParts,
  { import_id, target, file_name, now }: BatchContext,
): Promise<RowRefusal[]> {
  await makeItems(
    tx,
    pairs.filter(({ known }) => known === null),
    parts,
  )
  const own = await readOwnItems(
    tx,
    pairs.map(({ variant }) => variant.id),
  )
  const rows = pairs.flatMap(({ source, variant }) => {
    const { line, quantity, backorder, components } = source
    const stock_item_id = own.get(variant.id)
    // What is made of another item says nothing of how many of it there are.
    if (stock_item_id === undefined || components.length > 0) return []
    return [{ line, stock_item_id, quantity, backorder }]
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
export const pathHandles = (path: readonly string[]): string[] =>
  path.map((_, i) =>
    path
      .slice(0, i + 1)
      .map(handleOf)
      .join('-')
      .slice(0, 200)
      .replace(/-$/, ''),
  )

async function placePairs(tx: Tx, pairs: readonly Pair[], refusals: RowRefusal[]): Promise<void> {
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
      if (category_id !== undefined) return [{ product_id: product.id, category_id }]
      const reason = `product category: the shop has ${catalog_limits.categories} already`
      refusals.push({ line: source.line, reason, is_warning: true })
      return []
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

/** Rows that no rate is about; what a variant has been all along is not asked about again. */
async function refuseCategories(
  tx: Tx,
  pairs: readonly VariantPair[],
  refusals: RowRefusal[],
): Promise<ReadonlySet<VariantPair>> {
  const named = pairs.filter(({ variant, known }) => variant.tax_category !== known?.tax_category)
  const unknown = await findUnknownCategories(
    tx,
    named.map(({ variant }) => variant.tax_category),
  )
  const refused = named.filter(({ variant }) => unknown.has(variant.tax_category))
  for (const { source, variant } of refused) {
    const reason = `variant tax category: ${unknown.get(variant.tax_category)}`
    refusals.push({ line: source.line, reason })
  }
  return new Set(refused)
}

export type BatchResult = {
  readonly products: readonly ProductId[]
  readonly variants: readonly VariantId[]
  readonly refusals: readonly RowRefusal[]
}

/** Of the rows that went in whole, in the end: what was refused of them says more. */
function findWarnings(written: readonly VariantPair[], refusals: readonly RowRefusal[]) {
  const refused = new Set(refusals.map(({ line }) => line))
  return written.flatMap(({ source: { line, warning } }): RowRefusal[] =>
    warning === null || refused.has(line) ? [] : [{ line, reason: warning, is_warning: true }],
  )
}

/** Handles are all different; the caller has seen to that. */
export async function saveBatch(
  tx: Tx,
  sources: readonly ImportedProduct[],
  context: BatchContext,
): Promise<BatchResult> {
  const refusals: RowRefusal[] = []
  const readFieldsOf = await openFieldReader(tx, sources)
  const all_pairs = await pairProducts(tx, sources, readFieldsOf, context.now, refusals)
  const skus = all_pairs.flatMap(({ source }) => source.variants.map(({ sku }) => sku))
  const owners = new Map((await readSkuOwners(tx, skus)).map(({ sku, handle }) => [sku, handle]))
  // What goes in of a product is known before it is made: none is there with nothing to sell.
  const paired = all_pairs.map((pair) => ({
    pair,
    rows: pairVariants(pair, owners, readFieldsOf, refusals),
  }))
  const all_rows = paired.flatMap(({ rows }) => rows)
  const untaxed = await refuseCategories(tx, all_rows, refusals)
  const taxed_rows = all_rows.filter((row) => !untaxed.has(row))
  const { refused: unmade, parts } = await checkBundles(tx, taxed_rows, refusals)
  const refused = untaxed.union(unmade)
  const taken = paired.map(({ pair, rows }) => ({
    pair,
    rows: rows.filter((row) => !refused.has(row)),
  }))
  const kept = taken.filter(({ pair, rows }) => !pair.is_new || rows.length > 0)
  const pairs = kept.map(({ pair }) => pair)
  if (pairs.length === 0) return { products: [], variants: [], refusals }
  const fresh = pairs.filter(({ is_new }) => is_new).map(({ product }) => product)
  const changed = pairs.filter(isChanged).map(({ product }) => product)
  if (fresh.length > 0) await insertProducts(tx, fresh)
  if (changed.length > 0) await updateProducts(tx, changed)
  const media = pairs.flatMap(({ source, product: { id: product_id } }) =>
    source.media.map((one, position): Media => ({ id: newId(), product_id, ...one, position })),
  )
  const media_ids = await saveMedia(tx, media)
  const wanted = kept.flatMap(({ rows }) => rows.map((row) => withImage(row, media_ids)))
  const written = await writeVariants(tx, wanted, refusals)
  refusals.push(...(await stockVariants(tx, written, parts, context)))
  await setPrices(tx, pricesOf(written, context), context.now)
  await publishPairs(tx, pairs, context)
  await placePairs(tx, pairs, refusals)
  return {
    products: pairs.map(({ product }) => product.id),
    variants: written.map(({ variant }) => variant.id),
    refusals: [...refusals, ...findWarnings(written, refusals)],
  }
}
