// Parcels of orders that are changed: what lies in them belongs to another line by now.
import { asTable } from '#src/db/as-table.ts'
import type { Tx } from '#src/db/sql.ts'
import type { OrderId, OrderLineId, ShipmentId } from '#src/lib/ids.ts'

export type LineMove = { readonly from: OrderLineId; readonly to: OrderLineId }

/** In parcels that have not left. The order must be locked. */
export async function repointLines(
  tx: Tx,
  order_id: OrderId,
  moves: readonly LineMove[],
): Promise<void> {
  if (moves.length === 0) return
  const rows = moves.map(({ from, to }) => ({ from_id: from, to_id: to }))
  await tx.run`
    with taken as (
      delete from shipment_line
      using ${asTable(rows, 'row (from_id uuid, to_id uuid)')}, shipment
      where shipment_line.order_line_id = row.from_id
        and shipment.id = shipment_line.shipment_id and shipment.order_id = ${order_id}
        and shipment.state in ('waiting', 'labeled')
      returning shipment_id, row.to_id, stock_item_id, shipment_line.quantity
    )
    insert into shipment_line (shipment_id, order_line_id, stock_item_id, quantity)
    select shipment_id, to_id, stock_item_id, sum(quantity)::int
    from taken group by shipment_id, to_id, stock_item_id
    on conflict (shipment_id, order_line_id, stock_item_id) do update
      set quantity = shipment_line.quantity + excluded.quantity`
}

/** Parcels for which no label was bought, and none may be on its way from the carrier. */
export const unboughtShipments = (tx: Tx, order_id: OrderId): Promise<{ id: ShipmentId }[]> =>
  tx.many<{ id: ShipmentId }>`
    select id from shipment
    where order_id = ${order_id} and state = 'waiting' and not exists (
      select from label where shipment_id = shipment.id
        and label.state in ('buying', 'bought', 'voiding'))
    order by id`
