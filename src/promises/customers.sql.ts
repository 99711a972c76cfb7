// What is promised to customers: who was erased is gone, and segments count who is in them.
import { sql } from '#src/db/sql.ts'
import { erased_email } from '#src/lib/erased.ts'
import { onlyNightly, type Promises } from './promised.ts'

/**
 * Also orders of guests. What staff or a provider say of an order after it was erased is about the
 * order: nobody who writes it is told any more whose it was.
 */
const ofOrdersGone = sql`
  select order_id as thing, order_id, 'order' as place
  from orders join order_gone on order_id = orders.id
  where email not like '%@erased.invalid' or phone is not null
    or coalesce(shipping_address ->> 'name', '') <> ''
    or coalesce(billing_address ->> 'name', '') <> '' or buyer_note is not null
    or tax_facts #>> '{tax_id,number}' <> 'erased'
    or tax_facts #>> '{exemption,number}' <> 'erased'
    or (cancel_reason <> 'erased' and canceled_at <= since)
    or (hold_reasons <> '{erased}' and held_at <= since)
  union all
  select order_line.id, order_id, 'price' from order_line join order_gone using (order_id)
  where price_reason <> 'erased'
  union all
  select order_change.id, order_id, 'change' from order_change join order_gone using (order_id)
  where at <= since and (reason <> '' or taxed_before is not null)
  union all
  select refund.id, order_id, 'refund' from refund join order_gone using (order_id)
  where reason <> '' and created_at <= since
  union all
  select order_note.id, order_id, 'note' from order_note join order_gone using (order_id)
  where at <= since
  union all
  select effect.id, order_id, 'work' from effect join order_gone using (order_id)
  where last_error is not null and created_at <= since
  union all
  select exception.id, order_id, 'exception' from exception join order_gone using (order_id)
  where message not in ('erased', 'The carrier reports a problem.')
    and (kind = 'delivery_problem'
      or ((effect_id is not null or kind = 'order_review') and opened_at <= since))
  union all
  select label.id, order_id, 'label' from label
  join shipment on shipment.id = shipment_id join order_gone using (order_id)
  where file is not null or label_url is not null
  union all
  select tracking_scan.id, order_id, 'scan' from tracking_scan
  join shipment on shipment.id = shipment_id join order_gone using (order_id)
  where detail <> '' or place is not null
  union all
  select message.id, order_id, 'message' from message join order_gone using (order_id)
  where recipient <> 'erased'`

const ofCustomersGone = sql`
  select draft.id, null::uuid, 'draft' from draft join gone on gone.id = customer_id
  where email is not null or phone is not null or tax_id is not null or tax_facts is not null
    or shipping_address is not null or billing_address is not null or buyer_note is not null
    or discount_reason not in ('', 'erased') or exists (
      select from draft_line where draft_id = draft.id and reason not in ('', 'erased'))
  union all
  select cart.id, null, 'cart' from cart join gone on gone.id = customer_id
  where email is not null or phone is not null or shipping_address is not null
    or billing_address is not null or tax_id is not null
    or exists (select from tax_quote where cart_id = cart.id)
    or exists (select from tax_exemption where cart_id = cart.id)
  union all
  select tax_exemption.id, null, 'certificate' from tax_exemption
  join gone on gone.id = customer_id
  union all
  select customer_consent.id, null, 'consent' from customer_consent
  join gone on gone.id = customer_id where wording is not null
  union all
  select customer_address.id, null, 'address' from customer_address
  join gone on gone.id = customer_id
  union all
  select customer_session.id, null, 'session' from customer_session
  join gone on gone.id = customer_id
  union all
  select account_mail.id, null, 'mail' from account_mail join gone on gone.id = customer_id`

export const customer_promises: Promises = {
  // Nothing tells of it by the hour: an erasure touches tables that no order names.
  'who was erased is named nowhere but in documents': onlyNightly(
    () => sql`
    with gone as materialized (select id, erased_at from customer where erased_at is not null),
    order_gone as materialized (
      select orders.id as order_id, coalesce(orders.erased_at, gone.erased_at, '-infinity') as since
      from orders left join gone on gone.id = customer_id
      where orders.erased_at is not null or gone.id is not null or email = ${erased_email})
    ${ofOrdersGone}
    union all
    ${ofCustomersGone}`,
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
