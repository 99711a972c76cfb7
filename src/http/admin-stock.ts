// Stock for staff: levels with their reasons, corrections, and what is kept back from sale.
import Type from 'typebox'
import { snapshot, transaction } from '#src/db/transaction.ts'
import { adjustStock, changeLevelSettings, on_hand_max } from '#src/inventory/adjust-stock.ts'
import { changeChannelSafety } from '#src/inventory/channel-safety.ts'
import { explainStock, listLevels, listStockItems } from '#src/inventory/stock-views.sql.ts'
import { fieldError, refuseErrors } from '#src/lib/field-errors.ts'
import type { ChannelId, LocationId, OrderId, StockItemId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import { actorOf } from './identity.ts'
import { toPage } from './page.ts'
import { requestKey } from './request-key.ts'
import { Closed, Id, Moment, Nullable, Page, PageQuery, type Route, route, Text } from './route.ts'

const Level = Closed({
  stock_item_id: Id<StockItemId>(),
  sku: Type.String(),
  title: Type.String(),
  location_id: Id<LocationId>(),
  location: Type.String(),
  on_hand: Type.Integer(),
  held: Type.Integer(),
  safety: Type.Integer(),
  backorder_limit: Type.Integer(),
  shortfall: Type.Integer(),
  sellable: Type.Integer(),
  channels: Type.Array(Closed({ channel_id: Id<ChannelId>(), safety: Type.Integer() }), {
    description: 'Channels that leave another number of it to the others than they usually do',
  }),
})

const unit_separator = '\u001f'

/** @throws invalid_input for what no page can have given */
function readTextCursor(after: string | undefined): string | null {
  const text = after === undefined ? null : Buffer.from(after, 'base64url').toString()
  if (text?.includes('\0')) {
    refuseErrors([fieldError('after', 'wrong_format', 'This is no next_cursor of a page.')])
  }
  return text
}

const levels = route({
  method: 'GET',
  path: '/admin/stock',
  who: { staff: 'stock:read' },
  summary: 'Stock levels per item and location',
  query: Closed({
    ...PageQuery,
    sku: Type.Optional(Text(100)),
    location_id: Type.Optional(Id<LocationId>()),
    sellable_max: Type.Optional(Type.Integer({ minimum: 0, maximum: on_hand_max })),
  }),
  number_fields: ['sku'],
  replies: { 200: Page(Level) },
  handle: async ({ app, query }) => {
    const limit = query.limit ?? 20
    const filter = {
      sku: query.sku ?? null,
      location_id: query.location_id ?? null,
      sellable_max: query.sellable_max ?? null,
      after: readTextCursor(query.after),
      limit: limit + 1,
    }
    const rows = await snapshot(app.db, (tx) => listLevels(tx, filter))
    const cursor = (row: (typeof rows)[number]): string =>
      Buffer.from(`${row.sku}${unit_separator}${row.location}`).toString('base64url')
    return { status: 200, body: toPage(rows, limit, cursor) }
  },
})

const StockItem = Closed({
  id: Id<StockItemId>(),
  sku: Type.String(),
  title: Type.String(),
  on_hand: Type.Integer(),
  held: Type.Integer(),
  sellable: Type.Integer(),
})

const items = route({
  method: 'GET',
  path: '/admin/stock-items',
  who: { staff: 'stock:read' },
  summary: 'Things that lie on shelves, with their sums over all locations',
  query: Closed({ ...PageQuery, sku: Type.Optional(Text(100)) }),
  number_fields: ['sku', 'after'],
  replies: { 200: Page(StockItem) },
  handle: async ({ app, query }) => {
    const limit = query.limit ?? 20
    const filter = { sku: query.sku ?? null, after: readTextCursor(query.after) }
    const rows = await snapshot(app.db, (tx) => listStockItems(tx, filter, limit + 1))
    const cursor = ({ sku }: (typeof rows)[number]) => Buffer.from(sku).toString('base64url')
    return { status: 200, body: toPage(rows, limit, cursor) }
  },
})

const LevelParams = Closed({ item_id: Id<StockItemId>(), location_id: Id<LocationId>() })

const why = route({
  method: 'GET',
  path: '/admin/stock/:item_id/:location_id/why',
  who: { staff: 'stock:read' },
  summary: 'Why is it 47? Every movement with its balance, and who holds units now',
  params: LevelParams,
  query: Closed({ limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })) }),
  replies: {
    200: Closed({
      on_hand: Type.Integer(),
      movements: Type.Array(
        Closed({
          id: Type.String(),
          at: Moment(),
          kind: Type.String(),
          quantity: Type.Integer(),
          balance: Type.Integer(),
          reason: Type.String(),
          actor: Type.String(),
          cause_id: Nullable(Type.String()),
        }),
      ),
      held: Type.Integer(),
      holds: Type.Array(
        Closed({
          order_id: Id<OrderId>(),
          order_number: Nullable(Type.String()),
          units: Type.Integer(),
          since: Moment(),
        }),
      ),
    }),
  },
  handle: async ({ app, params, query }) => {
    const { item_id, location_id } = params
    const limit = query.limit ?? 100
    const found = await snapshot(app.db, (tx) => explainStock(tx, item_id, location_id, limit))
    if (!found) throw refuse('not_found', params)
    return { status: 200, body: found }
  },
})

const adjust = route({
  method: 'POST',
  path: '/admin/stock/:item_id/:location_id/adjust',
  who: { staff: 'stock:write' },
  summary: 'Correct a stock level, with a reason; expected_on_hand makes it compare-and-set',
  idempotent: true,
  params: LevelParams,
  body: Closed({
    change: Type.Union([
      Closed({
        kind: Type.Literal('by'),
        quantity: Type.Integer({ minimum: -on_hand_max, maximum: on_hand_max }),
      }),
      Closed({
        kind: Type.Literal('count'),
        quantity: Type.Integer({ minimum: 0, maximum: on_hand_max }),
      }),
    ]),
    expected_on_hand: Type.Optional(Type.Integer({ minimum: 0, maximum: on_hand_max })),
    reason: Text(500, 1),
  }),
  example: { change: { kind: 'by', quantity: -2 }, reason: 'Broken in the warehouse' },
  replies: {
    200: Closed({ on_hand: Type.Integer(), held: Type.Integer(), shortfall: Type.Integer() }),
  },
  handle: async ({ app, identity, params, body, key, now }) => {
    const asked = {
      stock_item_id: params.item_id,
      location_id: params.location_id,
      change: body.change,
      expected_on_hand: body.expected_on_hand ?? null,
      reason: body.reason,
    }
    const path = `/admin/stock/${params.item_id}/${params.location_id}/adjust`
    const request = requestKey(identity, { route: path, key, body })
    const done = await adjustStock(app.db, asked, { actor: actorOf(identity), request, now })
    return { status: 200, body: done }
  },
})

const settings = route({
  method: 'PUT',
  path: '/admin/stock/:item_id/:location_id/settings',
  who: { staff: 'stock:write' },
  summary: 'Safety stock that is kept back from sale, and how far back-order may go',
  params: LevelParams,
  body: Closed({
    safety: Type.Integer({ minimum: 0, maximum: on_hand_max }),
    backorder_limit: Type.Integer({ minimum: 0, maximum: on_hand_max }),
  }),
  example: { safety: 2, backorder_limit: 0 },
  replies: { 204: null },
  handle: async ({ app, params, body, identity, now }) => {
    const row = { stock_item_id: params.item_id, location_id: params.location_id, ...body }
    const by = { actor: actorOf(identity), now }
    await transaction(app.db, (tx) => changeLevelSettings(tx, row, by))
    return { status: 204 }
  },
})

const ChannelParams = Closed({ ...LevelParams.properties, channel_id: Id<ChannelId>() })
const channel_path = '/admin/stock/:item_id/:location_id/channels/:channel_id'

const keepForOthers = route({
  method: 'PUT',
  path: channel_path,
  who: { staff: 'stock:write' },
  summary: 'How many a channel leaves to the others here, instead of what it leaves of all items',
  params: ChannelParams,
  body: Closed({ safety: Type.Integer({ minimum: 0, maximum: on_hand_max }) }),
  example: { safety: 5 },
  replies: { 204: null },
  handle: async ({ app, params, body, identity, now }) => {
    const { item_id: stock_item_id, location_id, channel_id } = params
    const asked = { stock_item_id, location_id, channel_id, safety: body.safety }
    const by = { actor: actorOf(identity), now }
    await transaction(app.db, (tx) => changeChannelSafety(tx, asked, by))
    return { status: 204 }
  },
})

const keepAsUsual = route({
  method: 'DELETE',
  path: channel_path,
  who: { staff: 'stock:write' },
  summary: 'The channel leaves of this item what it leaves of all',
  params: ChannelParams,
  replies: { 204: null },
  handle: async ({ app, params, identity, now }) => {
    const { item_id: stock_item_id, location_id, channel_id } = params
    const asked = { stock_item_id, location_id, channel_id, safety: null }
    const by = { actor: actorOf(identity), now }
    await transaction(app.db, (tx) => changeChannelSafety(tx, asked, by))
    return { status: 204 }
  },
})

export const admin_stock_routes: readonly Route[] = [
  levels,
  items,
  why,
  adjust,
  settings,
  keepForOthers,
  keepAsUsual,
]
