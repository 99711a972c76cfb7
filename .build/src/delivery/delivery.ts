// What it costs to have a cart delivered: a table of rates per zone. Pure.
import type { ShippingOptionId } from '../lib/ids.ts'
import type { Currency } from '../lib/money.ts'

/** A row of the table: it holds from this weight and this subtotal on. */
export type ShippingRate = {
  readonly currency: Currency
  readonly min_weight_g: number
  readonly min_subtotal: bigint
  readonly amount: bigint
  readonly includes_tax: boolean
}
export type ShippingOption = {
  readonly id: ShippingOptionId
  readonly code: string
  readonly name: string
  readonly description: string
  /** The countries of its zone. */
  readonly countries: readonly string[]
  readonly tax_category: string
  /** Which of the carrier's services fit, best first; empty takes the cheapest. */
  readonly services: readonly string[]
  readonly days_min: number
  readonly days_max: number
  readonly position: number
  readonly rates: readonly ShippingRate[]
}
export type Delivery = {
  readonly country: string
  readonly currency: Currency
  readonly weight_g: number
  /** Of the lines, before any discount: a coupon does not cost the buyer free shipping. */
  readonly subtotal: bigint
}
/** An option that serves a delivery, with what it costs. */
export type OfferedOption = Omit<ShippingOption, 'countries' | 'rates'> & {
  readonly amount: bigint
  readonly includes_tax: boolean
}

/** Whether `a` stands after `b` in the table: by weight, then by subtotal. */
const standsAfter = (a: ShippingRate, b: ShippingRate): boolean =>
  a.min_weight_g === b.min_weight_g
    ? a.min_subtotal > b.min_subtotal
    : a.min_weight_g > b.min_weight_g

/**
 * The last row whose weight and subtotal are both reached. Weight goes first: from 5 kg on only
 * the rows for heavy parcels count, and free shipping for them needs a row of its own.
 */
export function rateFor(
  rates: readonly ShippingRate[],
  { currency, weight_g, subtotal }: Delivery,
): ShippingRate | null {
  let last: ShippingRate | null = null
  for (const rate of rates) {
    if (rate.currency !== currency) continue
    if (rate.min_weight_g > weight_g || rate.min_subtotal > subtotal) continue
    if (last === null || standsAfter(rate, last)) last = rate
  }
  return last
}

/** The options that serve a delivery, in the order in which the shop shows them. */
export function shippingOptionsFor(
  options: readonly ShippingOption[],
  delivery: Delivery,
): OfferedOption[] {
  const offered: OfferedOption[] = []
  for (const { countries, rates, ...option } of options) {
    if (!countries.includes(delivery.country)) continue
    const rate = rateFor(rates, delivery)
    if (rate === null) continue
    offered.push({ ...option, amount: rate.amount, includes_tax: rate.includes_tax })
  }
  return offered.sort((a, b) => a.position - b.position || (a.code < b.code ? -1 : 1))
}
