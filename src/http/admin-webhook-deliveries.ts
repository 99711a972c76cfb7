// The log of webhooks: what was sent where, what came back, and sending it again.
import Type from 'typebox'
import { snapshot } from '#src/db/transaction.ts'
import type {
  OrderId,
  WebhookDeliveryId,
  WebhookEndpointId,
  WebhookReplayId,
} from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import {
  delivery_states,
  readAttempts,
  readDelivery,
  readDeliveryPage,
  readLastEvents,
  readOrderSummaries,
} from '#src/webhooks/deliveries.sql.ts'
import { askForReplay, replayDelivery } from '#src/webhooks/edit-endpoint.ts'
import { isEndpoint, readEndpoint } from '#src/webhooks/endpoints.sql.ts'
import { readReplay, readReplayPage } from '#src/webhooks/replays.sql.ts'
import { bodyOf, messageIdOf, missOf } from '#src/webhooks/webhooks.ts'
import {
  assertMayHear,
  EndpointParams,
  read,
  webhook_endpoint_routes,
  write,
} from './admin-webhooks.ts'
import { createOnce } from './create-once.ts'
import { actorOf } from './identity.ts'
import { IdPageQuery, readPage } from './page.ts'
import { Closed, Id, Moment, Nullable, Page, type Route, route, Text } from './route.ts'

const State = Type.Union(delivery_states.map((state) => Type.Literal(state)))
const DeliveryFields = {
  id: Id<WebhookDeliveryId>(),
  endpoint_id: Id<WebhookEndpointId>(),
  webhook_id: Type.String(),
  event_id: Id<string>(),
  kind: Type.String(),
  aggregate_id: Id<string>('what the order of deliveries is kept for: an order, a stock item'),
  state: State,
  tries: Type.Integer(),
  next_try_at: Nullable(Moment()),
  last_status: Nullable(Type.Integer()),
  last_error: Nullable(Type.String()),
  created_at: Moment(),
  delivered_at: Nullable(Moment()),
}
const DeliveryParams = Closed({ id: Id<WebhookDeliveryId>() })

const withMessageId = <Row extends { readonly event_id: string }>(row: Row) => ({
  ...row,
  webhook_id: messageIdOf(row.event_id),
})

const list = route({
  method: 'GET',
  path: '/admin/webhook-endpoints/:id/deliveries',
  who: read,
  summary: 'The log of an endpoint, the newest first; it is kept for 30 days',
  params: EndpointParams,
  query: Closed({
    ...IdPageQuery,
    state: Type.Optional(State),
    kind: Type.Optional(Text(90, 1)),
    aggregate_id: Type.Optional(Id<string>()),
  }),
  replies: { 200: Page(Closed(DeliveryFields)) },
  handle: async ({ app, params, query }) => {
    const { state = null, kind = null, aggregate_id = null } = query
    const filter = { endpoint_id: params.id, state, kind, aggregate_id }
    const { items, next_cursor } = await snapshot(app.db, async (tx) => {
      if (!(await isEndpoint(tx, params.id))) throw refuse('not_found', { id: params.id })
      return readPage(query, (after, limit) => readDeliveryPage(tx, { ...filter, after }, limit))
    })
    return { status: 200, body: { items: items.map(withMessageId), next_cursor } }
  },
})

const detail = route({
  method: 'GET',
  path: '/admin/webhook-deliveries/:id',
  who: { staff: 'events:read' },
  summary: 'One delivery: what is sent, to the byte, and its last hundred tries',
  params: DeliveryParams,
  replies: {
    200: Closed({
      ...DeliveryFields,
      body: Type.String(),
      attempts: Type.Array(
        Closed({
          id: Type.String(),
          at: Moment(),
          duration_ms: Type.Integer(),
          status: Nullable(Type.Integer()),
          error: Nullable(Type.String()),
          response: Type.String({ description: 'The first 1,000 characters.' }),
        }),
      ),
    }),
  },
  handle: async ({ app, params }) => {
    const body = await snapshot(app.db, async (tx) => {
      const delivery = await readDelivery(tx, params.id)
      if (!delivery) throw refuse('not_found', { id: params.id })
      return { ...withMessageId(delivery), attempts: await readAttempts(tx, params.id) }
    })
    return { status: 200, body }
  },
})

const again = route({
  method: 'POST',
  path: '/admin/webhook-deliveries/:id/replay',
  who: write,
  summary: 'Send one again, with the same webhook-id and all tries before it',
  idempotent: true,
  params: DeliveryParams,
  replies: { 202: Closed({ replayed: Type.Boolean() }) },
  handle: async (asked) => {
    const { params, identity, now } = asked
    assertMayHear(identity)
    const path = `POST /admin/webhook-deliveries/${params.id}/replay`
    await createOnce(asked, path, {}, (tx) =>
      replayDelivery(tx, params.id, { actor: actorOf(identity), now }),
    )
    return { status: 202, body: { replayed: true } }
  },
})

const ReplayView = Closed({
  id: Id<WebhookReplayId>(),
  endpoint_id: Id<WebhookEndpointId>(),
  since: Moment(),
  until: Moment(),
  everything: Type.Boolean(),
  queued: Type.Integer({ description: 'Deliveries that wait or were sent because of it.' }),
  created_at: Moment(),
  done_at: Nullable(Moment()),
})

const replay = route({
  method: 'POST',
  path: '/admin/webhook-endpoints/:id/replay',
  who: write,
  summary: 'Send what happened since a moment: what was missed or given up, or everything',
  idempotent: true,
  params: EndpointParams,
  body: Closed({ since: Moment(), everything: Type.Optional(Type.Boolean({ default: false })) }),
  example: { since: '2030-12-31T00:00:00Z' },
  replies: { 202: ReplayView },
  handle: async (asked) => {
    const { app, params, body, identity, now } = asked
    assertMayHear(identity)
    const path = `POST /admin/webhook-endpoints/${params.id}/replay`
    const id = await createOnce<WebhookReplayId>(asked, path, body, (tx, id) => {
      const { since, everything = false } = body
      const about = { id, endpoint_id: params.id, since, until: now, everything, created_at: now }
      return askForReplay(tx, about, { actor: actorOf(identity), now })
    })
    return { status: 202, body: await snapshot(app.db, (tx) => readReplay(tx, id)) }
  },
})

const replays = route({
  method: 'GET',
  path: '/admin/webhook-endpoints/:id/replays',
  who: read,
  summary: 'The replays of an endpoint, the newest first, and how far they have come',
  params: EndpointParams,
  query: Closed(IdPageQuery),
  replies: { 200: Page(ReplayView) },
  handle: async ({ app, params, query }) => ({
    status: 200,
    body: await snapshot(app.db, async (tx) => {
      const { id: endpoint_id } = params
      if (!(await isEndpoint(tx, endpoint_id))) throw refuse('not_found', { id: endpoint_id })
      return readPage(query, (after, limit) => readReplayPage(tx, { endpoint_id, after }, limit))
    }),
  }),
})

const dryRun = route({
  method: 'GET',
  path: '/admin/webhook-endpoints/:id/dry-run',
  who: { staff: 'events:read' },
  summary: 'What this endpoint would be sent of the last events, and why not of the others',
  params: EndpointParams,
  query: Closed({ last: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })) }),
  replies: {
    200: Closed({
      items: Type.Array(
        Closed({
          webhook_id: Type.String(),
          kind: Type.String(),
          at: Moment(),
          sent: Type.Boolean(),
          miss: Nullable(
            Type.Union(
              (['kind', 'channel', 'order_state'] as const).map((one) => Type.Literal(one)),
              { description: 'The wish that the event does not meet.' },
            ),
          ),
          body: Nullable(Type.String({ description: 'Only of what would be sent.' })),
        }),
      ),
    }),
  },
  handle: async ({ app, params, query }) => {
    const items = await snapshot(app.db, async (tx) => {
      const endpoint = await readEndpoint(tx, params.id)
      if (!endpoint) throw refuse('not_found', { id: params.id })
      const events = await readLastEvents(tx, query.last ?? 20)
      const ids = events.flatMap(({ order_id }): OrderId[] => (order_id ? [order_id] : []))
      const orders = await readOrderSummaries(tx, ids)
      return events.map((event) => {
        const order = event.order_id ? (orders.get(event.order_id) ?? null) : null
        const miss = missOf(endpoint, event, order)
        const sent = miss === null
        const { kind, at } = event
        const body = sent ? bodyOf(event, order) : null
        return { webhook_id: messageIdOf(event.id), kind, at, sent, miss, body }
      })
    })
    return { status: 200, body: { items } }
  },
})

export const admin_webhook_routes: readonly Route[] = [
  ...webhook_endpoint_routes,
  list,
  detail,
  again,
  replay,
  replays,
  dryRun,
]
