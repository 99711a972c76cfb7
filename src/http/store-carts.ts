// Carts of shoppers. Whoever holds the token of a cart may change it; the id alone opens nothing.
import Type from 'typebox'
import type { Cart } from '#src/carts/carts.ts'
import { emptyCart, line_quantity_max } from '#src/carts/carts.ts'
import type { CartResult, EditedCart } from '#src/carts/edit-carts.ts'
import { explainSnapshot } from '#src/carts/price-snapshot.ts'
import { channelOf } from '#src/carts/shop-book.ts'
import { readDefaultAddresses } from '#src/customers/addresses.sql.ts'
import { readOnce, snapshot } from '#src/db/transaction.ts'
import { readCurrency } from '#src/lib/currency.ts'
import type { CartId, CartLineId, ChannelId, CustomerId } from '#src/lib/ids.ts'
import { Refusal, refuse, refuseField } from '#src/lib/refusal.ts'
import { readToken, signToken } from '#src/lib/tokens.ts'
import { liveOrderOfCart } from '#src/orders/orders.sql.ts'
import type { App } from './app.ts'
import { editsOf, Fields, fieldsEdit, LineBody, NewCartBody } from './cart-edits.ts'
import { CartReply, Why } from './cart-views.ts'
import type { Identity } from './identity.ts'
import { requestKey } from './request-key.ts'
import { type Asked, Closed, Id, type Route, route, Text } from './route.ts'
import { type CartHeaders, readToShow, showCart } from './show-cart.ts'
import { identifyCustomer } from './who.ts'

const CartParams = Closed({ id: Id<CartId>() })
const LineParams = Closed({ id: Id<CartId>(), line_id: Id<CartLineId>() })
/** @throws token_missing, token_wrong */
export function assertCartToken(app: App, id: CartId, headers: CartHeaders): void {
  const token = headers['x-cart-token']
  if (!token) throw refuse('token_missing')
  if (readToken(app.secret_key, 'cart', token, app.clock()) !== id) throw refuse('token_wrong')
}

export const channelIdOf = (identity: Identity) => {
  if (identity.kind !== 'shopper' && identity.kind !== 'customer') {
    throw refuse('permission_missing')
  }
  return identity.channel_id
}

/**
 * What a token opens, it opens with the key of its own channel only.
 * @throws token_wrong
 */
export function assertOwnChannel(
  identity: Identity,
  { channel_id }: { readonly channel_id: ChannelId },
): void {
  if (channelIdOf(identity) !== channel_id) throw refuse('token_wrong')
}

/**
 * Who starts a cart: a customer, when they send the token of their session. What staff have signed
 * for a customer may come in that header as well; it makes carts and opens no account.
 */
export async function cartOwner({
  app,
  identity,
  headers,
  now,
}: Pick<Asked<unknown, unknown, unknown>, 'app' | 'identity' | 'headers' | 'now'>) {
  const token = headers['x-customer-token']
  if (token === undefined) return { identity, signed: {} }
  if (readToken(app.secret_key, 'customer', token, now) !== null) {
    return { identity, signed: { customer_token: token } }
  }
  return { identity: await identifyCustomer(app.db, identity, { headers, now }), signed: {} }
}

/** What a customer does not say anew: who they are and where things go. */
async function ofCustomer(app: App, identity: Identity): Promise<Partial<Cart>> {
  if (identity.kind !== 'customer') return {}
  const { customer_id, email } = identity
  const saved = await readOnce(app.db, (tx) => readDefaultAddresses(tx, customer_id))
  return {
    customer_id,
    email,
    shipping_address: saved.find((one) => one.default_shipping)?.address ?? null,
    billing_address: saved.find((one) => one.default_billing)?.address ?? null,
  }
}

/** A cart that does not exist yet, for the channel of the key. */
export async function newCart(
  app: App,
  identity: Identity,
  input: { readonly currency?: string; readonly customer_token?: string },
): Promise<Cart> {
  const now = app.clock()
  const channel_id = channelIdOf(identity)
  const book = await snapshot(app.db, app.desk.readBook)
  const { currencies } = channelOf(book, channel_id)
  const currency = input.currency === undefined ? currencies[0]! : readCurrency(input.currency)
  if (!currencies.includes(currency)) {
    throw refuseField('unknown_currency', 'currency', { offered: currencies })
  }
  const { customer_token: token } = input
  const customer_id = token ? readToken<CustomerId>(app.secret_key, 'customer', token, now) : null
  if (token && customer_id === null) throw refuseField('customer_token_wrong', 'customer_token')
  return {
    ...emptyCart({ channel_id, currency, at: now }),
    customer_id,
    ...(await ofCustomer(app, identity)),
  }
}

/** What a cart has reached for the first time is counted, and waited for by nobody. */
function countReached(app: App, { snapshot: { cart }, reached }: EditedCart): void {
  for (const step of reached) app.funnel.note(cart.channel_id, step)
}

async function view(app: App, result: CartResult, headers: CartHeaders) {
  if (result instanceof Refusal) throw result
  countReached(app, result)
  // Whoever could change it is not paying it.
  return showCart(app, { priced: result, paid: null }, headers)
}
const answer = async (app: App, result: CartResult, headers: CartHeaders) => ({
  status: 200,
  body: await view(app, result, headers),
})

const frozen_rule = {
  rule: 'order',
  applied: true,
  reason: 'It is ordered, or just being paid: the prices are those of the order.',
} as const

const create = route({
  method: 'POST',
  path: '/store/carts',
  who: 'shop',
  summary: 'Start a cart, empty or filled',
  idempotent: true,
  body: NewCartBody,
  example: {
    email: 'ada@example.com',
    lines: [{ variant_id: '019a0000-0000-7000-8000-000000000001', quantity: 2 }],
  },
  replies: { 201: Closed({ token: Type.String(), cart: CartReply }) },
  handle: async (asked) => {
    const { app, body, key, headers } = asked
    const { identity, signed } = await cartOwner(asked)
    const cart = await newCart(app, identity, { ...signed, ...body })
    const edits = editsOf(body)
    const request = requestKey(identity, { route: '/store/carts', key, body })
    const result = await app.desk.create({ cart, edits, request })
    if (result instanceof Refusal) throw result
    const token = signToken(app.secret_key, 'cart', result.snapshot.cart.id)
    return { status: 201, body: { token, cart: await view(app, result, headers) } }
  },
})

const read = route({
  method: 'GET',
  path: '/store/carts/:id',
  who: 'shop',
  summary: 'Read a cart with its prices and what is missing',
  params: CartParams,
  replies: { 200: CartReply },
  handle: async ({ app, identity, params, headers }) => {
    assertCartToken(app, params.id, headers)
    const { priced, paid } = await readToShow(app, params.id)
    assertOwnChannel(identity, priced.snapshot.cart)
    return { status: 200, body: await showCart(app, { priced, paid }, headers) }
  },
})

const addLine = route({
  method: 'POST',
  path: '/store/carts/:id/lines',
  who: 'shop',
  summary: 'Put something into a cart; the same variant again adds to its line',
  idempotent: true,
  params: CartParams,
  body: LineBody,
  example: { variant_id: '019a0000-0000-7000-8000-000000000001', quantity: 1 },
  replies: { 200: CartReply },
  handle: async ({ app, identity, params, body, headers, key }) => {
    const channel_id = channelIdOf(identity)
    assertCartToken(app, params.id, headers)
    const edit = { kind: 'add_line', ...body } as const
    const path = `/store/carts/${params.id}/lines`
    const request = requestKey(identity, { route: path, key, body })
    return answer(
      app,
      await app.desk.edit({ cart_id: params.id, channel_id, edits: [edit], request }),
      headers,
    )
  },
})

const setLine = route({
  method: 'PATCH',
  path: '/store/carts/:id/lines/:line_id',
  who: 'shop',
  summary: 'Set the quantity of a line; zero takes it out',
  params: LineParams,
  body: Closed({ quantity: Type.Integer({ minimum: 0, maximum: line_quantity_max }) }),
  example: { quantity: 3 },
  replies: { 200: CartReply },
  handle: async ({ app, identity, params, body, headers }) => {
    const channel_id = channelIdOf(identity)
    assertCartToken(app, params.id, headers)
    const edit = { kind: 'set_quantity', line_id: params.line_id, ...body } as const
    return answer(
      app,
      await app.desk.edit({ cart_id: params.id, channel_id, edits: [edit], request: null }),
      headers,
    )
  },
})

const removeLine = route({
  method: 'DELETE',
  path: '/store/carts/:id/lines/:line_id',
  who: 'shop',
  summary: 'Take a line out of a cart',
  params: LineParams,
  replies: { 200: CartReply },
  handle: async ({ app, identity, params, headers }) => {
    const channel_id = channelIdOf(identity)
    assertCartToken(app, params.id, headers)
    const edit = { kind: 'set_quantity', line_id: params.line_id, quantity: 0 } as const
    return answer(
      app,
      await app.desk.edit({ cart_id: params.id, channel_id, edits: [edit], request: null }),
      headers,
    )
  },
})

const update = route({
  method: 'PATCH',
  path: '/store/carts/:id',
  who: 'shop',
  summary: 'Set e-mail, addresses, tax number, shipping option or coupon; null empties a field',
  params: CartParams,
  body: Fields,
  example: {
    email: 'ada@example.com',
    coupon_codes: ['WELCOME'],
    shipping_address: {
      name: 'Ada Muster',
      line1: 'Musterweg 1',
      postal_code: '10115',
      city: 'Berlin',
      country: 'DE',
    },
  },
  replies: { 200: CartReply },
  handle: async ({ app, identity, params, body, headers }) => {
    assertCartToken(app, params.id, headers)
    const edit = fieldsEdit(body)
    return answer(
      app,
      await app.desk.edit({
        cart_id: params.id,
        channel_id: channelIdOf(identity),
        edits: [edit],
        request: null,
      }),
      headers,
    )
  },
})

const why = route({
  method: 'GET',
  path: '/store/carts/:id/why',
  who: 'shop',
  summary: 'Why does it cost this much? Every rule that was tried, hit or missed',
  params: CartParams,
  replies: {
    200: Closed({
      rules: Type.Array(Why),
      lines: Type.Array(Closed({ line_id: Id<CartLineId>(), rules: Type.Array(Why) })),
    }),
  },
  handle: async ({ app, identity, params, headers, now }) => {
    assertCartToken(app, params.id, headers)
    const { book, priced, paid } = await readToShow(app, params.id)
    assertOwnChannel(identity, priced.snapshot.cart)
    if (paid) return { status: 200, body: { rules: [frozen_rule], lines: [] } }
    const explained = explainSnapshot(priced, book, now)
    const lines = explained.lines.map(({ line_id, why: rules }) => ({ line_id, rules }))
    return { status: 200, body: { rules: explained.why, lines } }
  },
})

const recover = route({
  method: 'POST',
  path: '/store/cart-recoveries',
  who: 'shop',
  summary: 'Open a cart that was left behind, by the token of its recovery link',
  body: Closed({ recovery_token: Text(300, 1) }),
  example: { recovery_token: 'r.019a0000-0000-7000-8000-000000000005.2031-01-01.signature' },
  replies: { 200: Closed({ token: Type.String(), cart: CartReply }) },
  handle: async ({ app, identity, body, headers, now }) => {
    const id = readToken<CartId>(app.secret_key, 'recovery', body.recovery_token, now)
    if (id === null) throw refuse('token_wrong')
    const { priced, paid } = await readToShow(app, id)
    const { channel_id } = priced.snapshot.cart
    assertOwnChannel(identity, { channel_id })
    const order = await snapshot(app.db, (tx) => liveOrderOfCart(tx, id))
    if (order) throw refuse('cart_is_completed', { order_id: order.id })
    app.funnel.note(channel_id, 'cart_recovered')
    const token = signToken(app.secret_key, 'cart', id)
    return { status: 200, body: { token, cart: await showCart(app, { priced, paid }, headers) } }
  },
})

export const cart_routes: readonly Route[] = [
  create,
  recover,
  read,
  addLine,
  setLine,
  removeLine,
  update,
  why,
]
