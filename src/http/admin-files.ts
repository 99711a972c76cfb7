// Files that are sold: uploaded in parts, given to variants, granted to orders.
import Type from 'typebox'
import { readOnce, snapshot, transaction } from '#src/db/transaction.ts'
import { entitlement_states, download_limits as limits, stateOf } from '#src/downloads/downloads.ts'
import {
  changeFile,
  completeFile,
  createFile,
  putPart,
  sellFiles,
} from '#src/downloads/edit-files.ts'
import { listEntitlements } from '#src/downloads/entitlements.sql.ts'
import { listFiles, readFile, readVariantFiles } from '#src/downloads/files.sql.ts'
import { changeEntitlement } from '#src/downloads/grant-downloads.ts'
import type { DigitalFileId, EntitlementId, OrderId, OrderLineId, VariantId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import { byOf } from './admin-catalog.ts'
import { createOnce } from './create-once.ts'
import { IdPageQuery, readPage } from './page.ts'
import { Closed, Id, Moment, Nullable, Page, type Route, route, Text } from './route.ts'

const read = { staff: 'catalog:read' } as const
const write = { staff: 'catalog:write' } as const
const some = Type.Optional

const Limit = Nullable(Type.Integer({ minimum: 1, maximum: limits.downloads }))
const Days = Nullable(Type.Integer({ minimum: 1, maximum: limits.valid_days }))
const FileView = Closed({
  id: Id<DigitalFileId>(),
  name: Type.String(),
  media_type: Type.String(),
  bytes: Nullable(Type.Integer({ description: 'null until it is complete' })),
  sha256: Nullable(Type.String()),
  downloads_max: Limit,
  valid_days: Days,
  created_at: Moment(),
  archived_at: Nullable(Moment()),
})
const Params = Closed({ id: Id<DigitalFileId>() })
const VariantParams = Closed({ id: Id<VariantId>() })
const Files = Closed({ items: Type.Array(FileView) })

export const EntitlementFields = {
  id: Id<EntitlementId>(),
  line_id: Id<OrderLineId>(),
  unit: Type.Integer({ description: 'Which unit of the line it is for, from 1 on' }),
  name: Type.String(),
  media_type: Type.String(),
  bytes: Type.Integer(),
  state: Type.Unsafe<(typeof entitlement_states)[number]>(
    Type.Union(entitlement_states.map((state) => Type.Literal(state))),
  ),
  granted_at: Moment(),
  expires_at: Nullable(Moment()),
  downloads: Type.Integer(),
  downloads_max: Nullable(Type.Integer()),
}
const EntitlementView = Closed({ ...EntitlementFields, revoked_at: Nullable(Moment()) })

export const admin_file_routes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/admin/digital-files',
    who: read,
    summary: 'List the files that are sold, oldest first',
    query: Closed(IdPageQuery),
    replies: { 200: Page(FileView) },
    handle: async ({ app, query }) => ({
      status: 200,
      body: await snapshot(app.db, (tx) =>
        readPage(query, (after, limit) => listFiles(tx, after as DigitalFileId | null, limit)),
      ),
    }),
  }),
  route({
    method: 'POST',
    path: '/admin/digital-files',
    who: write,
    summary: 'Begin to upload a file: its parts follow',
    idempotent: true,
    example: { name: 'Pattern.pdf', media_type: 'application/pdf', downloads_max: 5 },
    body: Closed({
      name: Text(limits.name_length, 1),
      media_type: Text(100, 3),
      downloads_max: some(Limit),
      valid_days: some(Days),
    }),
    replies: { 201: FileView },
    handle: async (asked) => {
      const { app, body } = asked
      const draft = { downloads_max: null, valid_days: null, ...body }
      const id = await createOnce<DigitalFileId>(
        asked,
        'POST /admin/digital-files',
        body,
        (tx, id) => createFile(tx, id, draft, byOf(asked)),
      )
      return { status: 201, body: (await readOnce(app.db, (tx) => readFile(tx, id)))! }
    },
  }),
  route({
    method: 'GET',
    path: '/admin/digital-files/:id',
    who: read,
    summary: 'Read what is known of a file',
    params: Params,
    replies: { 200: FileView },
    handle: async ({ app, params: { id } }) => {
      const file = await readOnce(app.db, (tx) => readFile(tx, id))
      if (!file) throw refuse('not_found', { id })
      return { status: 200, body: file }
    },
  }),
  route({
    method: 'PUT',
    path: '/admin/digital-files/:id/parts/:n',
    who: write,
    summary: `Upload a part of a file as bytes, counted from 0, at most ${limits.part_bytes} each`,
    raw_body: true,
    body_bytes_max: limits.part_bytes,
    params: Closed({
      id: Id<DigitalFileId>(),
      n: Type.String({ pattern: '^(0|[1-9]\\d{0,2})$', description: 'below 128' }),
    }),
    replies: { 204: null },
    handle: async ({ app, params: { id, n }, raw_body }) => {
      if (Number(n) >= limits.parts) throw refuse('limit_exceeded', { parts_max: limits.parts })
      await transaction(app.db, (tx) => putPart(tx, id, Number(n), raw_body))
      return { status: 204 }
    },
  }),
  route({
    method: 'PUT',
    path: '/admin/digital-files/:id/complete',
    who: write,
    summary: 'Close a file: all parts are there, and its bytes never change from here on',
    params: Params,
    body: Closed({ sha256: some(Type.String({ pattern: '^[0-9a-f]{64}$' })) }),
    example: { sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' },
    replies: { 200: FileView },
    handle: async (asked) => {
      const { app, params, body } = asked
      const file = await completeFile(app.db, params.id, body.sha256 ?? null, byOf(asked))
      return { status: 200, body: file }
    },
  }),
  route({
    method: 'PATCH',
    path: '/admin/digital-files/:id',
    who: write,
    summary: 'Change a file for those who buy it from now on',
    params: Params,
    body: Type.Object(
      {
        name: some(Text(limits.name_length, 1)),
        downloads_max: some(Limit),
        valid_days: some(Days),
        archived: some(Type.Boolean()),
      },
      { additionalProperties: false, minProperties: 1 },
    ),
    example: { downloads_max: 3, valid_days: 14 },
    replies: { 200: FileView },
    handle: async (asked) => {
      const { app, params, body } = asked
      const file = await transaction(app.db, (tx) => changeFile(tx, params.id, body, byOf(asked)))
      return { status: 200, body: file }
    },
  }),
  route({
    method: 'GET',
    path: '/admin/variants/:id/files',
    who: read,
    summary: 'The files that come with a variant',
    params: VariantParams,
    replies: { 200: Files },
    handle: async ({ app, params: { id } }) => ({
      status: 200,
      body: { items: await readOnce(app.db, (tx) => readVariantFiles(tx, id)) },
    }),
  }),
  route({
    method: 'PUT',
    path: '/admin/variants/:id/files',
    who: write,
    summary: 'Replace the files that come with a variant, in this order',
    params: VariantParams,
    body: Closed({
      file_ids: Type.Array(Id<DigitalFileId>(), {
        maxItems: limits.files_per_variant,
        uniqueItems: true,
      }),
    }),
    example: { file_ids: ['019a0000-0000-7000-8000-000000000009'] },
    replies: { 200: Files },
    handle: async (asked) => {
      const { app, params, body } = asked
      const items = await transaction(app.db, async (tx) => {
        await sellFiles(tx, params.id, body.file_ids, byOf(asked))
        return readVariantFiles(tx, params.id)
      })
      return { status: 200, body: { items } }
    },
  }),
  route({
    method: 'GET',
    path: '/admin/orders/:id/downloads',
    who: { staff: 'orders:read' },
    summary: 'The files an order was granted, one entry per unit and file',
    params: Closed({ id: Id<OrderId>() }),
    query: Closed(IdPageQuery),
    replies: { 200: Page(EntitlementView) },
    handle: async ({ app, params, query, now }) => {
      const page = await snapshot(app.db, (tx) =>
        readPage(query, (after, limit) =>
          listEntitlements(tx, params.id, after as EntitlementId | null, limit),
        ),
      )
      const items = page.items.map((one) => ({
        ...one,
        line_id: one.order_line_id,
        state: stateOf(one, now),
      }))
      return { status: 200, body: { ...page, items } }
    },
  }),
  route({
    method: 'PATCH',
    path: '/admin/downloads/:id',
    who: { staff: 'orders:write' },
    summary: 'Give a buyer more time or downloads of one file, or take the right to it away',
    params: Closed({ id: Id<EntitlementId>() }),
    body: Type.Object(
      {
        expires_at: some(Nullable(Moment())),
        downloads_max: some(Limit),
        revoked: some(Type.Boolean()),
      },
      { additionalProperties: false, minProperties: 1 },
    ),
    example: { expires_at: '2031-06-30T00:00:00Z', downloads_max: 10 },
    replies: { 200: EntitlementView },
    handle: async (asked) => {
      const { app, params, body, now } = asked
      const one = await transaction(app.db, (tx) =>
        changeEntitlement(tx, params.id, body, byOf(asked)),
      )
      const view = { ...one, line_id: one.order_line_id, state: stateOf(one, now) }
      return { status: 200, body: view }
    },
  }),
]
