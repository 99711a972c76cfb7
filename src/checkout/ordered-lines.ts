// The lines of an order as they were agreed on: what their units cost, how they were taxed, and
// which line took the place of which. Pure.
import { isDeepStrictEqual } from 'node:util'
import { share } from '#src/lib/money.ts'
import type { PricedLine } from '#src/pricing/pricing.ts'
import { type EditFacts, type LineEdit, type OpenLine, onOrder } from './edits.ts'
import { type Places, type Stood, sameRates, type ToPrice } from './price-edit.ts'

/** What was taken off so many of its units. Further ones were promised nothing. */
export const discountOf = ({ discount, quantity }: OpenLine, units: number): bigint =>
  share(discount, BigInt(Math.min(units, quantity)), BigInt(quantity))

export const pricedAs = (line: OpenLine, units: number): ToPrice => ({
  id: line.id,
  variant_id: line.variant_id,
  quantity: units,
  tax_category: line.tax_category,
  agreed: {
    unit_price: line.unit_price,
    per_units: line.per_units,
    includes_tax: line.tax_included,
    discount: discountOf(line, units),
    discounts: line.discounts,
  },
})

/** A promotion has put it there, at no price. */
const isGift = ({ unit_price, discounts }: OpenLine): boolean =>
  unit_price === 0n && discounts.some(({ promotion_id }) => promotion_id !== null)

/** Further units: at the price of the line. What a promotion gives is given no further. */
export function furtherAs(line: OpenLine, units: number, { unit_price, reason }: LineEdit) {
  const { agreed, ...like } = pricedAs(line, units)
  const by_lists = isGift(line) && unit_price === undefined
  const to_price: ToPrice = {
    ...like,
    agreed: by_lists ? null : { ...agreed!, discount: 0n, discounts: [] },
  }
  return { to_price, by_lists, reason: isGift(line) && !by_lists ? (reason ?? '') : null }
}

export const stoodOf = ({ subtotal, discount, taxes }: OpenLine): Stood => ({
  paid: subtotal - discount,
  taxes,
})

/** Whether other taxes hold for units of the line where the order goes now. */
export function isRetaxed({ before, after }: Places, line: OpenLine, units: number): boolean {
  if (before === after || units === 0 || line.total === 0n) return false
  const like = pricedAs(line, units)
  const [was, is] = [before.priceOne(like), after.priceOne(like)]
  return was?.tax_included !== is?.tax_included || !isDeepStrictEqual(was?.taxes, is?.taxes)
}

/** The line as it was agreed on, before it was taxed for other places. */
export function agreedLine({ lines }: EditFacts, line: OpenLine, units: number): OpenLine {
  let found = line
  for (let tries = lines.length; tries > 0; tries--) {
    const earlier = lines.find(({ id }) => id === found.replaces)
    if (!earlier || found.price_reason !== null || earlier.quantity < units) break
    found = earlier
  }
  return found
}

/** An earlier line that is off by now and cost just that: putting it back undoes the change. */
export function earlierLike(
  { lines }: EditFacts,
  { line, offOf }: { readonly line: OpenLine; readonly offOf: (line: OpenLine) => number },
  priced: PricedLine,
): OpenLine | null {
  const { quantity, taxes } = priced
  const seen = new Set<string>([line.id])
  for (let id = line.replaces; id !== null && !seen.has(id); ) {
    seen.add(id)
    const earlier = lines.find((one) => one.id === id)
    if (!earlier) return null
    const off = offOf(earlier)
    const on = earlier.quantity - off
    const fits =
      quantity <= off &&
      earlier.unit_price === priced.unit_price &&
      earlier.per_units === priced.per_units &&
      earlier.tax_included === priced.tax_included &&
      discountOf(earlier, on + quantity) - discountOf(earlier, on) === priced.discount
    if (fits && (sameRates(earlier.taxes, taxes) || earlier.total === 0n)) return earlier
    id = earlier.replaces
  }
  return null
}

/** Whether another line has taken its place, at another price or for another place. */
export const isLeft = ({ lines }: EditFacts, line: OpenLine): boolean =>
  onOrder(line) === 0 &&
  (line.replaces !== null || lines.some(({ replaces }) => replaces === line.id))
