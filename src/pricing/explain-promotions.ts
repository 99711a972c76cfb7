// "Why this discount?": every promotion that was tried, hit or missed, in plain words.
import { type Currency, sum } from '#src/lib/money.ts'
import { applyPromotions, type Missed } from './apply-promotions.ts'
import type { AppliedPromotion, CartToPrice, PricedCart, Why } from './pricing.ts'
import { type Effect, type PromotionToTry, turnsOf } from './promotions.ts'
import { amountText, hit, missed, moment, percent } from './why-words.ts'

const ruleOf = ({ name, code }: { readonly name: string; readonly code: string | null }): string =>
  code === null ? `promotion ${name}` : `coupon ${code}`

const units = (n: number): string => (n === 1 ? 'one unit' : `${n} units`)

function effectText(effect: Effect, currency: Currency): string {
  switch (effect.kind) {
    case 'percentage':
      return `${percent(effect.rate_ppm)} off ${effect.on === 'order' ? 'the order' : 'its goods'}`
    case 'fixed': {
      const of = { order: 'the order', lines: 'its goods', units: 'each unit of its goods' }
      return `${amountText(effect.amount, currency)} off ${of[effect.on]}`
    }
    case 'buy_x_get_y': {
      const { buy, get, rate_ppm } = effect
      const gain = rate_ppm === 1_000_000 ? 'free' : `${percent(rate_ppm)} cheaper`
      return `For ${units(buy.quantity)} bought, the cheapest ${units(get.quantity)} ${gain}`
    }
    case 'gift':
      return `${units(effect.quantity)} as a gift`
    case 'free_shipping':
      return effect.max_amount === undefined
        ? 'Free shipping'
        : `Up to ${amountText(effect.max_amount, currency)} off shipping`
    case 'rule':
      return `The rule ${effect.rule} of the shop`
    case 'bundle_price':
      return `A set of ${effect.parts.length} parts for ${amountText(effect.amount, currency)}`
  }
}

function whyMisses({ miss, promotion, code, buyer, beaten_by }: Missed, cart: CartToPrice): string {
  const { conditions, currency } = promotion
  switch (miss) {
    case 'not_started':
      return `It starts at ${moment(promotion.starts_at)}.`
    case 'ended':
      return `It ended at ${moment(promotion.ends_at)}.`
    case 'used_up': {
      const is_code = code?.usage_limit != null && code.used >= code.usage_limit
      const { used, usage_limit } = is_code ? code : promotion
      return `It has been used ${used} times; the limit is ${usage_limit}.`
    }
    case 'buyer_limit':
      return `This buyer has used it ${buyer?.turns} times; the limit is ${turnsOf(promotion)}.`
    case 'budget': {
      const [spent, budget] = [promotion.spent, promotion.budget ?? 0n]
      const of = `${amountText(spent, cart.currency)} of ${amountText(budget, cart.currency)}`
      return `Of its budget ${of} are spent, and the rest is too little for this cart.`
    }
    case 'currency':
      return `It is for ${currency}; the cart is in ${cart.currency}.`
    case 'channel':
      return 'It is for another channel.'
    case 'group':
      return 'It is for a customer group the buyer is not in.'
    case 'country':
      return `It is for ${conditions.countries?.join(', ')}; the cart goes to ${cart.country}.`
    case 'first_order':
      return 'It is for a first order, and this buyer has ordered before.'
    case 'min_subtotal': {
      const least = amountText(conditions.min_subtotal ?? 0n, cart.currency)
      return `The items must come to ${least} at least.`
    }
    case 'min_quantity':
      return `It needs ${units(conditions.min_quantity ?? 0)} at least.`
    case 'goods':
      return 'The cart does not hold the goods that it is about.'
    case 'gift':
      return 'The gift cannot be given with this cart now.'
    case 'nothing_off':
      return 'It takes nothing off this cart, or the others leave it nothing.'
    case 'not_combinable':
      return `It may not be combined with ${beaten_by?.name}, which goes first.`
  }
}

function whyHits(
  { promotion, code }: PromotionToTry,
  applied: AppliedPromotion,
  cart: CartToPrice,
) {
  const text = effectText(promotion.effect, cart.currency)
  const off = amountText(applied.amount + applied.shipping, cart.currency)
  const how = promotion.effect.kind === 'gift' ? '' : `: ${off} off`
  return hit(
    ruleOf({ name: promotion.name, code: code?.code ?? null }),
    `${text}${how}. Class ${promotion.class}, priority ${promotion.priority}.`,
  )
}

/** In the order in which they were tried; the same predicates as pricing asks. */
export function whyPromotions(cart: CartToPrice, priced: PricedCart): Why[] {
  if (cart.promotions.length === 0) return []
  const by_id = new Map(cart.lines.map((line) => [line.line_id, line]))
  const lines = priced.lines
    .filter(({ is_gift }) => !is_gift)
    .map(({ line_id, subtotal }) => ({ line: by_id.get(line_id)!, subtotal }))
  // What it would have cost, which is less than the charge where the buyer owes no tax.
  const off = sum(priced.promotions.map(({ shipping }) => shipping))
  const shipping = priced.shipping && { amount: priced.shipping.amount + off }
  const { applied, missed: misses } = applyPromotions({ ...cart, shipping }, lines)
  return cart.promotions.map((tried) => {
    const { promotion, code } = tried
    const miss = misses.find((one) => one.promotion === promotion && one.code === code)
    if (!miss) return whyHits(tried, applied.find((a) => a.promotion_id === promotion.id)!, cart)
    const rule = ruleOf({ name: promotion.name, code: code?.code ?? null })
    return missed(rule, whyMisses(miss, cart))
  })
}
