// What happens outside happens once per cause: charges, refunds, labels, parcels, documents, mail.
import { sql } from '#src/db/sql.ts'
import { is_known_to_staff, money_of_orders } from './money.sql.ts'
import { ofOrders, type Promises } from './promised.ts'

export const once_promises: Promises = {
  // The late money of a second payment goes back; until it does, a person knows.
  'an order is charged once': ofOrders(
    () => sql`
    select id as thing, money.* from (${money_of_orders}) as money
    where charges > 1
      and captured - refunded
        > case when state in ('placed', 'closed') then total - canceled else 0 end + kept
      and not ${is_known_to_staff}`,
  ),

  'no more is asked of a payment than was agreed to': ofOrders(
    () => sql`
    select attempt_id as thing, capture.order_id, sum(capture.amount) as asked,
      min(payment_attempt.amount) as agreed
    from capture join payment_attempt on payment_attempt.id = attempt_id
    where capture.state <> 'failed'
    group by attempt_id, capture.order_id
    having sum(capture.amount) > min(payment_attempt.amount)`,
  ),

  // What a refund before had failed to give back goes along with the next one.
  'money goes back once per cause': ofOrders(
    () => sql`
    select cause_id as thing, order_id, count(*)::text as refunds from refund
    group by cause_id, order_id, attempt_id having count(*) > 1
    union all
    select attempt_id, order_id, reference from refund
    where reference is not null
    group by attempt_id, order_id, reference having count(*) > 1
    union all
    select cause_id, order_change.order_id, 'more than was canceled'
    from refund join order_change on order_change.id = cause_id and kind = 'cancel'
    where state <> 'failed' and not exists (
      select from refund as failed
      where failed.order_id = refund.order_id and failed.state = 'failed')
    group by cause_id, order_change.order_id
    having sum(refund.amount) > min(order_change.amount)`,
  ),

  'a parcel has one label and one pick task': ofOrders(
    () => sql`
    select shipment.id as thing, order_id, coalesce(labels, 0) as labels,
      coalesce(tasks, 0) as tasks
    from shipment
    left join (
      select shipment_id, count(*) as labels
      from label where state in ('buying', 'bought', 'voiding') group by shipment_id
    ) as label on label.shipment_id = shipment.id
    left join (
      select shipment_id, count(*) as tasks from pick_task group by shipment_id
    ) as task on task.shipment_id = shipment.id
    where labels > 1 or tasks is distinct from 1`,
  ),

  'a label is paid for once': ofOrders(
    () => sql`
    select label.id as thing, order_id, coalesce(entries, 0) as times from label
    join shipment on shipment.id = shipment_id
    left join (
      select cause_id, count(*) as entries
      from journal_entry where kind = 'postage' group by cause_id
    ) as journal on journal.cause_id = label.id
    where (bought_at is not null) <> (entries is not null) or entries > 1
    union all
    select min(label.id::text)::uuid, min(order_id::text)::uuid, count(*) from label
    join shipment on shipment.id = shipment_id
    where bought_at is not null group by provider, reference having count(*) > 1`,
  ),

  'the postage of a label that was given back is taken back once': ofOrders(
    () => sql`
    select journal.cause_id as thing, order_id, label.state, paid, back
    from (
      select cause_id, min(order_id::text)::uuid as order_id,
        count(*) filter (where kind = 'postage') as paid,
        count(*) filter (where kind = 'postage_back') as back
      from journal_entry where kind in ('postage', 'postage_back') group by cause_id
    ) as journal
    left join label on label.id = journal.cause_id
    where back > 1 or back > 0 and label.state <> 'voided' or back = 0 and label.state = 'voided'`,
  ),

  'goods go into one parcel': ofOrders(
    () => sql`
    select order_line_id as thing, parcels.order_id, stock_item_id, location_id, packed,
      quantity - released as held
    from (
      select order_id, order_line_id, stock_item_id, location_id, sum(quantity) as packed
      from shipment_line join shipment on shipment.id = shipment_id
      where state <> 'canceled' group by order_id, order_line_id, stock_item_id, location_id
    ) as parcels
    left join hold using (order_line_id, stock_item_id, location_id)
    where packed > coalesce(quantity - released, 0)`,
  ),

  'a document stands for one payment': ofOrders(
    () => sql`
    select cause_id as thing, min(invoice.order_id::text)::uuid as order_id, invoice.kind,
      min(number) as number, count(*) as documents
    from invoice left join (
      select 'invoice' as kind, id, order_id, currency, amount from capture
      union all select 'credit_note', id, order_id, currency, amount from refund
    ) as transfer on transfer.id = cause_id and transfer.kind = invoice.kind
    where not exists (select from order_change
      where order_change.id = invoice.cause_id and order_change.kind = 'edit'
        and order_change.order_id = invoice.order_id)
    group by invoice.kind, cause_id
    having count(*) > 1 or not coalesce(bool_and(transfer.order_id = invoice.order_id
      and transfer.currency = invoice.currency and amount = invoice.total), false)`,
  ),

  // Until its corrections are written an edit has an effect that waits for them.
  'the documents of a placed order say what was paid': ofOrders(
    () => sql`
    select edited.id as thing, edited.id as order_id, documented, due, paid
    from (
      select orders.id, captured - coalesce(refunded, 0) as paid,
        greatest(total - coalesce(changed, 0) - coalesce(given, 0), 0) as due
      from orders
      left join (
        select order_id, sum(amount) as changed from order_change group by order_id
      ) as changes on changes.order_id = orders.id
      join (
        select order_id, sum(captured) as captured from payment_attempt group by order_id
      ) as attempts on attempts.order_id = orders.id
      left join (
        select order_id, sum(amount) as refunded, sum(takes_off) as given
        from refund where state <> 'failed' group by order_id
      ) as refunds on refunds.order_id = orders.id
      where orders.state = 'placed'
    ) as edited
    left join (
      select order_id, sum(case when kind = 'invoice' then total else -total end) as documented
      from invoice group by order_id
    ) as documents on documents.order_id = edited.id
    where coalesce(documented, 0) <> least(due, paid)
      and not exists (select from effect
        where effect.order_id = edited.id and effect.state in ('waiting', 'failed')
          and effect.kind in ('capture', 'refund', 'invoice', 'credit_note', 'correct_invoices'))
      and not exists (select from refund
        where refund.order_id = edited.id and refund.state in ('requested', 'pending', 'failed'))`,
  ),

  'a message is sent once per cause': ofOrders(
    () => sql`
    select cause_id as thing, min(order_id::text)::uuid as order_id, kind, count(*) from message
    group by kind, cause_id having count(*) > 1
    union all
    select order_id, order_id, kind, count(*) from message
    where kind in ('confirmation', 'canceled') group by kind, order_id having count(*) > 1`,
  ),

  // Once for each unit and file (of a bundle for each of its parts), for no unit that was not
  // bought, and for none left out. What an edit has added waits until it is paid, and all of it
  // while the order is held.
  'files are granted once per paid unit': ofOrders(
    () => sql`
    select granted.order_line_id as thing, granted.order_id, rights, units, highest,
      per_unit, order_line.quantity, captured
    from (
      select order_id, order_line_id, file_id, count(*) as rights,
        count(distinct unit) as units, max(unit) as highest, max(per_unit) as per_unit
      from entitlement group by order_id, order_line_id, file_id
    ) as granted
    left join order_line on order_line.id = order_line_id
      and order_line.order_id = granted.order_id
    left join orders on orders.id = granted.order_id
    left join (
      select order_line_id, sum(quantity) as canceled from order_change_line group by order_line_id
    ) as change on change.order_line_id = granted.order_line_id
    left join (
      select order_id, sum(amount) as captured from capture
      where state = 'succeeded' group by order_id
    ) as money on money.order_id = granted.order_id
    where rights > units or order_line.id is null or highest > per_unit * order_line.quantity
      or (units < per_unit * (order_line.quantity - coalesce(canceled, 0))
        and orders.held_at is null
        and coalesce(captured, 0) - coalesce((
          select sum(amount - takes_off) from refund
          where refund.order_id = orders.id and refund.state <> 'failed'), 0)
        >= orders.total - coalesce((
          select sum(amount) from order_change where order_change.order_id = orders.id), 0)
        and not exists (select from effect
          where effect.order_id = orders.id and effect.state in ('waiting', 'failed')
            and effect.kind in ('fulfill', 'invoice', 'grant')))
      or (orders.total > 0 and captured is null)`,
  ),
}
