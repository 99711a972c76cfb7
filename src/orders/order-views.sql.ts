// One order as people see it, with everything that belongs to it.
import type { Tx } from '#src/db/sql.ts'
import type { Address } from '#src/lib/addresses.ts'
import { webAddress } from '#src/lib/format.ts'
import type { OrderId, OrderLineId } from '#src/lib/ids.ts'
import type { TaxJson } from './order-changes.sql.ts'
import type { OrderCard } from './order-list.sql.ts'
import type { LineKind } from './orders.ts'

export type OrderHead = OrderCard & {
  readonly origin: string
  readonly version: number
  readonly phone: string | null
  readonly subtotal: bigint
  readonly discount_total: bigint
  readonly shipping_total: bigint
  readonly tax_total: bigint
  readonly tax_included: bigint
  readonly shipping_name: string | null
  readonly shipping_taxes: unknown
  readonly tax: unknown
  readonly coupon_code: string | null
  /** What was applied, by name. */
  readonly promotions: readonly object[]
  readonly shipping_address: Address | null
  readonly billing_address: Address | null
  readonly hold_expires_at: Date | null
  readonly canceled_at: Date | null
  readonly cancel_reason: string | null
  readonly buyer_note: string | null
  readonly settle_later: boolean
  readonly held_at: Date | null
  readonly hold_reasons: readonly string[] | null
}
export type OrderLineView = {
  readonly id: OrderLineId
  readonly kind: LineKind
  readonly sku: string
  readonly title: string
  readonly quantity: number
  readonly canceled: number
  readonly subtotal: bigint
  readonly discount: bigint
  readonly tax: bigint
  readonly tax_included: boolean
  readonly taxes: readonly TaxJson[]
  readonly total: bigint
}
export type OrderDetail = OrderHead & {
  readonly lines: readonly OrderLineView[]
  readonly payments: readonly object[]
  readonly refunds: readonly object[]
  readonly shipments: readonly object[]
  readonly invoices: readonly object[]
  readonly changes: readonly object[]
}

const readHead = (tx: Tx, id: OrderId): Promise<OrderHead | null> =>
  tx.maybe<OrderHead>`
    select id, number, state, payment_state, fulfillment_state, return_state, currency, total,
      email, channel_id, created_at, placed_at, origin, version, phone, customer_id,
      array(select tag from order_tag where order_id = orders.id order by tag) as tags,
      subtotal, discount_total, shipping_total, tax_total, tax_included, shipping_name,
      shipping_taxes, tax_facts as tax,
      coupon_code, coalesce(promotions, '[]') as promotions, shipping_address, billing_address,
      hold_expires_at, canceled_at, cancel_reason, buyer_note, settle_later, held_at, hold_reasons
    from orders where id = ${id}`

const readLines = (tx: Tx, id: OrderId) =>
  tx.many<OrderLineView>`
    select id, kind, variant_id, sku, title, quantity, unit_price, per_units, subtotal, discount,
      coalesce(discounts, '[]') as discounts, tax, tax_included, taxes, total, tax_category,
      hs_code, requires_shipping, change_id, price_reason,
      coalesce((select sum(order_change_line.quantity)
        from order_change_line where order_line_id = order_line.id), 0)::int as canceled,
      coalesce((select min(hold.shipped / part.quantity)
        from jsonb_to_recordset(items) as part (stock_item_id uuid, quantity int)
        join (select stock_item_id, sum(shipped)::int as shipped from hold
          where order_line_id = order_line.id group by stock_item_id) as hold
          using (stock_item_id)), 0)::int as shipped
    from order_line where order_id = ${id} order by position`

const readPayments = (tx: Tx, id: OrderId) =>
  tx.many<object>`
    select id, provider, purpose, state, currency, amount, authorized, captured, refunded,
      reference, decline_reason, created_at
    from payment_attempt where order_id = ${id} order by id`

const readRefunds = (tx: Tx, id: OrderId) =>
  tx.many<object>`
    select id, state, currency, amount, reason, created_at, settled_at
    from refund where order_id = ${id} order by id`

async function readParcels(tx: Tx, id: OrderId): Promise<object[]> {
  const rows = await tx.many<{ readonly tracking_url: string | null }>`
    select shipment.id, shipment.state, carrier, service, tracking_code, tracking_url, shipped_at,
      delivered_at, location.code as location,
      (select json_agg(json_build_object('status', status, 'detail', detail, 'place', place,
        'at', at) order by at) from tracking_scan where shipment_id = shipment.id) as scans,
      (select json_agg(json_build_object('line_id', order_line_id, 'sku', stock_item.sku,
        'quantity', quantity) order by stock_item.sku)
        from shipment_line join stock_item on stock_item.id = stock_item_id
        where shipment_id = shipment.id) as lines,
      (select id from label where shipment_id = shipment.id and file is not null
        and state = 'bought' limit 1) as label_id
    from shipment join location on location.id = location_id
    where order_id = ${id} order by shipment.id`
  // It comes from the carrier and becomes a link in somebody's page.
  return rows.map((row) => ({ ...row, tracking_url: webAddress(row.tracking_url) }))
}

const readInvoices = (tx: Tx, id: OrderId) =>
  tx.many<object>`
    select id, kind, number, issued_on, currency, tax, total,
      exists (select from invoice_pdf where invoice_id = invoice.id) as has_pdf
    from invoice where order_id = ${id} order by id`

const readChanges = (tx: Tx, id: OrderId) =>
  tx.many<object>`
    select id, version, kind, reason, actor, amount, at
    from order_change where order_id = ${id} order by version`

export async function readOrderDetail(tx: Tx, id: OrderId): Promise<OrderDetail | null> {
  const head = await readHead(tx, id)
  if (!head) return null
  return {
    ...head,
    lines: await readLines(tx, id),
    payments: await readPayments(tx, id),
    refunds: await readRefunds(tx, id),
    shipments: await readParcels(tx, id),
    invoices: await readInvoices(tx, id),
    changes: await readChanges(tx, id),
  }
}
