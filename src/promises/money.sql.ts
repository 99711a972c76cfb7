// Promises about money: what a buyer agreed to, what was taken and given back, and the journal.
import { sql } from '#src/db/sql.ts'
import { ofCoupons, ofOrders, type Promises, quick } from './promised.ts'

/**
 * Every order with what of it is paid, taken, canceled, and given back or on its way there, what an
 * edit has left with the shop (all there is, where an older version has kept it), and the least
 * that it was ever to cost.
 */
export const money_of_orders = sql`
  select orders.id, number, state, total, coalesce(paid, 0) as paid,
    coalesce(captured, 0) as captured, coalesce(charges, 0) as charges,
    coalesce(canceled, 0) as canceled,
    total - greatest(coalesce(most_off, 0), 0) as lowest_due,
    coalesce(refunded, 0) as refunded, coalesce(given, 0) as given,
    case when settle_later then coalesce(kept_refund.amount, captured, 0) else 0 end as kept
  from orders
  left join kept_refund on kept_refund.order_id = orders.id
  left join (
    select order_id, sum(captured) as captured,
      count(*) filter (where captured > 0 and purpose = 'order') as charges,
      sum(case when state = 'captured' then captured else authorized end)
        filter (where state in ('captured', 'authorized')) as paid
    from payment_attempt group by order_id
  ) as attempts on attempts.order_id = orders.id
  left join (
    select order_id, sum(amount) as canceled, max(taken_off) as most_off
    from (
      select order_id, amount, sum(amount) over (partition by order_id order by version)
        as taken_off
      from order_change
    ) as change group by order_id
  ) as changes on changes.order_id = orders.id
  left join (
    select order_id, sum(amount) as refunded, sum(takes_off) as given
    from refund where state <> 'failed' group by order_id
  ) as refunds on refunds.order_id = orders.id`

/** Money of the row `money` that is not as it should be, and that a person knows of. */
export const is_known_to_staff = sql`
  exists (select from exception
    where exception.order_id = money.id and kind in ('refund_failed', 'payment_anomaly')
      and (resolved_at is null or resolution <> 'healed'))`

export const money_promises: Promises = {
  'a cart has one order': ofOrders(
    () => sql`
    select cart_id as thing, min(id::text)::uuid as order_id, count(*) from orders
    where cart_id is not null and state in ('pending', 'placed', 'closed')
    group by cart_id having count(*) > 1`,
  ),

  'a payment belongs to one order': ofOrders(
    () => sql`
    select min(id::text)::uuid as thing, min(order_id::text)::uuid as order_id, provider, reference,
      count(*)
    from payment_attempt
    where reference is not null group by provider, reference having count(*) > 1`,
  ),

  'captured is within authorized, refunded within captured': ofOrders(
    () => sql`
    select id as thing, order_id, amount, authorized, captured, refunded from payment_attempt
    where captured > authorized or refunded > captured or authorized > amount`,
  ),

  'attempts say what their captures and refunds say': ofOrders(
    () => sql`
    select attempt.id as thing, order_id, captured, refunded, coalesce(captures, 0) as captures,
      coalesce(refunds, 0) as refunds
    from payment_attempt as attempt
    left join (
      select attempt_id, sum(amount) as captures
      from capture where state = 'succeeded' group by attempt_id
    ) as taken on taken.attempt_id = attempt.id
    left join (
      select attempt_id, sum(amount) as refunds
      from refund where state = 'succeeded' group by attempt_id
    ) as given on given.attempt_id = attempt.id
    where captured <> coalesce(captures, 0) or refunded <> coalesce(refunds, 0)`,
  ),

  'refunds asked for are within what was captured': ofOrders(
    () => sql`
    select attempt_id as thing, refund.order_id, sum(refund.amount) as asked,
      min(captured) as captured
    from refund join payment_attempt on payment_attempt.id = attempt_id
    where refund.state <> 'failed'
    group by attempt_id, refund.order_id having sum(refund.amount) > min(captured)`,
  ),

  'debits are credits in every journal entry': ofOrders(
    () => sql`
    select id as thing, order_id, kind from journal_entry
    where not is_balanced(currencies, amounts)`,
  ),

  'journal lines name accounts of the chart': ofOrders(
    () => sql`
    select entry_id as thing, order_id, account from journal_line
    where not exists (select from account where code = journal_line.account)`,
  ),

  'every capture and refund is in the journal once': ofOrders(
    () => sql`
    select transfer.id as thing, order_id, transfer.kind, coalesce(entries, 0) as entries
    from (
      select id, order_id, 'capture' as kind from capture where state = 'succeeded'
      union all select id, order_id, 'refund' from refund where state = 'succeeded'
    ) as transfer
    left join (
      select cause_id, kind, count(*) as entries from journal_entry
      where kind in ('capture', 'refund') group by cause_id, kind
    ) as journal on journal.cause_id = transfer.id and journal.kind = transfer.kind
    where entries is distinct from 1`,
  ),

  // That a fee which is not known yet becomes known in time is promised by its effect.
  'the fee of a capture is in the journal once': ofOrders(
    () => sql`
    select capture.id as thing, capture.order_id, fee, coalesce(entries, 0) as entries
    from capture
    left join (
      select cause_id, count(*) as entries from journal_entry where kind = 'fee' group by cause_id
    ) as journal on journal.cause_id = capture.id
    left join effect on effect.kind = 'fee' and effect.cause_id = capture.id
    where capture.state = 'succeeded'
      and (coalesce(entries, 0) <> case when fee > 0 then 1 else 0 end
        or fee is null and effect.state = 'done')`,
  ),

  'every placed order is in the journal once': ofOrders(
    () => sql`
    select orders.id as thing, coalesce(entries, 0) as entries from orders
    left join (
      select order_id, count(*) as entries from journal_entry where kind = 'sale' group by order_id
    ) as journal on journal.order_id = orders.id
    where orders.number is not null and total > 0 and entries is distinct from 1`,
  ),

  'the total of an order is the sum of its parts': ofOrders(
    () => sql`
    select orders.id as thing, total, lines from orders
    left join (
      select order_id, sum(total) as lines, sum(subtotal) as subtotal, sum(discount) as discount,
        sum(tax) as tax
      from order_line where change_id is null group by order_id
    ) as sums on sums.order_id = orders.id
    where total is distinct from lines + shipping_total
        + case when shipping_tax_included then 0 else shipping_tax end
      or orders.subtotal <> sums.subtotal
      or discount_total <> sums.discount
      or tax_total <> sums.tax + shipping_tax`,
  ),

  'what was asked of the provider is what the buyer agreed to': ofOrders(
    () => sql`
    select payment_attempt.id as thing, order_id, amount, total from payment_attempt
    join orders on orders.id = order_id
    where purpose = 'order' and amount <> total
      or payment_attempt.currency <> orders.currency`,
  ),

  'an edit adds and takes off what its lines say': ofOrders(
    () => sql`
    select order_change.id as thing, order_change.order_id, amount, taken, added from order_change
    left join (
      select change_id, sum(amount) as taken from order_change_line group by change_id
    ) as off on off.change_id = order_change.id
    left join (
      select change_id, sum(total) as added from order_line
      where change_id is not null group by change_id
    ) as more on more.change_id = order_change.id
    where amount <> coalesce(taken, 0) - coalesce(added, 0)`,
  ),

  'what is off a line is within the line': ofOrders(
    () => sql`
    select order_line.id as thing, order_id, order_line.quantity, total, units, amount
    from order_line join (
      select order_line_id, sum(quantity) as units, sum(amount) as amount
      from order_change_line where order_line_id is not null group by order_line_id
    ) as off on off.order_line_id = order_line.id
    where units not between 0 and order_line.quantity or amount not between 0 and total`,
  ),

  // What an edit has added waits for the buyer: before it the order was paid.
  'a placed order is paid for': ofOrders(
    () => sql`
    select id as thing, * from (${money_of_orders}) as money
    where state in ('placed', 'closed') and total > 0 and paid < lowest_due`,
  ),

  'money beyond what is owed is on its way back': ofOrders(
    () => sql`
    select id as thing, * from (${money_of_orders}) as money
    where captured - refunded
        > case when state in ('placed', 'closed') then greatest(total - canceled - given, 0)
          else 0 end + kept
      and not ${is_known_to_staff}`,
  ),

  // What was taken so far, of goods that go out in parts, is less than what they cost; what an
  // edit has added may not be paid yet.
  'no more is given back than was taken off': ofOrders(
    () => sql`
    select id as thing, * from (${money_of_orders}) as money
    where state in ('placed', 'closed')
      and captured - refunded < least(captured, lowest_due) - given`,
  ),

  'what is kept of a buyer is kept for an edit': ofOrders(
    () => sql`
    select orders.id as thing, state from orders
    where settle_later and (state not in ('placed', 'closed') or not exists (
      select from order_change where order_change.order_id = orders.id and kind = 'edit'))`,
  ),

  'what an edit has left too much goes back when it is due': quick(
    (now) => sql`
    select order_id as thing, order_id, due_at, settle_later from kept_refund
    join orders on orders.id = order_id
    where not settle_later or due_at < ${now}::timestamptz - interval '130 seconds'`,
  ),

  'coupons are used within their limit, and counted right': ofCoupons(
    () => sql`
    select id as thing, code, usage_limit, used, coalesce(uses, 0) as uses from coupon
    left join (
      select coupon_id, count(*) as uses
      from coupon_use where released_at is null group by coupon_id
    ) as counted on counted.coupon_id = coupon.id
    where used > usage_limit or used <> coalesce(uses, 0)`,
  ),

  'an order that came to nothing uses no coupon': ofOrders(
    () => sql`
    select order_id as thing, coupon_id from coupon_use join orders on orders.id = order_id
    where released_at is null and orders.state in ('canceled', 'superseded')`,
  ),
}
