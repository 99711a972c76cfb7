// What staff do with coupons. How often one was used is none of it: orders count that.
import { bumpRevision } from '../db/revision.sql.ts'
import type { Tx } from '../db/sql.ts'
import { addEvents } from '../events/events.sql.ts'
import { currencyErrors, fieldError, refuseErrors, scheduleErrors } from '../lib/field-errors.ts'
import type { CouponId } from '../lib/ids.ts'
import { refuse } from '../lib/refusal.ts'
import {
  insertCoupon,
  isChannel,
  lockCoupon,
  type StoredCoupon,
  updateCoupon,
} from './coupons.sql.ts'

async function checkCoupon(tx: Tx, coupon: StoredCoupon): Promise<void> {
  const { channel_id, currency, min_subtotal, rate_ppm, usage_limit, used } = coupon
  const errors = [...currencyErrors('currency', currency), ...scheduleErrors(coupon)]
  if (rate_ppm < 1 || rate_ppm > 1_000_000) {
    errors.push(fieldError('rate_ppm', 'range', 'From 1 to 1,000,000 parts per million.'))
  }
  if (min_subtotal < 0n) errors.push(fieldError('min_subtotal', 'range', 'Not below zero.'))
  if (min_subtotal > 0n && currency === null) {
    errors.push(fieldError('currency', 'required', 'A minimum needs the currency it is in.'))
  }
  if (usage_limit !== null && usage_limit < used) {
    errors.push(fieldError('usage_limit', 'below_used', `It was used ${used} times already.`))
  }
  if (channel_id !== null && !(await isChannel(tx, channel_id))) {
    errors.push(fieldError('channel_id', 'unknown', 'There is no such channel.'))
  }
  refuseErrors(errors)
}

/** @throws invalid_input, already_exists */
export async function createCoupon(
  tx: Tx,
  coupon: StoredCoupon,
  actor: string,
  now: Date,
): Promise<void> {
  await checkCoupon(tx, coupon)
  const { id, code } = coupon
  if (!(await insertCoupon(tx, coupon))) throw refuse('already_exists', { code })
  await addEvents(tx, [
    {
      kind: 'coupon.created',
      subject: 'coupon',
      subject_id: id,
      actor,
      detail: { code },
      at: now,
    },
  ])
  await bumpRevision(tx, 'settings')
}

export type CouponPatch = Partial<
  Omit<StoredCoupon, 'id' | 'code' | 'used' | 'created_at' | 'archived_at'>
> & { readonly archived?: boolean }

/** @throws not_found, invalid_input */
export async function changeCoupon(
  tx: Tx,
  id: CouponId,
  { archived, ...patch }: CouponPatch,
  actor: string,
  now: Date,
): Promise<StoredCoupon> {
  const known = await lockCoupon(tx, id)
  if (!known) throw refuse('not_found', { id })
  const is_archived = archived ?? known.archived_at !== null
  const archived_at = is_archived ? (known.archived_at ?? now) : null
  const coupon: StoredCoupon = { ...known, ...patch, archived_at }
  await checkCoupon(tx, coupon)
  await updateCoupon(tx, coupon)
  const detail = { archived, ...patch }
  await addEvents(tx, [
    { kind: 'coupon.changed', subject: 'coupon', subject_id: id, actor, detail, at: now },
  ])
  await bumpRevision(tx, 'settings')
  return coupon
}
