// What staff and their keys have written: who, when, and what was there before.
import Type from 'typebox'
import { listAudit } from '#src/audit/audit.sql.ts'
import { type Head, head_pattern, readHead, writeHead } from '#src/audit/audit.ts'
import { exportAudit } from '#src/audit/export-audit.ts'
import { verifyAudit } from '#src/audit/verify-audit.ts'
import { snapshot } from '#src/db/transaction.ts'
import { toPage } from './page.ts'
import {
  Closed,
  Id,
  Media,
  Moment,
  Nullable,
  Page,
  PageQuery,
  type Route,
  route,
  Text,
} from './route.ts'

const Fields = Type.Unsafe<Record<string, unknown>>({
  type: 'object',
  additionalProperties: true,
  description: 'Only what has changed. Personal data and secrets are "[hidden]".',
})
const Entry = Closed({
  id: Type.String(),
  at: Moment(),
  actor: Type.String({ description: 'staff: or key:, and the id' }),
  via: Type.String({ enum: ['session', 'key', 'link'] }),
  request_id: Id(),
  route: Type.String(),
  resource: Type.String({ description: 'The table' }),
  resource_id: Type.String(),
  change: Type.String({ enum: ['insert', 'update', 'delete'] }),
  before: Nullable(Fields),
  after: Nullable(Fields),
  seq: Nullable(Type.String({ description: 'Null until the entry is in the chain' })),
  hash: Nullable(Type.String()),
})

const filters = {
  actor: Type.Optional(Type.String({ pattern: '^(staff|key):[0-9a-f-]{36}$' })),
  resource: Type.Optional(Type.String({ pattern: '^[a-z_]{1,63}$' })),
  resource_id: Type.Optional(Text(200, 1)),
  request_id: Type.Optional(Id()),
  route: Type.Optional(Text(200, 1)),
  since: Type.Optional(Moment()),
  until: Type.Optional(Moment()),
}
/** The number of an entry, as text: it may be larger than JSON numbers are. */
const EntryNumber = (description: string) =>
  Type.String({ pattern: '^(0|[1-9][0-9]{0,17})$', description })

const list = route({
  method: 'GET',
  path: '/admin/audit',
  who: { staff: 'audit:read' },
  summary: 'What staff and keys have changed, newest first',
  query: Closed({
    ...PageQuery,
    after: Type.Optional(EntryNumber('next_cursor of a page')),
    ...filters,
  }),
  replies: { 200: Page(Entry) },
  handle: async ({ app, query: { limit = 20, after = null, ...filter } }) => {
    const rows = await snapshot(app.db, (tx) => listAudit(tx, filter, after, limit + 1))
    return { status: 200, body: toPage(rows, limit, ({ id }) => id) }
  },
})

const download = route({
  method: 'GET',
  path: '/admin/exports/audit',
  who: { staff: 'audit:read' },
  summary: 'The audit as JSON lines, oldest first, with all that its chain is made of',
  query: Closed(filters),
  replies: { 200: Media('application/x-ndjson') },
  rate_per_minute: 10,
  handle: async ({ app, query }) => ({
    status: 200,
    raw: {
      media_type: 'application/x-ndjson; charset=utf-8',
      headers: { 'content-disposition': 'attachment; filename="audit.ndjson"' },
      content: exportAudit(app.db, query),
    },
  }),
})

const HeadText = Nullable(Type.String({ description: 'Keep it elsewhere, and send it as expect' }))
const links_max = 50_000

const verify = route({
  method: 'GET',
  path: '/admin/audit/verification',
  who: { staff: 'audit:read' },
  summary: 'Whether the chain of the audit is whole, as far as one request looks',
  query: Closed({
    after: Type.Optional(EntryNumber('seq behind which it looks; go on with that of the head')),
    expect: Type.Optional(
      Type.String({ pattern: head_pattern, description: 'A head that was told before' }),
    ),
  }),
  rate_per_minute: 30,
  replies: {
    200: Closed({
      is_whole: Type.Boolean(),
      checked: Type.Integer(),
      seals: Type.Integer(),
      waiting: Type.Integer({ description: 'Written, and not in the chain yet' }),
      head: HeadText,
      more: Type.Boolean({ description: 'The chain goes on behind the head that is told' }),
      faults: Type.Array(
        Closed({
          seq: Type.String(),
          fault: Type.String({ enum: ['gap', 'changed', 'seal', 'unsealed', 'head'] }),
        }),
      ),
    }),
  },
  handle: async ({ app, query: { after = '0', expect } }) => {
    const expected: Head | null = expect === undefined ? null : readHead(expect)
    const asked = { after: BigInt(after), links_max, expected }
    const { head, faults, ...told } = await verifyAudit(app.db, app.secret_key, asked)
    const body = {
      ...told,
      is_whole: faults.length === 0,
      head: head && writeHead(head),
      faults: faults.map(({ seq, fault }) => ({ seq: String(seq), fault })),
    }
    return { status: 200, body }
  },
})

export const admin_audit_routes: readonly Route[] = [list, download, verify]
