// Somebody signs in and has put things into a cart before: nothing of it is lost, and nothing is
// doubled. Of the same goods in both carts the larger quantity counts, so that merging twice, or
// from two windows at once, comes to the same. Pure.
import { newId } from '#src/lib/ids.ts'
import { type Cart, type CartLine, lines_max } from './carts.ts'

type Line = Pick<CartLine, 'variant_id' | 'quantity'>

/** The lines of both; null when they are more than a cart can hold. */
export function mergeLines(
  into: readonly CartLine[],
  from: readonly Line[],
): readonly CartLine[] | null {
  const lines = new Map(into.map((line) => [line.variant_id, line]))
  for (const { variant_id, quantity } of from) {
    const known = lines.get(variant_id)
    if (!known) lines.set(variant_id, { id: newId(), variant_id, quantity })
    else if (known.quantity < quantity) lines.set(variant_id, { ...known, quantity })
  }
  return lines.size > lines_max ? null : [...lines.values()]
}

/** What the buyer has chosen in the one cart stays; what is open there comes from the other. */
export function mergeCart(into: Cart, from: Cart): Cart | null {
  const lines = mergeLines(into.lines, from.lines)
  if (!lines) return null
  const { coupon_code, more_codes } = into.coupon_code === null ? from : into
  return {
    ...into,
    lines,
    email: into.email ?? from.email,
    phone: into.phone ?? from.phone,
    shipping_address: into.shipping_address ?? from.shipping_address,
    billing_address: into.billing_address ?? from.billing_address,
    shipping_option_id: into.shipping_option_id ?? from.shipping_option_id,
    coupon_code,
    more_codes,
    tax_id: into.tax_id ?? from.tax_id,
    accepts_reminders: into.accepts_reminders || from.accepts_reminders,
  }
}
