// Coupons: promotions of one code that take a part off the whole order.
import { bumpRevision } from '#src/db/revision.sql.ts'
import type { Tx } from '#src/db/sql.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { fieldError, refuseErrors } from '#src/lib/field-errors.ts'
import type { CouponId, PromotionId } from '#src/lib/ids.ts'
import { refuse, refuseField } from '#src/lib/refusal.ts'
import { readCoupon, type StoredCoupon } from './coupons.sql.ts'
import { checkPromotion, earlierTerms, type Naming, spentAfter } from './edit-promotion.ts'
import {
  insertCodes,
  insertPromotion,
  lockCode,
  lockPromotion,
  type StoredPromotion,
  updateCode,
  updatePromotion,
  writeEarlierTerms,
} from './stored-promotions.sql.ts'

/** The id of a coupon is that of its promotion. */
const promotionIdOf = (id: CouponId): PromotionId => id as string as PromotionId

function promotionOf(coupon: StoredCoupon): StoredPromotion {
  const { code, rate_ppm, min_subtotal, channel_id, currency, starts_at, ends_at } = coupon
  return {
    id: promotionIdOf(coupon.id),
    name: code,
    is_automatic: false,
    class: 'order',
    combines_with: ['product', 'shipping'],
    priority: 0,
    effect: { kind: 'percentage', on: 'order', rate_ppm },
    conditions: {
      ...(min_subtotal === 0n ? {} : { min_subtotal }),
      ...(channel_id === null ? {} : { channel_ids: [channel_id] }),
    },
    currency,
    starts_at,
    ends_at,
    usage_limit: null,
    used: coupon.used,
    buyer_limit: null,
    budget: null,
    spent: 0n,
    created_at: coupon.created_at,
    archived_at: null,
  }
}

/** In the words of a coupon: that is what was sent. */
async function checkCoupon(
  tx: Tx,
  coupon: StoredCoupon,
  promotion: StoredPromotion,
  sent: ReadonlySet<Naming>,
): Promise<void> {
  const { rate_ppm, min_subtotal, usage_limit, used } = coupon
  const errors = []
  if (rate_ppm < 1 || rate_ppm > 1_000_000) {
    errors.push(fieldError('rate_ppm', 'range', 'From 1 to 1,000,000 parts per million.'))
  }
  if (min_subtotal < 0n) errors.push(fieldError('min_subtotal', 'range', 'Not below zero.'))
  if (usage_limit !== null && usage_limit < used) {
    errors.push(fieldError('usage_limit', 'below_used', `It was used ${used} times already.`))
  }
  refuseErrors(errors)
  await checkPromotion(tx, promotion, sent, (field) =>
    field === 'conditions.channel_ids' ? 'channel_id' : field,
  )
}

/** @throws invalid_input, already_exists */
export async function createCoupon(
  tx: Tx,
  coupon: StoredCoupon,
  actor: string,
  now: Date,
): Promise<void> {
  const promotion = promotionOf(coupon)
  await checkCoupon(tx, coupon, promotion, new Set(['conditions']))
  const { id, code, usage_limit, created_at, archived_at } = coupon
  await insertPromotion(tx, promotion)
  const row = {
    ...earlierTerms(promotion),
    ...{ id, code, usage_limit, created_at, archived_at },
    used: 0,
    promotion_id: promotion.id,
    batch_id: null,
  }
  if ((await insertCodes(tx, [row])) === 0) throw refuseField('already_exists', 'code', { code })
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

/**
 * What else its promotion has been given (limits, priority, goods, more channels) stays as it is.
 * @throws not_found, invalid_input
 */
export async function changeCoupon(
  tx: Tx,
  id: CouponId,
  { archived, ...patch }: CouponPatch,
  actor: string,
  now: Date,
): Promise<StoredCoupon> {
  const code = await lockCode(tx, id)
  const promotion = await lockPromotion(tx, promotionIdOf(id))
  const known = await readCoupon(tx, id)
  if (!code || !promotion || !known) throw refuse('not_found', { id })
  const is_archived = archived ?? known.archived_at !== null
  const archived_at = is_archived ? (known.archived_at ?? now) : null
  const coupon: StoredCoupon = { ...known, ...patch, archived_at }
  const { effect, conditions, currency, starts_at, ends_at } = promotionOf(coupon)
  const { min_subtotal: _, channel_ids, ...others } = promotion.conditions
  const has_channel = patch.channel_id !== undefined
  // A coupon shows one channel; its promotion may have several.
  const kept = has_channel || channel_ids === undefined ? {} : { channel_ids }
  const terms: StoredPromotion = {
    ...promotion,
    effect: { ...promotion.effect, ...effect },
    conditions: { ...others, ...conditions, ...kept },
    currency,
    starts_at,
    ends_at,
  }
  const changed = { ...terms, spent: await spentAfter(tx, promotion, terms) }
  await checkCoupon(tx, coupon, changed, new Set(has_channel ? ['conditions'] : []))
  await writeEarlierTerms(tx, promotion.id, earlierTerms(changed))
  await updateCode(tx, { ...code, usage_limit: coupon.usage_limit, archived_at })
  await updatePromotion(tx, changed)
  const detail = { archived, ...patch }
  await addEvents(tx, [
    { kind: 'coupon.changed', subject: 'coupon', subject_id: id, actor, detail, at: now },
  ])
  await bumpRevision(tx, 'settings')
  return (await readCoupon(tx, id))!
}
