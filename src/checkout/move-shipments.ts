// What follows when a parcel moves: stock leaves, tasks close, money is captured, people are
// told. Scans of the carrier and presses of a button come through here alike.
import type { Tx } from '#src/db/sql.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { lockLevels, shipHolds } from '#src/inventory/inventory.sql.ts'
import { type StockChange, shippedStock } from '#src/inventory/stock-changes.ts'
import { addEffects, type NewEffect, openException } from '#src/jobs/effects.sql.ts'
import type { OrderId, ShipmentId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import { erasedAmong, lockOrders } from '#src/orders/orders.sql.ts'
import { projectFulfillment } from '#src/orders/projections.sql.ts'
import type { TrackingScan } from '#src/ports/shipping-provider.ts'
import { movesFor, type Shipment, type ShipmentMove } from '#src/shipping/shipments.ts'
import {
  addScans,
  moveShipment,
  readShipment,
  readShipmentLines,
  shipmentsByTracking,
} from '#src/shipping/shipping.sql.ts'
import { closePickTasks } from '#src/warehouse/warehouse.sql.ts'
import { type Capturing, captureShipped } from './capture-shipped.ts'

export type Moved = Capturing & { readonly actor: string }

/** The goods of a parcel leave the shelf. */
async function shipOut(tx: Tx, shipment: Shipment, moved: Moved): Promise<StockChange[]> {
  const { actor, now } = moved
  const lines = await readShipmentLines(tx, [shipment.id])
  await lockLevels(tx, [...new Set(lines.map(({ stock_item_id }) => stock_item_id))])
  const shipped = lines.map((line) => ({ ...line, location_id: shipment.location_id }))
  await shipHolds(tx, shipped, { cause_id: shipment.id, actor, at: now })
  await closePickTasks(tx, [shipment.id], { state: 'done', by: actor, now })
  await captureShipped(tx, shipment, moved)
  return shippedStock(shipped)
}

const effects_of: Partial<Record<ShipmentMove, NewEffect['kind']>> = {
  ship: 'message_shipped',
  deliver: 'message_delivered',
}

/** The order must be locked. False when the parcel was not in a state to move so. */
async function moveOne(
  tx: Tx,
  shipment: Shipment,
  move: ShipmentMove,
  moved: Moved,
): Promise<boolean> {
  const { actor, now } = moved
  if (!(await moveShipment(tx, shipment.id, move, now))) return false
  const stock = move === 'ship' ? await shipOut(tx, shipment, moved) : undefined
  const kind = effects_of[move]
  if (kind) {
    await addEffects(tx, [{ kind, cause_id: shipment.id, order_id: shipment.order_id }], now)
  }
  await addEvents(tx, [
    {
      kind: `shipment.${past[move]}`,
      subject: 'shipment',
      subject_id: shipment.id,
      order_id: shipment.order_id,
      actor,
      cause_id: shipment.id,
      detail: { tracking_code: shipment.tracking_code, carrier: shipment.carrier, stock },
      at: now,
    },
  ])
  return true
}
const past: Readonly<Record<ShipmentMove, string>> = {
  label: 'labeled',
  ship: 'shipped',
  deliver: 'delivered',
  turn_back: 'returning',
  return: 'returned',
  cancel: 'canceled',
}

/** Staff move a parcel by hand: handed over at the counter, delivered by our own van. */
export async function moveByHand(
  tx: Tx,
  id: ShipmentId,
  move: 'ship' | 'deliver',
  moved: Moved,
): Promise<OrderId> {
  const found = await readShipment(tx, id)
  if (!found) throw refuse('not_found', { shipment_id: id })
  const [order] = await lockOrders(tx, [found.order_id])
  if (move === 'ship' && order!.held_at !== null) {
    throw refuse('order_held_for_review', { order_id: order!.id })
  }
  const shipment = (await readShipment(tx, id))!
  if (!(await moveOne(tx, shipment, move, moved))) {
    throw refuse('shipment_cannot_move', { shipment_id: id, state: shipment.state, move })
  }
  await projectFulfillment(tx, [shipment.order_id])
  return shipment.order_id
}

/** The carrier was faster than the cancel: the money is on its way back, and the goods are gone. */
const tellStray = (tx: Tx, { id, order_id, tracking_code }: Shipment, now: Date): Promise<void> =>
  openException(
    tx,
    {
      kind: 'canceled_parcel_travels',
      cause_id: id,
      order_id,
      message: 'The carrier has a parcel that was canceled: have it brought back, or bill it.',
      detail: { tracking_code },
    },
    now,
  )

const problemOf = ({ detail }: TrackingScan): string =>
  detail === '' ? 'The carrier reports a problem.' : `The carrier reports a problem: ${detail}`

/** Carriers write who has signed, and where: nobody is to be named any more. */
const withoutWords = ({ status, at }: TrackingScan): TrackingScan => ({
  status,
  at,
  detail: '',
  place: null,
})

async function recordScansOf(
  tx: Tx,
  shipment: Shipment,
  scans: readonly TrackingScan[],
  moved: Moved,
): Promise<void> {
  const added = await addScans(tx, shipment.id, scans, moved.now)
  if (added === 0) return
  const newest = [...scans].sort((a, b) => a.at.getTime() - b.at.getTime()).at(-1)!
  await addEvents(tx, [
    {
      kind: 'shipment.scanned',
      subject: 'shipment',
      subject_id: shipment.id,
      order_id: shipment.order_id,
      actor: moved.actor,
      cause_id: shipment.id,
      detail: { status: newest.status },
      at: moved.now,
    },
  ])
  for (const move of movesFor(shipment.state, scans)) await moveOne(tx, shipment, move, moved)
  if (shipment.state === 'canceled' && movesFor('labeled', scans).length > 0) {
    await tellStray(tx, shipment, moved.now)
  }
  const trouble = scans.findLast(({ status }) => status === 'exception')
  if (trouble && newest.status === 'exception') {
    await openException(
      tx,
      {
        kind: 'delivery_problem',
        cause_id: shipment.id,
        order_id: shipment.order_id,
        message: problemOf(trouble),
        detail: { tracking_code: shipment.tracking_code },
      },
      moved.now,
    )
  }
}

/** What a carrier says of a tracking code, in any order and any number of times. */
export async function recordScans(
  tx: Tx,
  tracking_code: string,
  scans: readonly TrackingScan[],
  moved: Moved,
): Promise<void> {
  const found = await shipmentsByTracking(tx, tracking_code)
  if (found.length === 0) return
  const order_ids: OrderId[] = [...new Set(found.map(({ order_id }) => order_id))]
  await lockOrders(tx, order_ids)
  const erased = await erasedAmong(tx, order_ids)
  for (const { id } of found) {
    const shipment = (await readShipment(tx, id))!
    const heard = erased.has(shipment.order_id) ? scans.map(withoutWords) : scans
    await recordScansOf(tx, shipment, heard, moved)
  }
  await projectFulfillment(tx, order_ids)
}
