// Orders for staff and machines: lists on every state, one order with its timeline, and what may
// be done to it.
import Type from 'typebox'
import { cancelOrder } from '../checkout/cancel-order.ts'
import { correctAddress } from '../checkout/correct-address.ts'
import { moveByHand } from '../checkout/move-shipments.ts'
import { refundOrder } from '../checkout/refund-order.ts'
import { snapshot, transaction } from '../db/transaction.ts'
import { readOrderEvents } from '../events/events.sql.ts'
import { countJobs, readOpenEffects } from '../jobs/open-effects.sql.ts'
import type { Address } from '../lib/addresses.ts'
import type { ChannelId, EffectId, OrderId, OrderLineId, ShipmentId } from '../lib/ids.ts'
import { refuse } from '../lib/refusal.ts'
import { signToken } from '../lib/tokens.ts'
import { listOrders, type OrderCard, readOrderDetail } from '../orders/order-views.sql.ts'
import { fulfillment_states, order_states, payment_states } from '../orders/orders.ts'
import { readLabelFile } from '../shipping/shipping.sql.ts'
import type { App } from './app.ts'
import { actorOf } from './identity.ts'
import { IdPageQuery } from './page.ts'
import { requestKey } from './request-key.ts'
import { Closed, Id, Minor, Moment, Nullable, Page, type Route, route, Text } from './route.ts'
import { AddressBody, type Contact, readContact } from './shapes.ts'

const oneOf = (words: readonly string[]) =>
  Type.Optional(Type.Union(words.map((word) => Type.Literal(word))))

const Card = Closed({
  id: Id<OrderId>(),
  number: Nullable(Type.String()),
  state: Type.String(),
  payment_state: Type.String(),
  fulfillment_state: Type.String(),
  return_state: Type.String(),
  currency: Type.String(),
  total: Minor(),
  email: Type.String(),
  channel_id: Id<ChannelId>(),
  created_at: Moment(),
  placed_at: Nullable(Moment()),
})
const OrderParams = Closed({ id: Id<OrderId>() })
/** Rows as the views give them; their columns are described in the API reference's text. */
const Rows = Type.Array(Type.Object({}, { additionalProperties: true }))
export const OrderDetailReply = Type.Object(
  {
    ...Card.properties,
    lines: Rows,
    payments: Rows,
    refunds: Rows,
    shipments: Rows,
    invoices: Rows,
    changes: Rows,
  },
  { additionalProperties: true },
)

const list = route({
  method: 'GET',
  path: '/admin/orders',
  who: { staff: 'orders:read' },
  summary: 'Orders, newest first, filtered on any state',
  query: Closed({
    ...IdPageQuery,
    state: oneOf(order_states),
    payment_state: oneOf(payment_states),
    fulfillment_state: oneOf(fulfillment_states),
    channel_id: Type.Optional(Id<ChannelId>()),
    email: Type.Optional(Text(254)),
    number: Type.Optional(Text(20)),
  }),
  replies: { 200: Page(Card) },
  handle: async ({ app, query }) => {
    const limit = query.limit ?? 20
    const filter = {
      state: query.state ?? null,
      payment_state: query.payment_state ?? null,
      fulfillment_state: query.fulfillment_state ?? null,
      channel_id: query.channel_id ?? null,
      email: query.email ?? null,
      number: query.number ?? null,
      after: query.after ?? null,
      limit: limit + 1,
    }
    const rows: OrderCard[] = await snapshot(app.db, (tx) => listOrders(tx, filter))
    const items = rows.slice(0, limit)
    const next_cursor = rows.length > limit ? items.at(-1)!.id : null
    return { status: 200, body: { items, next_cursor } }
  },
})

async function detail(app: App, id: OrderId) {
  const order = await snapshot(app.db, (tx) => readOrderDetail(tx, id))
  if (!order) throw refuse('not_found', { order_id: id })
  return order
}

const read = route({
  method: 'GET',
  path: '/admin/orders/:id',
  who: { staff: 'orders:read' },
  summary: 'One order with lines, payments, parcels and documents',
  params: OrderParams,
  replies: { 200: OrderDetailReply },
  handle: async ({ app, params }) => {
    const order = await detail(app, params.id)
    const page_url = `${app.public_url}/o/${signToken(app.secret_key, 'order', params.id)}`
    return { status: 200, body: { ...order, page_url } }
  },
})

const timeline = route({
  method: 'GET',
  path: '/admin/orders/:id/timeline',
  who: { staff: 'orders:read' },
  summary: 'Everything that happened to an order: who, why, money and stock',
  params: OrderParams,
  replies: { 200: Closed({ items: Rows }) },
  handle: async ({ app, params }) => {
    const items = await snapshot(app.db, (tx) => readOrderEvents(tx, params.id))
    return { status: 200, body: { items } }
  },
})

const effects = route({
  method: 'GET',
  path: '/admin/orders/:id/effects',
  who: { staff: 'orders:read' },
  summary: 'What is still to be done for an order by itself, and jobs at it: none when it rests',
  params: OrderParams,
  replies: {
    200: Closed({
      items: Type.Array(
        Closed({
          id: Id<EffectId>(),
          kind: Type.String(),
          cause_id: Type.String(),
          state: Type.Union([Type.Literal('waiting'), Type.Literal('failed')]),
          tries: Type.Integer(),
          due_at: Moment(),
          next_try_at: Moment(),
          last_error: Nullable(Type.String()),
        }),
      ),
      jobs: Type.Integer(),
    }),
  },
  handle: async ({ app, params }) => {
    const body = await snapshot(app.db, async (tx) => ({
      items: await readOpenEffects(tx, params.id),
      jobs: await countJobs(tx, params.id),
    }))
    return { status: 200, body }
  },
})

const cancel = route({
  method: 'POST',
  path: '/admin/orders/:id/cancel',
  who: { staff: 'orders:write' },
  summary: 'Cancel an order whole or in part: stock and money go back',
  idempotent: true,
  params: OrderParams,
  body: Closed({
    lines: Type.Optional(
      Type.Array(
        Closed({
          line_id: Id<OrderLineId>(),
          quantity: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
        }),
        { minItems: 1, maxItems: 500 },
      ),
    ),
    reason: Type.Optional(Text(500)),
  }),
  replies: { 200: OrderDetailReply },
  handle: async ({ app, identity, params, body, key }) => {
    const path = `/admin/orders/${params.id}/cancel`
    await cancelOrder(app.desk, params.id, {
      lines: body.lines ?? null,
      reason: body.reason ?? '',
      actor: actorOf(identity),
      request: requestKey(identity, { route: path, key, body }),
    })
    return { status: 200, body: await detail(app, params.id) }
  },
})

const refund = route({
  method: 'POST',
  path: '/admin/orders/:id/refunds',
  who: { staff: 'payments:write' },
  summary: 'Give money back, up to what was captured',
  idempotent: true,
  params: OrderParams,
  body: Closed({ amount: Minor({ minimum: 1 }), reason: Type.Optional(Text(500)) }),
  replies: { 201: OrderDetailReply },
  handle: async ({ app, identity, params, body, key }) => {
    const path = `/admin/orders/${params.id}/refunds`
    await refundOrder(app.desk, params.id, {
      amount: body.amount,
      reason: body.reason ?? '',
      actor: actorOf(identity),
      request: requestKey(identity, { route: path, key, body }),
    })
    return { status: 201, body: await detail(app, params.id) }
  },
})

/** None of them can be emptied here but the phone, so none but the phone is null. */
type Corrected = Contact & { email?: string; shipping_address?: Address; billing_address?: Address }

const correct = route({
  method: 'PATCH',
  path: '/admin/orders/:id/address',
  who: { staff: 'orders:write' },
  summary: 'Correct where an order goes, until a label is bought; a label that failed is retried',
  params: OrderParams,
  body: Closed({
    version: Type.Integer({
      minimum: 1,
      maximum: 2_147_483_647,
      description: 'Of the order as it was seen. When it was changed meanwhile: 409.',
    }),
    email: Type.Optional(Text(254)),
    phone: Type.Optional(Nullable(Text(40))),
    shipping_address: Type.Optional(AddressBody),
    billing_address: Type.Optional(AddressBody),
  }),
  replies: { 200: OrderDetailReply },
  handle: async ({ app, identity, params, body }) => {
    const { version, ...fields } = body
    const contact = readContact(fields) as Corrected
    await correctAddress(app.desk, params.id, { version, contact, actor: actorOf(identity) })
    return { status: 200, body: await detail(app, params.id) }
  },
})

const ShipmentParams = Closed({ id: Id<ShipmentId>() })
const moveShipment = (move: 'ship' | 'deliver', summary: string) =>
  route({
    method: 'POST',
    path: `/admin/shipments/:id/${move}`,
    who: { staff: 'shipping:write' },
    summary,
    params: ShipmentParams,
    replies: { 200: OrderDetailReply },
    handle: async ({ app, identity, params, now }) => {
      const moved = { actor: actorOf(identity), now, payments: app.payments }
      const order_id = await transaction(app.db, (tx) => moveByHand(tx, params.id, move, moved))
      return { status: 200, body: await detail(app, order_id) }
    },
  })

const label = route({
  method: 'GET',
  path: '/admin/shipments/:id/label',
  who: { staff: 'shipping:read' },
  summary: 'The label of a parcel, as PDF',
  params: ShipmentParams,
  replies: { 200: null },
  handle: async ({ app, params }) => {
    const found = await snapshot(app.db, (tx) => readLabelFile(tx, params.id))
    if (!found) throw refuse('not_found', { shipment_id: params.id })
    return { status: 200, raw: { media_type: 'application/pdf', content: found.file } }
  },
})

export const admin_order_routes: readonly Route[] = [
  list,
  read,
  timeline,
  effects,
  cancel,
  refund,
  correct,
  moveShipment('ship', 'A parcel has left the house'),
  moveShipment('deliver', 'A parcel has arrived'),
  label,
]
