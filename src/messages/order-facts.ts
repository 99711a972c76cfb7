// From rows to the words that a template sees. Pure.
import type { Tax } from '#src/invoices/shares.ts'
import { standingOf } from '#src/invoices/standing.ts'
import {
  formatCountry,
  formatDay,
  formatMoment,
  formatMoney,
  formatRate,
  readLocale,
  webAddress,
} from '#src/lib/format.ts'
import { type Currency, sum } from '#src/lib/money.ts'
import type { PricedCart } from '#src/pricing/pricing.ts'
import type { OrderFacts, ShipmentFacts, TransferFacts } from './messages.sql.ts'
import type { OrderMessageFacts, OrderMessageKind } from './messages.ts'

export type CauseFacts = {
  readonly capture: TransferFacts | null
  readonly refund: TransferFacts | null
  readonly shipment: ShipmentFacts | null
  readonly pay: PayFacts | null
}
export type PayFacts = {
  readonly url: string
  readonly amount: bigint
  readonly until: Date | null
}
export const no_cause: CauseFacts = { capture: null, refund: null, shipment: null, pay: null }

/** An address as it lies in the database, line by line; what is no text is left out. */
export function addressLines(address: unknown, locale: string): string[] {
  if (address === null || typeof address !== 'object') return []
  const text = (field: string): string => {
    const value = (address as Record<string, unknown>)[field]
    return typeof value === 'string' ? value.trim() : ''
  }
  const place = [text('postal_code'), text('city')].filter(Boolean).join(' ')
  return [
    text('name'),
    text('company'),
    text('line1'),
    text('line2'),
    place,
    text('region'),
    formatCountry(text('country'), locale),
  ].filter(Boolean)
}

export type TaxFact = {
  readonly component: string
  readonly rate_ppm: number
  readonly amount: bigint
  readonly included: boolean
}

type Taxed = {
  readonly taxes: readonly (Pick<TaxFact, 'component' | 'rate_ppm'> & {
    readonly amount: number | bigint
  })[]
  readonly tax_included: boolean
}

/** Tax by component and rate. */
function addTaxes(taxed: readonly Taxed[]): TaxFact[] {
  const totals = new Map<string, TaxFact>()
  for (const { taxes, tax_included: included } of taxed) {
    for (const { component, rate_ppm, amount } of taxes) {
      const key = `${component}\n${rate_ppm}\n${included}`
      const known = totals.get(key)?.amount ?? 0n
      totals.set(key, { component, rate_ppm, amount: known + BigInt(amount), included })
    }
  }
  return [...totals.values()]
}

/** Tax by component and rate, over the lines and shipping. */
export function taxFacts({ lines, shipping_taxes: taxes, tax_included }: OrderFacts): TaxFact[] {
  // The order says how much tax its amounts contain; what the lines do not explain is shipping's.
  const in_lines = sum(lines.filter((one) => one.tax_included).map((one) => BigInt(one.tax)))
  return addTaxes([...lines, { taxes, tax_included: tax_included !== in_lines }])
}

const taxWords = (taxes: readonly TaxFact[], currency: Currency, locale: string) =>
  taxes.map(({ component, rate_ppm, amount, included }) => ({
    name: component,
    rate: formatRate(rate_ppm, locale),
    amount: formatMoney(amount, currency, locale),
    included,
  }))

const storedTaxes = (taxes: readonly Tax[]): OrderFacts['shipping_taxes'] =>
  taxes.map(({ component, rate_ppm, amount }) => ({ component, rate_ppm, amount: Number(amount) }))

/**
 * The order with what stands of it now. A line that is off by now is there with nothing, unless an
 * edit has brought it, or has put another one in its place.
 */
export function asItStands(order: OrderFacts): OrderFacts {
  const { goods, shipping, figures } = standingOf(order)
  const replaced = new Set(order.lines.map(({ replaces }) => replaces))
  const shown = goods.filter(({ line, part }) => {
    return part.quantity !== 0 || !(line.added || replaced.has(line.id))
  })
  const lines = shown.map(({ line, part }) => ({
    ...line,
    quantity: part.quantity!,
    subtotal: Number(part.subtotal),
    discount: Number(part.discount),
    tax: Number(part.tax),
    taxes: part.quantity === 0 ? [] : storedTaxes(part.taxes),
    total: Number(part.total),
  }))
  const shipping_name = shipping?.name ?? null
  const shipping_taxes = storedTaxes(shipping?.taxes ?? [])
  return { ...order, ...figures, lines, shipping_name, shipping_taxes }
}

export function composeOrder(order: OrderFacts, order_url: string): OrderMessageFacts['order'] {
  const locale = readLocale(order.locale)
  const money = (amount: bigint | number) => formatMoney(BigInt(amount), order.currency, locale)
  return {
    number: order.number ?? '',
    url: order_url,
    placed_on: formatDay(order.ordered_at, locale, order.time_zone),
    paid: order.paid,
    lines: order.lines.map((line) => ({
      title: line.title,
      sku: line.sku,
      quantity: line.quantity,
      unit_price: money(line.unit_price) + (line.per_units === 1 ? '' : ` / ${line.per_units}`),
      amount: money(line.subtotal),
      discount: money(line.discount),
      total: money(line.total),
    })),
    subtotal: money(order.subtotal),
    has_discount: order.discount_total > 0n,
    discount: money(order.discount_total),
    has_shipping: order.shipping_name !== null || order.shipping_total > 0n,
    shipping_name: order.shipping_name ?? 'Shipping',
    shipping: money(order.shipping_total),
    taxes: taxWords(taxFacts(order), order.currency, locale),
    tax: money(order.tax_total),
    total: money(order.total),
    shipping_address: addressLines(order.shipping_address, locale),
    billing_address: addressLines(order.billing_address, locale),
  }
}

export type GoodsWords = { readonly title: string; readonly sku: string }

/** A cart that is no order: the words for its goods are given. */
export function composeCart(
  priced: PricedCart,
  wordsOf: (variant_id: string) => GoodsWords,
  locale: string,
): Omit<OrderMessageFacts['order'], 'url'> {
  const { currency, shipping } = priced
  const money = (amount: bigint) => formatMoney(amount, currency, locale)
  return {
    number: '',
    placed_on: '',
    paid: false,
    lines: priced.lines.map((line) => ({
      ...wordsOf(line.variant_id),
      quantity: line.quantity,
      unit_price: money(line.unit_price) + (line.per_units === 1 ? '' : ` / ${line.per_units}`),
      amount: money(line.subtotal),
      discount: money(line.discount),
      total: money(line.total),
    })),
    subtotal: money(priced.subtotal),
    has_discount: priced.discount_total > 0n,
    discount: money(priced.discount_total),
    has_shipping: shipping !== null,
    shipping_name: '',
    shipping: money(priced.shipping_total),
    taxes: taxWords(addTaxes([...priced.lines, ...(shipping ? [shipping] : [])]), currency, locale),
    tax: money(priced.tax_total),
    total: money(priced.total),
    shipping_address: [],
    billing_address: [],
  }
}

export const composePay = (
  { url, amount, until }: PayFacts,
  {
    currency,
    locale,
    time_zone,
  }: { readonly currency: Currency; readonly locale: string; readonly time_zone: string },
): OrderMessageFacts['pay'] => ({
  url,
  amount: formatMoney(amount, currency, locale),
  valid_until: until && formatMoment(until, locale, time_zone),
})

function composeShipment(
  shipment: ShipmentFacts,
  day: (at: Date) => string,
): OrderMessageFacts['shipment'] {
  const { carrier, service, tracking_code, tracking_url, shipped_at, delivered_at } = shipment
  return {
    carrier: carrier ?? '',
    service: service ?? '',
    tracking_code: tracking_code ?? '',
    tracking_url: webAddress(tracking_url),
    shipped_on: shipped_at ? day(shipped_at) : null,
    delivered_on: delivered_at ? day(delivered_at) : null,
    lines: shipment.lines,
  }
}

export function composeFacts(
  kind: OrderMessageKind,
  order: OrderFacts,
  cause: CauseFacts,
  order_url: string,
): OrderMessageFacts {
  const locale = readLocale(order.locale)
  const day = (at: Date) => formatDay(at, locale, order.time_zone)
  const { capture, refund, shipment, pay } = cause
  const stands = asItStands(order)
  // Of one that was canceled nothing stands: it is named as it was ordered.
  const shown =
    order.state === 'canceled'
      ? order
      : { ...stands, lines: stands.lines.filter(({ quantity }) => quantity > 0) }
  const paid = (transfer: TransferFacts) => ({
    amount: formatMoney(transfer.amount, order.currency, locale),
    date: day(transfer.at),
  })
  const document = (transfer: TransferFacts | null) =>
    transfer?.document_number ? { number: transfer.document_number } : null
  return {
    message: { kind, locale },
    shop: { name: order.channel_name, email: order.reply_to, url: order.storefront_url },
    seller: { name: order.seller_name },
    order: composeOrder(shown, order_url),
    payment: capture ? paid(capture) : null,
    invoice: document(capture),
    shipment: shipment ? composeShipment(shipment, day) : null,
    refund: refund ? { ...paid(refund), reason: refund.reason } : null,
    credit_note: document(refund),
    pay: pay && composePay(pay, { ...order, locale }),
  }
}
