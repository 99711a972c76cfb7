// One stock level, read and set under its lock.
import type { Tx } from '../db/sql.ts'
import { type ChannelId, type LocationId, newId, type StockItemId } from '../lib/ids.ts'

export type LockedLevel = {
  readonly on_hand: number
  readonly held: number
  readonly backorder_limit: number
  readonly shortfall: number
}

/** Locks the level, making an empty one when item and location exist and it is the first time. */
export async function readSingleLevel(
  tx: Tx,
  item: StockItemId,
  location: LocationId,
): Promise<LockedLevel | null> {
  await tx.run`
    insert into stock_level (stock_item_id, location_id)
    select stock_item.id, location.id from stock_item, location
    where stock_item.id = ${item} and location.id = ${location}
    on conflict do nothing`
  return tx.maybe<LockedLevel>`
    select on_hand, held, backorder_limit, shortfall from stock_level
    where stock_item_id = ${item} and location_id = ${location} for update`
}

export type OnHand = {
  readonly stock_item_id: StockItemId
  readonly location_id: LocationId
  readonly on_hand: number
  readonly shortfall: number
  readonly quantity: number
  readonly kind: 'adjustment' | 'count'
  readonly reason: string
  readonly actor: string
  readonly at: Date
}

export async function setOnHand(tx: Tx, level: OnHand): Promise<void> {
  await tx.run`
    update stock_level set on_hand = ${level.on_hand}, shortfall = ${level.shortfall}
    where stock_item_id = ${level.stock_item_id} and location_id = ${level.location_id}`
  if (level.quantity === 0) return
  await tx.run`
    insert into stock_movement (
      id, stock_item_id, location_id, quantity, kind, reason, actor, at)
    values (${newId()}, ${level.stock_item_id}, ${level.location_id}, ${level.quantity},
      ${level.kind}, ${level.reason}, ${level.actor}, ${level.at})`
}

/** Whether more of an item is promised than there is, at any location. */
export const hasShortfall = async (tx: Tx, item: StockItemId): Promise<boolean> =>
  (await tx.maybe`
    select from stock_level where stock_item_id = ${item} and shortfall > 0 limit 1`) !== null

export type ChannelSafety = {
  readonly stock_item_id: StockItemId
  readonly location_id: LocationId
  readonly channel_id: ChannelId
  /** Null takes what the channel leaves of all items. */
  readonly safety: number | null
}

export const setChannelSafety = (tx: Tx, asked: ChannelSafety): Promise<number> =>
  tx.run`
    update stock_level set channel_safety = nullif(
      case when ${asked.safety}::int is null then channel_safety - ${asked.channel_id}::text
      else coalesce(channel_safety, '{}')
        || jsonb_build_object(${asked.channel_id}::text, ${asked.safety}::int) end, '{}')
    where stock_item_id = ${asked.stock_item_id} and location_id = ${asked.location_id}`
