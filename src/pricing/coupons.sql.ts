// Coupons that are a promotion of their own: one code for a part of the order. A view of the rows
// of promotions and their codes.
import { sql, type Tx } from '#src/db/sql.ts'
import type { ChannelId, CouponId } from '#src/lib/ids.ts'
import type { Currency } from '#src/lib/money.ts'

export type StoredCoupon = {
  readonly id: CouponId
  readonly code: string
  readonly rate_ppm: number
  readonly currency: Currency | null
  readonly min_subtotal: bigint
  readonly channel_id: ChannelId | null
  readonly starts_at: Date | null
  readonly ends_at: Date | null
  readonly usage_limit: number | null
  readonly used: number
  readonly created_at: Date
  readonly archived_at: Date | null
}

const coupons = sql`
  select coupon.id, code, (effect->>'rate_ppm')::int as rate_ppm, promotion.currency,
    coalesce((conditions->>'min_subtotal')::bigint, 0) as min_subtotal,
    (conditions->'channel_ids'->>0)::uuid as channel_id, promotion.starts_at, promotion.ends_at,
    coupon.usage_limit, coupon.used, coupon.created_at, coupon.archived_at
  from coupon join promotion on promotion.id = coupon.id
  where effect->>'kind' = 'percentage' and effect->>'on' = 'order'`

export const readCoupon = (tx: Tx, id: CouponId): Promise<StoredCoupon | null> =>
  tx.maybe<StoredCoupon>`${coupons} and coupon.id = ${id}`

export const readCouponPage = (
  tx: Tx,
  { archived, after }: { readonly archived: boolean; readonly after: string | null },
  limit: number,
): Promise<StoredCoupon[]> =>
  tx.many<StoredCoupon>`
    ${coupons} and (coupon.archived_at is not null) = ${archived}
      and (${after}::uuid is null or coupon.id > ${after}::uuid)
    order by coupon.id limit ${limit}`
