// "Why this price?": every rule that was looked at, hit or missed, in plain words. It asks the
// same predicates as priceCart does, after it, so that pricing itself never pays for words.
import type { PriceListId } from '#src/lib/ids.ts'
import { type Currency, money_max } from '#src/lib/money.ts'
import { whyPromotions } from './explain-promotions.ts'
import { whyLineTax, whyPriceRelief, whyShipping, whyTreatment } from './explain-tax.ts'
import { choosePrices, type LineWithPrice, priceCart } from './price-cart.ts'
import {
  compareLists,
  groupPrices,
  type ListMiss,
  missesList,
  specificityOf,
} from './price-lists.ts'
import type {
  CartToPrice,
  LineToPrice,
  Price,
  PriceBook,
  PricedCart,
  PricedLine,
  PriceList,
  Why,
} from './pricing.ts'
import { openTaxStage } from './tax-stage.ts'
import { amountText, hit, missed, moment } from './why-words.ts'

/** More lists than this are counted, not told one by one. */
const lists_told_max = 500

const nameOf = ({ code }: PriceList): string => `price list ${code}`

function whyListMisses(list: PriceList, miss: ListMiss, cart: CartToPrice): string {
  switch (miss) {
    case 'currency':
      return `It is in ${list.currency}; the cart is in ${cart.currency}.`
    case 'channel':
      return 'It is for another channel.'
    case 'country':
      return `It is for ${list.countries?.join(', ')}; the cart goes to ${cart.country}.`
    case 'group':
      return 'It is for a customer group the buyer is not in.'
    case 'not_started':
      return `It starts at ${moment(list.starts_at)}.`
    case 'ended':
      return `It ended at ${moment(list.ends_at)}.`
  }
}

function whyLists(book: PriceBook, cart: CartToPrice): Why[] {
  const told = book.price_lists.slice(0, lists_told_max).map((list) => {
    const miss = missesList(list, cart)
    return miss === null
      ? hit(nameOf(list), `It holds for this cart, with priority ${list.priority}.`)
      : missed(nameOf(list), whyListMisses(list, miss, cart))
  })
  const untold = book.price_lists.length - told.length
  return untold > 0 ? [...told, missed('price lists', `${untold} more are not told here.`)] : told
}

function priceText({ amount, per_units, min_quantity }: Price, currency: Currency): string {
  const units = per_units === 1 ? 'a unit' : `${per_units} units`
  const from = min_quantity === 1 ? '' : ` from ${min_quantity} on`
  return `${amountText(amount, currency)} for ${units}${from}`
}

/** Why a list that has a price for the line was passed over for the one that was chosen. */
function whyPassedOver(list: PriceList, chosen: PriceList): string {
  const order = compareLists(chosen, list)
  if (order === 0) return `The price in ${chosen.code} is not higher.`
  if (chosen.priority !== list.priority) {
    return `${chosen.code} has the higher priority (${chosen.priority} > ${list.priority}).`
  }
  return (
    `${chosen.code} names more of channel, customer group and countries ` +
    `(${specificityOf(chosen)} > ${specificityOf(list)}).`
  )
}

function whyPrice(
  lists: readonly PriceList[],
  prices: readonly Price[],
  quantity: number,
  chosen_id: PriceListId | null,
): Why[] {
  const chosen = lists.find(({ id }) => id === chosen_id)
  return lists.slice(0, lists_told_max).map((list): Why => {
    const tiers = prices
      .filter((price) => price.price_list_id === list.id)
      .sort((a, b) => a.min_quantity - b.min_quantity)
    if (tiers.length === 0) return missed(nameOf(list), 'It has no price for this item.')
    const tier = tiers.findLast(({ min_quantity }) => min_quantity <= quantity)
    if (tier === undefined) {
      const from = tiers[0]!.min_quantity
      return missed(nameOf(list), `Its prices begin at ${from} units; the line has ${quantity}.`)
    }
    const text = priceText(tier, list.currency)
    if (list.id === chosen_id) return hit(nameOf(list), `${text}.`)
    const reason = chosen ? whyPassedOver(list, chosen) : 'The sum is more than can be charged.'
    return missed(nameOf(list), `${text}. ${reason}`)
  })
}

/** Each rule of the shop's own that was asked about the line, in the order in which they were. */
function whyRules(cart: CartToPrice, given: LineToPrice, { line, listed }: LineWithPrice): Why[] {
  const why: Why[] = []
  cart.rules?.category(given, cart, (rule, category) => {
    const of_rule = `rule ${rule}`
    if (category === null)
      why.push(missed(of_rule, 'It was asked, and leaves the line in its tax category.'))
    else why.push(hit(of_rule, `It is taxed as goods of category ${category}.`))
  })
  // What was agreed on stands: no rule is asked about it.
  if (line.agreed) return why
  cart.rules?.price(line, listed.price, cart, (rule, price) => {
    const of_rule = `rule ${rule}`
    if (price === null) {
      why.push(missed(of_rule, 'It was asked, and leaves the price as it is.'))
      return
    }
    const text = `It makes the price ${amountText(price.amount, cart.currency)}`
    why.push(hit(of_rule, `${text} for ${price.per_units}.`))
  })
  return why
}

/** The same result as priceCart, with the reasons. For people, not for the hot path. */
export function explainCart(book: PriceBook, cart: CartToPrice): PricedCart {
  const priced = priceCart(book, cart)
  const lists = book.price_lists.filter((list) => missesList(list, cart) === null)
  const prices = groupPrices(cart.prices)
  const with_price = choosePrices(book, cart, openTaxStage(book, cart), [])
  const by_id = new Map(with_price.map((one) => [one.line.line_id, one]))
  const given = new Map(cart.lines.map((line) => [line.line_id, line]))
  const lines = priced.lines.map((line): PricedLine => {
    if (line.is_gift) return { ...line, why: [hit('gift', 'A promotion adds it at no price.')] }
    const of_variant = prices.get(line.variant_id) ?? []
    const chosen = by_id.get(line.line_id)!
    const why = [
      ...whyPrice(lists, of_variant, line.quantity, line.price_list_id),
      ...whyRules(cart, given.get(line.line_id)!, chosen),
      ...whyPriceRelief(chosen, cart.currency),
      ...whyLineTax(book, cart, line),
    ]
    return { ...line, why }
  })
  // A line without a price has no place among the lines: its reasons stand with the cart's.
  const unpriced = cart.lines
    .filter(({ line_id }) => !priced.lines.some((line) => line.line_id === line_id))
    .flatMap(({ variant_id, quantity }) =>
      whyPrice(lists, prices.get(variant_id) ?? [], quantity, null),
    )
  const is_over_limit = priced.problems.some(
    ({ code, line_id }) => code === 'limit_exceeded' && line_id === null,
  )
  const limit = is_over_limit ? [missed('limit', `A sum is more than ${money_max}.`)] : []
  const why = [
    ...whyLists(book, cart),
    ...unpriced,
    ...limit,
    ...(is_over_limit ? [] : whyPromotions(cart, priced)),
    ...whyTreatment(cart),
    ...whyShipping(book, cart, priced, with_price),
  ]
  return { ...priced, lines, why }
}
