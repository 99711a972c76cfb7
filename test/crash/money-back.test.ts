// kill -9 where an order is taken back: web servers while staff cancel and refund, workers over
// what follows from it, and over money that is taken when the parcel leaves.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { transaction } from '#src/db/transaction.ts'
import { changeChannel } from '#src/shop/edit-shop.ts'
import { assertBooks, type End } from './books.ts'
import { pressButton, untilSeen } from './desk.ts'
import { given } from './kill-point.ts'
import { buyCart, startWithChallenge } from './shoppers.ts'
import { at, openStage, type Place, underLoad } from './stage.ts'

const moved = 'update payment_attempt set state'
const goodwill = 'for the scratch'

const at_the_desk: readonly Place[] = [
  at('cancel: not committed', 'before commit', 'insert into order_change'),
  at('cancel: committed, staff not told', 'after commit', 'insert into order_change'),
  at('cancel: payment ended, answer not read', 'after request', 'POST', '/cancel'),
  at('cancel: payment ended, not committed', 'before commit', moved, given('canceled')),
  at('cancel: payment ended, order not canceled', 'after commit', moved, given('canceled')),
  at('refund: not committed', 'before commit', 'insert into refund (', given(goodwill)),
  at('refund: committed, staff not told', 'after commit', 'insert into refund (', given(goodwill)),
]
const work: readonly Place[] = [
  at('refund: intent committed, provider not called', 'before request', 'POST /v1/refunds'),
  at('refund: provider called, answer not read', 'after request', 'POST /v1/refunds'),
  at('refund: answer read, outcome not committed', 'before commit', 'update refund set state'),
  at('refund: outcome committed, effect not done', 'after commit', 'update refund set state'),
  at('credit note: not committed', 'before commit', 'insert into invoice (', given('credit_note')),
  at(
    'credit note: committed, effect not done',
    'after commit',
    'insert into invoice (',
    given('credit_note'),
  ),
  at('void: intent committed, provider not called', 'before request', 'POST /v1/', '/cancel'),
  at('void: provider called, answer not read', 'after request', 'POST /v1/', '/cancel'),
  at('void: answer read, outcome not committed', 'before commit', moved, given('canceled')),
  at('void: outcome committed, effect not done', 'after commit', moved, given('canceled')),
  at('shipped: capture asked for, provider not called', 'before request', '/capture'),
  at('shipped: captured, answer not read', 'after request', '/capture'),
  at('shipped: captured, not committed', 'before commit', 'update capture set state'),
  at('shipped: captured, effect not done', 'after commit', 'update capture set state'),
  at('void of a label: not asked for', 'before request', 'POST /v2/', '/refund'),
  at('void of a label: answer not read', 'after request', 'POST /v2/', '/refund'),
]

const stage = await openStage({})
const { world, front } = stage
const { stripe, easypost } = world.simulators
// Nobody but the worker tells how its own calls have ended.
stripe.faults.webhook_drop = Number.POSITIVE_INFINITY

/** The web shop takes money at shipment, the counter at once. */
async function setUpChannels(): Promise<void> {
  const providers = new Set(world.app.payments.keys())
  const editing = { actor: 'test', now: new Date() }
  await transaction(world.db, async (tx) => {
    const later = { capture: 'later' } as const
    await changeChannel(tx, world.frame.web, { patch: later, providers }, editing)
    const cards = { payment_providers: ['stripe'] }
    await changeChannel(tx, world.frame.counter, { patch: cards, providers }, editing)
  })
}

test('kill -9 while money goes back: once per cause', async (t) => {
  await setUpChannels()
  const desk = await stage.openDoor('staff')
  await desk.start()
  const ends = new Map<string, End>()

  const canceledBeforeItLeaves = async (): Promise<void> => {
    const id = await buyCart(front.world)
    await untilSeen(world, id, 'tracking_code')
    await pressButton(desk.world, id, 'cancel', {})
    const done = ['message_confirmation', 'message_canceled', 'pick_task']
    ends.set(id, { state: 'canceled', charges: 0, captured: 'nothing', refunded: 0n, done })
  }
  const paidAtShipment = async (): Promise<void> => {
    const id = await buyCart(front.world)
    const { tracking_code } = await untilSeen(world, id, 'tracking_code')
    easypost.advance(tracking_code!, 'in_transit')
    await untilSeen(world, id, 'captured')
    await pressButton(desk.world, id, 'refunds', { amount: 100, reason: goodwill })
    const messages = ['confirmation', 'shipped', 'receipt', 'refunded']
    const done = ['invoice', 'label', 'pick_task', 'credit_note']
    ends.set(id, {
      state: 'placed',
      charges: 1,
      captured: 'all',
      refunded: 100n,
      done: [...done, ...messages.map((one) => `message_${one}`)],
    })
  }
  const paidAndCanceled = async (): Promise<void> => {
    const id = await buyCart(front.world, 'counter')
    // Its label may be bought at this moment.
    await untilSeen(world, id, 'is_planned')
    await untilSeen(world, id, 'is_invoiced')
    await pressButton(desk.world, id, 'cancel', {})
    const messages = ['confirmation', 'receipt', 'canceled', 'refunded']
    const done = ['invoice', 'pick_task', 'credit_note', ...messages.map((one) => `message_${one}`)]
    ends.set(id, { state: 'canceled', charges: 1, captured: 'all', refunded: 'all', done })
  }
  const canceledUnpaid = async (): Promise<void> => {
    const { order_id: id } = await startWithChallenge(front.world)
    await pressButton(desk.world, id, 'cancel', {})
    ends.set(id, { state: 'canceled', charges: 0, captured: 'nothing', refunded: 0n, done: [] })
  }
  const stories = [canceledBeforeItLeaves, paidAtShipment, paidAndCanceled, canceledUnpaid]
  await stage.warmUp(paidAndCanceled)
  await desk.keepCompiled()
  let turn = 0
  await underLoad(
    () => stories[turn++ % stories.length]!(),
    4,
    () => Promise.all([desk.killAt(at_the_desk), stage.worker.killAt(work)]),
  )
  t.diagnostic(stage.toll())
  await stage.rest()
  await assertBooks(stage, ends)
  const ended = (state: string): number =>
    [...stripe.account.intents.values()].filter(({ status }) => status === state).length
  const unpaid = [...ends.values()].filter(({ charges }) => charges === 0).length
  assert.deepEqual([ended('canceled'), ended('succeeded')], [unpaid, ends.size - unpaid])
  assert.equal([...stripe.account.refunds.values()].length, ended('succeeded'))
})
