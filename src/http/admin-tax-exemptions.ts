// Exemption certificates of customers and of single carts, for staff and machines.
import Type from 'typebox'
import { snapshot, transaction } from '#src/db/transaction.ts'
import type { CartId, CustomerId } from '#src/lib/ids.ts'
import { createExemption, endExemption } from '#src/pricing/edit-exemption.ts'
import { readExemptionPage } from '#src/pricing/exemptions.sql.ts'
import { createOnce } from './create-once.ts'
import { actorOf } from './identity.ts'
import { IdPageQuery, readPage } from './page.ts'
import { Closed, Id, Moment, Nullable, Page, type Route, route, Text } from './route.ts'

const read = { staff: 'customers:read' } as const
const write = { staff: 'customers:write' } as const

const fields = {
  country: Type.String({ pattern: '^[A-Z]{2}$' }),
  region: Nullable(Text(120, 1)),
  number: Text(60, 1),
  reason: Text(200, 1),
  valid_until: Nullable(
    Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'The last day it holds.' }),
  ),
}
const View = Closed({
  id: Id(),
  customer_id: Nullable(Id<CustomerId>()),
  cart_id: Nullable(Id<CartId>()),
  ...fields,
  created_at: Moment(),
  revoked_at: Nullable(Moment()),
})

const list = route({
  method: 'GET',
  path: '/admin/tax-exemptions',
  who: read,
  summary: 'List exemption certificates, oldest first, of a customer or a cart',
  query: Closed({
    ...IdPageQuery,
    customer_id: Type.Optional(Id<CustomerId>()),
    cart_id: Type.Optional(Id<CartId>()),
  }),
  replies: { 200: Page(View) },
  handle: async ({ app, query }) => {
    const { customer_id = null, cart_id = null } = query
    const body = await snapshot(app.db, (tx) =>
      readPage(query, (after, limit) =>
        readExemptionPage(tx, { customer_id, cart_id, id: null }, after, limit),
      ),
    )
    return { status: 200, body }
  },
})

const create = route({
  method: 'POST',
  path: '/admin/tax-exemptions',
  who: write,
  summary: 'Note a certificate: this customer, or this cart, owes no tax at a place',
  idempotent: true,
  body: Closed({
    customer_id: Type.Optional(Nullable(Id<CustomerId>())),
    cart_id: Type.Optional(Nullable(Id<CartId>())),
    ...fields,
    region: Type.Optional(fields.region),
    valid_until: Type.Optional(fields.valid_until),
  }),
  example: {
    customer_id: '019a0000-0000-7000-8000-000000000006',
    country: 'US',
    region: 'NY',
    number: 'EX-20311',
    reason: 'Resale',
    valid_until: '2031-12-31',
  },
  replies: { 201: View },
  handle: async (asked) => {
    const { app, body, identity, now } = asked
    const none = { customer_id: null, cart_id: null, region: null, valid_until: null }
    const editing = { actor: actorOf(identity), now }
    const id = await createOnce<string>(asked, 'POST /admin/tax-exemptions', body, (tx, id) =>
      createExemption(tx, { ...none, ...body, id, created_at: now, revoked_at: null }, editing),
    )
    const filter = { customer_id: null, cart_id: null, id }
    const [made] = await snapshot(app.db, (tx) => readExemptionPage(tx, filter, null, 1))
    return { status: 201, body: made }
  },
})

const revoke = route({
  method: 'DELETE',
  path: '/admin/tax-exemptions/:id',
  who: write,
  summary: 'Revoke a certificate; orders that were granted it keep it',
  params: Closed({ id: Id() }),
  replies: { 204: null },
  handle: async ({ app, params, identity, now }) => {
    const editing = { actor: actorOf(identity), now }
    await transaction(app.db, (tx) => endExemption(tx, params.id, editing))
    return { status: 204 }
  },
})

export const admin_tax_exemptions_routes: readonly Route[] = [list, create, revoke]
