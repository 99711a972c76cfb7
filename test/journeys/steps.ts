// What several journeys do and look at, by HTTP alone.
import assert from 'node:assert/strict'
import {
  type Answer,
  admin,
  ask,
  type Channel,
  complete,
  fillCart,
  until,
  type World,
} from '#test/world.ts'

/** Answers are read by tests, which assert what they need. */
// biome-ignore lint/suspicious/noExplicitAny: a test reads JSON whose shape it then asserts
export type Json = any

/** One order as staff see it. */
export async function orderOf(world: World, id: string): Promise<Json> {
  const { status, body } = await admin(world, 'GET', `/admin/orders/${id}`)
  assert.equal(status, 200, JSON.stringify(body))
  return body
}

/** Waits until staff see the order as `holds` wants it. */
export const untilOrder = (
  world: World,
  id: string,
  what: string,
  holds: (order: Json) => boolean,
): Promise<Json> =>
  until(what, async () => {
    const order = await orderOf(world, id)
    return holds(order) && order
  })

/** Waits until exactly these messages were made for an order. */
export const untilMessages = (world: World, id: string, kinds: readonly string[]): Promise<Json> =>
  until(`messages ${kinds}`, async () => {
    const { body } = await admin(world, 'GET', `/admin/messages?order_id=${id}`)
    const found = body.items.map(({ kind }: Json) => kind).sort()
    return found.join() === [...kinds].sort().join() && body.items
  })

/** Waits for an open exception about an order. */
export const untilException = (world: World, order_id: string, kind: string): Promise<Json> =>
  until(`exception ${kind}`, async () => {
    const { body } = await admin(world, 'GET', '/admin/exceptions')
    return body.items.find((one: Json) => one.order_id === order_id && one.kind === kind)
  })

/** The level of a SKU at a location, by its code. */
export async function levelOf(world: World, sku: string, location = 'berlin'): Promise<Json> {
  const { body } = await admin(world, 'GET', `/admin/stock?sku=${sku}`)
  return body.items.find((level: Json) => level.location === location)
}

export const timelineOf = async (world: World, id: string): Promise<string[]> => {
  const { body } = await admin(world, 'GET', `/admin/orders/${id}/timeline`)
  return body.items.map(({ kind }: Json) => kind)
}

/** What a shopper's page does after the bank, with the answer of the provider's script. */
export const goOn = (
  world: World,
  { payment, token }: { readonly payment: { readonly id: string }; readonly token: string },
  answer: object = {},
  channel: Channel = 'web',
): Promise<Answer> =>
  ask(world, 'POST', `/store/payments/${payment.id}/continue`, {
    key: world.keys.keys[channel],
    order_token: token,
    body: { answer },
  })

/** Placed with money that is only reserved: the worker asks for it, when there is one. */
export async function placeReserved(world: World, sku: string, quantity: number): Promise<Json> {
  const cart = await fillCart(world, [[sku, quantity]], { channel: 'india' })
  const indian = { channel: 'india', provider: 'razorpay', card: null } as const
  const { body } = await complete(world, cart, indian)
  const { order_id } = body.payment.client_data
  const answer = await fetch(`${world.simulators.razorpay.url}/_checkout/pay`, {
    method: 'POST',
    body: JSON.stringify({ order_id, method: 'upi', vpa: 'success@razorpay' }),
  })
  const placed = await goOn(world, body, (await answer.json()) as object, 'india')
  assert.equal(placed.status, 201, JSON.stringify(placed.body))
  return placed.body.order
}

/** The id of Stripe's payment in what the browser was given. */
export const intentOf = (started: Json): string =>
  String(started.payment.client_data.client_secret).split('_secret_')[0]!
