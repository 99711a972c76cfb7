// Promises about goods: what lies there, what is set aside, and for whom.
import { sql } from '#src/db/sql.ts'
import { ofItems, ofOrders, type Promises } from './promised.ts'

export const goods_promises: Promises = {
  // Of an item its whole ledger is summed up: as far as items that are sold often go, an hour
  // costs as much as a night.
  'on hand is the sum of the stock ledger': ofItems(
    () => sql`
    select stock_item_id as thing, location_id, coalesce(on_hand, 0) as on_hand,
      coalesce(moved, 0) as moved
    from stock_level
    full join (
      select stock_item_id, location_id, sum(quantity) as moved
      from stock_movement group by stock_item_id, location_id
    ) as ledger using (stock_item_id, location_id)
    where coalesce(on_hand, 0) <> coalesce(moved, 0)`,
  ),

  'held is what open orders and carts hold': ofItems(
    () => sql`
    select stock_item_id as thing, location_id, coalesce(held, 0) as held,
      coalesce(open, 0) as open, coalesce(cart_held, 0) as cart_held,
      coalesce(in_carts, 0) as in_carts
    from stock_level
    full join (
      select stock_item_id, location_id, sum(quantity - shipped - released) as open
      from hold where shipped + released < quantity group by stock_item_id, location_id
    ) as holds using (stock_item_id, location_id)
    full join (
      select stock_item_id, location_id, sum(quantity) as in_carts
      from cart_hold group by stock_item_id, location_id
    ) as carts using (stock_item_id, location_id)
    where coalesce(held, 0) <> coalesce(open, 0) + coalesce(in_carts, 0)
      or coalesce(cart_held, 0) <> coalesce(in_carts, 0)`,
  ),

  'nothing is sold that is not there': ofItems(
    () => sql`
    select stock_item_id as thing, location_id, on_hand, held, backorder_limit, shortfall
    from stock_level where held > on_hand + backorder_limit + shortfall`,
  ),

  'a shortfall stands in the exception inbox': ofItems(
    () => sql`
    select stock_item_id as thing, location_id, shortfall from stock_level
    where shortfall > 0 and not exists (
      select from exception where kind = 'stock_shortfall'
        and cause_id = stock_item_id and (resolved_at is null or resolution = 'dismissed'))`,
  ),

  'each order line holds what was ordered and not canceled': ofOrders(
    () => sql`
    select order_line_id as thing, order_id, stock_item_id, coalesce(wanted, 0) as wanted,
      coalesce(held, 0) as held
    from (
      select order_id, order_line.id as order_line_id, part.stock_item_id,
        part.quantity * (order_line.quantity - coalesce(canceled, 0)) as wanted
      from order_line
      join orders on orders.id = order_id and orders.state in ('pending', 'placed', 'closed')
      left join (
        select order_line_id, sum(quantity) as canceled
        from order_change_line where order_line_id is not null group by order_line_id
      ) as changes on changes.order_line_id = order_line.id
      cross join lateral jsonb_to_recordset(items) as part (stock_item_id uuid, quantity int)
    ) as lines
    full join (
      select order_id, order_line_id, stock_item_id, sum(quantity - released) as held
      from hold
      join orders on orders.id = order_id and orders.state in ('pending', 'placed', 'closed')
      group by order_id, order_line_id, stock_item_id
    ) as holds using (order_id, order_line_id, stock_item_id)
    where coalesce(wanted, 0) <> coalesce(held, 0)`,
  ),

  'a canceled order holds nothing': ofOrders(
    () => sql`
    select hold.id as thing, order_id, stock_item_id
    from orders join hold on hold.order_id = orders.id
    where orders.state in ('canceled', 'superseded') and shipped + released < quantity`,
  ),
}
