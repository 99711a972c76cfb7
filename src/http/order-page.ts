// The buyer's page of an order, by signed link: no account, no script needed.
import Type from 'typebox'
import type { Db } from '#src/db/pool.ts'
import { snapshot } from '#src/db/transaction.ts'
import { listEntitlements } from '#src/downloads/entitlements.sql.ts'
import { readOrderInvoices } from '#src/invoices/invoice-views.sql.ts'
import type { OrderId } from '#src/lib/ids.ts'
import type { Secret } from '#src/lib/secret.ts'
import { readToken } from '#src/lib/tokens.ts'
import { readOrderFacts, readOrderScans, readOrderShipments } from '#src/messages/messages.sql.ts'
import { asItStands } from '#src/messages/order-facts.ts'
import { readOrders } from '#src/orders/orders.sql.ts'
import { readBalance } from '#src/payments/read-balances.ts'
import { payUrl } from './order-money.ts'
import { page_headers } from './order-page-assets.ts'
import { noOrderPage, orderPage } from './order-page-view.ts'
import { Closed, Media, type Reply, type Route, route } from './route.ts'
import { linkOf } from './store-downloads.ts'

const htmlReply = (status: number, content: string): Reply => ({
  status,
  raw: { media_type: 'text/html; charset=utf-8', headers: page_headers, content },
})

const shown_downloads = 200

type Opening = { readonly token: string; readonly secret: Secret; readonly now: Date }

/** All of the page from one moment; null when there is no such order. */
export const renderOrderPage = (
  db: Db,
  id: OrderId,
  { token, secret, now }: Opening,
): Promise<string | null> =>
  snapshot(db, async (tx) => {
    const order = await readOrderFacts(tx, id)
    if (!order) return null
    const [row] = await readOrders(tx, [id])
    const balance = await readBalance(tx, row!)
    const files = await listEntitlements(tx, id, null, shown_downloads)
    return orderPage({
      order: asItStands(order),
      balance,
      pay_url: payUrl(row!, balance, { channel: order, token }),
      shipments: await readOrderShipments(tx, id),
      scans: await readOrderScans(tx, id),
      invoices: await readOrderInvoices(tx, id),
      downloads: files.map((file) => ({
        name: file.name,
        path: linkOf(secret, file, now)?.path ?? null,
        left: file.downloads_max === null ? null : file.downloads_max - file.downloads,
        expires_at: file.expires_at,
      })),
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
    replies: { 200: Media('text/html'), 404: Media('text/html') },
    rate_per_minute: 120,
    async handle({ app, params: { token }, now }) {
      const id = readToken<OrderId>(app.secret_key, 'order', token, now)
      const page = id && (await renderOrderPage(app.db, id, { token, secret: app.secret_key, now }))
      return page ? htmlReply(200, page) : htmlReply(404, noOrderPage())
    },
  }),
]
