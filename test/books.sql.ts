// What tests ask the database directly: whether everything has come to rest, and what happened.
import { sql, type Tx } from '#src/db/sql.ts'

export type Unrest = { readonly what: string; readonly detail: string }

const unrest = sql`
    select 'effect' as what, id, kind || ': ' || coalesce(last_error, '') as detail
    from effect where state = 'waiting'
    union all
    select 'payment', id, state from payment_attempt
    where state in ('created', 'unknown', 'pending')
    union all
    select 'capture', id, state from capture where state in ('requested', 'pending')
      and exists (select from effect where kind = 'capture' and cause_id = capture.id
        and effect.state <> 'failed')
    union all
    select 'refund', id, state from refund where state in ('requested', 'pending')
      and exists (select from effect where kind = 'refund' and cause_id = refund.id
        and effect.state <> 'failed')`

/** What is still to come by itself: effects that wait, money whose end nobody knows. */
export const readUnrest = (tx: Tx): Promise<Unrest[]> =>
  tx.many<Unrest>`
    select what, detail from (${unrest}) as unrest order by what, detail limit 20`

export type OrderFacts = {
  readonly id: string
  readonly number: string | null
  readonly cart_id: string | null
  readonly state: string
  readonly payment_state: string
  readonly fulfillment_state: string
  readonly cancel_reason: string | null
  readonly total: bigint
  readonly captured: bigint
  readonly refunded: bigint
  /** Payments of which money was taken. */
  readonly payments: number
  readonly canceled: bigint
  readonly units: number
}

/** Orders with their money and their units, oldest first: all there are, or these. */
export const readOrderFacts = (
  tx: Tx,
  ids: readonly string[] | null = null,
): Promise<OrderFacts[]> =>
  tx.many<OrderFacts>`
    select id, number, cart_id, state, payment_state, fulfillment_state, cancel_reason, total,
      (select coalesce(sum(captured), 0)::bigint from payment_attempt where order_id = orders.id)
        as captured,
      (select coalesce(sum(refunded), 0)::bigint from payment_attempt where order_id = orders.id)
        as refunded,
      (select count(*)::int from payment_attempt where order_id = orders.id and captured > 0)
        as payments,
      (select coalesce(sum(amount), 0)::bigint from order_change where order_id = orders.id)
        as canceled,
      (select coalesce(sum(quantity), 0)::int from order_line where order_id = orders.id) as units
    from orders where ${ids}::uuid[] is null or id = any(${ids}) order by id`

export type StockFacts = {
  readonly sku: string
  readonly location: string
  readonly on_hand: number
  readonly held: number
}

export const readStockFacts = (tx: Tx): Promise<StockFacts[]> =>
  tx.many<StockFacts>`
    select sku, location.code as location, on_hand, held
    from stock_level
    join stock_item on stock_item.id = stock_item_id
    join location on location.id = location_id
    order by sku, location`

export type CouponFacts = { readonly code: string; readonly used: number }

export const readCouponFacts = (tx: Tx): Promise<CouponFacts[]> =>
  tx.many<CouponFacts>`select code, used from coupon order by code`

/** How often each effect on the outside has happened for an order. */
export const readDeeds = (tx: Tx): Promise<{ order_id: string; deed: string; times: number }[]> =>
  tx.many<{ order_id: string; deed: string; times: number }>`
    select order_id, 'message_' || kind as deed, count(*)::int as times
    from message where order_id is not null group by order_id, kind
    union all
    select order_id, kind, count(*)::int from invoice group by order_id, kind
    union all
    select order_id, 'label', count(*)::int from label join shipment on shipment.id = shipment_id
    where label.state = 'bought' group by order_id
    union all
    select order_id, 'pick_task', count(*)::int
    from pick_task join shipment on shipment.id = shipment_id group by order_id`

/** What providers told and was taken in, by its kind. */
export const readHeard = (tx: Tx): Promise<{ about: string; times: number }[]> =>
  tx.many<{ about: string; times: number }>`
    select content ->> 'about' as about, count(*)::int as times
    from provider_event group by 1 order by 1`

/** By whose word payments were captured. */
export const readPaymentTellers = (tx: Tx): Promise<{ actor: string; payments: number }[]> =>
  tx.many<{ actor: string; payments: number }>`
    select actor, count(*)::int as payments from event where kind = 'payment.captured'
    group by actor order by actor`

/** What stands in the inbox of the staff. */
export const readExceptions = (tx: Tx): Promise<{ kind: string; message: string }[]> =>
  tx.many<{ kind: string; message: string }>`
    select kind, message from exception where resolved_at is null`
