// Customers and their groups, for staff and machines; and the token that lets a storefront shop
// in the name of one.
import Type from 'typebox'
import { eraseCustomer } from '#src/accounts/erase-customer.ts'
import { exportCustomer } from '#src/accounts/export-customer.ts'
import { readAddressPage } from '#src/customers/addresses.sql.ts'
import { readConsentPage, readConsents } from '#src/customers/consents.sql.ts'
import { readCustomer, readCustomerPage } from '#src/customers/customers.sql.ts'
import { customer_limits } from '#src/customers/customers.ts'
import { changeCustomer, createCustomer } from '#src/customers/edit-customers.ts'
import { recordConsent } from '#src/customers/record-consent.ts'
import { snapshot, transaction } from '#src/db/transaction.ts'
import { plusMs } from '#src/lib/clock.ts'
import type { CustomerGroupId, CustomerId, InvoiceId, OrderId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import { signToken } from '#src/lib/tokens.ts'
import { readBought } from '#src/orders/orders-of-person.sql.ts'
import { createOnce } from './create-once.ts'
import {
  ConsentBody,
  ConsentView,
  CustomerView,
  group_ids,
  SavedAddressView,
} from './customer-views.ts'
import { actorOf, type Identity } from './identity.ts'
import { IdPageQuery, readPage } from './page.ts'
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
import { readContact } from './shapes.ts'

const read = { staff: 'customers:read' } as const
const write = { staff: 'customers:write' } as const
const editing = (identity: Identity, now: Date) => ({ actor: actorOf(identity), now })

const CustomerParams = Closed({ id: Id<CustomerId>() })

const list = route({
  method: 'GET',
  path: '/admin/customers',
  who: read,
  summary: 'List customers, oldest first; by e-mail address, group, or how their name begins',
  query: Closed({
    ...IdPageQuery,
    email: Type.Optional(Text(254)),
    q: Type.Optional({ ...Text(200, 1), description: 'How e-mail address or name begins' }),
    has_account: Type.Optional(Type.Boolean()),
    group_id: Type.Optional(Id<CustomerGroupId>()),
  }),
  replies: { 200: Page(CustomerView) },
  handle: async ({ app, query }) => {
    const { email = null, q = null, has_account = null, group_id = null } = query
    const filter = { email, q, has_account, group_id }
    const body = await snapshot(app.db, (tx) =>
      readPage(query, (after, limit) => readCustomerPage(tx, { ...filter, after }, limit)),
    )
    return { status: 200, body }
  },
})

const detail = route({
  method: 'GET',
  path: '/admin/customers/:id',
  who: read,
  summary: 'Read a customer: their addresses, what they bought, whether they may be written to',
  params: CustomerParams,
  replies: {
    200: Closed({
      ...CustomerView.properties,
      addresses: Type.Array(SavedAddressView),
      consents: Type.Array(ConsentView, { description: 'The last word by each way of contact.' }),
      orders_placed: Type.Integer(),
      last_order_at: Nullable(Moment()),
      spent: Type.Array(Closed({ currency: Type.String(), amount: Minor() })),
    }),
  },
  handle: async ({ app, params: { id } }) => {
    const { addresses_per_customer: all } = customer_limits
    const body = await snapshot(app.db, async (tx) => {
      const customer = await readCustomer(tx, id)
      if (!customer) throw refuse('not_found', { customer_id: id })
      const addresses = await readAddressPage(tx, id, null, all)
      const consents = await readConsents(tx, id)
      return { ...customer, addresses, consents, ...(await readBought(tx, id)) }
    })
    return { status: 200, body }
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
  example: { email: 'grace@example.com', name: 'Grace Hopper', phone: '+49 30 123456' },
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
  example: { name: 'Grace B. Hopper', phone: null },
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
      customer_token: Type.String({
        description: 'Send it with POST /store/carts or POST /store/orders.',
      }),
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

const consents = route({
  method: 'GET',
  path: '/admin/customers/:id/consents',
  who: read,
  summary: 'What a customer said about being written to, the newest first',
  params: CustomerParams,
  query: Closed(IdPageQuery),
  replies: { 200: Page(ConsentView) },
  handle: async ({ app, params: { id }, query }) => {
    const body = await snapshot(app.db, async (tx) => {
      if (!(await readCustomer(tx, id))) throw refuse('not_found', { customer_id: id })
      return readPage(query, (after, limit) => readConsentPage(tx, id, after, limit))
    })
    return { status: 200, body }
  },
})

const StaffSource = Type.Union([
  Type.Literal('staff'),
  Type.Literal('import'),
  Type.Literal('unsubscribe'),
])
const consent = route({
  method: 'PUT',
  path: '/admin/customers/:id/consents',
  who: write,
  summary: 'Record what a customer has said, on the phone or in a list that is brought in',
  example: { contact: 'email', granted: false, source: 'unsubscribe' },
  params: CustomerParams,
  body: Closed({ ...ConsentBody, source: Type.Optional(StaffSource) }),
  replies: { 200: Closed({ items: Type.Array(ConsentView) }) },
  handle: async ({ app, params: { id }, body, identity, now }) => {
    const { contact, granted, wording = null, source = 'staff' } = body
    const saying = { ...editing(identity, now), source }
    const items = await transaction(app.db, (tx) =>
      recordConsent(tx, id, { contact, granted, wording }, saying),
    )
    return { status: 200, body: { items } }
  },
})

const exported = route({
  method: 'GET',
  path: '/admin/customers/:id/export',
  who: { staff: 'customers:export' },
  summary: 'Everything that the shop knows about a customer, as JSON',
  params: CustomerParams,
  replies: { 200: Media('application/json') },
  handle: async ({ app, params: { id }, now }) => {
    const content = await exportCustomer(app.db, id, now, app.own_data)
    return { status: 200, raw: { media_type: 'application/json; charset=utf-8', content } }
  },
})

const erase = route({
  method: 'POST',
  path: '/admin/customers/:id/erase',
  who: { staff: 'customers:erase' },
  summary: 'Take everything personal out; ledgers stay, and invoices as the law asks',
  params: CustomerParams,
  replies: {
    200: Closed({
      orders: Type.Integer({ description: 'So many orders name nobody any more.' }),
      kept: Type.Array(
        Closed({
          id: Id<InvoiceId>(),
          kind: Type.String(),
          number: Type.String(),
          order_id: Id<OrderId>(),
          issued_on: Type.String(),
        }),
        { description: 'Documents that still name the customer.' },
      ),
    }),
  },
  // Whoever was erased cannot be erased again, so a repeat does no harm and needs no key.
  handle: async ({ app, params: { id }, identity, now }) => {
    const erased = await transaction(app.db, (tx) =>
      eraseCustomer(tx, id, editing(identity, now), app.own_data),
    )
    return { status: 200, body: erased }
  },
})

export const admin_customer_routes: readonly Route[] = [
  list,
  detail,
  create,
  change,
  token,
  consents,
  consent,
  exported,
  erase,
]
