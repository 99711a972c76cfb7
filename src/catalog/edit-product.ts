// What staff do with products. Each command runs in the caller's transaction, so that stock
// items and prices of new variants are written with them.
import type { Tx } from '#src/db/sql.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { holdsCardNumber } from '#src/lib/card-guard.ts'
import {
  type CategoryId,
  type ChannelId,
  type MediaId,
  newId,
  type ProductId,
} from '#src/lib/ids.ts'
import { type FieldError, refuse, refuseField } from '#src/lib/refusal.ts'
import {
  insertProducts,
  keepMedia,
  lockProduct,
  mediaKey,
  readVariantsOf,
  renameProduct,
  saveMedia,
  updateProducts,
} from './catalog.sql.ts'
import {
  checkOptions,
  cleanTags,
  handleOf,
  isHandle,
  isMediaUrl,
  type Media,
  moveBetween,
  type Product,
  type ProductState,
} from './catalog.ts'
import { readCategories } from './categories.sql.ts'
import { endGoodsChange } from './edit-collections.ts'
import { applyFieldChanges } from './edit-fields.ts'
import type { FieldChanges, FieldValues } from './fields.ts'
import {
  channelExists,
  keepPlacements,
  placeProducts,
  publishProducts,
  unpublishProducts,
} from './publications.sql.ts'
import { toSafeHtml } from './safe-html.ts'

/** Who does it, and when. */
export type By = { readonly actor: string; readonly now: Date }

export const invalid = (errors: readonly FieldError[]) =>
  refuse('invalid_input', { errors: [...errors] })

/** Ends every change of a product: the caches of all processes are old from the commit on. */
export async function noteChange(
  tx: Tx,
  kind: string,
  product_id: ProductId,
  { actor, now }: By,
  detail: object = {},
): Promise<void> {
  await addEvents(tx, [
    { kind, subject: 'product', subject_id: product_id, actor, detail, at: now },
  ])
  await endGoodsChange(tx, now)
}

export type ProductDraft = {
  /** Null makes one from the title. */
  readonly handle: string | null
  readonly title: string
  readonly description: string
  readonly vendor: string
  readonly type: string
  readonly tags: readonly string[]
  readonly state: 'draft' | 'active'
  readonly options: readonly string[]
  readonly fields?: FieldChanges
}

/** Digits that a tag has kept apart stand together once it is gone: then they are looked at. */
function cleanDescription(html: string): string {
  const safe = toSafeHtml(html)
  if (safe !== html && holdsCardNumber(safe)) {
    throw refuse('card_number_refused', { in: 'body', field: 'description' })
  }
  return safe
}

/** @throws invalid_input, already_exists, card_number_refused */
export async function createProduct(
  tx: Tx,
  id: ProductId,
  draft: ProductDraft,
  { now }: By,
): Promise<Product> {
  const handle = draft.handle ?? handleOf(draft.title)
  const errors = checkOptions(draft.options)
  if (!isHandle(handle)) {
    const message = 'A handle is made of lower-case letters, digits and single hyphens.'
    errors.push({ field: 'handle', code: 'malformed', message })
  }
  if (errors.length > 0) throw invalid(errors)
  const asked = { known: null, changes: draft.fields ?? {}, path: 'fields' }
  const [fields] = await applyFieldChanges(tx, 'product', [asked])
  const product: Product = {
    ...draft,
    fields: fields!,
    id,
    handle,
    description: cleanDescription(draft.description),
    tags: cleanTags(draft.tags),
    created_at: now,
    updated_at: now,
  }
  const written = await insertProducts(tx, [product])
  if (written.length === 0) throw refuseField('already_exists', 'handle', { handle })
  return product
}

export type ProductPatch = {
  readonly handle?: string
  readonly title?: string
  readonly description?: string
  readonly vendor?: string
  readonly type?: string
  readonly tags?: readonly string[]
  readonly state?: ProductState
  /** Other names for the same choices; their number changes only while there are no variants. */
  readonly options?: readonly string[]
  /** Fields that are not named stay. */
  readonly fields?: FieldChanges
}

async function changedFields(
  tx: Tx,
  { fields }: Product,
  changes: FieldChanges | undefined,
): Promise<FieldValues> {
  if (changes === undefined) return fields
  const asked = { known: fields, changes, path: 'fields' }
  return (await applyFieldChanges(tx, 'product', [asked]))[0]!
}

async function checkPatch(tx: Tx, product: Product, patch: ProductPatch): Promise<void> {
  const errors: FieldError[] = []
  if (patch.handle !== undefined && !isHandle(patch.handle)) {
    const message = 'A handle is made of lower-case letters, digits and single hyphens.'
    errors.push({ field: 'handle', code: 'malformed', message })
  }
  const { state, options } = patch
  if (state !== undefined && state !== product.state && !moveBetween(product.state, state)) {
    const message = `A product that is ${product.state} cannot become ${state}.`
    errors.push({ field: 'state', code: 'no_such_move', message })
  }
  if (options !== undefined) {
    errors.push(...checkOptions(options))
    const variants = await readVariantsOf(tx, [product.id])
    if (options.length !== product.options.length && variants.length > 0) {
      const message = 'The variants choose from the options there are now.'
      errors.push({ field: 'options', code: 'wrong_count', message })
    }
  }
  if (errors.length > 0) throw invalid(errors)
}

/** @throws not_found, invalid_input, already_exists */
export async function changeProduct(
  tx: Tx,
  id: ProductId,
  patch: ProductPatch,
  by: By,
): Promise<Product> {
  const known = await lockProduct(tx, id)
  if (!known) throw refuse('not_found', { id })
  await checkPatch(tx, known, patch)
  const product: Product = {
    ...known,
    ...patch,
    description:
      patch.description === undefined ? known.description : cleanDescription(patch.description),
    tags: patch.tags === undefined ? known.tags : cleanTags(patch.tags),
    fields: await changedFields(tx, known, patch.fields),
    updated_at: by.now,
  }
  if (product.handle !== known.handle && !(await renameProduct(tx, id, product.handle))) {
    throw refuseField('already_exists', 'handle', { handle: product.handle })
  }
  await updateProducts(tx, [product])
  const detail = { fields: Object.keys(patch), from: known.state, to: product.state }
  await noteChange(tx, 'product.changed', id, by, detail)
  return product
}

export type MediaDraft = { readonly url: string; readonly alt: string }

function checkMedia(media: readonly MediaDraft[]): FieldError[] {
  const seen = new Set<string>()
  return media.flatMap(({ url }, i): FieldError[] => {
    const field = `media.${i}.url`
    if (!isMediaUrl(url)) {
      const message = 'Give an address that begins with http:// or https://.'
      return [{ field, code: 'malformed', message }]
    }
    if (seen.has(url)) return [{ field, code: 'repeated', message: 'It stands there twice.' }]
    seen.add(url)
    return []
  })
}

/** The pictures of a product become exactly these, in this order. Gives their ids by URL. */
export async function replaceMedia(
  tx: Tx,
  product_id: ProductId,
  media: readonly MediaDraft[],
): Promise<Map<string, MediaId>> {
  const errors = checkMedia(media)
  if (errors.length > 0) throw invalid(errors)
  await keepMedia(
    tx,
    product_id,
    media.map(({ url }) => url),
  )
  const rows = media.map(
    ({ url, alt }, position): Media => ({ id: newId(), product_id, url, alt, position }),
  )
  const ids = await saveMedia(tx, rows)
  return new Map(media.map(({ url }) => [url, ids.get(mediaKey(product_id, url))!]))
}

/** @throws invalid_input when one of them is unknown */
export async function replacePlacements(
  tx: Tx,
  product_id: ProductId,
  category_ids: readonly CategoryId[],
): Promise<void> {
  const known = new Set((await readCategories(tx)).map(({ id }) => id))
  const errors = category_ids.flatMap((id, i): FieldError[] =>
    known.has(id)
      ? []
      : [{ field: `category_ids.${i}`, code: 'unknown', message: 'There is no such category.' }],
  )
  if (errors.length > 0) throw invalid(errors)
  await keepPlacements(tx, product_id, category_ids)
  await placeProducts(
    tx,
    category_ids.map((category_id) => ({ product_id, category_id })),
  )
}

/** @throws not_found */
export async function publish(
  tx: Tx,
  product_id: ProductId,
  channel_id: ChannelId,
  published_at: Date | null,
  by: By,
): Promise<void> {
  if (!(await channelExists(tx, channel_id))) throw refuse('not_found', { channel_id })
  await publishProducts(tx, [{ channel_id, product_id, published_at }], by.now)
  await noteChange(tx, 'product.published', product_id, by, { channel_id, published_at })
}

/** Nothing happens when it was not published there. */
export async function unpublish(
  tx: Tx,
  product_id: ProductId,
  channel_id: ChannelId,
  by: By,
): Promise<void> {
  const gone = await unpublishProducts(tx, channel_id, [product_id])
  if (gone > 0) await noteChange(tx, 'product.unpublished', product_id, by, { channel_id })
}
