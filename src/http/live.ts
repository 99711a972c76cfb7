// Live updates by server-sent events: the event table, as it grows. `Last-Event-ID` resumes.
import Type from 'typebox'
import type { Cursor } from '#src/events/events.sql.ts'
import { type FedEvent, follow } from '#src/events/feed.ts'
import { isId, type OrderId } from '#src/lib/ids.ts'
import { toJson } from '#src/lib/json.ts'
import { refuse } from '#src/lib/refusal.ts'
import { Closed, Id, Media, type Route, route, Text } from './route.ts'
import { assertOrderToken } from './store-checkout.ts'

/** `<xid>-<uuid>`; null when there is none. */
function readCursor(text: string | undefined): Cursor | null {
  if (!text) return null
  // A transaction number has up to 20 digits; none comes near those of 20.
  const match = /^(\d{1,19})-(.{36})$/.exec(text)
  if (!match || !isId(match[2]!)) {
    const errors = [{ field: 'last-event-id', code: 'invalid', message: 'This is no event id.' }]
    throw refuse('invalid_input', { errors })
  }
  return { xid: match[1]!, id: match[2]! }
}

const toMessage = (event: FedEvent, view: object): string =>
  `id: ${event.xid}-${event.id}\nevent: ${event.kind}\ndata: ${toJson(view)}\n\n`

async function* messages(
  events: AsyncIterable<FedEvent>,
  view: (event: FedEvent) => object | null,
): AsyncGenerator<string> {
  for await (const event of events) {
    const shown = view(event)
    if (shown !== null) yield toMessage(event, shown)
  }
}

const stream_headers = { 'cache-control': 'no-store', 'x-accel-buffering': 'no' }
const AfterQuery = { after: Type.Optional(Text(60)) }

/** Staff see who did what; the shopper sees what happened, not who or why. */
const staffView = ({ xid: _, ...event }: FedEvent): object => event
const shopper_kinds = /^(order|payment|refund|shipment|invoice|credit_note|label)\./
const shopperView = ({ kind, at, order_id }: FedEvent): object | null =>
  shopper_kinds.test(kind) ? { kind, at, order_id } : null

const everything = route({
  method: 'GET',
  path: '/admin/events/stream',
  who: { staff: 'events:read' },
  summary: 'Everything that happens, live',
  query: Closed({ order_id: Type.Optional(Id<OrderId>()), ...AfterQuery }),
  replies: { 200: Media('text/event-stream') },
  handle: async ({ app, query, headers, gone }) => {
    const after = readCursor(headers['last-event-id'] ?? query.after)
    const events = follow(app.db, app.feed, { order_id: query.order_id ?? null, after, gone })
    const content = messages(events, staffView)
    return {
      status: 200,
      raw: { media_type: 'text/event-stream', headers: stream_headers, content },
    }
  },
})

const order = route({
  method: 'GET',
  path: '/store/orders/:id/events',
  who: 'anyone',
  summary: 'What happens to one order, live; for EventSource the token goes into the query',
  params: Closed({ id: Id<OrderId>() }),
  query: Closed({ token: Type.Optional(Text(300)), ...AfterQuery }),
  replies: { 200: Media('text/event-stream') },
  handle: async ({ app, params, query, headers, gone }) => {
    assertOrderToken(app, params.id, headers['x-order-token'] ?? query.token)
    const after = readCursor(headers['last-event-id'] ?? query.after)
    const events = follow(app.db, app.feed, { order_id: params.id, after, gone })
    const content = messages(events, shopperView)
    return {
      status: 200,
      raw: { media_type: 'text/event-stream', headers: stream_headers, content },
    }
  },
})

export const live_routes: readonly Route[] = [everything, order]
