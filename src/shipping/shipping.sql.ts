import { asTable } from '#src/db/as-table.ts'
import type { Tx } from '#src/db/sql.ts'
import type { Address } from '#src/lib/addresses.ts'
import type { LabelId, OrderId, ShipmentId } from '#src/lib/ids.ts'
import { newId } from '#src/lib/ids.ts'
import { toJson } from '#src/lib/json.ts'
import type { Currency, Money } from '#src/lib/money.ts'
import type { BoughtLabel, Rate, TrackingScan } from '#src/ports/shipping-provider.ts'
import { type Shipment, type ShipmentLine, type ShipmentMove, shipment_moves } from './shipments.ts'

export type NewShipment = Pick<Shipment, 'id' | 'order_id' | 'location_id' | 'weight_g'>

export async function insertShipments(
  tx: Tx,
  shipments: readonly NewShipment[],
  lines: readonly ShipmentLine[],
  now: Date,
): Promise<void> {
  await tx.run`
    insert into shipment (id, order_id, location_id, state, weight_g, created_at)
    select id, order_id, location_id, 'waiting', weight_g, ${now}
    from ${asTable(
      shipments,
      `row (
      id uuid, order_id uuid, location_id uuid, weight_g int)`,
    )}`
  await tx.run`
    insert into shipment_line (shipment_id, order_line_id, stock_item_id, quantity)
    select shipment_id, order_line_id, stock_item_id, quantity
    from ${asTable(
      lines,
      `row (
      shipment_id uuid, order_line_id uuid, stock_item_id uuid, quantity int)`,
    )}`
}

export const readShipments = (tx: Tx, orders: readonly OrderId[]): Promise<Shipment[]> =>
  tx.many<Shipment>`
    select id, order_id, location_id, state, carrier, service, tracking_code, tracking_url,
      weight_g
    from shipment where order_id = any(${orders}) order by id`

export const readShipment = (tx: Tx, id: ShipmentId): Promise<Shipment | null> =>
  tx.maybe<Shipment>`
    select id, order_id, location_id, state, carrier, service, tracking_code, tracking_url,
      weight_g
    from shipment where id = ${id}`

export const readShipmentLines = (tx: Tx, ids: readonly ShipmentId[]): Promise<ShipmentLine[]> =>
  tx.many<ShipmentLine>`
    select shipment_id, order_line_id, stock_item_id, quantity
    from shipment_line where shipment_id = any(${ids})
    order by shipment_id, order_line_id, stock_item_id`

/** The order of a parcel: it must be locked before the parcel is moved. */
export const orderOfShipment = (tx: Tx, id: ShipmentId): Promise<{ order_id: OrderId } | null> =>
  tx.maybe<{ order_id: OrderId }>`select order_id from shipment where id = ${id}`

/**
 * The carrier may tell of a parcel before its label is recorded here. Whoever records the code and
 * whoever finds nobody with it go one after the other, so that neither misses the other.
 */
export const lockTrackingCode = (tx: Tx, tracking_code: string): Promise<number> =>
  tx.run`select pg_advisory_xact_lock(hashtextextended(${tracking_code}, 0))`

export const shipmentsByTracking = (
  tx: Tx,
  tracking_code: string,
): Promise<{ id: ShipmentId; order_id: OrderId }[]> =>
  tx.many<{ id: ShipmentId; order_id: OrderId }>`
    select id, order_id from shipment where tracking_code = ${tracking_code} order by id`

/** Compare-and-set: false when the parcel is in another state by now. */
export async function moveShipment(
  tx: Tx,
  id: ShipmentId,
  move: ShipmentMove,
  now: Date,
): Promise<boolean> {
  const { from, to } = shipment_moves[move]
  const moved = await tx.run`
    update shipment set state = ${to},
      shipped_at = case when ${to} = 'shipped' then ${now}::timestamptz else shipped_at end,
      delivered_at = case when ${to} = 'delivered' then ${now}::timestamptz else delivered_at end,
      next_track_at = case when ${to} in ('delivered', 'returned', 'canceled') then null
        else next_track_at end
    where id = ${id} and state = any(${[...from]})`
  return moved === 1
}

export type Label = {
  readonly id: LabelId
  readonly shipment_id: ShipmentId
  readonly provider: string
  readonly state: 'preparing' | 'buying' | 'bought' | 'voiding' | 'voided' | 'failed'
  readonly reference: string | null
  readonly rate: (Omit<Rate, 'cost'> & { cost: { amount: number; currency: Currency } }) | null
  readonly label_url: string | null
  readonly has_file: boolean
}

/** The live label of a parcel, made now when there is none: one per parcel, by index. */
export async function claimLabel(
  tx: Tx,
  shipment: ShipmentId,
  provider: string,
  now: Date,
): Promise<Label> {
  await tx.run`
    insert into label (id, shipment_id, provider, state, created_at)
    values (${newId<LabelId>()}, ${shipment}, ${provider}, 'preparing', ${now})
    on conflict (shipment_id) where state in ('preparing', 'buying', 'bought', 'voiding')
    do nothing`
  return tx.one<Label>`
    select id, shipment_id, provider, state, reference, rate, label_url,
      file is not null as has_file
    from label where shipment_id = ${shipment}
      and state in ('preparing', 'buying', 'bought', 'voiding')`
}

/** Stored before money is spent. Of two workers the first one's offer counts. */
export const storeOffer = (
  tx: Tx,
  id: LabelId,
  { reference, rate }: { readonly reference: string; readonly rate: Rate },
): Promise<number> =>
  tx.run`
    update label set reference = ${reference}, rate = ${toJson(rate)},
      state = 'buying'
    where id = ${id} and state = 'preparing'`

export const readLabel = (tx: Tx, id: LabelId): Promise<Label | null> =>
  tx.maybe<Label>`
    select id, shipment_id, provider, state, reference, rate, label_url,
      file is not null as has_file
    from label where id = ${id}`

/** What was paid for a label; null while it was not bought. */
export const readPostage = (tx: Tx, id: LabelId): Promise<Money | null> =>
  tx.maybe<Money>`
    select cost as amount, currency from label where id = ${id} and bought_at is not null`

/**
 * True for the one caller that recorded the buy. Of a canceled parcel also what was taken for
 * never bought: the buy was still on its way.
 */
export async function storeBought(
  tx: Tx,
  id: LabelId,
  bought: BoughtLabel,
  now: Date,
): Promise<boolean> {
  const stored = await tx.run`
    update label set state = 'bought', label_url = ${bought.label_url},
      carrier = ${bought.carrier}, service = ${bought.service},
      tracking_code = ${bought.tracking_code}, tracking_url = ${bought.tracking_url},
      currency = ${bought.cost.currency}, cost = ${bought.cost.amount}, bought_at = ${now}
    where id = ${id} and (state = 'buying' or state = 'failed' and exists (
      select from shipment where shipment.id = shipment_id and shipment.state = 'canceled'))`
  return stored === 1
}

export async function setTracking(
  tx: Tx,
  id: ShipmentId,
  bought: BoughtLabel,
  next_track_at: Date,
): Promise<void> {
  await tx.run`
    update shipment set carrier = ${bought.carrier}, service = ${bought.service},
      tracking_code = ${bought.tracking_code}, tracking_url = ${bought.tracking_url},
      next_track_at = ${next_track_at}
    where id = ${id}`
}

export async function storeLabelFile(tx: Tx, id: LabelId, bytes: Uint8Array): Promise<void> {
  await tx.run`update label set file = ${Buffer.from(bytes)} where id = ${id} and file is null`
}

export const moveLabel = (
  tx: Tx,
  id: LabelId,
  from: readonly Label['state'][],
  to: Label['state'],
): Promise<number> =>
  tx.run`update label set state = ${to} where id = ${id} and state = any(${[...from]})`

/** Whether a parcel of this order bears its address: on a label that is paid, or may be. */
export const hasPrintedParcel = async (tx: Tx, order: OrderId): Promise<boolean> => {
  const { printed } = await tx.one<{ printed: boolean }>`
    select exists (
      select from shipment left join label on label.shipment_id = shipment.id
        and label.state in ('buying', 'bought', 'voiding')
      where order_id = ${order} and shipment.state <> 'canceled'
        and (shipment.state <> 'waiting' or label.id is not null)) as printed`
  return printed
}

/** Labels that no money was spent on: whoever prepares one now has lost it, and begins again. */
export const dropPreparedLabels = (tx: Tx, order: OrderId): Promise<number> =>
  tx.run`
    update label set state = 'failed'
    from shipment
    where shipment.id = shipment_id and order_id = ${order} and label.state = 'preparing'`

export const liveLabels = (tx: Tx, shipments: readonly ShipmentId[]): Promise<Label[]> =>
  tx.many<Label>`
    select id, shipment_id, provider, state, reference, rate, label_url,
      file is not null as has_file
    from label where shipment_id = any(${shipments})
      and state in ('preparing', 'buying', 'bought', 'voiding')`

/** How many of the scans were not known before. */
export const addScans = (
  tx: Tx,
  shipment: ShipmentId,
  scans: readonly TrackingScan[],
  now: Date,
): Promise<number> =>
  tx.run`
    insert into tracking_scan (id, shipment_id, status, detail, place, at, received_at)
    select id, ${shipment}, status, detail, place, at, ${now}
    from ${asTable(
      scans.map((scan) => ({ id: newId(), ...scan })),
      `row (
      id uuid, status text, detail text, place text, at timestamptz)`,
    )}
    on conflict do nothing`

export type Destination = {
  readonly order_number: string
  readonly currency: Currency
  readonly email: string
  readonly phone: string | null
  readonly to: Address | null
  readonly from: Address
  readonly services: readonly string[]
}

export const readDestination = (tx: Tx, id: ShipmentId): Promise<Destination> =>
  tx.one<Destination>`
    select orders.number as order_number, orders.currency, orders.email, orders.phone,
      orders.shipping_address as to, location.address as from,
      coalesce(shipping_option.services, '{}') as services
    from shipment
    join orders on orders.id = shipment.order_id
    join location on location.id = shipment.location_id
    left join shipping_option on shipping_option.id = orders.shipping_option_id
    where shipment.id = ${id}`

export type CustomsRow = {
  readonly description: string
  readonly quantity: number
  readonly value: bigint
  readonly weight_g: number
  readonly hs_code: string | null
}

export const readCustoms = (tx: Tx, id: ShipmentId): Promise<CustomsRow[]> =>
  tx.many<CustomsRow>`
    select title as description, sum(shipment_line.quantity)::int as quantity,
      min(order_line.total - order_line.tax * order_line.tax_included::int)::bigint as value,
      min(order_line.weight_g * order_line.quantity)::int as weight_g, hs_code
    from shipment_line join order_line on order_line.id = order_line_id
    where shipment_id = ${id}
    group by order_line.id, title, hs_code order by order_line.id`

/**
 * Parcels nobody has told anything about for long. Each is asked for once per period; one that is
 * ahead by two of them was noted by a clock that has gone back since.
 */
export const takeDueTracking = (
  tx: Tx,
  {
    now,
    next,
    providers,
    limit,
  }: {
    readonly now: Date
    readonly next: Date
    readonly providers: readonly string[]
    readonly limit: number
  },
): Promise<(Shipment & { provider: string })[]> =>
  tx.many<Shipment & { provider: string }>`
    update shipment set next_track_at = ${next}
    from (
      select shipment.id as shipment_id, label.provider from shipment
      join label on label.shipment_id = shipment.id and label.state = 'bought'
      where (next_track_at <= ${now}
        or next_track_at > ${next}::timestamptz + (${next}::timestamptz - ${now}::timestamptz))
        and label.provider = any(${providers})
      order by next_track_at limit ${limit} for update of shipment skip locked
    ) as due
    where shipment.id = due.shipment_id
    returning id, order_id, location_id, state, carrier, service, tracking_code, tracking_url,
      weight_g, due.provider`

/** Sets quantities; a line without units goes. */
export async function writeShipmentLines(tx: Tx, lines: readonly ShipmentLine[]): Promise<void> {
  const [gone, kept] = [lines.filter((l) => l.quantity === 0), lines.filter((l) => l.quantity > 0)]
  await tx.run`
    delete from shipment_line
    using ${asTable(
      gone,
      `row (
      shipment_id uuid, order_line_id uuid, stock_item_id uuid)`,
    )}
    where shipment_line.shipment_id = row.shipment_id
      and shipment_line.order_line_id = row.order_line_id
      and shipment_line.stock_item_id = row.stock_item_id`
  await tx.run`
    update shipment_line set quantity = row.quantity
    from ${asTable(
      kept,
      `row (
      shipment_id uuid, order_line_id uuid, stock_item_id uuid, quantity int)`,
    )}
    where shipment_line.shipment_id = row.shipment_id
      and shipment_line.order_line_id = row.order_line_id
      and shipment_line.stock_item_id = row.stock_item_id`
}

export const readLabelFile = (tx: Tx, shipment: ShipmentId): Promise<{ file: Buffer } | null> =>
  tx.maybe<{ file: Buffer }>`
    select file from label
    where shipment_id = ${shipment} and state = 'bought' and file is not null`

/**
 * What a printed label and a carrier's scans tell of a person, taken out, of all parcels of these
 * orders. Nobody asks about them any more.
 */
export async function eraseParcels(tx: Tx, orders: readonly OrderId[]): Promise<void> {
  await tx.run`
    update label set file = null, label_url = null from shipment
    where shipment.id = shipment_id and order_id = any(${orders})
      and (file is not null or label_url is not null)`
  await tx.run`
    delete from tracking_scan using shipment
    where shipment.id = shipment_id and order_id = any(${orders})`
  await tx.run`
    update shipment set next_track_at = null
    where order_id = any(${orders}) and next_track_at is not null`
}
