// Shoppers whose browsers do not give up: no answer and a server's trouble are asked again.
import assert from 'node:assert/strict'
import { goOn, intentOf, type Json } from '#test/journeys/steps.ts'
import { prepareOrder } from '#test/races/crowd.ts'
import {
  type Answer,
  ask,
  type Channel,
  complete,
  type FilledCart,
  fillCart,
  freshKey,
  type World,
} from '#test/world.ts'
import { patiently } from './stage.ts'

/** The answer of a server that lived long enough. */
export const insist = (act: () => Promise<Answer>): Promise<Answer> =>
  patiently('an answer', async () => {
    const answer = await act().catch(() => null)
    return answer !== null && answer.status < 500 && answer
  })

const fillPatiently = (world: World, channel: Channel = 'web'): Promise<FilledCart> =>
  patiently('a cart', () => fillCart(world, [['MUG', 1]], { channel }).catch(() => null))

/** An order that is there; `waiting` when the buyer must act before it is paid. */
type Pressed = { readonly order_id: string; readonly waiting: Json | null }

/** The Buy button, pressed until the shop knows of an order. */
function press(send: (idempotency_key: string) => Promise<Answer>): Promise<Pressed> {
  let key = freshKey()
  return patiently('an order', async () => {
    const { status, body } = await insist(() => send(key))
    if (status === 201) return { order_id: body.order.id, waiting: null }
    if (status === 202) {
      const { order, payment } = body
      const waits = payment.state === 'requires_action' && payment.client_data !== null
      return waits && { order_id: order.id, waiting: body }
    }
    // An attempt that never reached the provider was given up: the buyer presses Pay again.
    if (status === 402) key = freshKey()
    // After an answer that was lost, the order is there and the cart says so.
    if (body.code === 'cart_is_completed') return { order_id: body.order_id, waiting: null }
    const is_known = ['payment_declined', 'request_in_progress', 'payment_in_progress']
    assert(is_known.includes(body.code), JSON.stringify({ status, body }))
    return null
  })
}

/** With a card that is charged at once. */
export async function buyCart(world: World, channel: Channel = 'web'): Promise<string> {
  const cart = await fillPatiently(world, channel)
  const { order_id, waiting } = await press((idempotency_key) =>
    complete(world, cart, { channel, idempotency_key }),
  )
  assert.equal(waiting, null)
  return order_id
}

/** Everything in one call; after a decline the order itself is paid. */
export async function buyAtOnce(world: World): Promise<string> {
  const buying = { channel: 'web', provider: 'stripe', card: 'pm_card_visa' } as const
  const order = await patiently('a total', () =>
    prepareOrder(world, [['MUG', 1]], buying).catch(() => null),
  )
  let unpaid: Json = null
  const { order_id, waiting } = await press(async (idempotency_key) => {
    const answer = unpaid
      ? await ask(world, 'POST', `/store/orders/${unpaid.order_id}/payments`, {
          idempotency_key,
          order_token: unpaid.order_token,
          body: {
            expected_total: unpaid.total,
            payment: { provider: 'stripe', token: buying.card },
          },
        })
      : await order(world, idempotency_key)
    if (answer.status === 402) unpaid = answer.body
    return answer
  })
  assert.equal(waiting, null)
  return order_id
}

/** Asks how it stands until the order is placed. */
async function goOnUntilPlaced(
  world: World,
  waiting: Json,
  answer: object,
  channel: Channel,
): Promise<void> {
  await patiently('the payment', async () => {
    const { status, body } = await insist(() => goOn(world, waiting, answer, channel))
    assert([201, 202].includes(status), JSON.stringify({ status, body }))
    return status === 201
  })
}

/** The bank asks whether it is really the card's owner. */
export async function startWithChallenge(world: World): Promise<Pressed> {
  const cart = await fillPatiently(world)
  const card = 'pm_card_authenticationRequired'
  return press((idempotency_key) => complete(world, cart, { card, idempotency_key }))
}

/** Who does not come back has closed the page: only the provider can tell that they have paid. */
export async function buyWithChallenge(
  world: World,
  { comes_back }: { readonly comes_back: boolean },
): Promise<string> {
  const { order_id, waiting } = await startWithChallenge(world)
  world.simulators.stripe.answerChallenge(intentOf(waiting), true)
  if (comes_back) await goOnUntilPlaced(world, waiting, {}, 'web')
  return order_id
}

/** In the window of Razorpay; `back` is where the buyer's browser goes on, if it does. */
export async function buyInWindow(world: World, back: World | null): Promise<string> {
  const cart = await fillPatiently(world, 'india')
  const paying = { channel: 'india', provider: 'razorpay', card: null } as const
  const { order_id, waiting } = await press((idempotency_key) =>
    complete(world, cart, { ...paying, idempotency_key }),
  )
  const paid = await fetch(`${world.simulators.razorpay.url}/_checkout/pay`, {
    method: 'POST',
    body: JSON.stringify({
      order_id: waiting.payment.client_data.order_id,
      method: 'upi',
      vpa: 'success@razorpay',
      outcome: 'success',
    }),
  })
  const signed = (await paid.json()) as object
  if (back) await goOnUntilPlaced(back, waiting, signed, 'india')
  return order_id
}
