// Orders for staff and machines: lists on every state, one order with its timeline, and what may
// be done to it.
import Type from 'typebox'
import { cancelOrder } from '#src/checkout/cancel-order.ts'
import { correctAddress } from '#src/checkout/correct-address.ts'
import { moveByHand } from '#src/checkout/move-shipments.ts'
import { refundOrder } from '#src/checkout/refund-order.ts'
import { snapshot, transaction } from '#src/db/transaction.ts'
import { readOrderEvents } from '#src/events/events.sql.ts'
import { countJobs, readOpenEffects } from '#src/jobs/open-effects.sql.ts'
import type { Address } from '#src/lib/addresses.ts'
import { fieldError, refuseErrors } from '#src/lib/field-errors.ts'
import type {
  ChannelId,
  CustomerId,
  EffectId,
  OrderId,
  OrderLineId,
  ShipmentId,
} from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import { keptUntil, readChangeReasons } from '#src/orders/order-changes.sql.ts'
import {
  listOrders,
  type OrderCard,
  type OrderFilter,
  origins,
  return_states,
} from '#src/orders/order-list.sql.ts'
import { readOrderDetail } from '#src/orders/order-views.sql.ts'
import { fulfillment_states, order_states, payment_states } from '#src/orders/orders.ts'
import { readLabelFile } from '#src/shipping/shipping.sql.ts'
import { OrderCardReply, OrderDetailReply, TimelineItem } from './admin-order-schemas.ts'
import type { App } from './app.ts'
import { actorOf, mayRefund } from './identity.ts'
import { readMoney } from './order-money.ts'
import { IdPageQuery, readPage, toPage } from './page.ts'
import { requestKey } from './request-key.ts'
import {
  Closed,
  Id,
  Media,
  Minor,
  Moment,
  Nullable,
  Page,
  type Route,
  route,
  Text,
} from './route.ts'
import { AddressBody, type Contact, readContact } from './shapes.ts'

const oneOf = (words: readonly string[]) =>
  Type.Optional(Type.Union(words.map((word) => Type.Literal(word))))

const OrderParams = Closed({ id: Id<OrderId>() })
type Ranges = Pick<OrderFilter, 'created_from' | 'created_to' | 'total_min' | 'total_max'>

/** @throws invalid_input */
function assertRanges({ created_from, created_to, total_min, total_max }: Ranges): void {
  const text = 'The range ends before it begins.'
  const is_over = created_from && created_to && created_from > created_to
  const is_above = total_min !== undefined && total_max !== undefined && total_min > total_max
  refuseErrors([
    ...(is_over ? [fieldError('created_from', 'range', text)] : []),
    ...(is_above ? [fieldError('total_min', 'range', text)] : []),
  ])
}

const list = route({
  method: 'GET',
  path: '/admin/orders',
  who: { staff: 'orders:read' },
  summary: 'Orders, filtered on any state, by what is in them and by who has bought',
  query: Closed({
    ...IdPageQuery,
    state: oneOf(order_states),
    payment_state: oneOf(payment_states),
    fulfillment_state: oneOf(fulfillment_states),
    return_state: oneOf(return_states),
    origin: oneOf(origins),
    channel_id: Type.Optional(Id<ChannelId>()),
    currency: Type.Optional(Type.String({ pattern: '^[A-Z]{3}$' })),
    held: Type.Optional(Type.Boolean({ description: 'held for review' })),
    created_from: Type.Optional(Moment()),
    created_to: Type.Optional(Moment()),
    total_min: Type.Optional(Minor({ minimum: 0 })),
    total_max: Type.Optional(Minor({ minimum: 0 })),
    tag: Type.Optional(Text(50, 1)),
    sku: Type.Optional(Text(100, 1)),
    customer_id: Type.Optional(Id<CustomerId>()),
    email: Type.Optional(Text(254)),
    number: Type.Optional(Text(20)),
    text: Type.Optional(
      Type.String({
        minLength: 3,
        maxLength: 100,
        description: 'An order number, or how a name or an e-mail address begins',
      }),
    ),
    sort: oneOf(['newest', 'oldest']),
  }),
  replies: { 200: Page(OrderCardReply) },
  handle: async ({ app, query }) => {
    const { limit = 20, ...asked } = query
    assertRanges(query)
    const filter = { ...asked, limit: limit + 1 } as OrderFilter
    const rows: OrderCard[] = await snapshot(app.db, (tx) => listOrders(tx, filter))
    return { status: 200, body: toPage(rows, limit, ({ id }) => id) }
  },
})

/** With what is still to be paid or given back, and where the buyer does so. @throws not_found */
export async function readDetail(app: App, id: OrderId) {
  return snapshot(app.db, async (tx) => {
    const order = await readOrderDetail(tx, id)
    if (!order) throw refuse('not_found', { order_id: id })
    const { row, money, token, pay_url } = await readMoney(app, tx, order)
    const refund_due_at = row.settle_later ? await keptUntil(tx, id) : null
    return {
      ...order,
      money: { ...money, refund_due_at },
      page_url: `${app.public_url}/o/${token}`,
      pay_url,
    }
  })
}

const read = route({
  method: 'GET',
  path: '/admin/orders/:id',
  who: { staff: 'orders:read' },
  summary: 'One order with lines, payments, parcels and documents',
  params: OrderParams,
  replies: { 200: OrderDetailReply },
  handle: async ({ app, params }) => ({ status: 200, body: await readDetail(app, params.id) }),
})

/** Of nearly every order all there is. */
const timeline_max = 500

const timeline = route({
  method: 'GET',
  path: '/admin/orders/:id/timeline',
  who: { staff: 'orders:read' },
  summary: 'Everything that happened to an order, oldest first: who, why, money and stock',
  params: OrderParams,
  query: Closed({
    ...IdPageQuery,
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: timeline_max, default: timeline_max }),
    ),
  }),
  replies: { 200: Page(TimelineItem) },
  handle: async ({ app, params, query }) => {
    const page = await snapshot(app.db, async (tx) => {
      const reasons = await readChangeReasons(tx, params.id)
      const read = (from: string | null, count: number) =>
        readOrderEvents(tx, params.id, { after: from, limit: count })
      const { items, next_cursor } = await readPage({ limit: timeline_max, ...query }, read)
      const told = items.map((event) => {
        const is_change = event.subject === 'order' && event.cause_id !== null
        const reason = is_change ? reasons.get(event.cause_id!) : undefined
        return reason === undefined ? event : { ...event, reason }
      })
      return { items: told, next_cursor }
    })
    return { status: 200, body: page }
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
  example: {
    lines: [{ line_id: '019a0000-0000-7000-8000-000000000003', quantity: 1 }],
    reason: 'changed their mind',
  },
  replies: { 200: OrderDetailReply },
  handle: async ({ app, identity, params, body, key }) => {
    const path = `/admin/orders/${params.id}/cancel`
    await cancelOrder(app.desk, params.id, {
      lines: body.lines ?? null,
      reason: body.reason ?? '',
      actor: actorOf(identity),
      may_refund: mayRefund(identity),
      request: requestKey(identity, { route: path, key, body }),
    })
    return { status: 200, body: await readDetail(app, params.id) }
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
  example: { amount: 500, reason: 'Scratched' },
  replies: { 201: OrderDetailReply },
  handle: async ({ app, identity, params, body, key }) => {
    const path = `/admin/orders/${params.id}/refunds`
    await refundOrder(app.desk, params.id, {
      amount: body.amount,
      reason: body.reason ?? '',
      actor: actorOf(identity),
      request: requestKey(identity, { route: path, key, body }),
    })
    return { status: 201, body: await readDetail(app, params.id) }
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
  example: {
    version: 1,
    shipping_address: {
      name: 'Ada Muster',
      line1: 'Musterweg 1',
      postal_code: '10115',
      city: 'Berlin',
      country: 'DE',
    },
  },
  replies: { 200: OrderDetailReply },
  handle: async ({ app, identity, params, body }) => {
    const { version, ...fields } = body
    const contact = readContact(fields) as Corrected
    await correctAddress(app.desk, params.id, { version, contact, actor: actorOf(identity) })
    return { status: 200, body: await readDetail(app, params.id) }
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
      return { status: 200, body: await readDetail(app, order_id) }
    },
  })

const label = route({
  method: 'GET',
  path: '/admin/shipments/:id/label',
  who: { staff: 'shipping:read' },
  summary: 'The label of a parcel, as PDF',
  params: ShipmentParams,
  replies: { 200: Media('application/pdf') },
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
