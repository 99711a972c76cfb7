// The bank wants to know whether it is really the card's owner.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertPromises, complete, fillCart, openWorld } from '#test/world.ts'
import { goOn, intentOf, levelOf, orderOf, timelineOf, untilOrder } from './steps.ts'

const world = await openWorld()
const { stripe } = world.simulators
const card = 'pm_card_authenticationRequired'

test('the buyer approves at the bank, and the order is placed', async () => {
  const cart = await fillCart(world, [['MUG-BLUE', 1]])
  const started = await complete(world, cart, { card })
  assert.equal(started.status, 202, JSON.stringify(started.body))
  const { order, payment } = started.body
  assert.deepEqual([order.state, order.number], ['pending', null])
  assert.equal(payment.state, 'requires_action')
  assert.match(payment.client_data.redirect_url, /\/_3ds\/pi_/)
  assert.equal((await levelOf(world, 'MUG-BLUE')).held, 1)

  const too_early = await goOn(world, started.body)
  assert.equal(too_early.status, 202)
  assert.equal(too_early.body.payment.state, 'requires_action')

  stripe.faults.webhook_drop = 100
  stripe.answerChallenge(intentOf(started.body), true)
  const placed = await goOn(world, started.body)
  stripe.faults.webhook_drop = 0
  assert.equal(placed.status, 201, JSON.stringify(placed.body))
  assert.equal(placed.body.order.id, order.id)
  assert.match(placed.body.order.number, /^DE\d\d-\d{6}$/)
  const again = await goOn(world, started.body)
  assert.deepEqual([again.status, again.body.order.number], [201, placed.body.order.number])
  const { payments } = await orderOf(world, order.id)
  assert.deepEqual(
    payments.map((one: { state: string }) => one.state),
    ['captured'],
  )
})

test('a failed challenge keeps the goods, and another card pays the same order', async () => {
  const cart = await fillCart(world, [['LAMP-DESK', 2]])
  const started = await complete(world, cart, { card })
  assert.equal(started.status, 202)
  stripe.answerChallenge(intentOf(started.body), false)
  const failed = await goOn(world, started.body)
  assert.equal(failed.status, 402, JSON.stringify(failed.body))
  assert.equal(failed.body.code, 'payment_declined')
  assert.equal(failed.body.reason, 'authentication_failed')
  assert.equal(failed.body.order_id, started.body.order.id)
  assert(new Date(failed.body.hold_expires_at) > new Date())
  assert.equal((await levelOf(world, 'LAMP-DESK')).held, 2)

  const placed = await complete(world, cart, { card: 'pm_card_mastercard' })
  assert.equal(placed.status, 201, JSON.stringify(placed.body))
  assert.equal(placed.body.order.id, started.body.order.id)
  const { payments } = await orderOf(world, placed.body.order.id)
  assert.deepEqual(
    payments.map((one: { state: string }) => one.state),
    ['declined', 'captured'],
  )
  const kinds = await timelineOf(world, placed.body.order.id)
  for (const kind of ['order.created', 'payment.requires_action', 'payment.declined']) {
    assert(kinds.includes(kind), kind)
  }
  assert(kinds.indexOf('payment.declined') < kinds.indexOf('order.placed'))
})

test('the token of another order opens no payment', async () => {
  const [mine, other] = [await fillCart(world), await fillCart(world)]
  const started = await complete(world, mine, { card })
  const strangers = await complete(world, other)
  assert.deepEqual([started.status, strangers.status], [202, 201])
  const refused = await goOn(world, { payment: started.body.payment, token: strangers.body.token })
  assert.deepEqual([refused.status, refused.body.code], [403, 'token_wrong'])
  stripe.answerChallenge(intentOf(started.body), true)
  assert.equal((await goOn(world, started.body)).status, 201)
  await untilOrder(world, started.body.order.id, 'a label', (o) => o.shipments[0]?.label_id)
  await assertPromises(world)
})

test('the bank sends the buyer back to the page of the order', async () => {
  const started = await complete(world, await fillCart(world), { card })
  const { redirect_url } = started.body.payment.client_data
  const body = new URLSearchParams({ outcome: 'approve' })
  const answer = await fetch(redirect_url, { method: 'POST', body, redirect: 'manual' })
  assert.equal(answer.status, 303)
  const page = await fetch(answer.headers.get('location')!)
  assert.equal(page.status, 200)
  assert.match(page.headers.get('content-type') ?? '', /^text\/html/)
  // The webhook places the order, whether the buyer's browser comes back or not.
  await untilOrder(world, started.body.order.id, 'the order', (o) => o.state === 'placed')
  await assertPromises(world)
})
