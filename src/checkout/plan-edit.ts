// What an edit comes to. Pure. What was ordered keeps the price that was agreed on, with what
// promotions took off it and the taxes it had: only what is added is priced now, and only where
// other taxes hold is it taxed anew. What is taken off and put back comes to nothing, to the minor
// unit.
import { isDeepStrictEqual } from 'node:util'
import { isSoldIn } from '#src/carts/cart-snapshots.sql.ts'
import { takenOff } from '#src/invoices/shares.ts'
import { fieldError, refuseErrors } from '#src/lib/field-errors.ts'
import { newId, type OrderLineId } from '#src/lib/ids.ts'
import { sum } from '#src/lib/money.ts'
import { type FieldError, refuse } from '#src/lib/refusal.ts'
import type { AddedLine, ChangeLine } from '#src/orders/order-changes.sql.ts'
import type { OrderContact } from '#src/orders/order-contacts.sql.ts'
import { titleOf } from '#src/orders/orders.ts'
import type { PricedLine } from '#src/pricing/pricing.ts'
import {
  type EditAsked,
  type EditFacts,
  type EditFrame,
  type EditPlan,
  type LineAdd,
  type LineEdit,
  type Moved,
  type OpenLine,
  onOrder,
  quantityOf,
  type Units,
  type WantedUnits,
} from './edits.ts'
import {
  agreedLine,
  discountOf,
  earlierLike,
  furtherAs,
  isLeft,
  isRetaxed,
  pricedAs,
  stoodOf,
} from './ordered-lines.ts'
import { checkImportLimit } from './plan-edit-limits.ts'
import { planShipping } from './plan-edit-shipping.ts'
import { planTax } from './plan-edit-tax.ts'
import {
  openPricings,
  type Places,
  type Pricing,
  type Stood,
  sameRates,
  type ToPrice,
} from './price-edit.ts'
import { costOf, tooMuch } from './too-much.ts'

/** A line that shall be there and is not yet. */
type Wish = {
  readonly priced: PricedLine
  readonly of: OpenLine | LineAdd
  /** The line whose units it takes over. */
  readonly from: OpenLine | null
  readonly reason: string | null
}

/** Grows while the edit is planned. */
export type Planning = {
  readonly facts: EditFacts
  readonly frame: EditFrame
  readonly errors: FieldError[]
  /** Units off each line, as they are after what was planned so far. */
  readonly canceled: Map<OrderLineId, number>
  readonly off: ChangeLine[]
  readonly added: AddedLine[]
  readonly moved: Moved[]
  readonly released: Units[]
  readonly wanted: WantedUnits[]
  /** What was taxed by the rates of today, and not as it was before. */
  readonly taxed_anew: string[]
}

/** Units off a line so far. */
const offOf = ({ canceled }: Planning, line: OpenLine): number =>
  canceled.get(line.id) ?? line.canceled

/** Takes units off a line; negative ones are put back, for what they had been taken off. */
function takeOff(planning: Planning, line: OpenLine, units: number): void {
  const before = offOf(planning, line)
  planning.canceled.set(line.id, before + units)
  const taken =
    units > 0
      ? takenOff(line.sold, { canceled: before, units })
      : takenOff(line.sold, { canceled: before + units, units: -units })
  const sign = units > 0 ? 1n : -1n
  planning.off.push({
    order_line_id: line.id,
    quantity: units,
    amount: sign * taken.total,
    tax: sign * taken.tax,
  })
}

/** Whether the line has another price as well as another quantity. */
const isRepriced = ({ unit_price, discount }: LineEdit, line: OpenLine, wanted: number): boolean =>
  (unit_price !== undefined && unit_price !== line.unit_price) ||
  (discount !== undefined && discount !== discountOf(line, wanted))

/** All that is on the line comes off, and stands there again at another price. */
function replaceLine(
  planning: Planning,
  line: OpenLine,
  { priced, reason, field }: Pick<Wish, 'priced' | 'reason'> & { readonly field: string },
): Wish | null {
  const { quantity } = priced
  const now = onOrder(line)
  takeOff(planning, line, now)
  const earlier = earlierLike(
    planning.facts,
    { line, offOf: (one) => offOf(planning, one) },
    priced,
  )
  const to = earlier?.id ?? (priced.line_id as string as OrderLineId)
  const kept = Math.min(now, quantity)
  const after = earlier ? earlier.quantity - offOf(planning, earlier) : 0
  planning.moved.push({ from: line.id, to, units: kept, after })
  if (now > kept) planning.released.push({ line_id: line.id, units: now - kept })
  if (quantity > kept) planning.wanted.push({ line_id: to, units: quantity - kept, field })
  if (!earlier) return { priced, of: line, from: line, reason }
  takeOff(planning, earlier, -quantity)
  return null
}

/** More of a line: first what had been taken off it, then new units at its price. */
function raiseLine(
  planning: Planning,
  { edit, line, field }: LineAt,
  units: number,
  pricing: Pricing,
): Wish | null {
  const today = pricing.priceOne(pricedAs(line, 1))
  // A line that the order has left may belong to another place.
  const is_other = isLeft(planning.facts, line) && !sameRates(line.taxes, today?.taxes ?? [])
  const back = is_other ? 0 : Math.min(units, line.canceled)
  if (back > 0) {
    takeOff(planning, line, -back)
    planning.wanted.push({ line_id: line.id, units: back, field })
  }
  if (back === units) return null
  const id = newId<OrderLineId>()
  planning.wanted.push({ line_id: id, units: units - back, field })
  const { to_price, by_lists, reason } = furtherAs(line, units - back, edit)
  if (by_lists && !pricing.priceOne({ ...to_price, quantity: 1 })) {
    const text = 'It was a gift, and further units have no price here.'
    planning.errors.push(fieldError(quantityOf(field), 'no_price', text))
    return null
  }
  const stood = is_other || by_lists ? undefined : stoodOf(line)
  const priced = priceWish(planning, { to_price: { ...to_price, id }, field }, pricing, stood)
  return priced && { priced, of: line, from: null, reason }
}

/** Null with an error when it is too much. Without `stood` it is taxed by the rates of today. */
function priceWish(
  { errors, taxed_anew }: Planning,
  { to_price, field }: { readonly to_price: ToPrice; readonly field: string },
  pricing: Pricing,
  stood?: Stood,
): PricedLine | null {
  const priced = pricing.priceOne(to_price, stood)
  if (!priced) {
    const text = 'That is more than this shop can charge.'
    errors.push(fieldError(quantityOf(field), 'limit_exceeded', text))
  } else if (!stood) {
    taxed_anew.push(to_price.id)
  }
  return priced
}

/** The line anew: at the price that staff give it, or taxed for where it goes now. */
function repriceLine(
  planning: Planning,
  { edit, line, wanted, field }: LineAt & { readonly wanted: number },
  { pricing, is_retaxed }: { readonly pricing: Pricing; readonly is_retaxed: boolean },
): Wish | null {
  const { errors } = planning
  const is_repriced = isRepriced(edit, line, wanted)
  const agreed = is_repriced ? line : agreedLine(planning.facts, line, wanted)
  const like = pricedAs(agreed, wanted)
  const unit_price = edit.unit_price ?? agreed.unit_price
  const { discounts, ...kept } = like.agreed!
  const discount = edit.discount ?? kept.discount
  const cost = costOf({ unit_price, per_units: line.per_units }, wanted)
  const too_much = tooMuch(`${field}.discount`, discount, cost)
  errors.push(...too_much)
  if (too_much.length > 0) return null
  const id = newId<OrderLineId>()
  // What staff take off stands instead of what promotions took off.
  const named = edit.discount === undefined && discounts ? { discounts } : {}
  const to_price = { ...like, id, agreed: { ...kept, unit_price, discount, ...named } }
  const priced = priceWish(
    planning,
    { to_price, field },
    pricing,
    is_retaxed ? undefined : stoodOf(line),
  )
  const reason = is_repriced ? (edit.reason ?? '') : line.price_reason
  return priced && replaceLine(planning, line, { priced, reason, field })
}

type LineAt = { readonly edit: LineEdit; readonly line: OpenLine; readonly field: string }

/** Another quantity, price or place of one line. */
function editLine(planning: Planning, { edit, line, field }: LineAt, places: Places): Wish[] {
  const { errors } = planning
  const { after: pricing } = places
  const now = onOrder(line)
  const gone = now - line.open
  const wanted = edit.quantity ?? now
  if (wanted < gone) {
    const text = `${gone} units of this line have left already.`
    errors.push(fieldError(`${field}.quantity`, 'has_left', text))
    return []
  }
  if (now + wanted === 0 && (edit.unit_price ?? edit.discount) !== undefined) {
    const text = 'All of this line has been taken off: say how many units it shall have.'
    errors.push(fieldError(`${field}.quantity`, 'required', text))
    return []
  }
  const is_retaxed = isRetaxed(places, line, wanted)
  if (wanted > 0 && (is_retaxed || isRepriced(edit, line, wanted))) {
    if (gone > 0 && is_retaxed) {
      const text = 'Other taxes hold there, and units have left already.'
      errors.push(fieldError('address.shipping_address', 'has_left', text))
      return []
    }
    if (gone > 0) {
      const changed = edit.unit_price === undefined ? 'discount' : 'unit_price'
      const text = 'Units of this line have left already: give money back instead.'
      errors.push(fieldError(`${field}.${changed}`, 'has_left', text))
      return []
    }
    const asked = { edit, line, wanted, field }
    return [repriceLine(planning, asked, { pricing, is_retaxed }) ?? []].flat()
  }
  if (wanted < now) {
    takeOff(planning, line, now - wanted)
    planning.released.push({ line_id: line.id, units: now - wanted })
  }
  return wanted > now
    ? [raiseLine(planning, { edit, line, field }, wanted - now, pricing) ?? []].flat()
    : []
}

/** The lines that staff name, then all others, which may be taxed otherwise from now on. */
function editLines(planning: Planning, { lines }: EditAsked, places: Places): Wish[] {
  const { facts, errors } = planning
  const items = facts.lines.filter(({ kind }) => kind === 'item')
  const named = lines.flatMap((edit, at): LineAt[] => {
    const field = `lines.${at}`
    const line = items.find(({ id }) => id === edit.line_id)
    if (line) return [{ edit, line, field }]
    errors.push(fieldError(`${field}.line_id`, 'unknown', 'There is no such line on the order.'))
    return []
  })
  const others = items
    .filter((line) => onOrder(line) > 0 && !named.some((one) => one.line === line))
    .map((line): LineAt => ({ edit: { line_id: line.id }, line, field: 'lines' }))
  return [...named, ...others].flatMap((one) => editLine(planning, one, places))
}

/** Prices stand on the lists unless staff say otherwise; with or without tax as the lists do. */
function addLine(
  planning: Planning,
  { add, at }: { readonly add: LineAdd; readonly at: number },
  pricing: Pricing,
): Wish[] {
  const { errors, facts, wanted } = planning
  const field = `add.${at}`
  const variant = facts.snapshot.variants.get(add.variant_id)
  if (!variant || !isSoldIn(variant, facts.order.channel_id)) {
    errors.push(fieldError(`${field}.variant_id`, 'not_for_sale', 'It is not sold here.'))
    return []
  }
  const id = newId<OrderLineId>()
  const { variant_id, quantity } = add
  const bare = { id, variant_id, quantity, tax_category: variant.tax_category, agreed: null }
  const listed = pricing.priceOne(bare)
  if (!listed && add.unit_price === undefined) {
    errors.push(fieldError(`${field}.variant_id`, 'no_price', 'It has no price here.'))
    return []
  }
  const agreed = {
    unit_price: add.unit_price ?? listed!.unit_price,
    per_units: add.unit_price === undefined ? listed!.per_units : 1,
    includes_tax: listed?.tax_included ?? facts.lines[0]?.tax_included ?? true,
    discount: add.discount ?? 0n,
  }
  const too_much = tooMuch(`${field}.discount`, agreed.discount, costOf(agreed, quantity))
  errors.push(...too_much)
  if (too_much.length > 0) return []
  wanted.push({ line_id: id, units: quantity, field })
  const is_own = add.unit_price !== undefined || agreed.discount > 0n
  const reason = is_own ? (add.reason ?? '') : null
  const priced = priceWish(planning, { to_price: { ...bare, agreed }, field }, pricing)
  return priced ? [{ priced, of: add, from: null, reason }] : []
}

function wishToLine({ facts, frame, added }: Planning, { priced, of, from, reason }: Wish) {
  const variant = facts.snapshot.variants.get(priced.variant_id)
  const goods =
    'sku' in of
      ? of
      : { ...variant!, title: titleOf(variant!.product_title, variant!.variant_title) }
  const { sku, title, hs_code, weight_g, requires_shipping, items } = goods
  const { variant_id, quantity, unit_price, per_units, subtotal, discount, discounts } = priced
  const { tax, tax_included, taxes, total, tax_category } = priced
  const line: AddedLine = {
    id: priced.line_id as string as OrderLineId,
    order_id: facts.order.id,
    position: Math.max(-1, ...facts.lines.map((one) => one.position)) + added.length + 1,
    ...{ variant_id, sku, title, quantity, unit_price, per_units, subtotal, discount },
    discounts: discounts.length === 0 ? null : discounts,
    ...{ tax, tax_included, taxes, total, tax_category },
    ...{ hs_code, weight_g, requires_shipping, items },
    change_id: frame.change_id,
    kind: 'item',
    replaces: from?.id ?? null,
    price_reason: reason,
  }
  added.push(line)
}

/** One row per line: what was taken off and put back in one edit is netted. */
function netted(off: readonly ChangeLine[]): ChangeLine[] {
  const rows = new Map<OrderLineId | null, ChangeLine>()
  for (const one of off) {
    const known = rows.get(one.order_line_id)
    const { quantity = 0, amount = 0n, tax = 0n } = known ?? {}
    rows.set(one.order_line_id, {
      order_line_id: one.order_line_id,
      quantity: quantity + one.quantity,
      amount: amount + one.amount,
      tax: tax + one.tax,
    })
  }
  return [...rows.values()].filter((row) => row.quantity !== 0 || row.amount !== 0n)
}

function assertOnce({ errors }: Planning, lines: readonly LineEdit[]): void {
  lines.forEach(({ line_id }, at) => {
    if (lines.findIndex((one) => one.line_id === line_id) === at) return
    errors.push(fieldError(`lines.${at}.line_id`, 'twice', 'The line stands there twice.'))
  })
}

/** @throws invalid_input, nothing_to_change */
export function planEdit(facts: EditFacts, asked: EditAsked, frame: EditFrame): EditPlan {
  const planning: Planning = {
    ...{ facts, frame, errors: [], canceled: new Map(), taxed_anew: [] },
    ...{ off: [], added: [], moved: [], released: [], wanted: [] },
  }
  const contact: OrderContact = { ...facts.contact, ...asked.contact }
  const contact_fields = (Object.keys(contact) as (keyof OrderContact)[]).filter(
    (field) => !isDeepStrictEqual(contact[field], facts.contact[field]),
  )
  const places = openPricings(facts, frame, contact)
  assertOnce(planning, asked.lines)
  refuseErrors(planning.errors)
  const wishes = [
    ...editLines(planning, asked, places),
    ...asked.add.flatMap((add, at) => addLine(planning, { add, at }, places.after)),
  ]
  refuseErrors(planning.errors)
  for (const wish of wishes) wishToLine(planning, wish)
  checkImportLimit(planning, asked, places.after)
  const shipping_option_id = planShipping(planning, asked, { contact, places })
  refuseErrors(planning.errors)
  const { added, moved, released, wanted } = planning
  const off = netted(planning.off)
  const is_same_way = shipping_option_id === facts.shipping.option_id
  if (off.length + added.length + contact_fields.length === 0 && is_same_way) {
    throw refuse('nothing_to_change', { order_id: facts.order.id })
  }
  const kept = facts.lines.some((line) => line.quantity > offOf(planning, line))
  if (!kept && added.every(({ kind }) => kind === 'shipping')) {
    refuseErrors([fieldError('lines', 'nothing_left', 'Nothing is left: cancel the order.')])
  }
  return {
    ...{ off, added, moved: moved.filter((one) => one.units > 0), released, wanted },
    ...{ contact, contact_fields, shipping_option_id },
    ...planTax(planning, places),
    amount: sum(off.map((one) => one.amount)) - sum(added.map(({ total }) => total)),
  }
}
