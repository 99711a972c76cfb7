// What a promotion is, and whether it holds for a cart. Pure. Limits and budgets are only looked
// at here; they are kept over locked rows, with constraints behind them.
import type {
  CategoryId,
  ChannelId,
  CouponId,
  CustomerGroupId,
  ProductId,
  PromotionId,
  VariantId,
} from '#src/lib/ids.ts'
import type { Currency } from '#src/lib/money.ts'
import { type Buyer, missesSchedule } from './price-lists.ts'
import type { LineToPrice, PriceProblem } from './pricing.ts'
import type { RuleValues } from './pricing-rules.ts'

/** Goods that one of these names. Without any of them: all goods. */
export type GoodsFilter = {
  readonly product_ids?: readonly ProductId[]
  readonly variant_ids?: readonly VariantId[]
  /** With everything below them in the tree. */
  readonly category_ids?: readonly CategoryId[]
  readonly tags?: readonly string[]
}
export type CountedGoods = { readonly goods: GoodsFilter; readonly quantity: number }

export type Effect =
  /** Off the whole order, or off each line that matches; never more than `max_amount` in all. */
  | {
      readonly kind: 'percentage'
      readonly on: 'order' | 'lines'
      readonly rate_ppm: number
      readonly goods?: GoodsFilter
      readonly max_amount?: bigint
    }
  /** Off the order, off all lines that match together, or off each of their units. */
  | {
      readonly kind: 'fixed'
      readonly on: 'order' | 'lines' | 'units'
      readonly amount: bigint
      readonly goods?: GoodsFilter
    }
  /** For so many units bought, the cheapest others that match cost less, or nothing. */
  | {
      readonly kind: 'buy_x_get_y'
      readonly buy: CountedGoods
      readonly get: CountedGoods
      readonly rate_ppm: number
      readonly times_max?: number
    }
  /** One line more, which costs nothing. */
  | { readonly kind: 'gift'; readonly variant_id: VariantId; readonly quantity: number }
  | { readonly kind: 'free_shipping'; readonly max_amount?: bigint }
  /** What a rule of the shop's own takes off. */
  | { readonly kind: 'rule'; readonly rule: string; readonly values?: RuleValues }
  /** One set of these costs `amount`. A unit counts for one of the parts that it fits. */
  | {
      readonly kind: 'bundle_price'
      readonly parts: readonly CountedGoods[]
      readonly amount: bigint
      readonly times_max?: number
    }

export type Conditions = {
  readonly channel_ids?: readonly ChannelId[]
  /** The buyer is in one of them. */
  readonly customer_group_ids?: readonly CustomerGroupId[]
  readonly countries?: readonly string[]
  /** What subtotal and quantity are counted of, and what the cart must hold some of. */
  readonly goods?: GoodsFilter
  readonly min_subtotal?: bigint
  readonly min_quantity?: number
  /** Only for who has not ordered before, by customer and by e-mail address. */
  readonly first_order?: boolean
}

export const promotion_classes = ['product', 'order', 'shipping'] as const
export type PromotionClass = (typeof promotion_classes)[number]

export type Promotion = {
  readonly id: PromotionId
  readonly name: string
  readonly is_automatic: boolean
  readonly class: PromotionClass
  readonly combines_with: readonly PromotionClass[]
  readonly priority: number
  readonly effect: Effect
  readonly conditions: Conditions
  readonly currency: Currency | null
  readonly starts_at: Date | null
  readonly ends_at: Date | null
  readonly usage_limit: number | null
  readonly used: number
  readonly buyer_limit: number | null
  readonly budget: bigint | null
  readonly spent: bigint
}
export type Code = {
  readonly id: CouponId
  readonly code: string
  readonly usage_limit: number | null
  readonly used: number
}
/** What a promotion that counts its buyers knows of this one. */
export type BuyerFacts = { readonly turns: number; readonly has_ordered: boolean }
/** A gift as the catalogue and the shelves have it; null where it cannot be given. */
export type GiftFacts = {
  readonly product_id: ProductId
  readonly tax_category: string
  readonly taxable: boolean
  readonly requires_shipping: boolean
  /** How many there are to give. */
  readonly available: number
}

/** One promotion that is tried on a cart: automatic, or by the code that the cart names. */
export type PromotionToTry = {
  readonly promotion: Promotion
  readonly code: Code | null
  /** Null where the buyer is not known, or where it does not matter. */
  readonly buyer: BuyerFacts | null
  readonly gift: GiftFacts | null
}

/** Why a promotion does not count, and the problem that this is for who named its code. */
export const promotion_misses = {
  not_started: 'coupon_expired',
  ended: 'coupon_expired',
  used_up: 'coupon_used_up',
  buyer_limit: 'coupon_used_up',
  budget: 'coupon_used_up',
  currency: 'coupon_not_applicable',
  channel: 'coupon_not_applicable',
  group: 'coupon_not_applicable',
  country: 'coupon_not_applicable',
  first_order: 'coupon_not_applicable',
  min_subtotal: 'coupon_not_applicable',
  min_quantity: 'coupon_not_applicable',
  goods: 'coupon_not_applicable',
  gift: 'coupon_not_applicable',
  nothing_off: 'coupon_not_applicable',
  not_combinable: 'coupon_not_combinable',
} as const satisfies Record<string, PriceProblem['code']>
export type PromotionMiss = keyof typeof promotion_misses
/** The reason of `coupon_unknown`: no promotion that counts has the code. */
export const unknown_code_reason = 'unknown'

const sets = new WeakMap<readonly string[], ReadonlySet<string>>()
/** The lists of a promotion stay the same for as long as it does. */
function setOf(list: readonly string[]): ReadonlySet<string> {
  let set = sets.get(list)
  if (set === undefined) {
    set = new Set(list)
    sets.set(list, set)
  }
  return set
}

const names = (list: readonly string[] | undefined, id: string): boolean =>
  list !== undefined && setOf(list).has(id)
const namesAny = (list: readonly string[] | undefined, ids: readonly string[]): boolean =>
  list !== undefined && ids.some((id) => setOf(list).has(id))

export const isAllGoods = (filter: GoodsFilter | undefined): boolean =>
  filter === undefined ||
  !(filter.product_ids || filter.variant_ids || filter.category_ids || filter.tags)

export function matchesGoods(filter: GoodsFilter | undefined, line: LineToPrice): boolean {
  if (filter === undefined || isAllGoods(filter)) return true
  return (
    names(filter.variant_ids, line.variant_id) ||
    names(filter.product_ids, line.product_id) ||
    namesAny(filter.category_ids, line.category_ids) ||
    namesAny(filter.tags, line.tags)
  )
}

type Counted = Pick<Promotion, 'buyer_limit' | 'conditions'>

/** Who must be known before it can be told whether a promotion holds. */
export const asksBuyer = ({ buyer_limit, conditions }: Counted): boolean =>
  buyer_limit !== null || conditions.first_order === true

/** How many turns one buyer has; a first order is one. Null: as many as they like. */
export const turnsOf = ({ buyer_limit, conditions }: Counted): number | null =>
  conditions.first_order === true ? 1 : buyer_limit

/** Whether its counts must be read before it is tried. */
export const isLimited = ({ usage_limit, budget }: Promotion): boolean =>
  usage_limit !== null || budget !== null

type CartFacts = Pick<Buyer, 'now' | 'currency' | 'channel_id'>

/** What can be told without the goods: also of a cart that is still empty. */
export function missesTerms(
  { promotion, code }: Pick<PromotionToTry, 'promotion' | 'code'>,
  cart: CartFacts,
): PromotionMiss | null {
  const { currency, conditions, usage_limit, used, budget, spent } = promotion
  const out_of_time = missesSchedule(promotion, cart.now)
  if (out_of_time !== null) return out_of_time
  if (currency !== null && currency !== cart.currency) return 'currency'
  if (conditions.channel_ids && !names(conditions.channel_ids, cart.channel_id)) return 'channel'
  if (usage_limit !== null && used >= usage_limit) return 'used_up'
  if (code !== null && code.usage_limit !== null && code.used >= code.usage_limit) return 'used_up'
  return budget !== null && spent >= budget && promotion.effect.kind !== 'gift' ? 'budget' : null
}

function missesBuyer({ promotion, buyer }: PromotionToTry, cart: Buyer): PromotionMiss | null {
  const { customer_group_ids, countries, first_order } = promotion.conditions
  if (customer_group_ids && !namesAny(customer_group_ids, cart.customer_group_ids)) return 'group'
  if (countries && !names(countries, cart.country)) return 'country'
  if (buyer === null) return null
  if (first_order && buyer.has_ordered) return 'first_order'
  const turns = turnsOf(promotion)
  return turns !== null && buyer.turns >= turns ? 'buyer_limit' : null
}

export type LineWithSubtotal = { readonly line: LineToPrice; readonly subtotal: bigint }

/** Null when the promotion may be applied to these lines; what it comes to is another question. */
export function missesPromotion(
  tried: PromotionToTry,
  cart: Buyer,
  lines: readonly LineWithSubtotal[],
): PromotionMiss | null {
  const miss = missesTerms(tried, cart) ?? missesBuyer(tried, cart)
  if (miss !== null) return miss
  const { goods, min_subtotal = 0n, min_quantity = 0 } = tried.promotion.conditions
  let subtotal = 0n
  let quantity = 0
  for (const one of lines) {
    if (!matchesGoods(goods, one.line)) continue
    subtotal += one.subtotal
    quantity += one.line.quantity
  }
  if (quantity === 0 && !isAllGoods(goods)) return 'goods'
  if (quantity < min_quantity) return 'min_quantity'
  return subtotal < min_subtotal ? 'min_subtotal' : null
}

/** What is kept in memory and looked at for every cart must stay small enough for it. */
export const promotion_limits = {
  automatic: 200,
  codes_per_cart: 5,
  codes_per_call: 10_000,
  filter_ids: 1_000,
  parts: 10,
} as const
