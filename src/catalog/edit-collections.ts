// What staff do with collections, and what keeps their members in step with the goods.
import { bumpRevision } from '#src/db/revision.sql.ts'
import type { Tx } from '#src/db/sql.ts'
import { addEvents } from '#src/events/events.sql.ts'
import type { CollectionId } from '#src/lib/ids.ts'
import { type FieldError, refuse, refuseField } from '#src/lib/refusal.ts'
import { isHandle } from './catalog.ts'
import { readCategories } from './categories.sql.ts'
import {
  countCollections,
  deleteCollection,
  evaluateMembers,
  evaluateProducts,
  insertCollection,
  lockCollection,
  noteEvaluated,
  readChangedHere,
  readCollections,
  shareCollections,
  updateCollection,
} from './collections.sql.ts'
import {
  asksOf,
  type Collection,
  checkRules,
  collection_limits,
  isMoving,
  type Rule,
} from './collections.ts'
import type { By } from './edit-product.ts'
import { readFields } from './fields.sql.ts'

/** Rules that stand already are not asked about again: what they name may be gone since. */
async function checkCollection(tx: Tx, handle: string, rules: readonly Rule[]): Promise<void> {
  const errors: FieldError[] = checkRules(rules, await readFields(tx))
  if (!isHandle(handle)) {
    const message = 'A handle is made of lower-case letters, digits and single hyphens.'
    errors.push({ field: 'handle', code: 'malformed', message })
  }
  if (rules.some(({ field }) => field === 'category')) {
    const known = new Set((await readCategories(tx)).map((one) => one.handle))
    rules.forEach(({ field, value }, i) => {
      if (field !== 'category' || known.has(String(value))) return
      const message = 'There is no category with this handle.'
      errors.push({ field: `rules.${i}.value`, code: 'unknown', message })
    })
  }
  if (errors.length > 0) throw refuse('invalid_input', { errors })
}

async function note(tx: Tx, kind: string, { id, handle }: Collection, by: By): Promise<void> {
  const subject = { subject: 'collection', subject_id: id, actor: by.actor }
  await addEvents(tx, [{ kind, ...subject, detail: { handle }, at: by.now }])
  await bumpRevision(tx, 'catalog')
}

/** Who made it has not come to reckon its members. */
const never = new Date(0)
const isNew = ({ evaluated_at }: Collection): boolean => evaluated_at.getTime() === never.getTime()

export type CollectionDraft = Pick<
  Collection,
  'handle' | 'title' | 'description' | 'matching' | 'rules'
>

/** @throws invalid_input, already_exists, limit_exceeded */
export async function createCollection(
  tx: Tx,
  id: CollectionId,
  draft: CollectionDraft,
  by: By,
): Promise<void> {
  const { now } = by
  const moments = { created_at: now, updated_at: now, evaluated_at: never }
  const collection = { ...draft, id, ...moments }
  await checkCollection(tx, draft.handle, draft.rules)
  if ((await countCollections(tx)) >= collection_limits.collections) {
    throw refuse('limit_exceeded', { collections_max: collection_limits.collections })
  }
  if (!(await insertCollection(tx, collection))) {
    throw refuseField('already_exists', 'handle', { handle: draft.handle })
  }
  await note(tx, 'collection.created', collection, by)
}

/**
 * Who changes goods meanwhile has seen no collection of this id, and is not seen by its first
 * evaluation: so that happens in a transaction of its own, behind the lock of the row.
 */
export async function evaluateCollection(tx: Tx, id: CollectionId, now: Date): Promise<boolean> {
  const collection = await lockCollection(tx, id)
  if (!collection) return false
  const changed = await evaluateMembers(tx, collection, now)
  if (changed === 0 && !isNew(collection)) return false
  await noteEvaluated(tx, id, now)
  await bumpRevision(tx, 'catalog')
  return true
}

/** @throws not_found, invalid_input, already_exists */
export async function changeCollection(
  tx: Tx,
  id: CollectionId,
  patch: Partial<CollectionDraft>,
  by: By,
): Promise<Collection> {
  const known = await lockCollection(tx, id)
  if (!known) throw refuse('not_found', { id })
  const collection = { ...known, ...patch, updated_at: by.now }
  await checkCollection(tx, collection.handle, patch.rules ?? [])
  if (patch.rules === undefined && patch.matching === undefined) {
    if (!(await updateCollection(tx, collection))) {
      throw refuseField('already_exists', 'handle', { handle: collection.handle })
    }
  } else {
    const evaluated = { ...collection, evaluated_at: by.now }
    if (!(await updateCollection(tx, evaluated))) {
      throw refuseField('already_exists', 'handle', { handle: collection.handle })
    }
    await evaluateMembers(tx, evaluated, by.now)
  }
  await note(tx, 'collection.changed', collection, by)
  return collection
}

/** @throws not_found */
export async function removeCollection(tx: Tx, id: CollectionId, by: By): Promise<void> {
  const known = await lockCollection(tx, id)
  if (!known) throw refuse('not_found', { id })
  await deleteCollection(tx, id)
  await note(tx, 'collection.removed', known, by)
}

/**
 * Ends every change of goods: what the transaction has changed joins the collections that now want
 * it and leaves the others, and the caches of all processes are old from the commit on.
 */
export async function endGoodsChange(tx: Tx, now: Date): Promise<void> {
  const collections = await shareCollections(tx)
  if (collections.length > 0) {
    const ids = await readChangedHere(tx)
    if (ids.length > 0) await evaluateProducts(tx, collections, ids, now)
  }
  await bumpRevision(tx, 'catalog')
}

/** After something that no product was changed for: the tree of categories, a price list. */
export async function reevaluate(tx: Tx, field: 'category' | 'price', now: Date): Promise<void> {
  const all = await readCollections(tx)
  for (const one of all.sort((a, b) => (a.id < b.id ? -1 : 1))) {
    if (asksOf(one, field)) await evaluateCollection(tx, one.id, now)
  }
}

/** @throws in_use when rules name this category by its handle */
export async function refuseNamedCategory(tx: Tx, handle: string): Promise<void> {
  const naming = (await readCollections(tx)).filter(({ rules }) =>
    rules.some(({ field, value }) => field === 'category' && value === handle),
  )
  if (naming.length === 0) return
  throw refuse('in_use', { collections: naming.slice(0, 20).map((one) => one.handle) })
}

/** Collections whose members change with time and stock, for a job that runs every minute. */
export const readMoving = async (tx: Tx): Promise<CollectionId[]> =>
  (await readCollections(tx)).filter((one) => isMoving(one) || isNew(one)).map(({ id }) => id)
