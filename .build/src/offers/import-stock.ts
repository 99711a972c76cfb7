// How many a file says there are. An import adds the difference to what imports brought before:
// the same file twice adds nothing, and what was sold in between stays sold.
import type { Tx } from '../db/sql.ts'
import type { Level } from '../inventory/allocate.ts'
import {
  addStock,
  type LevelSettings,
  lockLevels,
  type Movement,
  setLevelSettings,
} from '../inventory/inventory.sql.ts'
import type { ImportId, LocationId, StockItemId } from '../lib/ids.ts'
import { readImported } from './imports.sql.ts'
import type { RowRefusal } from './product-rows.ts'

export const backorder_unlimited = 1_000_000

export type ImportedStock = {
  readonly line: number
  readonly stock_item_id: StockItemId
  readonly quantity: number | null
  readonly backorder: boolean | null
}
type From = {
  readonly import_id: ImportId
  readonly location_id: LocationId
  readonly file_name: string
  readonly now: Date
}

/** Less may be there than before, but neither less than nothing nor less than is promised. */
const isTooFew = (level: Level | undefined, delta: number): boolean =>
  delta < 0 &&
  (level === undefined ||
    level.on_hand + delta < 0 ||
    level.held > level.on_hand + delta + level.backorder_limit)

function settingsOf(row: ImportedStock, level: Level | undefined): number | null {
  const known = level?.backorder_limit ?? 0
  if (row.backorder === null) return null
  // A limit that the merchant has set is as good as ours.
  const wanted = row.backorder ? known || backorder_unlimited : 0
  return wanted === known ? null : wanted
}

export async function saveImportedStock(
  tx: Tx,
  rows: readonly ImportedStock[],
  { import_id, location_id, file_name, now }: From,
): Promise<RowRefusal[]> {
  const items = rows.map(({ stock_item_id }) => stock_item_id)
  const levels = new Map(
    (await lockLevels(tx, items))
      .filter((level) => level.location_id === location_id)
      .map((level) => [level.stock_item_id, level]),
  )
  const imported = await readImported(tx, items, location_id)
  const refusals: RowRefusal[] = []
  const movements: Movement[] = []
  const settings: LevelSettings[] = []
  for (const row of rows) {
    const { stock_item_id, line } = row
    const level = levels.get(stock_item_id)
    const delta = row.quantity === null ? 0 : row.quantity - (imported.get(stock_item_id) ?? 0)
    if (isTooFew(level, delta)) {
      const reason = 'variant inventory qty takes away more than is left: count the stock instead'
      refusals.push({ line, reason })
    } else if (delta !== 0) {
      const about = { kind: 'import', reason: file_name, cause_id: import_id } as const
      const where = { stock_item_id, location_id, quantity: delta }
      movements.push({ ...where, ...about, actor: 'import', at: now })
    }
    const backorder_limit = settingsOf(row, level)
    // The level is there from the first import on, also when there is none of it.
    if (backorder_limit !== null || (level === undefined && delta === 0)) {
      settings.push({
        stock_item_id,
        location_id,
        safety: level?.safety ?? 0,
        backorder_limit: backorder_limit ?? level?.backorder_limit ?? 0,
      })
    }
  }
  await addStock(tx, movements)
  if (settings.length > 0) await setLevelSettings(tx, settings)
  return refusals
}
