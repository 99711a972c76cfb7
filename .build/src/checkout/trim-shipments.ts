// Units were taken off an order: parcels that are not under way yet carry no more than is held.
import type { Tx } from '../db/sql.ts'
import { readOpenHolds } from '../inventory/inventory.sql.ts'
import { addEffects } from '../jobs/effects.sql.ts'
import type { OrderId } from '../lib/ids.ts'
import type { ShipmentLine } from '../shipping/shipments.ts'
import {
  liveLabels,
  moveShipment,
  readShipmentLines,
  readShipments,
  writeShipmentLines,
} from '../shipping/shipping.sql.ts'
import { closePickTasks } from '../warehouse/warehouse.sql.ts'

/** The order must be locked. A parcel that becomes empty is canceled and its label voided. */
export async function trimShipments(
  tx: Tx,
  order_id: OrderId,
  { actor, now }: { readonly actor: string; readonly now: Date },
): Promise<void> {
  const parcels = (await readShipments(tx, [order_id])).filter(
    ({ state }) => state === 'waiting' || state === 'labeled',
  )
  const holds = await readOpenHolds(tx, [order_id])
  const lines = await readShipmentLines(
    tx,
    parcels.map(({ id }) => id),
  )
  const place_of = new Map(parcels.map(({ id, location_id }) => [id, location_id]))
  const open = new Map(
    holds.map((h) => [`${h.order_line_id} ${h.stock_item_id} ${h.location_id}`, h.open]),
  )
  const trimmed: ShipmentLine[] = []
  for (const line of lines) {
    const key = `${line.order_line_id} ${line.stock_item_id} ${place_of.get(line.shipment_id)}`
    const quantity = Math.min(line.quantity, open.get(key) ?? 0)
    open.set(key, (open.get(key) ?? 0) - quantity)
    if (quantity !== line.quantity) trimmed.push({ ...line, quantity })
  }
  if (trimmed.length === 0) return
  await writeShipmentLines(tx, trimmed)
  const kept = new Set(
    (await readShipmentLines(tx, [...place_of.keys()])).map(({ shipment_id }) => shipment_id),
  )
  const empty = parcels.filter(({ id }) => !kept.has(id)).map(({ id }) => id)
  for (const id of empty) await moveShipment(tx, id, 'cancel', now)
  await closePickTasks(tx, empty, { state: 'canceled', by: actor, now })
  const labels = (await liveLabels(tx, empty)).filter(({ state }) => state === 'bought')
  await addEffects(
    tx,
    labels.map(({ id }) => ({ kind: 'void_label', cause_id: id, order_id })),
    now,
  )
}
