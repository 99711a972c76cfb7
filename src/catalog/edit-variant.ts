// What staff do with the variants of a product.
import type { Tx } from '#src/db/sql.ts'
import { type MediaId, newId, type ProductId, type VariantId } from '#src/lib/ids.ts'
import { type FieldError, refuse, refuseField } from '#src/lib/refusal.ts'
import {
  findProductOf,
  insertVariants,
  lockProduct,
  readMediaOf,
  readSkuOwners,
  readVariantsOf,
  updateVariants,
} from './catalog.sql.ts'
import { checkChoices, type Product, type Variant, variantTitle } from './catalog.ts'
import { applyFieldChanges } from './edit-fields.ts'
import { type By, invalid, noteChange } from './edit-product.ts'
import type { FieldChanges } from './fields.ts'

export type VariantDraft = {
  readonly sku: string
  readonly option_values: readonly string[]
  readonly barcode: string | null
  readonly tax_category: string
  readonly taxable: boolean
  readonly requires_shipping: boolean
  readonly weight_g: number
  readonly hs_code: string | null
  /** One of the pictures of the product. */
  readonly image_url: string | null
  readonly fields?: FieldChanges
}

const takenSku = (i: number, handle: string): FieldError => ({
  field: `variants.${i}.sku`,
  code: 'already_exists',
  message: `This SKU belongs to the product ${handle}.`,
})

function findImages(
  drafts: readonly VariantDraft[],
  images: ReadonlyMap<string, MediaId>,
): FieldError[] {
  return drafts.flatMap(({ image_url }, i): FieldError[] =>
    image_url === null || images.has(image_url)
      ? []
      : [
          {
            field: `variants.${i}.image_url`,
            code: 'unknown',
            message: 'The product has no such picture.',
          },
        ],
  )
}

/** Adds variants to a product whose row the caller has locked or just made. */
export async function addVariants(
  tx: Tx,
  product: Product,
  drafts: readonly VariantDraft[],
): Promise<Variant[]> {
  const all = await readVariantsOf(tx, [product.id])
  const live = all.filter(({ archived_at }) => archived_at === null)
  const media = await readMediaOf(tx, [product.id])
  const images = new Map(media.map(({ url, id }) => [url, id]))
  const owners = await readSkuOwners(
    tx,
    drafts.map(({ sku }) => sku),
  )
  const handles = new Map(owners.map(({ sku, handle }) => [sku, handle]))
  const errors = [
    ...checkChoices(product.options, drafts, live),
    ...findImages(drafts, images),
    ...drafts.flatMap(({ sku }, i) => {
      const handle = handles.get(sku)
      return handle === undefined ? [] : [takenSku(i, handle)]
    }),
  ]
  if (errors.length > 0) throw invalid(errors)
  const fields = await applyFieldChanges(
    tx,
    'variant',
    drafts.map((draft, i) => ({
      known: null,
      changes: draft.fields ?? {},
      path: `variants.${i}.fields`,
    })),
  )
  const last = Math.max(-1, ...all.map(({ position }) => position))
  const variants = drafts.map(
    ({ image_url, ...draft }, i): Variant => ({
      ...draft,
      id: newId(),
      product_id: product.id,
      title: variantTitle(draft.option_values),
      position: last + 1 + i,
      image_id: image_url === null ? null : images.get(image_url)!,
      fields: fields[i]!,
      archived_at: null,
    }),
  )
  const written = new Set(await insertVariants(tx, variants))
  const lost = variants.find(({ id }) => !written.has(id))
  // Somebody else took the SKU between the look and the write.
  if (lost) {
    const { sku } = lost
    throw refuseField('already_exists', `variants.${variants.indexOf(lost)}.sku`, { sku })
  }
  return variants
}

export type VariantPatch = {
  readonly option_values?: readonly string[]
  readonly barcode?: string | null
  readonly tax_category?: string
  readonly taxable?: boolean
  readonly requires_shipping?: boolean
  readonly weight_g?: number
  readonly hs_code?: string | null
  readonly image_url?: string | null
  readonly position?: number
  readonly fields?: FieldChanges
  /** An archived variant is not sold; carts and orders that have it keep it. */
  readonly archived?: boolean
}

async function readImage(
  tx: Tx,
  known: Variant,
  image_url: string | null | undefined,
): Promise<MediaId | null> {
  if (image_url === undefined) return known.image_id
  if (image_url === null) return null
  const media = await readMediaOf(tx, [known.product_id])
  const image = media.find(({ url }) => url === image_url)
  if (image) return image.id
  const message = 'The product has no such picture.'
  throw invalid([{ field: 'image_url', code: 'unknown', message }])
}

async function changedFields(tx: Tx, { fields }: Variant, changes: FieldChanges | undefined) {
  if (changes === undefined) return fields
  const asked = { known: fields, changes, path: 'fields' }
  return (await applyFieldChanges(tx, 'variant', [asked]))[0]!
}

function checkPatch(product: Product, variant: Variant, all: readonly Variant[]): void {
  const others = all.filter((other) => other.archived_at === null && other.id !== variant.id)
  const errors = checkChoices(product.options, [variant], others)
  if (errors.length === 0) return
  throw invalid(errors.map((error) => ({ ...error, field: error.field.replace(/^\w+\.0\./, '') })))
}

/** @throws not_found, invalid_input */
export async function changeVariant(
  tx: Tx,
  id: VariantId,
  { archived, image_url, ...patch }: VariantPatch,
  by: By,
): Promise<Variant> {
  const product_id = await findProductOf(tx, id)
  if (!product_id) throw refuse('not_found', { id })
  // Whoever writes variants holds their product, so none of them changes from here on.
  const product = await lockProductToChange(tx, product_id)
  const all = await readVariantsOf(tx, [product_id])
  const found = all.find((variant) => variant.id === id)!
  const option_values = patch.option_values ?? found.option_values
  const archived_at = archived === undefined ? found.archived_at : archived ? by.now : null
  const variant: Variant = {
    ...found,
    ...patch,
    option_values,
    title: variantTitle(option_values),
    image_id: await readImage(tx, found, image_url),
    fields: await changedFields(tx, found, patch.fields),
    archived_at,
  }
  if (archived_at === null) checkPatch(product, variant, all)
  await updateVariants(tx, [variant])
  const fields = Object.keys({
    ...patch,
    ...(archived === undefined ? {} : { archived }),
    ...(image_url === undefined ? {} : { image_url }),
  })
  await noteChange(tx, 'variant.changed', product.id, by, { variant_id: id, fields, archived })
  return variant
}

/** @throws not_found */
export async function lockProductToChange(tx: Tx, id: ProductId): Promise<Product> {
  const product = await lockProduct(tx, id)
  if (!product) throw refuse('not_found', { id })
  return product
}
