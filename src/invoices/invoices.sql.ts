import type { TaxFacts } from '#src/carts/cart-tax.ts'
import { asTable } from '#src/db/as-table.ts'
import type { Tx } from '#src/db/sql.ts'
import type { CaptureId, InvoiceId, LegalEntityId, OrderId, RefundId } from '#src/lib/ids.ts'
import type { Currency } from '#src/lib/money.ts'
import type { Series } from '#src/shop/shop.sql.ts'
import type { DocumentKind } from './invoices.ts'

/**
 * One document of an order at a time: what is open on a line is read from the earlier documents.
 * In id order, before any number series.
 */
export const lockOrdersOf = (tx: Tx, cause_ids: readonly string[]) =>
  tx.run`
    select 1 from orders
    where id in (
      select order_id from capture where id = any(${cause_ids}::uuid[])
      union
      select order_id from refund where id = any(${cause_ids}::uuid[])
      union
      select order_id from order_change where id = any(${cause_ids}::uuid[])
    )
    order by id
    for no key update`

export type Cause = {
  readonly id: string
  readonly order_id: OrderId
  readonly state: 'requested' | 'pending' | 'succeeded' | 'failed'
  readonly amount: bigint
  readonly reason: string
  readonly allocations: readonly unknown[]
  readonly provider: string
  readonly reference: string | null
  readonly at: Date
  /** Of the order, with the change that made a refund necessary; null without one. */
  readonly change_version: number | null
  /** Money that was paid beyond what was owed, and that no document speaks of. */
  readonly is_surplus: boolean
}

export const readCaptures = (tx: Tx, ids: readonly CaptureId[]) =>
  tx.many<Cause>`
    select capture.id, capture.order_id, capture.state, capture.amount, '' as reason, allocations,
      provider, coalesce(capture.reference, payment_attempt.reference) as reference,
      coalesce(settled_at, capture.created_at) as at,
      null::int as change_version, false as is_surplus
    from capture
    join payment_attempt on payment_attempt.id = attempt_id
    where capture.id = any(${ids}::uuid[])`

export const readRefunds = (tx: Tx, ids: readonly RefundId[]) =>
  tx.many<Cause>`
    select refund.id, refund.order_id, refund.state, refund.amount, refund.reason, allocations,
      provider, coalesce(refund.reference, payment_attempt.reference) as reference,
      coalesce(settled_at, refund.created_at) as at, order_change.version as change_version,
      exists (select from payment_attempt as surplus where surplus.id = refund.cause_id)
        and not exists (
          select from capture where capture.attempt_id = refund.attempt_id and (
            exists (select from invoice where kind = 'invoice' and cause_id = capture.id)
            or exists (select from effect where kind = 'invoice' and cause_id = capture.id)))
        as is_surplus
    from refund
    join payment_attempt on payment_attempt.id = attempt_id
    left join order_change on order_change.id = refund.cause_id
    where refund.id = any(${ids}::uuid[])`

export type OrderToInvoice = {
  readonly id: OrderId
  readonly number: string | null
  readonly ordered_at: Date
  readonly currency: Currency
  readonly total: bigint
  readonly shipping_total: bigint
  readonly tax_included: bigint
  readonly shipping_name: string | null
  readonly shipping_taxes: readonly TaxJson[]
  readonly shipping_address: unknown
  readonly billing_address: unknown
  readonly email: string
  readonly legal_entity_id: LegalEntityId
  readonly seller_name: string
  readonly seller_address: unknown
  readonly seller_tax_ids: unknown
  readonly tax_facts: TaxFacts | null
  readonly time_zone: string
  readonly fiscal_year_starts_month: number
  readonly number_prefix: string
}
/** Amounts inside jsonb come as numbers; they are whole and fit. */
export type TaxJson = {
  readonly component: string
  readonly rate_ppm: number
  readonly amount: number
  readonly base?: number
}

export const readOrdersToInvoice = (tx: Tx, ids: readonly OrderId[]) =>
  tx.many<OrderToInvoice>`
    select orders.id, number, coalesce(placed_at, created_at) as ordered_at, currency, total,
      shipping_total, tax_included, shipping_name, shipping_taxes, shipping_address,
      billing_address, email, legal_entity_id, legal_entity.name as seller_name,
      legal_entity.address as seller_address, legal_entity.tax_ids as seller_tax_ids, time_zone,
      fiscal_year_starts_month, number_prefix, tax_facts
    from orders
    join legal_entity on legal_entity.id = legal_entity_id
    where orders.id = any(${ids}::uuid[])`

export type LineToInvoice = {
  readonly id: string
  readonly order_id: OrderId
  readonly kind: 'item' | 'shipping'
  /** When an edit has added it; null when it was ordered. */
  readonly added_at: Date | null
  readonly added_version: number | null
  readonly sku: string
  readonly title: string
  readonly hs_code: string | null
  readonly quantity: number
  readonly unit_price: bigint
  readonly per_units: number
  readonly subtotal: bigint
  readonly discount: bigint
  readonly tax: bigint
  readonly tax_included: boolean
  readonly taxes: readonly TaxJson[]
  readonly total: bigint
}

export const readLinesToInvoice = (tx: Tx, order_ids: readonly OrderId[]) =>
  tx.many<LineToInvoice>`
    select order_line.id, order_line.order_id, order_line.kind, order_change.at as added_at,
      order_change.version as added_version, sku, title, hs_code, quantity, unit_price, per_units,
      subtotal, discount, tax, tax_included, taxes, total
    from order_line
    left join order_change on order_change.id = order_line.change_id
    where order_line.order_id = any(${order_ids}::uuid[])
    order by order_line.order_id, position, order_line.id`

export type EarlierPart = {
  readonly order_id: OrderId
  readonly kind: DocumentKind
  readonly invoice_id: InvoiceId
  readonly number: string
  readonly issued_on: string
  readonly order_line_id: string | null
  readonly total: bigint
  /** It credits what came off the order: when that is put back, it is invoiced again. */
  readonly of_change: boolean
  /** It credits what was given out of goodwill. */
  readonly of_goodwill: boolean
}
/** What the documents of these orders cover already, the oldest first. */
export const readEarlierParts = (tx: Tx, order_ids: readonly OrderId[]) =>
  tx.many<EarlierPart>`
    select invoice.order_id, invoice.kind, invoice.id as invoice_id, number, issued_on,
      line ->> 'order_line_id' as order_line_id, (line ->> 'total')::bigint as total,
      invoice.kind = 'credit_note' and exists (
        select from order_change
        where order_change.order_id = invoice.order_id and order_change.id in (
          invoice.cause_id, (select refund.cause_id from refund where refund.id = invoice.cause_id))
      ) as of_change,
      invoice.kind = 'credit_note' and exists (
        select from refund where refund.id = invoice.cause_id and takes_off > 0) as of_goodwill
    from invoice, jsonb_array_elements(document -> 'lines') as line
    where invoice.order_id = any(${order_ids}::uuid[])
    order by invoice.id`

export type CanceledPart = {
  readonly order_id: OrderId
  readonly order_line_id: string | null
  readonly amount: bigint
  readonly at: Date
  readonly version: number
}
export const readCanceledParts = (tx: Tx, order_ids: readonly OrderId[]) =>
  tx.many<CanceledPart>`
    select order_id, order_line_id, order_change_line.amount, at, version
    from order_change
    join order_change_line on change_id = order_change.id
    where order_id = any(${order_ids}::uuid[])`

export type Issued = {
  readonly cause_id: string
  readonly invoice_id: InvoiceId
  readonly number: string
}
export const readIssued = (tx: Tx, kind: DocumentKind, cause_ids: readonly string[]) =>
  tx.many<Issued>`
    select cause_id, id as invoice_id, number from invoice
    where kind = ${kind} and cause_id = any(${cause_ids}::uuid[])`

/**
 * Of the captures of these refunds' orders: is an invoice still to come? Money that came for an
 * order which was canceled meanwhile pays for nothing, and gets none.
 */
export const readUninvoiced = (tx: Tx, order_ids: readonly OrderId[]) =>
  tx.many<{ readonly order_id: OrderId }>`
    select distinct capture.order_id from capture
    where capture.order_id = any(${order_ids}::uuid[]) and capture.state = 'succeeded'
      and not exists (
        select from invoice where invoice.kind = 'invoice' and invoice.cause_id = capture.id)
      and exists (
        select from effect where effect.kind = 'invoice' and effect.cause_id = capture.id
          and effect.state in ('waiting', 'failed'))`

/** Edits after which the documents of these orders are still to be put right. */
export const readToCorrect = (tx: Tx, order_ids: readonly OrderId[]) =>
  tx.many<{ readonly order_id: OrderId; readonly version: number }>`
    select order_change.order_id, version from order_change
    join effect on effect.kind = 'correct_invoices' and effect.cause_id = order_change.id
      and effect.state in ('waiting', 'failed')
    where order_change.order_id = any(${order_ids}::uuid[])`

/** The day on the document before this one; asked while the series is locked. */
export const readDayBefore = (
  tx: Tx,
  { legal_entity_id, kind, fiscal_year }: Series<DocumentKind>,
  sequence: bigint,
) =>
  tx.maybe<{ readonly issued_on: string }>`
    select issued_on from invoice
    where legal_entity_id = ${legal_entity_id} and kind = ${kind}
      and fiscal_year = ${fiscal_year} and sequence = ${sequence} - 1`

export type NewInvoice = {
  readonly id: InvoiceId
  readonly kind: DocumentKind
  readonly legal_entity_id: LegalEntityId
  readonly fiscal_year: number
  readonly sequence: bigint
  readonly number: string
  readonly order_id: OrderId
  readonly cause_id: string
  readonly invoice_id: string | null
  readonly issued_on: string
  readonly currency: Currency
  readonly tax: bigint
  readonly total: bigint
  readonly document: object
  readonly created_at: Date
}
export const insertInvoices = (tx: Tx, invoices: readonly NewInvoice[]) =>
  tx.run`
    insert into invoice (id, kind, legal_entity_id, fiscal_year, sequence, number, order_id,
      cause_id, invoice_id, issued_on, currency, tax, total, document, created_at)
    select id, kind, legal_entity_id, fiscal_year, sequence, number, order_id, cause_id,
      invoice_id, issued_on, currency, tax, total, document, created_at
    from ${asTable(
      invoices,
      `new (id uuid, kind text,
      legal_entity_id uuid, fiscal_year int, sequence bigint, number text, order_id uuid,
      cause_id uuid, invoice_id uuid, issued_on date, currency text, tax bigint, total bigint,
      document jsonb, created_at timestamptz)`,
    )}`

export const readDocumentText = (tx: Tx, id: InvoiceId) =>
  tx.maybe<{ readonly document: string }>`
    select document::text as document from invoice where id = ${id}`

export const readPdf = (tx: Tx, id: InvoiceId) =>
  tx.maybe<{ readonly bytes: Buffer; readonly number: string }>`
    select bytes, number
    from invoice_pdf
    join invoice on invoice.id = invoice_pdf.invoice_id
    where invoice.id = ${id}`

/** The first one stays: whoever renders it again gets the same bytes anyway. */
export const insertPdf = (tx: Tx, id: InvoiceId, bytes: Uint8Array, sha256: Uint8Array) =>
  tx.run`
    insert into invoice_pdf (invoice_id, bytes, sha256)
    values (${id}, ${Buffer.from(bytes)}, ${Buffer.from(sha256)})
    on conflict (invoice_id) do nothing`
