import { type Statement, sql, type Tx } from '#src/db/sql.ts'
import { erased_email } from '#src/lib/erased.ts'
import type { CustomerId, OrderId } from '#src/lib/ids.ts'

/**
 * Orders that were placed as a guest become those of the customer, once it is sure that the
 * address is theirs. Locked in id order. Gives the orders that were taken over.
 */
export const adoptOrders = async (
  tx: Tx,
  customers: readonly CustomerId[],
): Promise<{ id: OrderId; customer_id: CustomerId }[]> =>
  tx.many<{ id: OrderId; customer_id: CustomerId }>`
    with guest as (
      select orders.id, customer.id as customer_id
      from customer
      join orders on lower(orders.email) = customer.email and orders.customer_id is null
      where customer.id = any(${customers}) and email_verified_at is not null
      order by orders.id for update of orders
    )
    update orders set customer_id = guest.customer_id from guest where orders.id = guest.id
    returning orders.id, orders.customer_id`

export type OrderOfPerson = {
  readonly id: OrderId
  readonly number: string | null
  /** The cart or the draft that it came of. */
  readonly cart_id: string | null
  readonly state: string
  readonly fulfillment_state: string
  /** A parcel left after this moment and has not arrived. */
  readonly travels: boolean
  /** Work that was promised and is not done. */
  readonly unfinished: boolean
  /** A bank has not taken money back for the buyer, and nobody has seen to it. */
  readonly refund_failed: boolean
  /** What an edit has left too much is kept so far. */
  readonly settle_later: boolean
}

/** All orders of a person, locked in id order, also those that were placed as a guest. */
export const lockOrdersOfPerson = (
  tx: Tx,
  { id, email }: { readonly id: CustomerId; readonly email: string },
  left_after: Date,
): Promise<OrderOfPerson[]> =>
  tx.many<OrderOfPerson>`
    select id, number, cart_id, state, fulfillment_state,
      exists (select from shipment where order_id = orders.id
        and shipment.state in ('shipped', 'returning') and shipped_at > ${left_after}) as travels,
      exists (select from effect where order_id = orders.id
        and effect.state in ('waiting', 'failed')) as unfinished,
      exists (select from exception where order_id = orders.id
        and kind = 'refund_failed' and resolved_at is null) as refund_failed,
      settle_later
    from orders
    where customer_id = ${id} or (customer_id is null and lower(email) = ${email})
    order by id for update`

const countryOf = (address: 'shipping_address' | 'billing_address'): Statement => {
  const column = address === 'shipping_address' ? sql`shipping_address` : sql`billing_address`
  return sql`case when ${column} is not null then jsonb_build_object(
    'name', '', 'company', null, 'line1', '', 'line2', null, 'city', '', 'postal_code', null,
    'region', case when ${column} ->> 'region' ~ '^[A-Z0-9]{1,3}$' then ${column} ->> 'region' end,
    'country', ${column} ->> 'country', 'phone', null) end`
}

/**
 * Numbers and certificates name a person, and an engine may have quoted the address. Why there was
 * no tax stays; invoices, which are kept, say it in full.
 */
const taxFacts = (): Statement => {
  const erased = sql`'"erased"'::jsonb`
  const unnamed = sql`jsonb_set(jsonb_set(jsonb_set(tax_facts,
    '{tax_id,number}', ${erased}, false), '{exemption,number}', ${erased}, false),
    '{exemption,reason}', ${erased}, false)`
  return sql`${unnamed}
    || case when tax_facts ->> 'treatment' = 'exempt'
      then '{"notes": ["Tax exempt by a certificate, which the invoice names."]}'::jsonb
      else '{}' end
    || case when tax_facts #>> '{source,fallback}' is not null
      then jsonb_build_object('source',
        jsonb_set(tax_facts -> 'source', '{fallback}', ${erased}))
      else '{}' end`
}

/**
 * Who it was and where it went, taken out; the country stays, for taxes and their reports. Money
 * that arrives late for an expired order goes back. The orders must be locked.
 */
export const eraseOrders = (tx: Tx, ids: readonly OrderId[], now: Date): Promise<number> =>
  tx.run`
    update orders set email = ${erased_email}, phone = null,
      shipping_address = ${countryOf('shipping_address')},
      billing_address = ${countryOf('billing_address')},
      cancel_reason = case when cancel_reason is not null then 'erased' end,
      hold_reasons = case when hold_reasons is not null then array['erased'] end,
      buyer_note = null,
      tax_facts = ${taxFacts()}, erased_at = ${now},
      version = version + 1
    where id = any(${ids})`

/** What staff wrote about orders and their changes may speak of the person. */
export async function eraseWords(tx: Tx, ids: readonly OrderId[]): Promise<void> {
  await tx.run`
    update order_change set reason = '', taxed_before = null
    where order_id = any(${ids}) and (reason <> '' or taxed_before is not null)`
  await tx.run`
    update order_line set price_reason = 'erased'
    where order_id = any(${ids}) and price_reason is not null`
  await tx.run`delete from order_note where order_id = any(${ids})`
  await tx.run`delete from order_tag where order_id = any(${ids})`
}

/** Customers whose verified address stands on these orders of guests. */
export const verifiedBuyersOf = async (
  tx: Tx,
  orders: readonly OrderId[],
): Promise<CustomerId[]> => {
  const rows = await tx.many<{ id: CustomerId }>`
    select distinct customer.id from orders join customer on customer.email = lower(orders.email)
    where orders.id = any(${orders}) and orders.customer_id is null
      and email_verified_at is not null
    order by customer.id`
  return rows.map(({ id }) => id)
}

export const customersOfOrders = async (
  tx: Tx,
  orders: readonly OrderId[],
): Promise<CustomerId[]> => {
  const rows = await tx.many<{ id: CustomerId }>`
    select distinct customer_id as id from orders
    where id = any(${orders}) and customer_id is not null order by customer_id`
  return rows.map(({ id }) => id)
}

export type OrderInHistory = {
  readonly id: OrderId
  readonly number: string | null
  readonly state: string
  readonly payment_state: string
  readonly fulfillment_state: string
  readonly currency: string
  readonly total: bigint
  readonly units: number
  readonly created_at: Date
  readonly placed_at: Date | null
}

/** What a customer has ordered, the newest first, in every channel of the shop. */
export const readHistory = (
  tx: Tx,
  customer_id: CustomerId,
  after: string | null,
  limit: number,
): Promise<OrderInHistory[]> =>
  tx.many<OrderInHistory>`
    select id, number, state, payment_state, fulfillment_state, currency, total,
      (select coalesce(sum(quantity), 0) from order_line where order_id = orders.id)::int as units,
      created_at, placed_at
    from orders
    where customer_id = ${customer_id} and state <> 'superseded'
      and (${after}::uuid is null or id < ${after}::uuid)
    order by id desc limit ${limit}`

/** Whether an order is one of this customer. */
export const isOrderOf = async (tx: Tx, id: OrderId, customer_id: CustomerId): Promise<boolean> => {
  const row = await tx.maybe`
    select from orders where id = ${id} and customer_id = ${customer_id}`
  return row !== null
}

export type Bought = {
  readonly orders_placed: number
  readonly last_order_at: Date | null
  /** What placed orders come to now: after edits and cancellations, and less goodwill. */
  readonly spent: readonly { readonly currency: string; readonly amount: number }[]
}

export const readBought = (tx: Tx, customer_id: CustomerId): Promise<Bought> =>
  tx.one<Bought>`
    with placed as (
      select currency, placed_at, total
        - coalesce((select sum(amount) from order_change where order_id = orders.id), 0)
        - coalesce((select sum(takes_off) from refund
          where order_id = orders.id and refund.state <> 'failed'), 0) as net
      from orders where customer_id = ${customer_id} and state in ('placed', 'closed')
    )
    select (select count(*) from placed)::int as orders_placed,
      (select max(placed_at) from placed) as last_order_at,
      (select coalesce(json_agg(json_build_object('currency', currency, 'amount', amount)
        order by currency), '[]')
        from (select currency, sum(net)::bigint as amount from placed group by currency) as sums
      ) as spent`
