// The buyer's files: links that end, each to one file for one unit.
import assert from 'node:assert/strict'
import Type from 'typebox'
import { readOnce, snapshot } from '#src/db/transaction.ts'
import type { ByteRange } from '#src/downloads/byte-range.ts'
import {
  contentDisposition,
  type Entitlement,
  etagOf,
  linkEnd,
  stateOf,
} from '#src/downloads/downloads.ts'
import { listEntitlements } from '#src/downloads/entitlements.sql.ts'
import { readPart, readPartLengths } from '#src/downloads/files.sql.ts'
import { showDownload, startDownload } from '#src/downloads/grant-downloads.ts'
import type { DigitalFileId, EntitlementId, OrderId } from '#src/lib/ids.ts'
import { toJson } from '#src/lib/json.ts'
import { refuse } from '#src/lib/refusal.ts'
import type { Secret } from '#src/lib/secret.ts'
import { readToken, signToken } from '#src/lib/tokens.ts'
import { readOrderDetail } from '#src/orders/order-views.sql.ts'
import { EntitlementFields } from './admin-files.ts'
import type { App } from './app.ts'
import { IdPageQuery, readPage } from './page.ts'
import { problemOf } from './problem.ts'
import {
  AnyMedia,
  Closed,
  Id,
  Moment,
  Nullable,
  Page,
  type Reply,
  type Route,
  route,
} from './route.ts'
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
async function* readBytes(
  { db }: App,
  id: DigitalFileId,
  { first, last }: ByteRange,
): AsyncGenerator<Uint8Array> {
  let start = 0
  for (const [n, length] of (await readOnce(db, (tx) => readPartLengths(tx, id))).entries()) {
    if (start > last) return
    if (start + length > first) {
      const part = await readOnce(db, (tx) => readPart(tx, id, n))
      assert(part, 'A file that is complete has lost a part')
      yield part.subarray(Math.max(0, first - start), last + 1 - start)
    }
    start += length
  }
}

const link = {
  path: '/store/downloads/:token',
  // A plain link: a browser sends no key with it.
  who: 'anyone',
  params: Closed({ token: Type.String({ minLength: 1, maxLength: 300 }) }),
  rate_per_minute: 60,
} as const

function rightOf({ secret_key }: App, token: string, now: Date): EntitlementId {
  const id = readToken<EntitlementId>(secret_key, 'download', token, now)
  if (id === null) throw refuse('token_wrong')
  return id
}

const headersOf = (file: Entitlement) => ({
  'accept-ranges': 'bytes',
  'cache-control': 'no-store',
  'content-disposition': contentDisposition(file.name),
  'content-length': String(file.bytes),
  etag: etagOf(file),
  'x-content-type-options': 'nosniff',
})

/** Who resumes a file that has arrived whole asks for bytes behind its end. */
const behindEnd = (file: Entitlement, request_id: string): Reply => ({
  status: 416,
  raw: {
    media_type: 'application/problem+json',
    headers: {
      'accept-ranges': 'bytes',
      'cache-control': 'no-store',
      'content-range': `bytes */${file.bytes}`,
    },
    content: Buffer.from(toJson(problemOf('range_not_satisfiable', request_id).body)),
  },
})

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
    ...link,
    method: 'GET',
    summary: 'Download a file that was bought; each time counts, resuming within an hour does not',
    replies: { 200: AnyMedia, 206: AnyMedia, 416: null },
    handle: async ({ app, params: { token }, headers, now, request_id }) => {
      const asked = { range: headers['range'], if_range: headers['if-range'] }
      const id = rightOf(app, token, now)
      const { file, range } = await startDownload(app.db, id, asked, now)
      if (range === 'unsatisfiable') return behindEnd(file, request_id)
      const { first, last } = range ?? { first: 0, last: Number(file.bytes) - 1 }
      const part = {
        'content-length': String(last + 1 - first),
        'content-range': `bytes ${first}-${last}/${file.bytes}`,
      }
      return {
        status: range ? 206 : 200,
        raw: {
          media_type: file.media_type,
          headers: { ...headersOf(file), ...(range ? part : {}) },
          content: readBytes(app, file.file_id, { first, last }),
        },
      }
    },
  }),
  route({
    ...link,
    method: 'HEAD',
    summary: 'How large a file that was bought is, without downloading it',
    replies: { 200: null },
    handle: async ({ app, params: { token }, now }) => {
      const file = await showDownload(app.db, rightOf(app, token, now), now)
      return {
        status: 200,
        raw: { media_type: file.media_type, headers: headersOf(file), content: new Uint8Array() },
      }
    },
  }),
]
