// A placed order as checkout leaves it, for tests of what comes after: documents, messages, pages.
import type { Tx } from '#src/db/sql.ts'
import {
  type AttemptId,
  type CaptureId,
  type ChannelId,
  type LegalEntityId,
  newId,
  type OrderId,
  type RefundId,
  type ShipmentId,
} from '#src/lib/ids.ts'
import { toJson } from '#src/lib/json.ts'
import { share, sum } from '#src/lib/money.ts'

export type TestShop = {
  readonly legal_entity_id: LegalEntityId
  readonly channel_id: ChannelId
  readonly currency: string
}
export type TestSeller = {
  readonly name: string
  readonly prefix: string
  readonly time_zone: string
  readonly starts_month: number
  readonly currency: string
}
const seller_defaults: TestSeller = {
  name: 'Onhand Demo GmbH',
  prefix: 'OH',
  time_zone: 'Europe/Berlin',
  starts_month: 1,
  currency: 'EUR',
}

export async function insertTestShop(tx: Tx, seller: Partial<TestSeller> = {}): Promise<TestShop> {
  const { name, prefix, time_zone, starts_month, currency } = { ...seller_defaults, ...seller }
  const legal_entity_id = newId<LegalEntityId>()
  const channel_id = newId<ChannelId>()
  const address = JSON.stringify({
    line1: 'Lagerstraße 12',
    postal_code: '10115',
    city: 'Berlin',
    country: 'DE',
  })
  const tax_ids = JSON.stringify([{ name: 'VAT ID', value: 'DE123456789' }])
  await tx.run`
    insert into legal_entity (id, code, name, address, tax_ids, time_zone,
      fiscal_year_starts_month, number_prefix)
    values (${legal_entity_id}, ${legal_entity_id}, ${name}, ${address}, ${tax_ids}, ${time_zone},
      ${starts_month}, ${prefix})`
  await tx.run`
    insert into channel (id, code, name, legal_entity_id, currencies, countries, default_country,
      storefront_url, reply_to, payment_providers)
    values (${channel_id}, ${channel_id}, 'Onhand Demo', ${legal_entity_id}, ${[currency]},
      ${['DE']}, 'DE', 'https://shop.example', 'orders@shop.example', ${['stripe']})`
  return { legal_entity_id, channel_id, currency }
}

export type TestLine = {
  readonly sku: string
  readonly title: string
  readonly quantity: number
  readonly unit_price: bigint
  readonly discount?: bigint
  /** component → ppm */
  readonly rates: Readonly<Record<string, number>>
  readonly tax_included: boolean
}
export type TestOrder = {
  readonly number: string
  readonly lines: readonly TestLine[]
  readonly shipping: {
    readonly amount: bigint
    readonly rates: Readonly<Record<string, number>>
    readonly tax_included: boolean
  } | null
  readonly at: Date
  readonly locale?: string
  readonly email?: string
  readonly address?: object
}

/** Tax on (or in) an amount; the components are rounded one by one. */
const taxesOn = (amount: bigint, rates: Readonly<Record<string, number>>, included: boolean) => {
  const all = sum(Object.values(rates).map(BigInt))
  return Object.entries(rates).map(([component, rate_ppm]) => ({
    component,
    rate_ppm,
    amount: share(amount, BigInt(rate_ppm), 1_000_000n + (included ? all : 0n)),
  }))
}
const taxOf = (taxes: readonly { readonly amount: bigint }[]) =>
  sum(taxes.map(({ amount }) => amount))

function priced(order_id: OrderId, line: TestLine, position: number) {
  const { discount = 0n, tax_included, rates, ...rest } = line
  const subtotal = line.unit_price * BigInt(line.quantity)
  const taxes = taxesOn(subtotal - discount, rates, tax_included)
  const tax = taxOf(taxes)
  const total = subtotal - discount + (tax_included ? 0n : tax)
  const id = newId<string>()
  return { ...rest, id, order_id, position, discount, tax_included, subtotal, taxes, tax, total }
}

const default_address = {
  name: 'Ada Löwe',
  line1: 'Rosenweg 3',
  line2: '2. OG',
  postal_code: '80331',
  city: 'München',
  country: 'DE',
}

export async function insertTestOrder(tx: Tx, shop: TestShop, order: TestOrder) {
  const id = newId<OrderId>()
  const lines = order.lines.map((line, i) => priced(id, line, i))
  const shipping = order.shipping ?? { amount: 0n, rates: {}, tax_included: true }
  const shipping_taxes = taxesOn(shipping.amount, shipping.rates, shipping.tax_included)
  const shipping_tax = taxOf(shipping_taxes)
  const tax_total = taxOf(lines.map(({ tax }) => ({ amount: tax }))) + shipping_tax
  const tax_included =
    sum(lines.filter((line) => line.tax_included).map(({ tax }) => tax)) +
    (shipping.tax_included ? shipping_tax : 0n)
  const total =
    sum(lines.map((line) => line.total)) +
    shipping.amount +
    (shipping.tax_included ? 0n : shipping_tax)
  const row = {
    id,
    number: order.number,
    channel_id: shop.channel_id,
    legal_entity_id: shop.legal_entity_id,
    origin: 'web',
    state: 'placed',
    payment_state: 'captured',
    currency: shop.currency,
    subtotal: sum(lines.map(({ subtotal }) => subtotal)),
    discount_total: sum(lines.map(({ discount }) => discount)),
    shipping_total: shipping.amount,
    tax_total,
    total,
    tax_included,
    shipping_name: order.shipping ? 'Standard shipping' : null,
    shipping_taxes,
    email: order.email ?? 'ada@buyer.example',
    shipping_address: order.address ?? default_address,
    locale: order.locale ?? 'en',
    created_at: order.at,
    placed_at: order.at,
  }
  await tx.run`
    insert into orders (id, number, channel_id, legal_entity_id, origin, state, payment_state,
      currency, subtotal, discount_total, shipping_total, tax_total, total, tax_included,
      shipping_name, shipping_taxes, email, shipping_address, locale, created_at, placed_at)
    select id, number, channel_id, legal_entity_id, origin, state, payment_state,
      currency, subtotal, discount_total, shipping_total, tax_total, total, tax_included,
      shipping_name, shipping_taxes, email, shipping_address, locale, created_at, placed_at
    from json_populate_recordset(null::orders, ${toJson([row])}::json)`
  await tx.run`
    insert into order_line (id, order_id, position, variant_id, sku, title, quantity, unit_price,
      subtotal, discount, tax, tax_included, taxes, total, tax_category, weight_g,
      requires_shipping, items)
    select id, order_id, position, id, sku, title, quantity, unit_price, subtotal, discount, tax,
      tax_included, taxes, total, 'standard', 100, true, '[]'
    from json_populate_recordset(null::order_line, ${toJson(lines)}::json)`
  return { id, total, lines }
}
export type InsertedOrder = Awaited<ReturnType<typeof insertTestOrder>>

export async function insertTestAttempt(
  tx: Tx,
  { order_id, currency, amount }: { order_id: OrderId; currency: string; amount: bigint },
): Promise<AttemptId> {
  const id = newId<AttemptId>()
  await tx.run`
    insert into payment_attempt (id, order_id, provider, capture_mode, state, currency, amount,
      authorized, captured, reference, created_at, updated_at)
    values (${id}, ${order_id}, 'stripe', 'now', 'captured', ${currency}, ${amount}, ${amount},
      ${amount}, ${`pi_${id.slice(-6)}`}, now(), now())`
  return id
}

export type TestTransfer = {
  readonly order_id: OrderId
  readonly attempt_id: AttemptId
  readonly currency: string
  readonly amount: bigint
  readonly allocations?: readonly object[]
  readonly at: Date
}
export async function insertTestCapture(tx: Tx, capture: TestTransfer): Promise<CaptureId> {
  const id = newId<CaptureId>()
  await tx.run`
    insert into capture (id, attempt_id, order_id, state, currency, amount, reference, allocations,
      created_at, settled_at)
    values (${id}, ${capture.attempt_id}, ${capture.order_id}, 'succeeded', ${capture.currency},
      ${capture.amount}, 'ch_1', ${toJson(capture.allocations ?? [])}, ${capture.at},
      ${capture.at})`
  return id
}
export async function insertTestRefund(tx: Tx, refund: TestTransfer): Promise<RefundId> {
  const id = newId<RefundId>()
  await tx.run`
    insert into refund (id, attempt_id, order_id, cause_id, state, currency, amount, reason,
      reference, allocations, created_at, settled_at)
    values (${id}, ${refund.attempt_id}, ${refund.order_id}, ${id}, 'succeeded',
      ${refund.currency}, ${refund.amount}, 'Two came broken', ${`re_${id.slice(-6)}`},
      ${toJson(refund.allocations ?? [])}, ${refund.at}, ${refund.at})`
  return id
}

export async function insertTestShipment(
  tx: Tx,
  order: InsertedOrder,
  { state, tracking_url, at }: { state: string; tracking_url: string | null; at: Date },
): Promise<ShipmentId> {
  const id = newId<ShipmentId>()
  const delivered_at = state === 'delivered' ? at : null
  await tx.run`
    insert into shipment (id, order_id, location_id, state, carrier, service, tracking_code,
      tracking_url, weight_g, created_at, shipped_at, delivered_at)
    values (${id}, ${order.id}, ${id}, ${state}, 'USPS', 'Priority', 'EZ1000000001',
      ${tracking_url}, 500, ${at}, ${at}, ${delivered_at})`
  const lines = order.lines.map((line) => ({
    shipment_id: id,
    order_line_id: line.id,
    stock_item_id: line.id,
    quantity: line.quantity,
  }))
  await tx.run`
    insert into shipment_line (shipment_id, order_line_id, stock_item_id, quantity)
    select shipment_id, order_line_id, stock_item_id, quantity
    from json_populate_recordset(null::shipment_line, ${toJson(lines)}::json)`
  await tx.run`
    insert into tracking_scan (id, shipment_id, status, detail, place, at, received_at)
    values (${newId<string>()}, ${id}, 'in_transit', 'Arrived at the <sorting> center', 'Leipzig',
      ${at}, ${at})`
  return id
}
