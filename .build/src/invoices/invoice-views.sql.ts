import { and, type Statement, sql, type Tx } from '../db/sql.ts'
import type { InvoiceId, OrderId } from '../lib/ids.ts'
import type { Currency } from '../lib/money.ts'
import type { DocumentKind } from './invoices.ts'

export type InvoiceRow = {
  readonly id: InvoiceId
  readonly kind: DocumentKind
  readonly number: string
  readonly order_id: OrderId
  readonly cause_id: string
  readonly invoice_id: InvoiceId | null
  readonly issued_on: string
  readonly currency: Currency
  readonly tax: bigint
  readonly total: bigint
  readonly created_at: Date
}
export type InvoiceFilter = {
  readonly kind?: DocumentKind
  readonly order_id?: OrderId
  readonly number?: string
  readonly issued_from?: string
  readonly issued_to?: string
  readonly after?: string
  readonly limit: number
}

const columns = sql`id, kind, number, order_id, cause_id, invoice_id, issued_on, currency, tax,
  total, created_at`

/** The newest first; one row more than asked for tells that there is another page. */
export function listInvoices(tx: Tx, filter: InvoiceFilter): Promise<InvoiceRow[]> {
  const { kind, order_id, number, issued_from, issued_to, after, limit } = filter
  const conditions: Statement[] = [
    ...(kind ? [sql`kind = ${kind}`] : []),
    ...(order_id ? [sql`order_id = ${order_id}`] : []),
    ...(number ? [sql`number = ${number}`] : []),
    ...(issued_from ? [sql`issued_on >= ${issued_from}::date`] : []),
    ...(issued_to ? [sql`issued_on <= ${issued_to}::date`] : []),
    ...(after ? [sql`id < ${after}::uuid`] : []),
  ]
  return tx.many<InvoiceRow>`
    select ${columns} from invoice
    where ${and(conditions)}
    order by id desc
    limit ${limit} + 1`
}

export const readInvoice = (tx: Tx, id: InvoiceId) =>
  tx.maybe<InvoiceRow & { readonly document: object }>`
    select ${columns}, document from invoice where id = ${id}`

export const readOrderInvoices = (tx: Tx, order_id: OrderId) =>
  tx.many<InvoiceRow>`
    select ${columns} from invoice where order_id = ${order_id} order by id limit 500`
