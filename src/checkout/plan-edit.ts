// What an edit comes to. Pure. What was ordered keeps the price that was agreed on: only what is
// added is priced now. What is taken off and put back again comes to nothing, to the minor unit.
import { isDeepStrictEqual } from 'node:util'
import { isSoldIn } from '#src/carts/cart-snapshots.sql.ts'
import { takenOff } from '#src/invoices/shares.ts'
import { fieldError, refuseErrors } from '#src/lib/field-errors.ts'
import { newId, type OrderLineId } from '#src/lib/ids.ts'
import { share, sum } from '#src/lib/money.ts'
import { type FieldError, refuse } from '#src/lib/refusal.ts'
import type { AddedLine, ChangeLine } from '#src/orders/order-changes.sql.ts'
import type { OrderContact } from '#src/orders/order-contacts.sql.ts'
import { titleOf } from '#src/orders/orders.ts'
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
  type Units,
} from './edits.ts'
import { planShipping } from './plan-edit-shipping.ts'
import { openPricing, type Pricing, sameRates, type ToPrice } from './price-edit.ts'

/** A line that shall be there and is not yet. */
type Wish = {
  readonly to_price: ToPrice
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
  readonly wanted: Units[]
}

/** Takes units off a line; negative ones are put back, for what they had been taken off. */
function takeOff({ canceled, off }: Planning, line: OpenLine, units: number): void {
  const before = canceled.get(line.id) ?? line.canceled
  canceled.set(line.id, before + units)
  const taken =
    units > 0
      ? takenOff(line.sold, { canceled: before, units })
      : takenOff(line.sold, { canceled: before + units, units: -units })
  const sign = units > 0 ? 1n : -1n
  off.push({
    order_line_id: line.id,
    quantity: units,
    amount: sign * taken.total,
    tax: sign * taken.tax,
  })
}

const discountOf = ({ discount, quantity }: OpenLine, units: number): bigint =>
  share(discount, BigInt(units), BigInt(quantity))

const pricedAs = (line: OpenLine, units: number): ToPrice => ({
  id: line.id,
  variant_id: line.variant_id,
  quantity: units,
  tax_category: line.tax_category,
  agreed: {
    unit_price: line.unit_price,
    per_units: line.per_units,
    includes_tax: line.tax_included,
    discount: discountOf(line, units),
  },
})

/** Whether the line has another price as well as another quantity. */
const isRepriced = ({ unit_price, discount }: LineEdit, line: OpenLine, wanted: number): boolean =>
  (unit_price !== undefined && unit_price !== line.unit_price) ||
  (discount !== undefined && discount !== discountOf(line, wanted))

/** An earlier line that is off by now and cost just that: putting it back undoes the change. */
function earlierLike(
  { facts, canceled }: Planning,
  line: OpenLine,
  { quantity, agreed }: ToPrice,
  pricing: Pricing,
): OpenLine | null {
  const seen = new Set<string>([line.id])
  let id = line.replaces
  while (id !== null && !seen.has(id)) {
    seen.add(id)
    const earlier = facts.lines.find((one) => one.id === id)
    if (!earlier) return null
    const off = canceled.get(earlier.id) ?? earlier.canceled
    const on = earlier.quantity - off
    const fits =
      quantity <= off &&
      earlier.unit_price === agreed!.unit_price &&
      earlier.per_units === agreed!.per_units &&
      earlier.tax_included === agreed!.includes_tax &&
      discountOf(earlier, on + quantity) - discountOf(earlier, on) === agreed!.discount
    if (fits && sameRates(earlier.taxes, pricing.ratesOf(pricedAs(earlier, quantity)))) {
      return earlier
    }
    id = earlier.replaces
  }
  return null
}

/** All that is on the line comes off, and stands there again at another price. */
function replaceLine(
  planning: Planning,
  line: OpenLine,
  wish: { readonly to_price: ToPrice; readonly reason: string | null },
  pricing: Pricing,
): Wish | null {
  const { quantity } = wish.to_price
  const now = onOrder(line)
  takeOff(planning, line, now)
  const earlier = earlierLike(planning, line, wish.to_price, pricing)
  const to = earlier?.id ?? (wish.to_price.id as OrderLineId)
  const kept = Math.min(now, quantity)
  planning.moved.push({ from: line.id, to, units: kept })
  if (now > kept) planning.released.push({ line_id: line.id, units: now - kept })
  if (quantity > kept) planning.wanted.push({ line_id: to, units: quantity - kept })
  if (!earlier) return { ...wish, of: line, from: line }
  takeOff(planning, earlier, -quantity)
  return null
}

/** More of a line: first what had been taken off it, then new units at its price. */
function raiseLine(
  planning: Planning,
  line: OpenLine,
  units: number,
  pricing: Pricing,
): Wish | null {
  const is_same = sameRates(line.taxes, pricing.ratesOf(pricedAs(line, 1)))
  const back = is_same ? Math.min(units, line.canceled) : 0
  if (back > 0) {
    takeOff(planning, line, -back)
    planning.wanted.push({ line_id: line.id, units: back })
  }
  if (back === units) return null
  const id = newId<OrderLineId>()
  planning.wanted.push({ line_id: id, units: units - back })
  const { agreed, ...like } = pricedAs(line, units - back)
  const to_price = { ...like, id, agreed: { ...agreed!, discount: 0n } }
  return { to_price, of: line, from: null, reason: null }
}

function editLine(
  planning: Planning,
  { edit, at }: { readonly edit: LineEdit; readonly at: number },
  pricing: Pricing,
): Wish[] {
  const { errors, facts } = planning
  const line = facts.lines.find(({ id, kind }) => id === edit.line_id && kind === 'item')
  const field = `lines.${at}`
  if (!line) {
    errors.push(fieldError(`${field}.line_id`, 'unknown', 'There is no such line on the order.'))
    return []
  }
  const now = onOrder(line)
  const gone = now - line.open
  const wanted = edit.quantity ?? now
  if (wanted < gone) {
    const text = `${gone} units of this line have left already.`
    errors.push(fieldError(`${field}.quantity`, 'has_left', text))
    return []
  }
  if (wanted > 0 && isRepriced(edit, line, wanted)) {
    const changed = edit.unit_price === undefined ? 'discount' : 'unit_price'
    if (gone > 0) {
      const text = 'Units of this line have left already: give money back instead.'
      errors.push(fieldError(`${field}.${changed}`, 'has_left', text))
      return []
    }
    const unit_price = edit.unit_price ?? line.unit_price
    const discount = edit.discount ?? discountOf(line, wanted)
    const subtotal = share(unit_price, BigInt(wanted), BigInt(line.per_units))
    if (discount > subtotal) {
      errors.push(fieldError(`${field}.discount`, 'too_much', 'That is more than the line costs.'))
      return []
    }
    const like = pricedAs(line, wanted)
    const agreed = { ...like.agreed!, unit_price, discount }
    const to_price = { ...like, id: newId<OrderLineId>(), agreed }
    const wish = { to_price, reason: edit.reason ?? '' }
    return [replaceLine(planning, line, wish, pricing) ?? []].flat()
  }
  if (wanted < now) {
    takeOff(planning, line, now - wanted)
    planning.released.push({ line_id: line.id, units: now - wanted })
  }
  return wanted > now ? [raiseLine(planning, line, wanted - now, pricing) ?? []].flat() : []
}

/** Prices stand on the lists unless staff say otherwise; with or without tax as the lists do. */
function addLine(
  { errors, facts, wanted }: Planning,
  { add, at }: { readonly add: LineAdd; readonly at: number },
  pricing: Pricing,
): Wish[] {
  const field = `add.${at}`
  const variant = facts.variants.get(add.variant_id)
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
  if (agreed.discount > share(agreed.unit_price, BigInt(quantity), BigInt(agreed.per_units))) {
    errors.push(fieldError(`${field}.discount`, 'too_much', 'That is more than the line costs.'))
    return []
  }
  wanted.push({ line_id: id, units: quantity })
  const is_own = add.unit_price !== undefined || agreed.discount > 0n
  const reason = is_own ? (add.reason ?? '') : null
  return [{ to_price: { ...bare, agreed }, of: add, from: null, reason }]
}

function wishToLine(planning: Planning, wish: Wish, pricing: Pricing): AddedLine[] {
  const { facts, frame, added, errors } = planning
  const priced = pricing.priceOne(wish.to_price)
  if (!priced) {
    errors.push(fieldError('lines', 'limit_exceeded', 'That is more than this shop can charge.'))
    return []
  }
  const of = wish.of
  const variant = facts.variants.get(wish.to_price.variant_id)
  const goods =
    'sku' in of
      ? of
      : { ...variant!, title: titleOf(variant!.product_title, variant!.variant_title) }
  const { sku, title, hs_code, weight_g, requires_shipping, items } = goods
  const { variant_id, quantity, unit_price, per_units, subtotal, discount, tax, taxes } = priced
  return [
    {
      id: wish.to_price.id as OrderLineId,
      order_id: facts.order.id,
      position: Math.max(-1, ...facts.lines.map((line) => line.position)) + added.length + 1,
      ...{ variant_id, sku, title, quantity, unit_price, per_units, subtotal, discount, tax },
      tax_included: priced.tax_included,
      taxes,
      total: priced.total,
      tax_category: priced.tax_category,
      ...{ hs_code, weight_g, requires_shipping, items },
      change_id: frame.change_id,
      kind: 'item',
      replaces: wish.from?.id ?? null,
      price_reason: wish.reason,
    },
  ]
}

/** Lines that are taxed otherwise at the new place. What has left was sold to the old one. */
function retaxLines(
  planning: Planning,
  edited: ReadonlySet<OrderLineId>,
  { before, after }: { readonly before: Pricing; readonly after: Pricing },
): Wish[] {
  const { facts, errors } = planning
  return facts.lines.flatMap((line) => {
    const units = onOrder(line)
    if (line.kind !== 'item' || units === 0 || edited.has(line.id)) return []
    const like = pricedAs(line, units)
    const [was, is] = [before.priceOne(like), after.priceOne(like)]
    if (isDeepStrictEqual(was?.taxes, is?.taxes)) return []
    if (line.open < units) {
      const text = 'Other taxes hold there, and units have left already.'
      errors.push(fieldError('address.shipping_address', 'has_left', text))
      return []
    }
    const to_price = { ...like, id: newId<OrderLineId>() }
    return [replaceLine(planning, line, { to_price, reason: null }, after) ?? []].flat()
  })
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
    ...{ facts, frame, errors: [], canceled: new Map() },
    ...{ off: [], added: [], moved: [], released: [], wanted: [] },
  }
  const contact: OrderContact = { ...facts.contact, ...asked.contact }
  const contact_fields = (Object.keys(contact) as (keyof OrderContact)[]).filter(
    (field) => !isDeepStrictEqual(contact[field], facts.contact[field]),
  )
  const after = openPricing(facts, frame, contact.shipping_address)
  const before = openPricing(facts, frame, facts.contact.shipping_address)
  assertOnce(planning, asked.lines)
  refuseErrors(planning.errors)
  const edited = new Set(asked.lines.map(({ line_id }) => line_id))
  const wishes = [
    ...asked.lines.flatMap((edit, at) => editLine(planning, { edit, at }, after)),
    ...asked.add.flatMap((add, at) => addLine(planning, { add, at }, after)),
    ...(contact_fields.includes('shipping_address')
      ? retaxLines(planning, edited, { before, after })
      : []),
  ]
  refuseErrors(planning.errors)
  for (const wish of wishes) planning.added.push(...wishToLine(planning, wish, after))
  const shipping_option_id = planShipping(planning, asked, { contact, before, after })
  refuseErrors(planning.errors)
  const { added, moved, released, wanted } = planning
  const off = netted(planning.off)
  const is_same_way = shipping_option_id === facts.shipping.option_id
  if (off.length + added.length + contact_fields.length === 0 && is_same_way) {
    throw refuse('nothing_to_change', { order_id: facts.order.id })
  }
  const kept = facts.lines.some(
    (line) => line.quantity > (planning.canceled.get(line.id) ?? line.canceled),
  )
  if (!kept && added.every(({ kind }) => kind === 'shipping')) {
    refuseErrors([fieldError('lines', 'nothing_left', 'Nothing is left: cancel the order.')])
  }
  const amount = sum(off.map((one) => one.amount)) - sum(added.map(({ total }) => total))
  const units = { moved: moved.filter((one) => one.units > 0), released, wanted }
  return { off, added, ...units, contact, contact_fields, shipping_option_id, amount }
}
