// The Buy button: from a cart to an order in one request, and on after the bank has asked.
import Type from 'typebox'
import { applyNewCart } from '#src/carts/new-cart.ts'
import { keepHold } from '#src/checkout/keep-hold.ts'
import type { Answered } from '#src/checkout/place-order.ts'
import { continuePayment, orderCart, payOrder } from '#src/checkout/place-order.ts'
import { snapshot } from '#src/db/transaction.ts'
import type { AttemptId, CartId, OrderId } from '#src/lib/ids.ts'
import { Refusal, refuse } from '#src/lib/refusal.ts'
import { readToken, signToken } from '#src/lib/tokens.ts'
import { readOrderDetail } from '#src/orders/order-views.sql.ts'
import { isOpen } from '#src/payments/payments.ts'
import type { JsonObject } from '#src/ports/payment-provider.ts'
import type { App } from './app.ts'
import { editsOf, NewCartBody } from './cart-edits.ts'
import type { Identity } from './identity.ts'
import { OrderMoney, readMoney } from './order-money.ts'
import { requestKey } from './request-key.ts'
import {
  Closed,
  Id,
  Minor,
  Moment,
  Nullable,
  type Reply,
  type Route,
  route,
  Text,
} from './route.ts'
import { assertCartToken, cartOwner, channelIdOf, newCart } from './store-carts.ts'

export const Payment = Closed({
  provider: Text(40, 1),
  token: Type.Optional(Nullable(Text(200, 1))),
})
export const expected_total = Minor({
  minimum: 0,
  description: 'The total the buyer saw. Another one is answered with 409 and nothing happens.',
})
const note = Type.Optional(
  Nullable(
    Type.String({
      maxLength: 1_000,
      description: 'What the buyer writes to the shop: a gift message, where to leave the parcel.',
    }),
  ),
)
const OrderReply = Closed({
  order: Closed({
    id: Id<OrderId>(),
    number: Nullable(Type.String()),
    state: Type.String(),
    payment_state: Type.String(),
    fulfillment_state: Type.String(),
    currency: Type.String(),
    total: Minor(),
    hold_expires_at: Nullable(Moment()),
  }),
  token: Type.String({ description: 'Opens this order: send it as X-Order-Token.' }),
  page_url: Type.String(),
  payment: Nullable(
    Closed({
      id: Id<AttemptId>(),
      provider: Type.String(),
      state: Type.String(),
      amount: Minor(),
      decline_reason: Nullable(Type.String()),
      client_data: Nullable(
        Type.Unsafe<JsonObject>({
          type: 'object',
          additionalProperties: true,
          description: "For the provider's script in the browser.",
        }),
      ),
    }),
  ),
  money: Nullable(OrderMoney),
})

/** 201 placed, 402 declined, 202 when the buyer or the bank must act first. */
function statusOf({ order, attempt }: Answered): number {
  if (attempt?.purpose === 'difference' && attempt.state !== 'captured') {
    if (attempt.state === 'authorized') return 201
    return isOpen(attempt.state) ? 202 : 402
  }
  if (order.state === 'placed' || order.state === 'closed') return 201
  if (attempt?.state === 'declined' || attempt?.state === 'canceled') return 402
  return 202
}

export const orderToken = (app: App, id: OrderId): string => signToken(app.secret_key, 'order', id)
/** The buyer's page of an order: the bank sends the buyer back there as well. */
export const pageUrl = (app: App, id: OrderId): string =>
  `${app.public_url}/o/${orderToken(app, id)}`

/** How an order stands of which just a difference was paid: its total is that of placement. */
async function readStanding(app: App, { order, attempt }: Answered) {
  if (attempt?.purpose !== 'difference') return null
  return snapshot(app.db, async (tx) => {
    const detail = await readOrderDetail(tx, order.id)
    return (await readMoney(app, tx, detail!)).money
  })
}

export async function answer(
  app: App,
  answered: Answered,
  cart_id: CartId | null = null,
): Promise<Reply> {
  const { order, attempt, client_data } = answered
  const token = orderToken(app, order.id)
  const payment = attempt && {
    id: attempt.id,
    provider: attempt.provider,
    state: attempt.state,
    amount: attempt.amount,
    decline_reason: attempt.decline_reason,
    client_data,
  }
  const status = statusOf(answered)
  if (status !== 402) {
    const money = await readStanding(app, answered)
    return { status, body: { order, token, page_url: pageUrl(app, order.id), payment, money } }
  }
  const of_difference = attempt?.purpose === 'difference'
  if (order.state !== 'pending' && !(of_difference && order.state === 'placed')) {
    throw refuse('order_is_canceled', { order_id: order.id, order_token: token })
  }
  // The hold is kept: the same cart, or the order itself, can be paid in another way.
  const pay_order = `/store/orders/${order.id}/payments`
  throw refuse('payment_declined', {
    reason: attempt!.decline_reason ?? 'abandoned',
    order_id: order.id,
    order_token: token,
    total: of_difference ? attempt.amount : order.total,
    hold_expires_at: order.hold_expires_at,
    next: { ...(cart_id ? { pay_cart: `/store/carts/${cart_id}/complete` } : {}), pay_order },
  })
}

const noteOf = ({ note: written }: { readonly note?: string | null }): string | null =>
  written?.trim() || null

export const replies = { 201: OrderReply, 202: OrderReply }

/** Tries and refusals are counted; what payments come to is read from the events. */
async function counted<T>(app: App, identity: Identity, act: () => Promise<T>): Promise<T> {
  const channel_id = channelIdOf(identity)
  app.funnel.note(channel_id, 'complete_tried')
  try {
    return await act()
  } catch (error) {
    const code = error instanceof Refusal ? error.code : 'internal_error'
    app.funnel.note(channel_id, 'complete_refused', code)
    throw error
  }
}

const complete = route({
  method: 'POST',
  path: '/store/carts/:id/complete',
  who: 'shop',
  summary: 'Order a cart and pay it',
  idempotent: true,
  params: Closed({ id: Id<CartId>() }),
  body: Closed({ expected_total, payment: Payment, note }),
  example: {
    expected_total: 2980,
    payment: { provider: 'stripe', token: 'pm_card_visa' },
    note: 'Happy birthday, Bo!',
  },
  replies,
  handle: async ({ app, identity, params, body, headers, key }) => {
    assertCartToken(app, params.id, headers)
    const path = `/store/carts/${params.id}/complete`
    const answered = await counted(app, identity, () =>
      orderCart(app.desk, params.id, {
        request: requestKey(identity, { route: path, key, body }),
        channel_id: channelIdOf(identity),
        payment: { provider: body.payment.provider, token: body.payment.token ?? null },
        expected_total: body.expected_total,
        returnUrlOf: (order) => pageUrl(app, order),
        origin: 'web',
        buyer_note: noteOf(body),
      }),
    )
    return answer(app, answered, params.id)
  },
})

const order = route({
  method: 'POST',
  path: '/store/orders',
  who: 'shop',
  summary: 'Everything in one call: goods, address, shipping, payment',
  idempotent: true,
  body: Closed({ ...NewCartBody.properties, expected_total, payment: Payment, note }),
  example: {
    email: 'ada@example.com',
    lines: [{ variant_id: '019a0000-0000-7000-8000-000000000001', quantity: 2 }],
    shipping_address: {
      name: 'Ada Muster',
      line1: 'Musterweg 1',
      postal_code: '10115',
      city: 'Berlin',
      country: 'DE',
    },
    shipping_option_id: '019a0000-0000-7000-8000-000000000004',
    expected_total: 2980,
    payment: { provider: 'stripe', token: 'pm_card_visa' },
  },
  replies,
  handle: async (asked) => {
    const { app, body, key } = asked
    const { identity, signed } = await cartOwner(asked)
    const { expected_total: total, payment, note: _, ...input } = body
    const answered = await counted(app, identity, async () => {
      const cart = applyNewCart(
        await newCart(app, identity, { ...signed, ...input }),
        editsOf(input),
      )
      if (cart instanceof Refusal) throw cart
      return orderCart(app.desk, cart, {
        request: requestKey(identity, { route: '/store/orders', key, body }),
        channel_id: channelIdOf(identity),
        payment: { provider: payment.provider, token: payment.token ?? null },
        expected_total: total,
        returnUrlOf: (order) => pageUrl(app, order),
        origin: 'web',
        buyer_note: noteOf(body),
      })
    })
    return answer(app, answered)
  },
})

const keep = route({
  method: 'POST',
  path: '/store/orders/:id/hold',
  who: 'shop',
  summary: 'The buyer is still paying: the goods wait for them longer, an hour in all at most',
  params: Closed({ id: Id<OrderId>() }),
  replies: { 200: Closed({ hold_expires_at: Moment() }) },
  handle: async ({ app, identity, params, headers }) => {
    assertOrderToken(app, params.id, headers['x-order-token'])
    const hold_expires_at = await keepHold(app.desk, params.id, channelIdOf(identity))
    return { status: 200, body: { hold_expires_at } }
  },
})

/** @throws token_missing, token_wrong */
export function assertOrderToken(app: App, id: OrderId, token: string | undefined): void {
  if (!token) throw refuse('token_missing')
  if (readToken(app.secret_key, 'order', token, app.clock()) !== id) throw refuse('token_wrong')
}

const payAgain = route({
  method: 'POST',
  path: '/store/orders/:id/payments',
  who: 'shop',
  summary: 'Pay an order that waits, after a decline',
  idempotent: true,
  params: Closed({ id: Id<OrderId>() }),
  body: Closed({ expected_total, payment: Payment }),
  example: { expected_total: 1490, payment: { provider: 'stripe', token: 'pm_card_visa' } },
  replies,
  handle: async ({ app, identity, params, body, headers, key }) => {
    assertOrderToken(app, params.id, headers['x-order-token'])
    const path = `/store/orders/${params.id}/payments`
    const answered = await payOrder(app.desk, params.id, {
      request: requestKey(identity, { route: path, key, body }),
      channel_id: channelIdOf(identity),
      payment: { provider: body.payment.provider, token: body.payment.token ?? null },
      expected_total: body.expected_total,
      returnUrlOf: (order) => pageUrl(app, order),
      origin: 'web',
    })
    return answer(app, answered)
  },
})

const goOn = route({
  method: 'POST',
  path: '/store/payments/:id/continue',
  who: 'shop',
  summary: 'Go on after 3-D Secure, an approval window or a bank page',
  params: Closed({ id: Id<AttemptId>() }),
  body: Closed({
    answer: Type.Optional(
      Type.Unsafe<JsonObject>({
        type: 'object',
        additionalProperties: true,
        maxProperties: 20,
        description: "What the provider's script handed to the browser.",
      }),
    ),
  }),
  example: { answer: {} },
  replies,
  handle: async ({ app, identity, params, body, headers }) => {
    const token = headers['x-order-token']
    if (!token) throw refuse('token_missing')
    const order_id = readToken<OrderId>(app.secret_key, 'order', token, app.clock())
    const proved = { order_id, channel_id: channelIdOf(identity) }
    const answered = await continuePayment(app.desk, params.id, body.answer ?? {}, proved)
    return answer(app, answered)
  },
})

export const checkout_routes: readonly Route[] = [complete, order, payAgain, goOn, keep]
