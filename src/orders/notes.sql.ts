// What staff write to each other about orders, and the words they file them under.
import type { Tx } from '#src/db/sql.ts'
import type { NoteId, OrderId } from '#src/lib/ids.ts'

export type Note = {
  readonly id: NoteId
  /** `staff:<id>` or `key:<id>`. */
  readonly author: string
  /** The name of the author, as far as it is known. */
  readonly author_name: string | null
  readonly content: string
  readonly at: Date
}

export async function insertNote(
  tx: Tx,
  order_id: OrderId,
  note: Omit<Note, 'author_name'>,
): Promise<void> {
  await tx.run`
    insert into order_note (id, order_id, author, content, at)
    values (${note.id}, ${order_id}, ${note.author}, ${note.content}, ${note.at})`
}

/** Newest first. */
export const listNotes = (
  tx: Tx,
  order_id: OrderId,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): Promise<Note[]> =>
  tx.many<Note>`
    select order_note.id, author, coalesce(staff.name, api_key.name) as author_name, content, at
    from order_note
    left join staff on author = 'staff:' || staff.id
    left join api_key on author = 'key:' || api_key.id
    where order_id = ${order_id} and (${after}::uuid is null or order_note.id < ${after}::uuid)
    order by order_note.id desc limit ${limit}`

export const readTags = async (tx: Tx, order_id: OrderId): Promise<string[]> => {
  const rows = await tx.many<{ tag: string }>`
    select tag from order_tag where order_id = ${order_id} order by tag`
  return rows.map(({ tag }) => tag)
}

/** Exactly these from now on. The order must be locked. */
export async function writeTags(tx: Tx, order_id: OrderId, tags: readonly string[]): Promise<void> {
  await tx.run`delete from order_tag where order_id = ${order_id} and tag <> all(${tags})`
  await tx.run`
    insert into order_tag (tag, order_id)
    select tag, ${order_id} from unnest(${tags}::text[]) as given (tag)
    on conflict do nothing`
}
