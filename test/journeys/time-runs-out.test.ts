// Holds run out: a payment is ended only where the buyer has no more time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sweep } from '#src/checkout/sweep.ts'
import { openClock } from '#test/movable-clock.ts'
import { admin, ask, assertPromises, complete, fillCart, openWorld } from '#test/world.ts'
import { goOn, intentOf, type Json, orderOf, untilOrder } from './steps.ts'

const clock = openClock()
const world = await openWorld({ clock, worker: false })
const { stripe } = world.simulators
const card = 'pm_card_authenticationRequired'

test('an edit of less can be taken back for a quarter of an hour; then the money goes back, once', async () => {
  const placed = async () => {
    const done = await complete(world, await fillCart(world, [['MUG-BLUE', 3]]))
    assert.equal(done.status, 201, JSON.stringify(done.body))
    return orderOf(world, done.body.order.id)
  }
  const edit = async (id: string, quantity: number) => {
    const { version, lines } = await orderOf(world, id)
    const body = { version, lines: [{ line_id: lines[0].id, quantity }] }
    const done = await admin(world, 'POST', `/admin/orders/${id}/edits`, body)
    assert.equal(done.status, 200, JSON.stringify(done.body))
    return done.body
  }
  const round = async () => {
    const { desk, shipping_desk } = world.app
    await sweep(desk, shipping_desk, (_part, error) => assert.ifError(error))
  }
  const [taken_back, left] = [await placed(), await placed()]
  const less = await edit(taken_back.id, 1)
  const left_ms = new Date(less.money.refund_due_at).getTime() - clock().getTime()
  assert(left_ms > 14 * 60_000 && left_ms <= 15 * 60_000, `${left_ms}`)
  const price = less.money.to_refund / 2
  await edit(left.id, 2)
  await clock.advance(10 * 60_000)
  await round()
  const back = await edit(taken_back.id, 3)
  assert.deepEqual([back.money.to_refund, back.money.refund_due_at], [0, null])
  assert.equal((await orderOf(world, left.id)).refunds.length, 0)
  await clock.advance(6 * 60_000)
  await round()
  await round()
  assert.deepEqual((await orderOf(world, taken_back.id)).refunds, [])
  const { refunds, money } = await orderOf(world, left.id)
  assert.deepEqual(
    refunds.map(({ amount }: Json) => amount),
    [price],
  )
  assert.equal(money.refund_due_at, null)
  const { body: timeline } = await admin(world, 'GET', `/admin/orders/${left.id}/timeline`)
  const settled = timeline.items.find(({ kind }: Json) => kind === 'order.settled')
  assert.deepEqual([settled.actor, settled.detail.amount], ['system', price])
  await world.startWorker()
  await untilOrder(world, left.id, 'the refund', (o) => o.refunds[0].state === 'succeeded')
  await world.stopWorker()
  await assertPromises(world)
})

test('whoever is given more time, while others of the same round are ended, is not disturbed', async () => {
  const [ends, stays] = [await fillCart(world), await fillCart(world)]
  const ended = await complete(world, ends, { card })
  const started = await complete(world, stays, { card })
  assert.deepEqual([ended.status, started.status], [202, 202])
  await clock.advance(16 * 60_000)
  const { desk, shipping_desk } = world.app
  const inner = desk.payments.get('stripe')!
  const asked: string[] = []
  // While the first payment is ended, which takes its time, the second buyer asks for more.
  const slow = {
    ...inner,
    cancel: async (at: Parameters<typeof inner.cancel>[0]) => {
      asked.push(at.attempt)
      const path = `/store/orders/${started.body.order.id}/hold`
      const held = await ask(world, 'POST', path, { order_token: started.body.token })
      assert.equal(held.status, 200, JSON.stringify(held.body))
      return inner.cancel(at)
    },
  }
  const payments = new Map(desk.payments).set('stripe', slow)
  await sweep({ ...desk, payments }, shipping_desk, (_part, error) => assert.ifError(error))
  assert.deepEqual(asked, [ended.body.payment.id])
  assert.equal((await orderOf(world, ended.body.order.id)).state, 'canceled')
  stripe.answerChallenge(intentOf(started.body), true)
  const placed = await goOn(world, started.body)
  assert.equal(placed.status, 201, JSON.stringify(placed.body))
  await assertPromises(world)
})

test('an order that fails as it is ended keeps no other from its end', async () => {
  const { desk, shipping_desk } = world.app
  const odd = (await complete(world, await fillCart(world), { card })).body.order.id
  const declined = await complete(world, await fillCart(world), { card: 'pm_card_chargeDeclined' })
  await clock.advance(70 * 60_000)
  const provider = desk.payments.get('stripe')!
  const cancel = () => Promise.reject(new Error('an odd answer'))
  const payments = new Map([...desk.payments, ['stripe', { ...provider, cancel }] as const])
  const troubles: string[] = []
  await sweep({ ...desk, payments }, shipping_desk, (part, error) =>
    troubles.push(`${part}: ${String(error)}`),
  )
  assert(troubles.includes('expired holds: Error: an odd answer'), troubles.join())
  assert.equal((await orderOf(world, declined.body.order_id)).state, 'canceled')
  assert.equal((await orderOf(world, odd)).state, 'pending')
  await clock.advance(60_000)
  await sweep(desk, shipping_desk, (_part, error) => assert.ifError(error))
  assert.equal((await orderOf(world, odd)).state, 'canceled')
})

test('an order whose provider is gone keeps no other from its end, and a person is told', async () => {
  const { desk, shipping_desk } = world.app
  const round = async (payments: typeof desk.payments) => {
    const troubles: unknown[] = []
    await sweep({ ...desk, payments }, shipping_desk, (_part, error) => troubles.push(error))
    assert.deepEqual(troubles, [])
  }
  const unclear = async () => {
    const { body } = await admin(world, 'GET', '/admin/exceptions')
    const found = body.items.filter(({ kind }: Json) => kind === 'payment_unclear')
    return found.map(({ order_id, message }: Json) => [order_id, message])
  }
  const waits = (await complete(world, await fillCart(world), { card })).body.order.id
  const declined = await complete(world, await fillCart(world), { card: 'pm_card_chargeDeclined' })
  assert.equal(declined.status, 402, JSON.stringify(declined.body))
  await clock.advance(70 * 60_000)
  const none: typeof desk.payments = new Map()
  await round(none)
  assert.equal((await orderOf(world, declined.body.order_id)).state, 'canceled')
  const still = await orderOf(world, waits)
  assert.deepEqual([still.state, still.payments[0].state], ['pending', 'requires_action'])
  assert.deepEqual(await unclear(), [
    [waits, 'No worker that runs has the provider stripe: nobody asks about this payment.'],
  ])
  await clock.advance(60_000)
  await round(desk.payments)
  assert.equal((await orderOf(world, waits)).state, 'canceled')
  assert.deepEqual(await unclear(), [])
  await assertPromises(world)
})
