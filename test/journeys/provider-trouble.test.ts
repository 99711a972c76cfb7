// A provider is down, silent, or slow to tell: nothing is lost and nothing is charged twice.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sweep } from '#src/checkout/sweep.ts'
import { snapshot, transaction } from '#src/db/transaction.ts'
import type { Report } from '#src/payments/steps.ts'
import { readExceptions } from '#test/books.sql.ts'
import { calm } from '#test/races/crowd.ts'
import { assertPromises, complete, fillCart, freshKey, openWorld } from '#test/world.ts'
import { goOn, intentOf, type Json, levelOf, orderOf, untilOrder } from './steps.ts'

const world = await openWorld()
const { stripe, easypost } = world.simulators
const charges = (): number =>
  [...stripe.account.charges.values()].filter(({ paid }: Json) => paid).length

test('the answer is lost after the charge: accepted, and the lookup heals it', async () => {
  const before = charges()
  const cart = await fillCart(world)
  stripe.faults.webhook_drop = 1_000
  stripe.faults.only = 'POST /v1/payment_intents'
  stripe.faults.lose_answers = 1
  const idempotency_key = freshKey()
  const taken = await complete(world, cart, { idempotency_key })
  assert.equal(taken.status, 202, JSON.stringify(taken.body))
  assert.equal(taken.body.payment.state, 'unknown')
  assert.equal(taken.body.order.state, 'pending')
  const second = await complete(world, cart)
  assert.deepEqual([second.status, second.body.code], [409, 'payment_in_progress'])
  await untilOrder(world, taken.body.order.id, 'the lookup', (order) => order.state === 'placed')
  const replay = await complete(world, cart, { idempotency_key })
  assert.deepEqual([replay.status, replay.body.order.id], [201, taken.body.order.id])
  assert.equal(charges(), before + 1)
  stripe.faults.webhook_drop = 0
})

test('the provider is down: the attempt ends unpaid by itself, and is paid once it is back', async () => {
  const before = charges()
  const cart = await fillCart(world, [['LAMP-DESK', 1]])
  stripe.faults.only = '/v1/payment_intents'
  stripe.faults.refuse = 1_000
  const refused = await complete(world, cart)
  stripe.faults.refuse = 0
  assert([202, 402].includes(refused.status), JSON.stringify(refused.body))
  const order_id = refused.body.order?.id ?? refused.body.order_id
  await untilOrder(world, order_id, 'the end of the attempt', (order) =>
    ['canceled', 'declined'].includes(order.payments[0].state),
  )
  assert.equal((await levelOf(world, 'LAMP-DESK')).held, 1)
  const paid = await complete(world, cart)
  assert.equal(paid.status, 201, JSON.stringify(paid.body))
  assert.equal(paid.body.order.id, order_id)
  assert.equal(charges(), before + 1)
})

test('a payment of which nobody can tell stands in the inbox, and no longer than that', async () => {
  await world.stopWorker()
  const { desk, shipping_desk } = world.app
  const unclear = async () =>
    (await snapshot(world.db, readExceptions)).filter(({ kind }) => kind === 'payment_unclear')
  /** Those that wait are looked up; `after` comes between the answer and what is made of it. */
  const lookUp = async (after: () => Promise<unknown> = async () => {}): Promise<void> => {
    await transaction(
      world.db,
      (tx) => tx.run`
        update payment_attempt set lookup_due_at = now() where state = 'requires_action'`,
    )
    const record = async (report: Report) => {
      const standing = await desk.record(report)
      if (report.source === 'lookup') await after()
      return standing
    }
    const delayed = { ...desk, record: Object.assign(record, { idle: desk.record.idle }) }
    await sweep(delayed, shipping_desk, (_part, error) => assert.fail(String(error)))
  }
  const lookUpInVain = async (last: () => Promise<unknown> = async () => {}): Promise<void> => {
    Object.assign(stripe.faults, { only: 'GET /v1/payment_intents', refuse: 1_000 })
    for (let times = 0; times < 5; times++) await lookUp()
    assert.deepEqual(await unclear(), [], 'a few answers may be missing')
    await lookUp(last)
    Object.assign(stripe.faults, { only: '', refuse: 0 })
  }
  const start = async () =>
    (await complete(world, await fillCart(world), { card: 'pm_card_authenticationRequired' })).body
  const approve = async (started: Json) => {
    Object.assign(stripe.faults, { only: '', refuse: 0 })
    stripe.answerChallenge(intentOf(started), true)
    await untilOrder(world, started.order.id, 'the webhook', (o) => o.state === 'placed')
  }
  const told_late = await start()
  for (let times = 0; times < 9; times++) await lookUp()
  await lookUpInVain()
  assert.equal((await unclear()).length, 1)
  await lookUp()
  assert.deepEqual(await unclear(), [], 'that it waits for its buyer is an answer')
  await lookUpInVain()
  assert.equal((await unclear()).length, 1)
  await approve(told_late)
  assert.deepEqual(await unclear(), [])
  const told_meanwhile = await start()
  await lookUpInVain(() => approve(told_meanwhile))
  assert.deepEqual(await unclear(), [])
  await world.startWorker()
})

test('a payment that nobody tells of for two minutes stands in the inbox, however often it was asked', async () => {
  await world.stopWorker()
  const { desk, shipping_desk } = world.app
  Object.assign(stripe.faults, {
    only: '/v1/payment_intents',
    lose_answers: 1,
    webhook_drop: 1_000,
  })
  const cart = await fillCart(world)
  const { body } = await complete(world, cart)
  assert.equal(body.payment.state, 'unknown', JSON.stringify(body))
  Object.assign(stripe.faults, { only: 'GET /v1/payment_intents', lose_answers: 0, refuse: 1_000 })
  const later = (ms: number) => ({ ...desk, clock: () => new Date(Date.now() + ms) })
  const round = (ms: number) =>
    sweep(later(ms), shipping_desk, (_part, error) => assert.fail(String(error)))
  const unclear = async () =>
    (await snapshot(world.db, readExceptions)).filter(({ kind }) => kind === 'payment_unclear')
  await round(60_000)
  assert.deepEqual(await unclear(), [], 'one answer may be missing')
  await round(130_000)
  assert.equal((await unclear()).length, 1)
  Object.assign(stripe.faults, { only: '', refuse: 0, webhook_drop: 0 })
  await round(200_000)
  assert.deepEqual(await unclear(), [])
  await world.startWorker()
  await untilOrder(world, body.order.id, 'the lookup', (order) => order.state === 'placed')
})

test('the bank tells by webhook before the browser comes back', async () => {
  const cart = await fillCart(world)
  const started = await complete(world, cart, { card: 'pm_card_authenticationRequired' })
  stripe.answerChallenge(intentOf(started.body), true)
  await untilOrder(world, started.body.order.id, 'the webhook', (o) => o.state === 'placed')
  const late = await goOn(world, started.body)
  assert.deepEqual([late.status, late.body.order.state], [201, 'placed'])
  assert.equal((await orderOf(world, late.body.order.id)).payments.length, 1)
})

test('webhooks twice, late and in another order change nothing', async () => {
  Object.assign(stripe.faults, { webhook_copies: 3, webhook_reorder: 2 })
  const cart = await fillCart(world, [['TEA-EARL-GREY', 1]])
  const done = await complete(world, cart)
  assert.equal(done.status, 201)
  Object.assign(stripe.faults, { webhook_copies: 1, webhook_reorder: 0 })
  const settled = await untilOrder(world, done.body.order.id, 'an invoice', (order) => {
    return order.invoices.length === 1
  })
  assert.deepEqual(settled.payments[0].captured, settled.total)
})

test('the answer to the buy of a label is lost: there is one label', async () => {
  // The labels of the orders before this one are bought, so that the lost answer is this one's.
  await calm(world)
  const paid = easypost.labelsPaid()
  Object.assign(easypost.faults, { only: '/buy', lose_answers: 1 })
  const done = await complete(world, await fillCart(world))
  await untilOrder(world, done.body.order.id, 'a label', (o) => o.shipments[0]?.label_id)
  await calm(world)
  assert.equal(easypost.faults.lose_answers, 0)
  assert.equal(easypost.labelsPaid(), paid + 1)
  const { rows } = await world.db.query<{ labels: number }>(`
    select count(label.id)::int as labels
    from shipment left join label on shipment_id = shipment.id and label.state = 'bought'
    group by shipment.id`)
  assert.equal(rows.length, easypost.labelsPaid())
  assert(rows.every(({ labels }) => labels === 1))
  await assertPromises(world)
})
