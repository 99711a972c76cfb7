// Customers and their groups, for staff and machines; and the token that lets a storefront shop
// in the name of one.
import Type from 'typebox'
import {
  readCustomer,
  readCustomerPage,
  readGroup,
  readGroupPage,
} from '../customers/customers.sql.ts'
import { customer_limits } from '../customers/customers.ts'
import { changeCustomer, createCustomer, createGroup } from '../customers/edit-customers.ts'
import { snapshot, transaction } from '../db/transaction.ts'
import { plusMs } from '../lib/clock.ts'
import type { CustomerGroupId, CustomerId } from '../lib/ids.ts'
import { refuse } from '../lib/refusal.ts'
import { signToken } from '../lib/tokens.ts'
import { Code } from './admin-pricing.ts'
import { createOnce } from './create-once.ts'
import { actorOf, type Identity } from './identity.ts'
import { IdPageQuery, readPage } from './page.ts'
import { Closed, Id, Moment, Nullable, Page, type Route, route, Text } from './route.ts'
import { readContact } from './shapes.ts'

const read = { staff: 'customers:read' } as const
const write = { staff: 'customers:write' } as const
const editing = (identity: Identity, now: Date) => ({ actor: actorOf(identity), now })

const group_ids = Type.Unsafe<CustomerGroupId[]>(
  Type.Array(Id<CustomerGroupId>(), {
    maxItems: customer_limits.groups_per_customer,
    uniqueItems: true,
  }),
)
const CustomerView = Closed({
  id: Id<CustomerId>(),
  email: Type.String(),
  name: Type.String(),
  phone: Nullable(Type.String()),
  group_ids,
  created_at: Moment(),
})
const GroupView = Closed({ id: Id<CustomerGroupId>(), code: Code, name: Text(100, 1) })
const CustomerParams = Closed({ id: Id<CustomerId>() })

const list = route({
  method: 'GET',
  path: '/admin/customers',
  who: read,
  summary: 'List customers, oldest first; by e-mail address or group',
  query: Closed({
    ...IdPageQuery,
    email: Type.Optional(Text(254)),
    group_id: Type.Optional(Id<CustomerGroupId>()),
  }),
  replies: { 200: Page(CustomerView) },
  handle: async ({ app, query }) => {
    const { email = null, group_id = null } = query
    const body = await snapshot(app.db, (tx) =>
      readPage(query, (after, limit) => readCustomerPage(tx, { email, group_id, after }, limit)),
    )
    return { status: 200, body }
  },
})

const detail = route({
  method: 'GET',
  path: '/admin/customers/:id',
  who: read,
  summary: 'Read a customer',
  params: CustomerParams,
  replies: { 200: CustomerView },
  handle: async ({ app, params: { id } }) => {
    const customer = await snapshot(app.db, (tx) => readCustomer(tx, id))
    if (!customer) throw refuse('not_found', { customer_id: id })
    return { status: 200, body: customer }
  },
})

const create = route({
  method: 'POST',
  path: '/admin/customers',
  who: write,
  summary: 'Make a customer; one e-mail address is one customer',
  idempotent: true,
  body: Closed({
    email: Text(254, 3),
    name: Text(200, 1),
    phone: Type.Optional(Nullable(Text(40))),
    group_ids: Type.Optional(group_ids),
  }),
  replies: { 201: CustomerView },
  handle: async (asked) => {
    const { app, body, identity, now } = asked
    const { email, phone } = readContact({ email: body.email, phone: body.phone ?? null })
    const id = await createOnce<CustomerId>(asked, 'POST /admin/customers', body, (tx, id) =>
      createCustomer(
        tx,
        {
          id,
          email: email!.toLowerCase(),
          name: body.name,
          phone: phone ?? null,
          created_at: now,
          group_ids: body.group_ids ?? [],
        },
        editing(identity, now),
      ),
    )
    return { status: 201, body: await snapshot(app.db, (tx) => readCustomer(tx, id)) }
  },
})

const change = route({
  method: 'PATCH',
  path: '/admin/customers/:id',
  who: write,
  summary: 'Change a customer: fields that are not sent stay; group_ids is replaced whole',
  params: CustomerParams,
  body: Type.Partial(Closed({ name: Text(200, 1), phone: Nullable(Text(40)), group_ids }), {
    additionalProperties: false,
  }),
  replies: { 200: CustomerView },
  handle: async ({ app, params, body, identity, now }) => {
    const { phone, ...rest } = body
    const patch = { ...rest, ...readContact(phone === undefined ? {} : { phone }) }
    const changed = await transaction(app.db, (tx) =>
      changeCustomer(tx, params.id, patch, editing(identity, now)),
    )
    return { status: 200, body: changed }
  },
})

const token = route({
  method: 'POST',
  path: '/admin/customers/:id/token',
  who: write,
  summary: 'A token with which a storefront makes carts in the name of this customer',
  example: { valid_s: 3600 },
  params: CustomerParams,
  body: Closed({
    valid_s: Type.Optional(Type.Integer({ minimum: 60, maximum: customer_limits.token_s })),
  }),
  replies: {
    200: Closed({
      customer_token: Type.String({ description: 'Send it with POST /store/carts.' }),
      expires_at: Moment(),
    }),
  },
  // Nothing is stored, so a repeat does no harm and needs no key.
  handle: async ({ app, params: { id }, body, now }) => {
    if (!(await snapshot(app.db, (tx) => readCustomer(tx, id)))) {
      throw refuse('not_found', { customer_id: id })
    }
    const expires_at = plusMs(now, (body.valid_s ?? 3_600) * 1_000)
    const customer_token = signToken(app.secret_key, 'customer', id, expires_at)
    return { status: 200, body: { customer_token, expires_at } }
  },
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

export const admin_customer_routes: readonly Route[] = [
  list,
  detail,
  create,
  change,
  token,
  groups,
  addGroup,
]
