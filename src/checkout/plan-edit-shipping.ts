// Another way of shipping: the charge that was ordered comes off, and another one is added. Going
// back to what was ordered puts its charge back.
import { type OfferedOption, shippingOptionsFor } from '#src/delivery/delivery.ts'
import { fieldError } from '#src/lib/field-errors.ts'
import { newId, type OrderLineId, type ShippingOptionId, type VariantId } from '#src/lib/ids.ts'
import { sum } from '#src/lib/money.ts'
import type { OrderContact } from '#src/orders/order-contacts.sql.ts'
import { type EditAsked, type OpenLine, onOrder, type ShippingEdit } from './edits.ts'
import type { Planning } from './plan-edit.ts'
import { type Pricing, sameRates } from './price-edit.ts'

type Charge = {
  readonly name: string
  /** As the option says it: with or without tax. */
  readonly amount: bigint
  readonly includes_tax: boolean
  readonly taxes: readonly { readonly component: string; readonly rate_ppm: number }[]
}

/** What is charged for shipping now: what was ordered, or what an edit has put in its place. */
function chargeNow({ facts: { order, shipping, lines } }: Planning): {
  readonly charge: Charge | null
  readonly line: OpenLine | null
} {
  const line = lines.find((one) => one.kind === 'shipping' && onOrder(one) > 0) ?? null
  if (line) {
    const { title: name, unit_price: amount, tax_included: includes_tax, taxes } = line
    return { charge: { name, amount, includes_tax, taxes }, line }
  }
  return { charge: shipping.is_off ? null : orderedCharge(order, shipping), line: null }
}

const orderedCharge = (
  order: Planning['facts']['order'],
  shipping: Planning['facts']['shipping'],
): Charge => ({
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

function addCharge(planning: Planning, charge: Charge & { option: Option }, priced: Priced): void {
  const { facts, frame, added } = planning
  const { amount, tax, tax_included, taxes } = priced
  added.push({
    id: newId<OrderLineId>(),
    order_id: facts.order.id,
    position: Math.max(-1, ...facts.lines.map(({ position }) => position)) + added.length + 1,
    // A charge is no variant: it names the option.
    variant_id: charge.option.id as string as VariantId,
    ...{ sku: charge.option.code, title: charge.name, quantity: 1, unit_price: amount },
    ...{ per_units: 1, subtotal: amount, discount: 0n, tax, tax_included, taxes },
    total: amount + (tax_included ? 0n : tax),
    tax_category: charge.option.tax_category,
    ...{ hs_code: null, weight_g: 0, requires_shipping: false, items: [] },
    change_id: frame.change_id,
    kind: 'shipping',
    replaces: null,
    price_reason: charge.option.reason,
  })
}
type Option = Pick<OfferedOption, 'id' | 'code' | 'tax_category'> & {
  readonly reason: string | null
}
type Priced = ReturnType<Pricing['priceShipping']>

/** What the parcel weighs and what is in it, after the edit. */
function weigh({ facts: { lines }, canceled, added }: Planning) {
  const kept = lines
    .filter(({ kind }) => kind === 'item')
    .map((line) => ({ line, units: line.quantity - (canceled.get(line.id) ?? line.canceled) }))
  const more = added.map((line) => ({ line, units: line.quantity }))
  const all = [...kept, ...more]
  return {
    weight_g: all.reduce((grams, { line, units }) => grams + line.weight_g * units, 0),
    subtotal: sum(
      all.map(({ line, units }) => (line.subtotal * BigInt(units)) / BigInt(line.quantity)),
    ),
  }
}

/** The option that goes on serving the order at the new place, as it is charged now. */
function impliedEdit(
  { facts: { shipping } }: Planning,
  charge: Charge | null,
  { before, after }: { readonly before: Pricing; readonly after: Pricing },
): ShippingEdit | null {
  if (shipping.option_id === null || charge === null || before.country === after.country) {
    return null
  }
  return { option_id: shipping.option_id, amount: charge.amount }
}

/** Plans the charge; gives the option that holds afterwards. */
export function planShipping(
  planning: Planning,
  asked: EditAsked,
  at: { readonly contact: OrderContact; readonly before: Pricing; readonly after: Pricing },
): ShippingOptionId | null {
  const { facts, frame, errors } = planning
  const { charge: now, line } = chargeNow(planning)
  const edit = asked.shipping ?? impliedEdit(planning, now, at)
  if (edit === null) return facts.shipping.option_id
  const field = 'shipping.option_id'
  const { shipping_options } = frame.book
  const option = shipping_options.find(({ id }) => id === edit.option_id)
  const { country } = at.after
  if (!option?.countries.includes(country) || at.contact.shipping_address === null) {
    const text = 'This option does not serve the address: choose another one.'
    errors.push(fieldError(field, 'shipping_option_unavailable', text))
    return null
  }
  const { currency } = facts.order
  const delivery = { country, currency, ...weigh(planning) }
  const offered = shippingOptionsFor([option], delivery)[0]
  if (!offered && edit.amount === undefined) {
    errors.push(fieldError(field, 'shipping_option_unavailable', 'It has no price for this order.'))
    return null
  }
  const { id: option_id, name, code, tax_category } = option
  const amount = edit.amount ?? offered!.amount
  const includes_tax = offered?.includes_tax ?? now?.includes_tax ?? true
  const priced = at.after.priceShipping({ option_id, tax_category, amount, includes_tax })
  const charge = { name, amount, includes_tax, taxes: priced.taxes }
  if (now && isSame(now, charge)) return option_id
  if (
    facts.order.fulfillment_state === 'shipped' ||
    facts.order.fulfillment_state === 'delivered'
  ) {
    errors.push(fieldError(field, 'has_left', 'All of the order has left already.'))
    return null
  }
  if (now) takeOffNow(planning, line)
  const ordered = orderedCharge(facts.order, facts.shipping)
  if (facts.shipping.is_off && isSame(ordered, charge)) {
    moveOrdered(planning, -1)
  } else {
    const reason = edit.amount === undefined ? null : (edit.reason ?? '')
    addCharge(
      planning,
      { ...charge, option: { id: option_id, code, tax_category, reason } },
      priced,
    )
  }
  return option_id
}
