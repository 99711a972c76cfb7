// Which price lists hold for a buyer, and which of their prices a line gets. Pure.
import type { ChannelId, CustomerGroupId, PriceListId, VariantId } from '#src/lib/ids.ts'
import type { Currency } from '#src/lib/money.ts'
import type { Price, PriceBook, PriceList } from './pricing.ts'

/** Who buys, where and when: what a price list asks about. A CartToPrice is one. */
export type Buyer = {
  readonly now: Date
  readonly channel_id: ChannelId
  readonly currency: Currency
  readonly country: string
  readonly customer_group_ids: readonly CustomerGroupId[]
}

/** Why a list does not hold for a buyer. */
export type ListMiss = 'currency' | 'channel' | 'country' | 'group' | 'not_started' | 'ended'

/** From `starts_at` on and before `ends_at`, to the millisecond. */
export function missesSchedule(
  { starts_at, ends_at }: { readonly starts_at: Date | null; readonly ends_at: Date | null },
  now: Date,
): 'not_started' | 'ended' | null {
  if (starts_at !== null && now.getTime() < starts_at.getTime()) return 'not_started'
  if (ends_at !== null && now.getTime() >= ends_at.getTime()) return 'ended'
  return null
}

/** Null when the list holds for the buyer. */
export function missesList(list: PriceList, buyer: Buyer): ListMiss | null {
  if (list.currency !== buyer.currency) return 'currency'
  if (list.channel_id !== null && list.channel_id !== buyer.channel_id) return 'channel'
  if (list.countries !== null && !list.countries.includes(buyer.country)) return 'country'
  const group_id = list.customer_group_id
  if (group_id !== null && !buyer.customer_group_ids.includes(group_id)) return 'group'
  return missesSchedule(list, buyer.now)
}

/** How many of channel, customer group and countries a list names: a narrower list goes first. */
export const specificityOf = (list: PriceList): number =>
  Number(list.channel_id !== null) +
  Number(list.customer_group_id !== null) +
  Number(list.countries !== null)

/** Negative when `a` goes before `b`; zero leaves it to the lower price. */
export const compareLists = (a: PriceList, b: PriceList): number =>
  b.priority - a.priority || specificityOf(b) - specificityOf(a)

export type RankedList = { readonly list: PriceList; readonly rank: number }
type ListsOfCurrency = {
  readonly for_all: RankedList[]
  readonly by_group: Map<CustomerGroupId, RankedList[]>
}
/** The lists by what most of them differ in, so that a thousand contract lists cost nothing. */
export type ListIndex = ReadonlyMap<Currency, ListsOfCurrency>

export function indexLists(lists: readonly PriceList[]): ListIndex {
  const index = new Map<Currency, ListsOfCurrency>()
  const sorted = [...lists].sort((a, b) => compareLists(a, b) || (a.id < b.id ? -1 : 1))
  let rank = 0
  sorted.forEach((list, i) => {
    if (i > 0 && compareLists(sorted[i - 1]!, list) !== 0) rank += 1
    let of_currency = index.get(list.currency)
    if (of_currency === undefined) {
      of_currency = { for_all: [], by_group: new Map() }
      index.set(list.currency, of_currency)
    }
    const { for_all, by_group } = of_currency
    if (list.customer_group_id === null) {
      for_all.push({ list, rank })
    } else {
      const known = by_group.get(list.customer_group_id)
      if (known === undefined) by_group.set(list.customer_group_id, [{ list, rank }])
      else known.push({ list, rank })
    }
  })
  return index
}

export function listsFor(index: ListIndex, buyer: Buyer): Map<PriceListId, RankedList> {
  const found = new Map<PriceListId, RankedList>()
  const of_currency = index.get(buyer.currency)
  if (of_currency === undefined) return found
  const look = (ranked: readonly RankedList[]): void => {
    for (const one of ranked) {
      if (missesList(one.list, buyer) === null) found.set(one.list.id, one)
    }
  }
  look(of_currency.for_all)
  for (const group_id of buyer.customer_group_ids) look(of_currency.by_group.get(group_id) ?? [])
  return found
}

type ListBook = Pick<PriceBook, 'price_lists'>
const indexes = new WeakMap<ListBook, ListIndex>()

/** A book is a value that never changes, so its index is made once. */
export function listIndexOf(book: ListBook): ListIndex {
  let index = indexes.get(book)
  if (index === undefined) {
    index = indexLists(book.price_lists)
    indexes.set(book, index)
  }
  return index
}

/** Every list that holds for the buyer, the one that goes first at the front. */
export const applicableLists = (book: ListBook, buyer: Buyer): PriceList[] =>
  [...listsFor(listIndexOf(book), buyer).values()]
    .sort((a, b) => a.rank - b.rank || (a.list.id < b.list.id ? -1 : 1))
    .map(({ list }) => list)

/** The same with ranks that other lists of the shop do not shift: from one on. */
export function rankedLists(book: ListBook, buyer: Buyer): RankedList[] {
  const lists = applicableLists(book, buyer)
  let rank = 1
  return lists.map((list, i) => {
    if (i > 0 && compareLists(lists[i - 1]!, list) !== 0) rank += 1
    return { list, rank }
  })
}

export type PricesByVariant = ReadonlyMap<VariantId, readonly Price[]>

export function groupPrices(prices: readonly Price[]): PricesByVariant {
  const groups = new Map<VariantId, Price[]>()
  for (const price of prices) {
    const group = groups.get(price.variant_id)
    if (group === undefined) groups.set(price.variant_id, [price])
    else group.push(price)
  }
  return groups
}

/** The prices of these variants: carts of a batch share one read but not each other's lines. */
export const pricesOf = (groups: PricesByVariant, variant_ids: Iterable<VariantId>): Price[] =>
  [...new Set(variant_ids)].flatMap((variant_id) => groups.get(variant_id) ?? [])

export type ChosenPrice = { readonly list: PriceList; readonly rank: number; readonly price: Price }

/** Negative when one unit costs less in `a`. Exact: nothing is divided. */
export const compareUnitPrices = (a: Price, b: Price): number => {
  const left = a.amount * BigInt(b.per_units)
  const right = b.amount * BigInt(a.per_units)
  return left < right ? -1 : left > right ? 1 : 0
}

function goesBefore(a: ChosenPrice, b: ChosenPrice): boolean {
  if (a.rank !== b.rank) return a.rank < b.rank
  const cheaper = compareUnitPrices(a.price, b.price)
  return cheaper === 0 ? a.list.id < b.list.id : cheaper < 0
}

/**
 * In each list the highest tier that the quantity reaches; among lists the one that goes first.
 * Null when no list that holds has a price for so few.
 */
export function choosePrice(
  lists: ReadonlyMap<PriceListId, RankedList>,
  prices: readonly Price[],
  quantity: number,
): ChosenPrice | null {
  const tiers: ChosenPrice[] = []
  for (const price of prices) {
    if (price.min_quantity > quantity) continue
    const ranked = lists.get(price.price_list_id)
    if (ranked === undefined) continue
    const known = tiers.findIndex(({ list }) => list === ranked.list)
    if (known === -1) tiers.push({ ...ranked, price })
    else if (tiers[known]!.price.min_quantity < price.min_quantity) {
      tiers[known] = { ...ranked, price }
    }
  }
  let best: ChosenPrice | null = null
  for (const tier of tiers) {
    if (best === null || goesBefore(tier, best)) best = tier
  }
  return best
}
