// Prices that stand on no list: staff have given them, or they were agreed on before. Pure.
import type { PriceListId } from '#src/lib/ids.ts'
import { share, split } from '#src/lib/money.ts'
import type { Buyer, ChosenPrice } from './price-lists.ts'
import type { AgreedPrice, Discount, LineToPrice, PriceList } from './pricing.ts'

const agreed_list_id = '00000000-0000-0000-0000-000000000000' as PriceListId

/** Null when none was agreed on. */
export function agreedPrice(
  { agreed, variant_id }: LineToPrice,
  { channel_id, currency }: Buyer,
): ChosenPrice | null {
  if (!agreed) return null
  const { unit_price: amount, per_units, includes_tax } = agreed
  const list: PriceList = {
    id: agreed_list_id,
    code: 'agreed',
    currency,
    prices_include_tax: includes_tax,
    channel_id,
    customer_group_id: null,
    countries: null,
    starts_at: null,
    ends_at: null,
    priority: 0,
  }
  const price = { price_list_id: list.id, variant_id, min_quantity: 1 }
  return { list, rank: 0, price: { ...price, amount, per_units, compare_at: null } }
}

/** The same discounts over another amount: their shares add up to it. */
export function cutDiscounts(discounts: readonly Discount[], off: bigint): Discount[] {
  const named = discounts.filter(({ amount }) => amount > 0n)
  if (off === 0n || named.length === 0) return []
  const parts = split(
    off,
    named.map(({ amount }) => amount),
  )
  return named.map((one, i) => ({ ...one, amount: parts[i]! })).filter(({ amount }) => amount > 0n)
}

const byStaff = (amount: bigint): Discount[] =>
  amount === 0n ? [] : [{ promotion_id: null, name: 'Discount', code: null, amount }]

/**
 * What is off a line with such a price. Where the buyer owes no tax, prices that include it are
 * read without it, and so is what is off them.
 */
export function offAsAgreed(
  { discount, discounts }: AgreedPrice,
  { subtotal, before_relief }: { readonly subtotal: bigint; readonly before_relief: bigint },
): { readonly off: bigint; readonly discounts: readonly Discount[] } {
  const off = before_relief === subtotal ? discount : share(discount, subtotal, before_relief)
  return { off, discounts: discounts ? cutDiscounts(discounts, off) : byStaff(off) }
}
