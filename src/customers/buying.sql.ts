// What whoever a cart belongs to has ordered: by their account or by their address.
import { sql } from '#src/db/sql.ts'

/** Of a row `orders` and a row `cart`. */
const is_of_one_buyer = sql`
  (lower(orders.email) = lower(cart.email) or orders.customer_id = cart.customer_id)`

/** Since they left it, the buyer of the row `cart` has bought another one. */
export const has_bought_since = sql`
  exists (
    select from orders
    where ${is_of_one_buyer} and orders.state in ('placed', 'closed')
      and coalesce(orders.placed_at, orders.created_at) >= cart.updated_at)`

/** The buyer of the row `cart` is just paying it, or another one. */
export const is_buying = sql`
  (exists (select from orders where cart_id = cart.id and orders.state = 'pending')
    or exists (select from orders where ${is_of_one_buyer} and orders.state = 'pending'))`
