// Groups of customers: kept by hand, or by the rules of a segment.
import Type from 'typebox'
import { contacts } from '#src/customers/consents.ts'
import { readGroup, readGroupPage } from '#src/customers/customers.sql.ts'
import { customer_limits } from '#src/customers/customers.ts'
import { changeGroup, createGroup } from '#src/customers/edit-customers.ts'
import {
  changeSegment,
  checkRules,
  createSegment,
  endSegment,
} from '#src/customers/edit-segments.ts'
import { countMembers, readSegment, readSegmentPage } from '#src/customers/segments.sql.ts'
import type { SegmentRule } from '#src/customers/segments.ts'
import { snapshot, transaction } from '#src/db/transaction.ts'
import type { CategoryId, CustomerGroupId, ProductId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import { Code } from './admin-pricing.ts'
import { createOnce } from './create-once.ts'
import { actorOf, type Identity } from './identity.ts'
import { IdPageQuery, readPage } from './page.ts'
import { Closed, Id, Minor, Moment, Nullable, Page, type Route, route, Text } from './route.ts'

const read = { staff: 'customers:read' } as const
const write = { staff: 'customers:write' } as const
const editing = (identity: Identity, now: Date) => ({ actor: actorOf(identity), now })

const GroupView = Closed({
  id: Id<CustomerGroupId>(),
  code: Code,
  name: Text(100, 1),
  is_segment: Type.Boolean({ description: 'Its members are kept by rules, not by hand.' }),
})

const groups = route({
  method: 'GET',
  path: '/admin/customer-groups',
  who: read,
  summary: 'List customer groups, oldest first; price lists can be for one of them',
  query: Closed(IdPageQuery),
  replies: { 200: Page(GroupView) },
  handle: async ({ app, query }) => ({
    status: 200,
    body: await snapshot(app.db, (tx) =>
      readPage(query, (after, limit) => readGroupPage(tx, after, limit)),
    ),
  }),
})

const addGroup = route({
  method: 'POST',
  path: '/admin/customer-groups',
  who: write,
  summary: 'Make a customer group',
  idempotent: true,
  body: Closed({ code: Code, name: Text(100, 1) }),
  example: { code: 'wholesale', name: 'Wholesale' },
  replies: { 201: GroupView },
  handle: async (asked) => {
    const { app, body, identity, now } = asked
    const path = 'POST /admin/customer-groups'
    const id = await createOnce<CustomerGroupId>(asked, path, body, (tx, id) =>
      createGroup(tx, { ...body, id }, editing(identity, now)),
    )
    return { status: 201, body: await snapshot(app.db, (tx) => readGroup(tx, id)) }
  },
})

const editGroup = route({
  method: 'PATCH',
  path: '/admin/customer-groups/:id',
  who: write,
  summary: 'Rename a customer group or a segment; its code, members and prices stay',
  params: Closed({ id: Id<CustomerGroupId>() }),
  body: Closed({ name: Text(100, 1) }),
  example: { name: 'Wholesale and trade' },
  replies: { 200: GroupView },
  handle: async ({ app, params: { id }, body, identity, now }) => {
    const changed = await transaction(app.db, async (tx) => {
      await changeGroup(tx, id, body.name, editing(identity, now))
      return readGroup(tx, id)
    })
    return { status: 200, body: changed }
  },
})

const turned = Type.Optional(Type.Boolean({ description: 'true turns the rule round' }))
const days = Type.Optional(
  Type.Integer({ minimum: 1, maximum: 3_660, description: 'counted back from now' }),
)
const count = Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 }))
const kind = <Word extends string>(word: Word) => Type.Literal(word)
const ids = <T extends string>() =>
  Type.Optional(
    Type.Unsafe<T[]>(Type.Array(Id<T>(), { minItems: 1, maxItems: 100, uniqueItems: true })),
  )
const moments = {
  before: Type.Optional(Moment()),
  after: Type.Optional(Moment()),
  within_days: days,
  not_for_days: days,
}
const Rule = Type.Unsafe<SegmentRule>(
  Type.Union([
    Closed({
      kind: kind('orders_placed'),
      at_least: count,
      at_most: count,
      within_days: days,
      not: turned,
    }),
    Closed({
      kind: kind('spent'),
      currency: Type.String({ pattern: '^[A-Z]{3}$' }),
      at_least: Type.Optional(Minor({ minimum: 0 })),
      at_most: Type.Optional(Minor({ minimum: 0 })),
      within_days: days,
      not: turned,
    }),
    Closed({ kind: kind('last_order'), ...moments, not: turned }),
    Closed({ kind: kind('last_sign_in'), ...moments, not: turned }),
    Closed({ kind: kind('left_cart'), within_days: days, not_for_days: days, not: turned }),
    Closed({
      kind: kind('bought'),
      product_ids: ids<ProductId>(),
      category_ids: ids<CategoryId>(),
      within_days: days,
      not: turned,
    }),
    Closed({
      kind: kind('country'),
      countries: Type.Array(Type.String({ pattern: '^[A-Z]{2}$' }), { minItems: 1, maxItems: 250 }),
      not: turned,
    }),
    Closed({
      kind: kind('consent'),
      contact: Type.Union(contacts.map((one) => Type.Literal(one))),
      not: turned,
    }),
    Closed({ kind: kind('group'), group_id: Id<CustomerGroupId>(), not: turned }),
    Closed({ kind: kind('account'), not: turned }),
  ]),
)
const match = Type.Union([Type.Literal('all'), Type.Literal('any')])
const rules = Type.Array(Rule, { minItems: 1, maxItems: customer_limits.rules_per_segment })
const SegmentView = Closed({
  id: Id<CustomerGroupId>('of the customer group whose members it keeps'),
  code: Type.String(),
  name: Type.String(),
  match,
  rules: Type.Array(Rule),
  version: Type.Integer(),
  members: Type.Integer(),
  evaluated_at: Nullable(Moment()),
  created_at: Moment(),
})
const SegmentParams = Closed({ id: Id<CustomerGroupId>() })
const example_rules = [
  { kind: 'spent', currency: 'EUR', at_least: 50_000 },
  { kind: 'last_order', within_days: 365 },
]

const segments = route({
  method: 'GET',
  path: '/admin/customer-segments',
  who: read,
  summary: 'List segments, the oldest first: groups whose members are kept by rules',
  query: Closed(IdPageQuery),
  replies: { 200: Page(SegmentView) },
  handle: async ({ app, query }) => ({
    status: 200,
    body: await snapshot(app.db, (tx) =>
      readPage(query, (after, limit) => readSegmentPage(tx, after, limit)),
    ),
  }),
})

const segment = route({
  method: 'GET',
  path: '/admin/customer-segments/:id',
  who: read,
  summary: 'Read a segment',
  params: SegmentParams,
  replies: { 200: SegmentView },
  handle: async ({ app, params: { id } }) => {
    const found = await snapshot(app.db, (tx) => readSegment(tx, id))
    if (!found) throw refuse('not_found', { segment_id: id })
    return { status: 200, body: found }
  },
})

const addSegment = route({
  method: 'POST',
  path: '/admin/customer-segments',
  who: write,
  summary: 'Make a segment: a customer group, and the rules that keep its members',
  idempotent: true,
  example: { code: 'regulars', name: 'Regulars', match: 'all', rules: example_rules },
  body: Closed({ code: Code, name: Text(100, 1), match, rules }),
  replies: { 201: SegmentView },
  handle: async (asked) => {
    const { app, body, identity, now } = asked
    const path = 'POST /admin/customer-segments'
    const id = await createOnce<CustomerGroupId>(asked, path, body, (tx, id) => {
      const made = { ...body, id, version: 1, members: 0, evaluated_at: null, created_at: now }
      return createSegment(tx, made, editing(identity, now))
    })
    const made = await snapshot(app.db, (tx) => readSegment(tx, id))
    if (!made) throw refuse('not_found', { segment_id: id })
    return { status: 201, body: made }
  },
})

const editSegment = route({
  method: 'PATCH',
  path: '/admin/customer-segments/:id',
  who: write,
  summary: 'Change a segment; its rules are replaced whole, and its members are reckoned anew',
  params: SegmentParams,
  body: Closed({
    version: Type.Integer({ minimum: 1, description: 'the one that was edited' }),
    name: Type.Optional(Text(100, 1)),
    match: Type.Optional(match),
    rules: Type.Optional(rules),
  }),
  example: { version: 1, match: 'any', rules: example_rules },
  replies: { 200: SegmentView },
  handle: async ({ app, params: { id }, body, identity, now }) => {
    const changed = await transaction(app.db, (tx) =>
      changeSegment(tx, id, body, editing(identity, now)),
    )
    return { status: 200, body: changed }
  },
})

const dropSegment = route({
  method: 'DELETE',
  path: '/admin/customer-segments/:id',
  who: write,
  summary: 'End a segment: its group stays, empty, and is kept by hand',
  params: SegmentParams,
  query: Closed({ version: Type.Integer({ minimum: 1 }) }),
  replies: { 204: null },
  handle: async ({ app, params: { id }, query: { version }, identity, now }) => {
    await transaction(app.db, (tx) => endSegment(tx, id, version, editing(identity, now)))
    return { status: 204 }
  },
})

const preview = route({
  method: 'POST',
  path: '/admin/customer-segment-previews',
  who: read,
  summary: 'How many customers rules would hold for; nothing is stored',
  example: { match: 'all', rules: example_rules },
  body: Closed({ match, rules }),
  replies: { 200: Closed({ members: Type.Integer() }) },
  handle: async ({ app, body, now }) => {
    const members = await snapshot(app.db, async (tx) => {
      await checkRules(tx, body.rules)
      return countMembers(tx, body, now)
    })
    return { status: 200, body: { members } }
  },
})

export const admin_group_routes: readonly Route[] = [
  groups,
  addGroup,
  editGroup,
  segments,
  segment,
  addSegment,
  editSegment,
  dropSegment,
  preview,
]
