// Whether a coupon counts for a cart, and how much it takes off. Pure. The usage limit is only
// looked at here; it is kept over locked rows, with a constraint behind it.
import type { CouponId, OrderId } from '../lib/ids.ts'
import { share } from '../lib/money.ts'
import { type Buyer, missesSchedule } from './price-lists.ts'
import type { Coupon, PriceProblem } from './pricing.ts'

/** Why a coupon does not count, and the problem that this is for the buyer. */
export const coupon_misses = {
  not_started: 'coupon_expired',
  ended: 'coupon_expired',
  used_up: 'coupon_used_up',
  currency: 'coupon_not_applicable',
  channel: 'coupon_not_applicable',
  min_subtotal: 'coupon_not_applicable',
} as const satisfies Record<string, PriceProblem['code']>
export type CouponMiss = keyof typeof coupon_misses

type CartForCoupon = Pick<Buyer, 'now' | 'currency' | 'channel_id'>

/** Null when the coupon counts. */
export function missesCoupon(
  coupon: Coupon,
  cart: CartForCoupon,
  subtotal: bigint,
): CouponMiss | null {
  const out_of_time = missesSchedule(coupon, cart.now)
  if (out_of_time !== null) return out_of_time
  if (coupon.currency !== null && coupon.currency !== cart.currency) return 'currency'
  if (coupon.channel_id !== null && coupon.channel_id !== cart.channel_id) return 'channel'
  if (coupon.usage_limit !== null && coupon.used >= coupon.usage_limit) return 'used_up'
  return subtotal < coupon.min_subtotal ? 'min_subtotal' : null
}

/** The discount on a whole order, rounded once. */
export const couponDiscount = ({ rate_ppm }: Coupon, subtotal: bigint): bigint =>
  share(subtotal, BigInt(rate_ppm), 1_000_000n)

/** A coupon under its lock. */
export type LockedCoupon = {
  readonly id: CouponId
  readonly is_archived: boolean
  readonly usage_limit: number | null
  readonly used: number
}
export type CouponUse = { readonly coupon_id: CouponId; readonly order_id: OrderId }

/** How many more uses each of them has; lowered while orders are decided one after the other. */
export const usesLeft = (coupons: ReadonlyMap<CouponId, LockedCoupon>): Map<CouponId, number> =>
  new Map(
    [...coupons.values()].map(({ id, is_archived, usage_limit, used }) => {
      if (is_archived) return [id, 0]
      return [id, usage_limit === null ? Infinity : usage_limit - used]
    }),
  )
