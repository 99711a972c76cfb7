// API keys: made, rotated and revoked. What opens the shop is told once, when it is made.
import Type from 'typebox'
import { snapshot } from '#src/db/transaction.ts'
import type { ApiKeyId, ChannelId, StaffId } from '#src/lib/ids.ts'
import { createKey, endKey, rotateKey } from '#src/staff/edit-keys.ts'
import { listKeys } from '#src/staff/keys.sql.ts'
import { PermissionWord } from './admin-staff.ts'
import { doingOf } from './doing.ts'
import { IdPageQuery, readPage } from './page.ts'
import { Closed, Id, Moment, Nullable, Page, type Route, route, Text } from './route.ts'

const KeyView = Closed({
  id: Id<ApiKeyId>(),
  kind: Type.String({ enum: ['publishable', 'secret'] }),
  name: Type.String(),
  hint: Type.String({ description: 'Enough to recognize the key; it is not told again.' }),
  channel_id: Nullable(Id<ChannelId>()),
  permissions: Type.Array(Type.String({ description: 'What it was made for' })),
  may: Type.Array(Type.String({ description: 'What of that it may do now, as whoever made it' })),
  made_by: Nullable(Id<StaffId>()),
  made_by_key: Nullable(Id<ApiKeyId>()),
  rotated_from: Nullable(Id<ApiKeyId>()),
  expires_at: Nullable(Moment()),
  revoked_at: Nullable(Moment()),
  last_used_at: Nullable(Moment()),
  created_at: Moment(),
})
const KeyMade = Closed({ key: KeyView, token: Nullable(Type.String()) })

export const admin_key_routes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/admin/keys',
    who: { staff: 'staff:write' },
    summary: 'API keys, newest first',
    query: Closed({ ...IdPageQuery, made_by: Type.Optional(Id<StaffId>()) }),
    replies: { 200: Page(KeyView) },
    handle: async ({ app, query }) => ({
      status: 200,
      body: await readPage(query, (after, limit) =>
        snapshot(app.db, (tx) => listKeys(tx, query.made_by ?? null, { after, limit })),
      ),
    }),
  }),
  route({
    method: 'POST',
    path: '/admin/keys',
    who: { staff: 'staff:write' },
    summary: 'Makes a key; its token is told once',
    idempotent: true,
    body: Type.Union([
      Closed({
        kind: Type.Literal('publishable'),
        name: Text(100, 1),
        channel_id: Id<ChannelId>(),
        expires_at: Type.Optional(Nullable(Moment())),
      }),
      Closed({
        kind: Type.Literal('secret'),
        name: Text(100, 1),
        permissions: Type.Array(PermissionWord, { uniqueItems: true, maxItems: 100 }),
        expires_at: Type.Optional(Nullable(Moment())),
      }),
    ]),
    example: { kind: 'secret', name: 'Nightly export', permissions: ['orders:read'] },
    replies: { 201: KeyMade },
    handle: async (asked) => {
      const { body } = asked
      const channel_id = body.kind === 'publishable' ? body.channel_id : null
      const created = await createKey(
        asked.app.db,
        {
          kind: body.kind,
          name: body.name,
          channel_id,
          permissions: body.kind === 'secret' ? body.permissions : [],
          expires_at: body.expires_at ?? null,
          token: null,
        },
        doingOf(asked, 'POST /admin/keys'),
      )
      return { status: 201, body: created }
    },
  }),
  route({
    method: 'DELETE',
    path: '/admin/keys/:id',
    who: { staff: 'staff:write' },
    summary: 'Revokes a key: at once here, within a second in other processes',
    params: Closed({ id: Id<ApiKeyId>() }),
    replies: { 200: KeyView },
    handle: async (asked) => {
      const key = await endKey(asked.app.db, asked.params.id, doingOf(asked, null))
      asked.app.keys.forget()
      return { status: 200, body: key }
    },
  }),
  route({
    method: 'POST',
    path: '/admin/keys/:id/rotate',
    who: { staff: 'staff:write' },
    summary: 'Makes a key in place of this one, which ends after an overlap',
    idempotent: true,
    params: Closed({ id: Id<ApiKeyId>() }),
    body: Closed({
      overlap_minutes: Type.Optional(Type.Integer({ minimum: 0, maximum: 43_200, default: 1_440 })),
      expires_at: Type.Optional(Nullable(Moment())),
    }),
    example: { overlap_minutes: 60 },
    replies: { 201: KeyMade },
    handle: async (asked) => {
      const { app, params, body } = asked
      const { overlap_minutes = 1_440, expires_at } = body
      const rotating = { overlap_ms: overlap_minutes * 60_000, expires_at }
      const doing = doingOf({ ...asked, body: { ...body, ...params } }, 'POST /admin/keys/rotate')
      const made = await rotateKey(app.db, params.id, rotating, doing)
      app.keys.forget()
      return { status: 201, body: made }
    },
  }),
]
