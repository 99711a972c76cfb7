// Promises about promotions: what they took off is what orders say, and no limit was passed.
import { sql } from '#src/db/sql.ts'
import { ofOrders, ofPromotions, type Promises } from './promised.ts'

export const promotion_promises: Promises = {
  'promotions stay within their limits and budgets, and are counted right': ofPromotions(
    () => sql`
    select promotion.id as thing, name, usage_limit, used, coalesce(uses, 0) as uses, budget,
      spent, coalesce(amount, 0) as amount
    from promotion
    left join (
      select coalesce(promotion_id, coupon_id) as id, count(*) as uses
      from coupon_use where released_at is null group by 1
    ) as counted on counted.id = promotion.id
    left join (
      select coalesce(promotion_id, coupon_id) as id, currency, sum(amount) as amount
      from coupon_use where released_at is null group by 1, 2
    ) as summed on summed.id = promotion.id and summed.currency = promotion.currency
    where used > usage_limit or used <> coalesce(uses, 0) or spent > budget
      or budget is not null and spent <> coalesce(amount, 0)`,
  ),

  'an order holds the uses of the promotions that it names': ofOrders(
    () => sql`
    select orders.id as thing, applied, coalesce(uses, 0) as uses, said.amount,
      coalesce(held.amount, 0) as held
    from orders
    cross join lateral (
      select count(*) as applied,
        sum((one->>'amount')::bigint + (one->>'shipping')::bigint) as amount
      from jsonb_array_elements(promotions) as one
    ) as said
    left join (
      select order_id, count(*) as uses, sum(amount) as amount
      from coupon_use where released_at is null group by order_id
    ) as held on held.order_id = orders.id
    where promotions is not null and state in ('pending', 'placed', 'closed')
      and (applied <> coalesce(uses, 0) or said.amount <> coalesce(held.amount, 0))`,
  ),

  // Versions up to 0.1 wrote the code alone.
  'the discounts of an order are those of its promotions': ofOrders(
    () => sql`
    select orders.id as thing, discount_total, promotions from orders
    left join (
      select order_id, bool_or(discount <> coalesce((
        select sum((one->>'amount')::bigint) from jsonb_array_elements(discounts) as one), 0))
        as differ
      from order_line where discount > 0 or discounts is not null group by order_id
    ) as lines on lines.order_id = orders.id
    where case when promotions is null then discount_total > 0 and coupon_code is null
      else differ or discount_total <> (
        select sum((one->>'amount')::bigint) from jsonb_array_elements(promotions) as one) end`,
  ),

  'a turn of a buyer stands for a use': ofOrders(
    () => sql`
    select promotion_turn.order_id as thing, promotion_turn.promotion_id, nth, buyer_limit
    from promotion_turn
    left join coupon_use on coupon_use.order_id = promotion_turn.order_id
      and coupon_use.promotion_id = promotion_turn.promotion_id and released_at is null
    where coupon_use.order_id is null or nth > buyer_limit`,
  ),
}
