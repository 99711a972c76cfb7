// Which of the promotions that are tried on a cart win, and what they take off. Pure and
// deterministic: the higher priority goes first, then what would take off more by itself, then
// the older one; each is taken that may be combined with all taken before. What was taken is
// applied to products first, then to the order, then to shipping, each to what the ones before
// have left. What takes off nothing does not count, and stands in the way of no other.
import { sum } from '#src/lib/money.ts'
import type { Buyer } from './price-lists.ts'
import type { AppliedPromotion, Discount, PriceProblem } from './pricing.ts'
import type { PricingRules } from './pricing-rules.ts'
import { type Left, type Off, offOf } from './promotion-effects.ts'
import {
  type Effect,
  type GiftFacts,
  type LineWithSubtotal,
  missesPromotion,
  type Promotion,
  type PromotionMiss,
  type PromotionToTry,
  promotion_classes,
  promotion_misses,
} from './promotions.ts'

export type Missed = PromotionToTry & {
  readonly miss: PromotionMiss
  /** The one that it may not be combined with. */
  readonly beaten_by: Promotion | null
}
export type Gift = {
  readonly promotion: Promotion
  readonly code: string | null
  readonly effect: Extract<Promotion['effect'], { readonly kind: 'gift' }>
  readonly facts: GiftFacts
}
export type Promoted = {
  readonly applied: readonly AppliedPromotion[]
  /** Of each line what was taken off it, and by what. */
  readonly by_line: readonly { readonly off: bigint; readonly discounts: readonly Discount[] }[]
  readonly off_lines: bigint
  readonly off_shipping: bigint
  readonly gifts: readonly Gift[]
  readonly missed: readonly Missed[]
}

type Candidate = PromotionToTry & { readonly alone: bigint }

const worth = ({ by_line, shipping }: Off): bigint => sum(by_line) + shipping

const goesBefore = (a: Candidate, b: Candidate): number =>
  b.promotion.priority - a.promotion.priority ||
  (a.alone === b.alone ? 0 : a.alone > b.alone ? -1 : 1) ||
  (a.promotion.id < b.promotion.id ? -1 : a.promotion.id > b.promotion.id ? 1 : 0)

export const mayCombine = (a: Promotion, b: Promotion): boolean =>
  a.id !== b.id && a.combines_with.includes(b.class) && b.combines_with.includes(a.class)

/** A gift must be there, and able to travel with what is bought: alone it is not given. */
function missesGift({ promotion, gift }: PromotionToTry, is_empty: boolean, travels: boolean) {
  if (promotion.effect.kind !== 'gift') return false
  return (
    is_empty ||
    gift === null ||
    gift.available < promotion.effect.quantity ||
    (gift.requires_shipping && !travels)
  )
}

type Cart = Buyer & {
  readonly promotions: readonly PromotionToTry[]
  /** Null while it is not known how the goods travel, and where nothing travels. */
  readonly shipping: { readonly amount: bigint } | null
  /** Whether something is sent to the buyer. */
  readonly travels: boolean
  readonly rules?: PricingRules
}

/** An empty cart may still be filled, and shipping come to something once it is chosen. */
const mayGive = (effect: Effect, off: bigint, { lines, shipping }: Left, travels: boolean) =>
  off > 0n ||
  effect.kind === 'gift' ||
  lines.length === 0 ||
  (effect.kind === 'free_shipping' && shipping === null && travels)

function candidatesOf(cart: Cart, lines: readonly LineWithSubtotal[], missed: Missed[]) {
  const all: Left = {
    lines: lines.map(({ line }) => line),
    rest: lines.map(({ subtotal }) => subtotal),
    shipping: cart.shipping?.amount ?? null,
    rules: cart.rules,
  }
  const candidates: Candidate[] = []
  for (const tried of cart.promotions) {
    const { effect } = tried.promotion
    const early = missesPromotion(tried, cart, lines)
    const off = early === null ? offOf(effect, all) : null
    const alone = off === null ? 0n : worth(off)
    let miss = early ?? (off === null ? 'goods' : null)
    if (miss === null && missesGift(tried, lines.length === 0, cart.travels)) miss = 'gift'
    if (miss === null && !mayGive(effect, alone, all, cart.travels)) miss = 'nothing_off'
    if (miss === null) candidates.push({ ...tried, alone })
    else missed.push({ ...tried, miss, beaten_by: null })
  }
  return { all, candidates: candidates.sort(goesBefore) }
}

type Chosen = { readonly winners: readonly Candidate[]; readonly beaten: readonly Missed[] }

function chooseWinners(candidates: readonly Candidate[]): Chosen {
  const winners: Candidate[] = []
  const beaten: Missed[] = []
  for (const one of candidates) {
    const rival = winners.find(({ promotion }) => !mayCombine(promotion, one.promotion))
    if (rival === undefined) winners.push(one)
    else beaten.push({ ...one, miss: 'not_combinable', beaten_by: rival.promotion })
  }
  const rank = ({ promotion }: Candidate): number => promotion_classes.indexOf(promotion.class)
  // Sorting is stable: within a class the order of winning stays.
  return { winners: winners.sort((a, b) => rank(a) - rank(b)), beaten }
}

/** What each of the winners takes off what the ones before have left. */
function takeTurns(winners: readonly Candidate[], all: Left): Off[] {
  const rest = [...all.rest]
  let { shipping } = all
  return winners.map(({ promotion }) => {
    // It may be left nothing that it could take off.
    const off = offOf(promotion.effect, { ...all, rest, shipping }) ?? { by_line: [], shipping: 0n }
    off.by_line.forEach((amount, i) => {
      rest[i]! -= amount
    })
    if (shipping !== null) shipping -= off.shipping
    return off
  })
}

const isWithinBudget = ({ budget, spent }: Promotion, off: bigint): boolean =>
  budget === null || spent + off <= budget

/** Of gifts that are the same, those before have taken theirs. */
function isLeft(one: Candidate, before: readonly Candidate[]): boolean {
  const { effect } = one.promotion
  if (effect.kind !== 'gift') return true
  const given = before.reduce((units, { promotion: { effect: other } }) => {
    const is_same = other.kind === 'gift' && other.variant_id === effect.variant_id
    return is_same ? units + other.quantity : units
  }, 0)
  return one.gift!.available >= given + effect.quantity
}

/**
 * Who is left nothing by the others, or would take off more than its budget has left after them,
 * leaves its place to those that it kept out. One after the other, the first to take its turn
 * first: without it those behind it may find what they need.
 */
function settle(cart: Cart, all: Left, candidates: readonly Candidate[], missed: Missed[]) {
  let running = candidates
  for (;;) {
    const { winners, beaten } = chooseWinners(running)
    const offs = takeTurns(winners, all)
    const missOf = (one: Candidate, i: number): PromotionMiss | null => {
      const { promotion } = one
      const off = worth(offs[i]!)
      if (!mayGive(promotion.effect, off, all, cart.travels)) return 'nothing_off'
      if (!isWithinBudget(promotion, off)) return 'budget'
      return isLeft(one, winners.slice(0, i)) ? null : 'gift'
    }
    const at = winners.findIndex((one, i) => missOf(one, i) !== null)
    if (at < 0) {
      missed.push(...beaten)
      return winners.map((one, i) => ({ ...one, off: offs[i]! }))
    }
    const out = winners[at]!
    missed.push({ ...out, miss: missOf(out, at)!, beaten_by: null })
    running = running.filter((one) => one !== out)
  }
}

/** Tries all promotions of a cart on its lines. Nothing here is run for a cart without any. */
export function applyPromotions(cart: Cart, lines: readonly LineWithSubtotal[]): Promoted {
  const missed: Missed[] = []
  const { all, candidates } = candidatesOf(cart, lines, missed)
  const discounts = lines.map((): Discount[] => [])
  const applied: AppliedPromotion[] = []
  const gifts: Gift[] = []
  for (const winner of settle(cart, all, candidates, missed)) {
    const { promotion, code, gift, off } = winner
    const { id: promotion_id, name, effect } = promotion
    const named = { promotion_id, name, code: code?.code ?? null }
    off.by_line.forEach((amount, i) => {
      if (amount > 0n) discounts[i]!.push({ ...named, amount })
    })
    if (effect.kind === 'gift') gifts.push({ promotion, code: named.code, effect, facts: gift! })
    const coupon_id = code?.id ?? null
    applied.push({ ...named, coupon_id, amount: sum(off.by_line), shipping: off.shipping })
  }
  const by_line = discounts.map((of) => ({
    off: sum(of.map(({ amount }) => amount)),
    discounts: of,
  }))
  const off_lines = sum(by_line.map(({ off }) => off))
  const off_shipping = sum(applied.map(({ shipping }) => shipping))
  return { applied, by_line, off_lines, off_shipping, gifts, missed }
}

/** Codes that were named and do not count. That an automatic promotion does not is no problem. */
export const promotionProblems = ({ missed }: Promoted): PriceProblem[] =>
  missed.flatMap(({ code, miss }) =>
    code === null
      ? []
      : [
          {
            code: promotion_misses[miss],
            line_id: null,
            coupon: { code: code.code, reason: miss },
          },
        ],
  )
