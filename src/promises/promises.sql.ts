// The promises of the shop, each as a query that returns the guilty rows. The same queries run
// after every simulation and attack, by the clock, and on a page of the control room.
import { type Statement, sql, type Tx } from '#src/db/sql.ts'
import { fulfillment_state_of, payment_state_of } from '#src/orders/projections.sql.ts'

/** `now` is for deadlines: what is late must stand in the exception inbox. */
type Promised = (now: Date) => Statement

const promised: Readonly<Record<string, Promised>> = {
  'on hand is the sum of the stock ledger': () => sql`
    select stock_item_id, location_id, on_hand, moved from (
      select stock_item_id, location_id, on_hand, coalesce((
        select sum(quantity) from stock_movement as movement
        where movement.stock_item_id = stock_level.stock_item_id
          and movement.location_id = stock_level.location_id), 0)::int as moved
      from stock_level
    ) as level where on_hand <> moved`,

  'held is what open orders hold': () => sql`
    select stock_item_id, location_id, held, open from (
      select stock_item_id, location_id, held, coalesce((
        select sum(quantity - shipped - released) from hold
        where hold.stock_item_id = stock_level.stock_item_id
          and hold.location_id = stock_level.location_id), 0)::int as open
      from stock_level
    ) as level where held <> open`,

  'nothing is sold that is not there': () => sql`
    select stock_item_id, location_id, on_hand, held, backorder_limit, shortfall
    from stock_level where held > on_hand + backorder_limit + shortfall`,

  'a shortfall stands in the exception inbox': () => sql`
    select stock_item_id, location_id, shortfall from stock_level
    where shortfall > 0 and not exists (
      select from exception where kind = 'stock_shortfall'
        and cause_id = stock_item_id and (resolved_at is null or resolution = 'dismissed'))`,

  'each order line holds what was ordered and not canceled': () => sql`
    select order_line.id, item.stock_item_id, wanted, held from (
      select order_line.id, part.stock_item_id,
        part.quantity * (order_line.quantity - coalesce((
          select sum(quantity) from order_change_line
          where order_line_id = order_line.id), 0)) as wanted
      from order_line
      join orders on orders.id = order_id and orders.state in ('pending', 'placed', 'closed')
      cross join lateral jsonb_to_recordset(items) as part (stock_item_id uuid, quantity int)
    ) as item
    join order_line on order_line.id = item.id
    cross join lateral (
      select coalesce(sum(quantity - released), 0) as held from hold
      where hold.order_line_id = item.id and hold.stock_item_id = item.stock_item_id
    ) as sums
    where wanted <> held`,

  'a canceled order holds nothing': () => sql`
    select orders.id, hold.id as hold_id from orders join hold on hold.order_id = orders.id
    where orders.state in ('canceled', 'superseded') and shipped + released < quantity`,

  'a cart has one order': () => sql`
    select cart_id, count(*) from orders
    where cart_id is not null and state in ('pending', 'placed', 'closed')
    group by cart_id having count(*) > 1`,

  'a payment belongs to one order': () => sql`
    select provider, reference, count(*) from payment_attempt
    where reference is not null group by provider, reference having count(*) > 1`,

  'captured is within authorized, refunded within captured': () => sql`
    select id, amount, authorized, captured, refunded from payment_attempt
    where captured > authorized or refunded > captured or authorized > amount`,

  'attempts say what their captures and refunds say': () => sql`
    select attempt.id, attempt.captured, attempt.refunded, sums.captured as captures,
      sums.refunded as refunds
    from payment_attempt as attempt cross join lateral (
      select
        (select coalesce(sum(amount), 0) from capture
          where attempt_id = attempt.id and state = 'succeeded') as captured,
        (select coalesce(sum(amount), 0) from refund
          where attempt_id = attempt.id and state = 'succeeded') as refunded
    ) as sums
    where attempt.captured <> sums.captured or attempt.refunded <> sums.refunded`,

  'refunds asked for are within what was captured': () => sql`
    select attempt_id, sum(refund.amount) as asked, min(captured) as captured
    from refund join payment_attempt on payment_attempt.id = attempt_id
    where refund.state <> 'failed'
    group by attempt_id having sum(refund.amount) > min(captured)`,

  'debits are credits in every journal entry': () => sql`
    select id, kind from journal_entry where not is_balanced(currencies, amounts)`,

  'journal lines name accounts of the chart': () => sql`
    select entry_id, account from journal_line
    where not exists (select from account where code = journal_line.account)`,

  'every capture and refund is in the journal once': () => sql`
    select transfer.id, transfer.kind, count(journal_entry.id) from (
      select id, 'capture' as kind from capture where state = 'succeeded'
      union all select id, 'refund' from refund where state = 'succeeded'
    ) as transfer
    left join journal_entry on journal_entry.cause_id = transfer.id
      and journal_entry.kind = transfer.kind
    group by transfer.id, transfer.kind having count(journal_entry.id) <> 1`,

  'every placed order is in the journal once': () => sql`
    select orders.id, count(journal_entry.id) from orders
    left join journal_entry on journal_entry.order_id = orders.id and journal_entry.kind = 'sale'
    where orders.number is not null and total > 0
    group by orders.id having count(journal_entry.id) <> 1`,

  'the total of an order is the sum of its parts': () => sql`
    select orders.id, total, lines from orders cross join lateral (
      select sum(order_line.total) as lines, sum(order_line.subtotal) as subtotal,
        sum(order_line.discount) as discount, sum(order_line.tax) as tax
      from order_line where order_id = orders.id
    ) as sums
    where total <> lines + shipping_total
        + case when shipping_tax_included then 0 else shipping_tax end
      or orders.subtotal <> sums.subtotal
      or discount_total <> sums.discount
      or tax_total <> sums.tax + shipping_tax`,

  'what was asked of the provider is what the buyer agreed to': () => sql`
    select payment_attempt.id, amount, total from payment_attempt
    join orders on orders.id = order_id
    where amount <> total or payment_attempt.currency <> orders.currency`,

  'a placed order is paid for, once': () => sql`
    select orders.id, orders.number, orders.total, sums.* from orders cross join lateral (
      select coalesce(sum(case when state = 'captured' then captured else authorized end)
          filter (where state in ('captured', 'authorized')), 0) as paid,
        coalesce((select sum(amount) from order_change where order_id = orders.id), 0) as canceled,
        coalesce((select sum(amount) from refund
          where order_id = orders.id and state <> 'failed'), 0) as refunded
      from payment_attempt where order_id = orders.id
    ) as sums
    where orders.state in ('placed', 'closed') and total > 0
      and paid < total - canceled`,

  'money beyond what is owed is on its way back': () => sql`
    select orders.id, orders.state, sums.* from orders cross join lateral (
      select coalesce(sum(captured), 0) as captured,
        coalesce((select sum(amount) from order_change where order_id = orders.id), 0) as canceled,
        coalesce((select sum(amount) from refund
          where order_id = orders.id and state <> 'failed'), 0) as refunded
      from payment_attempt where order_id = orders.id
    ) as sums
    where captured - refunded
        > case when state in ('placed', 'closed') then total - canceled else 0 end
      and not exists (select from exception
        where exception.order_id = orders.id and kind in ('refund_failed', 'payment_anomaly'))`,

  'coupons are used within their limit, and counted right': () => sql`
    select id, code, usage_limit, used, uses from (
      select id, code, usage_limit, used, (select count(*) from coupon_use
        where coupon_id = coupon.id and released_at is null) as uses
      from coupon
    ) as counted where used > usage_limit or used <> uses`,

  'an order that came to nothing uses no coupon': () => sql`
    select coupon_id, order_id from coupon_use join orders on orders.id = order_id
    where released_at is null and orders.state in ('canceled', 'superseded')`,

  'what must follow has followed in time, or stands in the inbox': (now) => sql`
    select id, kind, cause_id, due_at from effect
    where state in ('waiting', 'failed') and due_at < ${now}::timestamptz - interval '130 seconds'
      and not exists (select from exception
        where exception.effect_id = effect.id and resolved_at is null)`,

  'a placed order has its effects': () => sql`
    select orders.id, wanted.kind from orders
    cross join unnest(array['message_confirmation', 'fulfill']) as wanted (kind)
    where orders.placed_at is not null and number is not null and not exists (
      select from effect where effect.cause_id = orders.id and effect.kind = wanted.kind)`,

  'captured money of an order has its invoice promised': () => sql`
    select capture.id from capture join orders on orders.id = order_id
    where capture.state = 'succeeded' and orders.state in ('placed', 'closed')
      and not exists (select from effect where kind = 'invoice' and cause_id = capture.id)
      and not exists (select from refund where refund.attempt_id = capture.attempt_id)`,

  'a parcel has one label and one pick task': () => sql`
    select shipment.id, labels, tasks from shipment cross join lateral (
      select (select count(*) from label where shipment_id = shipment.id
          and state in ('buying', 'bought')) as labels,
        (select count(*) from pick_task where shipment_id = shipment.id) as tasks
    ) as counts where labels > 1 or tasks <> 1`,

  'legal numbers have no gaps': () => sql`
    select legal_entity_id, kind, fiscal_year, last_number, documents from (
      select series.legal_entity_id, series.kind, series.fiscal_year, last_number,
        case when series.kind = 'order'
          then (select count(*) from orders
            where orders.legal_entity_id = series.legal_entity_id and number is not null
              and series.fiscal_year = (select max(fiscal_year) from number_series as newest
                where newest.legal_entity_id = series.legal_entity_id and newest.kind = 'order'))
          else (select count(*) from invoice
            where invoice.legal_entity_id = series.legal_entity_id and invoice.kind = series.kind
              and invoice.fiscal_year = series.fiscal_year)
        end as documents
      from number_series as series
    ) as counted
    where last_number <> documents and not (kind = 'order' and fiscal_year < (
      select max(fiscal_year) from number_series where kind = 'order'))`,

  'the states in lists are what the rows behind them say': () => sql`
    select id, payment_state, ${payment_state_of} as payment,
      fulfillment_state, ${fulfillment_state_of} as fulfillment
    from orders
    where state in ('placed', 'closed', 'canceled')
      and (payment_state <> ${payment_state_of} or fulfillment_state <> ${fulfillment_state_of})`,

  'no effect happened twice': () => sql`
    select kind, cause_id, count(*) from message group by kind, cause_id having count(*) > 1`,
}

export type PromiseResult = {
  readonly name: string
  readonly violations: number
  /** The first guilty rows. */
  readonly rows: readonly object[]
}

const rows_max = 20

/** Asks every promise at one moment. */
export async function readPromises(tx: Tx, now: Date): Promise<PromiseResult[]> {
  const results: PromiseResult[] = []
  for (const [name, query] of Object.entries(promised)) {
    const rows = await tx.many<object>`${query(now)} limit 1000`
    results.push({ name, violations: rows.length, rows: rows.slice(0, rows_max) })
  }
  return results
}
