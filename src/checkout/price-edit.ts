// What lines of an edit cost at a place: by the same pure pricing as carts. What was ordered keeps
// the price, the promotions and the taxes it was ordered with. Lists and rates are asked for what
// is added, and where other taxes hold than before.
import { isDeepStrictEqual } from 'node:util'
import { taxPlaceOf } from '#src/carts/cart-snapshots.sql.ts'
import { cartTaxOf } from '#src/carts/cart-tax.ts'
import { channelOf } from '#src/carts/shop-book.ts'
import type { CartLineId, ProductId, ShippingOptionId, VariantId } from '#src/lib/ids.ts'
import { share, split, sum } from '#src/lib/money.ts'
import type { OrderContact } from '#src/orders/order-contacts.sql.ts'
import { priceCart } from '#src/pricing/price-cart.ts'
import type {
  AgreedPrice,
  CartToPrice,
  LineToPrice,
  PricedLine,
  PricedShipping,
  TaxAmount,
} from '#src/pricing/pricing.ts'
import type { Place } from '#src/pricing/tax.ts'
import { type CartTax, treatedAs, treatmentFor } from '#src/pricing/tax-treatment.ts'
import type { EditFacts, EditFrame } from './edits.ts'

export type ToPrice = {
  readonly id: string
  readonly variant_id: VariantId
  readonly quantity: number
  readonly tax_category: string
  /** Null asks the lists. */
  readonly agreed: AgreedPrice | null
}
export type ChargeToPrice = {
  readonly option_id: ShippingOptionId
  readonly tax_category: string
  readonly amount: bigint
  readonly includes_tax: boolean
}
/** What was paid for something, and its taxes. */
export type Stood = { readonly paid: bigint; readonly taxes: readonly TaxAmount[] }

export type Pricing = {
  readonly place: Place
  readonly tax: CartTax | null
  /** Null when it has no price, or one that is too large. */
  readonly priceOne: (line: ToPrice, stood?: Stood) => PricedLine | null
  /** `goods` are what is sent: taxes of the charge may depend on them. */
  readonly priceShipping: (
    charge: ChargeToPrice,
    goods: readonly ToPrice[],
    stood?: Stood,
  ) => PricedShipping
}
/** Where the order went so far and where it goes from now on: one and the same, mostly. */
export type Places = { readonly before: Pricing; readonly after: Pricing }

type Rate = Pick<TaxAmount, 'component' | 'rate_ppm'>
export const sameRates = (a: readonly Rate[], b: readonly Rate[]): boolean =>
  a.length === b.length &&
  a.every(({ component, rate_ppm }, i) => {
    return b[i]!.component === component && b[i]!.rate_ppm === rate_ppm
  })

/**
 * The taxes it had, on another amount. Null where the rates of today say the same, or where there
 * was nothing to tax: then they are reckoned. An engine's answer can only be gone by.
 */
function taxesAsStood(
  stood: Stood | undefined,
  paid: bigint,
  today: readonly TaxAmount[],
): TaxAmount[] | null {
  if (stood === undefined || stood.paid === 0n || sameRates(stood.taxes, today)) return null
  const cut = (amount: bigint): bigint => share(amount, paid, stood.paid)
  const amounts = stood.taxes.map(({ amount }) => amount)
  const all = sum(amounts)
  const parts = all === 0n ? amounts : split(cut(all), amounts)
  return stood.taxes.map(({ base, ...tax }, i) => {
    const amount = parts[i]!
    return base === undefined ? { ...tax, amount } : { ...tax, amount, base: cut(base) }
  })
}

function open(facts: EditFacts, { book, now }: EditFrame, place: Place, tax: CartTax | null) {
  const { order, snapshot } = facts
  const { variants, prices, customer_group_ids } = snapshot
  const cart: CartToPrice = {
    now,
    channel_id: order.channel_id,
    currency: order.currency,
    country: place.country,
    region: place.region,
    customer_group_ids,
    lines: [],
    prices,
    promotions: [],
    travels: true,
    shipping: null,
    ...(book.rules.pricing ? { rules: book.rules.pricing } : {}),
    ...(tax ? { tax } : {}),
  }
  const toLine = ({ id, ...line }: ToPrice): LineToPrice => {
    const known = variants.get(line.variant_id)
    return {
      ...line,
      line_id: id as CartLineId,
      taxable: known?.taxable ?? true,
      product_id: known?.product_id ?? (line.variant_id as string as ProductId),
      category_ids: known?.category_ids ?? [],
      tags: known?.tags ?? [],
    }
  }
  const withTaxes = (id: string | null, taxes: readonly TaxAmount[]): Partial<CartToPrice> => {
    const lines = new Map(id === null ? [] : [[id, taxes]])
    return tax ? { tax: { ...tax, engine: { lines, shipping: id === null ? taxes : [] } } } : {}
  }
  const priceOne: Pricing['priceOne'] = (line, stood) => {
    const asked = { ...cart, lines: [toLine(line)] }
    const priced = priceCart(book.prices, asked).lines[0]
    if (!priced) return null
    const taxes = taxesAsStood(stood, priced.subtotal - priced.discount, priced.taxes)
    if (taxes === null) return priced
    return priceCart(book.prices, { ...asked, ...withTaxes(line.id, taxes) }).lines[0]!
  }
  const priceShipping: Pricing['priceShipping'] = (shipping, goods, stood) => {
    const asked = { ...cart, lines: goods.map(toLine), shipping }
    const priced = priceCart(book.prices, asked).shipping!
    const taxes = taxesAsStood(stood, priced.amount, priced.taxes)
    if (taxes === null) return priced
    return priceCart(book.prices, { ...asked, ...withTaxes(null, taxes) }).shipping!
  }
  return { place, tax, priceOne, priceShipping }
}

const usual = { treatment: 'taxed', notes: [], exemption: null } as const

/**
 * Who moves within what is treated alike is treated as before, whatever the settings of the
 * seller say by now.
 */
export function openPricings(facts: EditFacts, frame: EditFrame, contact: OrderContact): Places {
  const { snapshot, order, ordered_at, tax_facts } = facts
  const sent = order.shipping_total - (order.shipping_tax_included ? order.shipping_tax : 0n)
  const worth = order.total - order.tax_total - sent
  const { book } = frame
  const at = ({ shipping_address, billing_address }: OrderContact) => {
    const cart = { ...snapshot.cart, shipping_address, billing_address }
    const moved = { ...snapshot, cart }
    const tax = cartTaxOf(moved, book, ordered_at)
    // By what was ordered, as it was decided then.
    const treatment = tax && treatmentFor(tax.treatment, order.currency, worth)
    return { place: taxPlaceOf(moved, book), tax: tax && { ...tax, treatment: treatment! } }
  }
  const [from, to] = [at(facts.contact), at(contact)]
  const asBefore = ({ place, tax }: typeof from): CartTax | null => {
    if (tax === null) return null
    const { treatment: kind, notes, exemption } = tax_facts ?? usual
    const stood = { kind, notes, exemption: exemption && { ...exemption, id: '' } }
    const { legal_entity_id } = channelOf(book, facts.order.channel_id)
    const seller = book.legal_entities.get(legal_entity_id)!.seat
    return { ...tax, treatment: treatedAs(stood, tax.treatment, { seller, place }) }
  }
  const before = open(facts, frame, from.place, asBefore(from))
  if (isDeepStrictEqual(from.place, to.place)) return { before, after: before }
  const is_alike =
    from.place.country === to.place.country && from.tax?.treatment.kind === to.tax?.treatment.kind
  return { before, after: open(facts, frame, to.place, is_alike ? asBefore(to) : to.tax) }
}
