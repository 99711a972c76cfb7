// What staff watch: pick tasks, the exception inbox, the trial balance, the promises.
import Type from 'typebox'
import { snapshot, transaction } from '../db/transaction.ts'
import { dismissException, listExceptions, retryException } from '../jobs/exceptions.sql.ts'
import { readTrialBalance } from '../ledger/ledger.sql.ts'
import type { ExceptionId, LocationId, OrderId, PickTaskId } from '../lib/ids.ts'
import { readLastAnswers } from '../promises/last-answers.ts'
import { readPromises } from '../promises/promises.sql.ts'
import { listPickTasks } from '../warehouse/warehouse.sql.ts'
import { actorOf } from './identity.ts'
import { IdPageQuery, toPage } from './page.ts'
import { Closed, Id, Minor, Moment, Nullable, Page, type Route, route } from './route.ts'

const tasks = route({
  method: 'GET',
  path: '/admin/pick-tasks',
  who: { staff: 'shipping:read' },
  summary: 'What has to be picked, oldest first',
  query: Closed({
    ...IdPageQuery,
    state: Type.Optional(
      Type.Union(['open', 'done', 'canceled'].map((state) => Type.Literal(state))),
    ),
    location_id: Type.Optional(Id<LocationId>()),
    order_id: Type.Optional(Id<OrderId>()),
  }),
  replies: {
    200: Page(
      Closed({
        id: Id<PickTaskId>(),
        shipment_id: Type.String(),
        order_number: Type.String(),
        location: Type.String(),
        state: Type.String(),
        created_at: Moment(),
        lines: Type.Array(
          Closed({ sku: Type.String(), title: Type.String(), quantity: Type.Integer() }),
        ),
      }),
    ),
  },
  handle: async ({ app, query }) => {
    const limit = query.limit ?? 20
    const filter = {
      state: query.state ?? null,
      location_id: query.location_id ?? null,
      order_id: query.order_id ?? null,
      after: query.after ?? null,
      limit: limit + 1,
    }
    const rows = await snapshot(app.db, (tx) => listPickTasks(tx, filter))
    return { status: 200, body: toPage(rows, limit, ({ id }) => id) }
  },
})

const ExceptionRow = Closed({
  id: Id<ExceptionId>(),
  kind: Type.String(),
  message: Type.String(),
  order_id: Nullable(Id<OrderId>()),
  order_number: Nullable(Type.String()),
  cause_id: Type.String(),
  opened_at: Moment(),
  tries: Nullable(Type.Integer()),
  next_try_at: Nullable(Moment()),
  last_error: Nullable(Type.String()),
  can_retry: Type.Boolean(),
  resolved_at: Nullable(Moment()),
  resolution: Nullable(Type.String()),
})

const exceptions = route({
  method: 'GET',
  path: '/admin/exceptions',
  who: { staff: 'exceptions:read' },
  summary: 'What the machine could not finish by itself',
  query: Closed({ ...IdPageQuery, open: Type.Optional(Type.Boolean({ default: true })) }),
  replies: { 200: Page(ExceptionRow) },
  handle: async ({ app, query }) => {
    const limit = query.limit ?? 20
    const filter = { open: query.open ?? true, after: query.after ?? null, limit: limit + 1 }
    const rows = await snapshot(app.db, (tx) => listExceptions(tx, filter))
    return { status: 200, body: toPage(rows, limit, ({ id }) => id) }
  },
})

const ExceptionParams = Closed({ id: Id<ExceptionId>() })
const retry = route({
  method: 'POST',
  path: '/admin/exceptions/:id/retry',
  who: { staff: 'exceptions:write' },
  summary: 'Try again now',
  params: ExceptionParams,
  replies: { 202: Closed({ retried: Type.Boolean() }) },
  handle: async ({ app, params, identity, now }) => {
    const by = actorOf(identity)
    await transaction(app.db, (tx) => retryException(tx, params.id, { by, now }))
    return { status: 202, body: { retried: true } }
  },
})
const dismiss = route({
  method: 'POST',
  path: '/admin/exceptions/:id/dismiss',
  who: { staff: 'exceptions:write' },
  summary: 'Close it: a person has seen to it',
  params: ExceptionParams,
  replies: { 200: Closed({ dismissed: Type.Boolean() }) },
  handle: async ({ app, params, identity, now }) => {
    const by = actorOf(identity)
    await transaction(app.db, (tx) => dismissException(tx, params.id, { by, now }))
    return { status: 200, body: { dismissed: true } }
  },
})

const balance = route({
  method: 'GET',
  path: '/admin/ledger/balance',
  who: { staff: 'ledger:read' },
  summary: 'The trial balance: debits minus credits per account and currency',
  replies: {
    200: Closed({
      items: Type.Array(
        Closed({ account: Type.String(), currency: Type.String(), balance: Minor() }),
      ),
    }),
  },
  handle: async ({ app }) => ({
    status: 200,
    body: { items: await snapshot(app.db, readTrialBalance) },
  }),
})

const promises = route({
  method: 'GET',
  path: '/admin/promises',
  who: { staff: 'events:read' },
  summary: 'The promises of the shop: when each was asked by the clock, and the rows that break it',
  rate_per_minute: 12,
  query: Closed({
    now: Type.Optional(
      Type.Boolean({ default: false, description: 'Asks all of them now: minutes in a big shop.' }),
    ),
  }),
  replies: {
    200: Closed({
      items: Type.Array(
        Closed({
          name: Type.String(),
          violations: Type.Integer(),
          rows: Type.Array(Type.Object({}, { additionalProperties: true })),
          asked: Type.Array(
            Closed({
              scope: Type.String({ description: '`touched` each hour, `all` each night.' }),
              asked_at: Moment(),
              took_ms: Type.Integer(),
              things: Nullable(Type.Integer({ description: 'Looked at; null stands for all.' })),
              guilty: Nullable(Type.Integer({ description: 'Null: it could not be asked.' })),
            }),
          ),
        }),
      ),
    }),
  },
  handle: async ({ app, query, now }) => {
    const items = await snapshot(app.db, async (tx) => {
      const last = await readLastAnswers(tx)
      if (!query.now) return last
      const fresh = new Map((await readPromises(tx, now)).map((one) => [one.name, one]))
      return last.map((one) => ({ ...one, ...fresh.get(one.name) }))
    })
    return { status: 200, body: { items } }
  },
})

export const admin_operation_routes: readonly Route[] = [
  tasks,
  exceptions,
  retry,
  dismiss,
  balance,
  promises,
]
