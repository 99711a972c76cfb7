// How much of an order line a document covers. Pure, and exact: the parts of a line add up to the
// line again, for the tax of each component too, in however many documents it is cut.
import { share, split, sum } from '#src/lib/money.ts'

export type Tax = {
  readonly component: string
  readonly rate_ppm: number
  readonly amount: bigint
  /** What it was reckoned on, where that is not the whole net amount. */
  readonly base?: bigint
}

/** An order line, or the shipping charge, as it was sold. */
export type Whole = {
  readonly quantity: number
  readonly subtotal: bigint
  readonly discount: bigint
  readonly tax_included: boolean
  readonly taxes: readonly Tax[]
  /** What the buyer pays for it, tax and all. */
  readonly total: bigint
}
export type Part = {
  /** Null when the amount is not a number of units: a price reduction, or a share of money. */
  readonly quantity: number | null
  readonly subtotal: bigint
  readonly discount: bigint
  readonly net: bigint
  readonly taxes: readonly Tax[]
  readonly tax: bigint
  readonly total: bigint
}

/** How many units `amount` stands for, when rounding alone explains the difference. */
function unitsOf({ quantity, total }: Whole, amount: bigint): number | null {
  if (amount === total) return quantity
  const units = share(BigInt(quantity), amount, total)
  if (units === 0n) return null
  const off = share(total, units, BigInt(quantity)) - amount
  return off >= -1n && off <= 1n ? Number(units) : null
}

/**
 * The share of `value` that belongs to the first `amount` of the total. Where that is the price of
 * whole units it is their share.
 */
function upTo({ quantity, total }: Whole, value: bigint, amount: bigint): bigint {
  const all = BigInt(quantity)
  const units = share(all, amount, total)
  const is_units = share(total, units, all) === amount
  return is_units ? share(value, units, all) : share(value, amount, total)
}

/**
 * The part of `whole` from `before` to `before + amount` of its total. Every value is the rounded
 * share up to the end minus the rounded share up to the beginning, so nothing is lost between
 * two parts.
 */
export function partOf(whole: Whole, before: bigint, amount: bigint, units?: number | null): Part {
  const free = whole.total === 0n
  const cut = (value: bigint): bigint =>
    free ? value : upTo(whole, value, before + amount) - upTo(whole, value, before)
  const taxes = whole.taxes.map((tax) => ({
    ...tax,
    amount: cut(tax.amount),
    ...(tax.base === undefined ? {} : { base: cut(tax.base) }),
  }))
  const tax = sum(taxes.map((one) => one.amount))
  const discount = cut(whole.discount)
  return {
    quantity: units ?? (free ? whole.quantity : unitsOf(whole, amount)),
    // Not a share of its own: the printed line must add up.
    subtotal: amount + discount - (whole.tax_included ? 0n : tax),
    discount,
    net: amount - tax,
    taxes,
    tax,
    total: amount,
  }
}

/**
 * What `units` more units are worth that come off a line of which `canceled` are off already.
 * The last units go first: what is invoiced is counted from the first unit, and what is credited
 * from the last one that was invoiced. So a cancellation in the journal and the credit note of
 * its refund cut the line at the same places, and round alike.
 */
export function takenOff(
  whole: Whole,
  { canceled, units }: { readonly canceled: number; readonly units: number },
): Pick<Part, 'tax' | 'total'> {
  const upToUnit = (unit: number): bigint =>
    share(whole.total, BigInt(unit), BigInt(whole.quantity))
  const end = whole.quantity - canceled
  const before = upToUnit(end - units)
  return partOf(whole, before, upToUnit(end) - before)
}

/** Which line gets how much of a capture or refund. A null line is the shipping charge. */
export type Allocation = {
  readonly order_line_id: string | null
  readonly amount: bigint
  readonly quantity: number | null
}
/** What of a line no document covers yet. */
export type Open = {
  readonly order_line_id: string | null
  readonly amount: bigint
  /** Costs nothing, and stands on no document yet. */
  readonly free: boolean
}
export type Allocated =
  | { readonly kind: 'allocated'; readonly allocations: readonly Allocation[] }
  | { readonly kind: 'impossible'; readonly reason: string }

const impossible = (reason: string): Allocated => ({ kind: 'impossible', reason })

/** Money without a word about lines is spread over all that is open, in proportion. */
function spread(amount: bigint, opens: readonly Open[]): Allocated {
  const left = sum(opens.map((open) => open.amount))
  if (amount > left) return impossible(`${amount} is more than the ${left} that is open`)
  const parts = split(
    amount,
    opens.map((open) => open.amount),
  )
  const allocations = opens
    .map(({ order_line_id }, i) => ({ order_line_id, amount: parts[i]!, quantity: null }))
    .filter((allocation, i) => allocation.amount > 0n || opens[i]!.free)
  return { kind: 'allocated', allocations }
}

const opensOf = (asked: readonly Allocation[], by_line: ReadonlyMap<string | null, Open>): Open[] =>
  asked.map((one) => {
    const open = by_line.get(one.order_line_id)!
    return { ...one, amount: one.amount < open.amount ? one.amount : open.amount, free: open.free }
  })

/** All of some lines, and for what is left a share of the others. */
function withOthers(amount: bigint, some: readonly Open[], all: readonly Open[]): Allocated {
  const whole = new Set(some.map((one) => one.order_line_id))
  const others = all.filter((one) => !whole.has(one.order_line_id))
  const rest = spread(amount - sum(some.map((one) => one.amount)), others)
  if (rest.kind === 'impossible') return rest
  const taken = some
    .filter((one) => one.amount > 0n)
    .map(({ order_line_id, amount: part }) => {
      return { order_line_id, amount: part, quantity: null }
    })
  return { kind: 'allocated', allocations: [...taken, ...rest.allocations] }
}

/** Checks what was asked for against what is open, or spreads it when nothing was asked for. */
export function allocate(
  amount: bigint,
  asked: readonly Allocation[],
  opens: readonly Open[],
): Allocated {
  if (asked.length === 0) return spread(amount, opens)
  const by_line = new Map(opens.map((open) => [open.order_line_id, open]))
  if (new Set(asked.map((one) => one.order_line_id)).size < asked.length) {
    return impossible('a line stands in the allocations twice')
  }
  const allocated = sum(asked.map((one) => one.amount))
  if (allocated < amount) {
    return impossible(`the allocations add up to ${allocated}, not to ${amount}`)
  }
  for (const { order_line_id, amount: part } of asked) {
    if (part < 0n || !by_line.has(order_line_id)) {
      return impossible(`line ${order_line_id ?? 'shipping'} is not on this order`)
    }
  }
  const asked_opens = opensOf(asked, by_line)
  const open = sum(asked_opens.map((one) => one.amount))
  // What was given out of goodwill for these lines is documented already: the rest is of others.
  if (amount > open) return withOthers(amount, asked_opens, opens)
  // A part of what was canceled had not been paid: only the rest of it is money.
  if (allocated > amount) return spread(amount, asked_opens)
  const kept = asked.filter((one) => one.amount > 0n || by_line.get(one.order_line_id)?.free)
  return { kind: 'allocated', allocations: kept }
}
