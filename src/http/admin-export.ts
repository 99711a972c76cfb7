// All products as one file, streamed.
import Type from 'typebox'
import { readOnce } from '#src/db/transaction.ts'
import { refuse } from '#src/lib/refusal.ts'
import { exportProducts } from '#src/offers/export-products.ts'
import { findImportTarget, wholeTarget } from '#src/offers/imports.sql.ts'
import { Closed, Media, type Route, route, Text } from './route.ts'

export const admin_export_routes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/admin/exports/products',
    who: { staff: 'catalog:read' },
    summary: 'Download all products as CSV in Shopify’s format, which an import reads again',
    query: Closed({
      channel: Type.Optional(Text(40, 1)),
    }),
    replies: { 200: Media('text/csv') },
    rate_per_minute: 10,
    handle: async ({ app, query: { channel = null } }) => {
      const target = wholeTarget(await readOnce(app.db, (tx) => findImportTarget(tx, channel)))
      if (!target) throw refuse('not_found', { channel })
      return {
        status: 200,
        raw: {
          media_type: 'text/csv; charset=utf-8',
          headers: { 'content-disposition': 'attachment; filename="products.csv"' },
          content: exportProducts(app.db, target),
        },
      }
    },
  }),
]
