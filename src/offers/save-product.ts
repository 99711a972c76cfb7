// A product with everything that makes it an offer: pictures, variants, the stock items they are
// made of, prices, categories, channels. All of it or nothing.

import type { Variant } from '#src/catalog/catalog.ts'
import {
  type By,
  createProduct,
  invalid,
  type MediaDraft,
  noteChange,
  type ProductDraft,
  publish,
  replaceMedia,
  replacePlacements,
} from '#src/catalog/edit-product.ts'
import {
  addVariants,
  changeVariant,
  lockProductToChange,
  type VariantDraft,
  type VariantPatch,
} from '#src/catalog/edit-variant.ts'
import { channelExists } from '#src/catalog/publications.sql.ts'
import type { Tx } from '#src/db/sql.ts'
import { ensureStockItems, setVariantItems } from '#src/inventory/inventory.sql.ts'
import { compareAtErrors, refuseErrors } from '#src/lib/field-errors.ts'
import {
  type CategoryId,
  type ChannelId,
  newId,
  type PriceListId,
  type ProductId,
  type StockItemId,
  type VariantId,
} from '#src/lib/ids.ts'
import type { FieldError } from '#src/lib/refusal.ts'
import { setPrices } from '#src/pricing/prices.sql.ts'
import { taxCategoryErrors } from '#src/pricing/tax-categories.ts'
import { readKnownPriceLists, readStockItems } from './offers.sql.ts'

export type PriceDraft = {
  readonly price_list_id: PriceListId
  readonly min_quantity: number
  readonly amount: bigint
  readonly per_units: number
  readonly compare_at: bigint | null
}
export type OfferedVariantDraft = VariantDraft & {
  /** Empty makes the variant its own stock item; a bundle lists several by their SKU. */
  readonly items: readonly { readonly sku: string; readonly quantity: number }[]
  readonly prices: readonly PriceDraft[]
}
export type OfferedProductDraft = ProductDraft & {
  readonly variants: readonly OfferedVariantDraft[]
  readonly media: readonly MediaDraft[]
  readonly category_ids: readonly CategoryId[]
  readonly channel_ids: readonly ChannelId[]
}

const unknown = (field: string, message: string): FieldError => ({
  field,
  code: 'unknown',
  message,
})

async function findItems(
  tx: Tx,
  drafts: readonly OfferedVariantDraft[],
): Promise<Map<string, StockItemId>> {
  const asked = drafts.flatMap(({ items }) => items.map(({ sku }) => sku))
  const known = await readStockItems(tx, asked)
  const errors = drafts.flatMap(({ items }, v) =>
    items.flatMap(({ sku }, i) =>
      known.has(sku)
        ? []
        : [unknown(`variants.${v}.items.${i}.sku`, 'There is no stock item with this SKU.')],
    ),
  )
  if (errors.length > 0) throw invalid(errors)
  return known
}

/** Each variant gets what it is made of: the items of a bundle, or one of its own. */
async function stockVariants(
  tx: Tx,
  title: string,
  variants: readonly Variant[],
  drafts: readonly OfferedVariantDraft[],
): Promise<void> {
  const parts = await findItems(tx, drafts)
  const simple = variants.filter((_, i) => drafts[i]!.items.length === 0)
  const own = await ensureStockItems(
    tx,
    simple.map((variant) => ({
      id: newId<StockItemId>(),
      sku: variant.sku,
      title: [title, variant.title].filter((text) => text !== '').join(', '),
    })),
  )
  const rows = variants.flatMap((variant, i) => {
    const { items } = drafts[i]!
    return items.length === 0
      ? [{ variant_id: variant.id, stock_item_id: own.get(variant.sku)!, quantity: 1 }]
      : items.map(({ sku, quantity }) => ({
          variant_id: variant.id,
          stock_item_id: parts.get(sku)!,
          quantity,
        }))
  })
  await setVariantItems(tx, rows)
}

async function priceVariants(
  tx: Tx,
  variants: readonly Variant[],
  drafts: readonly OfferedVariantDraft[],
  now: Date,
): Promise<void> {
  const asked = drafts.flatMap(({ prices }) => prices.map(({ price_list_id }) => price_list_id))
  const known = new Set(await readKnownPriceLists(tx, asked))
  const errors = drafts.flatMap(({ prices }, v) =>
    prices.flatMap(({ price_list_id }, p) =>
      known.has(price_list_id)
        ? []
        : [unknown(`variants.${v}.prices.${p}.price_list_id`, 'There is no such price list.')],
    ),
  )
  if (errors.length > 0) throw invalid(errors)
  await setPrices(
    tx,
    variants.flatMap(({ id }, i) =>
      drafts[i]!.prices.map((price) => ({ ...price, variant_id: id })),
    ),
    now,
  )
}

async function checkDrafts(tx: Tx, drafts: readonly OfferedVariantDraft[]): Promise<void> {
  const errors = drafts.flatMap(({ items, prices }, v): FieldError[] => {
    const skus = new Set(items.map(({ sku }) => sku))
    const tiers = new Set(prices.map((one) => `${one.price_list_id} ${one.min_quantity}`))
    const message = 'The same stands there twice.'
    return [
      ...(skus.size < items.length
        ? [{ field: `variants.${v}.items`, code: 'repeated', message }]
        : []),
      ...(tiers.size < prices.length
        ? [{ field: `variants.${v}.prices`, code: 'repeated', message }]
        : []),
      ...prices.flatMap((price, p) =>
        compareAtErrors(`variants.${v}.prices.${p}.compare_at`, price),
      ),
    ]
  })
  const named = drafts.map(({ tax_category }, v) => ({
    field: `variants.${v}.tax_category`,
    category: tax_category,
  }))
  refuseErrors([...errors, ...(await taxCategoryErrors(tx, named))])
}

/** @throws not_found, invalid_input, already_exists */
export async function addOfferedVariants(
  tx: Tx,
  product_id: ProductId,
  drafts: readonly OfferedVariantDraft[],
  by: By,
): Promise<Variant[]> {
  const product = await lockProductToChange(tx, product_id)
  await checkDrafts(tx, drafts)
  const variants = await addVariants(tx, product, drafts.map(bareVariant))
  await stockVariants(tx, product.title, variants, drafts)
  await priceVariants(tx, variants, drafts, by.now)
  await noteChange(tx, 'product.variants_added', product_id, by, { variants: variants.length })
  return variants
}

const bareVariant = ({ items: _, prices: __, ...variant }: OfferedVariantDraft): VariantDraft =>
  variant

async function checkChannels(tx: Tx, ids: readonly ChannelId[]): Promise<void> {
  const errors: FieldError[] = []
  for (const [i, id] of ids.entries()) {
    if (await channelExists(tx, id)) continue
    errors.push(unknown(`channel_ids.${i}`, 'There is no such channel.'))
  }
  if (errors.length > 0) throw invalid(errors)
}

/** @throws invalid_input, already_exists */
export async function createOfferedProduct(
  tx: Tx,
  id: ProductId,
  { variants: drafts, media, category_ids, channel_ids, ...draft }: OfferedProductDraft,
  by: By,
): Promise<void> {
  await checkDrafts(tx, drafts)
  const product = await createProduct(tx, id, draft, by)
  await replaceMedia(tx, id, media)
  const variants = await addVariants(tx, product, drafts.map(bareVariant))
  await stockVariants(tx, product.title, variants, drafts)
  await priceVariants(tx, variants, drafts, by.now)
  await replacePlacements(tx, id, category_ids)
  await checkChannels(tx, channel_ids)
  for (const channel_id of channel_ids) await publish(tx, id, channel_id, null, by)
  await noteChange(tx, 'product.created', id, by, {
    handle: product.handle,
    variants: variants.length,
  })
}

/** @throws not_found, invalid_input */
export async function changeOfferedVariant(
  tx: Tx,
  id: VariantId,
  patch: VariantPatch,
  by: By,
): Promise<Variant> {
  const variant = await changeVariant(tx, id, patch, by)
  // While it was not sold the last rate for its category may have gone.
  const category = patch.archived === false ? variant.tax_category : patch.tax_category
  const named = { field: 'tax_category', category }
  refuseErrors(await taxCategoryErrors(tx, [named]))
  return variant
}
