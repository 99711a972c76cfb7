import { asTable } from '../db/as-table.ts'
import { sql, type Tx } from '../db/sql.ts'
import type { CategoryId } from '../lib/ids.ts'
import { type Category, catalog_limits } from './catalog.ts'

const columns = sql`id, parent_id, handle, title, position`

/** The whole tree: it is bounded, and small beside what hangs on it. */
export const readCategories = (tx: Tx): Promise<Category[]> =>
  tx.many<Category>`
    select ${columns} from category order by position, title, id
    limit ${catalog_limits.categories}`

/** Whoever changes the shape of the tree holds this until commit: no cycle can slip through. */
export const lockTree = async (tx: Tx): Promise<void> => {
  await tx.run`lock table category in share row exclusive mode`
}

/** Returns the ids that were written: the others have a handle that is taken. */
export async function insertCategories(
  tx: Tx,
  categories: readonly Category[],
): Promise<CategoryId[]> {
  if (categories.length === 0) return []
  const rows = await tx.many<{ id: CategoryId }>`
    insert into category (${columns})
    select ${columns} from ${asTable(
      categories,
      `row (
      id uuid, parent_id uuid, handle text, title text, position int)`,
    )}
    on conflict (handle) do nothing
    returning id`
  return rows.map(({ id }) => id)
}

export const updateCategory = (tx: Tx, category: Category): Promise<number> =>
  tx.run`
    update category set parent_id = ${category.parent_id}, handle = ${category.handle},
      title = ${category.title}, position = ${category.position}
    where id = ${category.id}`

/** The products stay; they only stand in one category less. */
export async function deleteCategory(tx: Tx, id: CategoryId): Promise<void> {
  await tx.run`delete from product_category where category_id = ${id}`
  await tx.run`delete from category where id = ${id}`
}
