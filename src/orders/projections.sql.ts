// The state columns of an order that lists filter on. This is their one writer; a promise
// recomputes them with the same expressions, for all orders at once.
import { sql, type Tx } from '#src/db/sql.ts'
import type { OrderId } from '#src/lib/ids.ts'

/** The payment state of the row `orders`, from the sums below and what is `due`. */
export const payment_state = sql`
  case
    when captured > 0 and refunded >= captured then 'refunded'
    when refunded > 0 then 'partially_refunded'
    when captured > 0 and captured >= due then 'captured'
    when captured > 0 then 'partially_captured'
    when authorized > 0 then 'authorized'
    when waiting then 'pending'
    when voided and orders.state = 'canceled' then 'voided'
    when due = 0 and orders.state in ('placed', 'closed') then 'captured'
    else 'unpaid' end`

/** Over the attempts of an order, if it has any. */
export const payment_sums = sql`
  coalesce(sum(attempt.captured), 0) as captured,
  coalesce(sum(attempt.refunded), 0) as refunded,
  coalesce(sum(attempt.authorized) filter (
    where attempt.state in ('authorized', 'captured')), 0) as authorized,
  coalesce(bool_or(attempt.state in ('pending', 'unknown')), false) as waiting,
  coalesce(bool_or(attempt.state = 'canceled' and attempt.authorized > 0), false) as voided`

/**
 * The fulfillment state of an order, from the sums below. Units that went out in no parcel, as
 * downloads and vouchers do, have arrived with that.
 */
export const fulfillment_state = sql`
  case
    when needed = 0 and not ever_held then 'not_needed'
    when needed = 0 then 'unfulfilled'
    when returned >= needed then 'returned'
    when coalesce(delivered, 0) + shipped - coalesce(parceled, 0) >= needed then 'delivered'
    when shipped >= needed then 'shipped'
    when shipped > 0 then 'partially_shipped'
    else 'unfulfilled' end`

/** Over the holds of an order, if it has any. */
export const hold_sums = sql`
  coalesce(sum(hold.quantity - hold.released), 0) as needed,
  count(hold.id) > 0 as ever_held,
  coalesce(sum(hold.shipped), 0) as shipped`

/** Over the parcels of an order and what is in them. */
export const parcel_sums = sql`
  coalesce(sum(line.quantity) filter (where parcel.state = 'delivered'), 0) as delivered,
  coalesce(sum(line.quantity) filter (
    where parcel.state in ('shipped', 'delivered', 'returning', 'returned')), 0) as parceled,
  coalesce(sum(line.quantity) filter (where parcel.state = 'returned'), 0) as returned`

const payment_state_of = sql`(
  select ${payment_state}
  from (
    select ${payment_sums},
      greatest(orders.total - coalesce((select sum(change.amount) from order_change as change
        where change.order_id = orders.id), 0) - coalesce((select sum(refund.takes_off) from refund
        where refund.order_id = orders.id and refund.state <> 'failed'), 0), 0) as due
    from payment_attempt as attempt where attempt.order_id = orders.id
  ) as money)`

const fulfillment_state_of = sql`(
  select ${fulfillment_state}
  from (select ${hold_sums} from hold where hold.order_id = orders.id) as units, (
    select ${parcel_sums}
    from shipment as parcel join shipment_line as line on line.shipment_id = parcel.id
    where parcel.order_id = orders.id
  ) as parcels)`

export async function projectPayment(tx: Tx, orders: readonly OrderId[]): Promise<void> {
  await tx.run`
    update orders set payment_state = ${payment_state_of}
    where id = any(${orders}) and payment_state is distinct from ${payment_state_of}`
}

export async function projectFulfillment(tx: Tx, orders: readonly OrderId[]): Promise<void> {
  await tx.run`
    update orders set fulfillment_state = ${fulfillment_state_of}
    where id = any(${orders}) and fulfillment_state is distinct from ${fulfillment_state_of}`
}
