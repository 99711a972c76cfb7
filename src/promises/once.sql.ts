// What happens outside happens once per cause: charges, refunds, labels, parcels, documents, mail.
import { sql } from '#src/db/sql.ts'
import { money_of_orders } from './money.sql.ts'
import type { Promises } from './promised.ts'

export const once_promises: Promises = {
  // The late money of a second payment goes back; until it does, a person knows.
  'an order is charged once': () => sql`
    select money.* from (${money_of_orders}) as money
    where charges > 1
      and captured - refunded
        > case when state in ('placed', 'closed') then total - canceled else 0 end
      and not exists (select from exception
        where exception.order_id = money.id and kind in ('refund_failed', 'payment_anomaly')
          and (resolved_at is null or resolution <> 'healed'))`,

  'no more is asked of a payment than was agreed to': () => sql`
    select attempt_id, sum(capture.amount) as asked, min(payment_attempt.amount) as agreed
    from capture join payment_attempt on payment_attempt.id = attempt_id
    where capture.state <> 'failed'
    group by attempt_id having sum(capture.amount) > min(payment_attempt.amount)`,

  // What a refund before had failed to give back goes along with the next one.
  'money goes back once per cause': () => sql`
    select cause_id, attempt_id, count(*)::text as refunds from refund
    group by cause_id, attempt_id having count(*) > 1
    union all
    select attempt_id, attempt_id, reference from refund
    where reference is not null
    group by attempt_id, reference having count(*) > 1
    union all
    select cause_id, min(order_change.order_id::text)::uuid, 'more than was canceled'
    from refund join order_change on order_change.id = cause_id
    where state <> 'failed' and not exists (
      select from refund as failed
      where failed.order_id = refund.order_id and failed.state = 'failed')
    group by cause_id having sum(refund.amount) > min(order_change.amount)`,

  'a parcel has one label and one pick task': () => sql`
    select shipment.id, coalesce(labels, 0) as labels, coalesce(tasks, 0) as tasks from shipment
    left join (
      select shipment_id, count(*) as labels
      from label where state in ('buying', 'bought', 'voiding') group by shipment_id
    ) as label on label.shipment_id = shipment.id
    left join (
      select shipment_id, count(*) as tasks from pick_task group by shipment_id
    ) as task on task.shipment_id = shipment.id
    where labels > 1 or tasks is distinct from 1`,

  'a label is paid for once': () => sql`
    select label.id::text, coalesce(entries, 0) as times from label
    left join (
      select cause_id, count(*) as entries
      from journal_entry where kind = 'postage' group by cause_id
    ) as journal on journal.cause_id = label.id
    where (bought_at is not null) <> (entries is not null) or entries > 1
    union all
    select provider || ' ' || reference, count(*) from label
    where bought_at is not null group by provider, reference having count(*) > 1`,

  'goods go into one parcel': () => sql`
    select order_line_id, stock_item_id, location_id, packed, quantity - released as held
    from (
      select order_line_id, stock_item_id, location_id, sum(quantity) as packed
      from shipment_line join shipment on shipment.id = shipment_id
      where state <> 'canceled' group by order_line_id, stock_item_id, location_id
    ) as parcels
    left join hold using (order_line_id, stock_item_id, location_id)
    where packed > coalesce(quantity - released, 0)`,

  'a document stands for one payment': () => sql`
    select invoice.kind, cause_id, min(number) as number, count(*) as documents
    from invoice left join (
      select 'invoice' as kind, id, order_id, currency, amount from capture
      union all select 'credit_note', id, order_id, currency, amount from refund
    ) as transfer on transfer.id = cause_id and transfer.kind = invoice.kind
    group by invoice.kind, cause_id
    having count(*) > 1 or not coalesce(bool_and(transfer.order_id = invoice.order_id
      and transfer.currency = invoice.currency and amount = invoice.total), false)`,

  'a message is sent once per cause': () => sql`
    select kind, cause_id, count(*) from message group by kind, cause_id having count(*) > 1
    union all
    select kind, order_id, count(*) from message
    where kind in ('confirmation', 'canceled') group by kind, order_id having count(*) > 1`,
}
