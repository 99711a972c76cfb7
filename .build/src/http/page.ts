// One page of a list whose cursor is the id of its last row.
import Type from 'typebox'
import { Id, PageQuery } from './route.ts'

export const IdPageQuery = { ...PageQuery, after: Type.Optional(Id('next_cursor of a page')) }
export const ArchivedPageQuery = {
  ...IdPageQuery,
  archived: Type.Optional(Type.Boolean({ default: false, description: 'only archived ones' })),
}

type Rows<Row> = (after: string | null, limit: number) => Promise<Row[]>

/** Reads one row more than is shown: it tells whether there is another page. */
export async function readPage<Row extends { readonly id: string }>(
  { after, limit = 20 }: { readonly after?: string; readonly limit?: number },
  rows: Rows<Row>,
): Promise<{ items: Row[]; next_cursor: string | null }> {
  const found = await rows(after ?? null, limit + 1)
  const items = found.slice(0, limit)
  return { items, next_cursor: found.length > limit ? items.at(-1)!.id : null }
}

/** One more row than asked tells whether there is a next page. */
export function toPage<T>(rows: readonly T[], limit: number, cursor: (row: T) => string) {
  const items = rows.slice(0, limit)
  return { items, next_cursor: rows.length > limit ? cursor(items.at(-1)!) : null }
}
