// Finds, counts and sorts goods in the index. Pure.
import { type Bits, clearBit, countAll, eachDown, hasBit, keepCommon } from '#src/lib/bits.ts'
import type { GoodsIndex, SomeNumber } from './goods-index.ts'

export const search_sorts = ['relevance', 'newest', 'price', '-price', 'title', '-title'] as const
export type SearchSort = (typeof search_sorts)[number]

/** Goods as one channel sells them in one currency. */
export type ShelfColumn = {
  readonly published: Bits
  /** What one unit costs, in minor units; NaN without a price. */
  readonly prices: Float64Array
  /** Of which one variant at least can be had. */
  readonly available: Bits
}

export type RangeFilter = {
  /** `price`, or a field of the merchant's own. */
  readonly field: string
  readonly from: number | null
  readonly to: number | null
}
export type GoodsQuery = {
  /** Found by their words; null when nobody searches for words. */
  readonly text: { readonly found: Bits; readonly in_title: Bits } | null
  /** Goods must have one of the values of each facet. */
  readonly choices: ReadonlyMap<string, readonly string[]>
  /** In one of those of each field. */
  readonly ranges: readonly RangeFilter[]
  readonly only_available: boolean
  /** Members of collections; all must hold. */
  readonly within: readonly Bits[]
  readonly sort: SearchSort
  /** In whose titles goods are sorted, the preferred one first. */
  readonly languages: readonly string[]
  readonly after: Cursor | null
  readonly limit: number
  readonly facets: boolean
}

type SortKey = number | string
export type Cursor = { readonly key: SortKey; readonly n: number }

export type ValueCounts = ReadonlyMap<string, readonly (readonly [string, number])[]>
export type NumberRange = {
  readonly field: string
  readonly min: number
  readonly max: number
  readonly ranges: readonly { readonly from: number; readonly to: number; readonly count: number }[]
}
export type GoodsFound = {
  readonly numbers: readonly number[]
  readonly next: Cursor | null
  readonly total: number
  readonly values: ValueCounts
  readonly ranges: readonly NumberRange[]
  readonly available: number
}

const everything = (from: Bits): Bits => from.slice()

function keepRanges(set: Bits, some: SomeNumber, ranges: readonly RangeFilter[]): void {
  const isIn = (number: number): boolean =>
    ranges.some(
      ({ from, to }) => (from === null || number >= from) && (to === null || number <= to),
    )
  eachDown(set, (n) => {
    if (!some(n, isIn)) clearBit(set, n)
  })
}

/** The key of a sorted list: less comes first. Of two alike the newer one does. */
function keyBy(
  { sort, languages, text }: Pick<GoodsQuery, 'sort' | 'languages' | 'text'>,
  index: GoodsIndex,
  { prices }: ShelfColumn,
): (n: number) => SortKey {
  const price = (n: number): number => {
    const found = prices[n]
    return found === undefined || Number.isNaN(found) ? Number.POSITIVE_INFINITY : found
  }
  switch (sort) {
    case 'price':
      return price
    case '-price':
      return (n) => (price(n) === Number.POSITIVE_INFINITY ? price(n) : -price(n))
    case 'title':
    case '-title':
      return (n) => index.titleOf(n, languages)
    case 'relevance':
      return (n) => (text !== null && hasBit(text.in_title, n) ? 0 : 1)
    case 'newest':
      return () => 0
  }
}

/** The first ones behind the cursor, in one walk: as fast on the last page as on the first. */
function pick(
  among: Bits,
  keyOf: (n: number) => SortKey,
  { sort, after, limit }: Pick<GoodsQuery, 'sort' | 'after' | 'limit'>,
): Cursor[] {
  const sign = sort === '-title' ? -1 : 1
  const order = (a: SortKey, n: number, b: SortKey, m: number): number =>
    a === b ? m - n : a < b ? -sign : sign
  const best: Cursor[] = []
  eachDown(among, (n) => {
    const key = keyOf(n)
    if (after !== null && order(key, n, after.key, after.n) <= 0) return
    const last = best.at(-1)
    if (best.length === limit && last && order(key, n, last.key, last.n) >= 0) {
      // All that follow are older: with one key for all none of them can come before.
      return sort === 'newest' ? false : undefined
    }
    let at = best.length
    while (at > 0 && order(key, n, best[at - 1]!.key, best[at - 1]!.n) < 0) at -= 1
    best.splice(at, 0, { key, n })
    if (best.length > limit) best.pop()
    return
  })
  return best
}

const range_count = 5

/** 1, 2 or 5 times a power of ten. */
function niceStep(width: number): number {
  const power = 10 ** Math.floor(Math.log10(width))
  const factor = [1, 2, 5, 10].find((one) => one * power >= width)!
  return factor * power
}

/** The ends of ranges of one width, as near to their decimals as a number can be. */
function stepsOf(step: number) {
  const parts = Math.round(1 / step)
  const startOf = step < 1 ? (i: number) => i / parts : (i: number) => i * step
  const rangeOf = (number: number): number => {
    const i = Math.floor(number / step)
    if (number >= startOf(i + 1)) return i + 1
    return number < startOf(i) ? i - 1 : i
  }
  return { startOf, rangeOf }
}

/**
 * From the lowest to the highest in even steps, each with how many a filter by it finds: both its
 * ends are in it. Where all are whole numbers a range ends before the next one begins; else what
 * lies on the border is in both.
 */
export function countRanges(field: string, among: Bits, some: SomeNumber): NumberRange | null {
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  let are_whole = true
  const span = (number: number): boolean => {
    if (number < min) min = number
    if (number > max) max = number
    are_whole &&= Number.isInteger(number)
    return false
  }
  eachDown(among, (n) => {
    some(n, span)
  })
  if (min > max) return null
  if (min === max) return { field, min, max, ranges: [] }
  // A price is filtered by in whole minor units, though one of a hundred may cost a part of one.
  const narrowest = are_whole || field === 'price' ? 1 : 0
  const { startOf, rangeOf } = stepsOf(Math.max(narrowest, niceStep((max - min) / range_count)))
  const first = rangeOf(min)
  const counts = new Array<number>(rangeOf(max) - first + 1).fill(0)
  let counted = -1
  // A product counts once in each range, however many of its variants are in it.
  const count = (number: number): boolean => {
    const at = rangeOf(number) - first
    const is_border = !are_whole && at > 0 && number === startOf(first + at)
    for (let i = Math.max(is_border ? at - 1 : at, counted + 1); i <= at; i++) counts[i]! += 1
    counted = at
    return false
  }
  eachDown(among, (n) => {
    counted = -1
    some(n, count)
  })
  const endOf = (i: number): number => {
    const next = startOf(first + i + 1)
    return are_whole ? Math.max(startOf(first + i), Math.ceil(next) - 1) : next
  }
  // All that the last one would hold lies on its border.
  if (!are_whole && counts.length > 1 && max === startOf(rangeOf(max))) counts.pop()
  const ranges = counts.map((count, i) => ({ from: startOf(first + i), to: endOf(i), count }))
  return { field, min, max, ranges: ranges.filter(({ count }) => count > 0) }
}

const priceBy =
  ({ prices }: ShelfColumn): SomeNumber =>
  (n, test) => {
    const price = prices[n]
    return price !== undefined && !Number.isNaN(price) && test(price)
  }

export function searchGoods(
  index: GoodsIndex,
  column: ShelfColumn,
  query: GoodsQuery,
  range_fields: readonly string[],
): GoodsFound {
  const numbersBy = (field: string): SomeNumber =>
    field === 'price' ? priceBy(column) : index.numbersBy(field)

  const ranges_by_field = Map.groupBy(query.ranges, ({ field }) => field)

  /** Everything but the filter of one facet, which does not narrow its own choices. */
  const reckon = (without: string | null): Bits => {
    const set = everything(index.active)
    keepCommon(set, column.published)
    if (query.text) keepCommon(set, query.text.found)
    for (const members of query.within) keepCommon(set, members)
    if (query.only_available && without !== 'available') keepCommon(set, column.available)
    for (const [facet, values] of query.choices) {
      if (facet !== without) keepCommon(set, index.having(facet, values))
    }
    for (const [field, ranges] of ranges_by_field) {
      if (field !== without) keepRanges(set, numbersBy(field), ranges)
    }
    return set
  }

  const found = reckon(null)
  const page = pick(found, keyBy(query, index, column), { ...query, limit: query.limit + 1 })
  const numbers = page.slice(0, query.limit).map(({ n }) => n)
  const next = page.length > query.limit ? page[query.limit - 1]! : null
  const total = countAll(found)
  if (!query.facets) {
    return { numbers, next, total, values: new Map(), ranges: [], available: 0 }
  }
  const values = new Map(index.countValues(found, (facet) => !query.choices.has(facet)))
  for (const facet of query.choices.keys()) {
    const own = index.countValues(reckon(facet), (other) => other === facet)
    values.set(facet, own.get(facet) ?? [])
  }
  const ranges = range_fields.flatMap((field) => {
    const is_chosen = ranges_by_field.has(field)
    return countRanges(field, is_chosen ? reckon(field) : found, numbersBy(field)) ?? []
  })
  const available = query.only_available ? reckon('available') : found.slice()
  keepCommon(available, column.available)
  return { numbers, next, total, values, ranges, available: countAll(available) }
}
