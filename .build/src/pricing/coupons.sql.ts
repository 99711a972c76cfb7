import { sql, type Tx } from '../db/sql.ts'
import type { ChannelId, CouponId } from '../lib/ids.ts'
import type { Coupon } from './pricing.ts'

export type StoredCoupon = Coupon & {
  readonly created_at: Date
  readonly archived_at: Date | null
}

const coupon_columns = sql`
  id, code, rate_ppm, currency, min_subtotal, channel_id, starts_at, ends_at, usage_limit, used,
  created_at, archived_at`

export const readCoupon = (tx: Tx, id: CouponId): Promise<StoredCoupon | null> =>
  tx.maybe<StoredCoupon>`select ${coupon_columns} from coupon where id = ${id}`

/** Locked until commit, as buyers who take a use lock it. */
export const lockCoupon = (tx: Tx, id: CouponId): Promise<StoredCoupon | null> =>
  tx.maybe<StoredCoupon>`select ${coupon_columns} from coupon where id = ${id} for update`

export const readCouponPage = (
  tx: Tx,
  { archived, after }: { readonly archived: boolean; readonly after: string | null },
  limit: number,
): Promise<StoredCoupon[]> =>
  tx.many<StoredCoupon>`
    select ${coupon_columns} from coupon
    where (archived_at is not null) = ${archived}
      and (${after}::uuid is null or id > ${after}::uuid)
    order by id limit ${limit}`

/** False when another coupon has the code. */
export async function insertCoupon(tx: Tx, coupon: StoredCoupon): Promise<boolean> {
  const written = await tx.run`
    insert into coupon (${coupon_columns}, kind)
    values (${coupon.id}, ${coupon.code}, ${coupon.rate_ppm}, ${coupon.currency},
      ${coupon.min_subtotal}, ${coupon.channel_id}, ${coupon.starts_at}, ${coupon.ends_at},
      ${coupon.usage_limit}, ${coupon.used}, ${coupon.created_at}, ${coupon.archived_at},
      'percentage')
    on conflict (code) do nothing`
  return written === 1
}

/** The code and the count of uses stay as they are. */
export const updateCoupon = (tx: Tx, coupon: StoredCoupon): Promise<number> =>
  tx.run`
    update coupon set rate_ppm = ${coupon.rate_ppm}, currency = ${coupon.currency},
      min_subtotal = ${coupon.min_subtotal}, channel_id = ${coupon.channel_id},
      starts_at = ${coupon.starts_at}, ends_at = ${coupon.ends_at},
      usage_limit = ${coupon.usage_limit}, archived_at = ${coupon.archived_at}
    where id = ${coupon.id}`

export const isChannel = async (tx: Tx, id: ChannelId): Promise<boolean> =>
  (await tx.maybe`select from channel where id = ${id}`) !== null
