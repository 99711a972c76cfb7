// What pricing reads, and the uses of coupons: the statements of the order path. What staff
// change is in the *.sql.ts files beside this one.
import { type Tx, together } from '#src/db/sql.ts'
import type { CouponId, OrderId, PriceListId, VariantId } from '#src/lib/ids.ts'
import type { Coupon, Price, PriceBook, PriceList, TaxRate } from './pricing.ts'

/** Everything but prices. It may be kept for as long as the revision `settings` is the same. */
export async function readPriceBook(tx: Tx): Promise<PriceBook> {
  const price_lists = await tx.many<PriceList>`
    select id, code, currency, prices_include_tax, channel_id, customer_group_id, countries,
      starts_at, ends_at, priority
    from price_list where archived_at is null`
  const tax_rates = await tx.many<TaxRate>`
    select country, region, category, component, rate_ppm, position
    from tax_rate join tax_zone on tax_zone.id = zone_id`
  return { price_lists, tax_rates }
}

export type PriceKey = { readonly price_list_id: PriceListId; readonly variant_id: VariantId }

export const priceKeys = (
  lists: readonly { readonly id: PriceListId }[],
  variant_ids: readonly VariantId[],
): PriceKey[] =>
  lists.flatMap(({ id: price_list_id }) =>
    variant_ids.map((variant_id) => ({ price_list_id, variant_id })),
  )

/**
 * All tiers of these lists for these variants, each found by the primary key: a list with
 * 10,000 contract prices costs no more than one with ten. Carts of a batch put their keys
 * together; a key that is asked twice comes back once.
 */
export async function readPrices(tx: Tx, keys: readonly PriceKey[]): Promise<Price[]> {
  if (keys.length === 0) return []
  const single = new Map(keys.map((key) => [key.price_list_id + key.variant_id, key]))
  const wanted = [...single.values()]
  return tx.many<Price>`
    select price.price_list_id, price.variant_id, min_quantity, amount, per_units, compare_at
    from unnest(
      ${wanted.map(({ price_list_id }) => price_list_id)}::uuid[],
      ${wanted.map(({ variant_id }) => variant_id)}::uuid[]
    ) as wanted (price_list_id, variant_id)
    join price on price.price_list_id = wanted.price_list_id
      and price.variant_id = wanted.variant_id`
}

/** By code, as the buyer typed it in any case. Archived coupons are as unknown ones. */
export async function readCoupons(tx: Tx, codes: readonly string[]): Promise<Coupon[]> {
  if (codes.length === 0) return []
  const upper = codes.map((code) => code.trim().toUpperCase())
  return tx.many<Coupon>`
    select id, code, rate_ppm, currency, min_subtotal, channel_id, starts_at, ends_at,
      usage_limit, used
    from coupon where code = any(${upper}) and archived_at is null`
}

export type WantedUse = { readonly coupon_id: CouponId; readonly order_id: OrderId }

/** Rows of coupons are always locked in the order of their ids: no deadlock between batches. */
const lockCoupons = (tx: Tx, ids: readonly CouponId[]): Promise<number> =>
  tx.run`select from coupon where id = any(${ids}) order by id for no key update`

/**
 * Takes a use for each order, in the given order, as far as the limits allow. Returns the
 * orders that got none: a refusal is a value here, so that it does not fail its neighbors. An
 * order that has its use already keeps it and is not counted again.
 */
export async function takeCouponUses(tx: Tx, rows: readonly WantedUse[]): Promise<OrderId[]> {
  if (rows.length === 0) return []
  const coupon_ids = rows.map(({ coupon_id }) => coupon_id)
  const locked = lockCoupons(tx, coupon_ids)
  // A statement of its own, because its snapshot must be younger than the locks.
  const taken = tx.many<{ order_id: OrderId }>`
    with wanted as (
      select coupon_id, order_id, min(n) as n
      from unnest(${coupon_ids}::uuid[], ${rows.map(({ order_id }) => order_id)}::uuid[])
        with ordinality as row (coupon_id, order_id, n)
      group by coupon_id, order_id
    ), missing as (
      select coupon_id, order_id, n, row_number() over (partition by coupon_id order by n) as nth
      from wanted
      where not exists (
        select from coupon_use
        where coupon_use.coupon_id = wanted.coupon_id
          and coupon_use.order_id = wanted.order_id and released_at is null)
    ), granted as (
      select coupon_id, order_id from missing join coupon on coupon.id = coupon_id
      where archived_at is null and (usage_limit is null or used + nth <= usage_limit)
    ), taken as (
      insert into coupon_use (coupon_id, order_id) select coupon_id, order_id from granted
      on conflict (coupon_id, order_id) do update set released_at = null
    ), counted as (
      update coupon set used = used + uses
      from (select coupon_id, count(*)::int as uses from granted group by coupon_id) as per_coupon
      where coupon.id = coupon_id
    )
    select order_id from missing
    where (coupon_id, order_id) not in (select coupon_id, order_id from granted)
    order by n`
  const [, refused] = await together(locked, taken)
  return refused.map(({ order_id }) => order_id)
}

/** Gives back the uses of orders that came to nothing, once each however often it is asked. */
export async function releaseCouponUses(
  tx: Tx,
  order_ids: readonly OrderId[],
  now: Date,
): Promise<void> {
  if (order_ids.length === 0) return
  const held = await tx.many<{ coupon_id: CouponId }>`
    select distinct coupon_id from coupon_use
    where order_id = any(${order_ids}) and released_at is null`
  if (held.length === 0) return
  await lockCoupons(
    tx,
    held.map(({ coupon_id }) => coupon_id),
  )
  await tx.run`
    with released as (
      update coupon_use set released_at = ${now}
      where order_id = any(${order_ids}) and released_at is null
      returning coupon_id
    )
    update coupon set used = used - uses
    from (select coupon_id, count(*)::int as uses from released group by coupon_id) as per_coupon
    where coupon.id = coupon_id`
}

/** The uses an order took, whether it still has them or not. */
export const usesOf = (tx: Tx, order_id: OrderId): Promise<WantedUse[]> =>
  tx.many<WantedUse>`select coupon_id, order_id from coupon_use where order_id = ${order_id}`
