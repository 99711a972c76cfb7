// Carts, for staff and machines: what was left behind, how far buyers come, and what the carts of
// a channel may do.
import Type from 'typebox'
import { readWatch } from '#src/carts/abandoned.sql.ts'
import { readChannelRules } from '#src/carts/cart-hold-rules.sql.ts'
import { readCartPage, readCartToRecover } from '#src/carts/cart-views.sql.ts'
import { rules_max, setCartWatch, setHoldRules } from '#src/carts/edit-cart-settings.ts'
import { readFunnel } from '#src/carts/funnel.sql.ts'
import { funnel_steps } from '#src/carts/funnel.ts'
import { snapshot, transaction } from '#src/db/transaction.ts'
import { fieldError, refuseErrors } from '#src/lib/field-errors.ts'
import { type CartId, type ChannelId, isId, type StockItemId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import { recoveryOf } from '#src/messages/remind-of-cart.ts'
import type { App } from './app.ts'
import { actorOf } from './identity.ts'
import { IdPageQuery, readPage, toPage } from './page.ts'
import { Closed, Id, Moment, Nullable, Page, type Route, route, Text } from './route.ts'

const list = route({
  method: 'GET',
  path: '/admin/carts',
  who: { staff: 'customers:read' },
  summary: 'Carts that are no order, the newest first',
  query: Closed({
    ...IdPageQuery,
    channel_id: Type.Optional(Id<ChannelId>()),
    abandoned: Type.Optional(
      Type.Boolean({ default: false, description: 'Only those that were left behind.' }),
    ),
  }),
  replies: {
    200: Page(
      Closed({
        id: Id<CartId>(),
        channel_id: Id<ChannelId>(),
        currency: Type.String(),
        email: Nullable(Type.String()),
        accepts_reminders: Type.Boolean(),
        lines: Type.Integer(),
        hold_expires_at: Nullable(Moment()),
        created_at: Moment(),
        updated_at: Moment(),
        abandoned_at: Nullable(Moment()),
      }),
    ),
  },
  handle: async ({ app, query }) => {
    const { channel_id = null, abandoned = false } = query
    const body = await snapshot(app.db, (tx) =>
      readPage(query, (after, limit) => readCartPage(tx, { channel_id, abandoned, after }, limit)),
    )
    return { status: 200, body }
  },
})

const recovery = route({
  method: 'GET',
  path: '/admin/carts/:id/recovery',
  who: { staff: 'customers:read' },
  summary: 'The link that brings a buyer back to their cart, for a mail of your own',
  params: Closed({ id: Id<CartId>() }),
  replies: {
    200: Closed({
      recovery_token: Type.String({ description: 'For POST /store/cart-recoveries.' }),
      url: Type.String(),
      expires_at: Moment(),
    }),
  },
  handle: async ({ app, params: { id }, now }) => {
    const found = await snapshot(app.db, (tx) => readCartToRecover(tx, id))
    if (!found) throw refuse('not_found', { id })
    if (found.is_ordered) throw refuse('cart_is_completed', { cart_id: id })
    if (found.has_bought_since) throw refuse('buyer_has_bought_since', { cart_id: id })
    return { status: 200, body: recoveryOf(app.secret_key, found, { id, now }) }
  },
})

const Step = Type.Union(funnel_steps.map((step) => Type.Literal(step)))
const days = 86_400_000
const cursor = /^(\d{4}-\d\d-\d\dT\d\d:00:00\.000Z) (.{36}) (\w{1,40}) (.{0,60})$/

function readAfter(text: string | undefined) {
  if (text === undefined) return null
  const [, at, channel_id, step, code] = cursor.exec(text) ?? []
  const is_right = at !== undefined && isId(channel_id!) && !Number.isNaN(Date.parse(at))
  if (!is_right) refuseErrors([fieldError('after', 'invalid', 'This is no next_cursor.')])
  return { at: new Date(at!), channel_id: channel_id as ChannelId, step: step!, code: code! }
}

const funnel = route({
  method: 'GET',
  path: '/admin/funnel',
  who: { staff: 'orders:read' },
  summary: 'How far carts come, by hour or day of UTC: steps, refusals by code, declines by reason',
  query: Closed({
    from: Type.Optional(Moment()),
    to: Type.Optional(Moment()),
    by: Type.Optional(Type.Union([Type.Literal('hour'), Type.Literal('day')])),
    channel_id: Type.Optional(Id<ChannelId>()),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 1_000 })),
    after: Type.Optional(Text(200)),
  }),
  replies: {
    200: Page(
      Closed({
        at: Moment(),
        channel_id: Id<ChannelId>(),
        step: Step,
        code: Type.String({ description: 'Of a refusal its code, of a decline the reason.' }),
        count: Type.Integer(),
      }),
    ),
  },
  handle: async ({ app, query, now }) => {
    const { to = new Date(now.getTime() + days), by = 'day', channel_id = null } = query
    const { from = new Date(to.getTime() - 31 * days), limit = 1_000 } = query
    if (from >= to) refuseErrors([fieldError('from', 'range', 'It must lie before `to`.')])
    if (to.getTime() - from.getTime() > 400 * days) {
      refuseErrors([fieldError('from', 'range', 'At most 400 days.')])
    }
    const after = readAfter(query.after)
    const rows = await snapshot(app.db, (tx) =>
      readFunnel(tx, { from, to, by, channel_id, after }, limit + 1),
    )
    const cursorOf = (row: (typeof rows)[number]): string =>
      `${row.at.toISOString()} ${row.channel_id} ${row.step} ${row.code}`
    return { status: 200, body: toPage(rows, limit, cursorOf) }
  },
})

const Rule = Closed({
  stock_item_id: Nullable(Id<StockItemId>('null for all items without a rule of their own')),
  minutes: Type.Integer({ minimum: 1, maximum: 60 }),
  share_percent: Type.Integer({
    minimum: 1,
    maximum: 50,
    description: 'Of what is there for sale, all carts together hold so much at most.',
  }),
  units_max: Type.Integer({
    minimum: 1,
    maximum: 100,
    description: 'Of an item, for one cart and for all carts of one customer together.',
  }),
  scarce_below: Nullable(
    Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      description: 'Held only while no more than so many are left; null always.',
    }),
  ),
})
const Rules = Closed({ rules: Type.Array(Rule, { maxItems: rules_max }) })
const ChannelParams = Closed({ id: Id<ChannelId>() })

async function readRules(app: App, id: ChannelId) {
  const rules = await snapshot(app.db, async (tx) => {
    if (!(await readWatch(tx, id))) throw refuse('not_found', { id })
    return readChannelRules(tx, id)
  })
  return { rules: rules.map(({ channel_id: _, ...rule }) => rule) }
}

const holds = route({
  method: 'GET',
  path: '/admin/channels/:id/cart-holds',
  who: { staff: 'settings:read' },
  summary: 'Whether carts of a channel hold goods before they are ordered: not without a rule',
  params: ChannelParams,
  replies: { 200: Rules },
  handle: async ({ app, params }) => ({ status: 200, body: await readRules(app, params.id) }),
})

const setHolds = route({
  method: 'PUT',
  path: '/admin/channels/:id/cart-holds',
  who: { staff: 'settings:write' },
  summary: 'Let carts hold scarce goods for some minutes; no rules switch it off',
  params: ChannelParams,
  body: Rules,
  example: {
    rules: [{ stock_item_id: null, minutes: 5, share_percent: 10, units_max: 2, scarce_below: 20 }],
  },
  replies: { 200: Rules },
  handle: async ({ app, params, body, identity, now }) => {
    const editing = { actor: actorOf(identity), now }
    await transaction(app.db, (tx) => setHoldRules(tx, params.id, body.rules, editing))
    return { status: 200, body: await readRules(app, params.id) }
  },
})

const Watch = Closed({
  after_minutes: Type.Integer({ minimum: 10, maximum: 10_080 }),
  message: Type.Boolean({
    description: 'One mail about each cart whose buyer has set accepts_reminders.',
  }),
})

async function readKnownWatch(app: App, id: ChannelId) {
  const watch = await snapshot(app.db, (tx) => readWatch(tx, id))
  if (!watch) throw refuse('not_found', { id })
  return watch
}

const watch = route({
  method: 'GET',
  path: '/admin/channels/:id/cart-watch',
  who: { staff: 'settings:read' },
  summary: 'When a cart of a channel counts as left behind, and whether its buyer is written to',
  params: ChannelParams,
  replies: { 200: Watch },
  handle: async ({ app, params }) => ({ status: 200, body: await readKnownWatch(app, params.id) }),
})

const setWatch = route({
  method: 'PUT',
  path: '/admin/channels/:id/cart-watch',
  who: { staff: 'settings:write' },
  summary: 'Set when a cart counts as left behind, and whether its buyer is written to',
  params: ChannelParams,
  body: Watch,
  example: { after_minutes: 60, message: true },
  replies: { 200: Watch },
  handle: async ({ app, params, body, identity, now }) => {
    const editing = { actor: actorOf(identity), now }
    await transaction(app.db, (tx) => setCartWatch(tx, params.id, body, editing))
    return { status: 200, body: await readKnownWatch(app, params.id) }
  },
})

export const admin_cart_routes: readonly Route[] = [
  list,
  recovery,
  funnel,
  holds,
  setHolds,
  watch,
  setWatch,
]
