// A placed order becomes parcels with their tasks and labels.
import type { Db } from '../db/pool.ts'
import { transaction } from '../db/transaction.ts'
import { addEvents } from '../events/events.sql.ts'
import { lockLevels, readOpenHolds, type Shipped, shipHolds } from '../inventory/inventory.sql.ts'
import { shippedStock } from '../inventory/stock-changes.ts'
import { addEffects } from '../jobs/effects.sql.ts'
import type { EffectOutcome } from '../jobs/effects.ts'
import { newId, type OrderId, type PickTaskId } from '../lib/ids.ts'
import { lockOrders, readOrderLines } from '../orders/orders.sql.ts'
import { projectFulfillment } from '../orders/projections.sql.ts'
import { planShipments } from '../shipping/plan-shipments.ts'
import { insertShipments, readShipmentLines, readShipments } from '../shipping/shipping.sql.ts'
import { addPickTasks } from '../warehouse/warehouse.sql.ts'
import { captureWithoutParcel } from './capture-shipped.ts'

/** For the effect `fulfill`, whose cause is an order. Running it again plans only what is left. */
export async function fulfillOrder(db: Db, id: OrderId, now: Date): Promise<EffectOutcome> {
  return transaction(db, async (tx): Promise<EffectOutcome> => {
    const [order] = await lockOrders(tx, [id])
    if (order?.state !== 'placed') return { kind: 'done' }
    const parcels = (await readShipments(tx, [id])).filter(
      ({ state }) => state === 'waiting' || state === 'labeled',
    )
    const place_of = new Map(parcels.map((parcel) => [parcel.id, parcel.location_id]))
    const planned = await readShipmentLines(tx, [...place_of.keys()])
    const plan = planShipments(id, {
      holds: await readOpenHolds(tx, [id]),
      lines: await readOrderLines(tx, [id]),
      planned: planned.map((line) => ({ ...line, location_id: place_of.get(line.shipment_id)! })),
    })
    if (plan.without_parcel.length > 0) {
      await lockLevels(tx, [...new Set(plan.without_parcel.map((hold) => hold.stock_item_id))])
      const shipped = plan.without_parcel.map((hold) => ({ ...hold, quantity: hold.open }))
      await shipHolds(tx, shipped, { cause_id: id, actor: 'system', at: now })
      await addEvents(tx, [handedOver(id, shipped, now)])
    }
    await insertShipments(tx, plan.shipments, plan.lines, now)
    await addPickTasks(
      tx,
      plan.shipments.map((parcel) => ({
        id: newId<PickTaskId>(),
        shipment_id: parcel.id,
        location_id: parcel.location_id,
      })),
      now,
    )
    await addEffects(
      tx,
      plan.shipments.map((parcel) => ({ kind: 'label', cause_id: parcel.id, order_id: id })),
      now,
    )
    await addEvents(
      tx,
      plan.shipments.map((parcel) => ({
        kind: 'shipment.planned',
        subject: 'shipment',
        subject_id: parcel.id,
        order_id: id,
        actor: 'system',
        cause_id: id,
        detail: { location_id: parcel.location_id, weight_g: parcel.weight_g },
        at: now,
      })),
    )
    // Otherwise the last parcel takes what is left.
    if (parcels.length + plan.shipments.length === 0) await captureWithoutParcel(tx, order, now)
    await projectFulfillment(tx, [id])
    return { kind: 'done' }
  })
}

/** Downloads, vouchers and the like: nothing travels, so the buyer has them at once. */
const handedOver = (order_id: OrderId, gone: readonly Shipped[], at: Date) => ({
  kind: 'order.handed_over',
  subject: 'order',
  subject_id: order_id,
  order_id,
  actor: 'system',
  cause_id: order_id,
  detail: { stock: shippedStock(gone) },
  at,
})
