// The buyer's files: links that end, each to one file for one unit.
import Type from 'typebox'
import { readOnce, snapshot } from '#src/db/transaction.ts'
import { contentDisposition, type Entitlement, linkEnd, stateOf } from '#src/downloads/downloads.ts'
import { listEntitlements } from '#src/downloads/entitlements.sql.ts'
import { readPart } from '#src/downloads/files.sql.ts'
import { startDownload } from '#src/downloads/grant-downloads.ts'
import type { DigitalFileId, EntitlementId, OrderId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import type { Secret } from '#src/lib/secret.ts'
import { readToken, signToken } from '#src/lib/tokens.ts'
import { readOrderDetail } from '#src/orders/order-views.sql.ts'
import { EntitlementFields } from './admin-files.ts'
import type { App } from './app.ts'
import { IdPageQuery, readPage } from './page.ts'
import { AnyMedia, Closed, Id, Moment, Nullable, Page, type Route, route } from './route.ts'
import { assertOwnChannel } from './store-carts.ts'
import { assertOrderToken } from './store-checkout.ts'

const DownloadView = Closed({
  ...EntitlementFields,
  path: Nullable(Type.String({ description: 'A link that needs no key; null when it is over.' })),
  path_expires_at: Nullable(Moment()),
})

/** A fresh link; null when the file cannot be downloaded any more. */
export function linkOf(
  secret: Secret,
  one: Entitlement,
  now: Date,
): { readonly path: string; readonly expires_at: Date } | null {
  if (stateOf(one, now) !== 'open') return null
  const expires_at = linkEnd(one, now)
  const token = signToken(secret, 'download', one.id, expires_at)
  return { path: `/store/downloads/${token}`, expires_at }
}

/** One part in memory at a time, and no connection held in between. */
async function* readFile({ db }: App, id: DigitalFileId): AsyncGenerator<Uint8Array> {
  for (let n = 0; ; n++) {
    const part = await readOnce(db, (tx) => readPart(tx, id, n))
    if (part === null) return
    yield part
  }
}

export const store_download_routes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/store/orders/:id/downloads',
    who: 'shop',
    summary: 'The files of an order with fresh links, with the token of the order',
    params: Closed({ id: Id<OrderId>() }),
    query: Closed(IdPageQuery),
    replies: { 200: Page(DownloadView) },
    handle: async ({ app, identity, params: { id }, query, headers, now }) => {
      assertOrderToken(app, id, headers['x-order-token'])
      const page = await snapshot(app.db, async (tx) => {
        const order = await readOrderDetail(tx, id)
        if (!order) throw refuse('not_found', { order_id: id })
        assertOwnChannel(identity, order)
        return readPage(query, (after, limit) =>
          listEntitlements(tx, id, after as EntitlementId | null, limit),
        )
      })
      const items = page.items.map((one) => {
        const link = linkOf(app.secret_key, one, now)
        return {
          ...one,
          line_id: one.order_line_id,
          state: stateOf(one, now),
          path: link?.path ?? null,
          path_expires_at: link?.expires_at ?? null,
        }
      })
      return { status: 200, body: { ...page, items } }
    },
  }),
  route({
    method: 'GET',
    path: '/store/downloads/:token',
    // A plain link: a browser sends no key with it.
    who: 'anyone',
    summary: 'Download a file that was bought; each time counts',
    params: Closed({ token: Type.String({ minLength: 1, maxLength: 300 }) }),
    replies: { 200: AnyMedia },
    rate_per_minute: 60,
    handle: async ({ app, params: { token }, now }) => {
      const id = readToken<EntitlementId>(app.secret_key, 'download', token, now)
      if (id === null) throw refuse('token_wrong')
      const file = await startDownload(app.db, id, now)
      return {
        status: 200,
        raw: {
          media_type: file.media_type,
          headers: {
            'content-disposition': contentDisposition(file.name),
            'content-length': String(file.bytes),
            'x-content-type-options': 'nosniff',
          },
          content: readFile(app, file.file_id),
        },
      }
    },
  }),
]
