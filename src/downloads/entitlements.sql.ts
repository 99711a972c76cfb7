import { asTable } from '#src/db/as-table.ts'
import { type Statement, sql, type Tx } from '#src/db/sql.ts'
import type { DigitalFileId, EntitlementId, OrderId, OrderLineId } from '#src/lib/ids.ts'
import type { Entitlement } from './downloads.ts'

// What was taken and not given back covers what is left of the order. See `balanceOf`.
const is_paid = sql`
  orders.state in ('placed', 'closed') and orders.payment_state <> 'refunded'
    and coalesce((select sum(amount) from capture
      where capture.order_id = orders.id and capture.state = 'succeeded'), 0)
    - coalesce((select sum(amount - takes_off) from refund
      where refund.order_id = orders.id and refund.state <> 'failed'), 0)
    >= orders.total - coalesce((select sum(amount) from order_change
      where order_change.order_id = orders.id), 0)`

/**
 * The files that one unit of an order line brings: those of its variant, and of a bundle those of
 * each part, which is the variant that first was that stock item alone.
 */
const brought = sql`
  select file_id, sum(copies)::int as per_unit, min(place) as place
  from (
    select file_id, 1 as copies, position as place
    from variant_file where variant_id = order_line.variant_id
    union all
    select file_id, item.quantity, 1000 + position
    from variant_item as item
    cross join lateral (
      select alone.variant_id from variant_item as alone
      where alone.stock_item_id = item.stock_item_id and alone.quantity = 1 and not exists (
        select from variant_item as other
        where other.variant_id = alone.variant_id and other.stock_item_id <> item.stock_item_id)
      order by alone.variant_id limit 1
    ) as part
    join variant_file on variant_file.variant_id = part.variant_id
    where item.variant_id = order_line.variant_id and part.variant_id <> item.variant_id
  ) as source
  group by file_id`

/** Whether an order that is paid brings files. */
export const isOwedFiles = async (tx: Tx, order_id: OrderId): Promise<boolean> =>
  (await tx.maybe`
    select orders.id from orders
    where orders.id = ${order_id} and ${is_paid} and exists (
      select from order_line cross join lateral (${brought}) as brought
      where order_line.order_id = orders.id)`) !== null

export type Owed = {
  readonly order_line_id: OrderLineId
  readonly file_id: DigitalFileId
  /** Units that were not taken off. */
  readonly units: number
  /** Copies that each of them brings; what was granted before stays as it was granted. */
  readonly per_unit: number
  readonly downloads_max: number | null
  readonly valid_days: number | null
}

export const readOwed = (tx: Tx, order_id: OrderId): Promise<Owed[]> =>
  tx.many<Owed>`
    select order_line.id as order_line_id, file_id, downloads_max, valid_days,
      coalesce((
        select max(entitlement.per_unit) from entitlement
        where entitlement.order_line_id = order_line.id
          and entitlement.file_id = brought.file_id), brought.per_unit) as per_unit,
      quantity - coalesce((
        select sum(order_change_line.quantity)::int from order_change_line
        where order_line_id = order_line.id), 0) as units
    from orders join order_line on order_line.order_id = orders.id
    cross join lateral (${brought}) as brought
    join digital_file on digital_file.id = file_id
    where orders.id = ${order_id} and ${is_paid} and bytes is not null
    order by order_line.position, brought.place, file_id`

export type NewEntitlement = {
  readonly id: EntitlementId
  readonly order_line_id: OrderLineId
  /** Which copy: those of the first unit, then those of the next. */
  readonly unit: number
  readonly per_unit: number
  readonly file_id: DigitalFileId
  readonly expires_at: Date | null
  readonly downloads_max: number | null
}

/** Returns how many are new: a unit that has its right already keeps it as it is. */
export const insertEntitlements = (
  tx: Tx,
  order_id: OrderId,
  rows: readonly NewEntitlement[],
  now: Date,
): Promise<number> =>
  tx.run`
    insert into entitlement (id, order_id, order_line_id, unit, per_unit, file_id, granted_at,
      expires_at, downloads_max)
    select id, ${order_id}, order_line_id, unit, per_unit, file_id, ${now}, expires_at,
      downloads_max
    from ${asTable(
      rows,
      `row (
      id uuid, order_line_id uuid, unit int, per_unit int, file_id uuid, expires_at timestamptz,
      downloads_max int)`,
    )}
    order by order_line_id, unit, file_id
    on conflict (order_line_id, unit, file_id) do nothing`

// Of a line the last units are taken off first.
const given_back = sql`
  orders.state not in ('placed', 'closed') or orders.payment_state = 'refunded'
    or unit > per_unit * (order_line.quantity - coalesce((
      select sum(order_change_line.quantity) from order_change_line
      where order_change_line.order_line_id = order_line.id), 0))`

const columns = sql`
  entitlement.id, entitlement.order_line_id, unit, file_id, name, media_type, bytes, sha256,
  granted_at, expires_at, downloads, entitlement.downloads_max, counted_at, revoked_at,
  (${given_back}) as given_back`
const tables = sql`
  entitlement join orders on orders.id = entitlement.order_id
  join order_line on order_line.id = order_line_id
  join digital_file on digital_file.id = file_id`

export const listEntitlements = (
  tx: Tx,
  order_id: OrderId,
  after: EntitlementId | null,
  limit: number,
): Promise<Entitlement[]> =>
  tx.many<Entitlement>`
    select ${columns} from ${tables}
    where entitlement.order_id = ${order_id}
      and (${after}::uuid is null or entitlement.id > ${after})
    order by entitlement.id limit ${limit}`

export type OrderEntitlement = Entitlement & { readonly order_id: OrderId }

const ofOne = (id: EntitlementId, lock: Statement): Statement => sql`
  select ${columns}, entitlement.order_id from ${tables} where entitlement.id = ${id} ${lock}`

export const readEntitlement = (tx: Tx, id: EntitlementId): Promise<OrderEntitlement | null> =>
  tx.maybe<OrderEntitlement>`${ofOne(id, sql``)}`

/** Of many downloads at once each is counted. */
export const lockEntitlement = (tx: Tx, id: EntitlementId): Promise<OrderEntitlement | null> =>
  tx.maybe<OrderEntitlement>`${ofOne(id, sql`for update of entitlement`)}`

export const countDownload = (tx: Tx, id: EntitlementId, now: Date): Promise<number> =>
  tx.run`
    update entitlement set downloads = downloads + 1, counted_at = ${now} where id = ${id}`

export const updateEntitlement = (
  tx: Tx,
  { id, expires_at, downloads_max, revoked_at }: Entitlement,
): Promise<number> =>
  tx.run`
    update entitlement set expires_at = ${expires_at}, downloads_max = ${downloads_max},
      revoked_at = ${revoked_at}
    where id = ${id}`
