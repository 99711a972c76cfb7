// What pricing reads, and the uses of coupons: the statements of the order path. What staff
// change is in the *.sql.ts files beside this one.
import { asRows } from '../db/as-table.ts'
import { sql, type Tx } from '../db/sql.ts'
import type { CouponId, OrderId, PriceListId, VariantId } from '../lib/ids.ts'
import { type CouponUse, type LockedCoupon, usesLeft } from './coupons.ts'
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

export const coupon_columns = sql`id, code, rate_ppm, currency, min_subtotal, channel_id, starts_at,
  ends_at, usage_limit, used`

/** By code, as the buyer typed it in any case. Archived coupons are as unknown ones. */
export async function readCoupons(tx: Tx, codes: readonly string[]): Promise<Coupon[]> {
  if (codes.length === 0) return []
  const upper = codes.map((code) => code.trim().toUpperCase())
  return tx.many<Coupon>`
    select ${coupon_columns} from coupon where code = any(${upper}) and archived_at is null`
}

/** Rows of coupons are always locked in the order of their ids: no deadlock between batches. */
export async function lockCoupons(
  tx: Tx,
  ids: readonly CouponId[],
): Promise<ReadonlyMap<CouponId, LockedCoupon>> {
  if (ids.length === 0) return new Map()
  const rows = await tx.many<LockedCoupon>`
    select id, archived_at is not null as is_archived, usage_limit, used
    from coupon where id = any(${ids}) order by id for no key update`
  return new Map(rows.map((coupon) => [coupon.id, coupon]))
}

/** Writes uses that were granted over locked coupons. `coupon_limit` stands behind it. */
export async function writeCouponUses(tx: Tx, uses: readonly CouponUse[]): Promise<void> {
  if (uses.length === 0) return
  await tx.run`
    with taken as (
      insert into coupon_use ${asRows(uses, 'coupon_id uuid, order_id uuid')}
      on conflict (coupon_id, order_id) do update set released_at = null
      returning coupon_id
    )
    update coupon set used = used + uses
    from (select coupon_id, count(*)::int as uses from taken group by coupon_id) as per_coupon
    where coupon.id = coupon_id`
}

/**
 * Takes a use for each order, in the given order, as far as the limits allow. Returns the
 * orders that got none: a refusal is a value here, so that it does not fail its neighbors. An
 * order that has its use already keeps it and is not counted again.
 */
export async function takeCouponUses(tx: Tx, wanted: readonly CouponUse[]): Promise<OrderId[]> {
  if (wanted.length === 0) return []
  const coupons = await lockCoupons(
    tx,
    wanted.map(({ coupon_id }) => coupon_id),
  )
  // A statement of its own, because its snapshot must be younger than the locks.
  const had = await tx.many<CouponUse>`
    select coupon_id, order_id from coupon_use
    where order_id = any(${wanted.map(({ order_id }) => order_id)}) and released_at is null`
  const has = new Set(had.map(({ coupon_id, order_id }) => `${coupon_id} ${order_id}`))
  const left = usesLeft(coupons)
  const granted: CouponUse[] = []
  const refused: OrderId[] = []
  for (const use of wanted) {
    const { coupon_id, order_id } = use
    if (has.has(`${coupon_id} ${order_id}`)) continue
    has.add(`${coupon_id} ${order_id}`)
    const remaining = left.get(coupon_id) ?? 0
    if (remaining < 1) {
      refused.push(order_id)
      continue
    }
    left.set(coupon_id, remaining - 1)
    granted.push(use)
  }
  await writeCouponUses(tx, granted)
  return refused
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
export const usesOf = (tx: Tx, order_id: OrderId): Promise<CouponUse[]> =>
  tx.many<CouponUse>`select coupon_id, order_id from coupon_use where order_id = ${order_id}`
