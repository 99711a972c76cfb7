// What was touched since the promises were asked last, and how they are asked of that alone: the
// query of a promise stays as it is, and the tables it names are narrowed to what was touched.
import { type Statement, sql, type Tx } from '#src/db/sql.ts'
import { type Cursor, newestCursor } from '#src/events/events.sql.ts'

export type About = 'orders' | 'items' | 'coupons' | 'promotions'
export type Touched = Readonly<Record<About, readonly string[]>>

/** Names of a WITH clause that stand before the tables of the same name. */
export const narrowTo: Readonly<Record<About, (ids: readonly string[]) => Statement>> = {
  // Labels are found by their parcel only while they live: the others wait for the night.
  orders: (ids) => sql`
    asked (id) as materialized (select unnest(${ids}::uuid[])),
    orders as not materialized (select * from orders where id in (select id from asked)),
    order_line as not materialized (
      select * from order_line where order_id in (select id from asked)),
    order_change as not materialized (
      select * from order_change where order_id in (select id from asked)),
    order_change_line as not materialized (
      select * from order_change_line where change_id in (select id from order_change)),
    hold as not materialized (select * from hold where order_id in (select id from asked)),
    payment_attempt as not materialized (
      select * from payment_attempt where order_id in (select id from asked)),
    capture as not materialized (select * from capture where order_id in (select id from asked)),
    refund as not materialized (select * from refund where order_id in (select id from asked)),
    coupon_use as not materialized (
      select * from coupon_use where order_id in (select id from asked)),
    promotion_turn as not materialized (
      select * from promotion_turn where order_id in (select id from asked)),
    journal_entry as not materialized (
      select * from journal_entry where order_id in (select id from asked)),
    journal_line as not materialized (
      select * from journal_line where order_id in (select id from asked)),
    invoice as not materialized (select * from invoice where order_id in (select id from asked)),
    shipment as not materialized (select * from shipment where order_id in (select id from asked)),
    shipment_line as not materialized (
      select * from shipment_line where shipment_id in (select id from shipment)),
    label as not materialized (
      select * from label where shipment_id in (select id from shipment)
        and state in ('preparing', 'buying', 'bought', 'voiding')),
    pick_task as not materialized (
      select * from pick_task where shipment_id in (select id from shipment)),
    message as not materialized (select * from message where order_id in (select id from asked)),
    entitlement as not materialized (
      select * from entitlement where order_id in (select id from asked))`,

  items: (ids) => sql`
    asked (id) as materialized (select unnest(${ids}::uuid[])),
    stock_level as not materialized (
      select * from stock_level where stock_item_id in (select id from asked)),
    stock_movement as not materialized (
      select * from stock_movement where stock_item_id in (select id from asked)),
    hold as not materialized (select * from hold where stock_item_id in (select id from asked)),
    cart_hold as not materialized (
      select * from cart_hold where stock_item_id in (select id from asked))`,

  coupons: (ids) => sql`
    asked (id) as materialized (select unnest(${ids}::uuid[])),
    coupon as not materialized (select * from coupon where id in (select id from asked)),
    coupon_use as not materialized (
      select * from coupon_use where coupon_id in (select id from asked))`,

  promotions: (ids) => sql`
    asked (id) as materialized (select unnest(${ids}::uuid[])),
    promotion as not materialized (select * from promotion where id in (select id from asked)),
    coupon_use as not materialized (
      select * from coupon_use where promotion_id in (select id from asked)
        or promotion_id is null and coupon_id in (select id from asked))`,
}

/** With the orders that could stand against them: of the same cart, or with the same payment. */
export async function withRivals(tx: Tx, ids: readonly string[]): Promise<string[]> {
  const rows = await tx.many<{ id: string }>`
    select id from unnest(${ids}::uuid[]) as given (id)
    union
    select rival.id from orders join orders as rival on rival.cart_id = orders.cart_id
    where orders.id = any(${ids})
    union
    select rival.order_id from payment_attempt as own
    join payment_attempt as rival
      on rival.provider = own.provider and rival.reference = own.reference
    where own.order_id = any(${ids})`
  return rows.map(({ id }) => id)
}

/** More than this waits for the next hour. */
const events_max = 500_000

/** How far the events are read this time. */
async function readEnd(tx: Tx, { xid, id }: Cursor): Promise<Cursor> {
  const full = await tx.maybe<Cursor>`
    select xid::text, id from event
    where (xid, id) > (${xid}::xid8, ${id}::uuid) and xid < pg_snapshot_xmin(pg_current_snapshot())
    order by event.xid, event.id offset ${events_max} limit 1`
  return full ?? newestCursor(tx)
}

/**
 * Whatever happens to orders, stock, coupons or promotions is told by an event in the same
 * transaction. Only goods that are imported have none each: their movements are found by their
 * time.
 */
export async function readTouched(
  tx: Tx,
  { after, since }: { readonly after: Cursor; readonly since: Date },
): Promise<{ readonly touched: Touched; readonly end: Cursor }> {
  const end = await readEnd(tx, after)
  const told = await tx.many<{ about: About; id: string }>`
    with told as materialized (
      select order_id, subject, subject_id from event
      where (xid, id) > (${after.xid}::xid8, ${after.id}::uuid)
        and (xid, id) <= (${end.xid}::xid8, ${end.id}::uuid)
    )
    select distinct 'orders' as about, order_id as id from told where order_id is not null
    union all select distinct 'items', subject_id from told where subject = 'stock_item'
    union all select distinct 'coupons', subject_id from told where subject = 'coupon'
    union all select distinct 'promotions', subject_id from told where subject = 'promotion'`
  const idsOf = (about: About) => told.filter((row) => row.about === about).map(({ id }) => id)
  const orders = idsOf('orders')
  const follows = await tx.many<{ about: About; id: string }>`
    select distinct 'items' as about, stock_item_id as id from hold where order_id = any(${orders})
    union all select distinct 'items', stock_item_id
    from stock_movement where id >= id_floor(${since})
    union all select distinct 'coupons', coupon_id from coupon_use where order_id = any(${orders})
    union all select distinct 'promotions', coalesce(promotion_id, coupon_id)
    from coupon_use where order_id = any(${orders})`
  for (const row of follows) told.push(row)
  const distinct = (about: About): string[] => [...new Set(idsOf(about))]
  return {
    touched: {
      orders,
      items: distinct('items'),
      coupons: distinct('coupons'),
      promotions: distinct('promotions'),
    },
    end,
  }
}
