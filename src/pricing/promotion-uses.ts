// Uses of promotions: what an order takes of the limits, decided over locked rows. Pure.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { CouponId, CustomerId, OrderId, PromotionId } from '#src/lib/ids.ts'
import type { Currency } from '#src/lib/money.ts'
import type { AppliedPromotion } from './pricing.ts'
import { type Promotion, turnsOf } from './promotions.ts'

/** What the whole of one promotion on one order takes. */
export type PromotionUse = {
  readonly order_id: OrderId
  readonly promotion_id: PromotionId
  readonly coupon_id: CouponId | null
  readonly amount: bigint
  readonly currency: Currency
}
/** Whoever orders, as far as they have said who they are. */
export type Buyer = { readonly customer_id: CustomerId | null; readonly email: string | null }

/**
 * What a buyer is counted by: digests, which tell nothing about their use of other promotions.
 * Whoever guesses an address finds its digest, so erasing takes those of addresses away.
 */
export function buyerKeys(promotion_id: PromotionId, { customer_id, email }: Buyer): string[] {
  const known = [
    ...(customer_id === null ? [] : [`customer ${customer_id}`]),
    ...(email === null ? [] : [`email ${email.trim().toLowerCase()}`]),
  ]
  return known.map((who) =>
    createHash('sha256').update(`${promotion_id} ${who}`).digest('base64url').slice(0, 32),
  )
}

export const usesFrom = (
  order_id: OrderId,
  currency: Currency,
  applied: readonly AppliedPromotion[],
): PromotionUse[] =>
  applied.map(({ promotion_id, coupon_id, amount, shipping }) => ({
    order_id,
    promotion_id,
    coupon_id,
    amount: amount + shipping,
    currency,
  }))

/** A code under its lock. */
export type LockedCode = {
  readonly id: CouponId
  readonly is_archived: boolean
  readonly usage_limit: number | null
  readonly used: number
}
/** A promotion under its lock. */
export type LockedPromotion = Pick<
  Promotion,
  'id' | 'currency' | 'usage_limit' | 'used' | 'buyer_limit' | 'conditions' | 'budget' | 'spent'
> & { readonly is_archived: boolean }

export type Turn = {
  readonly promotion_id: PromotionId
  readonly buyer: string
  readonly nth: number
  readonly buyer_limit: number
  readonly order_id: OrderId
}
export type Locked = {
  readonly codes: ReadonlyMap<CouponId, LockedCode>
  readonly promotions: ReadonlyMap<PromotionId, LockedPromotion>
  /** Turns that are taken, of the buyers of this batch. */
  readonly turns: readonly Turn[]
}
export type Granted = { readonly uses: PromotionUse[]; readonly turns: Turn[] }

/** Gives out what is left, one order after the other. */
export type Till = {
  /** The first use that is not to be had; null when all of them are. */
  missing(uses: readonly PromotionUse[], buyer: Buyer): PromotionUse | null
  /** Takes all of them: none of them may be missing. */
  take(uses: readonly PromotionUse[], buyer: Buyer): void
  readonly granted: Granted
}

const leftOf = (limit: number | null, used: number): number =>
  limit === null ? Infinity : limit - used

export function openTill({ codes, promotions, turns }: Locked): Till {
  const code_uses = new Map([...codes.values()].map((c) => [c.id, leftOf(c.usage_limit, c.used)]))
  const uses = new Map([...promotions.values()].map((p) => [p.id, leftOf(p.usage_limit, p.used)]))
  const spent = new Map([...promotions.values()].map((p) => [p.id, p.spent]))
  const taken = new Map<string, Set<number>>()
  const turnsOfBuyer = (promotion_id: PromotionId, buyer: string): Set<number> => {
    const key = `${promotion_id} ${buyer}`
    const known = taken.get(key) ?? new Set()
    taken.set(key, known)
    return known
  }
  for (const { promotion_id, buyer, nth } of turns) turnsOfBuyer(promotion_id, buyer).add(nth)

  const turnsFor = (use: PromotionUse, limit: number, buyer: Buyer): Turn[] | null => {
    const { promotion_id, order_id } = use
    const found = buyerKeys(promotion_id, buyer).map((key) => {
      const had = turnsOfBuyer(promotion_id, key)
      let nth = 1
      while (had.has(nth)) nth += 1
      return { promotion_id, buyer: key, nth, buyer_limit: limit, order_id }
    })
    return found.every(({ nth }) => nth <= limit) ? found : null
  }

  const granted: Granted = { uses: [], turns: [] }
  /** The turns that it takes; null when it is not to be had. */
  const offer = (use: PromotionUse, buyer: Buyer): Turn[] | null => {
    const promotion = promotions.get(use.promotion_id)
    if (promotion === undefined || promotion.is_archived) return null
    if (use.coupon_id !== null) {
      const code = codes.get(use.coupon_id)
      if (code === undefined || code.is_archived || code_uses.get(code.id)! < 1) return null
    }
    if (uses.get(promotion.id)! < 1) return null
    const { budget, currency } = promotion
    const counts = currency === use.currency
    if (budget !== null && (!counts || spent.get(promotion.id)! + use.amount > budget)) return null
    const limit = turnsOf(promotion)
    return limit === null ? [] : turnsFor(use, limit, buyer)
  }
  return {
    granted,
    missing: (wanted, buyer) => wanted.find((use) => offer(use, buyer) === null) ?? null,
    take(wanted, buyer) {
      for (const use of wanted) {
        const turns_taken = offer(use, buyer)
        assert(turns_taken !== null, 'a use was taken that is not to be had')
        const { promotion_id: id, coupon_id } = use
        uses.set(id, uses.get(id)! - 1)
        if (promotions.get(id)!.currency === use.currency) {
          spent.set(id, spent.get(id)! + use.amount)
        }
        if (coupon_id !== null) code_uses.set(coupon_id, code_uses.get(coupon_id)! - 1)
        granted.uses.push(use)
        for (const turn of turns_taken) {
          turnsOfBuyer(turn.promotion_id, turn.buyer).add(turn.nth)
          granted.turns.push(turn)
        }
      }
    },
  }
}
