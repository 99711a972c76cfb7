import Type from 'typebox'
import { transaction } from '#src/db/transaction.ts'
import { listInvoices, readInvoice } from '#src/invoices/invoice-views.sql.ts'
import { invoicePdf, type StoredPdf } from '#src/invoices/store-pdf.ts'
import { type InvoiceId, isId, type OrderId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import {
  Closed,
  Id,
  Media,
  Minor,
  Moment,
  Nullable,
  Page,
  PageQuery,
  type Reply,
  type Route,
  route,
  Text,
} from './route.ts'

const Kind = Type.Union([Type.Literal('invoice'), Type.Literal('credit_note')])
const Day = Type.String({ pattern: '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$' })

const fields = {
  id: Id<InvoiceId>(),
  kind: Kind,
  number: Type.String(),
  order_id: Id<OrderId>(),
  cause_id: Id<string>('the capture or refund that it documents'),
  invoice_id: Nullable(Id<InvoiceId>('the invoice that a credit note corrects')),
  issued_on: Type.String({ description: 'the local date of the seller' }),
  currency: Type.String(),
  tax: Minor(),
  total: Minor(),
  created_at: Moment(),
}

/** Cursors of these lists are the last id; anything else is refused. */
export function readCursorId(after: string | undefined): { after?: string } {
  if (after === undefined) return {}
  if (!isId(after)) {
    const message = 'Send the next_cursor of a page.'
    throw refuse('invalid_input', { errors: [{ field: 'after', code: 'cursor', message }] })
  }
  return { after }
}

/** Cuts the row too many off that told whether there is another page. */
export function pageOf<T extends { readonly id: string }>(rows: readonly T[], limit: number) {
  const items = rows.slice(0, limit)
  return { items, next_cursor: rows.length > limit ? items.at(-1)!.id : null }
}

export const pdfReply = ({ number, bytes }: StoredPdf): Reply => ({
  status: 200,
  raw: {
    media_type: 'application/pdf',
    headers: {
      'content-disposition': `inline; filename="${number.replaceAll(/[^\w-]/g, '_')}.pdf"`,
      'cache-control': 'private, no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-robots-tag': 'noindex',
    },
    content: bytes,
  },
})

/** A shift of the calendar such as 31 February passes the pattern, not the database. */
function readDay(field: string, day: string): string {
  const at = new Date(`${day}T00:00:00Z`)
  if (!Number.isNaN(at.getTime()) && at.toISOString().startsWith(day)) return day
  throw refuse('invalid_input', { errors: [{ field, code: 'date', message: 'No such day.' }] })
}

export const admin_invoices_routes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/admin/invoices',
    who: { staff: 'orders:read' },
    summary: 'Invoices and credit notes, the newest first',
    query: Closed({
      ...PageQuery,
      kind: Type.Optional(Kind),
      order_id: Type.Optional(Id<OrderId>()),
      number: Type.Optional(Text(16, 1)),
      issued_from: Type.Optional(Day),
      issued_to: Type.Optional(Day),
    }),
    replies: { 200: Page(Closed(fields)) },
    async handle({ app, query }) {
      const { after, limit = 20, issued_from, issued_to, ...filter } = query
      const rows = await transaction(app.db, (tx) =>
        listInvoices(tx, {
          ...filter,
          ...readCursorId(after),
          ...(issued_from ? { issued_from: readDay('issued_from', issued_from) } : {}),
          ...(issued_to ? { issued_to: readDay('issued_to', issued_to) } : {}),
          limit,
        }),
      )
      return { status: 200, body: pageOf(rows, limit) }
    },
  }),
  route({
    method: 'GET',
    path: '/admin/invoices/:id',
    who: { staff: 'orders:read' },
    summary: 'One invoice or credit note with everything that is printed on it',
    params: Closed({ id: Id<InvoiceId>() }),
    replies: { 200: Closed({ ...fields, document: Type.Unknown() }) },
    async handle({ app, params }) {
      const invoice = await transaction(app.db, (tx) => readInvoice(tx, params.id))
      if (!invoice) throw refuse('not_found')
      return { status: 200, body: invoice }
    },
  }),
  route({
    method: 'GET',
    path: '/admin/invoices/:id/pdf',
    who: { staff: 'orders:read' },
    summary: 'The PDF of an invoice or credit note',
    params: Closed({ id: Id<InvoiceId>() }),
    replies: { 200: Media('application/pdf') },
    handle: async ({ app, params }) => pdfReply(await invoicePdf(app.db, params.id)),
  }),
]
