// A channel leaves another number of an item at a location to the others than it usually does.
import type { Tx } from '../db/sql.ts'
import { addEvents } from '../events/events.sql.ts'
import { refuse } from '../lib/refusal.ts'
import { readChannel } from '../shop/shop.sql.ts'
import { type ChannelSafety, readSingleLevel, setChannelSafety } from './level.sql.ts'

/**
 * Under the lock of the level: who is buying is done before, or sees the new number. What is sold
 * stays sold.
 * @throws not_found
 */
export async function changeChannelSafety(
  tx: Tx,
  asked: ChannelSafety,
  { actor, now }: { readonly actor: string; readonly now: Date },
): Promise<void> {
  const { stock_item_id, location_id, channel_id, safety } = asked
  if (!(await readChannel(tx, channel_id))) throw refuse('not_found', { channel_id })
  if (!(await readSingleLevel(tx, stock_item_id, location_id))) {
    throw refuse('not_found', { stock_item_id, location_id })
  }
  await setChannelSafety(tx, asked)
  await addEvents(tx, [
    {
      kind: 'stock.settings_changed',
      subject: 'stock_item',
      subject_id: stock_item_id,
      actor,
      detail: { location_id, channel_id, safety },
      at: now,
    },
  ])
}
