// What staff note about orders, file them under, and hold back until somebody has looked.
import Type from 'typebox'
import { holdOrder, releaseOrder } from '#src/checkout/review-order.ts'
import { snapshot, transaction } from '#src/db/transaction.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { blankErrors, currencyErrors, refuseErrors } from '#src/lib/field-errors.ts'
import type { ChannelId, NoteId, OrderId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import { addNote, setTags } from '#src/orders/annotate-order.ts'
import { listNotes } from '#src/orders/notes.sql.ts'
import { readOrders } from '#src/orders/orders.sql.ts'
import { readReviewRules, writeReviewRules } from '#src/shop/review-rules.sql.ts'
import { OrderDetailReply } from './admin-order-schemas.ts'
import { readDetail } from './admin-orders.ts'
import { createOnce } from './create-once.ts'
import { actorOf, type Identity } from './identity.ts'
import { IdPageQuery, readPage } from './page.ts'
import { Closed, Id, Moment, Nullable, Page, type Route, route, Text } from './route.ts'

const OrderParams = Closed({ id: Id<OrderId>() })
const acting = (identity: Identity, now: Date) => ({ actor: actorOf(identity), now })

const notes = route({
  method: 'GET',
  path: '/admin/orders/:id/notes',
  who: { staff: 'orders:read' },
  summary:
    'What staff have written about an order, newest first; buyers see it in their export alone',
  params: OrderParams,
  query: Closed(IdPageQuery),
  replies: {
    200: Page(
      Closed({
        id: Id<NoteId>(),
        author: Type.String(),
        author_name: Nullable(Type.String()),
        content: Type.String(),
        at: Moment(),
      }),
    ),
  },
  handle: async ({ app, params, query }) => ({
    status: 200,
    body: await snapshot(app.db, async (tx) => {
      const [order] = await readOrders(tx, [params.id])
      if (!order) throw refuse('not_found', { order_id: params.id })
      return readPage(query, (after, limit) => listNotes(tx, params.id, { after, limit }))
    }),
  }),
})

const note = route({
  method: 'POST',
  path: '/admin/orders/:id/notes',
  who: { staff: 'orders:write' },
  summary: 'Write a note about an order for other staff',
  idempotent: true,
  params: OrderParams,
  body: Closed({ content: Text(5_000, 1) }),
  example: { content: 'Wants to be called before delivery.' },
  replies: { 201: Closed({ id: Id<NoteId>() }) },
  handle: async (asked) => {
    const { params, body, identity, now } = asked
    refuseErrors(blankErrors('content', body.content))
    const path = `/admin/orders/${params.id}/notes`
    const id = await createOnce<NoteId>(asked, path, body, (tx, id) =>
      addNote(tx, params.id, { id, ...body }, acting(identity, now)),
    )
    return { status: 201, body: { id } }
  },
})

const tags = route({
  method: 'PUT',
  path: '/admin/orders/:id/tags',
  who: { staff: 'orders:write' },
  summary: 'The words an order is filed under: exactly these from now on',
  params: OrderParams,
  body: Closed({ tags: Type.Array(Text(50, 1), { maxItems: 20 }) }),
  example: { tags: ['phone', 'gift'] },
  replies: { 200: Closed({ tags: Type.Array(Type.String()) }) },
  handle: async ({ app, params, body, identity, now }) => ({
    status: 200,
    body: {
      tags: await transaction(app.db, (tx) =>
        setTags(tx, params.id, body.tags, acting(identity, now)),
      ),
    },
  }),
})

const hold = route({
  method: 'POST',
  path: '/admin/orders/:id/hold',
  who: { staff: 'orders:write' },
  summary: 'Hold an order for review: nothing is sent until it is released',
  params: OrderParams,
  body: Closed({ reason: Text(200, 1) }),
  example: { reason: 'call the buyer first' },
  replies: { 200: OrderDetailReply },
  handle: async ({ app, params, body, identity, now }) => {
    const { reason } = body
    refuseErrors(blankErrors('reason', reason))
    await transaction(app.db, (tx) => holdOrder(tx, params.id, reason, acting(identity, now)))
    return { status: 200, body: await readDetail(app, params.id) }
  },
})

const release = route({
  method: 'POST',
  path: '/admin/orders/:id/release',
  who: { staff: 'orders:write' },
  summary: 'Let an order go that was held for review: what waited is sent',
  params: OrderParams,
  replies: { 200: OrderDetailReply },
  handle: async ({ app, params, identity, now }) => {
    await transaction(app.db, (tx) => releaseOrder(tx, params.id, acting(identity, now)))
    return { status: 200, body: await readDetail(app, params.id) }
  },
})

const ChannelParams = Closed({ id: Id<ChannelId>() })
const amount_max = Number.MAX_SAFE_INTEGER
const Above = <Kind extends string>(kind: Kind) =>
  Closed({
    kind: Type.Literal(kind),
    amount: Type.Integer({ minimum: 0, maximum: amount_max, description: 'In minor units.' }),
    currency: Type.String({ pattern: '^[A-Z]{3}$' }),
  })
const Rules = Closed({
  rules: Type.Array(
    Type.Union([
      Above('total_above'),
      Above('first_order_above'),
      Closed({ kind: Type.Literal('address_differs') }),
    ]),
    { maxItems: 50 },
  ),
})

const rules = route({
  method: 'GET',
  path: '/admin/channels/:id/review-rules',
  who: { staff: 'settings:read' },
  summary: 'Which orders of a channel are held for review by themselves',
  params: ChannelParams,
  replies: { 200: Rules },
  handle: async ({ app, params }) => {
    const found = await snapshot(app.db, (tx) => readReviewRules(tx, params.id))
    if (!found) throw refuse('not_found', { channel_id: params.id })
    return { status: 200, body: found }
  },
})

const setRules = route({
  method: 'PUT',
  path: '/admin/channels/:id/review-rules',
  who: { staff: 'settings:write' },
  summary: 'Hold orders for review by themselves: large ones, large first ones, other addresses',
  params: ChannelParams,
  body: Rules,
  example: {
    rules: [{ kind: 'total_above', amount: 100000, currency: 'EUR' }, { kind: 'address_differs' }],
  },
  replies: { 200: Rules },
  handle: async ({ app, params, body, identity, now }) => {
    refuseErrors(
      body.rules.flatMap((rule, i) =>
        'currency' in rule ? currencyErrors(`rules.${i}.currency`, rule.currency) : [],
      ),
    )
    await transaction(app.db, async (tx) => {
      const written = await writeReviewRules(tx, params.id, body.rules)
      if (written === 0) throw refuse('not_found', { channel_id: params.id })
      await addEvents(tx, [
        {
          kind: 'channel.changed',
          subject: 'channel',
          subject_id: params.id,
          actor: actorOf(identity),
          detail: { fields: ['review_rules'], rules: body.rules.length },
          at: now,
        },
      ])
    })
    return { status: 200, body }
  },
})

export const admin_order_care_routes: readonly Route[] = [
  notes,
  note,
  tags,
  hold,
  release,
  rules,
  setRules,
]
