// The buyer's own documents: whoever holds the token of the order may fetch them.
import Type from 'typebox'
import { transaction } from '#src/db/transaction.ts'
import { readInvoice } from '#src/invoices/invoice-views.sql.ts'
import { invoicePdf } from '#src/invoices/store-pdf.ts'
import type { InvoiceId, OrderId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import { readToken } from '#src/lib/tokens.ts'
import { pdfReply } from './admin-invoices.ts'
import { Closed, Id, Media, type Route, route } from './route.ts'

export const store_invoices_routes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/store/orders/:id/invoices/:invoice_id/pdf',
    // A plain link of the order page: a browser sends no key with it.
    who: 'anyone',
    summary: 'The PDF of an invoice or credit note, with the token of its order',
    params: Closed({ id: Id<OrderId>(), invoice_id: Id<InvoiceId>() }),
    query: Closed({ token: Type.Optional(Type.String({ maxLength: 300 })) }),
    replies: { 200: Media('application/pdf') },
    rate_per_minute: 60,
    async handle({ app, params, query, headers, now }) {
      const token = query.token ?? headers['x-order-token']
      if (!token) throw refuse('token_missing')
      if (readToken<OrderId>(app.secret_key, 'order', token, now) !== params.id) {
        throw refuse('token_wrong')
      }
      const invoice = await transaction(app.db, (tx) => readInvoice(tx, params.invoice_id))
      // Another order's document is as good as none.
      if (invoice?.order_id !== params.id) throw refuse('not_found')
      return pdfReply(await invoicePdf(app.db, invoice.id))
    },
  }),
]
