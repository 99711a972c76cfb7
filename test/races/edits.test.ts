// Staff edit orders while others edit, pay, cancel, ship and are shipped to: what the buyer owes,
// what the bank has taken and what the shelves hold agree in the end, to the minor unit.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Json, orderOf, untilOrder } from '#test/journeys/steps.ts'
import {
  type Answer,
  admin,
  ask,
  complete,
  fillCart,
  german_address,
  openWorld,
  type World,
} from '#test/world.ts'
import { assertBothWon, diceOf } from './amid.ts'
import {
  assertOnly,
  assertWell,
  calm,
  contested,
  crowd,
  in_a_crowd,
  openTwin,
  ordersOf,
  stockOf,
  stripeBooks,
  tally,
} from './crowd.ts'
import { assertMoney } from './money.ts'

const price = 1_000
const skus = ['edit', 'goodwill', 'now', 'later', 'add', 'offer']
const goods = skus.map((sku) => ({ sku, price: '10.00', stock: 1_000 }))
const world = await openWorld({ goods, timings: in_a_crowd })
const twin = await openTwin(world)
const serverOf = (i: number): World => (i % 2 === 0 ? world : twin)
const { easypost } = world.simulators

type Placed = Json & { readonly id: string; readonly token: string }

async function place(i: number, sku: string, quantity: number): Promise<Placed> {
  const done = await complete(serverOf(i), await fillCart(world, [[sku, quantity]]))
  assert.equal(done.status, 201, JSON.stringify(done.body))
  return { ...(await orderOf(world, done.body.order.id)), token: done.body.token }
}
const edit = (i: number, { id, version }: Json, body: object): Promise<Answer> =>
  admin(serverOf(i), 'POST', `/admin/orders/${id}/edits`, { version, settle: 'now', ...body })
const quantityOf = ({ lines: [line] }: Json, quantity: number) => ({
  lines: [{ line_id: line.id, quantity }],
})
const cancel = (i: number, { id }: Json) =>
  admin(serverOf(i), 'POST', `/admin/orders/${id}/cancel`, { reason: 'changed my mind' })

/** The bank keeps what the order has come to; Onhand's books say the same. */
async function assertPaid(orders: readonly string[]): Promise<void> {
  for (const { id, captured, refunded } of await ordersOf(world, orders)) {
    const { due } = (await orderOf(world, id)).money
    const books = stripeBooks(world, id)
    assertMoney(world, id, books.captured - books.refunded, BigInt(due))
    assertMoney(world, id, captured - refunded, books.captured - books.refunded)
  }
}
const setCapture = async (capture: 'now' | 'later'): Promise<void> => {
  const changed = await admin(world, 'PATCH', `/admin/channels/${world.frame.web}`, { capture })
  assert.equal(changed.status, 200, JSON.stringify(changed.body))
}

test('two of the staff edit one order as both have seen it: one edit counts, one is told', async () => {
  const orders = await crowd(contested, (i) => place(i, 'edit', 3))
  await crowd(contested, async (i) => {
    const answers = await crowd(2, (n) => edit(i + n, orders[i]!, quantityOf(orders[i]!, 1 + n)))
    assert.deepEqual(tally(answers), { '200': 1, '409 order_has_changed': 1 })
  })
  await calm(world, 60_000)
  await assertPaid(orders.map(({ id }) => id))
  await assertWell(world)
})

test('staff give goodwill while others take units off: the buyer gets both back, and owes nothing', async () => {
  const orders = await crowd(contested, (i) => place(i, 'goodwill', 3))
  await crowd(contested, async (i) => {
    const { id } = orders[i]!
    const give = () => admin(serverOf(i), 'POST', `/admin/orders/${id}/refunds`, { amount: 150 })
    const less = () => edit(i + 1, orders[i]!, quantityOf(orders[i]!, 1))
    const part = () =>
      admin(serverOf(i + 1), 'POST', `/admin/orders/${id}/cancel`, {
        lines: [{ line_id: orders[i]!.lines[0].id, quantity: 2 }],
      })
    const answers = await Promise.all([give(), i % 2 === 0 ? less() : part()])
    assertOnly(answers, ['200', '201'])
  })
  await calm(world, 60_000)
  for (const { id, total } of orders) {
    const { money, pay_url } = await orderOf(world, id)
    const due = total - 2 * price - 150
    const { to_collect, to_refund } = money
    assert.deepEqual([money.due, to_collect, to_refund, pay_url], [due, 0, 0, null])
  }
  await assertPaid(orders.map(({ id }) => id))
  await assertWell(world)
})

for (const capture of ['now', 'later'] as const) {
  test(`edits against hand-over and scans, money taken ${capture}`, async () => {
    await setCapture(capture)
    const orders = await crowd(contested, (i) => place(i, capture, 2))
    const labeled = await crowd(contested, (i) =>
      untilOrder(world, orders[i]!.id, 'a label', (one) => one.shipments[0]?.label_id),
    )
    // Of three parcels one is edited first, one is shipped by hand, one is scanned by the carrier.
    const answers = await crowd(contested, async (i) => {
      const order = labeled[i]!
      const [parcel] = order.shipments
      const ship = () => admin(serverOf(i), 'POST', `/admin/shipments/${parcel.id}/ship`)
      const scan = async () => easypost.advance(parcel.tracking_code, 'in_transit')
      const less = () => edit(i + 1, order, quantityOf(order, 1))
      if (i % 3 === 0) {
        const edited = less()
        // The parcel leaves while its order is edited, or when it was.
        if (i % 6 === 0) await edited
        await ship()
        return edited
      }
      const [, edited] = await Promise.all([i % 3 === 1 ? ship() : scan(), less()])
      return edited
    })
    for (const { status, body } of answers) {
      if (status === 400) assert.equal(body.errors[0].code, 'has_left', JSON.stringify(body))
    }
    assertOnly(answers, ['200', '400 invalid_input', '409 order_has_changed'])
    assertBothWon(answers)
    await easypost.settled()
    await calm(world, 60_000)
    await assertPaid(orders.map(({ id }) => id))
    await assertWell(world)
  })
}

test('the difference is paid by link while staff take the edit back or cancel', async () => {
  await setCapture('now')
  const orders = await crowd(contested, (i) => place(i, 'add', 1))
  const edited = await crowd(contested, async (i) => {
    const done = await edit(i, orders[i]!, quantityOf(orders[i]!, 2))
    assert.equal(done.status, 200, JSON.stringify(done.body))
    assert.equal(done.body.money.to_collect, price)
    assert(done.body.pay_url.includes('?order='), done.body.pay_url)
    return done.body
  })
  const payments = await crowd(contested, async (i) => {
    const order = edited[i]!
    const [, added] = order.lines
    const body = {
      expected_total: price,
      payment: { provider: 'stripe', token: 'pm_card_visa' },
    }
    const pay = (n: number) =>
      ask(serverOf(n), 'POST', `/store/orders/${order.id}/payments`, {
        order_token: orders[i]!.token,
        body,
      })
    const undo = () => edit(i, order, { lines: [{ line_id: added.id, quantity: 0 }] })
    const against = i % 2 === 0 ? undo : () => cancel(i, order)
    // Of six buyers one has paid before it comes off, and one is too late.
    const paid_before = i % 6 === 0 ? await pay(i) : null
    if (i % 6 === 1) await against()
    const [first, second] = await Promise.all([
      paid_before ?? pay(i),
      pay(i + 1),
      i % 6 === 1 ? null : against(),
    ])
    const paid = [first!, second!].filter(({ status }) => status === 201)
    assert(paid.length <= 1, JSON.stringify(tally([first!, second!])))
    return paid[0] ?? first!
  })
  assertBothWon(payments)
  await calm(world, 60_000)
  await assertPaid(orders.map(({ id }) => id))
  await assertWell(world)
})

test('an offer paid by many clicks while staff cancel it: one order, or none and no money', async () => {
  const option = (await world.db.query('select id from shipping_option order by code')).rows[0].id
  const expires_at = new Date(Date.now() + 3_600_000).toISOString()
  const offers = await crowd(contested, async (i) => {
    const made = await admin(serverOf(i), 'POST', '/admin/drafts', {
      channel_id: world.frame.web,
      email: 'phone@example.com',
      shipping_address: german_address,
      shipping_option_id: option,
      lines: [{ variant_id: world.variants.get('offer'), quantity: 1 }],
    })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    const { id, version } = made.body
    const sent = await admin(world, 'POST', `/admin/drafts/${id}/send`, { version, expires_at })
    assert.equal(sent.status, 200, JSON.stringify(sent.body))
    return sent.body
  })
  const dice = diceOf(7)
  const answers = await crowd(contested, async (i) => {
    const { id, token, priced } = offers[i]!
    const pay = (n: number) =>
      ask(serverOf(n), 'POST', `/store/drafts/${token}/complete`, {
        body: {
          expected_total: priced.total,
          payment: { provider: 'stripe', token: 'pm_card_visa' },
        },
      })
    const cancelIt = () => admin(serverOf(i), 'POST', `/admin/drafts/${id}/cancel`)
    // A payment that begins just then is ended by the next try; there are three clicks.
    const giveUp = async () => {
      let given = await cancelIt()
      for (let n = 0; n < 3 && given.body.code === 'payment_in_progress'; n++) {
        given = await cancelIt()
      }
      return given
    }
    // Given up before the clicks, among them, or after the first of them was answered.
    const moment = dice.roll(3)
    const gone = moment === 0 ? await giveUp() : null
    const clicks = [pay(i), pay(i + 1), pay(i + 2)]
    if (moment === 2) await Promise.race(clicks)
    const [given, ...bought] = await Promise.all([gone ?? giveUp(), ...clicks])
    assertOnly([given!], ['200', '409 draft_is_closed'])
    const paid = bought.filter(({ status }) => status === 201)
    const orders = new Set(paid.map(({ body }) => body.order.id))
    assert(orders.size <= 1, JSON.stringify(tally(bought)))
    return paid[0] ?? bought[0]!
  })
  assertBothWon(answers)
  await calm(world, 60_000)
  const made = await world.db.query(
    'select id, cart_id, state from orders where cart_id = any($1)',
    [offers.map(({ id }) => id)],
  )
  const placed = made.rows.filter(({ state }) => state === 'placed')
  assert.equal(new Set(placed.map(({ cart_id }) => cart_id)).size, placed.length)
  await assertPaid(placed.map(({ id }) => id))
  for (const { id } of made.rows.filter(({ state }) => state !== 'placed')) {
    const { captured, refunded } = stripeBooks(world, id)
    assertMoney(world, id, captured, refunded)
  }
  const { on_hand, held } = await stockOf(world, 'offer')
  assert.deepEqual([on_hand, held], [1_000, placed.length])
  await assertWell(world)
})
