// Many orders in all states there are: most have long arrived, and of everything else there is
// some, down to the one order in a hundred thousand that staff look for.
import type { Tx } from '#src/db/sql.ts'
import { withoutTimeout } from './goods.sql.ts'

/** Changes the states, totals and buyers of orders, without a thought for what stands behind. */
export async function mixOrders(tx: Tx): Promise<number> {
  await withoutTimeout(tx)
  await tx.run`set local session_replication_role = replica`
  await tx.run`set local synchronous_commit = off`
  const changed = await tx.run`
    update orders set
      state = case when n % 50 = 0 then 'canceled' when n % 9973 = 0 then 'closed' else state end,
      payment_state = case when n % 50 = 0 then 'refunded'
        when n % 997 = 0 then 'authorized' when n % 4001 = 0 then 'partially_refunded'
        when n % 20011 = 0 then 'partially_captured' else payment_state end,
      fulfillment_state = case when n % 50 = 0 then 'unfulfilled'
        when n > 990000 then 'unfulfilled' when n > 970000 then 'shipped'
        when n % 1009 = 0 then 'partially_shipped' when n % 5003 = 0 then 'returned'
        else fulfillment_state end,
      return_state = case when n % 300 = 0 then 'returned' when n % 7001 = 0 then 'requested'
        else return_state end,
      origin = case when n % 25 = 0 then 'staff' when n % 90001 = 0 then 'marketplace'
        else origin end,
      currency = case when n % 11 = 0 then 'INR' when n % 70001 = 0 then 'USD' else currency end,
      held_at = case when n % 30011 = 0 then created_at end,
      total = total + (n * 7919) % 50000,
      subtotal = subtotal + (n * 7919) % 50000,
      shipping_address = shipping_address || jsonb_build_object('name',
        (array['Ada', 'Bert', 'Chloe', 'Dinesh'])[n % 4 + 1] || ' ' || md5(n::text))
    from (select id as order_id, row_number() over (order by id) as n from orders) as counted
    where id = order_id`
  await tx.run`
    insert into order_tag (tag, order_id)
    select tag, id
    from (select id, row_number() over (order by id) as n from orders) as counted
    join (values ('vip', 20), ('gift', 3), ('check', 40009)) as tags (tag, each)
      on n % tags.each = 0
    on conflict do nothing`
  return changed
}
