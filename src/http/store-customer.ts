// What a customer who has signed in sees and changes: themselves, and nobody else.
import Type from 'typebox'
import { eraseCustomer } from '#src/accounts/erase-customer.ts'
import { exportCustomer } from '#src/accounts/export-customer.ts'
import { changePassword, checkPassword } from '#src/accounts/sign-in.ts'
import { cartsOfCustomer } from '#src/carts/carts.sql.ts'
import { readAddressPage, readSavedAddress } from '#src/customers/addresses.sql.ts'
import { readConsentPage } from '#src/customers/consents.sql.ts'
import { readCustomer } from '#src/customers/customers.sql.ts'
import { addAddress, changeAddress, removeAddress } from '#src/customers/edit-addresses.ts'
import { changeCustomer } from '#src/customers/edit-customers.ts'
import { recordConsent } from '#src/customers/record-consent.ts'
import { readOnce, snapshot, transaction } from '#src/db/transaction.ts'
import type { Address } from '#src/lib/addresses.ts'
import type { CustomerAddressId, OrderId } from '#src/lib/ids.ts'
import { type FieldError, refuse } from '#src/lib/refusal.ts'
import { isOrderOf, readHistory } from '#src/orders/orders-of-person.sql.ts'
import { createOnce } from './create-once.ts'
import {
  ConsentBody,
  ConsentView,
  MeView,
  NewPassword,
  OldPassword,
  SavedAddressBody,
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
import { type AddressInput, example_address, readAddress, readContact } from './shapes.ts'
import {
  customer_sign_in_limit,
  customerOf,
  mailingOf,
  OpenCart,
  viewOpenCart,
} from './store-accounts.ts'
import { orderToken, pageUrl } from './store-checkout.ts'
import { OrderView, readForBuyer } from './store-orders.ts'

const editing = (identity: Identity, now: Date) => ({ actor: actorOf(identity), now })

/** @throws address_invalid */
function readSaved(input: AddressInput): Address {
  const errors: FieldError[] = []
  const address = readAddress('address', input, errors)
  if (errors.length > 0) throw refuse('address_invalid', { errors })
  return address
}

const me = route({
  method: 'GET',
  path: '/store/customers/me',
  who: 'customer',
  summary: 'Who is signed in',
  replies: { 200: MeView },
  handle: async ({ app, identity }) => {
    const { customer_id } = customerOf(identity)
    return { status: 200, body: await readOnce(app.db, (tx) => readCustomer(tx, customer_id)) }
  },
})

const change = route({
  method: 'PATCH',
  path: '/store/customers/me',
  who: 'customer',
  summary: 'Change name or phone number; what is not sent stays',
  body: Closed({ name: Type.Optional(Text(200, 1)), phone: Type.Optional(Nullable(Text(40))) }),
  example: { name: 'Ada King', phone: '+49 30 123456' },
  replies: { 200: MeView },
  handle: async ({ app, identity, body, now }) => {
    const { customer_id } = customerOf(identity)
    const { phone, ...rest } = body
    const patch = { ...rest, ...readContact(phone === undefined ? {} : { phone }) }
    const changed = await transaction(app.db, (tx) =>
      changeCustomer(tx, customer_id, patch, editing(identity, now)),
    )
    return { status: 200, body: changed }
  },
})

const password = route({
  method: 'POST',
  path: '/store/customers/me/password',
  who: 'customer',
  summary: 'Change the password; every other session ends',
  rate_per_minute: 60,
  body: Closed({ current_password: OldPassword, password: NewPassword }),
  example: { current_password: 'violet otters sing', password: 'seven quiet lanterns' },
  replies: { 204: null },
  handle: async (asked) => {
    const { customer_id, session_id } = customerOf(asked.identity)
    const { current_password: current, password } = asked.body
    const wanted = { customer_id, session_id, current, password }
    await changePassword(asked.app.db, customer_sign_in_limit, wanted, mailingOf(asked))
    return { status: 204 }
  },
})

const addresses = route({
  method: 'GET',
  path: '/store/customers/me/addresses',
  who: 'customer',
  summary: 'The address book, the oldest first',
  query: Closed(IdPageQuery),
  replies: { 200: Page(SavedAddressView) },
  handle: async ({ app, identity, query }) => {
    const { customer_id } = customerOf(identity)
    const body = await snapshot(app.db, (tx) =>
      readPage(query, (after, limit) => readAddressPage(tx, customer_id, after, limit)),
    )
    return { status: 200, body }
  },
})

const addressPath = '/store/customers/me/addresses/:id'
const AddressParams = Closed({ id: Id<CustomerAddressId>() })

const addOne = route({
  method: 'POST',
  path: '/store/customers/me/addresses',
  who: 'customer',
  summary: 'Put an address into the book; it is checked for its country',
  idempotent: true,
  body: SavedAddressBody,
  example: { address: example_address, default_shipping: true },
  replies: { 201: SavedAddressView },
  handle: async (asked) => {
    const { app, identity, body, now } = asked
    const { customer_id } = customerOf(identity)
    const { default_shipping = false, default_billing = false } = body
    const address = readSaved(body.address)
    const path = 'POST /store/customers/me/addresses'
    const id = await createOnce<CustomerAddressId>(asked, path, body, (tx, id) => {
      const saved = { id, address, default_shipping, default_billing, created_at: now }
      return addAddress(tx, customer_id, saved, editing(identity, now))
    })
    const saved = await readOnce(app.db, (tx) => readSavedAddress(tx, customer_id, id))
    if (!saved) throw refuse('not_found', { address_id: id })
    return { status: 201, body: saved }
  },
})

const changeOne = route({
  method: 'PATCH',
  path: addressPath,
  who: 'customer',
  summary: 'Change an address; it is replaced whole',
  params: AddressParams,
  body: Type.Partial(SavedAddressBody, { additionalProperties: false }),
  example: { address: example_address, default_billing: true },
  replies: { 200: SavedAddressView },
  handle: async ({ app, identity, params: { id }, body, now }) => {
    const { customer_id } = customerOf(identity)
    const { address, ...rest } = body
    const patch = { ...rest, ...(address ? { address: readSaved(address) } : {}) }
    const saved = await transaction(app.db, (tx) =>
      changeAddress(tx, customer_id, id, { patch, ...editing(identity, now) }),
    )
    return { status: 200, body: saved }
  },
})

const removeOne = route({
  method: 'DELETE',
  path: addressPath,
  who: 'customer',
  summary: 'Take an address out of the book',
  params: AddressParams,
  replies: { 204: null },
  handle: async ({ app, identity, params: { id }, now }) => {
    const { customer_id } = customerOf(identity)
    await transaction(app.db, (tx) => removeAddress(tx, customer_id, id, editing(identity, now)))
    return { status: 204 }
  },
})

const cart = route({
  method: 'GET',
  path: '/store/customers/me/cart',
  who: 'customer',
  summary: 'The cart that the customer is filling, in this channel, with its token',
  replies: { 200: Closed({ open: Nullable(OpenCart) }) },
  handle: async ({ app, identity, headers }) => {
    const { customer_id, channel_id } = customerOf(identity)
    const [id = null] = await readOnce(app.db, (tx) => cartsOfCustomer(tx, customer_id, channel_id))
    return { status: 200, body: { open: await viewOpenCart(app, id, headers) } }
  },
})

const HistoryItem = Closed({
  id: Id<OrderId>(),
  number: Nullable(Type.String()),
  state: Type.String(),
  payment_state: Type.String(),
  fulfillment_state: Type.String(),
  currency: Type.String(),
  total: Minor(),
  units: Type.Integer(),
  created_at: Moment(),
  placed_at: Nullable(Moment()),
})

const orders = route({
  method: 'GET',
  path: '/store/customers/me/orders',
  who: 'customer',
  summary: 'What the customer has ordered, the newest first; as a guest too, with this address',
  query: Closed(IdPageQuery),
  replies: { 200: Page(HistoryItem) },
  handle: async ({ app, identity, query }) => {
    const { customer_id } = customerOf(identity)
    const body = await snapshot(app.db, (tx) =>
      readPage(query, (after, limit) => readHistory(tx, customer_id, after, limit)),
    )
    return { status: 200, body }
  },
})

const order = route({
  method: 'GET',
  path: '/store/customers/me/orders/:id',
  who: 'customer',
  summary: 'One of these orders, with its token and its page',
  params: Closed({ id: Id<OrderId>() }),
  replies: {
    200: Closed({
      ...OrderView.properties,
      token: Type.String({ description: 'Opens this order: send it as X-Order-Token.' }),
      page_url: Type.String(),
    }),
  },
  handle: async ({ app, identity, params: { id } }) => {
    const { customer_id } = customerOf(identity)
    const found = await snapshot(app.db, async (tx) =>
      (await isOrderOf(tx, id, customer_id)) ? readForBuyer(app, tx, id) : null,
    )
    if (!found) throw refuse('not_found', { order_id: id })
    const links = { token: orderToken(app, id), page_url: pageUrl(app, id) }
    return { status: 200, body: { ...found, ...links } }
  },
})

const consents = route({
  method: 'GET',
  path: '/store/customers/me/consents',
  who: 'customer',
  summary: 'What the customer said about being written to, the newest first: the last one counts',
  query: Closed(IdPageQuery),
  replies: { 200: Page(ConsentView) },
  handle: async ({ app, identity, query }) => {
    const { customer_id } = customerOf(identity)
    const body = await snapshot(app.db, (tx) =>
      readPage(query, (after, limit) => readConsentPage(tx, customer_id, after, limit)),
    )
    return { status: 200, body }
  },
})

const consent = route({
  method: 'PUT',
  path: '/store/customers/me/consents',
  who: 'customer',
  summary: 'Say that the shop may write, by mail or SMS, or may not any more',
  example: { contact: 'email', granted: true, wording: 'Send me news and offers.' },
  body: Closed(ConsentBody),
  replies: { 200: Closed({ items: Type.Array(ConsentView) }) },
  handle: async ({ app, identity, body, now }) => {
    const { customer_id } = customerOf(identity)
    const said = { ...body, wording: body.wording ?? null }
    const saying = { ...editing(identity, now), source: 'account' as const }
    const items = await transaction(app.db, (tx) => recordConsent(tx, customer_id, said, saying))
    return { status: 200, body: { items } }
  },
})

const exported = route({
  method: 'GET',
  path: '/store/customers/me/export',
  who: 'customer',
  summary: 'Everything that the shop knows about the customer, as JSON',
  rate_per_minute: 12,
  replies: { 200: Media('application/json') },
  handle: async ({ app, identity, now }) => {
    const { customer_id } = customerOf(identity)
    const content = await exportCustomer(app.db, customer_id, now, app.own_data)
    return { status: 200, raw: { media_type: 'application/json; charset=utf-8', content } }
  },
})

const erase = route({
  method: 'POST',
  path: '/store/customers/me/erasure',
  who: 'customer',
  summary: 'Delete the account and all that is personal; invoices are kept, as the law asks',
  rate_per_minute: 12,
  body: Closed({ password: OldPassword }),
  example: { password: 'violet otters sing' },
  replies: { 204: null },
  handle: async ({ app, identity, body, now }) => {
    const { customer_id } = customerOf(identity)
    const asked = { customer_id, password: body.password, now }
    await checkPassword(app.db, customer_sign_in_limit, asked)
    await transaction(app.db, (tx) =>
      eraseCustomer(tx, customer_id, editing(identity, now), app.own_data),
    )
    return { status: 204 }
  },
})

export const store_customer_routes: readonly Route[] = [
  me,
  change,
  password,
  addresses,
  addOne,
  changeOne,
  removeOne,
  cart,
  orders,
  order,
  consents,
  consent,
  exported,
  erase,
]
