// The buyer's page of an order, by signed link: no account, no script needed.
import Type from 'typebox'
import type { Db } from '../db/pool.ts'
import { snapshot } from '../db/transaction.ts'
import { readOrderInvoices } from '../invoices/invoice-views.sql.ts'
import type { OrderId } from '../lib/ids.ts'
import { readToken } from '../lib/tokens.ts'
import { readOrderFacts, readOrderScans, readOrderShipments } from '../messages/messages.sql.ts'
import { page_headers } from './order-page-assets.ts'
import { noOrderPage, orderPage } from './order-page-view.ts'
import { Closed, type Reply, type Route, route } from './route.ts'

const htmlReply = (status: number, content: string): Reply => ({
  status,
  raw: { media_type: 'text/html; charset=utf-8', headers: page_headers, content },
})

/** All of the page from one moment; null when there is no such order. */
export const renderOrderPage = (db: Db, id: OrderId, token: string): Promise<string | null> =>
  snapshot(db, async (tx) => {
    const order = await readOrderFacts(tx, id)
    if (!order) return null
    return orderPage({
      order,
      shipments: await readOrderShipments(tx, id),
      scans: await readOrderScans(tx, id),
      invoices: await readOrderInvoices(tx, id),
      token,
    })
  })

export const order_page_routes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/o/:token',
    who: 'anyone',
    summary: 'The order page: status, tracking and documents of one order, by signed link',
    params: Closed({ token: Type.String({ minLength: 1, maxLength: 300 }) }),
    replies: { 200: null, 404: null },
    rate_per_minute: 120,
    async handle({ app, params: { token }, now }) {
      const id = readToken<OrderId>(app.secret_key, 'order', token, now)
      const page = id && (await renderOrderPage(app.db, id, token))
      return page ? htmlReply(200, page) : htmlReply(404, noOrderPage())
    },
  }),
]
