// kill -9 of web servers at every step of a checkout: by cart, in one call, with a bank that asks
// first, and in the window of Razorpay, whose money the worker takes and is killed over as well.
// No webhook arrives here: what an answer was lost about is found out by asking.
import { test } from 'node:test'
import { assertBooks } from './books.ts'
import { given } from './kill-point.ts'
import { buyAtOnce, buyCart, buyInWindow, buyWithChallenge } from './shoppers.ts'
import { at, openStage, type Place, underLoad } from './stage.ts'

const intent = 'insert into payment_attempt'
const outcome = 'update payment_attempt set state'

const buying = (who: string, request: string, state: string): Place[] => [
  at(`${who}: everything locked, intent not committed`, 'before commit', intent),
  at(`${who}: intent committed, provider not called`, 'after commit', intent),
  at(`${who}: provider called, answer not read`, 'after request', request),
  at(`${who}: answer read, outcome not committed`, 'before commit', outcome, given(state)),
  at(`${who}: outcome committed, buyer not told`, 'after commit', outcome, given(state)),
]
const going_on = (who: string, request: string, state: string): Place[] => [
  at(`${who}: back from the bank, provider not asked`, 'before request', request),
  at(`${who}: back from the bank, answer not read`, 'after request', request),
  at(`${who}: back from the bank, outcome not committed`, 'before commit', outcome, given(state)),
  at(`${who}: back from the bank, buyer not told`, 'after commit', outcome, given(state)),
]
const taking: readonly Place[] = [
  at('capture: asked for, provider not called', 'before request', '/capture'),
  at('capture: provider called, answer not read', 'after request', '/capture'),
  at('capture: answer read, outcome not committed', 'before commit', 'update capture set state'),
  at('capture: outcome committed, effect not done', 'after commit', 'update capture set state'),
]

const stage = await openStage({})
const { stripe, razorpay } = stage.world.simulators
for (const { faults } of [stripe, razorpay]) faults.webhook_drop = Number.POSITIVE_INFINITY

test('kill -9 at every step of a checkout: one order, one charge', async (t) => {
  const carts = stage.front
  const [one_call, challenges, windows, back] = await Promise.all(
    Array.from({ length: 4 }, () => stage.openDoor('store')),
  )
  const first = await stage.warmUp(() => buyCart(carts.world))
  const bought = await Promise.all([
    [first],
    underLoad(
      () => buyCart(carts.world),
      2,
      () => carts.killAt(buying('cart', 'POST /v1/payment_intents', 'captured')),
    ),
    underLoad(
      () => buyAtOnce(one_call!.world),
      2,
      () => one_call!.killAt(buying('one call', 'POST /v1/payment_intents', 'captured')),
    ),
    // One buyer, so that whatever asks for a payment is that one going on.
    underLoad(
      () => buyWithChallenge(challenges!.world, { comes_back: true }),
      1,
      () => challenges!.killAt(going_on('Stripe', 'GET /v1/payment_intents/', 'captured')),
    ),
    underLoad(
      () => buyInWindow(windows!.world, back!.world),
      2,
      () =>
        Promise.all([
          windows!.killAt(buying('Razorpay', 'POST /v1/orders', 'requires_action')),
          back!.killAt(going_on('Razorpay', 'GET /v1/payments/', 'authorized')),
          stage.worker.killAt(taking),
        ]),
    ),
  ])
  t.diagnostic(stage.toll())
  await stage.rest()
  const done = ['invoice', 'label', 'message_confirmation', 'message_receipt', 'pick_task']
  const sold = { state: 'placed', charges: 1, captured: 'all', refunded: 0n, done } as const
  await assertBooks(stage, new Map(bought.flat().map((id) => [id, sold])))
})
