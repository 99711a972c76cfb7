// What staff do with the tree of categories.
import { bumpRevision } from '#src/db/revision.sql.ts'
import type { Tx } from '#src/db/sql.ts'
import { addEvents } from '#src/events/events.sql.ts'
import type { CategoryId } from '#src/lib/ids.ts'
import { refuse, refuseField } from '#src/lib/refusal.ts'
import { type Category, catalog_limits, isHandle } from './catalog.ts'
import {
  deleteCategory,
  insertCategories,
  lockTree,
  readCategories,
  updateCategory,
} from './categories.sql.ts'
import { reevaluate, refuseNamedCategory } from './edit-collections.ts'
import type { By } from './edit-product.ts'

/** How many steps lead to the root; null when the way runs in a circle. */
export function depthOf(tree: ReadonlyMap<CategoryId, Category>, id: CategoryId): number | null {
  let depth = 1
  for (let at = tree.get(id)?.parent_id; at; at = tree.get(at)?.parent_id) {
    if (++depth > tree.size) return null
  }
  return depth
}

const fieldError = (field: string, code: string, message: string) =>
  refuse('invalid_input', { errors: [{ field, code, message }] })

function checkTree(tree: ReadonlyMap<CategoryId, Category>): void {
  if (tree.size > catalog_limits.categories) {
    throw refuse('limit_exceeded', { categories_max: catalog_limits.categories })
  }
  for (const { parent_id } of tree.values()) {
    if (parent_id !== null && !tree.has(parent_id)) {
      throw fieldError('parent_id', 'unknown', 'There is no such category.')
    }
  }
  for (const id of tree.keys()) {
    const depth = depthOf(tree, id)
    if (depth === null) {
      throw fieldError('parent_id', 'circle', 'A category cannot stand under itself.')
    }
    if (depth > catalog_limits.category_depth) {
      throw fieldError(
        'parent_id',
        'too_deep',
        `Categories go ${catalog_limits.category_depth} levels deep.`,
      )
    }
  }
}

async function readTree(tx: Tx): Promise<Map<CategoryId, Category>> {
  await lockTree(tx)
  return new Map((await readCategories(tx)).map((category) => [category.id, category]))
}

async function noteChange(tx: Tx, kind: string, id: CategoryId, { actor, now }: By) {
  await addEvents(tx, [{ kind, subject: 'category', subject_id: id, actor, at: now }])
  await bumpRevision(tx, 'catalog')
}

function checkHandle(handle: string): void {
  if (isHandle(handle)) return
  const message = 'A handle is made of lower-case letters, digits and single hyphens.'
  throw fieldError('handle', 'malformed', message)
}

/** @throws invalid_input, already_exists, limit_exceeded */
export async function createCategory(tx: Tx, category: Category, by: By): Promise<void> {
  checkHandle(category.handle)
  const tree = await readTree(tx)
  checkTree(new Map([...tree, [category.id, category]]))
  const written = await insertCategories(tx, [category])
  if (written.length === 0)
    throw refuseField('already_exists', 'handle', { handle: category.handle })
  await noteChange(tx, 'category.created', category.id, by)
}

export type CategoryPatch = {
  readonly parent_id?: CategoryId | null
  readonly handle?: string
  readonly title?: string
  readonly position?: number
}

/** @throws not_found, invalid_input, already_exists */
export async function changeCategory(
  tx: Tx,
  id: CategoryId,
  patch: CategoryPatch,
  by: By,
): Promise<Category> {
  if (patch.handle !== undefined) checkHandle(patch.handle)
  const tree = await readTree(tx)
  const known = tree.get(id)
  if (!known) throw refuse('not_found', { id })
  const category = { ...known, ...patch }
  const namesake = [...tree.values()].find(({ handle }) => handle === category.handle)
  if (namesake && namesake.id !== id)
    throw refuseField('already_exists', 'handle', { handle: category.handle })
  checkTree(new Map([...tree, [id, category]]))
  if (category.handle !== known.handle) await refuseNamedCategory(tx, known.handle)
  await updateCategory(tx, category)
  if (category.parent_id !== known.parent_id) await reevaluate(tx, 'category', by.now)
  await noteChange(tx, 'category.changed', id, by)
  return category
}

/** @throws not_found, in_use while other categories stand under it */
export async function removeCategory(tx: Tx, id: CategoryId, by: By): Promise<void> {
  const tree = await readTree(tx)
  const known = tree.get(id)
  if (!known) throw refuse('not_found', { id })
  await refuseNamedCategory(tx, known.handle)
  const children = [...tree.values()].filter(({ parent_id }) => parent_id === id)
  if (children.length > 0) {
    throw refuse('in_use', { categories: children.slice(0, 20).map(({ handle }) => handle) })
  }
  await deleteCategory(tx, id)
  // Its goods stood below the categories above it as well.
  await reevaluate(tx, 'category', by.now)
  await noteChange(tx, 'category.removed', id, by)
}
