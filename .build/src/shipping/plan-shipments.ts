// An order is ready: its units become parcels, one per location. Pure.

import type { Hold } from '../inventory/inventory.sql.ts'
import { type LocationId, newId, type OrderId, type ShipmentId } from '../lib/ids.ts'
import type { OrderLineRow } from '../orders/orders.sql.ts'
import type { ShipmentLine } from './shipments.ts'
import type { NewShipment } from './shipping.sql.ts'

export type Plan = {
  readonly shipments: readonly NewShipment[]
  readonly lines: readonly ShipmentLine[]
  /** Units that need no parcel and are handed over at once. */
  readonly without_parcel: readonly Hold[]
}

/** Grams of `units` stock items of an order line; a bundle's weight is spread over its parts. */
function weightOf(line: OrderLineRow, units: number): number {
  const units_per_line_unit = line.items.reduce((sum, item) => sum + item.quantity, 0)
  return Math.ceil((line.weight_g * units) / units_per_line_unit)
}

/** `planned` are the units that lie in parcels already. */
export function planShipments(
  order_id: OrderId,
  {
    holds,
    lines,
    planned,
  }: {
    readonly holds: readonly Hold[]
    readonly lines: readonly OrderLineRow[]
    readonly planned: readonly (ShipmentLine & { readonly location_id: LocationId })[]
  },
): Plan {
  const line_of = new Map(lines.map((line) => [line.id, line]))
  const plannedUnits = (hold: Hold): number =>
    planned
      .filter(
        (line) =>
          line.order_line_id === hold.order_line_id &&
          line.stock_item_id === hold.stock_item_id &&
          line.location_id === hold.location_id,
      )
      .reduce((sum, line) => sum + line.quantity, 0)
  const open = holds
    .map((hold) => ({ ...hold, open: hold.open - plannedUnits(hold) }))
    .filter((hold) => hold.open > 0)
  const needsParcel = (hold: Hold): boolean => line_of.get(hold.order_line_id)!.requires_shipping
  const by_location = Map.groupBy(open.filter(needsParcel), ({ location_id }) => location_id)
  const shipments: NewShipment[] = []
  const shipment_lines: ShipmentLine[] = []
  for (const [location_id, parts] of by_location) {
    const id = newId<ShipmentId>()
    const weights = parts.map((part) => weightOf(line_of.get(part.order_line_id)!, part.open))
    const weight_g = weights.reduce((sum, weight) => sum + weight, 0)
    shipments.push({ id, order_id, location_id, weight_g })
    for (const { order_line_id, stock_item_id, open: quantity } of parts) {
      shipment_lines.push({ shipment_id: id, order_line_id, stock_item_id, quantity })
    }
  }
  return {
    shipments,
    lines: shipment_lines,
    without_parcel: open.filter((hold) => !needsParcel(hold)),
  }
}
