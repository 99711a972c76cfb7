// What an event did to stock, as it is kept with the event: a timeline names item, location and
// units without asking who holds what today.
import type { LocationId, StockItemId } from '../lib/ids.ts'
import type { HeldDelta } from './inventory.sql.ts'

export type StockChange = {
  readonly stock_item_id: StockItemId
  readonly location_id: LocationId
  /** Units that are held for the order now, and were not before; negative when fewer are. */
  readonly held: number
  /** The same for units in the house. */
  readonly on_hand: number
}

const changes = (deltas: readonly HeldDelta[], held: 1 | -1, on_hand: 0 | -1): StockChange[] =>
  deltas.map(({ stock_item_id, location_id, quantity }) => ({
    stock_item_id,
    location_id,
    held: held * quantity,
    on_hand: on_hand * quantity,
  }))

export const heldStock = (taken: readonly HeldDelta[]): StockChange[] => changes(taken, 1, 0)
export const releasedStock = (given: readonly HeldDelta[]): StockChange[] => changes(given, -1, 0)
export const shippedStock = (gone: readonly HeldDelta[]): StockChange[] => changes(gone, -1, -1)
