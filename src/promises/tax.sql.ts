// Promises about taxes: components, what an order says it rests on, and the journal agree.
import { sql } from '#src/db/sql.ts'
import { ofOrders, type Promises } from './promised.ts'

export const tax_promises: Promises = {
  'the tax of a line and of shipping is the sum of its components': ofOrders(
    () => sql`
    select order_line.id as thing, order_id, tax,
      sum((component ->> 'amount')::bigint) as components
    from order_line left join jsonb_array_elements(taxes) as component on true
    group by order_line.id, order_id, tax
    having tax <> coalesce(sum((component ->> 'amount')::bigint), 0)
    union all
    select orders.id, orders.id, shipping_tax, sum((component ->> 'amount')::bigint)
    from orders left join jsonb_array_elements(shipping_taxes) as component on true
    group by orders.id, shipping_tax
    having shipping_tax <> coalesce(sum((component ->> 'amount')::bigint), 0)`,
  ),

  // As it stands after all changes: who is moved to another place may owe none there.
  'an order that owes no tax carries none, and says why': ofOrders(
    () => sql`
    select id as thing, tax_total, off, added, tax_facts from orders
    left join (
      select order_id, sum(tax) as off
      from order_change_line join order_change on order_change.id = change_id group by order_id
    ) as changes on changes.order_id = orders.id
    left join (
      select order_id, sum(tax) as added
      from order_line where change_id is not null group by order_id
    ) as lines on lines.order_id = orders.id
    where tax_facts is not null
      and (tax_facts ->> 'treatment' in ('reverse_charge', 'export', 'exempt')
          and tax_total - coalesce(off, 0) + coalesce(added, 0) <> 0
        or tax_facts ->> 'treatment' = 'reverse_charge'
          and (tax_facts -> 'tax_id' ->> 'number' is null
            or jsonb_array_length(tax_facts -> 'notes') = 0)
        or tax_facts ->> 'treatment' = 'exempt'
          and tax_facts -> 'exemption' ->> 'number' is null)`,
  ),

  'the journal owes the state the tax of each placed order': ofOrders(
    () => sql`
    select orders.id as thing, tax_total, owed from orders
    join (
      select order_id, -coalesce(sum(amount) filter (where account = 'tax_payable'), 0) as owed
      from journal_line where kind = 'sale' group by order_id
    ) as sales on sales.order_id = orders.id
    where owed <> tax_total`,
  ),
}
