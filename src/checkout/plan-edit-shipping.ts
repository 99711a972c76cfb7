// Another way of shipping: the charge that was ordered comes off, and another one is added. Going
// back to what was ordered puts its charge back, with what promotions took off it. Where other
// taxes hold at a new place, the charge is taxed anew like the goods.
import { isDeepStrictEqual } from 'node:util'
import { type OfferedOption, shippingOptionsFor } from '#src/delivery/delivery.ts'
import { fieldError } from '#src/lib/field-errors.ts'
import { newId, type OrderLineId, type ShippingOptionId, type VariantId } from '#src/lib/ids.ts'
import { share, sum } from '#src/lib/money.ts'
import type { OrderContact } from '#src/orders/order-contacts.sql.ts'
import type { PricedShipping, TaxAmount } from '#src/pricing/pricing.ts'
import { type EditAsked, type OpenLine, onOrder, type ShippingEdit } from './edits.ts'
import type { Planning } from './plan-edit.ts'
import { type ChargeToPrice, type Places, sameRates, type ToPrice } from './price-edit.ts'

type Charge = {
  readonly name: string
  /** With or without tax, as `includes_tax` says. */
  readonly amount: bigint
  readonly includes_tax: boolean
  readonly taxes: readonly TaxAmount[]
}

/** What is charged for shipping now: what was ordered, or what an edit has put in its place. */
function chargeNow({ facts: { lines, shipping }, ordered }: Shipping): {
  readonly charge: Charge | null
  readonly line: OpenLine | null
} {
  const line = lines.find((one) => one.kind === 'shipping' && onOrder(one) > 0) ?? null
  if (line) {
    const { title: name, unit_price: amount, tax_included: includes_tax, taxes } = line
    return { charge: { name, amount, includes_tax, taxes }, line }
  }
  return { charge: shipping.is_off ? null : ordered, line: null }
}

type Shipping = Planning & { readonly ordered: Charge; readonly places: Places }

const orderedCharge = ({ facts: { order, shipping } }: Planning): Charge => ({
  name: shipping.name ?? '',
  amount: order.shipping_total,
  includes_tax: order.shipping_tax_included,
  taxes: shipping.taxes,
})

const isSame = (a: Charge, b: Charge): boolean =>
  a.name === b.name &&
  a.amount === b.amount &&
  // An amount of nothing has no tax in it either way.
  (a.amount === 0n || (a.includes_tax === b.includes_tax && sameRates(a.taxes, b.taxes)))

/** The charge that was ordered comes off (1) or is put back (-1). */
function moveOrdered({ facts: { order }, off }: Planning, quantity: 1 | -1): void {
  const { shipping_total, shipping_tax: tax, shipping_tax_included } = order
  const amount = shipping_total + (shipping_tax_included ? 0n : tax)
  const sign = BigInt(quantity)
  off.push({ order_line_id: null, quantity, amount: sign * amount, tax: sign * tax })
}

function takeOffNow(planning: Planning, line: OpenLine | null): void {
  if (!line) return moveOrdered(planning, 1)
  planning.canceled.set(line.id, line.quantity)
  const { total: amount, tax } = line
  planning.off.push({ order_line_id: line.id, quantity: 1, amount, tax })
}

type Option = Pick<OfferedOption, 'id' | 'code' | 'name' | 'tax_category'>

function addCharge(
  { facts, frame, added }: Planning,
  { id, code, name, tax_category }: Option,
  { amount, tax, tax_included, taxes }: PricedShipping,
  price_reason: string | null,
): void {
  added.push({
    id: newId<OrderLineId>(),
    order_id: facts.order.id,
    position: Math.max(-1, ...facts.lines.map(({ position }) => position)) + added.length + 1,
    // A charge is no variant: it names the option.
    variant_id: id as string as VariantId,
    ...{ sku: code, title: name, quantity: 1, unit_price: amount },
    ...{ per_units: 1, subtotal: amount, discount: 0n, discounts: null },
    ...{ tax, tax_included, taxes, total: amount + (tax_included ? 0n : tax), tax_category },
    ...{ hs_code: null, weight_g: 0, requires_shipping: false, items: [] },
    change_id: frame.change_id,
    kind: 'shipping',
    replaces: null,
    price_reason,
  })
}

/** What the parcel weighs and what is in it, after the edit. */
function weigh({ facts: { lines }, canceled, added }: Planning) {
  const kept = lines.map((line) => ({
    line,
    units: line.quantity - (canceled.get(line.id) ?? line.canceled),
  }))
  const all = [...kept, ...added.map((line) => ({ line, units: line.quantity }))].filter(
    ({ line, units }) => line.kind === 'item' && units > 0,
  )
  const part = (amount: bigint, { line, units }: (typeof all)[number]): bigint =>
    share(amount, BigInt(units), BigInt(line.quantity))
  const goods = all.map((one): ToPrice => {
    const { id, variant_id, tax_category, unit_price, per_units, tax_included } = one.line
    const discount = part(one.line.discount, one)
    const agreed = { unit_price, per_units, includes_tax: tax_included, discount }
    return { id, variant_id, tax_category, quantity: one.units, agreed }
  })
  return {
    goods,
    weight_g: all.reduce((grams, { line, units }) => grams + line.weight_g * units, 0),
    subtotal: sum(all.map((one) => part(one.line.subtotal, one))),
  }
}

/** The charge as it was agreed on, before it was taxed for another place. */
function agreedCharge({ facts, ordered }: Shipping, now: Charge, line: OpenLine | null): Charge {
  const is_ordered = line !== null && line.price_reason === null && line.title === ordered.name
  return is_ordered && facts.shipping.is_off ? ordered : now
}

/** The option that goes on serving the order at the new place, where that changes something. */
function impliedEdit(
  { facts: { shipping }, frame, places: { before, after } }: Shipping,
  charge: Charge | null,
  goods: readonly ToPrice[],
): ShippingEdit | null {
  const { option_id } = shipping
  if (option_id === null || charge === null || before === after) return null
  const option = frame.book.shipping_options.find(({ id }) => id === option_id)
  if (before.place.country === after.place.country && option) {
    const { amount, includes_tax } = charge
    const like = { option_id, tax_category: option.tax_category, amount, includes_tax }
    const [was, is] = [before.priceShipping(like, goods), after.priceShipping(like, goods)]
    if (isDeepStrictEqual(was, is)) return null
  }
  return { option_id }
}

/** Plans the charge; gives the option that holds afterwards. */
export function planShipping(
  planning: Planning,
  asked: EditAsked,
  { contact, places }: { readonly contact: OrderContact; readonly places: Places },
): ShippingOptionId | null {
  const { facts, frame, errors, taxed_anew } = planning
  const ordered = orderedCharge(planning)
  const shipping = { ...planning, ordered, places }
  const { charge: now, line } = chargeNow(shipping)
  const { goods, ...parcel } = weigh(planning)
  const implied = asked.shipping ? null : impliedEdit(shipping, now, goods)
  const edit = asked.shipping ?? implied
  if (edit === null) return facts.shipping.option_id
  const field = 'shipping.option_id'
  const option = frame.book.shipping_options.find(({ id }) => id === edit.option_id)
  const { country } = places.after.place
  if (!option?.countries.includes(country) || contact.shipping_address === null) {
    const text = 'This option does not serve the address: choose another one.'
    errors.push(fieldError(field, 'shipping_option_unavailable', text))
    return null
  }
  const offered = shippingOptionsFor([option], {
    country,
    currency: facts.order.currency,
    ...parcel,
  })
  const stands = implied !== null || option.name === ordered.name
  const agreed = implied && now ? agreedCharge(shipping, now, line) : ordered
  const known = stands ? { ...agreed } : offered[0]
  if (!known && edit.amount === undefined) {
    errors.push(fieldError(field, 'shipping_option_unavailable', 'It has no price for this order.'))
    return null
  }
  const to_price: ChargeToPrice = {
    option_id: option.id,
    tax_category: option.tax_category,
    amount: edit.amount ?? known!.amount,
    includes_tax: known?.includes_tax ?? now?.includes_tax ?? true,
  }
  const stood =
    places.before === places.after && now ? { paid: now.amount, taxes: now.taxes } : undefined
  const priced = places.after.priceShipping(to_price, goods, stood)
  const { amount, tax_included: includes_tax, taxes } = priced
  const charge = { name: option.name, amount, includes_tax, taxes }
  if (now && isSame(now, charge)) return option.id
  if (['shipped', 'delivered'].includes(facts.order.fulfillment_state)) {
    errors.push(fieldError(field, 'has_left', 'All of the order has left already.'))
    return null
  }
  if (now) takeOffNow(planning, line)
  if (facts.shipping.is_off && isSame(ordered, charge)) {
    moveOrdered(planning, -1)
    return option.id
  }
  if (!stood) taxed_anew.push(option.id)
  const reason = edit.amount === undefined ? null : (edit.reason ?? '')
  addCharge(planning, option, priced, implied ? (line?.price_reason ?? null) : reason)
  return option.id
}
