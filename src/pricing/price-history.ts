// What something cost, at any moment, in one market: from the prices and lists that hold now and
// those that held before. It answers what a shop in the European Union must show
// beside a reduced price: the lowest price of the thirty days before the reduction.
import {
  type Buyer,
  type ChosenPrice,
  choosePrice,
  compareUnitPrices,
  indexLists,
  listsFor,
} from './price-lists.ts'
import type { Price, PriceList } from './pricing.ts'

/** Held from `since` on (null: always) and until before `until` (null: it holds still). */
type Held = { readonly since: Date | null; readonly until: Date | null }
export type HeldPrice = Price & Held
export type HeldList = PriceList & Held & { readonly archived_at: Date | null }

/** Where prices are shown, and to whom: a buyer at any moment. */
export type Market = Omit<Buyer, 'now'>
export type LowestPrice = {
  readonly amount: bigint
  readonly per_units: number
  /** As that of the price beside it: no rate is known here, so only like is compared with like. */
  readonly prices_include_tax: boolean
}

const days_ms = 86_400_000
/** Directive 98/6/EC, Article 6a. */
const window_ms = 30 * days_ms

const holdsAt = ({ since, until }: Held, at: number): boolean =>
  (since === null || since.getTime() <= at) && (until === null || at < until.getTime())

/** Every moment up to now at which something may have changed, the last one first. */
function momentsOf(lists: readonly HeldList[], prices: readonly HeldPrice[], now: Date): number[] {
  const moments = new Set<number>()
  const add = (at: Date | null): void => {
    if (at !== null && at <= now) moments.add(at.getTime())
  }
  for (const { since, until, starts_at, ends_at } of lists) {
    for (const at of [since, until, starts_at, ends_at]) add(at)
  }
  for (const { since, until } of prices) {
    add(since)
    add(until)
  }
  return [...moments].sort((a, b) => b - a)
}

const isEnteredAs = (a: ChosenPrice, b: ChosenPrice): boolean =>
  a.list.prices_include_tax === b.list.prices_include_tax

const isSame = (a: ChosenPrice | null, b: ChosenPrice | null): boolean =>
  a === null || b === null
    ? a === b
    : isEnteredAs(a, b) && compareUnitPrices(a.price, b.price) === 0

/**
 * The lowest price of the thirty days before the present one began, among those that were entered
 * as it is, with tax or without; null where there was none.
 * It stays the same until the price changes, so a page may keep it for as long as the price.
 */
export function lowestBefore(
  lists: readonly HeldList[],
  prices: readonly HeldPrice[],
  {
    market,
    quantity,
    now,
  }: { readonly market: Market; readonly quantity: number; readonly now: Date },
): LowestPrice | null {
  const priceAt = (at: number): ChosenPrice | null => {
    const live = lists.filter((list) => list.archived_at === null && holdsAt(list, at))
    const buyer = { ...market, now: new Date(at) }
    const held = prices.filter((price) => holdsAt(price, at))
    return choosePrice(listsFor(indexLists(live), buyer), held, quantity)
  }
  const present = priceAt(now.getTime())
  if (present === null) return null
  const moments = momentsOf(lists, prices, now)
  // When the present price began: before that moment there was another one, or none.
  const began = moments.find((moment) => !isSame(priceAt(moment - 1), present))
  if (began === undefined) return null
  // A price that held when the thirty days began counts too.
  const from = began - window_ms
  const shown = [from, ...moments.filter((moment) => from < moment && moment < began)]
  let lowest: Price | null = null
  for (const moment of shown) {
    const chosen = priceAt(moment)
    if (chosen === null || !isEnteredAs(chosen, present)) continue
    const { price } = chosen
    if (lowest === null || compareUnitPrices(price, lowest) < 0) lowest = price
  }
  const { prices_include_tax } = present.list
  return lowest && { amount: lowest.amount, per_units: lowest.per_units, prices_include_tax }
}
