// How much a promotion takes off lines of which `rest` is left to be paid. Pure; nothing ever
// takes off more than is left. Quantities are counted, never unrolled: a line of 9,999 units
// costs no more than one of two.
import { share, split, sum } from '#src/lib/money.ts'
import { type Fitting, openPicker, type Picked } from './pick-sets.ts'
import type { LineToPrice } from './pricing.ts'
import type { PricingRules } from './pricing-rules.ts'
import { type CountedGoods, type Effect, type GoodsFilter, matchesGoods } from './promotions.ts'

export type Left = {
  readonly lines: readonly LineToPrice[]
  /** Of each line what is left to be paid, in their order. */
  readonly rest: readonly bigint[]
  /** Null when it is not known yet how the goods travel. */
  readonly shipping: bigint | null
  readonly rules?: PricingRules | undefined
}
export type Off = { readonly by_line: readonly bigint[]; readonly shipping: bigint }

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)

const spread = (total: bigint, weights: readonly bigint[]): bigint[] =>
  total === 0n ? weights.map(() => 0n) : split(total, weights)

/** What is left of the lines that match; zeros for the others. */
const matching = ({ lines, rest }: Left, goods: GoodsFilter | undefined): bigint[] =>
  lines.map((line, i) => (matchesGoods(goods, line) ? rest[i]! : 0n))

const fits = ({ lines }: Left, goods: GoodsFilter | undefined): boolean =>
  lines.some((line) => matchesGoods(goods, line))

type Of<Kind extends Effect['kind']> = Extract<Effect, { readonly kind: Kind }>

function percentageOff(effect: Of<'percentage'>, left: Left): bigint[] | null {
  const { on, rate_ppm, goods, max_amount } = effect
  const part = (amount: bigint): bigint => share(amount, BigInt(rate_ppm), 1_000_000n)
  if (on === 'lines' && !fits(left, goods)) return null
  const base = on === 'order' ? left.rest : matching(left, goods)
  const off = on === 'order' ? spread(part(sum(base)), base) : base.map(part)
  const total = sum(off)
  return max_amount !== undefined && total > max_amount ? spread(max_amount, off) : off
}

function fixedOff({ on, amount, goods }: Of<'fixed'>, left: Left): bigint[] | null {
  if (on === 'order') return spread(least(amount, sum(left.rest)), left.rest)
  if (!fits(left, goods)) return null
  const base = matching(left, goods)
  if (on === 'lines') return spread(least(amount, sum(base)), base)
  return base.map((rest, i) => least(amount * BigInt(left.lines[i]!.quantity), rest))
}

/** Units of one line that may still be taken; all of them are worth the same. */
type Units = { readonly at: number; readonly quantity: number; readonly rest: bigint }

const unitsOf = ({ lines, rest }: Left, goods: GoodsFilter): Units[] =>
  lines.flatMap((line, at) =>
    matchesGoods(goods, line) ? [{ at, quantity: line.quantity, rest: rest[at]! }] : [],
  )

/** Negative when a unit of `a` is cheaper; the earlier line goes first among equals. */
function byPrice(a: Units, b: Units): number {
  const [left, right] = [a.rest * BigInt(b.quantity), b.rest * BigInt(a.quantity)]
  return left < right ? -1 : left > right ? 1 : a.at - b.at
}

const count = (units: readonly { readonly quantity: number }[]): number =>
  units.reduce((total, { quantity }) => total + quantity, 0)

/** The largest number from 0 to `max` for which it holds; it holds up to some number. */
function largest(max: number, holds: (n: number) => boolean): number {
  let [low, high] = [0, max]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (holds(middle)) low = middle
    else high = middle - 1
  }
  return low
}

const greatestDivisor = (a: bigint, b: bigint): bigint => (b === 0n ? a : greatestDivisor(b, a % b))
const leastMultiple = (a: bigint, b: bigint): bigint => (a / greatestDivisor(a, b)) * b

/** Units that any of the parts may be made of, dearest first. */
function fittingUnits(parts: readonly CountedGoods[], left: Left): Fitting[] {
  const fitting = unitsOf(left, {}).sort((a, b) => byPrice(b, a))
  const found = fitting.map(({ at, quantity }): Fitting => {
    const line = left.lines[at]!
    const fits_at = parts.map(({ goods }, i) => (matchesGoods(goods, line) ? 1 << i : 0))
    return { at, quantity, parts: fits_at.reduce((all, bit) => all | bit, 0) }
  })
  return found.filter(({ parts: fits_any }) => fits_any !== 0)
}

function worthOf(picked: readonly Picked[], { lines, rest }: Left): bigint[] {
  const taken = lines.map(() => 0)
  for (const { at, quantity } of picked) taken[at]! += quantity
  return taken.map((n, at) =>
    n === 0 ? 0n : share(rest[at]!, BigInt(n), BigInt(lines[at]!.quantity)),
  )
}

function cheapestOff(effect: Of<'buy_x_get_y'>, left: Left): bigint[] | null {
  const { buy, get, rate_ppm, times_max } = effect
  const bought = new Set(unitsOf(left, buy.goods).map(({ at }) => at))
  const gettable = unitsOf(left, get.goods)
  const [both, only_get] = [
    count(gettable.filter(({ at }) => bought.has(at))),
    count(gettable.filter(({ at }) => !bought.has(at))),
  ]
  const only_buy = count(unitsOf(left, buy.goods)) - both
  /** Units that could be either are needed where the others do not suffice. */
  const neededToBuy = (times: number): number => Math.max(0, times * buy.quantity - only_buy)
  const max = Math.floor((both + only_get) / get.quantity)
  const times = largest(
    Math.min(max, times_max ?? max),
    (n) => neededToBuy(n) + Math.max(0, n * get.quantity - only_get) <= both,
  )
  if (times === 0) return null
  let wanted = times * get.quantity
  let spare = both - neededToBuy(times)
  const picked: Picked[] = []
  for (const { at, quantity } of gettable.sort(byPrice)) {
    const is_both = bought.has(at)
    const taken = Math.min(wanted, is_both ? Math.min(quantity, spare) : quantity)
    if (taken === 0) continue
    wanted -= taken
    if (is_both) spare -= taken
    picked.push({ at, quantity: taken })
  }
  return worthOf(picked, left).map((worth) => share(worth, BigInt(rate_ppm), 1_000_000n))
}

/** How many sets are made of which units, dearest first; null when there is not one. */
function bundleOff({ parts, amount, times_max }: Of<'bundle_price'>, left: Left): bigint[] | null {
  const { lines, rest } = left
  // In so small parts of a minor unit each unit has a price without a fraction.
  const scale = lines.reduce((all, { quantity }) => leastMultiple(all, BigInt(quantity)), 1n)
  const prices = lines.map(({ quantity }, i) => (rest[i]! * scale) / BigInt(quantity))
  const units = fittingUnits(parts, left)
  const pick = openPicker(
    units,
    parts.map(({ quantity }) => quantity),
  )
  const most = Math.floor(count(units) / count(parts))
  const possible = largest(Math.min(most, times_max ?? most), (n) => pick(n) !== null)
  if (possible === 0) return null
  const saved = (times: number): bigint =>
    sum(pick(times)!.map(({ at, quantity }) => prices[at]! * BigInt(quantity))) -
    amount * scale * BigInt(times)
  // Each further set is made of cheaper units: sets are made as long as one more saves something.
  const times = largest(possible, (n) => saved(n) > saved(n - 1))
  const worth = worthOf(pick(times)!, left)
  const off = sum(worth) - amount * BigInt(times)
  return spread(off > 0n ? off : 0n, worth)
}

function linesOff(effect: Effect, left: Left): readonly bigint[] | null {
  switch (effect.kind) {
    case 'percentage':
      return percentageOff(effect, left)
    case 'fixed':
      return fixedOff(effect, left)
    case 'buy_x_get_y':
      return cheapestOff(effect, left)
    case 'bundle_price':
      return bundleOff(effect, left)
    case 'rule':
      return left.rules?.off(effect.rule, left, effect.values ?? {}) ?? null
    case 'gift':
    case 'free_shipping':
      return left.rest.map(() => 0n)
  }
}

/** Null when the cart does not hold the goods that the effect is about. */
export function offOf(effect: Effect, left: Left): Off | null {
  const by_line = linesOff(effect, left)
  if (by_line === null) return null
  if (effect.kind !== 'free_shipping' || left.shipping === null) return { by_line, shipping: 0n }
  return { by_line, shipping: least(left.shipping, effect.max_amount ?? left.shipping) }
}
