// Promises about what follows an order: on time and without gaps.
import { sql } from '#src/db/sql.ts'
import {
  fulfillment_state,
  hold_sums,
  parcel_sums,
  payment_state,
  payment_sums,
} from '#src/orders/projections.sql.ts'
import { ofOrders, onlyNightly, type Promises, quick } from './promised.ts'

export const effect_promises: Promises = {
  'what must follow has followed in time, or stands in the inbox': quick(
    (now) => sql`
    select id as thing, order_id, kind, cause_id, due_at from effect
    where state in ('waiting', 'failed') and due_at < ${now}::timestamptz - interval '130 seconds'
      and not exists (select from exception
        where exception.effect_id = effect.id and resolved_at is null)`,
  ),

  'a placed order has its effects': ofOrders(
    () => sql`
    select orders.id as thing, wanted.kind from orders
    cross join unnest(array['message_confirmation', 'fulfill']) as wanted (kind)
    where orders.placed_at is not null and number is not null and not exists (
      select from effect where effect.cause_id = orders.id and effect.kind = wanted.kind)`,
  ),

  // What was paid beyond what is owed goes back whole, also when the bank does not take it back.
  'captured money of an order has its invoice promised': ofOrders(
    () => sql`
    select capture.id as thing, order_id, amount, coalesce(back, 0) as back
    from capture join orders on orders.id = order_id
    left join (
      select attempt_id, sum(amount) as back from refund
      where state <> 'failed' or cause_id = attempt_id group by attempt_id
    ) as refunds using (attempt_id)
    where capture.state = 'succeeded' and orders.state in ('placed', 'closed')
      and not exists (select from effect where kind = 'invoice' and cause_id = capture.id)
      and coalesce(back, 0) < amount`,
  ),

  // A gap is seen only when all numbers of a year are counted.
  'legal numbers have no gaps': onlyNightly(
    () => sql`
    select legal_entity_id as thing, kind, fiscal_year, last_number, documents from (
      select series.legal_entity_id, series.kind, series.fiscal_year, last_number,
        case when series.kind = 'order' then coalesce(numbered.documents, 0)
          else (select count(*) from invoice
            where invoice.legal_entity_id = series.legal_entity_id and invoice.kind = series.kind
              and invoice.fiscal_year = series.fiscal_year)
        end as documents
      from number_series as series
      join legal_entity on legal_entity.id = series.legal_entity_id
      left join (
        -- What stands before the dash is the prefix and the fiscal year.
        select legal_entity_id, split_part(number, '-', 1) as head, count(*) as documents
        from orders where number is not null group by 1, 2
      ) as numbered on numbered.legal_entity_id = series.legal_entity_id
        and head = number_prefix || lpad((fiscal_year % 100)::text, 2, '0')
    ) as counted
    where last_number <> documents`,
  ),

  'the states in lists are what the rows behind them say': ofOrders(
    () => sql`
    select id as thing, payment_state, payment, fulfillment_state, fulfillment from (
      select orders.id, orders.state, payment_state, ${payment_state} as payment,
        fulfillment_state, ${fulfillment_state} as fulfillment
      from orders
      join (
        select orders.id, ${payment_sums} from orders
        left join payment_attempt as attempt on attempt.order_id = orders.id group by orders.id
      ) as money on money.id = orders.id
      join (
        select orders.id, greatest(total - coalesce(off, 0) - coalesce(given, 0), 0) as due
        from orders
        left join (
          select order_id, sum(amount) as off from order_change group by order_id
        ) as changes on changes.order_id = orders.id
        left join (
          select order_id, sum(takes_off) as given from refund where state <> 'failed'
          group by order_id
        ) as goodwill on goodwill.order_id = orders.id
      ) as owed on owed.id = orders.id
      join (
        select orders.id, ${hold_sums} from orders
        left join hold on hold.order_id = orders.id group by orders.id
      ) as units on units.id = orders.id
      left join (
        select parcel.order_id as id, ${parcel_sums}
        from shipment as parcel join shipment_line as line on line.shipment_id = parcel.id
        group by parcel.order_id
      ) as parcels on parcels.id = orders.id
    ) as states
    where state in ('placed', 'closed', 'canceled')
      and (payment_state <> payment or fulfillment_state <> fulfillment)`,
  ),
}
