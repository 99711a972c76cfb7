// Staff write a note about an order, or file it under words. Shoppers see neither.
import type { Tx } from '#src/db/sql.ts'
import { addEvents } from '#src/events/events.sql.ts'
import type { NoteId, OrderId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import { insertNote, readTags, writeTags } from './notes.sql.ts'
import { lockOrders, readOrders } from './orders.sql.ts'

type Acting = { readonly actor: string; readonly now: Date }

/** What it says stays out of the event: it may name people. @throws not_found */
export async function addNote(
  tx: Tx,
  order_id: OrderId,
  { id, content }: { readonly id: NoteId; readonly content: string },
  { actor, now }: Acting,
): Promise<void> {
  if ((await readOrders(tx, [order_id])).length === 0) throw refuse('not_found', { order_id })
  await insertNote(tx, order_id, { id, author: actor, content, at: now })
  await addEvents(tx, [
    {
      kind: 'note.added',
      subject: 'order',
      subject_id: order_id,
      order_id,
      actor,
      cause_id: id,
      at: now,
    },
  ])
}

/** Tags are words in lower case, once each. Gives those that hold now. @throws not_found */
export async function setTags(
  tx: Tx,
  order_id: OrderId,
  asked: readonly string[],
  { actor, now }: Acting,
): Promise<string[]> {
  const [order] = await lockOrders(tx, [order_id])
  if (!order) throw refuse('not_found', { order_id })
  const tags = [...new Set(asked.map((tag) => tag.trim().toLowerCase()).filter(Boolean))].sort()
  const before = await readTags(tx, order_id)
  const added = tags.filter((tag) => !before.includes(tag))
  const removed = before.filter((tag) => !tags.includes(tag))
  if (added.length + removed.length === 0) return before
  await writeTags(tx, order_id, tags)
  await addEvents(tx, [
    {
      kind: 'tags.changed',
      subject: 'order',
      subject_id: order_id,
      order_id,
      actor,
      // The words themselves may name people.
      detail: { added: added.length, removed: removed.length },
      at: now,
    },
  ])
  return readTags(tx, order_id)
}
