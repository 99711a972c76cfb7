// An order as it stands: what was ordered and added, less what came off again. Pure. A line that
// has lost units is cut where documents and the journal cut it, so all of it adds up.
import { share, sum } from '#src/lib/money.ts'
import type { LineKind } from '#src/orders/orders.ts'
import { type Part, partOf, type Tax, type Whole } from './shares.ts'

/** Amounts inside jsonb come as numbers; they are whole and fit. */
type Amount = bigint | number
type StoredTax = Omit<Tax, 'amount' | 'base'> & {
  readonly amount: Amount
  readonly base?: Amount
}
export type OrderedLine = {
  readonly kind: LineKind
  readonly title: string
  readonly quantity: number
  /** Units of it that were taken off again. */
  readonly canceled: number
  readonly subtotal: Amount
  readonly discount: Amount
  readonly tax_included: boolean
  readonly taxes: readonly StoredTax[]
  readonly total: Amount
}
export type Ordered<Line extends OrderedLine> = {
  readonly lines: readonly Line[]
  readonly shipping_name: string | null
  readonly shipping_total: bigint
  readonly shipping_tax: bigint
  readonly shipping_tax_included: boolean
  readonly shipping_taxes: readonly StoredTax[]
  /** The charge that was ordered came off, for another one or with all of the order. */
  readonly shipping_is_off: boolean
}

/** A charge for shipping that stands. */
type Charge = Pick<Part, 'subtotal' | 'tax' | 'taxes'> & {
  readonly name: string | null
  readonly tax_included: boolean
}
export type Figures = {
  readonly subtotal: bigint
  readonly discount_total: bigint
  readonly shipping_total: bigint
  readonly tax_total: bigint
  /** What of the tax the amounts contain. */
  readonly tax_included: bigint
  /** subtotal - discount_total + shipping_total + tax_total - tax_included */
  readonly total: bigint
}
export type Standing<Line extends OrderedLine> = {
  /** The goods, each with what of it stands: nothing, where all its units are off. */
  readonly goods: readonly { readonly line: Line; readonly part: Part }[]
  readonly shipping: Charge | null
  readonly figures: Figures
}

const taxesOf = (taxes: readonly StoredTax[]): Tax[] =>
  taxes.map(({ base, amount, ...tax }) => ({
    ...tax,
    amount: BigInt(amount),
    ...(base === undefined ? {} : { base: BigInt(base) }),
  }))

/** What stands of a line. */
function keptOf({ canceled, ...line }: OrderedLine): Part {
  const { quantity, tax_included } = line
  const whole: Whole = {
    ...{ quantity, tax_included, taxes: taxesOf(line.taxes) },
    subtotal: BigInt(line.subtotal),
    discount: BigInt(line.discount),
    total: BigInt(line.total),
  }
  const units = BigInt(quantity - canceled)
  const shareOf = (amount: bigint): bigint => share(amount, units, BigInt(quantity))
  const part = partOf(whole, 0n, shareOf(whole.total), Number(units))
  if (whole.total !== 0n) return part
  const discount = shareOf(whole.discount)
  return { ...part, subtotal: discount, discount }
}

function chargeOf({ lines, ...order }: Ordered<OrderedLine>): Charge | null {
  const added = lines.find(({ kind, canceled }) => kind === 'shipping' && canceled === 0)
  if (added) {
    return { ...keptOf(added), name: added.title, tax_included: added.tax_included }
  }
  const { shipping_name: name, shipping_total: subtotal, shipping_tax: tax } = order
  if (order.shipping_is_off || (name === null && subtotal === 0n)) return null
  const { shipping_tax_included: tax_included } = order
  return { name, subtotal, tax, tax_included, taxes: taxesOf(order.shipping_taxes) }
}

export function standingOf<Line extends OrderedLine>(order: Ordered<Line>): Standing<Line> {
  const goods = order.lines.flatMap((line) =>
    line.kind === 'item' ? [{ line, part: keptOf(line) }] : [],
  )
  const shipping = chargeOf(order)
  const taxed = [
    ...goods.map(({ line, part }) => ({ tax: part.tax, tax_included: line.tax_included })),
    ...(shipping ? [shipping] : []),
  ]
  const subtotal = sum(goods.map(({ part }) => part.subtotal))
  const discount_total = sum(goods.map(({ part }) => part.discount))
  const shipping_total = shipping?.subtotal ?? 0n
  const tax_total = sum(taxed.map(({ tax }) => tax))
  const tax_included = sum(taxed.map((one) => (one.tax_included ? one.tax : 0n)))
  const total = subtotal - discount_total + shipping_total + tax_total - tax_included
  return {
    goods,
    shipping,
    figures: { subtotal, discount_total, shipping_total, tax_total, tax_included, total },
  }
}
