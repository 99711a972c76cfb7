// What is promised to customers: who was erased is gone, and segments count who is in them.
import { sql } from '#src/db/sql.ts'
import { onlyNightly, type Promises } from './promised.ts'

export const customer_promises: Promises = {
  // Nothing tells of it by the hour: an erasure touches tables that no order names.
  'who was erased is named nowhere but in documents': onlyNightly(
    () => sql`
    with erased as materialized (select id from customer where erased_at is not null)
    select orders.id as thing, 'order' as place from orders
    join erased on erased.id = customer_id
    where email not like '%@erased.invalid' or phone is not null
      or coalesce(shipping_address ->> 'name', '') <> ''
      or coalesce(billing_address ->> 'name', '') <> ''
    union all
    select cart.id, 'cart' from cart join erased on erased.id = customer_id
    where email is not null or phone is not null or shipping_address is not null
      or billing_address is not null
    union all
    select message.id, 'message' from message
    join orders on orders.id = order_id join erased on erased.id = customer_id
    where recipient <> 'erased'
    union all
    select customer_address.id, 'address' from customer_address
    join erased on erased.id = customer_id
    union all
    select customer_session.id, 'session' from customer_session
    join erased on erased.id = customer_id
    union all
    select account_mail.id, 'mail' from account_mail join erased on erased.id = customer_id`,
  ),

  // No more than a number for staff to see: asked with all the rest at night.
  'a segment counts its members': onlyNightly(
    () => sql`
    select customer_segment.group_id as thing, members, coalesce(found, 0) as found
    from customer_segment
    left join (
      select group_id, count(*) as found from customer_group_member group by group_id
    ) as member on member.group_id = customer_segment.group_id
    where members <> coalesce(found, 0)`,
  ),
}
