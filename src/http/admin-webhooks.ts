// Webhook endpoints: who is told what happens in the shop, with which secret, and the log of it.
import Type from 'typebox'
import { snapshot, transaction } from '#src/db/transaction.ts'
import type { ChannelId, WebhookDeliveryId, WebhookEndpointId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import { order_states } from '#src/orders/orders.ts'
import {
  changeEndpoint,
  createEndpoint,
  deleteEndpoint,
  type Editing,
  pingEndpoint,
  rotateSecret,
} from '#src/webhooks/edit-endpoint.ts'
import {
  disabled_reasons,
  type Endpoint,
  readEndpoint,
  readEndpointPage,
} from '#src/webhooks/endpoints.sql.ts'
import { kind_pattern, secretOf } from '#src/webhooks/webhooks.ts'
import type { App } from './app.ts'
import { createOnce } from './create-once.ts'
import { actorOf, type Identity } from './identity.ts'
import { IdPageQuery, readPage } from './page.ts'
import { type Asked, Closed, Id, Moment, Nullable, Page, type Route, route, Text } from './route.ts'

export const read = { staff: 'webhooks:read' } as const
export const write = { staff: 'webhooks:write' } as const

const State = Type.Union(order_states.map((state) => Type.Literal(state)))
const fields = {
  url: Text(2_000, 8),
  description: Text(500),
  kinds: Type.Array(
    Type.String({ pattern: kind_pattern, description: '`order.placed`, `order.*` or `*`' }),
    { minItems: 1, maxItems: 50, uniqueItems: true },
  ),
  channel_ids: Nullable(
    Type.Array(Id<ChannelId>(), { minItems: 1, maxItems: 100, uniqueItems: true }),
  ),
  order_states: Nullable(Type.Array(State, { minItems: 1, maxItems: 10, uniqueItems: true })),
  enabled: Type.Boolean(),
}
const EndpointFields = {
  id: Id<WebhookEndpointId>(),
  ...fields,
  disabled_at: Nullable(Moment()),
  disabled_reason: Nullable(
    Type.Union(
      disabled_reasons.map((reason) => Type.Literal(reason)),
      { description: '`failing` for five days, `gone` after 410, or by `staff`.' },
    ),
  ),
  failing_since: Nullable(Moment()),
  previous_secret_until: Nullable(Moment()),
  created_at: Moment(),
  updated_at: Moment(),
}
const EndpointView = Closed(EndpointFields)
const WithSecret = Closed({
  endpoint: EndpointView,
  secret: Nullable(
    Type.String({ description: 'Told once: null when this is a repeat of the request.' }),
  ),
})
export const EndpointParams = Closed({ id: Id<WebhookEndpointId>() })

const viewOf = ({ secret_version: _, ...endpoint }: Endpoint) => endpoint

const editingOf = ({ app, identity, now }: Pick<Asked<0, 0, 0>, 'app' | 'identity' | 'now'>) =>
  ({
    actor: actorOf(identity),
    now,
    allow_private: app.strangers.allow_private,
  }) satisfies Editing

/**
 * Whoever lets an endpoint hear what happens must be allowed to hear it.
 * @throws permission_missing
 */
export function assertMayHear(identity: Identity): void {
  const may = 'permissions' in identity && identity.permissions.has('events:read')
  if (!may) throw refuse('permission_missing', { permission: 'events:read' })
}

async function readKnown(app: App, id: WebhookEndpointId): Promise<Endpoint> {
  const endpoint = await snapshot(app.db, (tx) => readEndpoint(tx, id))
  if (!endpoint) throw refuse('not_found', { id })
  return endpoint
}

const list = route({
  method: 'GET',
  path: '/admin/webhook-endpoints',
  who: read,
  summary: 'List webhook endpoints, oldest first, with how much waits for each',
  query: Closed(IdPageQuery),
  replies: {
    200: Page(
      Closed({
        ...EndpointFields,
        waiting: Type.Integer({ description: 'Deliveries; 10,000 stands for more.' }),
      }),
    ),
  },
  handle: async ({ app, query }) => {
    const { items, next_cursor } = await snapshot(app.db, (tx) =>
      readPage(query, (after, limit) => readEndpointPage(tx, after, limit)),
    )
    const shown = items.map(({ waiting, ...endpoint }) => ({ ...viewOf(endpoint), waiting }))
    return { status: 200, body: { items: shown, next_cursor } }
  },
})

const create = route({
  method: 'POST',
  path: '/admin/webhook-endpoints',
  who: write,
  summary: 'Tell a server what happens here; the secret that signs is told once',
  idempotent: true,
  body: Closed({
    url: fields.url,
    kinds: fields.kinds,
    description: Type.Optional(fields.description),
    channel_ids: Type.Optional(fields.channel_ids),
    order_states: Type.Optional(fields.order_states),
    enabled: Type.Optional(fields.enabled),
  }),
  example: { url: 'https://example.com/webhooks', kinds: ['order.*', 'shipment.shipped'] },
  replies: { 201: WithSecret },
  handle: async (asked) => {
    const { app, body, identity } = asked
    assertMayHear(identity)
    const input = { description: '', channel_ids: null, order_states: null, enabled: true, ...body }
    let is_new = false
    const path = 'POST /admin/webhook-endpoints'
    const id = await createOnce<WebhookEndpointId>(asked, path, body, async (tx, id) => {
      is_new = true
      await createEndpoint(tx, id, input, editingOf(asked))
    })
    const endpoint = await readKnown(app, id)
    const secret = is_new ? secretOf(app.secret_key, id, endpoint.secret_version) : null
    return { status: 201, body: { endpoint: viewOf(endpoint), secret } }
  },
})

const detail = route({
  method: 'GET',
  path: '/admin/webhook-endpoints/:id',
  who: read,
  summary: 'Read a webhook endpoint',
  params: EndpointParams,
  replies: { 200: EndpointView },
  handle: async ({ app, params }) => ({
    status: 200,
    body: viewOf(await readKnown(app, params.id)),
  }),
})

const change = route({
  method: 'PATCH',
  path: '/admin/webhook-endpoints/:id',
  who: write,
  summary: 'Change a webhook endpoint; enabling it begins anew. Fields that are not sent stay',
  params: EndpointParams,
  body: Type.Partial(Closed(fields), { additionalProperties: false }),
  example: { enabled: true },
  replies: { 200: EndpointView },
  handle: async (asked) => {
    const { app, params, body, identity } = asked
    assertMayHear(identity)
    await transaction(app.db, (tx) => changeEndpoint(tx, params.id, body, editingOf(asked)))
    return { status: 200, body: viewOf(await readKnown(app, params.id)) }
  },
})

const remove = route({
  method: 'DELETE',
  path: '/admin/webhook-endpoints/:id',
  who: write,
  summary: 'Remove a webhook endpoint; what waits for it is not sent',
  params: EndpointParams,
  replies: { 204: null },
  handle: async (asked) => {
    const { app, params } = asked
    await transaction(app.db, (tx) => deleteEndpoint(tx, params.id, editingOf(asked)))
    return { status: 204 }
  },
})

const rotate = route({
  method: 'POST',
  path: '/admin/webhook-endpoints/:id/rotate-secret',
  who: write,
  summary: 'Sign with a new secret; the one before signs beside it for a while',
  idempotent: true,
  params: EndpointParams,
  body: Closed({
    previous_valid_s: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 604_800, description: 'A day when not sent.' }),
    ),
  }),
  example: { previous_valid_s: 3600 },
  replies: { 200: WithSecret },
  handle: async (asked) => {
    const { app, params, body } = asked
    const { id } = params
    let is_new = false
    const path = `POST /admin/webhook-endpoints/${id}/rotate-secret`
    await createOnce(asked, path, body, async (tx) => {
      is_new = true
      await rotateSecret(tx, id, body.previous_valid_s ?? 86_400, editingOf(asked))
    })
    const endpoint = await readKnown(app, id)
    const secret = is_new ? secretOf(app.secret_key, id, endpoint.secret_version) : null
    return { status: 200, body: { endpoint: viewOf(endpoint), secret } }
  },
})

const ping = route({
  method: 'POST',
  path: '/admin/webhook-endpoints/:id/ping',
  who: write,
  summary: 'Send a test, once and also while it is disabled; see its deliveries',
  idempotent: true,
  params: EndpointParams,
  replies: { 202: Closed({ event_id: Id<string>('of the ping, as the log has it') }) },
  handle: async (asked) => {
    const { id } = asked.params
    const path = `POST /admin/webhook-endpoints/${id}/ping`
    const event_id = await createOnce<WebhookDeliveryId>(asked, path, {}, (tx, event_id) =>
      pingEndpoint(tx, id, { event_id, now: asked.now }),
    )
    return { status: 202, body: { event_id } }
  },
})

export const webhook_endpoint_routes: readonly Route[] = [
  list,
  create,
  detail,
  change,
  remove,
  rotate,
  ping,
]
