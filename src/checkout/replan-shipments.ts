// An order was changed or held for review: parcels that no label was bought for are planned anew.
import type { Tx } from '#src/db/sql.ts'
import { addEvents } from '#src/events/events.sql.ts'
import type { OrderId } from '#src/lib/ids.ts'
import { unboughtShipments } from '#src/shipping/repoint.sql.ts'
import { dropPreparedLabels, moveShipment } from '#src/shipping/shipping.sql.ts'
import { closePickTasks } from '#src/warehouse/warehouse.sql.ts'

/** The order must be locked. What was in these parcels is to be planned by `fulfill`. */
export async function unplanShipments(
  tx: Tx,
  order_id: OrderId,
  { actor, now }: { readonly actor: string; readonly now: Date },
): Promise<void> {
  const ids = (await unboughtShipments(tx, order_id)).map(({ id }) => id)
  if (ids.length === 0) return
  // Whoever prepares one of their labels at this moment has lost it.
  await dropPreparedLabels(tx, order_id)
  for (const id of ids) await moveShipment(tx, id, 'cancel', now)
  await closePickTasks(tx, ids, { state: 'canceled', by: actor, now })
  await addEvents(
    tx,
    ids.map((id) => ({
      kind: 'shipment.unplanned',
      subject: 'shipment',
      subject_id: id,
      order_id,
      actor,
      detail: {},
      at: now,
    })),
  )
}
