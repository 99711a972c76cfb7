import { asTable } from '#src/db/as-table.ts'
import type { Tx } from '#src/db/sql.ts'
import type { LocationId, OrderId, PickTaskId, ShipmentId } from '#src/lib/ids.ts'

export type NewPickTask = {
  readonly id: PickTaskId
  readonly shipment_id: ShipmentId
  readonly location_id: LocationId
}

/** One task per parcel, by unique key. */
export async function addPickTasks(
  tx: Tx,
  tasks: readonly NewPickTask[],
  now: Date,
): Promise<void> {
  await tx.run`
    insert into pick_task (id, shipment_id, location_id, state, created_at)
    select id, shipment_id, location_id, 'open', ${now}
    from ${asTable(tasks, 'row (id uuid, shipment_id uuid, location_id uuid)')}
    on conflict (shipment_id) do nothing`
}

export const closePickTasks = (
  tx: Tx,
  shipments: readonly ShipmentId[],
  {
    state,
    by,
    now,
  }: { readonly state: 'done' | 'canceled'; readonly by: string; readonly now: Date },
): Promise<number> =>
  tx.run`
    update pick_task set state = ${state}, done_at = ${now}, done_by = ${by}
    where shipment_id = any(${shipments}) and state = 'open'`

export type PickTaskView = {
  readonly id: PickTaskId
  readonly shipment_id: ShipmentId
  readonly order_number: string
  readonly location: string
  readonly state: 'open' | 'done' | 'canceled'
  readonly created_at: Date
  readonly lines: readonly {
    readonly sku: string
    readonly title: string
    readonly quantity: number
  }[]
}

/** Oldest first: the order in which they should be picked. */
export const listPickTasks = (
  tx: Tx,
  filter: {
    readonly state: string | null
    readonly location_id: LocationId | null
    readonly order_id: OrderId | null
    readonly after: string | null
    readonly limit: number
  },
): Promise<PickTaskView[]> =>
  tx.many<PickTaskView>`
    select pick_task.id, shipment_id, orders.number as order_number, location.code as location,
      pick_task.state, pick_task.created_at, (
        select coalesce(json_agg(json_build_object(
          'sku', stock_item.sku, 'title', stock_item.title, 'quantity', line.quantity)
          order by stock_item.sku), '[]')
        from shipment_line as line join stock_item on stock_item.id = line.stock_item_id
        where line.shipment_id = pick_task.shipment_id) as lines
    from pick_task
    join shipment on shipment.id = shipment_id
    join orders on orders.id = shipment.order_id
    join location on location.id = pick_task.location_id
    where (${filter.state}::text is null or pick_task.state = ${filter.state})
      and (${filter.location_id}::uuid is null or pick_task.location_id = ${filter.location_id})
      and (${filter.order_id}::uuid is null or shipment.order_id = ${filter.order_id})
      and (${filter.after}::uuid is null or pick_task.id > ${filter.after})
    order by pick_task.id limit ${filter.limit}`
